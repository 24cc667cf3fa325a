"""Zendesk as a record system: one ticket per conversation, in both directions.

What is put on record is internal: the customer gets answers on their own channel, and a public comment would be
mailed to them once more. Only a conversation that began in Zendesk is answered there, by `channel.py`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.errors import Refused, Unavailable
from bot.core.model import BEST_SCORE, Attachment, Case, Channel, Customer, Message, Sender, Status
from bot.core.naming import called
from bot.core.ports.channels import Deadline
from bot.core.ports.engine import Clock
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Changes,
    Entry,
    NoteTaken,
    Reading,
    Remark,
    RemoteFile,
    StatusChanged,
    Voice,
    Written,
)
from bot.core.records import by_line
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.things import OURS, Change, Comment, Ticket, User

NAME = "zendesk"
TAG = "threadpilot"
_LONGEST = 60_000  # Zendesk takes 65,536 bytes.
# Their two grades as stars.
_SCORES = {"good": BEST_SCORE, "bad": 1}
_UNSETTLED = timedelta(seconds=10)
_CUT = "\n[cut here: the whole text is in Slack]"
_MOST_FILES, _LARGEST_FILE = 10, 20 * 1024 * 1024
_WORDS = {Status.ANSWERED: "pending", Status.RESOLVED: "solved"}
# Their words that mean the same to us.
_SAME = {"new": "open", "hold": "pending", "closed": "solved"}


@dataclass(frozen=True)
class _Words:
    """What a comment says."""

    text: str
    files: Sequence[Attachment] = ()


Contents = Callable[[str], Awaitable[bytes | None]]


class ZendeskRecords:
    """`bot.core.ports.records`: both `RecordSystem` and `RecordReader`.

    `fields` names a custom field of the ticket for a word of ours: `channel`, `conversation` or `confidence`.
    """

    name = NAME
    carries = Channel.ZENDESK

    def __init__(
        self,
        api: ZendeskApi,
        contents: Contents,
        clock: Clock,
        *,
        writes_back: bool,
        fields: Mapping[str, str] | None = None,
        remembers: int = 1_000,
    ) -> None:
        """Put conversations of all channels on record if it `writes_back`, else only those that are tickets.

        It `remembers` so many people.
        """
        self._api = api
        self._contents = contents
        self._clock = clock
        self._remembers = remembers
        self._people: dict[str, User] = {}
        self._writes_back = writes_back
        self._fields = fields or {}

    def wants(self, case: Case) -> bool:
        return self._writes_back or case.conversation.channel is Channel.ZENDESK

    def check(self) -> None:
        self._api.check()

    def word_for(self, status: Status) -> str:
        return _WORDS.get(status, "open")

    async def write(self, entry: Entry, deadline: Deadline, *, doubtful: bool) -> Written:
        match entry:
            case Began():
                return await self._begin(entry, deadline, doubtful=doubtful)
            case StatusChanged():
                return await self._change_status(entry)
            case CameIn(message=message) | AnswerSent(message=message):
                said = f"{_title(entry.case, message)}\n\n{message.content}"
                return await self._say(entry, deadline, _Words(said, message.attachments), doubtful=doubtful)
            case NoteTaken(note=note):
                said = f"{by_line(note)}\n\n{note.content}"
                return await self._say(entry, deadline, _Words(said), doubtful=doubtful)
        raise TypeError(f"{type(entry).__name__} is no entry")

    def brings(self, channel: Channel) -> bool:
        """Public comments are mailed to the requester."""
        return channel in {Channel.ZENDESK, Channel.EMAIL}

    async def content(self, file: RemoteFile) -> bytes:
        return await self._api.content(file.url, _LARGEST_FILE)

    async def read(self, record: str, seen: str) -> Reading:
        ticket = await self._api.ticket(record)
        remarks = None if ticket.stamp == seen else await self._remarks(ticket)
        requester = await self._person(ticket.requester_id)
        return Reading(
            record=record,
            stamp=ticket.stamp if _is_settled(ticket, self._clock()) else "",
            status=_SAME.get(ticket.status, ticket.status),
            url=self._url(ticket.id),
            remarks=remarks,
            subject=ticket.subject,
            conversation_id=ticket.external_id.removeprefix(OURS) if _is_ours(ticket) else "",
            follows=ticket.follows,
            address=requester.email or f"zendesk:{ticket.requester_id}",
            name=requester.name,
            email=requester.email,
            verified=requester.verified,
            score=_SCORES.get(ticket.rating, 0),
            comment=ticket.rating_comment,
        )

    async def changed(self, bookmark: str, since: datetime) -> Changes:
        page = await self._api.changed_tickets(bookmark, since)
        return Changes([ticket.id for ticket in page.tickets], page.cursor, not page.last)

    async def _begin(self, began: Began, deadline: Deadline, *, doubtful: bool) -> Written:
        talk, first = began.case.conversation, began.message
        known = await self._api.tickets_of(_our_id(began.case)) if doubtful else ()
        if known:
            return Written(known[-1].id, self._url(known[-1].id))
        said = _Words(f"{_title(began.case, first)}\n\n{first.content}", first.attachments)
        made = await self._create(began, deadline, said, talk.id)
        return Written(made.id, self._url(made.id))

    async def _create(
        self, entry: Entry, deadline: Deadline, words: _Words, key: str, follows: str = ""
    ) -> Ticket:
        """Make a ticket of a conversation with this as its first comment; it may follow one that is closed."""
        talk, requester = entry.case.conversation, await self._requester(entry.case.customer)
        first = Change(
            comment=_cut(words.text),
            public=False,
            entry=entry.id,
            uploads=await self._uploads(words.files),
            tags=(TAG, f"{TAG}_{talk.channel}"),
            fields=self._values(entry.case),
        )
        return await self._api.create_ticket(
            first,
            f"{TAG}-{key}",
            subject=talk.subject or entry.case.messages[0].content[:80] or f"A message by {talk.channel}",
            requester_id=requester.id,
            external_id=_our_id(entry.case),
            follows=follows,
            check=deadline.check,
        )

    async def _requester(self, customer: Customer) -> User:
        """Find the customer among Zendesk's users, or make them one; nobody is written a mail about it."""
        email = customer.email or (customer.address if customer.channel is Channel.EMAIL else "")
        if email:
            found = await self._api.users(f"email:{email}")
            if found:
                return found[0]
        given = {"name": called(customer), "skip_verify_email": True}
        if email:
            return await self._api.put_user(**given, email=email)
        phone = {"phone": customer.address} if customer.address.startswith("+") else {}
        return await self._api.put_user(**given, **phone, external_id=f"{OURS}{customer.id}")

    async def _change_status(self, changed: StatusChanged) -> Written:
        """Give the ticket our status, unless somebody has given it another one since we looked."""
        ticket = await self._api.ticket(changed.record)
        theirs = _SAME.get(ticket.status, ticket.status)
        if theirs == changed.word:
            return Written()
        if ticket.is_closed:
            return Written(stays=theirs)  # What is said next makes another ticket.
        if changed.seen and theirs != changed.seen:
            raise Unavailable("Somebody has just changed the ticket", retry_after=1.0)
        await self._api.change_ticket(
            changed.record, Change(status=changed.word, entry=changed.id, stamp=ticket.stamp)
        )
        return Written()

    async def _say(self, entry: Entry, deadline: Deadline, words: _Words, *, doubtful: bool) -> Written:
        if doubtful and await self._api.has_entry(entry.record, entry.id):
            return Written()
        uploads = await self._uploads(words.files)
        change = Change(comment=_cut(words.text), public=False, entry=entry.id, uploads=uploads)
        try:
            return Written(await self._api.change_ticket(entry.record, change, deadline.check))
        except Refused:
            if not (await self._api.ticket(entry.record)).is_closed:
                raise
        return await self._say_in_another(entry, deadline, words)

    async def _say_in_another(self, entry: Entry, deadline: Deadline, words: _Words) -> Written:
        """Go on in a ticket that follows the closed one, made anew where there is none yet."""
        known = [one for one in await self._api.tickets_of(_our_id(entry.case)) if not one.is_closed]
        if not known:
            key = f"{entry.case.conversation.id}-{entry.record}"
            made = await self._create(entry, deadline, words, key, follows=entry.record)
            return Written(record=made.id, url=self._url(made.id))
        there = known[-1].id
        written = await self._say(replace(entry, record=there), deadline, words, doubtful=True)
        return replace(written, record=there, url=self._url(there))

    async def _uploads(self, files: Sequence[Attachment]) -> tuple[str, ...]:
        kept = [file for file in files if file.sha256 and file.size <= _LARGEST_FILE][:_MOST_FILES]
        found = [(file, await self._contents(file.sha256)) for file in kept]
        return tuple(
            [
                await self._api.upload(file.name or "unnamed", file.type, content)
                for file, content in found
                if content
            ]
        )

    async def _remarks(self, ticket: Ticket) -> Sequence[Remark]:
        we, comments = await self._api.we(), await self._api.comments(ticket.id)
        self._people[we.id] = we
        return [_remark(one, we, await self._person(one.author_id)) for one in comments]

    async def _person(self, user_id: str) -> User:
        """Return a user, asked for once: names and roles hardly ever change."""
        if len(self._people) > self._remembers:
            self._people.clear()
        if user_id not in self._people:
            self._people[user_id] = await self._api.user(user_id)
        return self._people[user_id]

    def _values(self, case: Case) -> Mapping[str, str]:
        draft = case.draft
        words = {
            "channel": case.conversation.channel.value,
            "conversation": case.conversation.id,
            "confidence": f"{draft.proposal.confidence:.2f}" if draft is not None else "",
        }
        return {field: words[word] for field, word in self._fields.items() if words.get(word)}

    def _url(self, ticket_id: str) -> str:
        return f"{self._api.url}/agent/tickets/{ticket_id}"


