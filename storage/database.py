"""Transactions: all stores on one connection, committed together with the jobs and wake-ups they cause."""

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
from typing import Protocol

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Misconfigured, NotStored
from bot.core.ports.engine import Clock, Lane, Signals
from bot.core.sealing import Sealing
from storage.assessments import SqlAssessments
from storage.attachments import SqlAttachments
from storage.audit import SqlAudit
from storage.chat import SqlChat
from storage.conversations import SqlConversations
from storage.customers import SqlCustomers
from storage.day_sheets import SqlDaySheets
from storage.decisions import SqlDecisions
from storage.deliveries import SqlDeliveries
from storage.desk_posts import SqlDeskPosts
from storage.desk_runs import SqlDeskRuns
from storage.drafts import SqlDrafts
from storage.external_refs import SqlExternalRefs
from storage.facts import SqlFacts
from storage.in_memory import tables
from storage.insights import SqlInsights
from storage.jobs import WAKE, JobKey, Jobs
from storage.keyring import Keyring, give
from storage.mailboxes import SqlMailboxes
from storage.merges import SqlMerges
from storage.messages import SqlMessages
from storage.notes import SqlEvents, SqlNotes, SqlVerdicts
from storage.notices import SqlNotices
from storage.opt_outs import SqlOptOuts
from storage.outcomes import SqlOutcomes
from storage.people import SqlBlockedSenders, SqlPractised
from storage.periodic import SqlPeriodic
from storage.postgres import cannot_open, check_settings, postgres_reader, postgres_writer
from storage.postgres_jobs import PostgresJobs
from storage.processes import SqlProcesses
from storage.queue import SqlQueue
from storage.rate_gates import SqlRateGates
from storage.ratings import SqlRatingRequests, SqlRatings
from storage.raw_mails import SqlRawMails
from storage.receipts import SqlReceipts
from storage.scorecards import SqlScorecards
from storage.settings import SqlSettings
from storage.sqlite import file_of, prepare, sqlite_engine
from storage.suggestions import SqlSuggestions
from storage.teamwork import SqlAcknowledgements, SqlPromises, SqlWatches
from storage.trouble import Trouble, explain, leave_no_trace
from storage.unfetched import SqlUnfetchedMedia
from storage.urls import parse
from storage.vault import read
from storage.within import EVERYWHERE, Within
from storage.writings import SqlWritings

PATIENCE_IN_LINE = 20.0
_GATHER = timedelta(seconds=1)  # What follows at once is written with it.
# Codes of PostgreSQL. SQLite's driver counts a missing table among the operational errors anyway.
_NO_SUCH_TABLE = "42P01"
_CONFLICT = "40"  # Two transactions in each other's way: no outage, one of them comes again.


def utc_now() -> datetime:
    """Return the time of the machine."""
    return datetime.now(UTC)


class Queue(Protocol):
    """Where the engine of this database finds its jobs."""

    async def defer(self, lane: Lane, key: str, run_at: datetime | None = None) -> None:
        """Queue a job in this transaction."""
        ...

    async def queued(self) -> frozenset[JobKey]:
        """Return all jobs that wait or run."""
        ...

    async def backlog(self) -> Sequence[tuple[Lane, int, datetime | None]]:
        """Return the lanes that have jobs, how many, and when the first of them was or is due, if that is known."""
        ...


