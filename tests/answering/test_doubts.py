"""One of several cases is no answer to whoever did not name it: a person looks first."""

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.doubts import condition_of
from bot.answering.knowledge import Library
from bot.core.model import Channel
from bot.core.ports.answering import Question
from tests.answering.test_lists import article

EXPIRED = "Why a voucher may be refused:\n- The voucher has expired, or was rejected at the till."


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ("do you have a voucher for me", "Why a voucher may be refused"),
        ("why is my voucher refused", ""),
        ("it was rejected, has the voucher expired?", ""),
        ("can i use two vouchers at once", "Why a voucher may be refused"),
    ],
)
def test_a_case_is_no_answer_unless_it_is_asked_for(asked, condition):
    assert condition_of(asked, (EXPIRED,), EXPIRED) == condition
    assert condition_of(asked, ("One counts.",), EXPIRED) == ""
    assert condition_of(asked, ("One counts.",), "One counts.") == ""


async def test_an_answer_that_is_only_a_case_waits_for_a_person():
    answerer = EmbeddedAnswerer(Library((article(),)), brand="Shop")
    proposal = await answerer.answer(
        Question(("my basket is full of wine, where do i enter a voucher",), Channel.EMAIL)
    )
    assert "Why a voucher may be refused:\n- The basket holds nothing but wine." in proposal.text
    assert proposal.confidence <= 0.75
    assert proposal.evidence[0].text == "True only in some cases: “Why a voucher may be refused”"
    assert proposal.evidence[0].weight < 0
