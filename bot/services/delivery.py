"""Delivery: carry out a decision to send, at most once, and never blindly again.

The ledger row is claimed by compare-and-set in the transaction that also checks that the customer has not
written again; only then is the channel called. See docs/architecture.md, "The send ledger".
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.clocks import awake_or_not
from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.leases import USUAL, Leases
from bot.core.model import Case, Channel, Delivery, DeliveryState, Reason, Returned, Status
from bot.core.policy import RulesByChannel, held_back
from bot.core.ports.channels import (
    CustomerChannel,
    Deadline,
    Left,
    OutboundChannel,
    Outgoing,
    Reconciled,
    Send,
    StoredChannel,
)
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.tally import Counted, Tally, uncounted
from bot.core.routing import number_written_to
from bot.services.arrivals import record_confirmed
from bot.services.controls import rules_for
from bot.services.outcomes import (
    conversation_of,
    record_arrived,
    record_returned,
    record_sent,
    record_stuck,
    record_uncopied,
)
from bot.services.transitions import STATUS_AFTER, move, note_event, plain_name
from bot.services.withdrawing import hand_to_agent, whose

log = logging.getLogger(__name__)

_AGAIN = 0.5
_GIVE_UP_AFTER = timedelta(hours=24)
_BY_PHONE = frozenset({Channel.SMS, Channel.PHONE})
_OPTED_OUT = "They have texted STOP: nothing may be sent to this number until they text START"
_NOT_SURE = "The connection broke while it was being sent, so nobody can tell whether it arrived."


class Deliveries:
    """Sends answers through the customer's channel."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[Channel, CustomerChannel],
        clock: Clock,
        defaults: RulesByChannel,
        tally: Tally = uncounted,
        *,
        alone: bool = True,
        leases: Leases = USUAL,
        monotonic: Callable[[], float] = awake_or_not,
    ) -> None:
        """Send through `channels`.

        Where this process is `alone` on its database, an answer that is found under way was cut short; where it is
        not, only after the `leases` have ended.
        """
        self._database = database
        self._defaults = defaults
        self._channels = channels
        self._clock = clock
        self._tally = tally
        self._leases = leases
        self._patience = timedelta(0) if alone else leases.patience
        self._monotonic = monotonic
        self._in_hand: set[str] = set()
        self._recordings: set[asyncio.Task[None]] = set()

    async def deliver(self, case: Case) -> None:
        """Send the pending answer of a case.

        Raises:
            Unavailable: the channel is down; the answer is pending and the caller tries later.
        """
        delivery = _oldest(case)
        channel = self._channel(delivery)
        if isinstance(channel, StoredChannel):
            await self._write(channel, case, delivery)
        elif delivery.turn != case.conversation.turn:
            # Overtaken: cancelled at once, whether or not the channel is up.
            await self._claim(channel, case, delivery)
        else:
            await self._hand_over(channel, case, delivery)

    async def _write(self, channel: StoredChannel, case: Case, delivery: Delivery) -> None:
        """Claim, answer and record in one transaction: it all happened, or none of it."""
        async with self._database.transaction() as tx:
            row = await self._claim_within(tx, channel, case, delivery)
            if row is not None:
                await self._write_within(tx, channel, case, row)
        if row is not None:
            self._tally(Counted.DELIVERED, DeliveryState.SENT)

    async def _write_within(self, tx: Transaction, channel: StoredChannel, case: Case, row: Delivery) -> None:
        now, outgoing = self._clock(), _outgoing(case, row)
        conversation = await conversation_of(tx, row)
        if await tx.deliveries.move(row.id, DeliveryState.SENDING, DeliveryState.SENT, at=now):
            await channel.send_within(tx, outgoing)
            await record_sent(tx, conversation, row, channel.external_id(outgoing), now)

    async def _hand_over(self, channel: OutboundChannel, case: Case, delivery: Delivery) -> None:
        row = delivery
        try:
            async with channel.ready(_outgoing(case, delivery)) as send:
                deadline = Deadline(self._leases.send, self._monotonic)
                claimed = await self._claim(channel, case, delivery)
                if claimed is not None:
                    row = claimed
                    await self._send(row, send, deadline)
        except Unavailable as error:
            await self._later(row, error)
        except Refused as error:
            await self._stuck(row, DeliveryState.FAILED, str(error))
        except OutcomeUnknown as error:
            if await self._find_out(channel, case, row) is Reconciled.NOT_SENT:
                raise Unavailable("It did not go out after all; it is tried again") from error

    async def _send(self, row: Delivery, send: Send, deadline: Deadline) -> None:
        try:
            left = await send(deadline)
        except BaseException:
            self._in_hand.discard(row.id)
            raise
        recording = asyncio.create_task(self._put_on_record(row, left))
        self._recordings.add(recording)
        recording.add_done_callback(self._recordings.discard)
        await asyncio.shield(recording)  # The engine ends its jobs when the database is away for long.

    async def _put_on_record(self, row: Delivery, left: Left) -> None:
        """Record what went out, for as long as the database is away: nobody but this process knows of it.

        If the process ends meanwhile, the row stays in `sending` and is reconciled, never sent again.
        """
        try:
            while True:
                try:
                    return await self._sent(row, left)
                except Unavailable:
                    await asyncio.sleep(_AGAIN)
        finally:
            self._in_hand.discard(row.id)

    async def reconcile(self, case: Case) -> None:
        """Find out what became of a send that was cut short.

        Raises:
            Unavailable: it was not cut short, or may not have been: somebody may be sending it at this moment.
        """
        row = _oldest(case)
        self._check_cut_short(row)
        channel = self._channel(row)
        if isinstance(channel, StoredChannel):
            async with self._database.transaction() as tx:
                await self._write_within(tx, channel, case, row)
            return
        await self._find_out(channel, case, row)

    async def _find_out(self, channel: OutboundChannel, case: Case, row: Delivery) -> Reconciled:
        """Ask the channel what became of a send, and put it on record.

        Raises:
            Unavailable: it cannot tell yet; the answer is not sent again until it can. After 24 hours people decide.
        """
        outgoing, is_old = _outgoing(case, row), self._is_old(row)
        try:
            known = await channel.reconcile(outgoing)
        except Unavailable:
            if not is_old:
                raise
            known = Reconciled.UNKNOWN
        match known:
            case Reconciled.SENT:
                await self._sent(row, Left(channel.external_id(outgoing)))
            case Reconciled.NOT_SENT if is_old:
                await self._stuck(row, DeliveryState.FAILED, "Gave up after 24 hours: it never went out")
            case Reconciled.NOT_SENT:
                await self._back_to_pending(row)
            case Reconciled.UNKNOWN:
                await self._stuck(row, DeliveryState.UNKNOWN, _NOT_SURE)
        return known

    def _check_cut_short(self, row: Delivery) -> None:
        if row.id in self._in_hand:
            raise Unavailable("This answer is being sent right now", retry_after=1.0)
        left = (row.updated_at + self._patience - self._clock()).total_seconds()
        if left > 0:
            raise Unavailable("This answer may be being sent by another process", retry_after=left)

    async def came_back(self, channel: Channel, external_id: str, reason: str, permanent: bool) -> bool:
        """Take the news that an answer came back, or is late; return False when it is none of ours.

        `reason` is in the far side's words. Repeated news and news out of order change nothing.

        Raises:
            Unavailable: it was not kept; whoever brings the news should bring it again.
        """
        returned = Returned((external_id,), reason, permanent)
        async with self._database.transaction() as tx:
            return await record_returned(tx, channel, returned, self._clock())

    async def went_out(self, channel: Channel, external_id: str, *, arrived: bool = False) -> bool:
        """Take the news that an answer has left, or even `arrived`; return False when it is none of ours.

        It settles what nobody knew; that it arrived is noted, and shown when there is room on the desk.

        Raises:
            Unavailable: it was not kept; whoever brings the news should bring it again.
        """
        async with self._database.snapshot() as tx:
            row = await tx.deliveries.find(channel, external_id)
        if row is None or not _is_news(row, arrived):
            return row is not None
        async with self._database.transaction() as tx:
            row = await tx.deliveries.find(channel, external_id)
            if row is not None:
                await record_arrived(tx, row, external_id, self._clock())
            if row is not None and arrived:
                await record_confirmed(tx, row, self._clock())
        return row is not None

    def external_id(self, case: Case, delivery: Delivery) -> str:
        """Return the id this attempt of an answer carries on its channel."""
        return self._channel(delivery).external_id(_outgoing(case, delivery))

    def _channel(self, delivery: Delivery) -> CustomerChannel:
        try:
            return self._channels[delivery.channel]
        except KeyError:
            return _NoChannel(delivery.channel)

    async def _claim(self, channel: CustomerChannel, case: Case, delivery: Delivery) -> Delivery | None:
        """Claim for this process, which has the answer in hand before anybody else can see the claim."""
        row = None
        try:
            async with self._database.transaction() as tx:
                row = await self._claim_within(tx, channel, case, delivery)
                if row is not None:
                    self._in_hand.add(row.id)
        except BaseException:
            if row is not None:
                self._in_hand.discard(row.id)
            raise
        return row

    async def _claim_within(
        self, tx: Transaction, channel: CustomerChannel, case: Case, delivery: Delivery
    ) -> Delivery | None:
        """Make the answer ours to send, unless the customer or a manager has overtaken it; return the row then."""
        now = self._clock()
        fresh = await tx.conversations.case(delivery.conversation_id, known=case) or case
        held_back = await self._held_back(tx, fresh, delivery)
        if held_back is not None:
            await hand_to_agent(tx, fresh, delivery, held_back, now)
            return None
        if await _is_stopped(tx, delivery):
            await record_stuck(tx, delivery, DeliveryState.FAILED, _OPTED_OUT, now)
            return None
        external_id = channel.external_id(_outgoing(case, delivery))
        if not await tx.deliveries.claim(delivery.id, external_id, at=now):
            await self._overtaken(tx, fresh, delivery, now)
            self._tally(Counted.DELIVERED, DeliveryState.CANCELLED)
            return None
        await tx.audit.append(
            at=now,
            actor=delivery.author or "policy",
            action="send",
            subject=delivery.conversation_id,
            payload={
                "delivery": delivery.id,
                "decision": delivery.decision_id,
                "text": delivery.text,
                **({"cc": list(delivery.cc)} if delivery.cc else {}),
            },
        )
        return replace(delivery, state=DeliveryState.SENDING, updated_at=now)

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

    async def _later(self, row: Delivery, error: Unavailable) -> None:
        if self._is_old(row):
            await self._stuck(row, DeliveryState.FAILED, f"Gave up after 24 hours: {error}")
            return
        await self._back_to_pending(row)
        raise error

    def _is_old(self, row: Delivery) -> bool:
        return self._clock() - row.created_at > _GIVE_UP_AFTER

    async def _back_to_pending(self, row: Delivery) -> None:
        """Give a claimed row back, unless somebody else has taken it over since."""
        if row.state is not DeliveryState.SENDING:
            return
        async with self._database.transaction() as tx:
            await tx.deliveries.move(
                row.id, row.state, DeliveryState.PENDING, at=self._clock(), since=row.updated_at
            )

    async def _stuck(self, row: Delivery, after: DeliveryState, error: str) -> None:
        log.warning("delivery_stuck", extra={"delivery": row.id, "state": after.value})
        async with self._database.transaction() as tx:
            await record_stuck(tx, row, after, error, self._clock())
        self._tally(Counted.DELIVERED, after)

    async def _sent(self, row: Delivery, left: Left) -> None:
        """Record what went out, also where somebody has concluded meanwhile that nobody can know."""
        async with self._database.transaction() as tx:
            await record_arrived(tx, row, left.external_id, self._clock())
            if left.refused:
                await record_uncopied(tx, row, left.refused, self._clock())
        self._tally(Counted.DELIVERED, DeliveryState.SENT)


