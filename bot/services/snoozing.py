"""Snoozing: put a conversation off until a moment. State says when; a job, and behind it the sweep, wakes it."""

import re
from datetime import datetime, timedelta

from bot.core.errors import InvalidInput, Rejected
from bot.core.model import Actor, Case, Status
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database
from bot.services.checking import check_newest, load
from bot.services.transitions import move, note_event

LONGEST = timedelta(days=60)
_SNOOZED_BY = re.compile(r"Snoozed by <@([A-Z0-9]+)>")
_CAN_SLEEP = frozenset(Status) - {Status.WORKING, Status.RESOLVED}


class Snoozing:
    """Lets conversations sleep, and wakes them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def snooze(self, conversation_id: str, turn: int, until: datetime, actor: Actor) -> None:
        """Put a conversation off; a new message wakes it before.

        Raises:
            InvalidInput: the moment is over, or later than LONGEST from now.
            Superseded: the customer wrote again after `turn`, the one the actor had in view.
        """
        now = self._clock()
        if not now < until <= now + LONGEST:
            raise InvalidInput(f"Choose a moment within the next {LONGEST.days} days.", field="until")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            check_newest(case, turn)
            if case.conversation.status not in _CAN_SLEEP:
                raise Rejected("Nothing waits here that could be put off. The card shows how things stand.")
            payload = {"until": until.isoformat()}
            await tx.audit.append(
                at=now, actor=actor.id, action="snooze", subject=conversation_id, payload=payload
            )
            await note_event(tx, conversation_id, f"Snoozed by <@{actor.id}>", now)
            await move(tx, case.conversation, case.conversation.status, now, snoozed_until=until)
            await tx.defer(Lane.ADVANCE, conversation_id, until)

    async def wake(self, case: Case) -> Case | None:
        """Wake what has slept enough, and tell whoever wanted that; it is the step of the engine."""
        async with self._database.transaction() as tx:
            fresh, now = await tx.conversations.case(case.conversation.id), self._clock()
            until = fresh.conversation.snoozed_until if fresh is not None else None
            if fresh is None or until is None or until > now:
                return None
            who = fresh.conversation.assignee or _snoozer(fresh)
            to = f"<@{who}>: " if who else ""
            await note_event(tx, case.conversation.id, f"{to}this is awake again", now)
            await move(
                tx, fresh.conversation, _after_sleep(fresh.conversation.status), now, snoozed_until=None
            )
        return None

    async def end(self, conversation_id: str, actor: Actor) -> None:
        """Wake a conversation before its time."""
        async with self._database.transaction() as tx:
            case, now = await load(tx, conversation_id), self._clock()
            if case.conversation.snoozed_until is None:
                return
            await note_event(tx, conversation_id, f"Woken by <@{actor.id}>", now)
            await move(tx, case.conversation, case.conversation.status, now, snoozed_until=None)


def _after_sleep(status: Status) -> Status:
    """Whoever put off what was answered wants to look after it."""
    return Status.WAITING if status in (Status.ANSWERED, Status.HELD) else status


def _snoozer(case: Case) -> str:
    found = (_SNOOZED_BY.match(event.text) for event in reversed(case.events))
    return next((match[1] for match in found if match), "")
