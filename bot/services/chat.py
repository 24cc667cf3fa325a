"""The web-chat channel: visitors, their sessions, and the numbered stream of events each visitor sees.

A visitor is a random id and doubles as the customer's address. Two kinds of random token lead to one: the
`session` of a page, and the `visitor` token with which the customer's browser comes back to the same stream. Both
end some time after they were handed out, and only their SHA-256 is stored. Everything a visitor sees is an event
with a number; whoever reconnects asks for those after the last one seen, so nothing is lost and nothing is shown
twice.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from bot.core.errors import InvalidInput, NotStored, Rejected, Unavailable
from bot.core.model import AskEmail, Attachment, Channel, Inbound, Message, Sender
from bot.core.ports.channels import Outgoing
from bot.core.ports.engine import Clock, Signals, Subscription
from bot.core.ports.storage import ChatEvent, Database, Transaction, Unseen
from bot.core.text import is_blank
from bot.services.admission import Admission, ChatLimits
from bot.services.announcing import append, topic_of
from bot.services.intake import Intake
from bot.services.presence import Presence
from bot.services.ratings import record_rating
from bot.services.visitors import Identity, arriving, introduce

log = logging.getLogger(__name__)

TEXT_LIMIT = 4_000
PAGE = 200

DEFAULT_LIMITS = ChatLimits()
SentFile = tuple[Attachment, bytes]
Remark = tuple[str, Mapping[str, Any]]  # The kind of an event and what it says.

_CID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class NoSession(Rejected):
    """The session token is unknown, or its session is over."""


class NoIdentity(NoSession):
    """Only whom the site vouches for may chat here, and for this visitor it did not."""

    def __init__(self) -> None:
        super().__init__("Please sign in on this site to chat with us.")


class EmailNeeded(Rejected):
    """Visitors have to leave an e-mail address before they write."""

    def __init__(self) -> None:
        super().__init__("Please leave your e-mail address first.")


@dataclass(frozen=True)
class ChatRules:
    """What an installation asks of its visitors; where it `mails`, unseen answers go to their address too."""

    require_identity: bool = False
    ask_email: AskEmail = AskEmail.OFF
    mails: bool = False


@dataclass(frozen=True)
class Visit:
    """A session just opened. `visitor` is the token with which the next one continues; `cursor` the last seq.

    `reachable` says that we have an e-mail address, or need none because somebody vouched for the visitor.
    """

    session: str
    visitor: str
    conversation: str | None
    cursor: int
    reachable: bool = False


DEFAULT_RULES = ChatRules()


def random_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


class ChatService:
    """What the web edge asks for on behalf of a visitor; every call names the session it belongs to.

    `client` is where the visitor's program calls from, as far as that can be believed; it is only counted.
    """

    def __init__(
        self,
        database: Database,
        intake: Intake,
        signals: Signals,
        clock: Clock,
        token_factory: Callable[[], str] = random_token,
        limits: ChatLimits = DEFAULT_LIMITS,
        ticks: Callable[[], float] = monotonic,
        rules: ChatRules = DEFAULT_RULES,
    ) -> None:
        self._database = database
        self._intake = intake
        self._signals = signals
        self._clock = clock
        self._token = token_factory
        self._limits = limits
        self._admission = Admission(limits, ticks)
        self.rules = rules
        self.presence = Presence(database, clock, mails=rules.mails)

    async def open_session(
        self, visitor_token: str = "", *, client: str = "", identity: Identity | None = None
    ) -> Visit:
        """Open a session: for whom the site vouches, for the visitor behind a known token, or for a new one.

        Raises:
            SlowDown: too many were opened lately.
            NoIdentity: somebody has to vouch for the visitor, and nobody did.
        """
        session, now = self._token(), self._clock()
        if self.rules.require_identity and identity is None:
            raise NoIdentity
        with self._admission.session(client):
            async with self._database.transaction() as tx:
                since = now - self._limits.visitor_age
                came = await tx.chat.session(_visitor_digest(visitor_token), since=since)
                visitor = await arriving(tx, came.visitor if came else None, identity, now)
                if came is None or came.visitor != visitor:
                    visitor_token = self._token()
                    await tx.chat.open_session(_visitor_digest(visitor_token), visitor, at=now)
                identified = identity is not None
                await tx.chat.open_session(_digest(session), visitor, at=now, identified=identified)
                conversation = await tx.conversations.open_for(Channel.CHAT, visitor)
                cursor = await tx.chat.last_seq(visitor)
                known = await tx.chat.visitor(visitor)
        reachable = known is not None and bool(known.email or known.verified)
        return Visit(session, visitor_token, conversation.id if conversation else None, cursor, reachable)

    async def receive(
        self,
        session: str,
        cid: str,
        text: str,
        *,
        wants_human: bool = False,
        client: str = "",
        file: SentFile | None = None,
    ) -> int:
        """Keep a message and return its seq, once per `cid` however often it is sent.

        A `file` is kept with it, in the same transaction; without other words, its name stands for them.

        Raises:
            NoSession: the session is unknown.
            InvalidInput: the text or the cid cannot be used.
            EmailNeeded: the visitor has to leave an address first.
            SlowDown: too many messages, or too many new visitors, lately.
            Unavailable: it could not be stored; sending it again is safe.
        """
        text = _usable(text or file[0].name if file else text)
        _check_cid(cid)
        visitor, known, last = await self._look_up(session, cid)
        if known is None:
            self._admission.message(visitor, client, begins=last == 0)
            if file is not None:
                self._admission.file(visitor, client)
            known = await self._keep(visitor, cid, text, wants_human, file)
        if known is None:  # Another tab or a resend was first, by a moment.
            _, known, _ = await self._look_up(session, cid)
        if known is None:
            raise NotStored("The message was not stored")
        return known

    async def _keep(
        self, visitor: str, cid: str, text: str, wants_human: bool, file: SentFile | None
    ) -> int | None:
        """Hand the message to intake with its event beside it; None when it was not this call that stored it."""
        async with self._database.snapshot() as tx:
            who = await tx.chat.visitor(visitor)
        if self.rules.ask_email is AskEmail.REQUIRED and who is None:
            raise EmailNeeded
        numbered: list[int] = []

        async def number(tx: Transaction, message: Message) -> None:
            said: dict[str, Any] = {"sender": Sender.CUSTOMER.value, "text": text, "cid": cid}
            if file is not None:
                said["files"] = [{"name": file[0].name, "type": file[0].type, "size": file[0].size}]
            seq = await append(tx, visitor, "message", said, key=f"in:{cid}", at=message.created_at)
            numbered.append(seq)

        inbound = Inbound(Channel.CHAT, f"{visitor}:{cid}", visitor, text, wants_human=wants_human)
        if file is not None:
            inbound = replace(inbound, attachments=(file[0],), contents={file[0].sha256: file[1]})
        if who is not None:
            inbound = replace(inbound, name=who.name, email=who.email, verified=who.verified)
        try:
            await self._intake.receive(inbound, also=number)
        except Unavailable:
            log.debug("chat_message_not_kept", extra={"visitor": visitor, "cid": cid})
            return None
        return numbered[-1] if numbered else None

    async def introduce(self, session: str, cid: str, email: str, name: str = "") -> int:
        """Keep the visitor's e-mail address and return the seq of the event that says so, once per `cid`.

        Raises:
            NoSession, InvalidInput, SlowDown, Unavailable: as `receive`.
        """

        async def keep(tx: Transaction, visitor: str) -> Remark:
            await introduce(tx, visitor, email, name, self._clock())
            return "contact", {"given": True}

        return await self._remark(session, cid, keep)

    async def rate(self, session: str, cid: str, score: int, comment: str = "") -> int:
        """Keep what the visitor thinks of their last closed conversation, once per `cid`; return the event's seq.

        Raises:
            NoSession, InvalidInput, SlowDown, Unavailable: as `receive`. InvalidInput also when nothing was closed.
        """

        async def keep(tx: Transaction, visitor: str) -> Remark:
            closed = await tx.conversations.resolved_for(Channel.CHAT, visitor)
            if closed is None:
                raise InvalidInput("There is nothing to rate yet.", field="score")
            rating = await record_rating(tx, closed, score, storable(comment).strip(), self._clock())
            return "csat", {"score": rating.score, "comment": rating.comment}

        return await self._remark(session, cid, keep)

    async def _remark(
        self, session: str, cid: str, keep: Callable[[Transaction, str], Awaitable[Remark]]
    ) -> int:
        """Keep what is said besides messages, with the event that tells the visitor's other pages."""
        _check_cid(cid)
        async with self._database.transaction() as tx:
            visitor = await self._visitor(tx, session)
            known = await tx.chat.seq_of(visitor, f"in:{cid}")
            if known is not None:
                return known
            self._admission.remark(visitor)
            kind, payload = await keep(tx, visitor)
            return await append(tx, visitor, kind, payload, key=f"in:{cid}", at=self._clock())

    async def cursor(self, session: str) -> int:
        """Return the seq of the visitor's newest event, 0 when there is none."""
        async with self._database.snapshot() as tx:
            return await tx.chat.last_seq(await self._visitor(tx, session))

    async def events_after(self, session: str, seq: int, limit: int = PAGE) -> Sequence[ChatEvent]:
        """Return up to `limit` events after `seq`, oldest first; who asks for those has the ones before."""
        async with self._database.snapshot() as tx:
            visitor = await self._visitor(tx, session)
            events = await tx.chat.after(visitor, seq, limit)
        self.presence.has(visitor, seq)
        return events

    async def next_events(self, session: str, seq: int, timeout: float) -> Sequence[ChatEvent]:
        """Return the events after `seq`; wait up to `timeout` seconds for one when there is none."""
        async with self.news(session) as news:
            events = await self.events_after(session, seq)
            if not events and timeout and await news.wait(timeout):
                events = await self.events_after(session, seq)
            return events

    @asynccontextmanager
    async def news(self, session: str) -> AsyncIterator[Subscription]:
        """Subscribe to new events of the visitor; subscribe first, then read."""
        async with self._database.snapshot() as tx:
            visitor = await self._visitor(tx, session)
        async with self._signals.subscribe(topic_of(visitor)) as subscription:
            yield subscription

    async def _look_up(self, session: str, cid: str) -> tuple[str, int | None, int]:
        """Return whose session it is, the seq of the message if it is known, and the last seq there is."""
        async with self._database.snapshot() as tx:
            visitor = await self._visitor(tx, session)
            return visitor, await tx.chat.seq_of(visitor, f"in:{cid}"), await tx.chat.last_seq(visitor)

    async def _visitor(self, tx: Transaction, session: str) -> str:
        known = await tx.chat.session(_digest(session), since=self._clock() - self._limits.session_age)
        if known is None:
            raise NoSession("This chat session is over. Please open a new one.")
        if self.rules.require_identity and not known.identified:
            raise NoIdentity
        return known.visitor


