"""What people do with one conversation among themselves: hand it to somebody, follow it, say how urgent it is."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.errors import InvalidInput, Superseded
from bot.core.model import Actor, Case, Status
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.ports.teamwork import People
from bot.core.priority import Priority
from bot.core.teamwork.rota import mention
from bot.core.teamwork.state import Watch
from bot.core.text import is_blank
from bot.services.checking import load
from bot.services.transitions import move, note_event

MAX_REASON = 1_000
HANDED_BACK = "handed this back to the agents"


class TeamDesk:
    """Each action is committed with its audit row and a line in the thread."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    async def assign(self, conversation_id: str, to: str | None, actor: Actor) -> None:
        """Hand a conversation to somebody, or with None to whoever takes it.

        Raises:
            InvalidInput: they are not in Slack any more.
            Superseded: the matter is closed.
        """
        if to is not None and await self._people.gone([to]):
            said = f"{mention(to)} is deactivated in Slack, or a robot. Pick somebody else."
            raise InvalidInput(said, field="assignee")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            before, by = case.conversation.assignee, mention(actor.id)
            if before == to:
                return
            if case.conversation.status is Status.RESOLVED:
                raise Superseded("This conversation was resolved. Press Reply again to open it.")
            said = f"{mention(to)} gets this conversation from {by}" if to else f"{by} hands this to anybody"
            payload = {"from": before, "to": to}
            await self._record(tx, case, "assign", payload, said, actor, assignee=to)

    async def follow(self, conversation_id: str, on: bool, actor: Actor) -> None:
        """Have the actor hear of what is late here, or no longer. Slack tells them of what is said in the thread."""
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            if (actor.id in case.followers) is on:
                return
            others = tuple(who for who in case.followers if who != actor.id)
            await self._keep(tx, case, followers=(*others, actor.id) if on else others)
            said = f"{mention(actor.id)} {'follows' if on else 'does not follow'} this"
            await self._record(tx, case, "follow", {"on": on}, said, actor)

    async def set_priority(self, conversation_id: str, priority: Priority | None, actor: Actor) -> None:
        """Say how urgent it is; None leaves it to the rules."""
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            if case.priority is priority:
                return
            await self._keep(tx, case, priority=priority)
            payload = {"from": case.priority, "to": priority}
            said = f"{mention(actor.id)} set the priority: {priority or 'by the rules'}"
            await self._record(tx, case, "priority", payload, said, actor)

    async def hand_back(self, conversation_id: str, reason: str, actor: Actor) -> None:
        """Reject an escalation: it goes back to the agents, who are told why.

        Raises:
            InvalidInput: no reason, or one longer than MAX_REASON characters.
            Superseded: it is not escalated any more.
        """
        reason = reason.strip()
        if is_blank(reason) or len(reason) > MAX_REASON:
            raise InvalidInput(f"Say in a few words why (at most {MAX_REASON:,} characters).", field="reason")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            if case.conversation.status is not Status.ESCALATED:
                raise Superseded("This is not escalated any more. The card shows how things stand.")
            said = f"{mention(actor.id)} {HANDED_BACK}: {reason}"
            agent = case.conversation.assignee
            left = None if agent == actor.id else agent
            changes = {"status": Status.WAITING, "escalated": False, "assignee": left}
            await self._record(tx, case, "hand_back", {"reason": reason}, said, actor, **changes)

    async def _keep(self, tx: Transaction, case: Case, **values: object) -> None:
        known = await tx.watches.get(case.conversation.id) or Watch(case.conversation.id)
        await tx.watches.put(replace(known, **values))  # type: ignore[arg-type]

    async def _record(
        self,
        tx: Transaction,
        case: Case,
        action: str,
        payload: Mapping[str, object],
        said: str,
        actor: Actor,
        **changes: object,
    ) -> None:
        now, conversation = self._clock(), case.conversation
        await tx.audit.append(at=now, actor=actor.id, action=action, subject=conversation.id, payload=payload)
        await note_event(tx, conversation.id, said, now)
        status = changes.pop("status", conversation.status)
        await move(tx, conversation, Status(str(status)), now, **changes)
