"""Closing what is no support matter, blocking who sends it, and opening a closed conversation again."""

from datetime import datetime

from bot.core.errors import Rejected
from bot.core.model import Action, Actor, Case, Closed, Sender, Status
from bot.core.ports.engine import Clock, Lane
from bot.core.ports.storage import Database, Transaction
from bot.services.checking import check_newest, check_owner, load
from bot.services.recording import disapprove
from bot.services.teamdesk import HANDED_BACK
from bot.services.transitions import move, note_event
from bot.services.withdrawing import cancel_pending


class Closing:
    """Not support, block, unblock, reopen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def not_support(self, conversation_id: str, turn: int, actor: Actor, *, over: str = "") -> None:
        """Close what does not belong here: nobody is asked for a rating, and it opens again when they write.

        Raises:
            Owned: a colleague has it, who is not the one it is closed `over`.
            Superseded: the customer wrote again after `turn`.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            if case.conversation.closed_as is Closed.USUAL:
                await self._close(tx, case, turn, Closed.NOT_SUPPORT, actor, over=over)

    async def block(self, conversation_id: str, turn: int, actor: Actor, *, over: str = "") -> None:
        """Close it as spam, and answer nothing that this sender writes from now on; it is kept all the same.

        Raises:
            Owned: a colleague has it, who is not the one it is closed `over`.
            Superseded: the customer wrote again after `turn`.
        """
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            await self._close(tx, case, turn, Closed.SPAM, actor, over=over)
            await tx.blocked_senders.add(
                case.conversation.channel, case.conversation.address, actor.id, self._clock()
            )

    async def unblock(self, conversation_id: str, actor: Actor) -> None:
        """Answer this sender again; what they wrote meanwhile waits for a person, as where it is reopened."""
        async with self._database.transaction() as tx:
            case, now = await load(tx, conversation_id), self._clock()
            talk = case.conversation
            if not await tx.blocked_senders.remove(talk.channel, talk.address):
                raise Rejected("This sender is not blocked (any more).")
            await tx.audit.append(
                at=now, actor=actor.id, action="unblock", subject=conversation_id, payload={}
            )
            await note_event(tx, conversation_id, f"Unblocked by <@{actor.id}>", now)
            await _wait_again(tx, case, now)

    async def reopen(self, conversation_id: str, actor: Actor) -> None:
        """Let a closed conversation wait for a person again: for those who decide, where it was escalated to them."""
        async with self._database.transaction() as tx:
            case, now = await load(tx, conversation_id), self._clock()
            if case.conversation.status is not Status.RESOLVED:
                raise Rejected("This conversation is open already. The card shows how things stand.")
            await tx.audit.append(
                at=now, actor=actor.id, action="reopen", subject=conversation_id, payload={}
            )
            await note_event(tx, conversation_id, f"Reopened by <@{actor.id}>", now)
            await _wait_again(tx, case, now)
            await tx.defer(Lane.ADVANCE, conversation_id)

    async def _close(
        self, tx: Transaction, case: Case, turn: int, kind: Closed, actor: Actor, *, over: str
    ) -> None:
        check_newest(case, turn)
        check_owner(case, actor, over=over)
        now, talk = self._clock(), case.conversation
        await cancel_pending(tx, case, now)
        await disapprove(tx, case, kind.value, now)
        payload = {"as": kind.value, "address": talk.address}
        await tx.audit.append(at=now, actor=actor.id, action="close", subject=talk.id, payload=payload)
        await note_event(tx, talk.id, f"Closed by <@{actor.id}> {_AS[kind]}", now)
        await move(tx, talk, Status.RESOLVED, now, escalated=False, closed_as=kind)


async def _wait_again(tx: Transaction, case: Case, now: datetime) -> None:
    """Let it wait for a person: for those who decide, where they have it or had it when it was closed."""
    escalated = case.conversation.escalated or _was_escalated(case)
    status = Status.ESCALATED if escalated else Status.WAITING
    await move(tx, case.conversation, status, now, escalated=escalated)


def _was_escalated(case: Case) -> bool:
    """Tell whether nobody has answered it or handed it back since it was escalated to those who decide."""
    decision = case.decision
    if decision is None or decision.action is not Action.ESCALATE:
        return False
    answered = any(
        message.turn == decision.turn and message.created_at >= decision.created_at
        for message in case.messages
        if message.sender is not Sender.CUSTOMER
    )
    handed_back = any(HANDED_BACK in e.text for e in case.events if e.created_at >= decision.created_at)
    return not answered and not handed_back


_AS = {
    Closed.NOT_SUPPORT: "as no support matter",
    Closed.SPAM: "as spam; the sender is blocked",
}
