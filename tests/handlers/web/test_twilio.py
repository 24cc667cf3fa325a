"""Who may come in through what Twilio calls, and that whatever stands in it is harmless."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import text as sql

from blocks.card import root_card
from blocks.thread import leaves
from bot.core.model import Channel
from tests.handlers.web.twilio_edge import (
    ADA,
    BASE,
    CALL,
    RECORDING,
    SID,
    US,
    Edge,
    recorded,
    sign,
    transcribed,
)


async def test_a_signed_text_is_kept_and_answered_with_nothing(edge: Edge) -> None:
    status, body = await edge.text("Grüße 👍", NumSegments="1", Something_new="x")
    assert status == 200
    assert body.endswith("<Response />")
    assert await edge.said() == ["Grüße 👍"]


async def test_what_is_not_signed_for_us_is_turned_away_and_not_kept(edge: Edge) -> None:
    fields = {**BASE, "MessageSid": SID, "Body": "Hello"}
    forged = (
        "",
        "nonsense",
        sign(f"{US}/twilio/sms", fields, "other"),
        sign(f"{edge.url}/twilio/sms", fields),
        sign(f"{US}/twilio/voice", fields),
        sign(f"{US}/twilio/sms", {**fields, "Body": "Other"}),
    )
    for signature in forged:
        status, _ = await edge.post("/twilio/sms", fields, **{"X-Twilio-Signature": signature})
        assert status == 403
    assert await edge.said() == []


@pytest.mark.parametrize("path", ["voice", "recording", "transcription", "status?delivery=1&channel=sms"])
async def test_every_route_asks_for_the_signature(edge: Edge, path: str) -> None:
    status, _ = await edge.post(f"/twilio/{path}", BASE, **{"X-Twilio-Signature": "x"})
    assert status == 403


async def test_malformed_and_too_large_requests_are_told_apart(edge: Edge) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert await edge.raw(b"{}", **{"Content-Type": "application/json"}) == 400
    assert await edge.raw(b"\xff\xfe", **form) == 400
    assert await edge.raw(b"a=%ff", **form) == 400
    assert await edge.raw(b"a=" + b"x" * 70_000, **form) == 413
    assert (await edge.text(sid="SM1"))[0] == 400
    assert (await edge.post("/twilio/sms", {"MessageSid": SID, "Body": "x"}))[0] == 400
    assert (await edge.text(From="+" + "4" * 100))[0] == 400
    assert (await edge.post("/twilio/voice", BASE))[0] == 400
    assert (await edge.post("/twilio/recording", {**BASE, "CallSid": CALL, "RecordingSid": "x"}))[0] == 400


@pytest.mark.parametrize("path", ["sms", "voice", "recording", "transcription", "status"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "x"])
async def test_what_is_no_form_is_turned_away_everywhere(edge: Edge, path: str, kind: str) -> None:
    fields = {**BASE, "MessageSid": SID, "CallSid": CALL, "RecordingSid": RECORDING, "Body": "Hello"}
    signed = {"X-Twilio-Signature": sign(f"{US}/twilio/{path}", fields), "Content-Type": kind}
    url = f"{edge.url}/twilio/{path}"
    async with edge.session.post(url, data=urlencode(fields), headers=signed) as response:
        assert response.status == 400
    assert await edge.said() == []
    assert await edge.said(Channel.PHONE) == []


async def test_more_fields_than_twilio_has_are_malformed(edge: Edge) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert await edge.raw(urlencode({f"F{n}": "x" for n in range(500)}).encode(), **form) == 400
    assert await edge.raw(b"no form at all", **form) == 400


TURNED = "\u202eevil\u202c \u2066x\u2069"
HOSTILE = (
    TURNED,
    "nul\x00 \x1b[31m bell\x07",
    "<!channel> <@U0KIM> *bold* `code` <https://x.example|Twilio>",
    "<Say>Hi</Say>]]></Response>&amp;",
    "{brand} {words} {0} %s",
    "Z" + "\u0301" * 2_000,
    "👩‍👩‍👧‍👦" * 300,
    " \u200b\ufeff ",
    "x" * 4_000,
)


UNSEEN = ("\\u202e", "\\u2066", "\\u0000", "\\u001b")
ALIVE = ("<!channel>", "<@U0KIM>", "<https://x")


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_are_kept_and_harmless(edge: Edge, words: str) -> None:
    """Whatever stands in a text, a name or a transcript: it is kept once, spoken as words, and shown as text."""
    name = f"{TURNED}{words}"[:300]
    for _ in range(2):
        assert (await edge.text(words, From=f"whatsapp:{ADA}", ProfileName=name))[0] == 200
        await edge.voice("said", SpeechResult=words, Confidence="0.3")
        await edge.voice("confirmed", SpeechResult=words)
        await recorded(edge)
        await transcribed(edge, words)
    for channel, address in ((Channel.SMS, f"whatsapp:{ADA}"), (Channel.PHONE, ADA)):
        case = await edge.case(channel, address)
        assert case is not None
        assert len({message.external_id for message in case.messages}) == len(case.messages)
        assert len(case.customer.name) <= 100
        text, blocks = root_card(case, threshold=0.9, now=edge.clock())
        sheets = [text, *blocks, *(leaf.blocks for leaf in leaves(case))]
        assert [mark for mark in UNSEEN if mark in json.dumps(sheets)] == []
        marked_up = json.dumps(
            [one for one in sheets if "plain_text" not in str(one)]
        )  # Slack reads only this.
        assert [mark for mark in ALIVE if mark in marked_up] == []


async def test_while_nothing_can_be_kept_nothing_is_acknowledged(edge: Edge) -> None:
    async with edge.database.transaction() as tx:
        await tx.connection.execute(sql("DROP TABLE opt_outs"))
    assert (await edge.text())[0] == 503
