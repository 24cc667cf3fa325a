"""Notices: what is said in Slack once, although processes die between saying it and knowing that it was said.

A notice is written down before it is posted, under a name that Slack keeps with it. What was begun and is not
known to stand is looked for first.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.ports.engine import Clock
from bot.core.ports.reporting import Blocks, Board, Notice, NoticeState
from bot.core.ports.storage import Database, Transaction

log = logging.getLogger(__name__)

LONGEST_POST = timedelta(minutes=2)  # No post takes as long, with all that Slack's client tries again.

LOOK_SECONDS = 5.0
_LEFT = "left:"

Shown = tuple[str, Blocks]


class Notifying:
    """Keeps notices, and posts them."""

    def __init__(self, database: Database, board: Board, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._clock = clock

    async def all(self) -> Mapping[str, Notice]:
        """Return what is kept, by key."""
        async with self._database.snapshot() as tx:
            return await tx.notices.all()

    async def keep(self, notice: Notice) -> Notice | None:
        """Keep the next version of a notice, and return it; None when another process was first."""
        async with self._database.transaction() as tx:
            kept = await tx.notices.put(notice)
        return replace(notice, version=notice.version + 1) if kept else None

    async def say(
        self,
        notice: Notice,
        shown: Shown,
        slack_channel: str,
        then: NoticeState,
        *,
        thread_ts: str | None = None,
    ) -> Notice | None:
        """Post what a notice says, and keep that it stands; None when it does not yet, or another process says it.

        What Slack refuses is not tried again: the log says why.
        """
        name = f"{notice.key}/{notice.since:%Y-%m-%dT%H:%M:%S}/{notice.state}"
        claimed = await self._claimed(notice, slack_channel)
        if claimed is None:
            return None
        try:
            ts = await self._found(notice, name, thread_ts) or await self._board.post(
                claimed.slack_channel, name, *shown, thread_ts=thread_ts
            )
        except Refused as error:
            log.error("notice_refused", extra={"notice": notice.key, "reason": str(error)})
            ts = ""
        except (Unavailable, OutcomeUnknown) as error:
            log.warning("notice_later", extra={"notice": notice.key, "reason": str(error)})
            return None
        return await self.keep(replace(claimed, state=then, ts=ts if thread_ts is None else claimed.ts))

    async def _claimed(self, notice: Notice, slack_channel: str) -> Notice | None:
        """Take the notice for ourselves; None while another process may be posting it."""
        now = self._clock()
        if notice.tried_at is None:
            return await self.keep(replace(notice, tried_at=now, slack_channel=slack_channel))
        return (
            await self.keep(replace(notice, tried_at=now)) if now - notice.tried_at >= LONGEST_POST else None
        )

    async def _found(self, notice: Notice, name: str, thread_ts: str | None) -> str | None:
        """Look for what an earlier attempt may have posted."""
        if notice.tried_at is None:
            return None
        return await self._board.find(notice.slack_channel, name, notice.tried_at, thread_ts=thread_ts)


class Telling:
    """Posts what other transactions have left to be said with `leave`."""

    def __init__(
        self,
        database: Database,
        board: Board,
        clock: Clock,
        wording: Callable[[str], Shown],
        slack_channel: str,
    ) -> None:
        self._notices = Notifying(database, board, clock)
        self._wording = wording
        self._slack_channel = slack_channel

    async def look(self) -> None:
        """Post what was left since the last look.

        Raises:
            Unavailable: the database failed; the next look says it.
        """
        for notice in (await self._notices.all()).values():
            if notice.key.startswith(_LEFT) and notice.state is NoticeState.BEGINS:
                shown = self._wording(notice.said)
                await self._notices.say(notice, shown, self._slack_channel, NoticeState.CALM)


async def leave(tx: Transaction, about: str, said: str, at: datetime) -> None:
    """Write down what is to be said once this transaction is committed, whatever becomes of this process.

    What was left about the same before, and is not said yet, is not said any more.
    """
    key, kept = _LEFT + about, False
    while not kept:  # Until nobody has posted an earlier one meanwhile.
        known = (await tx.notices.all()).get(key) or fresh(key, at)
        kept = await tx.notices.put(
            replace(known, state=NoticeState.BEGINS, since=at, said=said, tried_at=None, ts="")
        )


def fresh(key: str, at: datetime) -> Notice:
    """Return a notice of which nothing was ever said."""
    return Notice(key, NoticeState.CALM, at)
