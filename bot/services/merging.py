"""Merging and splitting: which messages belong to which conversation is for people to say.

The messages move; decisions, drafts and the send ledger stay where they were made, as the record of what was decided
there. Nothing is sent twice: answers that have not left are taken back, and drafts die with the turn they were for.
Nothing is lost: what comes later to a merged conversation lands in the one where it goes on.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.core.errors import Rejected, Superseded
from bot.core.model import (
    Actor,
    Case,
    Channel,
    Conversation,
    Customer,
    DeliveryState,
    Merge,
    Message,
    MovedMessage,
    Sender,
    Status,
    new_id,
)
from bot.core.moving import merged, places_of, split_off
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.merges import Candidate
from bot.core.ports.storage import Database, Transaction
from bot.services.checking import load
from bot.services.recordkeeping import keep_records, part_records
from bot.services.transitions import end_in, move, note_event, plain_name
from bot.services.withdrawing import cancel_pending

_CANDIDATES = 20
_UNSETTLED = (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED)
_SHOWN = 80
_NAMELESS = {
    Channel.EMAIL: "a mail without a subject",
    Channel.CHAT: "a chat",
    Channel.SMS: "text messages",
    Channel.PHONE: "a call",
}


class Merging:
    """Joins conversations, parts them, and takes a merge back, on all channels but Zendesk, which does so itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def candidates(self, conversation_id: str, text: str = "") -> Sequence[Candidate]:
        """Return open conversations of the same person, or with a `text` all in which it is found."""
        async with self._database.snapshot() as tx:
            case = await load(tx, conversation_id)
            return await tx.merges.candidates(case.conversation, " ".join(text.split()), _CANDIDATES)

    async def merge(self, source_id: str, target_id: str, actor: Actor) -> None:
        """Let one conversation go on in another: its messages move, its card says where.

        Asking for it again changes nothing.

        Raises:
            Rejected: an answer of the first is being sent or has to be settled, or the second is closed.
        """
        async with self._database.transaction() as tx:
            known = await tx.merges.of(source_id)
            if known is not None and known.target_id == target_id:
                return
            source, target = await _both(tx, source_id, target_id)
            _check_movable(source)
            if target.conversation.status is Status.RESOLVED:
                raise Rejected("The other conversation is closed. Pick one that is open.")
            await self._merge(tx, source, target, actor)

    async def _merge(self, tx: Transaction, source: Case, target: Case, actor: Actor) -> None:
        now, count = self._clock(), len(source.messages)
        places, turn = merged(source, target)
        merge = Merge(source.conversation.id, target.conversation.id, actor.id, now, places_of(source))
        await tx.audit.append(
            at=now,
            actor=actor.id,
            action="merge",
            subject=merge.source_id,
            payload={"into": merge.target_id, "messages": [one.id for one in merge.moved]},
        )
        await cancel_pending(tx, source, now)
        await tx.merges.add(merge)
        await keep_records(tx, source, target, now)
        await _carry(tx, merge.target_id, places)
        await note_event(tx, merge.source_id, f"Merged by <@{actor.id}> into {_named(target)}", now)
        said = f"Merged by <@{actor.id}>: {_messages(count)} of {_named(source)}"
        await note_event(tx, merge.target_id, said, now)
        await end_in(tx, source.conversation, target.conversation, now)
        escalated = target.conversation.escalated or source.conversation.escalated
        # Whose it was has it still; who escalated it does not, and the target's own owner comes first.
        assignee = target.conversation.assignee or source.owner
        await _go_on(tx, target, turn, now, escalated=escalated, assignee=assignee)

    async def undo(self, source_id: str, actor: Actor) -> None:
        """Take a merge back: the messages return, and what is unanswered is drafted anew in both.

        Raises:
            Rejected: it is no merged conversation, or an answer is being sent.
            Superseded: somebody has answered since, or the other one was merged as well.
        """
        async with self._database.transaction() as tx:
            merge = await tx.merges.of(source_id)
            if merge is None:
                raise Rejected("This conversation is not merged (any more).")
            source, target = await _both(tx, source_id, merge.target_id, merged_ok=True)
            if target.merged_into is not None:
                raise Superseded("The other conversation was merged as well. Take that back first.")
            if any(m.sender is not Sender.CUSTOMER and m.created_at > merge.at for m in target.messages):
                raise Superseded("Somebody has answered since. Split the conversation instead.")
            _check_movable(target)
            await self._undo(tx, source, target, merge, actor)

    async def _undo(self, tx: Transaction, source: Case, target: Case, merge: Merge, actor: Actor) -> None:
        now, there = self._clock(), {m.id for m in target.messages}
        back = [one for one in merge.moved if one.id in there]
        await tx.audit.append(
            at=now,
            actor=actor.id,
            action="unmerge",
            subject=merge.source_id,
            payload={"from": merge.target_id, "messages": [one.id for one in back]},
        )
        await cancel_pending(tx, target, now)
        await tx.merges.remove(merge.source_id)
        await _carry(tx, merge.source_id, back, merge.at)
        await part_records(tx, source, target, now)
        for case in (source, target):
            await note_event(tx, case.conversation.id, f"Merge taken back by <@{actor.id}>", now)
            await _settle(tx, case, now)

    async def split(self, conversation_id: str, message_id: str, actor: Actor) -> str:
        """Let a new conversation begin with a message, and take what came after it along; return its id.

        It belongs to whoever wrote that message.

        Raises:
            Rejected: nothing would be left, the message is not there, or an answer is being sent.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            _check_movable(case)
            message = _beginning(case, message_id)
            leaving, places = split_off(case, message)
            now = self._clock()
            fresh = await _begin(tx, case, message, now)
            await tx.audit.append(
                at=now,
                actor=actor.id,
                action="split",
                subject=conversation_id,
                payload={"into": fresh.id, "messages": [m.id for m in leaving]},
            )
            await cancel_pending(tx, case, now)
            await tx.merges.move(fresh.id, places)
            said = f"Split by <@{actor.id}>: {_messages(len(leaving))} went into a conversation of their own"
            await note_event(tx, conversation_id, said, now)
            await note_event(tx, fresh.id, f"Split by <@{actor.id}> from {_named(case)}", now)
            await _settle(tx, case, now)
            await _settle(tx, await load(tx, fresh.id), now)
        return fresh.id


async def _both(
    tx: Transaction, source_id: str, target_id: str, *, merged_ok: bool = False
) -> tuple[Case, Case]:
    """Load two conversations, always in the same order: whoever does so must not wait for each other."""
    if source_id == target_id:
        raise Rejected("A conversation cannot be merged with itself.")
    cases = {one: await tx.conversations.case(one) for one in sorted((source_id, target_id))}
    source, target = cases[source_id], cases[target_id]
    if source is None or target is None:
        raise Rejected("One of these conversations is not known here (any more).")
    for case in (source, target):
        _check_channel(case)
    if not merged_ok and (source.merged_into or target.merged_into):
        raise Rejected("One of these conversations was merged before. Its card says where it went.")
    return source, target


async def _carry(
    tx: Transaction, conversation_id: str, places: Sequence[MovedMessage], until: datetime | None = None
) -> None:
    """Move messages, with what record systems were told of them, so that they are told nothing twice.

    Back they take what was told `until` the merge: since then the other record was, and their own was not.
    """
    await tx.merges.move(conversation_id, places)
    await tx.external_refs.carry(conversation_id, [one.id for one in places], until)


def _check_channel(case: Case) -> None:
    if case.conversation.channel is Channel.ZENDESK:
        raise Rejected("This is a ticket of Zendesk's. Merge and split tickets there.")


def _check_movable(case: Case) -> None:
    _check_channel(case)
    if any(d.state is DeliveryState.SENDING for d in case.deliveries):
        raise Rejected("An answer is being sent right now. Try again in a moment.")
    newest = case.delivery
    if newest is not None and newest.state in _UNSETTLED:
        raise Rejected("An answer did not arrive, or nobody knows. Settle that on the card first.")


def _beginning(case: Case, message_id: str) -> Message:
    message = next((m for m in case.messages if m.id == message_id), None)
    if message is None or message.sender is not Sender.CUSTOMER:
        raise Rejected("This message is not in this conversation (any more).")
    if message.turn <= min(m.turn for m in case.messages):
        raise Rejected("Nothing would be left before this message. Pick a later one.")
    return message


async def _begin(tx: Transaction, case: Case, message: Message, now: datetime) -> Conversation:
    channel = await tx.messages.channel_of(message.id) or case.conversation.channel
    customer = await _author(tx, case, message, channel, now)
    conversation = Conversation(
        id=new_id(),
        customer_id=customer.id,
        channel=channel,
        address=customer.address,
        status=Status.WORKING,
        created_at=message.created_at,
        updated_at=now,
        subject=str(message.metadata.get("subject") or case.conversation.subject),
        turn=case.conversation.turn - message.turn + 1,
        workspace=case.conversation.workspace,
    )
    await tx.conversations.add(conversation)
    return conversation


async def _author(tx: Transaction, case: Case, message: Message, channel: Channel, now: datetime) -> Customer:
    """Return who wrote a message, as a customer of the channel on which it came."""
    address = str(message.metadata.get("from") or case.conversation.address)
    if (channel, address) == (case.conversation.channel, case.conversation.address):
        return case.customer
    known = await tx.customers.find(channel, address)
    name = message.author if message.author != address else ""
    return known or await tx.customers.add(
        Customer(id=new_id(), channel=channel, address=address, name=name, created_at=now)
    )


async def _settle(tx: Transaction, before: Case, now: datetime) -> None:
    """See what is left to do after messages have come or gone, with a turn that no earlier draft was for."""
    case = await load(tx, before.conversation.id)
    closed = before.conversation.status is Status.RESOLVED and before.merged_into is None
    turn = case.conversation.turn + (0 if closed else 1)
    talk = case.conversation
    await _go_on(tx, case, turn, now, escalated=talk.escalated, assignee=talk.assignee)


async def _go_on(
    tx: Transaction, case: Case, turn: int, now: datetime, *, escalated: bool, assignee: str | None
) -> None:
    """Have what is unanswered drafted, if the turn is a new one; else only show what has changed."""
    conversation = case.conversation
    if turn == conversation.turn:
        await move(tx, conversation, conversation.status, now, escalated=escalated, assignee=assignee)
        return
    waits = bool((await load(tx, conversation.id)).unanswered)
    status = Status.WORKING if waits else Status.ANSWERED
    escalated = escalated and waits
    await move(tx, conversation, status, now, turn=turn, escalated=escalated, assignee=assignee)
    if waits:
        await tx.defer(Lane.ADVANCE, conversation.id)


def _named(case: Case) -> str:
    subject = plain_name(case.conversation.subject)[:_SHOWN]
    named = f"“{subject}”" if subject else _NAMELESS[case.conversation.channel]
    return f"{named} of {plain_name(case.conversation.address)}"


def _messages(count: int) -> str:
    return f"{count} message{'s'[: count != 1]}"
