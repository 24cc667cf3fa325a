"""The database: it opens transactions, and says NotStored when it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from copy import copy
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Misconfigured, NotStored
from bot.core.ports.engine import Clock, Signals
from bot.core.sealing import Sealing
from storage.in_memory import tables
from storage.jobs import Jobs
from storage.keyring import Keyring, give
from storage.postgres import cannot_open, check_settings, postgres_reader, postgres_writer
from storage.postgres_jobs import PostgresJobs
from storage.sqlite import file_of, prepare, sqlite_engine
from storage.transaction import QueueFactory, SqlTransaction
from storage.trouble import Trouble, driver_errors_wrapped, leave_no_trace
from storage.urls import parse
from storage.vault import read
from storage.within import EVERYWHERE, Within

PATIENCE_IN_LINE = 20.0
_GATHER = timedelta(seconds=1)  # What follows at once is written with it.


def utc_now() -> datetime:
    """Return the time of the machine."""
    return datetime.now(UTC)


Around = Callable[[], AbstractContextManager[object]]
Boarding = Callable[[SqlTransaction], Awaitable[Callable[[], None]]]


class SqlDatabase:
    """Opens transactions: on SQLite one writer at a time, which is all it can do; on PostgreSQL many."""

    def __init__(
        self,
        reader: AsyncEngine,
        writer: AsyncEngine,
        signals: Signals,
        clock: Clock,
        *,
        sealing: Sealing,
        queue: QueueFactory = Jobs,
        one_writer: bool = True,
        shared: bool = False,
        patience: float = PATIENCE_IN_LINE,
        committing: Around = nullcontext,
        followers: Sequence[str] = (),
    ) -> None:
        """Read and write on these two; `shared` says that both are one connection (a database in memory).

        `committing` makes a context around each commit. `followers` are record systems: each change of a
        conversation queues a job `name:conversation` for them, in the same transaction. Where there is one writer at
        a time, whoever has waited for `patience` seconds to write is sent away.
        """
        self._reader = reader
        self._writer = writer
        self._signals = signals
        self._clock = clock
        self._queue = queue
        self._turn = asyncio.Lock()
        self._one_writer = one_writer
        self._shared = shared
        self._patience = patience
        self._committing = committing
        self._followers = followers
        self.sealing = sealing
        self.keyring = Keyring()
        for engine in (reader, writer):
            give(engine.dialect, self.keyring)
        self._passengers: list[Boarding] = []
        self._trouble = Trouble(clock)
        self._within = EVERYWHERE

    def within(self, within: Within) -> "SqlDatabase":
        """Return the same database, in which the conversations of other workspaces are not to be found."""
        narrowed = copy(self)
        narrowed._within = within
        return narrowed

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that may write; it is committed when the block ends well, and only then.

        Raises:
            NotStored: the database failed; nothing was kept.
        """
        async with AsyncExitStack() as ending:
            connection = await ending.enter_async_context(self._writing_connection())
            tx = SqlTransaction(connection, self._clock, self._queue, writes=True, within=self._within)
            yield tx
            await tx.tell(self._followers, self._clock() + _GATHER)
            arrived = [await board(tx) for board in self._passengers]
            await tx.audit.flush()
            with self._committing():
                await ending.aclose()
        for tell in arrived:
            tell()
        for topic in tx.topics:
            self._signals.publish(topic)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads, and sees one moment throughout.

        Raises:
            NotStored: the database failed.
        """
        async with self._alone(self._shared):
            with driver_errors_wrapped():
                async with self._reader.connect() as connection:
                    await self._keep_keys(connection)
                    yield SqlTransaction(
                        connection, self._clock, self._queue, writes=False, within=self._within
                    )

    @contextmanager
    def taking_along(self, board: Boarding) -> Iterator[None]:
        """Let somebody write into every transaction of this process, where that spares a commit of its own.

        `board` writes, and returns what is called once that is committed; where the commit fails, it is not.
        """
        self._passengers.append(board)
        try:
            yield
        finally:
            self._passengers.remove(board)

    def _alone(self, needed: bool) -> AbstractAsyncContextManager[None]:
        return self._turn if needed else nullcontext()

    async def try_out(self) -> None:
        """Connect once, and read its keys.

        Raises:
            Misconfigured: it cannot be opened, or what is encrypted in it cannot be read.
            Unavailable: its server is not there (yet).
        """
        try:
            async with self._writer.begin() as connection:
                await read(connection, self.sealing, self.keyring)
            if not self._one_writer:
                await check_settings(self._reader, self._writer)
        except DBAPIError as error:
            raise cannot_open(error, "opened") from error

    async def check_room(self) -> None:
        """Write something, and take it back.

        Raises:
            NotStored: there is no room, or nobody may write.
        """
        async with self._writing_connection() as connection:
            await leave_no_trace(connection, self._clock())

    async def check(self) -> None:
        """Read; and while writing fails, write as well, because nothing else may come by to find it mended.

        Raises:
            NotStored: the database failed, or could not be written lately.
        """
        if self._trouble.text:
            await self.check_room()
        async with self.snapshot() as tx:
            await tx.settings.current()

    @asynccontextmanager
    async def _writing_connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn_to_write():
            with driver_errors_wrapped(self._trouble.begins):
                async with self._writer.begin() as connection:
                    await self._keep_keys(connection)
                    yield connection
            self._trouble.ends()

    async def _keep_keys(self, connection: AsyncConnection) -> None:
        """Read the keys again after we have met one that another process has made meanwhile."""
        if not self.keyring.is_outdated:
            return
        try:
            await read(connection, self.sealing, self.keyring)
        except Misconfigured as error:
            raise NotStored(str(error)) from error

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        if not self._one_writer:
            yield
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise NotStored(self._trouble.text or "The database is too busy.") from None
        try:
            yield
        finally:
            self._turn.release()

    async def dispose(self) -> None:
        """Close all connections."""
        await self._reader.dispose()
        await self._writer.dispose()


@asynccontextmanager
async def open_database(
    url: str,
    signals: Signals,
    clock: Clock = utc_now,
    *,
    sealing: Sealing,
    patience: float = PATIENCE_IN_LINE,
    committing: Around = nullcontext,
    followers: Sequence[str] = (),
) -> AsyncIterator[SqlDatabase]:
    """Open a database that `storage.migrate` has brought up to date; one in memory starts with empty tables.

    In memory there is one connection, so a snapshot must not be open around a transaction of the same task. `sealing`
    opens what is encrypted, and says whether what is written will be, once there is a key (`storage.resealing`).

    Raises:
        Misconfigured: the URL or the place it names cannot be used, or what is encrypted in it cannot be read.
        Unavailable: the server it names is not there (yet).
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        database = _on_sqlite(parsed, signals, clock, patience, committing, followers, sealing)
    else:
        database = _on_postgres(parsed, signals, clock, committing, followers, sealing)
    try:
        await database.try_out()
        yield database
    finally:
        await database.dispose()


def _on_sqlite(
    url: URL,
    signals: Signals,
    clock: Clock,
    patience: float,
    committing: Around,
    followers: Sequence[str],
    sealing: Sealing,
) -> SqlDatabase:
    path = file_of(url)
    if path is not None:
        prepare(path)
    engine = sqlite_engine(url, script=tables() if path is None else "")
    writer = engine.execution_options(begin="IMMEDIATE")
    return SqlDatabase(
        engine,
        writer,
        signals,
        clock,
        shared=path is None,
        patience=patience,
        committing=committing,
        followers=followers,
        sealing=sealing,
    )


def _on_postgres(
    url: URL, signals: Signals, clock: Clock, committing: Around, followers: Sequence[str], sealing: Sealing
) -> SqlDatabase:
    reader, writer = postgres_reader(url), postgres_writer(url)
    return SqlDatabase(
        reader,
        writer,
        signals,
        clock,
        queue=PostgresJobs,
        one_writer=False,
        committing=committing,
        followers=followers,
        sealing=sealing,
    )
