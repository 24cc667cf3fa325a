"""Intake: whatever arrives is kept once, in the right conversation, before the edge acknowledges it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.core.errors import Unavailable
from bot.core.model import NEXT, Channel, Conversation, Customer, Inbound, Message, Sender, Status, new_id
from bot.core.participants import takes_part
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.tally import Counted, Tally, uncounted
from bot.core.ports.tracing import Tracer, untraced
from bot.core.routing import Routes
from bot.services.announcing import mirror
from bot.services.hindsight import look_at_message
from bot.services.outcomes import place_of, record_returned
from bot.services.transitions import move, note_event, plain_name
from bot.services.whereabouts import goes_on_in

Also = Callable[[Transaction, Message], Awaitable[None]]
Find = Callable[..., Awaitable[Conversation | None]]

# On these channels an address has one open conversation at a time; mail has a thread per matter.
_ONE_AT_A_TIME = frozenset({Channel.CHAT, Channel.SMS, Channel.PHONE})
_SUBJECT_LENGTH = 300
# A chat shows that it has ended, so what is written there next is something new.
_GOES_ON = frozenset({Channel.SMS, Channel.PHONE})
_OPENS_AGAIN = timedelta(hours=24)
_ALL_TO_MAIN = Routes()


@dataclass(frozen=True)
class Receipt:
    """Where a message ended up; `duplicate` when it was here before and nothing changed."""

    conversation_id: str
    message: Message
    duplicate: bool


class Intake:
    """Receives messages from every edge."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tally: Tally = uncounted,
        trace: Tracer = untraced,
        routes: Routes = _ALL_TO_MAIN,
    ) -> None:
        """Have each conversation looked after in the Slack workspace that `routes` say."""
        self._routes = routes
        self._database = database
        self._clock = clock
        self._tally = tally
        self._trace = trace

    async def receive(self, inbound: Inbound, also: Also | None = None) -> Receipt:
        """Keep a message and queue the work on it, in one transaction; return once that is committed.

        `also` runs in the same transaction when the message is new. Redelivery changes nothing.

        Raises:
            Unavailable: nothing was kept; the edge must not acknowledge.
        """
        with self._trace("intake", channel=inbound.channel) as span:
            receipt = await self._receive(_storable(inbound), also)
            begins = receipt.message.seq == 1 and not receipt.duplicate
            span.of(receipt.conversation_id, begins=begins)
            span.tell(duplicate=receipt.duplicate)
        return receipt

    async def _receive(self, inbound: Inbound, also: Also | None) -> Receipt:
        async with self._database.transaction() as tx:
            await tx.customers.lock(inbound.channel, inbound.address)
            known = await tx.messages.find(inbound.channel, inbound.external_id)
            if known is not None and not _is_same(known, inbound):
                inbound = _renamed(inbound)
                known = await tx.messages.find(inbound.channel, inbound.external_id)
            if known is not None:
                return Receipt(known.conversation_id, known, duplicate=True)
            message = await self._keep(tx, inbound)
            if also is not None:
                await also(tx, message)
        self._tally(Counted.RECEIVED, inbound.channel)
        return Receipt(message.conversation_id, message, duplicate=False)

    async def _keep(self, tx: Transaction, inbound: Inbound) -> Message:
        now = self._clock()
        conversation = await _existing(tx, inbound, now, self._routes) or await _begin(
            tx, inbound, now, self._routes.of(inbound)
        )
        # What a machine adds (out of office, a delayed bounce) is kept and shown but takes no turn: it must bury
        # neither an open question nor an answer on its way.
        aside = bool(inbound.automatic) and conversation.turn > 0
        message = Message(
            id=new_id(),
            conversation_id=conversation.id,
            seq=NEXT,
            turn=conversation.turn if aside else conversation.turn + 1,
            sender=Sender.CUSTOMER,
            content=inbound.text,
            created_at=now,
            external_id=inbound.external_id,
            author=inbound.name or inbound.address,
            metadata=_metadata(inbound),
        )
        number = await tx.messages.add(message, inbound.channel)
        if number is None:
            raise Unavailable("The same message arrived twice at the same moment")
        message = replace(message, seq=number)
        for digest, content in inbound.contents.items():
            await tx.attachments.keep(digest, content, now)
        if aside:
            await move(tx, conversation, conversation.status, now)
        else:
            await look_at_message(tx, conversation, message)
            await _begin_turn(tx, conversation, inbound, message.turn, now)
        if _left_the_chat(conversation, inbound):
            await mirror(tx, conversation, message)
        if inbound.returned is not None:
            await record_returned(tx, inbound.channel, inbound.returned, now)
        return message


def _storable(inbound: Inbound) -> Inbound:
    # PostgreSQL text has no NUL, and lone surrogates from broken mail cannot be encoded.
    def clean(text: str) -> str:
        return text.replace("\x00", "").encode("utf-8", "replace").decode()

    return replace(
        inbound,
        text=clean(inbound.text),
        subject=clean(inbound.subject)[:_SUBJECT_LENGTH],
        name=clean(inbound.name),
        address=clean(inbound.address),
        external_id=clean(inbound.external_id),
    )


def _is_same(known: Message, inbound: Inbound) -> bool:
    """Tell a redelivery from another mail under the same Message-ID, which some scanners and forms send."""
    if inbound.channel is not Channel.EMAIL:
        return True
    return known.content == inbound.text and known.metadata.get("from") == inbound.address


