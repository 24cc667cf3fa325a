"""Peers: what the processes on one database tell each other of how they are.

Nobody asks a worker, so what is down where it is would be seen by nobody. Each process writes it down every few
seconds, and those that are asked (`/readyz`, `/cockpit status`) tell for all.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock
from bot.core.ports.peers import Peer
from bot.core.ports.storage import Database

log = logging.getLogger(__name__)

MEET_SECONDS = 2.0
_ALIVE = timedelta(seconds=30)  # Longer than it may take to be rescued, and than clocks should be apart.
_WELL = frozenset({"ok", "off"})


class Peers:
    """Tells how this process is, and knows how the others are."""

    def __init__(self, database: Database, name: str, duties: Sequence[str], clock: Clock) -> None:
        """Speak for the process of this `name`, which does these `duties`."""
        self._database = database
        self._name = name
        self._duties = tuple(duties)
        self._clock = clock
        self._known: Sequence[Peer] | None = None

    async def meet(self, states: Sequence[tuple[str, str]]) -> None:
        """Tell the states of our parts, and hear of the others'; while the database is away nothing is known of them.

        What has begun ends also when we are cancelled: a commit that is cut short costs its connection.
        """
        meeting = asyncio.create_task(self._meet(states))
        try:
            await asyncio.shield(meeting)
        except asyncio.CancelledError:
            await asyncio.wait([meeting], timeout=MEET_SECONDS)
            raise

    async def leave(self) -> None:
        """Take leave of the others; who cannot is forgotten a while later."""
        with suppress(Unavailable):
            async with self._database.transaction() as tx:
                await tx.processes.drop(self._name, before=self._clock() - _ALIVE)

    async def _meet(self, states: Sequence[tuple[str, str]]) -> None:
        down = {part: state for part, state in states if state not in _WELL}
        now = self._clock()
        try:
            async with self._database.transaction() as tx:
                await tx.processes.put(Peer(self._name, self._duties, down, now))
                self._known = await tx.processes.since(now - _ALIVE)
        except Unavailable:
            self._known = None

    def down(self, part: str) -> str:
        """Return what is wrong with a part where another process is, or nothing."""
        said = (peer.down.get(part, "") for peer in self._known or () if peer.name != self._name)
        return next(filter(None, said), "")

    def missing(self, duty: str) -> bool:
        """Tell whether nobody does this."""
        return self._known is not None and not any(duty in peer.duties for peer in self._known)
