"""What was said on the phone: whose word counts, how sure we are, and when to wait for more."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import Channel, Message
from bot.core.speech import (
    FOR_THE_CALLER,
    FOR_THE_RECORDING,
    FOR_THE_TRANSCRIPT,
    doubted,
    heard,
    is_aside,
    speech_of,
    waits_for_words,
)
from bot.core.steps import Step, next_step
from tests.builders import AT, case, conversation, message, proposal

SECOND = timedelta(seconds=1)


def piece(
    seq: int, state: str, content: str = "How do I return this?", sid: str = "", **details: Any
) -> Message:
    recording = {"recording": {"sid": sid}} if sid else {}
    return message(seq=seq, content=content, metadata={"speech": {"state": state, **recording, **details}})


def test_typed_words_are_sure() -> None:
    said = heard([message(content="Hello")])
    assert (said.texts, said.certainty, said.unread) == (("Hello",), 1.0, False)
    assert heard([]).texts == ()


def test_the_least_sure_words_decide() -> None:
    said = heard([piece(1, "heard", "One", confidence=0.97), piece(2, "heard", "Two", confidence=0.9)])
    assert (said.texts, said.certainty) == (("One", "Two"), 0.9)


def test_a_yes_makes_them_sure_and_a_no_takes_them_back() -> None:
    doubtful = piece(1, "unconfirmed", "One", confidence=0.4)
    assert heard([doubtful, piece(2, "confirmed", "yes")]).certainty == 0.98
    assert heard([doubtful, piece(2, "rejected", "no")]).texts == ()
    assert heard([piece(2, "confirmed", "yes"), piece(3, "rejected", "no")]).texts == ()


@pytest.mark.parametrize("nonsense", [None, "0.9", -1, [], 2])
def test_a_confidence_that_is_none_is_not_trusted(nonsense: object) -> None:
    assert heard([piece(1, "heard", confidence=nonsense)]).certainty in {0.0, 1.0}
    assert heard([piece(1, "heard", confidence=2)]).certainty == 1.0


def test_a_transcript_is_the_words_of_its_recording_in_whatever_order_they_come() -> None:
    recorded, written = piece(1, "recorded", sid="RE1"), piece(2, "transcribed", "Words", sid="RE1")
    for messages in ([recorded, written], [written, recorded]):
        said = heard(messages)
        assert (said.texts, said.certainty, said.unread) == (("Words",), 0.75, False)
    assert heard([recorded]).unread
    assert heard([recorded, piece(2, "unreadable", sid="RE1")]).unread
    assert heard([piece(1, "unreadable", sid="RE1"), written]).unread is False


def test_what_asks_nothing_by_itself() -> None:
    assert [is_aside(piece(1, state)) for state in ("confirmed", "rejected", "recorded", "unreadable")] == [
        True
    ] * 4
    assert not is_aside(message())
    assert not is_aside(piece(1, "transcribed"))
    assert speech_of(message(metadata={"speech": "nonsense"})) == {}
    assert heard(
        [message(content="x", metadata={"speech": {"state": "recorded", "recording": "RE1"}})]
    ).unread


def test_an_answer_waits_for_the_callers_yes_but_not_for_ever() -> None:
    asked = [piece(1, "unconfirmed", confidence=0.5)]
    assert waits_for_words(asked, AT + FOR_THE_CALLER - SECOND)
    assert not waits_for_words(asked, AT + FOR_THE_CALLER)
    assert not waits_for_words([*asked, piece(2, "confirmed", "yes")], AT)
    denied = [*asked, piece(2, "rejected", "no")]
    assert waits_for_words(denied, AT + FOR_THE_RECORDING - SECOND)
    assert not waits_for_words(denied, AT + FOR_THE_RECORDING)
    assert not waits_for_words([], AT)


def test_an_answer_waits_for_a_transcript_but_not_for_ever() -> None:
    left = [piece(1, "recorded", sid="RE1")]
    assert waits_for_words(left, AT + FOR_THE_TRANSCRIPT - SECOND)
    assert not waits_for_words(left, AT + FOR_THE_TRANSCRIPT)
    assert not waits_for_words([*left, piece(2, "transcribed", sid="RE1")], AT)
    assert not waits_for_words([*left, piece(2, "unreadable", sid="RE1")], AT)


def test_nothing_is_drafted_meanwhile() -> None:
    talk = conversation(channel=Channel.PHONE)
    left = case(conversation=talk, messages=(piece(1, "recorded", sid="RE1"),))
    assert next_step(left, AT) is Step.WAIT
    assert next_step(left, AT + FOR_THE_TRANSCRIPT) is Step.DRAFT


def test_doubt_about_the_words_is_doubt_about_the_answer_and_says_so() -> None:
    sure = proposal(confidence=0.96)
    assert doubted(sure, 1.0) is sure
    less = doubted(sure, 0.75)
    assert less.confidence == pytest.approx(0.72)
    assert less.evidence[-1].text == "The line was 75 % sure of the words"
    assert less.evidence[-1].weight < -1
    assert doubted(sure, 0.0).confidence == 0.0
