"""What a decision leaves behind: a row in the audit chain, and for a send a row in the ledger."""

from datetime import datetime

from bot.core.model import Case, Decision, Delivery, DeliveryState, Sender, new_id
from bot.core.ports.storage import Transaction
from bot.core.replay import BY_POLICY


async def audit_decision(tx: Transaction, decision: Decision, **details: object) -> None:
    """Put a decision on record, before anything comes of it."""
    await tx.audit.append(
        at=decision.created_at,
        actor=decision.actor or BY_POLICY,
        action=f"decide.{decision.action}",
        subject=decision.conversation_id,
        payload={
            "decision": decision.id,
            "draft": decision.draft_id,
            "turn": decision.turn,
            "reasons": [reason.code for reason in decision.reasons],
            "threshold": decision.threshold,
            "policy": decision.policy_version,
            **details,
        },
    )


def delivery_of(
    case: Case,
    decision: Decision,
    text: str,
    sender: Sender,
    due_at: datetime | None = None,
    cc: tuple[str, ...] = (),
) -> Delivery:
    """Return the ledger row that carries out a decision to send, at once or when it is due; `cc` get copies."""
    return Delivery(
        id=new_id(),
        conversation_id=case.conversation.id,
        turn=decision.turn,
        decision_id=decision.id,
        draft_id=decision.draft_id,
        channel=case.conversation.channel,
        address=case.conversation.address,
        text=text,
        sender=sender,
        author=decision.actor or "",
        state=DeliveryState.PENDING,
        created_at=decision.created_at,
        updated_at=decision.created_at,
        due_at=due_at,
        cc=cc,
    )


async def disapprove(tx: Transaction, case: Case, verdict: str, at: datetime) -> None:
    """Note that somebody preferred something else to the draft before them.

    What they add to one that a person sent, or found good, says nothing against it.
    """
    draft = case.current_draft
    sent = await tx.decisions.sent(draft.id) if draft is not None else None
    if draft is not None and (sent is None or sent.actor is None):
        await tx.assessments.disapprove(draft.id, verdict=verdict, at=at)
