"""Fakes of the ports: they keep what they were given and fail when told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.core.context import CustomerRecord, Fact, Keys, Urgency
from bot.core.errors import Gone, OutcomeUnknown, Refused
from bot.core.model import Case, Channel, Evidence, Proposal, Source, Status
from bot.core.ports.answering import Question
from bot.core.ports.channels import Deadline, Left, Outgoing, Reconciled, Send
from bot.core.ports.desk import NOWHERE, Sheet
from bot.core.ports.desk_work import Queued
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Entry,
    NoteTaken,
    StatusChanged,
    Written,
)
from bot.core.ports.storage import DeskPost
from tests.builders import AT


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = AT) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Stand in for a clock that never goes back."""
        return self.now.timestamp()

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def in_time() -> Deadline:
    """Return a deadline that never comes."""
    return Deadline(1.0, lambda: 0.0)


@dataclass
class FakeAnswerer:
    """Answers everything the same way; `meanwhile` runs while it thinks."""

    proposal: Proposal = field(
        default_factory=lambda: Proposal(
            text="You can return unused items within 60 days [1].",
            confidence=0.95,
            sources=(Source(1, "returns", "Return an item", "https://help.example/returns"),),
            evidence=(Evidence("close to a question we know", 2.0),),
        )
    )
    asked: list[Question] = field(default_factory=list)
    meanwhile: list[object] = field(default_factory=list)

    async def answer(self, question: Question) -> Proposal:
        self.asked.append(question)
        for happening in self.meanwhile:
            await happening()  # type: ignore[operator]
        self.meanwhile.clear()
        return self.proposal


@dataclass
class FakeChannel:
    """A customer's channel; each entry of `fail` is raised once by sending, of `closed` by getting
    ready, of `untold` by asking what became of a send. `refused` are those in copy whom it does not take.

    `stopped` runs right before the deadline is looked at, as if the process had been stopped there.
    """

    sent: list[Outgoing] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    known: Reconciled = Reconciled.UNKNOWN
    untold: list[Exception] = field(default_factory=list)
    closed: list[Exception] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    stopped: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        if self.closed:
            raise self.closed.pop(0)

        async def send(deadline: Deadline) -> Left:
            if self.stopped:
                await self.stopped.pop(0)()
            deadline.check()
            return Left(await self.send(outgoing), self.refused)

        yield send

    async def send(self, outgoing: Outgoing) -> str:
        if self.fail:
            raise self.fail.pop(0)
        self.sent.append(outgoing)
        return self.external_id(outgoing)

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        if self.untold:
            raise self.untold.pop(0)
        return self.known

    def external_id(self, outgoing: Outgoing) -> str:
        return f"<{outgoing.delivery.id}@us.example>"


CRM = "Salesforce"


def known(name: str, company: str = "", *facts: str, **values: object) -> CustomerRecord:
    """What a source knows of one customer; each fact is named by its words."""
    told = tuple(Fact(fact, fact, CRM, AT) for fact in facts)
    given = {
        "name": name,
        "company": company,
        "facts": told,
        "ids": ("003",),
        "link": "https://crm.example/003",
    }
    return CustomerRecord(CRM, AT, **given | values)


@dataclass
class FakeSource:
    """Knows customers by address. `hang` waits until it is set; `asked` are the urgencies of all that was asked."""

    records: Mapping[str, CustomerRecord] = field(default_factory=dict)
    fail: Exception | None = None
    hang: asyncio.Event | None = None
    asked: list[Urgency] = field(default_factory=list)
    name: str = CRM

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:
        self.asked.append(urgency)
        if self.hang is not None:
            await self.hang.wait()
        if self.fail is not None:
            raise self.fail
        found = (self.records.get(address) for address in (*keys.emails, *keys.phones))
        return next(filter(None, found), CustomerRecord(self.name, AT, matches=0))


@dataclass
class FakeRecords:
    """A record system that keeps what it is told; each entry of `fail` is raised once.

    With `lose_answer`, the next entry is kept but not confirmed.
    """

    name: str = "files"
    carries: Channel | None = None
    wanted: bool = True
    kept: dict[str, Entry] = field(default_factory=dict)
    told: list[Entry] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    lose_answer: bool = False
    known_to_fail: Exception | None = None

    def wants(self, case: Case) -> bool:
        return self.wanted

    def check(self) -> None:
        if self.known_to_fail is not None:
            raise self.known_to_fail

    def word_for(self, status: Status) -> str:
        return {Status.ANSWERED: "pending", Status.RESOLVED: "solved"}.get(status, "open")

    async def write(self, entry: Entry, deadline: Deadline, *, doubtful: bool) -> Written:
        deadline.check()
        if self.fail:
            raise self.fail.pop(0)
        known = self.kept.get(entry.id)
        if not (doubtful and known is not None and _in_short(known) == _in_short(entry)):
            self.told.append(entry)
        self.kept[entry.id] = entry
        if self.lose_answer:
            self.lose_answer = False
            raise OutcomeUnknown("connection reset")
        number = str(list(self.kept).index(entry.id) + 1)
        return Written(number, f"https://files.example/{number}")

    def words(self) -> list[str]:
        """Return what it was told, in short."""
        return [_in_short(entry) for entry in self.told]


