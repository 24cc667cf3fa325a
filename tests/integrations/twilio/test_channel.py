"""Answers through Twilio: what is asked of it, and what each of its answers means for the ledger."""

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import OutcomeUnknown, Refused, TooLate, Unavailable, Unreachable
from bot.core.model import Channel, Sender, Source
from bot.core.ports.channels import Deadline, OutboundChannel, Outgoing, Reconciled
from bot.core.routing import Routes
from integrations.twilio.channel import CallChannel, Senders, TextChannel
from integrations.twilio.client import TwilioApi
from integrations.twilio.sentences import Tongues
from tests.builders import AT, conversation, delivery
from tests.fakes import FakeClock, in_time
from tests.integrations.twilio.conftest import ACCOUNT, TOKEN, FakeTwilio, made
from tests.ports import free_port
from tests.waiting import PATIENCE

ADA = "+447700900101"
US = "https://desk.shop.example"
SENDERS = Senders("+442079460100", "+442079460101")


def answer(**values: Any) -> Outgoing:
    given = {"channel": Channel.SMS, "address": ADA, "text": "Within **60 days** [1]."} | values
    sent = delivery(**given)
    return Outgoing(sent, conversation(channel=Channel.SMS, address=ADA), "Ada", "", asked_at=AT)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def texts(api: TwilioApi, clock: FakeClock) -> TextChannel:
    return TextChannel(api, SENDERS, US, clock)


@pytest.fixture
def calls(api: TwilioApi, clock: FakeClock) -> CallChannel:
    return CallChannel(api, "+442079460100", US, Tongues("en-GB", {}, {}), clock)


async def send(channel: OutboundChannel, outgoing: Outgoing, deadline: Deadline | None = None) -> str:
    async with channel.ready(outgoing) as act:
        return (await act(deadline or in_time())).external_id


async def test_a_text_leaves_as_plain_words_with_a_link_and_the_address_for_news(
    twilio: FakeTwilio, texts: TextChannel
) -> None:
    source = Source(1, "returns", "Returns", "https://help.example/r")
    outgoing = replace(answer(), sources=(source,))
    assert await send(texts, outgoing) == texts.external_id(outgoing) == f"twilio:{outgoing.delivery.id}:1"
    (form,) = twilio.asked
    assert form == {
        "To": [ADA],
        "From": ["+442079460100"],
        "Body": ["Within 60 days.\nMore: https://help.example/r"],
        "StatusCallback": [f"{US}/twilio/status?delivery={outgoing.delivery.id}&channel=sms&attempt=1"],
    }
    (request,) = twilio.seen
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert request.headers["Authorization"] == f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("address", "written_to", "workspace", "sender"),
    [
        (ADA, "+442079460109", "", "+442079460109"),
        (ADA, "", "T3", "+442079460107"),  # An agent there writes first.
        (ADA, "whatsapp:+442079460109", "", "+442079460100"),
        (f"whatsapp:{ADA}", "whatsapp:+442079460109", "", "whatsapp:+442079460109"),
        (f"whatsapp:{ADA}", "", "T3", "whatsapp:+442079460101"),
    ],
)
async def test_it_comes_from_the_number_that_was_written_to(
    twilio: FakeTwilio,
    api: TwilioApi,
    clock: FakeClock,
    address: str,
    written_to: str,
    workspace: str,
    sender: str,
) -> None:
    routed = replace(SENDERS, routes=Routes({"+442079460107": "T3"}))
    talk = conversation(channel=Channel.SMS, address=address, workspace=workspace)
    outgoing = replace(answer(address=address), conversation=talk, number=written_to)
    await send(TextChannel(api, routed, US, clock), outgoing)
    assert twilio.asked[0]["From"] == [sender]


async def test_each_attempt_has_a_name_of_its_own(twilio: FakeTwilio, texts: TextChannel) -> None:
    again = replace(answer(), delivery=replace(answer().delivery, attempt=2))
    assert await send(texts, again) == f"twilio:{again.delivery.id}:2"
    assert twilio.asked[0]["StatusCallback"][0].endswith("&attempt=2")


async def test_what_is_no_answer_asks_for_no_news(twilio: FakeTwilio, texts: TextChannel) -> None:
    survey = replace(answer(), delivery=replace(answer().delivery, decision_id=""))
    await send(texts, survey)
    assert "StatusCallback" not in twilio.asked[0]


