"""Advance: take a conversation step by step to the point where a person or the customer moves next."""

from collections.abc import Awaitable, Callable, Mapping

from bot.core.model import Case
from bot.core.ports import Database
from bot.core.steps import Step, next_step
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.identify import Identify

# Far above what any conversation needs; a loop that does not settle is a fault worth a loud error.
_MOST_STEPS = 25


class Advance:
    """The handler of the `advance` lane."""

    def __init__(
        self, database: Database, identify: Identify, drafting: Drafting, deliveries: Deliveries
    ) -> None:
        self._database = database
        self._perform: Mapping[Step, Callable[[Case], Awaitable[None]]] = {
            Step.IDENTIFY: identify.identify,
            Step.DRAFT: drafting.draft,
            Step.DELIVER: deliveries.deliver,
            Step.RECONCILE: deliveries.reconcile,
        }

    async def __call__(self, key: str, *, retried: bool) -> None:  # noqa: ARG002
        """Advance the conversation `key`. Every step reads the state anew, so a doubled job is harmless."""
        for _ in range(_MOST_STEPS):
            async with self._database.snapshot() as tx:
                case = await tx.conversations.case(key)
            step = next_step(case) if case is not None else Step.WAIT
            if case is None or step is Step.WAIT:
                return
            await self._perform[step](case)
        raise RuntimeError(f"Conversation {key} does not settle")
