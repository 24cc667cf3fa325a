import pytest

from bot.answering.confidence import Calibration
from bot.answering.evidence import STRONGEST, explain, gaps, strongest
from bot.core.model import Evidence


def told(index, question):
    calibration = Calibration.load()
    findings = index.search(question)
    return explain(index, findings, calibration, calibration.rank(findings))


def test_good_match_is_explained_by_the_question_it_is_close_to(index):
    reasons = told(index, "is there gluten in the rye bread")
    assert any("“is there gluten in the rye bread”" in r.text and r.weight > 0 for r in reasons)


@pytest.mark.parametrize(
    "question", ["do you sell paddleboards", "who won the match", "xqzt", "bread", "refund"]
)
def test_reasons_are_few_signed_and_sorted(index, question):
    reasons = told(index, question)
    assert 1 <= len(reasons) <= STRONGEST
    assert all(r.weight for r in reasons)
    assert [abs(r.weight) for r in reasons] == sorted((abs(r.weight) for r in reasons), reverse=True)


def test_words_that_no_article_has_are_named(index):
    calibration = Calibration.load()
    findings = index.search("is there gluten in your paddleboards")
    nowhere, _ = gaps(findings, calibration.rank(findings).order[0])
    assert [term.word for term in nowhere] == ["paddleboards"]
    said = [r for r in told(index, "is there gluten in your paddleboards") if "“paddleboards”" in r.text]
    assert [r.text for r in said] == ["“paddleboards” is in no article"]
    assert said[0].weight < 0


def test_word_that_only_other_articles_have_is_named(index):
    calibration = Calibration.load()
    findings = index.search("does delivery of the bread in the morning cost a refund")
    nowhere, elsewhere = gaps(findings, index.row("bread-delivery"))
    assert nowhere == []
    assert [term.word for term in elsewhere] == ["refund"]
    assert calibration.rank(findings).order


def test_same_words_are_not_said_twice():
    kept = strongest([Evidence("a", 1.0), Evidence("a", -2.0), Evidence("b", 0.5)])
    assert kept == [Evidence("a", -2.0), Evidence("b", 0.5)]


def test_rivals_are_named_only_when_both_fit(index):
    def reasons(question):
        return " / ".join(r.text for r in told(index, question))

    assert "Two articles fit equally: “" in reasons("delivery of a cake")
    assert "equally" not in reasons("do you sell paddleboards in Bremen")


def test_only_a_question_of_few_words_is_called_very_short(index):
    def short(question):
        return "The question is very short" in [r.text for r in told(index, question)]

    assert short("bread")
    assert not short("is there gluten in the rye bread")
