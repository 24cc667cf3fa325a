"""Ports behind a circuit breaker. What only asks is tried twice within its time budget; what sends, never."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol, TypeVar

import stamina

from bot.core.context import CustomerRecord, Keys, Urgency
from bot.core.errors import Unavailable
from bot.core.model import Case, Channel, Status
from bot.core.ports.answering import Passage, Question, Writer, Written
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import Deadline, Left, OutboundChannel, Outgoing, Reconciled, Send
from bot.core.ports.customers import CustomerSource
from bot.core.ports.records import Changes, Entry, Reading, RecordReader, RecordSystem, RemoteFile
from bot.core.ports.records import Written as Filed

T = TypeVar("T")

_PAUSE, _JITTER = 0.05, 0.1


class GuardedWriter:
    """A language model that is not asked while it is down."""

    def __init__(self, writer: Writer, breaker: Breaker) -> None:
        self._writer = writer
        self._breaker = breaker

    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        async with self._breaker.guard():
            return await _twice(lambda: self._writer.write(question, passages, brand=brand))


class GuardedSource:
    """A source of customers that is not asked while it is down."""

    def __init__(self, source: CustomerSource, breaker: Breaker) -> None:
        self._source = source
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._source.name

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:
        async with self._breaker.guard():
            return await _twice(lambda: self._source.look_up(keys, urgency))


class GuardedChannel:
    """A way to customers that nothing is sent on while it is down. A send is never repeated here."""

    def __init__(self, channel: OutboundChannel, breaker: Breaker, *, can_be_asked: bool) -> None:
        """Guard `channel`; where its far side `can_be_asked` what became of a send, that waits for it as well."""
        self._channel = channel
        self._breaker = breaker
        self._can_be_asked = can_be_asked

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        async with self._breaker.guard() as call, self._channel.ready(outgoing) as send:
            call.told = False  # What was overtaken before it left tells nothing.

            async def sending(deadline: Deadline) -> Left:
                left = await send(deadline)
                call.told = True
                return left

            yield sending

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        if not self._can_be_asked:
            return await self._channel.reconcile(outgoing)
        async with self._breaker.guard():
            return await self._channel.reconcile(outgoing)

    def external_id(self, outgoing: Outgoing) -> str:
        return self._channel.external_id(outgoing)


class GuardedRecords:
    """A record system that is not told of anything while it is down. Nothing is repeated here."""

    def __init__(self, records: RecordSystem, breaker: Breaker) -> None:
        self._records = records
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._records.name

    @property
    def carries(self) -> Channel | None:
        return self._records.carries

    def wants(self, case: Case) -> bool:
        return self._records.wants(case)

    def check(self) -> None:
        self._breaker.check()
        self._records.check()

    def word_for(self, status: Status) -> str:
        return self._records.word_for(status)

    async def write(self, entry: Entry, deadline: Deadline, *, doubtful: bool) -> Filed:
        async with self._breaker.guard():
            return await self._records.write(entry, deadline, doubtful=doubtful)


class GuardedHelpDesk(GuardedRecords):
    """The same of a record system that is read as well."""

    def __init__(self, records: "Records", breaker: Breaker) -> None:
        super().__init__(records, breaker)
        self._read = records

    def brings(self, channel: Channel) -> bool:
        return self._read.brings(channel)

    async def content(self, file: RemoteFile) -> bytes:
        """Not behind the breaker: files may come from another host, and nothing waits for them."""
        return await self._read.content(file)

    async def read(self, record: str, seen: str) -> Reading:
        async with self._breaker.guard():
            return await self._read.read(record, seen)

    async def changed(self, bookmark: str, since: datetime) -> Changes:
        async with self._breaker.guard():
            return await self._read.changed(bookmark, since)


class Records(RecordSystem, RecordReader, Protocol):
    """A record system in both directions."""


async def _twice(call: Callable[[], Awaitable[T]]) -> T:
    """Ask a second time at once; the caller's time budget ends both."""
    tries = stamina.retry_context(
        on=_worth_repeating, attempts=2, timeout=None, wait_initial=_PAUSE, wait_jitter=_JITTER
    )
    async for attempt in tries:
        with attempt:
            answer = await call()
    return answer


def _worth_repeating(error: Exception) -> bool:
    """A far side that says when to come back is not asked before."""
    return isinstance(error, Unavailable) and error.retry_after is None
