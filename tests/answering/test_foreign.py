"""What no article answers: known questions of that kind make the others less sure."""

import pytest

from bot.answering.confidence import Calibration
from bot.answering.foreign import common
from bot.answering.index import Index
from tests.answering.library import ARTICLES
from tests.answering.questions import MANY

FOREIGN = ("how heavy is the rye bread", "who invented the birthday cake", "is the oven electric")


def test_shipped_questions_are_different_and_none_is_empty():
    assert len(set(common())) == len(common()) >= 50
    assert all(question.strip() == question != "" for question in common())


def test_the_index_tells_foreign_questions_from_the_articles_own(vectors):
    index = Index(ARTICLES, vectors, FOREIGN)
    own = max(index.search(question).foreign for article in ARTICLES for question in article.questions)
    assert own < index.search("how heavy is a birthday cake").foreign


@pytest.mark.parametrize("question", ["how heavy is the bread", "who invented cake"])
def test_what_is_like_a_foreign_question_is_less_sure(vectors, question):
    calibration = Calibration.load()
    without, known = (
        calibration.confidence(calibration.rank(Index(ARTICLES, vectors, foreign).search(question)))
        for foreign in ((), FOREIGN)
    )
    assert known < without


def test_without_known_foreign_questions_nothing_is_like_them(vectors):
    assert Index(ARTICLES, vectors).search("how heavy is the bread").foreign == 0
    assert Index(MANY, vectors, FOREIGN).search("how heavy is the bread").foreign == 0