class SqlTransaction:
    """One unit of work: the stores, and what is to be told once it is committed."""

    def __init__(
        self,
        connection: AsyncConnection,
        clock: Clock,
        queue: "QueueFactory",
        *,
        writes: bool,
        within: Within = EVERYWHERE,
    ) -> None:
        """Bind the stores to a connection; where one `writes`, what it reads stays as it is until it has ended."""
        self.connection = connection
        self.touched: set[str] = set()
        self.customers = SqlCustomers(connection)
        self.conversations = SqlConversations(
            connection, clock, self.touched.add, writes=writes, within=within
        )
        self.messages = SqlMessages(connection)
        self.raw_mails = SqlRawMails(connection)
        self.attachments = SqlAttachments(connection)
        self.drafts = SqlDrafts(connection)
        self.decisions = SqlDecisions(connection)
        self.deliveries = SqlDeliveries(connection)
        self.notes = SqlNotes(connection, self.touched.add, within)
        self.events = SqlEvents(connection)
        self.verdicts = SqlVerdicts(connection)
        self.ratings = SqlRatings(connection)
        self.rating_requests = SqlRatingRequests(connection)
        self.merges = SqlMerges(connection, within)
        self.assessments = SqlAssessments(connection)
        self.suggestions = SqlSuggestions(connection, within)
        self.audit = SqlAudit(connection)
        self.scorecards = SqlScorecards(connection, within)
        self.settings = SqlSettings(connection)
        self.opt_outs = SqlOptOuts(connection)
        self.unfetched = SqlUnfetchedMedia(connection)
        self.writings = SqlWritings(connection)
        self.waiting_list = SqlQueue(connection, within)
        self.blocked_senders = SqlBlockedSenders(connection)
        self.practised = SqlPractised(connection)
        self.receipts = SqlReceipts(connection)
        self.desk_posts = SqlDeskPosts(connection, within)
        self.desk_runs = SqlDeskRuns(connection)
        self.rate_gates = SqlRateGates(connection)
        self.chat = SqlChat(connection)
        self.periodic = SqlPeriodic(connection)
        self.notices = SqlNotices(connection)
        self.processes = SqlProcesses(connection)
        self.mailboxes = SqlMailboxes(connection)
        self.external_refs = SqlExternalRefs(connection)
        self.facts = SqlFacts(connection)
        self.insights = SqlInsights(connection, within)
        self.day_sheets = SqlDaySheets(connection)
        self.outcomes = SqlOutcomes(connection, within)
        self.watches = SqlWatches(connection)
        self.promises = SqlPromises(connection)
        self.acknowledgements = SqlAcknowledgements(connection)
        self.queue = queue(connection, clock)
        self.topics: set[str] = set()

    @property
    def jobs(self) -> Jobs:
        """The queue of the embedded engine."""
        assert isinstance(self.queue, Jobs), "PostgreSQL has another engine"  # noqa: S101
        return self.queue

    async def defer(self, lane: Lane, key: str, run_at: datetime | None = None) -> None:
        """Queue a job with this transaction."""
        await self.queue.defer(lane, key, run_at)
        if isinstance(self.queue, Jobs):  # The other engine is told by its own table.
            self.publish(WAKE)

    async def tell(self, followers: Sequence[str], at: datetime) -> None:
        """Queue the work of those who keep a record of each conversation that was changed here."""
        for conversation_id in sorted(self.touched):
            for name in followers:
                await self.defer(Lane.SYNC, f"{name}:{conversation_id}", at)

    def publish(self, topic: str) -> None:
        """Wake the subscribers of a topic once this is committed."""
        self.topics.add(topic)


Around = Callable[[], AbstractContextManager[object]]
Boarding = Callable[[SqlTransaction], Awaitable[Callable[[], None]]]
QueueFactory = Callable[[AsyncConnection, Clock], Queue]


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
            with _driver_errors_wrapped():
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
            with _driver_errors_wrapped(self._trouble.begins):
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


@contextmanager
def _driver_errors_wrapped(tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Turn a failing database into NotStored. A violated constraint is a fault of ours and stays as it is.

    A deadlock, a time limit and a lost connection are failures too: nothing was kept, and trying again is safe.
    """
    try:
        yield
    except (PoolTimeout, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not _is_failure(error):
            raise
        said = explain(error)
        if not str(getattr(error.__cause__, "sqlstate", "")).startswith(_CONFLICT):
            tell(said)
        raise NotStored(said) from error


def _is_failure(error: DBAPIError) -> bool:
    if isinstance(error, ProgrammingError):
        return getattr(error.orig, "sqlstate", "") == _NO_SUCH_TABLE
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