async def _is_stopped(tx: Transaction, delivery: Delivery) -> bool:
    """Tell whether its receiver has texted STOP; asked right at the claim, for that may have been a moment ago."""
    return delivery.channel in _BY_PHONE and await tx.opt_outs.has(delivery.address)


def _is_news(row: Delivery, arrived: bool) -> bool:
    """Tell whether it is not known yet that an answer has left, or `arrived`; most news tells what is known."""
    if row.state is DeliveryState.SENT:
        return arrived and row.delivered_at is None
    return row.state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def _oldest(case: Case) -> Delivery:
    delivery = case.on_its_way
    assert delivery is not None, "next_step asks for a delivery only when there is one"  # noqa: S101
    return delivery


def _outgoing(case: Case, delivery: Delivery) -> Outgoing:
    draft, asked = case.draft, case.newest_inbound
    return Outgoing(
        delivery=delivery,
        conversation=case.conversation,
        customer_name=case.customer.name,
        subject=case.conversation.subject,
        thread=tuple(m.external_id for m in case.messages if m.external_id),
        sources=draft.proposal.sources if draft is not None and draft.id == delivery.draft_id else (),
        asked_at=asked.created_at if asked is not None else None,
        headerless=any(m.metadata.get("headerless") for m in case.messages),
        number=number_written_to(case),
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
