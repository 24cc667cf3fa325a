"""What cards and threads show of text messages and calls."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from blocks import reading, writing
from blocks.card import root_card
from blocks.ids import Target
from blocks.state import state_line
from blocks.thread import leaves
from bot.core.model import Action, Case, Channel, DeliveryState, Reason, Sender, Status
from bot.core.speech import FOR_THE_TRANSCRIPT
from tests.blocks.cases import called_twice
from tests.builders import AT, case, conversation, customer, decision, delivery, draft, message, proposal

ADA = "+447700900101"
RECORDING = {"sid": "RE1", "url": "https://desk.example/twilio/recordings/RE1?until=1&proof=2", "seconds": 14}


def called(*pieces: dict[str, Any], channel: Channel = Channel.PHONE, **values: Any) -> Case:
    messages = [message(seq=n, turn=n, **piece) for n, piece in enumerate(pieces, 1)]
    status = values.pop("status", Status.WORKING)
    talk = conversation(channel=channel, address=ADA, subject="", turn=len(pieces), status=status)
    return case(
        conversation=talk, customer=customer(address=ADA, channel=channel), messages=tuple(messages), **values
    )


def piece(state: str, content: str, **details: Any) -> dict[str, Any]:
    return {"content": content, "metadata": {"speech": {"state": state, **details}}}


RECORDED = piece("recorded", "Voice message of 14 s", recording=RECORDING)
TRANSCRIBED = piece("transcribed", "Where is my parcel?", recording=RECORDING | {"seconds": 0})


def shown(one: Case, **values: Any) -> str:
    _, blocks = root_card(one, threshold=0.9, now=AT, **values)
    return json.dumps(blocks, ensure_ascii=False)


def test_a_recording_is_linked_once_with_its_length_and_titled_by_its_words() -> None:
    card = called(RECORDED, TRANSCRIBED)
    said = shown(card)
    assert said.count("Listen to the recording") == 1
    assert "(14 s)" in said
    assert RECORDING["url"].replace("&", "&amp;") in said
    assert reading.subject(card) == "Where is my parcel?"
    assert reading.subject(called(RECORDED)) == "Voice message of 14 s"


def test_a_recording_of_unknown_length_or_without_a_link_is_still_named() -> None:
    assert "Listen to the recording" in shown(called(piece("recorded", "x", recording={"sid": "RE1"})))
    assert "Listen" not in shown(called(piece("recorded", "x", recording="nonsense")))


def test_the_thread_says_how_sure_the_line_was() -> None:
    talk = called(
        piece("unconfirmed", "Where is it?", confidence=0.62), piece("confirmed", "Yes"), TRANSCRIBED
    )
    said = json.dumps([leaf.blocks for leaf in leaves(talk)], ensure_ascii=False)
    assert "heard, 62 % sure of the words" in said
    assert "transcript of the recording" in said


def test_of_a_call_the_words_are_quoted_and_not_the_keys() -> None:
    said = shown(called_twice())
    assert "> Where is my parcel?" in said
    assert "heard first: “Where is my passel?”, and the caller said no" in said
    assert "Pressed 2" not in said
    assert "wrote again" not in said
    assert "is dead" not in said


def test_a_recording_without_words_is_no_quote() -> None:
    unread = called(RECORDED, piece("unreadable", "A voice message that could not be written down"))
    assert "_A voice message that could not be written down_" in shown(unread)
    assert '"> ' not in shown(unread)
    silent = called(piece("unconfirmed", "Where is it?", confidence=0.4), piece("rejected", "Pressed 2"))
    assert "> Where is it?" in shown(silent)
    assert '"> ' not in shown(called(piece("confirmed", "Yes")))


def test_who_calls_again_before_anybody_answered_is_told_so() -> None:
    twice = called(
        piece("heard", "Where is it?", confidence=0.9),
        piece("heard", "Hello?", confidence=0.9),
        status=Status.WAITING,
        draft=draft(turn=2),
    )
    assert "called again" in state_line(twice, AT)
    assert "is dead" not in state_line(twice, AT)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.PHONE])
def test_what_became_of_a_text_is_on_its_card(channel: Channel) -> None:
    sent = delivery(channel=channel, address=ADA, state=DeliveryState.SENT)
    answered = called({"content": "Hi"}, channel=channel, status=Status.ANSWERED, deliveries=(sent,))
    assert "delivered" not in state_line(answered, AT)
    arrived = replace(answered, deliveries=(replace(sent, delivered_at=AT),))
    assert "*Answered by itself* after 0.0 s" in state_line(arrived, AT)
    assert "\xa0\xa0·  delivered" in state_line(arrived, AT)
    by_agent = replace(sent, delivered_at=AT, sender=Sender.AGENT, author="U0KIM")
    assert "delivered" in state_line(replace(answered, deliveries=(by_agent,)), AT)

    lost = replace(sent, state=DeliveryState.BOUNCED, error="The phone is switched off (30003)")
    talk = replace(answered.conversation, status=Status.UNDELIVERED)
    told = state_line(replace(answered, conversation=talk, deliveries=(lost,)), AT)
    assert "*Sent, but not delivered:* The phone is switched off (30003)" in told


def test_the_thread_says_what_callers_did() -> None:
    titles = json.dumps([leaf.blocks[0] for leaf in leaves(called_twice())], ensure_ascii=False)
    for did in ("* said\xa0\xa0·", "said no", "left a voice message", "said in the voice message"):
        assert did in titles
    assert "wrote" not in titles


def test_while_more_is_to_come_the_card_says_so_and_not_for_ever() -> None:
    talk = called(RECORDED)
    assert "On the phone" in state_line(talk, AT)
    assert "Drafting" in state_line(talk, AT + FOR_THE_TRANSCRIPT + timedelta(seconds=1))


@pytest.mark.parametrize(("code", "words"), [("opted_out", "Opted out"), ("opted_in", "Opted in again")])
def test_who_texted_stop_or_start(code: str, words: str) -> None:
    one = decision(action=Action.IGNORE, reasons=(Reason(code, "Texted it"),))
    texted = called(
        {"content": "STOP"}, channel=Channel.SMS, status=Status.HELD, draft=draft(), decisions=(one,)
    )
    assert words in shown(texted)
    assert "until they text START" in shown(replace(texted, opted_out=True))
    assert "until they text START" not in shown(texted)


def test_an_answer_that_leaves_as_a_text_message_tells_its_size() -> None:
    waiting = called({"content": "Hi"}, channel=Channel.SMS, status=Status.WAITING, draft=draft())
    assert "As a text message: 1 segment (GSM-7, 112 characters)" in shown(waiting)
    assert "As a text message" not in shown(case(draft=draft()))
    long = draft(proposal=proposal(text="Ж" * 1_700))
    said = json.dumps(
        writing.window(waiting, writing.parts_of(long.proposal.text, 1), Target("c", 1)), ensure_ascii=False
    )
    assert "26 segments (Unicode, 1,700 characters); more than the 1,600 that can be sent" in said
