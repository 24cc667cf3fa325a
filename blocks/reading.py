"""What the parts of a card want to know of a case, named once: the newest question, who answered, what is dead."""

from blocks import text
from bot.answering.secrets import hidden
from bot.core.model import (
    Case,
    Channel,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Message,
    Note,
    Sender,
    by_people,
)
from bot.core.naming import called
from bot.core.speech import to_quote

_ON_THE_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)
_MAY_BE_OUT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
STUCK = (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED)


def said(message: Message) -> str:
    """Return the words of a message as they are shown: a customer's without card numbers, passwords and the like."""
    return hidden(message.content) if message.sender is Sender.CUSTOMER else message.content


def masked(case: Case) -> tuple[Message, ...]:
    """Return the messages of which something is not shown."""
    return tuple(m for m in case.messages if any(hidden(one) != one for one in _words_of(m)))


def _words_of(message: Message) -> tuple[str, ...]:
    if message.sender is not Sender.CUSTOMER:
        return ()
    return message.content, *(str(message.metadata.get(name) or "") for name in ("subject", "quoted"))


def talk(case: Case) -> tuple[Message, ...]:
    """Return what was said; a message that is only a rating is told of by an event, and by the card."""
    return tuple(message for message in case.messages if message.rating is None)


def subject(case: Case) -> str:
    """Return what it is about: the subject, else the beginning of the first message."""
    asked = [m for m in case.messages if m.sender is Sender.CUSTOMER]
    first = next((message.content for message in to_quote(asked)), "")
    for candidate in (case.conversation.subject, text.clean(first[:2000]).split("\n")[0]):
        found = text.one_line(candidate)
        if found:
            return text.cut(hidden(found), 100)
    return f"A message by {case.conversation.channel}"


def customer_name(case: Case) -> str:
    """Return what to call the customer, raw."""
    return text.cut(text.one_line(called(case.customer)), 80)


def stranger(case: Case, message: Message) -> str:
    """Return the address a message came from when it is not the customer's, raw; else nothing."""
    address = str(message.metadata.get("from") or "")
    known = {"", case.conversation.address, case.customer.address, case.customer.email}
    return "" if address in known else text.cut(text.one_line(address), 120)


def first_name(case: Case) -> str:
    return customer_name(case).split(" ")[0] if case.customer.name.strip() else "the customer"


def question(case: Case) -> tuple[Message, ...]:
    """Return the customer's newest words: their last messages that nothing was said between."""
    theirs = {m.id for m in by_people(m for m in case.messages if m.sender is Sender.CUSTOMER)}
    run: list[Message] = []
    for message in reversed(case.messages):
        if message.id in theirs:
            run.append(message)
        elif run and message.sender is not Sender.CUSTOMER:
            break
    return tuple(reversed(run))


def wrote_again(case: Case) -> bool:
    """Tell whether there is more than one thing to answer; all of one call is one thing."""
    return len(to_quote(case.unanswered)) > 1


def draft_died(case: Case) -> bool:
    """Tell whether a draft was there before the newest words, and nobody had sent it."""
    since = case.unanswered[0].created_at if case.unanswered else None
    dead = (e for e in case.events if e.text.startswith("The draft is dead"))
    return since is not None and any(event.created_at >= since for event in dead)


def splittable(case: Case) -> tuple[Message, ...]:
    """Return the customer's messages from which a conversation of their own may begin."""
    first = min((m.turn for m in case.messages), default=0)
    return tuple(m for m in case.messages if m.sender is Sender.CUSTOMER and m.turn > first)


def on_the_way(case: Case) -> Delivery | None:
    """Return the answer that is being sent now."""
    delivery = case.delivery
    return delivery if delivery is not None and delivery.state in _ON_THE_WAY else None


def stoppable(case: Case) -> Delivery | None:
    """Return the automatic answer that was given time before it leaves, and has not left."""
    delivery = case.delivery
    if delivery is None or delivery.due_at is None or not delivery.unattended:
        return None
    return delivery if delivery.state is DeliveryState.PENDING else None


def stuck(case: Case) -> Delivery | None:
    """Return the answer that did not go out, came back, or of which nobody knows."""
    delivery = case.delivery
    return delivery if delivery is not None and delivery.state in STUCK else None


def sent(case: Case) -> Delivery | None:
    """Return the newest answer that went out."""
    return next((d for d in reversed(case.deliveries) if d.state is DeliveryState.SENT), None)


def answered_elsewhere(case: Case) -> Message | None:
    """Return the newest answer if an agent gave it in another system, after whatever went out from here."""
    newest = next((m for m in reversed(case.messages) if m.sender is not Sender.CUSTOMER), None)
    return newest if newest is not None and newest.metadata.get("written_in") else None


def decision_of(case: Case, delivery: Delivery) -> Decision | None:
    """Return the decision a delivery carries out, when the case still knows it."""
    return next((d for d in case.decisions if d.id == delivery.decision_id), None)


def draft_of(case: Case, delivery: Delivery) -> Draft | None:
    """Return the machine's draft behind an answer; an agent's own words have none."""
    draft = case.draft
    if draft is None or draft.id != delivery.draft_id or draft.proposal.author == delivery.author:
        return None
    return draft


def edited(case: Case, delivery: Delivery) -> bool:
    """Tell whether an agent changed the draft before sending it."""
    draft = draft_of(case, delivery)
    return draft is not None and draft.proposal.text.strip() != delivery.text.strip()


def in_shadow(case: Case) -> bool:
    """Tell whether the newest draft was made in shadow mode: it is recorded, and nobody is shown it."""
    return any(reason.code == "shadow" for decision in case.decisions for reason in decision.reasons)


def proposed(case: Case) -> Draft | None:
    """Return the draft that people are to decide about: it has a text, is no shadow, and did not go out already."""
    draft = case.current_draft
    if draft is None or not draft.proposal.text or in_shadow(case):
        return None
    gone = any(d.draft_id == draft.id and d.state in _MAY_BE_OUT for d in case.deliveries)
    return None if gone else draft


def received(case: Case) -> Delivery | None:
    """Return the answer that the customer got to their newest question."""
    delivery = sent(case)
    return delivery if delivery is not None and delivery.turn == case.conversation.turn else None


def dead_draft(case: Case) -> Draft | None:
    """Return the newest draft when the customer wrote again before anybody sent it."""
    draft = case.draft
    if draft is None or not draft.proposal.text or draft.turn >= case.conversation.turn or in_shadow(case):
        return None
    went_out = any(d.draft_id == draft.id and d.state is DeliveryState.SENT for d in case.deliveries)
    return None if went_out else draft


def is_worth_numbering(case: Case, draft: Draft) -> bool:
    """Tell whether there were other drafts: each piece of a call is a turn, and most of them get none."""
    return draft.version > 1 or (draft.turn > 1 and case.conversation.channel is not Channel.PHONE)


def draft_label(draft: Draft) -> str:
    """Number drafts by the customer's message they answer."""
    return f"draft {draft.turn}" if draft.version == 1 else f"draft {draft.turn}, version {draft.version}"


def escalation(case: Case) -> Decision | None:
    """Return the newest decision to escalate."""
    return next((d for d in reversed(case.decisions) if d.action == "escalate"), None)


def notes_from_elsewhere(case: Case) -> tuple[Note, ...]:
    """Return the notes that were not typed in Slack."""
    return tuple(note for note in case.notes if note.system)
