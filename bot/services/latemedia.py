"""Media that could not be had when their message came: tried again for a day, and shown when they are there."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.model import Message
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.unfetched import Fetched, Fetcher
from bot.services.transitions import move, note_event

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_FOR = timedelta(hours=24)
_AT_A_TIME = 10


async def try_later(tx: Transaction, message: Message) -> None:
    """Have what is missing of a message's media fetched later; call it in the transaction that keeps the message."""
    if message.metadata.get("unfetched"):
        await tx.unfetched.put(message.id, message.created_at + FIRST_PAUSE)


class LateMedia:
    """Fetches what is still missing. The pauses grow with the age of the message."""

    def __init__(self, database: Database, fetcher: Fetcher, clock: Clock) -> None:
        self._database = database
        self._fetcher = fetcher
        self._clock = clock

    async def look(self) -> None:
        """Try again whatever is due.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        async with self._database.snapshot() as tx:
            due = await tx.unfetched.due(self._clock(), _AT_A_TIME)
        for message in due:
            got = await self._fetcher.again(message.external_id, _unfetched(message))
            async with self._database.transaction() as tx:
                await self._keep(tx, message, got)

    async def _keep(self, tx: Transaction, asked: Message, got: Sequence[Fetched]) -> None:
        """Keep what was fetched, unless another process has looked meanwhile, or the message is erased."""
        now = self._clock()
        await tx.conversations.get(asked.conversation_id)  # Locked before its message is read.
        message = next(iter(await tx.messages.get([asked.id])), None)
        if message is None or _unfetched(message) != _unfetched(asked):
            return
        conversation = await tx.conversations.get(message.conversation_id)
        had = [one for one in got if one.attachment.sha256]
        over = now - message.created_at > _FOR
        wanted = set() if over else {one.number for one in got if one.again}
        for one in had:
            await tx.attachments.keep(one.attachment.sha256, one.content, now)
        await tx.messages.amend(message.id, _amended(message, got, wanted))
        if wanted:
            await tx.unfetched.put(message.id, now + _pause(message, now))
        else:
            await tx.unfetched.remove(message.id)
        if conversation is not None and (had or not wanted):
            await note_event(tx, conversation.id, _said(message, len(had), over=over), now)
            await move(tx, conversation, conversation.status, now)
        log.info(
            "media_tried_again", extra={"message_id": message.id, "had": len(had), "missing": len(wanted)}
        )


def _unfetched(message: Message) -> list[dict[str, Any]]:
    return list(message.metadata.get("unfetched") or ())


def _pause(message: Message, now: datetime) -> timedelta:
    return min(_LONGEST_PAUSE, max(FIRST_PAUSE, (now - message.created_at) / 2))


def _amended(message: Message, got: Sequence[Fetched], wanted: set[int]) -> dict[str, Any]:
    """Return the message's metadata with what was fetched, and with what is still to be."""
    attachments = list(message.attachments)
    for one in got:
        attachments[one.number - 1] = replace(one.attachment, late=bool(one.attachment.sha256))
    left = [one for one in _unfetched(message) if one["number"] in wanted]
    return {
        **message.metadata,
        "attachments": [asdict(one) for one in attachments],
        "unfetched": left,
    }


def _said(message: Message, had: int, *, over: bool) -> str:
    if had:
        return f"{had} file{'s'[: had != 1]} of message {message.seq} could be fetched after all."
    why = "within a day" if over else "any more"
    return f"What came with message {message.seq} cannot be fetched {why}."
