"""What Twilio calls, over real HTTP with real signatures; forged, repeated, mixed up and malformed."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text as sql

from blocks.card import root_card
from blocks.thread import leaves
from bot.core.model import Actor, Case, Channel, Delivery, DeliveryState, Sender, Status
from bot.core.policy import default_rules
from bot.core.ports.channels import OutboundChannel
from bot.core.sms import segments
from bot.services.admission import Rate
from bot.services.arrivals import Arrivals
from bot.services.calls import Calls
from bot.services.delivery import Deliveries
from bot.services.intake import Intake
from bot.services.review import Review
from bot.services.texting import Texting
from handlers.web.twilio import TwilioHooks
from handlers.web.twilio_calls import PhoneCalls
from handlers.web.twilio_recordings import RecordingLinks
from integrations.twilio.channel import Senders, TextChannel
from integrations.twilio.client import TwilioApi
from integrations.twilio.media import Media
from integrations.twilio.sentences import LANGUAGES as SPOKEN
from integrations.twilio.sentences import Tongues
from storage.database import SqlDatabase, open_database
from storage.signals import LocalSignals
from tests.builders import conversation, customer, decision, delivery, draft
from tests.fakes import FakeClock

TOKEN, US = "t0ken", "https://desk.shop.example/hooks"
ADA, ACCOUNT = "+447700900101", f"AC{'5' * 32}"
BASE = {"AccountSid": ACCOUNT, "From": ADA, "To": "+442079460100"}
LANGUAGES = {
    "+4930123456": "de-DE",
    "+34910000000": "es-ES",
    "+33100000000": "fr-FR",
    "+39060000000": "it-IT",
}
SID, CALL, RECORDING = f"SM{'1' * 32}", f"CA{'2' * 32}", f"RE{'3' * 32}"


def sign(url: str, fields: dict[str, str], token: str = TOKEN) -> str:
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass
class Edge:
    """The routes on a server, as Twilio reaches them through a proxy that has another name."""

    url: str
    session: aiohttp.ClientSession
    database: SqlDatabase
    clock: FakeClock
    links: RecordingLinks
    review: Review

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> tuple[int, str]:
        signed = {"X-Twilio-Signature": sign(US + path, fields)} | headers
        async with self.session.post(self.url + path, data=fields, headers=signed) as response:
            return response.status, await response.text()

    async def raw(self, body: bytes, **headers: str) -> int:
        async with self.session.post(f"{self.url}/twilio/sms", data=body, headers=headers) as response:
            return response.status

    async def text(self, text: str = "Hello", sid: str = SID, **fields: str) -> tuple[int, str]:
        return await self.post("/twilio/sms", {**BASE, "MessageSid": sid, "Body": text, **fields})

    async def voice(self, step: str = "", **fields: str) -> ET.Element:
        path = f"/twilio/voice?step={step}" if step else "/twilio/voice"
        status, body = await self.post(path, {**BASE, "CallSid": CALL, **fields})
        assert status == 200, body
        return ET.fromstring(body)  # noqa: S314 - our own

    async def case(self, channel: Channel = Channel.SMS, address: str = ADA) -> Case | None:
        async with self.database.snapshot() as tx:
            found = await tx.conversations.open_for(channel, address)
            return await tx.conversations.case(found.id) if found else None

    async def said(self, channel: Channel = Channel.SMS, address: str = ADA) -> list[str]:
        case = await self.case(channel, address)
        return [message.content for message in case.messages] if case else []

    async def states(self, channel: Channel = Channel.PHONE) -> list[str]:
        case = await self.case(channel)
        return [m.metadata.get("speech", {}).get("state") for m in case.messages] if case else []

    async def sent(self, state: DeliveryState) -> Delivery:
        """Put an answer into the ledger as if it had come that far."""
        row = delivery(channel=Channel.SMS, address=ADA, state=DeliveryState.PENDING)
        async with self.database.transaction() as tx:
            await tx.customers.add(customer(channel=Channel.SMS, address=ADA))
            talk = conversation(
                channel=Channel.SMS, address=ADA, customer_id=customer(channel=Channel.SMS, address=ADA).id
            )
            await tx.conversations.add(talk)
            await tx.drafts.add(draft())
            await tx.decisions.add(decision(action="send"))
            await tx.deliveries.add(row)
            await tx.deliveries.claim(row.id, f"twilio:{row.id}:1", at=self.clock())
            await tx.deliveries.move(row.id, DeliveryState.SENDING, state, at=self.clock())
        return row

    async def news(self, row: Delivery, status: str, attempt: str = "1", **fields: str) -> int:
        told = {"delivery": row.id, "channel": "sms", "attempt": attempt}
        path = f"/twilio/status?{urlencode(told)}"
        return (await self.post(path, {**BASE, "MessageSid": SID, "MessageStatus": status, **fields}))[0]

    async def state(self, row: Delivery) -> tuple[DeliveryState, str, int]:
        async with self.database.snapshot() as tx:
            now = await tx.deliveries.get(row.id)
            case = await tx.conversations.case(row.conversation_id)
        assert now is not None
        assert case is not None
        return now.state, now.error, sum(m.sender is Sender.AI for m in case.messages)


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    clock = FakeClock()
    async with open_database("sqlite+aiosqlite://", LocalSignals(), clock) as database:
        api = TwilioApi(ACCOUNT, TOKEN, "http://127.0.0.1:9")
        intake, links = Intake(database, clock), RecordingLinks(api, US, "secret", clock)
        channel: OutboundChannel = TextChannel(api, Senders("+442079460100", "+442079460100"), US, clock)
        deliveries = Deliveries(database, {Channel.SMS: channel}, clock, default_rules())
        review = Review(database, deliveries, clock, default_rules())
        rate = Rate(3, timedelta(minutes=1))
        calls = Calls(database, intake, rate=rate, ticks=clock.seconds)
        phone = PhoneCalls(
            calls, links, US, "Northwind", Tongues("en-GB", LANGUAGES, {"de": "Wir schreiben mit."})
        )
        texting = Texting(database, intake, clock, rate=rate)
        app = web.Application()
        app.add_routes(TwilioHooks(TOKEN, US, texting, Media(api, within=2.0), phone, deliveries).routes())
        app.add_routes(links.routes())
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            yield Edge(str(server.make_url("")).rstrip("/"), session, database, clock, links, review)
        await api.aclose()


# --- who may come in ------------------------------------------------------------------------------------


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


# --- text messages --------------------------------------------------------------------------------------


async def test_the_same_message_many_times_at_once_is_one(edge: Edge) -> None:
    answers = await asyncio.gather(*(edge.text() for _ in range(8)))
    assert {status for status, _ in answers} <= {200, 503}
    assert (await edge.text(NumSegments="2"))[0] == 200
    assert await edge.said() == ["Hello"]


async def test_a_number_that_floods_is_kept_and_not_answered(edge: Edge) -> None:
    for number in range(5):
        await edge.text(f"Message {number}", sid=f"SM{number:032d}")
    case = await edge.case()
    assert case is not None
    assert [bool(m.automatic) for m in case.messages] == [False, False, False, True, True]
    assert case.conversation.turn == 3


async def test_stop_and_start_are_heeded_once_each(edge: Edge) -> None:
    await edge.text("STOP", sid=f"SM{'a' * 32}", OptOutType="STOP")
    assert (await edge.case()).opted_out  # type: ignore[union-attr]
    await edge.text("yes", sid=f"SM{'b' * 32}")
    assert not (await edge.case()).opted_out  # type: ignore[union-attr]
    await edge.text("STOP", sid=f"SM{'a' * 32}", OptOutType="STOP")  # Replayed: it was heeded then.
    assert not (await edge.case()).opted_out  # type: ignore[union-attr]


async def test_whatsapp_and_media_are_told_in_the_metadata(edge: Edge) -> None:
    media = {"MediaUrl0": "https://api.twilio.com/ME0", "MediaContentType0": "image/png", "MediaUrl1": ""}
    await edge.text(
        "", From=f"whatsapp:{ADA}", ProfileName="Ada", NumMedia="3", OriginalRepliedMessageSid=SID, **media
    )
    case = await edge.case(address=f"whatsapp:{ADA}")
    assert case is not None
    assert case.customer.name == "Ada"
    (message,) = case.messages
    (attachment,) = message.attachments
    assert (attachment.name, attachment.type, attachment.size) == ("image 1.png", "image/png", 0)
    assert attachment.missing == "not fetched: its address is none of Twilio's"
    assert message.metadata["replies_to"] == SID


# --- what becomes of answers ----------------------------------------------------------------------------


async def test_news_only_moves_forward_in_whatever_order_and_however_often_it_comes(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.UNKNOWN)
    assert await edge.news(row, "queued") == 200
    assert (await edge.state(row))[0] is DeliveryState.UNKNOWN
    for _ in range(2):
        assert await edge.news(row, "delivered") == 200
        assert await edge.news(row, "sent") == 200
        assert await edge.state(row) == (DeliveryState.SENT, "", 1)


async def test_an_answer_that_was_not_delivered_stays_so(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENDING)
    for status in ("undelivered", "undelivered", "sent", "delivered"):
        assert await edge.news(row, status, ErrorCode="30006") == 200
    state, error, messages = await edge.state(row)
    assert (state, messages) == (DeliveryState.BOUNCED, 1)
    assert error == "This number takes no text messages: a landline? (30006)"
    case = await edge.case()
    assert case is not None
    assert case.conversation.status is Status.UNDELIVERED


async def test_late_news_of_one_attempt_does_not_speak_for_the_next(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENT)
    await edge.news(row, "undelivered", ErrorCode="30003")
    await edge.review.settle(row.id, False, Actor("UKIM"))
    for status in ("sent", "delivered", "undelivered", "failed"):
        assert await edge.news(row, status) == 200
        assert (await edge.state(row))[0] is DeliveryState.PENDING
    async with edge.database.transaction() as tx:
        assert await tx.deliveries.claim(row.id, f"twilio:{row.id}:2", at=edge.clock())
        await tx.deliveries.move(row.id, DeliveryState.SENDING, DeliveryState.SENT, at=edge.clock())
    await edge.news(row, "undelivered", ErrorCode="30003")
    await edge.news(row, "delivered")
    sent = (await edge.case()).deliveries[-1]  # type: ignore[union-attr]
    assert (sent.state, sent.attempt, sent.delivered_at) == (DeliveryState.SENT, 2, None)
    await edge.news(row, "delivered", attempt="2")
    assert (await edge.case()).deliveries[-1].delivered_at == edge.clock()  # type: ignore[union-attr]
    await edge.news(row, "undelivered", attempt="2", ErrorCode="30003")
    assert (await edge.state(row))[0] is DeliveryState.BOUNCED


async def test_an_answer_that_was_to_go_again_does_not_when_the_first_one_did_arrive(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.UNKNOWN)
    await edge.review.settle(row.id, False, Actor("UKIM"))
    assert (await edge.state(row))[0] is DeliveryState.PENDING
    await edge.news(row, "delivered")
    assert (await edge.state(row))[0] is DeliveryState.SENT


async def test_that_it_arrived_is_shown_once_and_only_while_there_is_room(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENT)
    before = (await edge.case()).conversation.version  # type: ignore[union-attr]
    for status in ("sent", "delivered", "read", "delivered"):
        await edge.news(row, status)
    case = await edge.case()
    assert case is not None
    assert (case.deliveries[-1].delivered_at, case.conversation.version) == (edge.clock(), before + 1)


async def test_on_a_busy_desk_good_news_waits_for_the_next_reason_to_show_it(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENT)
    edge.clock.move(seconds=1)
    for number in range(8):
        await edge.text(f"Message {number}", sid=f"SM{number:032d}", From=f"+4477009002{number:02d}")
    before = (await edge.case()).conversation.version  # type: ignore[union-attr]
    await edge.news(row, "delivered")
    case = await edge.case()
    assert case is not None
    assert (case.deliveries[-1].delivered_at, case.conversation.version) == (edge.clock(), before)

    async def looked() -> int:
        edge.clock.move(seconds=5)
        await Arrivals(edge.database, edge.clock).look()
        return (await edge.case()).conversation.version  # type: ignore[union-attr]

    assert await looked() == before
    async with edge.database.transaction() as tx:
        await tx.connection.execute(sql("UPDATE conversations SET shown_version = version"))
    assert [await looked(), await looked()] == [before + 1, before + 1]


async def test_many_pieces_of_news_at_once(edge: Edge) -> None:
    row = await edge.sent(DeliveryState.SENDING)
    statuses = ("sent", "delivered", "failed", "sent", "failed", "delivered")
    answers = await asyncio.gather(*(edge.news(row, status, ErrorCode="30008") for status in statuses))
    assert set(answers) == {200}
    assert (await edge.state(row))[::2] == (DeliveryState.BOUNCED, 1)


async def test_news_of_what_is_not_ours_is_taken_without_effect(edge: Edge) -> None:
    fields = {**BASE, "MessageSid": SID, "MessageStatus": "failed"}
    for path in (
        "/twilio/status",
        "/twilio/status?delivery=x&channel=sms",
        "/twilio/status?delivery=x&channel=mars",
    ):
        assert (await edge.post(path, fields))[0] == 200


# --- calls ----------------------------------------------------------------------------------------------


async def test_a_call_greets_says_what_happens_to_the_words_and_listens(edge: Edge) -> None:
    (gather,) = await edge.voice()
    assert gather.tag == "Gather"
    assert gather.get("action") == f"{US}/twilio/voice?step=said"
    assert (gather.get("actionOnEmptyResult"), gather.get("input")) == ("true", "speech")
    assert "writes down what you say" in "".join(gather.itertext())
    assert await edge.states() == []


@pytest.mark.parametrize(
    ("number", "voice", "hears", "words"),
    [
        ("+442079460100", "en-GB", "en-GB", "writes down what you say"),
        ("+4930123456", "de-DE", "de-DE", "hier ist Northwind. Wir schreiben mit."),
        ("+34910000000", "es-ES", "es-ES", "Un ordenador escribe"),
        ("+33100000000", "fr-FR", "fr-FR", "Un ordinateur note"),
        ("+39060000000", "en-US", "it-IT", "writes down what you say"),
    ],
)
async def test_each_number_speaks_its_language(
    edge: Edge, number: str, voice: str, hears: str, words: str
) -> None:
    (gather,) = await edge.voice(To=number)
    assert words in "".join(gather.itertext())
    assert gather.get("language") == hears
    unsure = await edge.voice("said", SpeechResult="Was?", Confidence="0.1", To=number)
    recorded = await edge.voice("confirmed", Digits="2", To=number)
    said = await edge.voice("said", SpeechResult="Ja!", Confidence="0.99", To=number)
    silent = await edge.voice("silent", To=number)
    says = [say for answer in (gather, unsure, recorded, said, silent) for say in answer.iter("Say")]
    assert len(says) == 5
    assert {say.get("language") for say in says} == {voice}
    assert len({say.text for say in says}) == 5
    hints = next(unsure.iter("Gather")).get("hints")
    assert hints == {"de-DE": "ja, nein", "es-ES": "sí, no", "fr-FR": "oui, non"}.get(voice, "yes, no")


def test_every_language_says_everything() -> None:
    for says in SPOKEN.values():
        assert all(asdict(says).values())
        assert "B" in says.greeting.format(brand="B", consent="Consent.")
        assert "Consent." in says.greeting.format(brand="B", consent="Consent.")
        assert "{words}" in says.confirm
        assert "{brand}" in says.rate
        assert segments(says.rate.format(brand="Northwind")).count == 1


async def test_sure_words_are_the_question(edge: Edge) -> None:
    for _ in range(2):
        said = await edge.voice("said", SpeechResult="Where is it?", Confidence="0.93")
        assert [verb.tag for verb in said] == ["Say", "Hangup"]
    assert await edge.said(Channel.PHONE) == ["Where is it?"]
    case = await edge.case(Channel.PHONE)
    assert case is not None
    assert case.messages[0].metadata["speech"]["confidence"] == 0.93


@pytest.mark.parametrize("confidence", ["0.4", "", "nan", "lots", "-3"])
async def test_unsure_words_are_read_back(edge: Edge, confidence: str) -> None:
    (gather,) = await edge.voice("said", SpeechResult="Where is it?", Confidence=confidence)
    assert "I understood: Where is it." in "".join(gather.itertext())
    assert gather.get("input") == "speech dtmf"
    assert await edge.states() == ["unconfirmed"]


@pytest.mark.parametrize(
    ("reply", "state", "then"),
    [
        ({"SpeechResult": "Yes, exactly."}, ["confirmed"], "Hangup"),
        ({"Digits": "1"}, ["confirmed"], "Hangup"),
        ({"SpeechResult": "no, no"}, ["rejected"], "Record"),
        ({"Digits": "2"}, ["rejected"], "Record"),
        ({"SpeechResult": "pardon"}, [], "Record"),
        ({"SpeechResult": ""}, [], "Hangup"),
    ],
)
async def test_the_callers_word_on_it(edge: Edge, reply: dict[str, str], state: list[str], then: str) -> None:
    await edge.voice("said", SpeechResult="Where is it?", Confidence="0.4")
    for _ in range(2):
        assert then in [verb.tag for verb in await edge.voice("confirmed", **reply)]
    assert await edge.states() == ["unconfirmed", *state]


async def test_silence_leads_to_a_recording_and_more_silence_to_a_note(edge: Edge) -> None:
    say, record, redirect = await edge.voice("said", SpeechResult=" ")
    assert (say.tag, record.tag, redirect.tag) == ("Say", "Record", "Redirect")
    assert record.get("action") == f"{US}/twilio/recording"
    assert record.get("transcribeCallback") == f"{US}/twilio/transcription?caller=%2B447700900101"
    assert int(record.get("maxLength") or 0) < 120
    assert redirect.text == f"{US}/twilio/voice?step=silent"
    await edge.voice("silent")
    case = await edge.case(Channel.PHONE)
    assert case is not None
    assert case.messages[0].automatic == "a call in which nothing was said"


async def recorded(edge: Edge, seconds: str = "14") -> None:
    fields = {**BASE, "CallSid": CALL, "RecordingSid": RECORDING, "RecordingDuration": seconds}
    assert (await edge.post("/twilio/recording", fields))[0] == 200


async def transcribed(edge: Edge, text: str = "Where is it?", status: str = "completed") -> None:
    fields = {"CallSid": CALL, "RecordingSid": RECORDING, "TranscriptionStatus": status}
    path = "/twilio/transcription?caller=%2B447700900101"
    assert (await edge.post(path, {**fields, "TranscriptionText": text}))[0] == 200


async def test_a_recording_and_its_transcript_in_either_order_and_twice(edge: Edge) -> None:
    for _ in range(2):
        await recorded(edge)
        await transcribed(edge)
    assert await edge.said(Channel.PHONE) == ["Voice message of 14 s", "Where is it?"]


async def test_a_transcript_may_come_first(edge: Edge) -> None:
    await transcribed(edge)
    await recorded(edge, "x")
    assert await edge.states() == ["transcribed", "recorded"]


@pytest.mark.parametrize(
    ("text", "status"), [("", "completed"), ("What?", "failed"), (" \u200b", "completed")]
)
async def test_a_transcript_without_words_is_for_people(edge: Edge, text: str, status: str) -> None:
    await recorded(edge)
    await transcribed(edge, text, status)
    assert await edge.states() == ["recorded", "unreadable"]


async def test_a_transcript_after_the_answer_begins_no_turn(edge: Edge) -> None:
    await recorded(edge)
    case = await edge.case(Channel.PHONE)
    assert case is not None
    async with edge.database.transaction() as tx:
        message = case.messages[0]
        answer = replace(message, id="a" * 32, seq=2, sender=Sender.AGENT, external_id="x", metadata={})
        await tx.messages.add(answer, Channel.PHONE)
    await transcribed(edge)
    after = await edge.case(Channel.PHONE)
    assert after is not None
    assert after.messages[-1].automatic == "a transcript that came after the answer"
    assert after.conversation.turn == 1


async def test_a_transcript_after_the_end_opens_nothing_again(edge: Edge) -> None:
    await recorded(edge)
    case = await edge.case(Channel.PHONE)
    assert case is not None
    await edge.review.resolve(case.conversation.id, 1, Actor("UKIM"))  # Somebody has listened to it.
    await transcribed(edge)
    after = await edge.review.case(case.conversation.id)
    assert after.conversation.status is Status.RESOLVED
    assert [bool(m.automatic) for m in after.messages] == [False, True]


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "", "Restricted"])
async def test_callers_without_a_number_are_strangers_to_each_other(edge: Edge, caller: str) -> None:
    said = await edge.voice("said", From=caller, SpeechResult="Where is it?", Confidence="0.9")
    assert "cannot see your number" in "".join(said.itertext())
    assert await edge.said(Channel.PHONE, f"anonymous:{CALL}") == ["Where is it?"]


async def test_who_calls_too_often_is_asked_to_wait(edge: Edge) -> None:
    for _ in range(3):
        assert (await edge.voice())[0].tag == "Gather"
    assert "many times" in "".join((await edge.voice()).itertext())
    edge.clock.move(minutes=2)
    assert (await edge.voice())[0].tag == "Gather"


# --- recordings -----------------------------------------------------------------------------------------


async def test_a_link_to_a_recording_is_ours_and_ends(edge: Edge) -> None:
    link = edge.links.link(RECORDING).replace(US, edge.url)

    async def status(url: str) -> int:
        async with edge.session.get(url) as response:
            return response.status

    assert await status(link) == 502  # Twilio is not there in this test.
    for wrong in (
        link[:-1],
        link.replace("until=1", "until=2"),
        link.replace("RE3", "RE4"),
        link + "ü",
        link.partition("?")[0],
    ):
        assert await status(wrong) == 403
    edge.clock.move(days=30, seconds=1)
    assert await status(link) == 410
