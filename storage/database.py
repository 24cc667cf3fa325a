"""Transactions: all stores on one connection, committed together with the jobs and wake-ups they cause."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Misconfigured, Unavailable
from bot.core.ports.engine import Clock, Lane, Signals
from storage.audit import SqlAudit
from storage.chat import SqlChat
from storage.conversations import SqlConversations
from storage.customers import SqlCustomers
from storage.decisions import SqlDecisions
from storage.deliveries import SqlDeliveries
from storage.desk_posts import SqlDeskPosts
from storage.desk_runs import SqlDeskRuns
from storage.drafts import SqlDrafts
from storage.jobs import WAKE, Jobs
from storage.messages import SqlMessages
from storage.notes import SqlEvents, SqlNotes, SqlVerdicts
from storage.rate_gates import SqlRateGates
from storage.raw_mails import SqlRawMails
from storage.receipts import SqlReceipts
from storage.settings import SqlSettings
from storage.sqlite import file_of, prepare, sqlite_engine, sqlite_url
from storage.tables import metadata


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
        self.receipts = SqlReceipts(connection)
        self.desk_posts = SqlDeskPosts(connection)
        self.desk_runs = SqlDeskRuns(connection)
        self.rate_gates = SqlRateGates(connection)
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

    def __init__(self, engine: AsyncEngine, signals: Signals, clock: Clock, *, shared: bool) -> None:
        """Use `engine`; `shared` says that it has one connection for everybody (a database in memory)."""
        self._reader = engine
        self._writer = engine.execution_options(begin="IMMEDIATE")
        self._signals = signals
        self._clock = clock
        self._writing = asyncio.Lock()
        self._shared = shared

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that may write; it is committed when the block ends well, and only then.

        Raises:
            Unavailable: the database failed; nothing was kept.
        """
        async with self._writing:
            with _driver_errors_wrapped():
                async with self._writer.begin() as connection:
                    tx = SqlTransaction(connection, self._clock)
                    yield tx
        for topic in tx.topics:
            self._signals.publish(topic)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqlTransaction]:
        """Open a transaction that only reads, and sees one moment throughout.

        Raises:
            Unavailable: the database failed.
        """
        alone: AbstractAsyncContextManager[None] = self._writing if self._shared else nullcontext()
        async with alone:
            with _driver_errors_wrapped():
                async with self._reader.connect() as connection:
                    yield SqlTransaction(connection, self._clock)

    async def dispose(self) -> None:
        """Close all connections."""
        await self._reader.dispose()


@asynccontextmanager
async def open_database(url: str, signals: Signals, clock: Clock = utc_now) -> AsyncIterator[SqlDatabase]:
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
    database = SqlDatabase(engine, signals, clock, shared=path is None)
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
def _driver_errors_wrapped() -> Iterator[None]:
    """Turn a failing database into Unavailable. A violated constraint is a fault of ours and stays as it is."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        # The driver's own words only: SQLAlchemy's would repeat the customer's text.
        raise Unavailable(f"The database failed: {getattr(error, 'orig', error)}") from error
