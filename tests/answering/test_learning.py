"""Weights learned from the articles' own questions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.answering.confidence import SHIPPED_BARE, Calibration
from bot.answering.index import Index
from bot.answering.knowledge import load_articles, teaches
from bot.answering.learning import OUT_OF_SCOPE, Asked, _counts, calibration_for, fit, left_out
from tests.answering.library import ARTICLES
from tests.answering.questions import FOREIGN, MANY


@pytest.fixture(scope="module")
def with_foreign(vectors):
    return list(left_out(MANY, FOREIGN, vectors))


def test_few_questions_leave_the_shipped_weights(vectors):
    assert not teaches(ARTICLES)
    assert calibration_for(ARTICLES, vectors) == Calibration.load()


def test_the_demo_company_keeps_the_shipped_weights():
    assert not teaches(
        load_articles(Path(__file__).resolve().parents[2] / "sandbox/company/articles").articles
    )


def test_two_hundred_questions_do_not_suffice_for_a_hundred_articles():
    assert teaches(MANY)
    wide = [replace(MANY[0], slug=str(i), questions=MANY[0].questions[:3]) for i in range(100)]
    assert not teaches(wide)


def test_every_question_is_asked_once_and_every_foreign_one(with_foreign):
    questions = sum(len(article.questions) for article in MANY)
    answers = [one.answer for one in with_foreign]
    assert len(answers) == questions + len(FOREIGN)
    assert answers.count(-1) == len(FOREIGN)


def test_a_question_is_not_in_the_index_that_it_is_asked_of(vectors):
    odd = replace(MANY[0], questions=(*MANY[0].questions, "zyxomma in the wickershed"))
    asked = list(left_out([odd, *MANY[1:]], FOREIGN, vectors))
    seen = [one for one in asked if any(term.word == "zyxomma" for term in one.findings.terms)]
    assert [one.findings.terms[0].known for one in seen] == [False]


def test_without_foreign_questions_articles_that_are_left_out_stand_in(vectors):
    asked = list(left_out(MANY, (), vectors))
    strangers = [one for one in asked if one.answer < 0]
    assert 0.1 < len(strangers) / len(asked) < 0.3
    assert {one.findings.views.shape[1] for one in asked} == {len(MANY) - 1, len(MANY)}
    assert np.isfinite(fit(asked, OUT_OF_SCOPE).first.weights).all()


def test_what_was_learned_tells_known_from_foreign(with_foreign, vectors):
    calibration, index = fit(with_foreign, OUT_OF_SCOPE), Index(MANY, vectors)

    def sure(text):
        return calibration.confidence(calibration.rank(index.search(text)))

    assert sure("what about money back for my cake") > 0.9
    assert sure("who won the football match last night") < 0.4


def test_rows_count_so_that_those_outside_have_their_share():
    inside = np.array([True] * 90 + [False] * 10)
    counts = _counts(inside, 0.2, np.ones(100))
    assert counts[~inside].sum() / counts.sum() == pytest.approx(0.2)
    assert counts.sum() == pytest.approx(100)


def test_a_row_may_stand_for_several():
    counts = _counts(np.array([True, True, False]), 0.25, np.array([3.0, 1.0, 1.0]))
    assert list(counts) == pytest.approx([5 * 0.75 * 0.75, 5 * 0.75 * 0.25, 5 * 0.25])


def test_a_higher_share_of_foreign_questions_makes_less_sure(with_foreign):
    findings = [Asked(one.findings, one.answer) for one in with_foreign]
    rare, often = fit(findings, 0.05), fit(findings, 0.6)
    unsure = [one for one in findings if one.answer < 0]
    mean = [np.mean([c.confidence(c.rank(one.findings)) for one in unsure]) for c in (rare, often)]
    assert mean[1] < mean[0]


def test_articles_without_known_questions_have_weights_of_their_own(vectors):
    bare = [replace(article, questions=()) for article in ARTICLES]
    assert calibration_for(bare, vectors) == Calibration.load(SHIPPED_BARE[vectors.kind], vectors.kind)
    taught = [replace(article, taught=("what about this",)) for article in bare]
    assert calibration_for(taught, vectors) == Calibration.load()


def test_the_ranking_learns_from_another_knowledge_base_too(with_foreign):
    """Where the other one is only ever answered by BM25 (“words”), that counts for more."""
    lone = [one for one in with_foreign if one.answer >= 0][:40]
    views = [
        np.where(np.arange(len(one.findings.views))[:, None] == 0, one.findings.views, 0) for one in lone
    ]
    others = [
        Asked(replace(one.findings, views=only), int(only[0].argmax()))
        for one, only in zip(lone, views, strict=True)
    ]
    share = [np.abs(fit(with_foreign, others=more).ranking) for more in ((), others)]
    assert share[1][0] / share[1].sum() > share[0][0] / share[0].sum()
