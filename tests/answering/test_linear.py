import numpy as np
import pytest

from bot.answering.linear import LinearClassifier, _schedule
from tests.answering.questions import MANY, TEXTS


@pytest.fixture(scope="module")
def trained(vectors):
    texts, rows = zip(*TEXTS, strict=True)
    rows = np.array(rows, dtype=np.int32)
    return LinearClassifier(texts, rows, np.ones(len(texts), dtype=np.float32), vectors.unit(texts))


def told(trained, vectors, text):
    return trained.scores(text, vectors.unit([text])[0])


def test_new_words_for_a_known_question_find_its_article(trained, vectors):
    slugs = [article.slug for article in MANY]
    found = {
        text: slugs[int(told(trained, vectors, text).argmax())]
        for text in ("can i get a refund please", "which flours have gluten", "delivery of bred tomorow")
    }
    assert list(found.values()) == ["refund", "allergens", "delivery"]


def test_a_foreign_question_scores_low_for_every_article(trained, vectors):
    known = told(trained, vectors, "i want my money back for the cake").max()
    assert told(trained, vectors, "who is the president of france").max() < known - 2


@pytest.mark.parametrize("text", ["", "🎉", "x" * 10_000, "word " * 5_000, "\x00\ud800", "посылка"])
def test_any_text_has_scores(trained, vectors, text):
    scores = trained.scores(text, np.zeros(vectors.dimensions, dtype=np.float32))
    assert scores.shape == (len(MANY),)
    assert np.isfinite(scores).all()


def test_texts_of_weight_zero_teach_nothing(vectors):
    texts, rows = ["apple pie", "apple pie", "rye bread", "rye bread"], np.array([0, 0, 1, 1], dtype=np.int32)
    deaf = LinearClassifier(texts, rows, np.zeros(4, dtype=np.float32), vectors.unit(texts))
    assert not told(deaf, vectors, "apple").any()


def test_rare_terms_go_first_when_there_are_too_many_articles(vectors):
    texts, rows = zip(*TEXTS, strict=True)
    small = LinearClassifier(
        texts, np.array(rows), np.ones(len(texts), dtype=np.float32), vectors.unit(texts), most=40
    )
    assert len(small._terms) == 40 // len(MANY)


def test_few_texts_are_read_more_often_and_steps_grow_smaller():
    few, many = list(_schedule(100)), list(_schedule(20_000))
    assert (len(few), len(many)) == (2_000, 60_000)
    assert few[0][0] > few[-1][0] > 0
    assert sorted(i for _, i in few[:100]) == list(range(100))
    assert list(_schedule(100)) == few
