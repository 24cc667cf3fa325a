"""Withdrawing: take back an answer that was decided and has not left yet."""

from datetime import datetime

from bot.core.model import (
    Action,
    Actor,
    Case,
    Decision,
    Delivery,
    DeliveryState,
    Reason,
    Sender,
    Status,
    new_id,
)
from bot.core.policy import POLICY_VERSION
from bot.core.ports.storage import Transaction
from bot.services.recording import audit_decision
from bot.services.transitions import move, note_event


async def cancel_pending(tx: Transaction, case: Case, at: datetime) -> None:
    """Cancel every answer of a case that has not left, and say so in its thread."""
    for delivery in case.deliveries:
        if await tx.deliveries.move(delivery.id, DeliveryState.PENDING, DeliveryState.CANCELLED, at=at):
            await note_event(tx, case.conversation.id, f"{whose(delivery)} was taken back.", at)


async def hand_to_agent(
    tx: Transaction,
    case: Case,
    delivery: Delivery,
    reason: Reason,
    at: datetime,
    actor: Actor | None = None,
) -> bool:
    """Cancel an automatic answer and let its draft wait for an agent instead; False when it is too late for that.

    `actor` is who wanted it so, where it was not a rule.
    """
    if not await tx.deliveries.move(delivery.id, DeliveryState.PENDING, DeliveryState.CANCELLED, at=at):
        return False
    decision = Decision(
        id=new_id(),
        conversation_id=delivery.conversation_id,
        turn=delivery.turn,
        draft_id=delivery.draft_id,
        action=Action.REVIEW,
        reasons=(reason,),
        threshold=0.0,
        policy_version=POLICY_VERSION,
        created_at=at,
        actor=actor.id if actor is not None else None,
    )
    await audit_decision(tx, decision)
    await tx.decisions.add(decision)
    by = f" by <@{actor.id}>" if actor is not None else ""
    await note_event(tx, case.conversation.id, f"{whose(delivery)} was taken back{by}: {reason.text}.", at)
    await move(tx, case.conversation, Status.WAITING, at)
    return True


def whose(delivery: Delivery) -> str:
    """Name an answer in a sentence."""
    return f"<@{delivery.author}>'s answer" if delivery.sender is Sender.AGENT else "The automatic answer"
