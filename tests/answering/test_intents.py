"""Labelled messages, measured as customers would be answered."""

import numpy as np

from bot.answering.intents import Example, as_articles, measure
from tests.answering.questions import FOREIGN, MANY

TRAIN = [Example(q, a.slug) for a in MANY for q in a.questions] + [Example(q, "oos") for q in FOREIGN[::2]]
TEST = [Example(f"hello, {q}", a.slug) for a in MANY for q in a.questions[::5]]
STRANGE = [Example(q, "oos") for q in FOREIGN[1::2]]


def test_an_intent_is_an_article_and_foreign_messages_are_none():
    articles = as_articles([Example("a", "two_words"), Example("b", "oos"), Example("c", "two_words")])
    assert [(a.slug, a.title, a.questions) for a in articles] == [("two_words", "two words", ("a", "c"))]


def test_figures_of_an_easy_collection(vectors):
    said = []
    figures = measure(TRAIN, TEST + STRANGE, vectors, said.append)
    assert (figures.n, figures.n_out_of_scope) == (len(TEST) + len(STRANGE), len(STRANGE))
    assert figures.top1 > 0.95
    assert figures.oos_auroc > 0.95
    assert list(figures.coverage) == ["0.01", "0.03", "0.05"]
    assert 0.3 < figures.coverage["0.01"] <= figures.coverage["0.05"] <= 0.7
    assert 0 <= figures.aurc < 0.3
    assert 0 <= figures.ece < 0.3
    assert figures.fit_s > 0
    assert figures.ms_per_message > 0
    assert any("Learning" in line for line in said)
    assert any("Answering: 0 of" in line for line in said)


def test_what_cannot_be_said_is_null(vectors):
    figures = measure([Example("bread", "bread")], [Example("what is love", "oos")], vectors, lambda _: None)
    told = figures.as_json()
    assert told["top1"] is None
    assert told["oos_auroc"] is None
    assert told["coverage"] == {"0.01": 0.0, "0.03": 0.0, "0.05": 0.0}
    assert not np.isnan(figures.ece)