async def test_getting_ready_leaves_no_trace(twilio: FakeTwilio, texts: TextChannel) -> None:
    async with texts.ready(answer()):
        pass
    assert twilio.seen == []


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, {"code": 21610, "message": "unsubscribed"}, Refused, "texted STOP"),
        (400, {"code": 21614, "message": "no mobile"}, Refused, "a landline"),
        (400, {"code": 99999, "message": "Something  new"}, Refused, "Something new \\(99999\\)"),
        (404, {"code": 20404, "message": "gone"}, Refused, "20404"),
        (401, {"code": 20003, "message": "Authenticate"}, Unreachable, "TWILIO_AUTH_TOKEN"),
        (503, {}, Unreachable, "503"),
        (500, {}, OutcomeUnknown, "500"),
        (302, {}, OutcomeUnknown, "302"),
        (201, "this is no JSON", OutcomeUnknown, "did not answer"),
        (201, "[]", OutcomeUnknown, "did not answer"),
        (400, "<html>", Refused, "400"),
    ],
)
async def test_what_twilio_answers(
    twilio: FakeTwilio, texts: TextChannel, status: int, body: Any, error: type[Exception], words: str
) -> None:
    twilio.answers.append((status, body, {}))
    with pytest.raises(error, match=words):
        await send(texts, answer())
    assert len(twilio.asked) == 1


async def test_it_comes_back_when_twilio_says(twilio: FakeTwilio, texts: TextChannel) -> None:
    twilio.answers.append((429, {}, {"Retry-After": "7"}))
    with pytest.raises(Unavailable) as caught:
        await send(texts, answer())
    assert caught.value.retry_after == 7.0


async def test_nobody_knows_what_a_broken_connection_has_done(twilio: FakeTwilio, texts: TextChannel) -> None:
    twilio.hang_up = True
    with pytest.raises(OutcomeUnknown):
        await send(texts, answer())


async def test_no_answer_in_time_is_an_unknown_outcome(clock: FakeClock) -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # Until the client has given up.
        writer.close()
        await writer.wait_closed()
        gone.put_nowait(None)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    api = TwilioApi(ACCOUNT, TOKEN, f"http://127.0.0.1:{port}", timeout=0.2)
    with pytest.raises(OutcomeUnknown):
        await send(TextChannel(api, SENDERS, US, clock), answer())
    with pytest.raises(Unreachable):
        await api.check()
    await api.aclose()
    for _ in range(2):
        await asyncio.wait_for(gone.get(), PATIENCE)
    server.close()
    await server.wait_closed()


