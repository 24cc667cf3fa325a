"""Advance: take a conversation step by step to the point where a person or the customer moves next."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.core.errors import ThreadpilotError
from bot.core.model import Case, DeliveryState, Status, new_id
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database
from bot.core.ports.tally import Counted, Tally, uncounted
from bot.core.ports.tracing import Tracer, untraced
from bot.core.steps import Step, is_last, next_step
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.snoozing import Snoozing
from bot.services.transitions import move, note_event

log = logging.getLogger(__name__)

# Far above what any conversation needs; a loop that does not settle is a fault worth a loud error.
_MOST_STEPS = 25
_UNSURE_IF_SENT = {DeliveryState.SENDING: DeliveryState.UNKNOWN, DeliveryState.PENDING: DeliveryState.FAILED}


class Advance:
    """The handler of the `advance` lane."""

    def __init__(
        self,
        database: Database,
        drafting: Drafting,
        deliveries: Deliveries,
        clock: Clock,
        tally: Tally = uncounted,
        trace: Tracer = untraced,
    ) -> None:
        self._database = database
        self._trace = trace
        self._tally = tally
        self._clock = clock
        self._perform: Mapping[Step, Callable[[Case], Awaitable[Case | None]]] = {
            Step.DRAFT: drafting.draft,
            Step.DELIVER: deliveries.deliver,
            Step.RECONCILE: deliveries.reconcile,
            Step.WAKE: Snoozing(database, clock).wake,
        }

    async def __call__(self, key: str, *, retried: bool) -> None:
        """Advance the conversation `key`. Every step compares before it sets, so a doubled job is harmless.

        A fault of ours is tried once more; then a person is asked, because waiting for ever is losing.
        """
        with self._trace("advance", key, retried=retried):
            await self._advance(key, retried=retried)

    async def _advance(self, key: str, *, retried: bool) -> None:
        try:
            await self._settle(key)
        except ThreadpilotError:
            raise
        except Exception:
            if not retried:
                raise
            reference = new_id()[:8]
            log.exception("conversation_parked", extra={"conversation": key, "reference": reference})
            await self._park(key, reference)
            self._tally(Counted.JOB, Lane.ADVANCE, "parked")

    async def _settle(self, key: str) -> None:
        case = await self._case(key)
        for _ in range(_MOST_STEPS):
            step = next_step(case, self._clock()) if case is not None else Step.WAIT
            if case is None or step is Step.WAIT:
                return
            with self._trace(step, key, channel=case.conversation.channel, turn=case.conversation.turn):
                after = await self._perform[step](case)
            if is_last(step, case):
                return
            case = after or await self._case(key)
        raise RuntimeError(f"Conversation {key} does not settle")

    async def _case(self, key: str) -> Case | None:
        async with self._database.snapshot() as tx:
            return await tx.conversations.case(key)

    async def _park(self, key: str, reference: str) -> None:
        async with self._database.transaction() as tx:
            case, now = await tx.conversations.case(key), self._clock()
            if case is None:
                return
            error = f"Something went wrong here (reference {reference} in the log)."
            delivery, status = case.on_its_way, Status.ESCALATED
            if delivery is not None:
                after, status = _UNSURE_IF_SENT[delivery.state], Status.UNDELIVERED
                await tx.deliveries.move(delivery.id, delivery.state, after, at=now, error=error)
            await note_event(tx, key, f"{error} A person has to look.", now)
            await move(tx, case.conversation, status, now, escalated=True)
