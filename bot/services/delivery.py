"""Delivery: carry out a decision to send, at most once, and never blindly again.

The ledger row is claimed by compare-and-set in the transaction that also checks that the customer has not
written again; only then is the channel called. See docs/architecture.md, "The send ledger".
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from bot.core.errors import OutcomeUnknown, Refused, ThreadpilotError, Unavailable
from bot.core.model import (
    Case,
    Channel,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    Sender,
    Status,
    new_id,
)
from bot.core.ports import Clock, Database, OutboundChannel, Outgoing, Reconciled, Send, Transaction
from bot.services.transitions import move, note_event

log = logging.getLogger(__name__)

_GIVE_UP_AFTER = timedelta(hours=24)
_NOT_SURE = "The connection broke while it was being sent, so nobody can tell whether it arrived."


class NotRecorded(ThreadpilotError):
    """An answer went out and the database failed right after; the engine comes back and reconciles."""


class Deliveries:
    """Sends answers through the customer's channel."""

    def __init__(self, database: Database, channels: Mapping[Channel, OutboundChannel], clock: Clock) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._in_hand: set[str] = set()

    async def deliver(self, case: Case) -> None:
        """Send the pending answer of a case.

        Raises:
            Unavailable: the channel is down; the answer is pending and the caller tries later.
        """
        delivery, claimed = _newest(case), DeliveryState.PENDING
        try:
            async with self._channel(delivery).ready(_outgoing(case, delivery)) as send:
                if await self._claim(case, delivery):
                    claimed = DeliveryState.SENDING
                    await self._send(delivery, send)
        except Unavailable as error:
            await self._later(case, delivery, claimed, error)
        except Refused as error:
            await self._stuck(case, delivery, claimed, DeliveryState.FAILED, str(error))
        except OutcomeUnknown:
            await self._stuck(case, delivery, claimed, DeliveryState.UNKNOWN, _NOT_SURE)

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
        delivery = _newest(case)
        if delivery.id in self._in_hand:
            raise Unavailable("This answer is being sent right now", retry_after=1.0)
        channel, outgoing = self._channel(delivery), _outgoing(case, delivery)
        match await channel.reconcile(outgoing):
            case Reconciled.SENT:
                await self._sent(delivery, channel.external_id(outgoing))
            case Reconciled.NOT_SENT:
                await self._back_to_pending(delivery)
            case Reconciled.UNKNOWN:
                await self._stuck(case, delivery, DeliveryState.SENDING, DeliveryState.UNKNOWN, _NOT_SURE)

    def external_id(self, case: Case, delivery: Delivery) -> str:
        """Return the id this answer carries on its channel."""
        return self._channel(delivery).external_id(_outgoing(case, delivery))

    def _channel(self, delivery: Delivery) -> OutboundChannel:
        try:
            return self._channels[delivery.channel]
        except KeyError:
            return _NoChannel(delivery.channel)

    async def _claim(self, case: Case, delivery: Delivery) -> bool:
        async with self._database.transaction() as tx:
            now = self._clock()
            if await tx.deliveries.claim(delivery.id, at=now):
                await tx.audit.append(
                    at=now,
                    actor=delivery.author or "policy",
                    action="send",
                    subject=delivery.conversation_id,
                    payload={
                        "delivery": delivery.id,
                        "decision": delivery.decision_id,
                        "text": delivery.text,
                    },
                )
                return True
            if await tx.deliveries.move(delivery.id, DeliveryState.PENDING, DeliveryState.CANCELLED, at=now):
                await note_event(tx, delivery.conversation_id, _overtaken(case, delivery), now)
                await move(tx, case.conversation, Status.WORKING, now)
            return False

    async def _later(self, case: Case, delivery: Delivery, before: DeliveryState, error: Unavailable) -> None:
        if self._clock() - delivery.created_at > _GIVE_UP_AFTER:
            await self._stuck(
                case, delivery, before, DeliveryState.FAILED, f"Gave up after 24 hours: {error}"
            )
            return
        await self._back_to_pending(delivery)
        raise error

    async def _back_to_pending(self, delivery: Delivery) -> None:
        async with self._database.transaction() as tx:
            await tx.deliveries.move(
                delivery.id, DeliveryState.SENDING, DeliveryState.PENDING, at=self._clock()
            )

    async def _stuck(
        self, case: Case, delivery: Delivery, before: DeliveryState, after: DeliveryState, error: str
    ) -> None:
        log.warning("delivery_stuck", extra={"delivery": delivery.id, "state": after.value})
        async with self._database.transaction() as tx:
            now = self._clock()
            if await tx.deliveries.move(delivery.id, before, after, at=now, error=error):
                await move(tx, case.conversation, Status.UNDELIVERED, now)

    async def _sent(self, delivery: Delivery, external_id: str) -> None:
        async with self._database.transaction() as tx:
            now = self._clock()
            if await tx.deliveries.move(delivery.id, DeliveryState.SENDING, DeliveryState.SENT, at=now):
                await record_sent(tx, delivery, external_id, self._clock)


async def record_sent(tx: Transaction, delivery: Delivery, external_id: str, clock: Clock) -> None:
    """Add what went out to the conversation, and hand the turn to the customer unless they wrote again."""
    now = clock()
    conversation = await tx.conversations.get(delivery.conversation_id)
    assert conversation is not None, "the ledger references the conversation"  # noqa: S101
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
    await move(
        tx,
        conversation,
        _after_sending(conversation, delivery),
        now,
        escalated=_still_escalated(conversation, delivery),
    )


def _after_sending(conversation: Conversation, delivery: Delivery) -> Status:
    return Status.ANSWERED if conversation.turn == delivery.turn else Status.WORKING


def _still_escalated(conversation: Conversation, delivery: Delivery) -> bool:
    return conversation.escalated and delivery.sender is not Sender.AGENT


def _newest(case: Case) -> Delivery:
    delivery = case.delivery
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


def _overtaken(case: Case, delivery: Delivery) -> str:
    who = f"<@{delivery.author}>'s answer" if delivery.author else "The answer"
    return f"{who} was not sent: {case.customer.name or 'the customer'} wrote again first."


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
