"""Shortcuts on a message in a conversation's thread."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from blocks.ids import Target
from bot.core.errors import Rejected
from handlers.slack.payloads import Body
from handlers.slack.services import Services
from handlers.slack.writing import WritingWindow

_NOT_OURS = "Use this on a message in a conversation's thread: what was typed there opens as an answer."


class ThreadShortcuts:
    """Send to customer: what a colleague typed in the thread opens as an answer, and is sent from that window."""

    def __init__(self, services: Services, writing: WritingWindow) -> None:
        self._services = services
        self._writing = writing

    async def send_to_customer(self, ack: AsyncAck, body: Body, context: dict[str, Any]) -> None:
        await ack()
        message = body.get("message") or {}
        words, thread = str(message.get("text") or "").strip(), str(message.get("thread_ts") or "")
        channel = str((body.get("channel") or {}).get("id") or "")
        where = await self._services.notes.conversation_at(channel, thread) if thread else None
        if where is None or not words or message.get("bot_id"):
            raise Rejected(_NOT_OURS)
        await self._writing.open_with(Target(where, 0), words, body, context)
