"""Unsent answers: what agents type is saved as they type, so that a closed window or a restart loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.ports.desk_work import Writing
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.noticing import WRITES_FOR, forget

_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Desk:
    """What lies on an agent's desk for a conversation: their own unsent answer, and who else writes one now."""

    mine: Writing | None
    others: Sequence[Writing]


class Unsent:
    """Keeps answers until they are sent."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def desk(self, conversation_id: str, actor: str) -> Desk:
        """Return what an agent has written and not sent, and who else has a window open."""
        async with self._database.snapshot() as tx:
            found = await tx.writings.of(conversation_id)
        mine = next((one for one in found if one.actor == actor), None)
        since = self._clock() - WRITES_FOR
        return Desk(mine, [one for one in found if one is not mine and one.view_id and one.at >= since])

    def now(self) -> datetime:
        """Return the time by which writings are dated."""
        return self._clock()

    async def open(self, writing: Writing) -> None:
        """Note that an agent has a window open, and what stands in it: what was typed there already is kept."""
        async with self._database.transaction() as tx:
            await tx.writings.forget(writing.at - _KEPT_FOR)
            before = await tx.writings.get(writing.conversation_id, writing.actor)
            if before is not None:
                writing = replace(_newer(writing, before), noticed=before.noticed)
            await tx.writings.put(writing)

    async def keep(self, writing: Writing) -> None:
        """Save what was typed so far; what the window was told before stays."""
        async with self._database.transaction() as tx:
            kept = await tx.writings.keep(writing.conversation_id, writing.actor, writing.parts, writing.at)
            if not kept:
                await tx.writings.put(writing)

    async def close(self, conversation_id: str, actor: str, view_id: str) -> None:
        """Note that a window was closed; what was typed stays."""
        async with self._database.transaction() as tx:
            await tx.writings.close(conversation_id, actor, view_id)

    async def drop(self, conversation_id: str, actor: str) -> None:
        """Forget an answer: it was sent, or is not wanted any more."""
        async with self._database.transaction() as tx:
            writing = await tx.writings.get(conversation_id, actor)
            if writing is not None:
                await forget(tx, writing)


def _newer(opened: Writing, before: Writing) -> Writing:
    """Return the window as it stands: people type before its opening is noted."""
    return replace(opened, parts=before.parts, at=before.at) if before.at > opened.at else opened