def _is_settled(ticket: Ticket, now: datetime) -> bool:
    """Tell whether the next change will have another time: theirs are in whole seconds, by another clock."""
    return ticket.updated_at is not None and now - ticket.updated_at > _UNSETTLED


def _our_id(case: Case) -> str:
    return f"{OURS}{case.conversation.id}"


def _is_ours(ticket: Ticket) -> bool:
    return ticket.external_id.startswith(OURS)


def _remark(comment: Comment, we: User, author: User) -> Remark:
    voice = Voice.OURS if comment.author_id == we.id else Voice.AGENT
    voice = Voice.CUSTOMER if voice is Voice.AGENT and author.role == "end-user" else voice
    return Remark(
        id=comment.id,
        voice=voice,
        author=author.name or author.email or "Somebody",
        text=comment.body,
        at=comment.created_at,
        public=comment.public,
        files=comment.files,
    )


def _title(case: Case, message: Message) -> str:
    match message.sender:
        case Sender.CUSTOMER:
            return f"{called(case.customer)} wrote by {case.conversation.channel}:"
        case Sender.AI:
            return "Answered by threadpilot by itself:"
        case Sender.AGENT:
            where = str(message.metadata.get("written_in") or "slack")
            return f"Answered by {message.author} in {where.capitalize()}:"


def _cut(text: str) -> str:
    data = text.encode()
    return text if len(data) <= _LONGEST else data[:_LONGEST].decode(errors="ignore") + _CUT