async def test_who_cannot_be_reached_got_nothing(clock: FakeClock) -> None:
    api = TwilioApi(ACCOUNT, TOKEN, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        await send(TextChannel(api, SENDERS, US, clock), answer())
    with pytest.raises(Unreachable):
        async with api.recording(f"RE{'0' * 32}"):
            pass
    await api.aclose()


async def test_a_deadline_that_is_over_sends_nothing(twilio: FakeTwilio, texts: TextChannel) -> None:
    over = Deadline(-1.0, lambda: 0.0)
    with pytest.raises(TooLate):
        await send(texts, answer(), over)
    assert twilio.asked == []
    await send(texts, answer())
    with pytest.raises(TooLate):  # Also on a connection that stands already.
        await send(texts, answer(), over)
    assert len(twilio.asked) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": f"anonymous:CA{'0' * 32}"}, "withheld"),
        ({"address": "sip:ada@pbx.example"}, "withheld"),
        ({"text": "a" * 1_601, "sender": Sender.AGENT}, "1,601 characters"),
        ({"text": " [1] "}, "Nothing is left"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anything_is_claimed(
    twilio: FakeTwilio, texts: TextChannel, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        async with texts.ready(answer(**values)):
            pass
    assert twilio.seen == []


async def test_a_machines_long_answer_is_shortened(twilio: FakeTwilio, texts: TextChannel) -> None:
    await send(texts, answer(text="One sentence. " * 200))
    assert len(twilio.asked[0]["Body"][0]) <= 1_600


async def test_whatsapp_takes_free_text_for_a_day_and_then_a_template_or_nothing(
    twilio: FakeTwilio, api: TwilioApi, texts: TextChannel, clock: FakeClock
) -> None:
    outgoing = answer(address=f"whatsapp:{ADA}", text="Two\nlines")
    await send(texts, outgoing)
    assert twilio.asked[0]["From"] == ["whatsapp:+442079460101"]
    clock.move(hours=24)
    with pytest.raises(Refused, match="24 hours"):
        await send(texts, outgoing)
    with pytest.raises(Refused, match="24 hours"):
        await send(texts, replace(outgoing, asked_at=None))
    template = f"HX{'1' * 32}"
    await send(TextChannel(api, replace(SENDERS, template=template), US, clock), outgoing)
    form = twilio.asked[1]
    assert form["ContentSid"] == [template]
    assert json.loads(form["ContentVariables"][0]) == {"1": "Two lines"}
    assert "Body" not in form


async def test_a_lost_outcome_is_found_by_number_text_and_time(
    twilio: FakeTwilio, texts: TextChannel, clock: FakeClock
) -> None:
    outgoing = answer()
    twilio.known = [made("Sent from your Twilio trial account - Within 60 days.", AT)]
    assert await texts.reconcile(outgoing) is Reconciled.SENT
    assert twilio.seen[0].query["To"] == ADA
    for other in (made("Within 61 days.", AT), made("Within 60 days.", AT - timedelta(minutes=2))):
        twilio.known = [other]
        with pytest.raises(Unavailable) as caught:  # It may still be on its way into Twilio.
            await texts.reconcile(outgoing)
        assert caught.value.retry_after == 60.0
    clock.move(seconds=60)
    assert await texts.reconcile(outgoing) is Reconciled.NOT_SENT


async def test_nobody_can_tell_of_a_message_that_only_another_clock_makes_older(
    twilio: FakeTwilio, texts: TextChannel, clock: FakeClock
) -> None:
    twilio.known = [made("Within 60 days.", AT - timedelta(seconds=3))]
    clock.move(seconds=60)
    assert await texts.reconcile(answer()) is Reconciled.UNKNOWN


async def test_what_left_in_a_template_is_found_though_its_lines_were_joined(
    twilio: FakeTwilio, texts: TextChannel, clock: FakeClock
) -> None:
    outgoing = answer(address=f"whatsapp:{ADA}", text="Two\nlines")
    twilio.known = [made("Our answer: Two lines", AT)]
    clock.move(seconds=60)
    assert await texts.reconcile(outgoing) is Reconciled.SENT


async def test_an_answer_read_out_on_the_phone(
    twilio: FakeTwilio, calls: CallChannel, clock: FakeClock
) -> None:
    outgoing = answer(channel=Channel.PHONE)
    assert await send(calls, outgoing) == calls.external_id(outgoing)
    (form,) = twilio.asked
    assert form["StatusCallbackEvent"] == ["answered", "completed"]
    assert form["Twiml"][0].count('<Say language="en-GB">Within 60 days.</Say>') == 2
    with pytest.raises(Unavailable):
        await calls.reconcile(outgoing)
    clock.move(seconds=61)
    assert await calls.reconcile(outgoing) is Reconciled.NOT_SENT
    twilio.known = [made(at=AT, sid=f"CA{'0' * 32}")]
    assert await calls.reconcile(outgoing) is Reconciled.SENT


async def test_an_answer_is_read_out_in_its_own_language_by_the_voice_that_was_chosen(
    twilio: FakeTwilio, api: TwilioApi, clock: FakeClock
) -> None:
    tongues = Tongues("en-GB", {}, {}, {"de-AT": "Polly.Hannah-Neural", "en-GB": "Polly.Amy"})
    calls = CallChannel(api, "+442079460100", US, tongues, clock)
    await send(calls, answer(channel=Channel.PHONE, text="Sie haben dafür 60 Tage, und es ist nicht teuer."))
    await send(
        calls, answer(channel=Channel.PHONE, text="Vous avez 60 jours pour cela, et ce n'est pas cher.")
    )
    await send(calls, answer(channel=Channel.PHONE))
    german, french, english = (form["Twiml"][0] for form in twilio.asked)
    assert '<Say language="de-AT" voice="Polly.Hannah-Neural">Sie haben' in german
    assert '<Say language="fr-FR">Vous avez' in french
    assert '<Say language="en-GB" voice="Polly.Amy">Within' in english


async def test_the_login_is_checked(twilio: FakeTwilio, api: TwilioApi) -> None:
    await api.check()
    twilio.answers.append((401, {}, {}))
    with pytest.raises(Unreachable, match="TWILIO_ACCOUNT_SID"):
        await api.check()
