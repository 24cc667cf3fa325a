"""Delivery: carry out a decision to send, at most once, and never blindly again.

The ledger row is claimed by compare-and-set in the transaction that also checks that the customer has not
written again; only then is the channel called. See docs/architecture.md, "The send ledger".
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from itertools import dropwhile

from bot.core.errors import OutcomeUnknown, Refused, ThreadpilotError, Unavailable
from bot.core.model import (
    Action,
    Case,
    Channel,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    Reason,
    Sender,
    Status,
    new_id,
)
from bot.core.policy import RulesByChannel, held_back
from bot.core.ports.channels import OutboundChannel, Outgoing, Reconciled, Send
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.tally import Counted, Tally, uncounted
from bot.services.controls import rules_for
from bot.services.transitions import STATUS_AFTER, move, note_event, plain_name
from bot.services.withdrawing import hand_to_agent, whose

log = logging.getLogger(__name__)

_OURS = frozenset({Status.WORKING, Status.UNDELIVERED})
_GIVE_UP_AFTER = timedelta(hours=24)
_NOT_SURE = "The connection broke while it was being sent, so nobody can tell whether it arrived."


class NotRecorded(ThreadpilotError):
    """An answer went out and the database failed right after; the engine comes back and reconciles."""


class Deliveries:
    """Sends answers through the customer's channel."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[Channel, OutboundChannel],
        clock: Clock,
        defaults: RulesByChannel,
        tally: Tally = uncounted,
    ) -> None:
        self._database = database
        self._defaults = defaults
        self._channels = channels
        self._clock = clock
        self._tally = tally
        self._in_hand: set[str] = set()

    async def deliver(self, case: Case) -> None:
        """Send the pending answer of a case.

        Raises:
            Unavailable: the channel is down; the answer is pending and the caller tries later.
        """
        delivery, claimed = _oldest(case), DeliveryState.PENDING
        if delivery.turn != case.conversation.turn:
            # Overtaken: cancelled at once, whether or not the channel is up.
            await self._claim(case, delivery)
            return
        try:
            async with self._channel(delivery).ready(_outgoing(case, delivery)) as send:
                if await self._claim(case, delivery):
                    claimed = DeliveryState.SENDING
                    await self._send(delivery, send)
        except Unavailable as error:
            await self._later(delivery, claimed, error)
        except Refused as error:
            await self._stuck(delivery, claimed, DeliveryState.FAILED, str(error))
        except OutcomeUnknown:
            await self._stuck(delivery, claimed, DeliveryState.UNKNOWN, _NOT_SURE)

    async def _send(self, delivery: Delivery, send: Send) -> None:
        self._in_hand.add(delivery.id)
        try:
            external_id = await send()
            try:
                await self._sent(delivery, external_id)
            except Unavailable as error:
                # It went out: the row stays in `sending` and is reconciled, never sent again.
                raise NotRecorded(f"Delivery {delivery.id} went out but could not be recorded") from error
        finally:
            self._in_hand.discard(delivery.id)

    async def reconcile(self, case: Case) -> None:
        """Find out what became of a send that was cut short.

        Raises:
            Unavailable: it was not cut short, it is being sent at this moment.
        """
        delivery = _oldest(case)
        if delivery.id in self._in_hand:
            raise Unavailable("This answer is being sent right now", retry_after=1.0)
        channel, outgoing = self._channel(delivery), _outgoing(case, delivery)
        match await channel.reconcile(outgoing):
            case Reconciled.SENT:
                await self._sent(delivery, channel.external_id(outgoing))
            case Reconciled.NOT_SENT:
                await self._back_to_pending(delivery)
            case Reconciled.UNKNOWN:
                await self._stuck(delivery, DeliveryState.SENDING, DeliveryState.UNKNOWN, _NOT_SURE)

    def external_id(self, case: Case, delivery: Delivery) -> str:
        """Return the id this answer carries on its channel."""
        return self._channel(delivery).external_id(_outgoing(case, delivery))

    def _channel(self, delivery: Delivery) -> OutboundChannel:
        try:
            return self._channels[delivery.channel]
        except KeyError:
            return _NoChannel(delivery.channel)

    async def _claim(self, case: Case, delivery: Delivery) -> bool:
        """Make the answer ours to send, unless the customer or a manager has overtaken it."""
        async with self._database.transaction() as tx:
            now, fresh = self._clock(), await tx.conversations.case(delivery.conversation_id) or case
            held_back = await self._held_back(tx, fresh, delivery)
            if held_back is not None:
                await hand_to_agent(tx, fresh, delivery, held_back, now)
                return False
            if not await tx.deliveries.claim(delivery.id, at=now):
                await self._overtaken(tx, fresh, delivery, now)
                self._tally(Counted.DELIVERED, DeliveryState.CANCELLED)
                return False
            await tx.audit.append(
                at=now,
                actor=delivery.author or "policy",
                action="send",
                subject=delivery.conversation_id,
                payload={"delivery": delivery.id, "decision": delivery.decision_id, "text": delivery.text},
            )
            return True

    async def _held_back(self, tx: Transaction, case: Case, delivery: Delivery) -> Reason | None:
        """Read the rules once more: an answer may have been waiting for its channel for hours."""
        if not delivery.unattended or case.conversation.turn != delivery.turn:
            return None
        rules = rules_for(delivery.channel, self._defaults, await tx.settings.current())
        return held_back(case, rules)

    async def _overtaken(self, tx: Transaction, case: Case, delivery: Delivery, now: datetime) -> None:
        if not await tx.deliveries.move(delivery.id, DeliveryState.PENDING, DeliveryState.CANCELLED, at=now):
            return
        who = plain_name(case.customer.name) or "the customer"
        await note_event(
            tx, delivery.conversation_id, f"{whose(delivery)} was not sent: {who} wrote again first.", now
        )
        decided = case.decision
        await move(tx, case.conversation, STATUS_AFTER[decided.action] if decided else Status.WORKING, now)

    async def _later(self, delivery: Delivery, before: DeliveryState, error: Unavailable) -> None:
        if self._clock() - delivery.created_at > _GIVE_UP_AFTER:
            await self._stuck(delivery, before, DeliveryState.FAILED, f"Gave up after 24 hours: {error}")
            return
        if before is DeliveryState.SENDING:
            await self._back_to_pending(delivery)
        raise error

    async def _back_to_pending(self, delivery: Delivery) -> None:
        async with self._database.transaction() as tx:
            await tx.deliveries.move(
                delivery.id, DeliveryState.SENDING, DeliveryState.PENDING, at=self._clock()
            )

    async def _stuck(
        self, delivery: Delivery, before: DeliveryState, after: DeliveryState, error: str
    ) -> None:
        log.warning("delivery_stuck", extra={"delivery": delivery.id, "state": after.value})
        async with self._database.transaction() as tx:
            now = self._clock()
            if await tx.deliveries.move(delivery.id, before, after, at=now, error=error):
                fresh = await _conversation(tx, delivery)
                # A newer question goes first, and its card tells of this answer too.
                overtaken = fresh.turn != delivery.turn
                await move(tx, fresh, fresh.status if overtaken else Status.UNDELIVERED, now)
        self._tally(Counted.DELIVERED, after)

    async def _sent(self, delivery: Delivery, external_id: str) -> None:
        async with self._database.transaction() as tx:
            now = self._clock()
            if await tx.deliveries.move(delivery.id, DeliveryState.SENDING, DeliveryState.SENT, at=now):
                await record_sent(tx, delivery, external_id, self._clock)
        self._tally(Counted.DELIVERED, DeliveryState.SENT)


