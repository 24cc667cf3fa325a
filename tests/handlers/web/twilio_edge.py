"""The routes that Twilio calls, on a real server, and Twilio's side of them: signed requests, and what they did."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import aiohttp

from bot.core.model import Case, Channel, Delivery, DeliveryState, Sender
from bot.services.review import Review
from handlers.web.twilio_recordings import RecordingLinks
from storage.database import SqlDatabase
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


async def recorded(edge: Edge, seconds: str = "14") -> None:
    fields = {**BASE, "CallSid": CALL, "RecordingSid": RECORDING, "RecordingDuration": seconds}
    assert (await edge.post("/twilio/recording", fields))[0] == 200


async def transcribed(edge: Edge, text: str = "Where is it?", status: str = "completed") -> None:
    fields = {"CallSid": CALL, "RecordingSid": RECORDING, "TranscriptionStatus": status}
    path = "/twilio/transcription?caller=%2B447700900101"
    assert (await edge.post(path, {**fields, "TranscriptionText": text}))[0] == 200
