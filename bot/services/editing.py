"""Editing: whether a draft is still to be changed, and what a writing agent has to hear meanwhile."""

from bot.core.errors import AlreadyDecided, Superseded
from bot.core.model import Action, Case, Decision, DeliveryState, Draft
from bot.core.ports.desk_work import News, Writing


def still_open(case: Case, draft_id: str | None) -> Draft:
    """Return the draft to edit, unless it is dead or decided: nobody should type in vain.

    Raises:
        Superseded, AlreadyDecided: it is.
    """
    draft = case.current_draft
    if draft is None or draft.id != draft_id:
        raise Superseded("This draft is dead: the card shows how things stand now.")
    sends = (d for d in case.decisions if d.draft_id == draft.id and d.action is Action.SEND)
    sent = next((d for d in sends if not _taken_back(case, d)), None)
    if sent is not None:
        who = f"<@{sent.actor}> was first" if sent.actor else "It went out by itself"
        raise AlreadyDecided(f"{who}: this answer is on its way.", winner=sent.actor)
    return draft


def _taken_back(case: Case, send: Decision) -> bool:
    states = [d.state for d in case.deliveries if d.decision_id == send.id]
    return bool(states) and all(state is DeliveryState.CANCELLED for state in states)


def news_for(writing: Writing, case: Case) -> News | None:
    """Return what happened since an agent began to write, that their window does not show yet."""
    found = _news(writing, case)
    return None if found is None or found.key == writing.told else found


def known_to(writing: Writing, case: Case) -> str:
    """Return the key of what an agent knows who opens a window now."""
    found = _news(writing, case)
    return found.key if found is not None else ""


def _news(writing: Writing, case: Case) -> News | None:
    if case.conversation.turn > writing.turn:
        return News(f"turn:{case.conversation.turn}", wrote_again=True)
    for delivery in reversed(case.deliveries):
        others = delivery.turn == writing.turn and delivery.author != writing.actor
        if others and delivery.state is not DeliveryState.CANCELLED:
            return News(f"sent:{delivery.id}", by=delivery.author or None, answer=delivery.text)
    return None
