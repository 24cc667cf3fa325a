"""Answers by text message, WhatsApp and phone call."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.core.errors import Unavailable, Undeliverable
from bot.core.model import Sender
from bot.core.ports.channels import Deadline, Left, Outgoing, Reconciled, Send
from bot.core.ports.engine import Clock
from bot.core.routing import WHATSAPP, Routes
from bot.core.sms import LONGEST, as_text_message, plain
from integrations.twilio.client import TwilioApi
from integrations.twilio.sentences import Tongues
from integrations.twilio.twiml import spoken

STATUS_PATH = "/twilio/status"
_NO_ROUTES = Routes()
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_WINDOW = timedelta(hours=24)
# A request that was cut short may still be on its way into Twilio; only after this an absence is a fact.
_SETTLED = timedelta(seconds=60)
_CLOCKS_APART = timedelta(seconds=60)


def status_url(public_url: str, outgoing: Outgoing) -> str:
    """Return where Twilio tells what becomes of an answer; its signature covers which delivery and attempt it is."""
    row = outgoing.delivery
    told = {"delivery": row.id, "channel": row.channel.value, "attempt": str(row.attempt)}
    return f"{public_url}{STATUS_PATH}?{urlencode(told)}"


def external_id(delivery_id: str, attempt: str) -> str:
    """Return the id under which an attempt is known on these channels: Twilio's own comes too late to be one.

    News of an attempt that was given up speaks for no other.
    """
    return f"twilio:{delivery_id}:{attempt}" if attempt else f"twilio:{delivery_id}"


def _external_id(outgoing: Outgoing) -> str:
    return external_id(outgoing.delivery.id, str(outgoing.delivery.attempt))


@dataclass(frozen=True)
class Senders:
    """What answers come from; `template` is a WhatsApp template with the answer as its variable 1, or nothing.

    A customer hears from the number they wrote to, else from that of the workspace that `routes` give one, else from
    ours.
    """

    number: str
    whatsapp: str
    template: str = ""
    routes: Routes = _NO_ROUTES

    def of(self, outgoing: Outgoing) -> str:
        by_whatsapp = outgoing.delivery.address.startswith(WHATSAPP)
        if outgoing.number and outgoing.number.startswith(WHATSAPP) is by_whatsapp:
            return outgoing.number
        if by_whatsapp:
            return f"{WHATSAPP}{self.whatsapp}"
        return self.routes.number_of(outgoing.conversation.workspace) or self.number


class TextChannel:
    """Text messages and WhatsApp: `bot.core.ports.OutboundChannel` over Twilio's Messages.

    Key: the delivery's id and attempt, in the address that Twilio calls with what becomes of the message. A lost
    outcome: the newest messages to this number are looked through for the text. Shown when nobody knows: *It went
    out* and *Send again*; Twilio's call with those settles it too.
    """

    def __init__(self, api: TwilioApi, senders: Senders, public_url: str, clock: Clock) -> None:
        self._api = api
        self._senders = senders
        self._public_url = public_url
        self._clock = clock

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        to, text = _reachable(outgoing), _text(outgoing)
        fields = self._fields(outgoing, to, text)

        async def send(deadline: Deadline) -> Left:
            await self._api.create_message(deadline.check, **fields)
            return Left(_external_id(outgoing))

        yield send

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        to, text = outgoing.delivery.address, _one_line(_text(outgoing))
        messages = await self._api.messages_to(to, self._senders.of(outgoing))
        return _judged(outgoing, [m.at for m in messages if text in _one_line(m.text)], self._clock)

    def external_id(self, outgoing: Outgoing) -> str:
        return _external_id(outgoing)

    def _fields(self, outgoing: Outgoing, to: str, text: str) -> dict[str, str]:
        fields = {"to": to, "from_": self._senders.of(outgoing)}
        if outgoing.delivery.decision_id:  # Of anything else the ledger has no row that news could be about.
            fields["status_callback"] = status_url(self._public_url, outgoing)
        if not to.startswith(WHATSAPP) or self._is_open(outgoing):
            return fields | {"body": text}
        if not self._senders.template:
            raise Undeliverable(
                "WhatsApp takes free text only within 24 hours of the customer's last message, and no template is "
                "set (TWILIO_WHATSAPP_TEMPLATE): reach them another way"
            )
        return fields | {"content_sid": self._senders.template, "content_variables": _variables(text)}

    def _is_open(self, outgoing: Outgoing) -> bool:
        return outgoing.asked_at is not None and self._clock() < outgoing.asked_at + _WINDOW


class CallChannel:
    """Answers read out on the phone: `bot.core.ports.OutboundChannel` over Twilio's Calls.

    Key and what is shown: as for text messages. A lost outcome: a call of ours to this number since the claim.
    """

    def __init__(self, api: TwilioApi, number: str, public_url: str, tongues: Tongues, clock: Clock) -> None:
        self._api = api
        self._number = number
        self._public_url = public_url
        self._tongues = tongues
        self._clock = clock

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        to = _reachable(outgoing)
        text = plain(outgoing.delivery.text)
        twiml = spoken(text, self._tongues.reading(text, self._number))

        async def send(deadline: Deadline) -> Left:
            await self._api.create_call(
                deadline.check,
                to=to,
                from_=self._number,
                twiml=twiml,
                status_callback=status_url(self._public_url, outgoing),
                status_callback_event=["answered", "completed"],
            )
            return Left(_external_id(outgoing))

        yield send

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        calls = await self._api.calls_to(outgoing.delivery.address, self._number)
        return _judged(outgoing, [call.at for call in calls], self._clock)

    def external_id(self, outgoing: Outgoing) -> str:
        return _external_id(outgoing)


def _reachable(outgoing: Outgoing) -> str:
    address = outgoing.delivery.address
    if not _NUMBER.fullmatch(address.removeprefix(WHATSAPP)):
        raise Undeliverable("The caller withheld their number, so nothing can be sent to it")
    return address


def _text(outgoing: Outgoing) -> str:
    """Return the words as they leave. A person's are never shortened."""
    by_machine = outgoing.delivery.sender is Sender.AI
    text = as_text_message(outgoing.delivery.text, outgoing.sources, shorten=by_machine)
    if len(text) > LONGEST:
        raise Undeliverable(
            f"The answer has {len(text):,} characters and a text message takes {LONGEST:,}: shorten it"
        )
    if not text:
        raise Undeliverable("Nothing is left of the answer as plain text")
    return text


def _variables(text: str) -> str:
    # A template's variable takes no line breaks.
    return json.dumps({"1": _one_line(text)}, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _judged(outgoing: Outgoing, made: Iterable[datetime], clock: Clock) -> Reconciled:
    """Tell from the times at which Twilio took what looks like this answer whether it went out.

    What is older than the claim is an earlier one, unless our clock is ahead of Twilio's: then nobody can tell.
    Raises Unavailable: it is too early to say.
    """
    claimed = outgoing.delivery.updated_at.replace(microsecond=0)  # Twilio's times are whole seconds.
    newest = max(made, default=None)
    if newest is not None and newest >= claimed:
        return Reconciled.SENT
    left = (outgoing.delivery.updated_at + _SETTLED - clock()).total_seconds()
    if left > 0:
        raise Unavailable("The answer may still be on its way into Twilio", retry_after=left)
    doubtful = newest is not None and newest >= claimed - _CLOCKS_APART
    return Reconciled.UNKNOWN if doubtful else Reconciled.NOT_SENT
