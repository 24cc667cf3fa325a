"""A Zendesk in memory: a record system in which people work too."""

from dataclasses import dataclass, field
from itertools import count

from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable
from bot.core.model import Channel
from bot.core.ports.records import Began, Changes, Reading, Remark, StatusChanged, Voice, Written
from tests.fakes import FakeRecords


@dataclass
class FakeTicket:
    id: str
    status: str = "open"
    remarks: list[Remark] = field(default_factory=list)
    conversation_id: str = ""
    stamp: int = 0
    gone: bool = False
    score: int = 0
    follows: str = ""


@dataclass
class FakeZendesk(FakeRecords):
    """Tickets in memory, in which people write and change the status too."""

    name: str = "zendesk"
    carries: Channel | None = Channel.ZENDESK
    clock: object = None
    unread: Exception | None = None
    tickets: dict[str, FakeTicket] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    numbers: object = field(default_factory=lambda: count(1))
    contents: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def brings(self, channel):
        return channel in {Channel.ZENDESK, Channel.EMAIL}

    async def content(self, file):
        self.fetched.append(file.url)
        if file.url not in self.contents:
            raise Refused("The file is not there")
        return self.contents[file.url]

    async def write(self, entry, deadline, *, doubtful):
        deadline.check()
        if self.fail:
            raise self.fail.pop(0)
        known = self.written.get(entry.id)
        if isinstance(entry, StatusChanged) or not (doubtful and known is not None):
            self.told.append(entry)
            known = self.written[entry.id] = self._write(entry)
        if self.lose_answer:
            self.lose_answer = False
            raise OutcomeUnknown("connection reset")
        return known

    def _write(self, entry):
        if isinstance(entry, Began):
            ticket = self.tickets[str(len(self.tickets) + 30)] = FakeTicket(str(len(self.tickets) + 30))
            ticket.conversation_id = entry.case.conversation.id
            self.say(ticket.id, entry.message.content, Voice.OURS)
            return Written(ticket.id, f"https://acme.example/{ticket.id}")
        ticket = self.tickets[entry.record]
        closed = ticket.status == "closed"
        if closed and isinstance(entry, StatusChanged):
            return Written(stays="solved")
        if closed:
            following = self._follow_up(entry, ticket)
            return Written(record=following.id, url=f"https://acme.example/{following.id}")
        if isinstance(entry, StatusChanged):
            if ticket.status == entry.word:
                return Written()
            if entry.seen and ticket.status != entry.seen:
                raise Unavailable("Somebody has just changed the ticket")
            self.set(ticket.id, entry.word)
            return Written()
        return Written(self.say(ticket.id, _said(entry), Voice.OURS))

    def _follow_up(self, entry, closed):
        following = self.tickets[str(len(self.tickets) + 30)] = FakeTicket(str(len(self.tickets) + 30))
        following.conversation_id, following.follows = closed.conversation_id, closed.id
        self.say(following.id, _said(entry), Voice.OURS)
        return following

    async def read(self, record, seen):
        if self.unread is not None:
            raise self.unread
        ticket = self.tickets[record]
        if ticket.gone:
            raise Gone("Zendesk does not know it (any more)")
        stamp = str(ticket.stamp)
        return Reading(
            record=record,
            stamp=stamp,
            status="solved" if ticket.status == "closed" else ticket.status,
            url=f"https://acme.example/{record}",
            remarks=None if stamp == seen else tuple(ticket.remarks),
            subject="Laces",
            conversation_id=ticket.conversation_id,
            follows=ticket.follows,
            address="ada@customer.example",
            name="Ada Quill",
            email="ada@customer.example",
            verified=True,
            score=ticket.score,
            comment="Quick" if ticket.score else "",
        )

    async def changed(self, bookmark, since):
        seen = int(bookmark or 0)
        changed = [one.id for one in self.tickets.values() if one.stamp > seen]
        newest = max((one.stamp for one in self.tickets.values()), default=seen)
        return Changes(changed, str(newest), more=False)

    def open(self, text="My laces broke.", **values):
        ticket = self.tickets[str(len(self.tickets) + 30)] = FakeTicket(str(len(self.tickets) + 30), **values)
        self.say(ticket.id, text, Voice.CUSTOMER)
        return ticket.id

    def say(self, ticket, text, voice=Voice.AGENT, *, public=True, files=()):
        number = str(next(self.numbers))
        author = {Voice.AGENT: "Robin Park", Voice.CUSTOMER: "Ada Quill", Voice.OURS: "threadpilot"}[voice]
        self.tickets[ticket].remarks.append(Remark(number, voice, author, text, self.clock(), public, files))
        self.tickets[ticket].stamp += 1
        return number

    def set(self, ticket, status):
        self.tickets[ticket].status = status
        self.tickets[ticket].stamp += 1

    def texts(self, ticket):
        return [remark.text for remark in self.tickets[ticket].remarks]


def _said(entry):
    return entry.note.content if hasattr(entry, "note") else entry.message.content