async def record_sent(tx: Transaction, delivery: Delivery, external_id: str, clock: Clock) -> None:
    """Add what went out to the conversation, and hand the turn to the customer unless they wrote again."""
    now = clock()
    conversation = await _conversation(tx, delivery)
    message = Message(
        id=new_id(),
        conversation_id=delivery.conversation_id,
        seq=await tx.messages.next_seq(delivery.conversation_id),
        turn=delivery.turn,
        sender=delivery.sender,
        content=delivery.text,
        created_at=now,
        external_id=external_id,
        author=delivery.author,
        metadata={"delivery": delivery.id},
    )
    await tx.messages.add(message, delivery.channel)
    escalated = await _still_escalated(tx, conversation, delivery)
    await move(tx, conversation, _after_sending(conversation, delivery, escalated), now, escalated=escalated)


def _after_sending(conversation: Conversation, delivery: Delivery, escalated: bool) -> Status:
    if conversation.status not in _OURS:
        return conversation.status  # Somebody escalated or resolved it while it was being sent.
    if conversation.turn != delivery.turn:
        return Status.WORKING
    return Status.ESCALATED if escalated else Status.ANSWERED


async def _still_escalated(tx: Transaction, conversation: Conversation, delivery: Delivery) -> bool:
    """An agent's answer ends an escalation, but not one that somebody decided after that answer."""
    if not conversation.escalated or conversation.status is Status.ESCALATED:
        return conversation.escalated
    case = await tx.conversations.case(conversation.id)
    decisions = case.decisions if case is not None else ()
    # Only the newest draft's decisions are at hand: where this answer's is not among them, all of them came later.
    since = list(dropwhile(lambda d: d.id != delivery.decision_id, decisions)) or decisions
    return delivery.sender is not Sender.AGENT or any(d.action is Action.ESCALATE for d in since)


async def _conversation(tx: Transaction, delivery: Delivery) -> Conversation:
    conversation = await tx.conversations.get(delivery.conversation_id)
    assert conversation is not None, "the ledger references the conversation"  # noqa: S101
    return conversation


def _oldest(case: Case) -> Delivery:
    delivery = case.on_its_way
    assert delivery is not None, "next_step asks for a delivery only when there is one"  # noqa: S101
    return delivery


def _outgoing(case: Case, delivery: Delivery) -> Outgoing:
    return Outgoing(
        delivery=delivery,
        conversation=case.conversation,
        customer_name=case.customer.name,
        subject=case.conversation.subject,
        thread=tuple(m.external_id for m in case.messages if m.external_id),
    )


class _NoChannel:
    """Stands in for a channel that is not configured (any more)."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def ready(self, outgoing: Outgoing) -> AbstractAsyncContextManager[Send]:  # noqa: ARG002
        raise Refused(f"{self._channel} is not configured, so nothing can be sent on it")

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:  # noqa: ARG002
        return Reconciled.UNKNOWN

    def external_id(self, outgoing: Outgoing) -> str:
        return f"{self._channel}:{outgoing.delivery.id}"