class ChatChannel:
    """The chat channel: `bot.core.ports.StoredChannel`, for a visitor's stream lies in our own database.

    Key: the event's key, `out:` and the delivery's id. A lost outcome: there is none, the event is committed with the
    ledger's row. Shown when nobody knows: never needed; an answer nobody fetched is said to be not seen yet.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def send_within(self, tx: Transaction, outgoing: Outgoing) -> None:
        """Append the answer to the visitor's stream; a second call for the same delivery changes nothing."""
        delivery, now = outgoing.delivery, self._clock()
        said = await _said(tx, outgoing)
        seq = await append(tx, delivery.address, "message", said, key=self.external_id(outgoing), at=now)
        unseen = Unseen(delivery.id, delivery.conversation_id, delivery.address, seq, now)
        await tx.chat.expect(unseen)

    def external_id(self, outgoing: Outgoing) -> str:
        """Return the key of the answer's event."""
        return f"out:{outgoing.delivery.id}"


async def _said(tx: Transaction, outgoing: Outgoing) -> dict[str, Any]:
    """Return the answer as an event, with the sources the customer may look up."""
    delivery = outgoing.delivery
    draft = await tx.drafts.get(delivery.draft_id) if delivery.draft_id else None
    sources = [
        {"number": source.number, "title": source.title, "url": source.url}
        for source in (draft.proposal.sources if draft else ())
        if delivery.sender is Sender.AI or f"[{source.number}]" in delivery.text
    ]
    said: dict[str, Any] = {"sender": delivery.sender.value, "text": delivery.text}
    return said | {"sources": sources} if sources else said


def _check_cid(cid: str) -> None:
    if not _CID.fullmatch(cid):
        raise InvalidInput("A cid is 1 to 64 letters, digits, '-' or '_'.", field="cid")


def storable(text: str) -> str:
    """Return the text without what no database stores: NUL and halves of surrogate pairs."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def _usable(text: str) -> str:
    text = storable(text).strip()
    if is_blank(text):
        raise InvalidInput("The message is empty.", field="text")
    if len(text) > TEXT_LIMIT:
        raise InvalidInput(f"A message may have up to {TEXT_LIMIT:,} characters.", field="text")
    return text


def _visitor_digest(token: str) -> str:
    # Told apart from sessions, so that one of these cannot prolong itself by posing as the other.
    return _digest(f"visitor {token}")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
