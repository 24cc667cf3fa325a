"""Escalation: hand a conversation to specialists, with everything they need to take over."""

from bot.core.errors import InvalidInput
from bot.core.model import Action, Actor, Decision, Draft, Proposal, Reason, Status, new_id
from bot.core.policy import POLICY_VERSION
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction
from bot.core.text import is_blank
from bot.services.checking import load
from bot.services.recording import audit_decision, disapprove
from bot.services.transitions import move, note_event
from bot.services.withdrawing import cancel_pending

MAX_REASON = 1_000


class Escalation:
    """Escalates by hand; the policy escalates by itself in `drafting`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def escalate(
        self, conversation_id: str, reason: str, actor: Actor, *, key: str | None = None
    ) -> None:
        """Escalate for a reason in the agent's words; with a `key` (the window's id) once, however often it is told.

        Raises:
            InvalidInput: no reason, or one longer than MAX_REASON characters.
        """
        reason = reason.strip()
        if is_blank(reason):
            raise InvalidInput("Say in a few words why, so that the next person can start.", field="reason")
        if len(reason) > MAX_REASON:
            raise InvalidInput(f"Keep the reason under {MAX_REASON:,} characters.", field="reason")
        async with self._database.transaction() as tx:
            case = await load(tx, conversation_id)
            now = self._clock()
            if key is not None and not await tx.receipts.add(f"escalate:{key}", now):
                return
            draft = case.current_draft or await self._empty_draft(tx, conversation_id, case.conversation.turn)
            decision = Decision(
                id=new_id(),
                conversation_id=conversation_id,
                turn=draft.turn,
                draft_id=draft.id,
                action=Action.ESCALATE,
                reasons=(Reason("by_hand", reason),),
                threshold=0.0,
                policy_version=POLICY_VERSION,
                created_at=now,
                actor=actor.id,
            )
            await audit_decision(tx, decision, reason=reason)
            await tx.decisions.add(decision)
            await disapprove(tx, case, "escalated", now)
            await cancel_pending(tx, case, now)
            await note_event(tx, conversation_id, f"Escalated by <@{actor.id}>: {reason}", now)
            await move(tx, case.conversation, Status.ESCALATED, now, escalated=True)

    async def _empty_draft(self, tx: Transaction, conversation_id: str, turn: int) -> Draft:
        draft = Draft(
            id=new_id(),
            conversation_id=conversation_id,
            turn=turn,
            version=1,
            proposal=Proposal(text="", confidence=0.0),
            created_at=self._clock(),
        )
        await tx.drafts.add(draft)
        return draft
