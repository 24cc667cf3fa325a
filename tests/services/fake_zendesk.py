"""A Zendesk in memory: a record system in which people work too."""

from dataclasses import dataclass, field
from itertools import count

from bot.core.errors import Gone, OutcomeUnknown, Unavailable
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


@dataclass
class FakeZendesk(FakeRecords):
    """Tickets in memory, in which people write and change the status too."""

    name: str = "zendesk"
    carries: Channel | None = Channel.ZENDESK
    clock: object = None
    unread: Exception | None = None
    tickets: dict[str, FakeTicket] = field(default_factory=dict)
    written: dict[tuple[str, str], Written] = field(default_factory=dict)
    numbers: object = field(default_factory=lambda: count(1))

    async def write(self, entry, *, doubtful):
        if self.fail:
            raise self.fail.pop(0)
        known = self.written.get((entry.id, getattr(entry, "word", "")))
        if not (doubtful and known is not None):
            self.told.append(entry)
            known = self.written[entry.id, getattr(entry, "word", "")] = self._write(entry)
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
        if isinstance(entry, StatusChanged):
            if entry.seen and ticket.status != entry.seen:
                raise Unavailable("Somebody has just changed the ticket")
            self.set(ticket.id, entry.word)
            return Written()
        said = entry.note.content if hasattr(entry, "note") else entry.message.content
        return Written(self.say(ticket.id, said, Voice.OURS))

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
            status=ticket.status,
            url=f"https://acme.example/{record}",
            remarks=None if stamp == seen else tuple(ticket.remarks),
            subject="Laces",
            conversation_id=ticket.conversation_id,
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

    def say(self, ticket, text, voice=Voice.AGENT, *, public=True):
        number = str(next(self.numbers))
        author = {Voice.AGENT: "Robin Park", Voice.CUSTOMER: "Ada Quill", Voice.OURS: "threadpilot"}[voice]
        self.tickets[ticket].remarks.append(Remark(number, voice, author, text, self.clock(), public))
        self.tickets[ticket].stamp += 1
        return number

    def set(self, ticket, status):
        self.tickets[ticket].status = status
        self.tickets[ticket].stamp += 1

    def texts(self, ticket):
        return [remark.text for remark in self.tickets[ticket].remarks]
