"""Transactions: all stores on one connection, committed together with the jobs and wake-ups they cause."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ports.engine import Clock, Lane
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
from storage.insights import SqlInsights
from storage.jobs import WAKE, JobKey, Jobs
from storage.mailboxes import SqlMailboxes
from storage.merges import SqlMerges
from storage.messages import SqlMessages
from storage.notes import SqlEvents, SqlNotes, SqlVerdicts
from storage.notices import SqlNotices
from storage.opt_outs import SqlOptOuts
from storage.outcomes import SqlOutcomes
from storage.people import SqlBlockedSenders, SqlPractised
from storage.periodic import SqlPeriodic
from storage.processes import SqlProcesses
from storage.queue import SqlQueue
from storage.rate_gates import SqlRateGates
from storage.ratings import SqlRatingRequests, SqlRatings
from storage.raw_mails import SqlRawMails
from storage.receipts import SqlReceipts
from storage.scorecards import SqlScorecards
from storage.settings import SqlSettings
from storage.suggestions import SqlSuggestions
from storage.teamwork import SqlAcknowledgements, SqlPromises, SqlWatches
from storage.unfetched import SqlUnfetchedMedia
from storage.within import EVERYWHERE, Within
from storage.writings import SqlWritings


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


QueueFactory = Callable[[AsyncConnection, Clock], Queue]


class SqlTransaction:
    """One unit of work: the stores, and what is to be told once it is committed."""

    def __init__(
        self,
        connection: AsyncConnection,
        clock: Clock,
        queue: QueueFactory,
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
