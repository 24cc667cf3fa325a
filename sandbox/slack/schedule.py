"""chat.scheduleMessage: messages that are posted later, by the stand-in's clock."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.chat import Chat
from sandbox.slack.directory import Channel
from sandbox.slack.errors import SlackError
from sandbox.slack.method import Call
from sandbox.wire import Record, is_number

DAYS_AHEAD = 120
_LOOK = 0.1  # Seconds between two looks: the clock may be put ahead.


@dataclass(frozen=True)
class Scheduled:
    id: str
    channel: Channel
    message: Record
    post_at: int


class Schedule:
    def __init__(self, chat: Chat, clock: Callable[[], float]) -> None:
        self._chat, self._clock = chat, clock
        self._waiting: dict[str, Scheduled] = {}
        self._watch: asyncio.Task[None] | None = None

    def add(self, call: Call) -> Record:
        channel, message = self._chat.check(call)
        post_at = call.maybe("post_at")
        if not is_number(post_at):
            raise SlackError("invalid_time")
        if int(post_at) <= self._clock():
            raise SlackError("time_in_past")
        if int(post_at) > self._clock() + DAYS_AHEAD * 86_400:
            raise SlackError("time_too_far")
        one = Scheduled(f"Q{secrets.token_hex(5).upper()}", channel, message, int(post_at))
        self._waiting[one.id] = one
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._post_in_time())
        told = {"channel": channel.id, "scheduled_message_id": one.id, "post_at": one.post_at}
        return {"ok": True, **told, "message": message}

    def cancel(self, call: Call) -> Record:
        one = self._waiting.get(call.text("scheduled_message_id"))
        if one is None or one.channel.id != call.text("channel"):
            raise SlackError("invalid_scheduled_message_id")
        del self._waiting[one.id]
        return {"ok": True}

    def show(self, call: Call) -> Record:
        rows = [_told(one) | {"id": one.id} for one in self._waiting.values()]
        wanted = call.maybe("channel")
        page, following = call.page(
            [row for row in rows if row["channel_id"] == (wanted or row["channel_id"])], "id"
        )
        return {"ok": True, "scheduled_messages": page, "response_metadata": following}

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _post_in_time(self) -> None:
        while self._waiting:
            for one in [one for one in self._waiting.values() if one.post_at <= self._clock()]:
                del self._waiting[one.id]
                if not one.channel.is_archived:
                    self._chat.publish(one.channel, dict(one.message))
            await asyncio.sleep(_LOOK)


def _told(one: Scheduled) -> Record:
    return {"channel_id": one.channel.id, "post_at": one.post_at, "text": one.message["text"]}