def _in_short(entry: Entry) -> str:
    match entry:
        case Began() | CameIn() | AnswerSent():
            return f"{type(entry).__name__} {entry.message.content}"
        case NoteTaken():
            return f"NoteTaken {entry.note.content}"
        case StatusChanged():
            return f"StatusChanged {entry.word}"
    raise AssertionError(entry)


@dataclass
class FakeDesk:
    """A Slack of two Slack channels.

    `fail` is raised once per entry by the next write, `refused` are names of sheets it will not have, and with
    `lose_answer` the next post is made but not confirmed. A conversation named in `always` fails every time.
    """

    messages: dict[str, Sheet] = field(default_factory=dict)
    threads: dict[str, str | None] = field(default_factory=dict)
    fail: list[Exception | None] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    lose_answer: bool = False
    always: Mapping[str, Exception] = field(default_factory=dict)

    def sheets(
        self,
        case: Case,
        *,
        threshold: float,
        now: datetime,
        standing: Mapping[str, DeskPost],
        goes_on: DeskPost | None = None,
        next_up: Queued | None = None,
        placed: Mapping[str, Any] = NOWHERE,
    ) -> Sequence[Sheet]:
        said = f"{case.conversation.status} {case.conversation.turn} {threshold}"
        said += "".join(f" {who} writes" for who in case.writers)
        leads_to = (goes_on.slack_channel, goes_on.ts) if goes_on else None
        root = Sheet("root", "C1", said, [], digest=said, leads_to=leads_to, next_up=next_up)
        entries = [
            Sheet(f"message:{m.id}", "C1", m.content, [], digest=m.content, in_thread=True)
            for m in case.messages
        ]
        elsewhere = []
        if case.conversation.escalated or "escalation" in standing:
            elsewhere = [Sheet("escalation", "C2", said, [], digest=said)]
        return [root, *elsewhere, *entries]

    async def post(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str:
        if case.conversation.id in self.always:
            raise self.always[case.conversation.id]
        self._maybe_fail(sheet)
        if sheet.in_thread and root_ts not in self.messages:
            raise Gone("thread_not_found")
        ts = f"{len(self.threads) + 1}.0"
        self.messages[ts], self.threads[ts] = sheet, root_ts if sheet.in_thread else None
        if self.lose_answer:
            self.lose_answer = False
            raise OutcomeUnknown("connection reset")
        return ts

    async def update(self, sheet: Sheet, case: Case, ts: str, *, root_ts: str | None) -> None:
        self._maybe_fail(sheet)
        if ts not in self.messages:
            raise Gone("message_not_found")
        self.messages[ts] = sheet

    async def find(self, sheet: Sheet, case: Case, *, root_ts: str | None) -> str | None:
        return next((ts for ts, shown in self.messages.items() if shown.name == sheet.name), None)

    def named(self, name: str) -> list[Sheet]:
        return [sheet for sheet in self.messages.values() if sheet.name == name]

    def beneath(self, root_ts: str) -> list[str]:
        """Return the names of the sheets that stand in the thread of a card."""
        return [sheet.name for ts, sheet in self.messages.items() if self.threads[ts] == root_ts]

    def _maybe_fail(self, sheet: Sheet) -> None:
        if sheet.name in self.refused:
            raise Refused("invalid_blocks")
        error = self.fail.pop(0) if self.fail else None
        if error is not None:
            raise error


@dataclass
class FakeBoard:
    """A Slack channel; each entry of `fail` is raised once by posting; with `stands` it stands anyway."""

    posts: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    pictures: list[tuple[str, str, str]] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    stands: bool = False

    async def post(self, slack_channel, name, text, blocks, *, thread_ts=None):
        error = self.fail.pop(0) if self.fail else None
        if error is None or self.stands:
            self.posts.append((slack_channel, name, text, thread_ts))
        if error is not None:
            raise error
        return f"{len(self.posts)}.0"

    async def find(self, slack_channel, name, since, *, thread_ts=None):
        names = [one[1] for one in self.posts]
        await asyncio.sleep(0)  # Meanwhile others have their turn.
        return f"{names.index(name) + 1}.0" if name in names else None

    async def show(self, slack_channel, thread_ts, title, alt, png):
        self.pictures.append((thread_ts, title, alt))

    @property
    def said(self):
        return [text for _, _, text, _ in self.posts]