def _renamed(inbound: Inbound) -> Inbound:
    digest = sha256(f"{inbound.address}\n{inbound.text}".encode()).hexdigest()[:16]
    return replace(inbound, external_id=f"{inbound.external_id}#{digest}")


def _metadata(inbound: Inbound) -> dict[str, object]:
    known = {
        "subject": inbound.subject,
        "automatic": inbound.automatic,
        "wants_human": inbound.wants_human,
        "from": inbound.address,
        "attachments": [asdict(attachment) for attachment in inbound.attachments],
    }
    return {**inbound.metadata, **{key: value for key, value in known.items() if value}}


async def _existing(tx: Transaction, inbound: Inbound, now: datetime, routes: Routes) -> Conversation | None:
    """Find the conversation this message continues, by what is surest first.

    That is: what it returns, the signed address, references, the token in the subject, the open line, and the one
    that was closed a short while ago. An open line is not gone on with where the message is to a number of another
    workspace.
    """
    for external_id in inbound.returned.external_ids if inbound.returned else ():
        returned = await tx.deliveries.find(inbound.channel, external_id)
        if returned is not None:
            return await place_of(tx, returned, external_id)
    if inbound.conversation_hint:
        hinted = await goes_on_in(tx, inbound.conversation_hint)
        if hinted is not None and _may_continue(hinted, inbound):
            return hinted
    for reference in inbound.references:
        earlier = await tx.messages.find(inbound.channel, reference)
        referred = await goes_on_in(tx, earlier.conversation_id) if earlier is not None else None
        if referred is not None and await _takes_part(tx, referred, inbound.address):
            return referred  # A stranger who was forwarded our mail begins a conversation of their own.
    if inbound.beginning:
        known = await tx.conversations.beginning_with(inbound.beginning)
        named = await goes_on_in(tx, known.id) if known is not None else None
        if named is not None and await _takes_part(tx, named, inbound.address):
            return named
    if inbound.channel in _ONE_AT_A_TIME:
        line = await _of_its_own(tx.conversations.open_for, inbound, routes)
        return line or await _just_closed(tx, inbound, now, routes)
    return None


async def _of_its_own(find: Find, inbound: Inbound, routes: Routes) -> Conversation | None:
    """Return the newest that is found for who writes, of the workspace whose number they wrote to."""
    newest, named = await find(inbound.channel, inbound.address), routes.named(inbound)
    if newest is None or not routes.parts(named, newest.workspace):
        return newest
    return await find(inbound.channel, inbound.address, named)


async def _just_closed(
    tx: Transaction, inbound: Inbound, now: datetime, routes: Routes
) -> Conversation | None:
    """Return what this opens again: whoever writes so soon after the end has not got what they wanted.

    What a machine writes, a keyword, and what may answer the question how it was, open nothing.
    """
    if inbound.channel not in _GOES_ON:
        return None
    closed = await _of_its_own(tx.conversations.resolved_for, inbound, routes)
    if closed is None or closed.closed_at is None or now - closed.closed_at > _OPENS_AGAIN:
        return None
    if inbound.automatic or "keyword" in inbound.metadata or await tx.rating_requests.get(closed.id):
        return None
    return closed


async def _takes_part(tx: Transaction, conversation: Conversation, address: str) -> bool:
    if conversation.address == address:
        return True
    case = await tx.conversations.case(conversation.id)
    return case is not None and takes_part(case, address)


def _may_continue(hinted: Conversation, inbound: Inbound) -> bool:
    """Tell whether a conversation may go on in this way: its own, or the one in which it was answered."""
    by_text = hinted.channel is Channel.PHONE and inbound.channel is Channel.SMS
    # Of calls only transcripts name a conversation: that of their recording, whatever it was merged into.
    written_down = inbound.channel is Channel.PHONE
    return hinted.channel is inbound.channel or by_text or written_down or _left_the_chat(hinted, inbound)


def _left_the_chat(hinted: Conversation, inbound: Inbound) -> bool:
    """Tell whether this replies to the mail we sent to somebody who had left the chat."""
    return hinted.channel is Channel.CHAT and inbound.channel is Channel.EMAIL


async def _begin_turn(
    tx: Transaction, conversation: Conversation, inbound: Inbound, turn: int, now: datetime
) -> None:
    if conversation.status is Status.WAITING:
        who = plain_name(inbound.name) or inbound.address
        await note_event(
            tx, conversation.id, f"The draft is dead: {who} wrote again before it was sent.", now
        )
    if conversation.status is Status.RESOLVED:
        who = plain_name(inbound.name) or inbound.address
        await note_event(tx, conversation.id, f"Opened again: {who} wrote after it was closed.", now)
    await move(tx, conversation, Status.WORKING, now, turn=turn)
    await tx.defer(Lane.ADVANCE, conversation.id)


async def _begin(tx: Transaction, inbound: Inbound, now: datetime, workspace: str) -> Conversation:
    customer = await tx.customers.find(inbound.channel, inbound.address) or await tx.customers.add(
        Customer(
            id=new_id(),
            channel=inbound.channel,
            address=inbound.address,
            name=inbound.name,
            verified=inbound.verified,
            created_at=now,
            email=inbound.email,
        )
    )
    conversation = Conversation(
        id=new_id(),
        customer_id=customer.id,
        channel=inbound.channel,
        address=inbound.address,
        status=Status.WORKING,
        subject=inbound.subject,
        created_at=now,
        updated_at=now,
        workspace=workspace,
    )
    await tx.conversations.add(conversation)
    return conversation
