"""The queue: what waits for an agent, and what comes next once they have dealt with something."""

import re

from bot.core.model import Case, Sender, Status
from bot.core.ports.desk_work import Queued, QueueView
from bot.core.ports.storage import Database, Transaction

_ENDED_BY = re.compile(r"(?:Resolved|Closed|Snoozed) by <@([A-Z0-9]+)>")
SHOWN = 8


class Queueing:
    """Reads the queue for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def view(self, actor: str) -> QueueView:
        """Return the queue as one agent sees it, the most urgent first."""
        async with self._database.snapshot() as tx:
            mine, free = (
                await tx.waiting_list.waiting(SHOWN, owner=actor),
                await tx.waiting_list.waiting(SHOWN, owner=""),
            )
            longest = await tx.waiting_list.longest()
            sizes = await tx.waiting_list.size(owner=actor), await tx.waiting_list.size(owner="")
        return QueueView(mine, free, longest, *sizes)


def dealt_with_by(case: Case) -> str:
    """Return the agent whose hands a conversation has just left, or nothing."""
    talk, delivery = case.conversation, case.delivery
    if talk.status is Status.ANSWERED and delivery is not None and delivery.sender is Sender.AGENT:
        return delivery.author
    if talk.status is Status.ESCALATED and talk.snoozed_until is None:
        by_hand = case.decisions[-1].actor if case.decisions else None
        return by_hand or "" if not talk.assignee else ""
    if talk.status is Status.RESOLVED or talk.snoozed_until is not None:
        ended = (_ENDED_BY.match(event.text) for event in reversed(case.events))
        return next((match[1] for match in ended if match), "")
    return ""


async def next_for(tx: Transaction, case: Case, *, escalated_last: bool = False) -> Queued | None:
    """Return what waits most urgently for whoever has just dealt with this, whether it is theirs or nobody's.

    With `escalated_last`, what was escalated and nobody has taken waits for others, and comes after everything else.
    """
    actor = dealt_with_by(case)
    if not actor:
        return None
    talk = case.conversation
    found = await tx.waiting_list.waiting(
        1,
        owner=actor,
        or_nobody=True,
        without=talk.id,
        carded=True,
        escalated_last=escalated_last,
        workspace=talk.workspace,
    )
    return found[0] if found else None
