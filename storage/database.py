"""Transactions: all stores on one connection, committed together with the jobs and wake-ups they cause."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Misconfigured, NotStored
from bot.core.ports.engine import Clock, Lane, Signals
from storage.audit import SqlAudit
from storage.chat import SqlChat
from storage.conversations import SqlConversations
from storage.customers import SqlCustomers
from storage.decisions import SqlDecisions
from storage.deliveries import SqlDeliveries
from storage.desk_posts import SqlDeskPosts
from storage.drafts import SqlDrafts
from storage.jobs import WAKE, Jobs
from storage.messages import SqlMessages
from storage.notes import SqlEvents, SqlNotes, SqlVerdicts
from storage.raw_mails import SqlRawMails
from storage.settings import SqlSettings
from storage.sqlite import file_of, prepare, sqlite_engine, sqlite_url
from storage.tables import metadata
from storage.trouble import Trouble, explain, leave_no_trace

PATIENCE_IN_LINE = 20.0


def utc_now() -> datetime:
    """Return the time of the machine."""
    return datetime.now(UTC)


class SqlTransaction:
    """One unit of work: the stores, and what is to be told once it is committed."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self.customers = SqlCustomers(connection)
        self.conversations = SqlConversations(connection, clock)
        self.messages = SqlMessages(connection)
        self.raw_mails = SqlRawMails(connection)
        self.drafts = SqlDrafts(connection)
        self.decisions = SqlDecisions(connection)
        self.deliveries = SqlDeliveries(connection)
        self.notes = SqlNotes(connection)
        self.events = SqlEvents(connection)
        self.verdicts = SqlVerdicts(connection)
        self.audit = SqlAudit(connection)
        self.settings = SqlSettings(connection)
        self.desk_posts = SqlDeskPosts(connection)
        self.chat = SqlChat(connection)
        self.jobs = Jobs(connection, clock)
        self.topics: set[str] = set()

    async def defer(self, lane: Lane, key: str, run_at: datetime | None = None) -> None:
        """Queue a job with this transaction."""
        await self.jobs.defer(lane, key, run_at)
        self.publish(WAKE)

    def publish(self, topic: str) -> None:
        """Wake the subscribers of a topic once this is committed."""
        self.topics.add(topic)


class SqlDatabase:
    """Opens transactions, one writer at a time, which is what SQLite can do anyway."""

    def __init__(
        self,
        engine: AsyncEngine,
        signals: Signals,
        clock: Clock,
        *,
        shared: bool,
        patience: float = PATIENCE_IN_LINE,
    ) -> None:
        """Use `engine`; `shared` says that it has one connection for everybody (a database in memory).

        Whoever has waited for `patience` seconds to write is sent away.
        """
        self._reader = engine
        self._writer = engine.execution_options(begin="IMMEDIATE")
        self._signals = signals
        self._clock = clock
        self._writing = asyncio.Lock()
        self._shared = shared
        self._patience = patience
        self._trouble = Trouble(clock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that may write; it is committed when the block ends well, and only then.

        Raises:
            NotStored: the database failed; nothing was kept.
        """
        async with self._writing_connection() as connection:
            tx = SqlTransaction(connection, self._clock)
            yield tx
        for topic in tx.topics:
            self._signals.publish(topic)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads, and sees one moment throughout.

        Raises:
            NotStored: the database failed.
        """
        alone: AbstractAsyncContextManager[None] = self._writing if self._shared else nullcontext()
        async with alone:
            with _driver_errors_wrapped():
                async with self._reader.connect() as connection:
                    yield SqlTransaction(connection, self._clock)

    async def check(self) -> None:
        """Read; and while writing fails, write as well, because nothing else may come by to find it mended.

        Raises:
            NotStored: the database failed, or could not be written lately.
        """
        if self._trouble.text:
            async with self._writing_connection() as connection:
                await leave_no_trace(connection, self._clock())
        async with self.snapshot() as tx:
            await tx.settings.current()

    @asynccontextmanager
    async def _writing_connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn_to_write():
            with _driver_errors_wrapped(self._trouble.begins):
                async with self._writer.begin() as connection:
                    yield connection
            self._trouble.ends()

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._writing.acquire()
        except TimeoutError:
            raise NotStored(self._trouble.text or "The database is too busy.") from None
        try:
            yield
        finally:
            self._writing.release()

    async def dispose(self) -> None:
        """Close all connections."""
        await self._reader.dispose()


@asynccontextmanager
async def open_database(
    url: str, signals: Signals, clock: Clock = utc_now, *, patience: float = PATIENCE_IN_LINE
) -> AsyncIterator[SqlDatabase]:
    """Open a database that `storage.migrate` has brought up to date; one in memory starts with empty tables.

    In memory there is one connection, so a snapshot must not be open around a transaction of the same task.

    Raises:
        Misconfigured: the URL or the place it names cannot be used.
    """
    parsed = sqlite_url(url)
    path = file_of(parsed)
    if path is not None:
        prepare(path)
    engine = sqlite_engine(parsed)
    database = SqlDatabase(engine, signals, clock, shared=path is None, patience=patience)
    try:
        await _try_out(engine, in_memory=path is None)
        yield database
    finally:
        await database.dispose()


async def _try_out(engine: AsyncEngine, *, in_memory: bool) -> None:
    try:
        async with engine.begin() as connection:
            if in_memory:
                await connection.run_sync(metadata.create_all)
    except DBAPIError as error:
        raise Misconfigured(f"DATABASE_URL: the database cannot be opened ({error.orig}).") from error


@contextmanager
def _driver_errors_wrapped(tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Turn a failing database into NotStored. A violated constraint is a fault of ours and stays as it is."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        text = explain(error)
        tell(text)
        raise NotStored(text) from error
