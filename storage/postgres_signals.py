"""Wake-ups between processes, by LISTEN and NOTIFY of PostgreSQL.

Subscribers in this process are woken at once; the others hear of it a few milliseconds later, in batches and from a
connection of its own: a commit that notifies makes all other commits wait. What is lost on the way (a process killed
right after its commit, a connection that breaks) is made up for: after a reconnection everybody is woken once, and
whoever waits looks by themselves now and then.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

import psycopg
from sqlalchemy import URL

from bot.core.ending import end
from storage.postgres import connect_arguments, connection_string
from storage.signals import LocalSignals, LocalSubscription
from storage.urls import parse

logger = logging.getLogger(__name__)

_CHANNEL = "threadpilot"
_BATCH = 0.005
_LONGEST = 7_900  # Bytes; PostgreSQL takes less than 8,000.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_LAST_WORDS = 1.0  # So many seconds, at the end, for what is still to be told.
_CHECK = 20.0  # An idle connection is tried this often, in seconds.


class PostgresSignals:
    """Wakes the subscribers of a topic in every process on the same database, while it is open."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._local = LocalSignals()
        self._ourselves = secrets.token_hex(4)
        self._outbox: set[str] = set()
        self._posted = asyncio.Event()
        self._all_told = asyncio.Event()
        self._all_told.set()
        self._connected = asyncio.Event()

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[LocalSubscription]:
        """Listen to a topic for as long as the context lasts."""
        async with self._local.subscribe(topic) as subscription:
            yield subscription

    def publish(self, topic: str) -> None:
        """Wake whoever listens to a topic, here at once and elsewhere soon."""
        self._local.publish(topic)
        self._outbox.add(topic)
        self._all_told.clear()
        self._posted.set()

    async def send(self) -> None:
        """Tell the other processes, until cancelled."""
        await _again_and_again(self._send)

    async def listen(self) -> None:
        """Hear the other processes, until cancelled."""
        await _again_and_again(self._listen)

    async def told(self) -> None:
        """Return once the other processes were told of everything that was published."""
        await self._all_told.wait()

    async def connected(self) -> None:
        """Return once the other processes are heard."""
        await self._connected.wait()

    async def _send(self) -> None:
        async with await self._connect() as connection:
            if self._outbox:  # What the last connection did not get through.
                self._posted.set()
            while True:
                await self._posted.wait()
                await asyncio.sleep(_BATCH)
                self._posted.clear()
                topics, self._outbox = self._outbox, set()
                try:
                    for payload in _payloads(self._ourselves, sorted(topics)):
                        await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))
                except BaseException:
                    self._outbox |= topics  # What could not be said is said on the next connection.
                    raise
                (self._posted if self._outbox else self._all_told).set()

    async def _listen(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            self._connected.set()
            self._local.publish_all()  # Who knows what was said meanwhile.
            while True:
                async for heard in connection.notifies(timeout=_CHECK):
                    self._hear(heard.payload)
                await connection.execute("SELECT 1")

    def _hear(self, payload: str) -> None:
        try:
            sender, topics = json.loads(payload)
            heard = [] if sender == self._ourselves else [str(topic) for topic in topics]
        except (ValueError, TypeError):
            return  # Said by somebody else on the same channel.
        for topic in heard:
            self._local.publish(topic)

    async def _connect(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            connection_string(self._url), autocommit=True, **connect_arguments(self._url)
        )


@asynccontextmanager
async def postgres_signals(url: str) -> AsyncIterator[PostgresSignals]:
    """Open the wake-ups between all processes that work on a database. One that is away is waited for."""
    signals = PostgresSignals(parse(url))
    parts = [asyncio.create_task(signals.listen()), asyncio.create_task(signals.send())]
    try:
        yield signals
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(signals.told(), _LAST_WORDS)
        await end(parts)


async def _again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    """Do what ends only when its connection breaks, and begin anew after a pause that doubles."""
    loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
    while True:
        begun = loop.time()
        try:
            await work()
        except psycopg.Error as error:
            logger.warning("signals_without_database", extra={"reason": str(error).partition("\n")[0]})
        pause = _FIRST_PAUSE if loop.time() - begun > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
        await asyncio.sleep(pause)


def _payloads(sender: str, topics: Iterable[str]) -> Iterator[str]:
    """Pack topics into as few messages as they fit in."""
    packed: list[str] = []
    for topic in topics:
        if packed and len(_packed(sender, [*packed, topic])) > _LONGEST:
            yield _packed(sender, packed)
            packed = []
        packed.append(topic)
    if packed:
        yield _packed(sender, packed)


def _packed(sender: str, topics: list[str]) -> str:
    return json.dumps([sender, topics])  # ASCII, so that its characters are its bytes.
