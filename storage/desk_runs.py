"""What is to be shown on the desk, whom it waits for, and who shows it at this moment.

The queue is the state itself: a conversation whose newest version is not shown. A row of `desk_runs` exists only
while somebody shows it (`running`, up to `until`) or after a failure (not again before `until`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Status
from bot.core.ports.storage import DeskLine, DeskRun
from storage.rows import changed, insert_into, one_of
from storage.tables import NOT_SHOWN, conversations, desk_posts, desk_runs

# Somebody waits for these on the desk; they come before what is only to be seen.
_FOR_PEOPLE = (Status.WAITING, Status.ESCALATED, Status.UNDELIVERED)
# What we still work on is shown as it ends: one call instead of two, unless that takes this long.
_WORTH_WAITING = timedelta(seconds=3)
_FARTHEST = timedelta(seconds=330)


def _stands() -> ColumnElement[bool]:
    root = and_(desk_posts.c.conversation_id == conversations.c.id, desk_posts.c.sheet == "root")
    return exists().where(root).correlate(conversations)


def _due() -> ColumnElement[bool]:
    # A time far ahead was written before the clock was set back, and holds nobody up.
    until = desk_runs.c.until
    until_later = and_(until > bindparam("now"), until <= bindparam("farthest"))
    theirs = and_(desk_runs.c.conversation_id == conversations.c.id, until_later)
    held = exists().where(theirs).correlate(conversations)
    settled = or_(conversations.c.status != Status.WORKING, conversations.c.updated_at <= bindparam("calm"))
    return and_(text(NOT_SHOWN), settled, ~held)


def _first() -> Select[Any]:
    # An older question is shown before a newer one, but never before one that waits for a person.
    urgent = case((one_of(conversations.c.status, _FOR_PEOPLE), 0), else_=1)
    line = (
        conversations.c.workspace == bindparam("workspace"),
        conversations.c.channel == bindparam("channel"),
        _stands() == bindparam("standing"),
    )
    return (
        select(conversations.c.id, desk_runs.c.running, desk_runs.c.tries)
        .outerjoin_from(conversations, desk_runs)
        .where(_due(), *line)
        .order_by(urgent, conversations.c.updated_at)
        .limit(1)
    )


def _at(now: datetime) -> dict[str, Any]:
    return {"now": now, "calm": now - _WORTH_WAITING, "farthest": now + _FARTHEST}


_KINDS = conversations.c.channel, _stands(), conversations.c.workspace
_LINES = select(*_KINDS).where(_due()).group_by(*_KINDS)
FIRST = _first()


class SqlDeskRuns:
    """Claims and releases of conversations that are to be shown."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lines(self, now: datetime) -> Collection[DeskLine]:
        """Return the lines in which something can be shown now."""
        rows = await self._connection.execute(_LINES, _at(now))
        return {DeskLine(channel, bool(standing), workspace) for channel, standing, workspace in rows}

    async def waiting(self, workspace: str | None = None, others: Collection[str] = ()) -> int:
        """Count the conversations whose newest version is not shown; or those of a workspace."""
        query = select(func.count()).select_from(conversations).where(text(NOT_SHOWN))
        if workspace:
            query = query.where(conversations.c.workspace == workspace)
        elif workspace is not None and others:
            query = query.where(conversations.c.workspace.not_in(others))
        return await self._connection.scalar(query) or 0

    async def claim(self, line: DeskLine, *, now: datetime, until: datetime) -> DeskRun | None:
        """Take the conversation of a line that should be shown first; nobody else gets it before `until`."""
        given = _at(now) | {
            "channel": line.channel,
            "standing": line.standing,
            "workspace": line.workspace,
        }
        row = (await self._connection.execute(FIRST, given)).first()
        if row is None or not await self._mark(row.id, now, until, row.tries or 0):
            return None
        return DeskRun(row.id, until, doubtful=bool(row.running), tries=row.tries or 0)

    async def release(self, run: DeskRun) -> bool:
        """Let go of a conversation: it is shown, or may be shown further at once; False when it is not ours."""
        return await changed(self._connection, delete(desk_runs).where(*_ours(run)))

    async def postpone(self, run: DeskRun, until: datetime, *, doubtful: bool) -> bool:
        """Let go after a failure; `doubtful` when something may stand that is not on record; False when not ours."""
        later = update(desk_runs).where(*_ours(run))
        later = later.values(until=until, running=doubtful, tries=desk_runs.c.tries + 1)
        return await changed(self._connection, later)

    async def abandon(self, now: datetime) -> None:
        """End all claims of a process that is gone, where there can be no other process."""
        await self._connection.execute(update(desk_runs).where(desk_runs.c.running).values(until=now))

    async def _mark(self, conversation_id: str, now: datetime, until: datetime, tries: int) -> bool:
        claim = insert_into(self._connection, desk_runs).values(
            conversation_id=conversation_id, until=until, running=True, tries=tries
        )
        return await changed(
            self._connection,
            claim.on_conflict_do_update(
                index_elements=["conversation_id"],
                set_={"until": until, "running": True},
                where=or_(desk_runs.c.until <= now, desk_runs.c.until > now + _FARTHEST),
            ),
        )


def _ours(run: DeskRun) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # Whoever has taken the conversation over since has set another time.
    return desk_runs.c.conversation_id == run.conversation_id, desk_runs.c.until == run.until
