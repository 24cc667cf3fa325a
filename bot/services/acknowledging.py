"""Acknowledging: sends what `attending` has decided to tell a customer, at most once, and only while it is true.

As with surveys, what was claimed is never sent a second time: a word that is missing costs less than one that comes
twice.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.model import Case, Channel, DeliveryState, Status
from bot.core.ports.channels import CustomerChannel, Deadline, OutboundChannel
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.teamwork.state import Acknowledgement
from bot.services.announcing import append
from bot.services.transitions import move, note_event
from bot.services.unledgered import unledgered

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
_SEND_WITHIN = 30.0
_AT_ONCE = 50
_WORTH_TELLING = timedelta(minutes=30)


class Acknowledging:
    """Tells customers what happens next."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[Channel, CustomerChannel],
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._monotonic = monotonic

    async def look(self) -> None:
        """Tell whoever is to be told something.

        Raises:
            Unavailable: the database failed; the next look does it.
        """
        async with self._database.snapshot() as tx:
            waiting = await tx.acknowledgements.pending(_AT_ONCE)
        for conversation_id in waiting:
            await self._tell(conversation_id)

    async def _tell(self, conversation_id: str) -> None:
        async with self._database.snapshot() as tx:
            case = await tx.conversations.case(conversation_id)
            told = await tx.acknowledgements.get(conversation_id)
        if case is None or told is None:
            return
        line = self._channels.get(told.channel)
        if line is None or not self._is_true(case, told):
            await self._drop(told)
        elif isinstance(line, OutboundChannel):
            await self._hand_over(line, case, told)
        else:
            await self._write(case, told)

    def _is_true(self, case: Case, told: Acknowledgement) -> bool:
        """Tell whether the customer still waits for a person, and has not for long."""
        waits = case.conversation.status in (Status.WAITING, Status.ESCALATED) and bool(case.unanswered)
        in_time = self._clock() - told.at <= _WORTH_TELLING
        return waits and in_time and not case.opted_out and case.merged_into is None

    async def _drop(self, told: Acknowledgement) -> None:
        async with self._database.transaction() as tx:
            before, after = DeliveryState.PENDING, DeliveryState.CANCELLED
            await tx.acknowledgements.move(told.conversation_id, before, after, at=self._clock())

    async def _write(self, case: Case, told: Acknowledgement) -> None:
        """Put it into the chat, in the transaction that records it."""
        async with self._database.transaction() as tx:
            if await self._claim_within(tx, case, told, DeliveryState.SENT):
                said = {"sender": "ai", "text": told.text}
                await append(
                    tx, told.address, "message", said, key=f"ack:{told.conversation_id}", at=self._clock()
                )
                await self._record(tx, told, DeliveryState.SENT)

    async def _hand_over(self, line: OutboundChannel, case: Case, told: Acknowledgement) -> None:
        state, claimed = DeliveryState.SENT, False
        try:
            outgoing = unledgered(case, "acknowledgement", told.text, self._clock())
            async with line.ready(outgoing) as send:
                deadline = Deadline(_SEND_WITHIN, self._monotonic)
                async with self._database.transaction() as tx:
                    claimed = await self._claim_within(tx, case, told, DeliveryState.SENDING)
                if not claimed:
                    return
                await send(deadline)
        except Unavailable as error:
            log.info(
                "acknowledgement_later",
                extra={"conversation": told.conversation_id, "why": type(error).__name__},
            )
            if claimed:
                await self._give_back(told)
            return
        except Refused:
            state = DeliveryState.FAILED
        except OutcomeUnknown:
            state = DeliveryState.UNKNOWN
        await self._end(told, state)

    async def _claim_within(
        self, tx: Transaction, case: Case, told: Acknowledgement, after: DeliveryState
    ) -> bool:
        """Make it ours to send, while the conversation still is as it was; put on record what leaves."""
        now = self._clock()
        fresh = await tx.conversations.get(told.conversation_id)
        if fresh is None or fresh.version != case.conversation.version:
            return False
        if not await tx.acknowledgements.move(told.conversation_id, DeliveryState.PENDING, after, at=now):
            return False
        await tx.audit.append(
            at=now,
            actor="policy",
            action="send.acknowledgement",
            subject=told.conversation_id,
            payload={"channel": told.channel, "text": told.text},
        )
        return True

    async def _give_back(self, told: Acknowledgement) -> None:
        """Let the next look try again; when it began to wait stays what it was."""
        async with self._database.transaction() as tx:
            before, after = DeliveryState.SENDING, DeliveryState.PENDING
            await tx.acknowledgements.move(told.conversation_id, before, after, at=told.at)

    async def _end(self, told: Acknowledgement, state: DeliveryState) -> None:
        async with self._database.transaction() as tx:
            fresh = await tx.conversations.get(told.conversation_id)  # First the conversation, as everywhere.
            if fresh is None:
                return
            # One that failed was claimed, or not even that.
            for before in (DeliveryState.SENDING, DeliveryState.PENDING):
                if await tx.acknowledgements.move(told.conversation_id, before, state, at=self._clock()):
                    await self._record(tx, told, state)
                    return

    async def _record(self, tx: Transaction, told: Acknowledgement, state: DeliveryState) -> None:
        now = self._clock()
        conversation = await tx.conversations.get(told.conversation_id)
        await note_event(tx, told.conversation_id, f"{_EVENTS[state]}: {told.text}", now)
        if conversation is not None:
            await move(tx, conversation, conversation.status, now)


_EVENTS = {
    DeliveryState.SENT: "The customer was told",
    DeliveryState.FAILED: "The customer could not be told",
    DeliveryState.UNKNOWN: "The customer was told, if that went out: nobody knows",
}
