"""Maya, a caller and a visitor: their conversations, and what became of them."""

from dataclasses import replace
from datetime import date, timedelta

from bot.core.context import Fact
from bot.core.model import (
    Action,
    Case,
    Channel,
    Closed,
    DeliveryState,
    Evidence,
    Reason,
    Sender,
    Source,
    Status,
)
from tests import builders as b
from tests.builders import AT

NOW = AT + timedelta(minutes=26)
AGENT, OTHER = "U0KIM", "U0BEN"

MAYA = b.customer(
    name="Maya Ortiz",
    address="maya@ortiz.example",
    company="Ortiz Design Ltd",
    facts=tuple(
        Fact("", said) for said in ("Gold since 2021", "3 open orders", "last #88213 shipped 18 Nov")
    ),
    verified=True,
    known=True,
)
ASKED = b.message(
    content="Hi, my parcel #88213 was promised for Friday and the tracking has not moved since Thursday.\n"
    "I need it for a fair on Tuesday. What can you do?"
)
PROPOSAL = b.proposal(
    text="Hi Maya,\n\nthank you for writing. A parcel without movement for two working days counts as delayed, "
    "and we open a trace with the carrier today [1]. If it cannot arrive by Monday noon, we send a replacement "
    "by express [2].\n\nBest regards\nNorthwind Support",
    confidence=0.8234,
    sources=(
        Source(1, "late", "Late parcels", "https://kb.example/late"),
        Source(2, "express", "Express replacement", "https://kb.example/express", date(2026, 9, 1)),
    ),
    evidence=(
        Evidence("two articles agree", 1.4),
        Evidence("short question", 0.1),
        Evidence("promise of a replacement: check stock", -1.9),
        Evidence("order number found", 0.7),
        Evidence("written in a hurry", -0.2),
    ),
)
DRAFT = b.draft(proposal=PROPOSAL)
SUBJECT = "Where is my parcel? Needed by Tuesday"


def maya(status: Status, **values: object) -> Case:
    """Maya's conversation in a status; `conversation` values may be given as `c_…`."""
    own = {key[2:]: values.pop(key) for key in list(values) if key.startswith("c_")}
    conversation = b.conversation(subject=SUBJECT, status=status, address=MAYA.address, **own)
    given = {"customer": MAYA, "messages": (ASKED,), "earlier": 6} | values
    return b.case(conversation=conversation, **given)


def decided(action: Action, *reasons: Reason, **values: object) -> object:
    return b.decision(**{"action": action, "reasons": reasons, "threshold": 0.9} | values)


def answered(decision: object, draft: object = DRAFT, **values: object) -> Case:
    """Maya's conversation after an answer went out by `decision`."""
    sent_at = AT + timedelta(minutes=12)
    given = {
        "decision_id": decision.id,
        "state": DeliveryState.SENT,
        "text": PROPOSAL.text,
        "updated_at": sent_at,
    }
    delivery = b.delivery(**given | values)
    said = b.message(
        seq=2, sender=delivery.sender, author=delivery.author, content=delivery.text, created_at=sent_at
    )
    return maya(
        Status.ANSWERED, messages=(ASKED, said), draft=draft, decisions=(decision,), deliveries=(delivery,)
    )


BELOW = Reason("confidence", "82.3 % sure, below 90 %")
REVIEW = decided(Action.REVIEW, BELOW)
BY_ITSELF = decided(Action.SEND, Reason("sure", "97 % sure, sends by itself from 90 %"))
APPROVED = decided(Action.SEND, Reason("approved", "Approved"), actor=AGENT)
EDITED = decided(Action.SEND, Reason("edited", "Edited"), actor=AGENT)
WAITING = maya(Status.WAITING, draft=DRAFT, decisions=(REVIEW,))
AGAIN = b.message(seq=2, turn=2, content="Update: still nothing.", created_at=AT + timedelta(minutes=9))
BURIED = b.event(
    text="The draft is dead: Maya Ortiz wrote again before it was sent.", created_at=AGAIN.created_at
)
SECOND = b.draft(turn=2, proposal=PROPOSAL)
SURE = b.draft(proposal=replace(PROPOSAL, confidence=0.97, evidence=PROPOSAL.evidence[:2]))
AUTO = answered(BY_ITSELF, SURE, updated_at=AT + timedelta(seconds=0.6))
LAWYER = b.message(content="You have charged my card twice. Tomorrow I will call my lawyer.")
STRANGER = b.customer(channel=Channel.PHONE, name="", address="+49 30 5550 0123")


def visitor() -> Case:
    address = "v_81c04f2a"
    conversation = b.conversation(channel=Channel.CHAT, address=address, subject="", status=Status.WORKING)
    who = b.customer(channel=Channel.CHAT, address=address, name="")
    return b.case(
        conversation=conversation, customer=who, messages=(b.message(content="are you open on saturday?"),)
    )


def lawyer() -> Case:
    conversation = b.conversation(
        channel=Channel.PHONE,
        address=STRANGER.address,
        subject="",
        status=Status.ESCALATED,
        escalated=True,
    )
    reasons = (Reason("legal", "Legal threat: “lawyer”"), Reason("no_answer", "No article answers this"))
    empty = b.draft(proposal=b.proposal(text="", confidence=0.0, sources=(), evidence=()))
    return b.case(
        conversation=conversation,
        customer=STRANGER,
        messages=(LAWYER,),
        draft=empty,
        decisions=(decided(Action.ESCALATE, *reasons),),
        earlier=3,
        chasing=2,
    )


def stuck(state: DeliveryState, error: str) -> Case:
    delivery = b.delivery(
        decision_id=APPROVED.id,
        state=state,
        error=error,
        sender=Sender.AGENT,
        author=AGENT,
        text=PROPOSAL.text,
        updated_at=AT + timedelta(minutes=20),
    )
    return maya(Status.UNDELIVERED, draft=DRAFT, decisions=(APPROVED,), deliveries=(delivery,))


RECORDING = {"sid": "RE1", "url": "https://desk.example/twilio/recordings/RE1?until=1", "seconds": 14}


def called(status: Status, *pieces: tuple[str, str, dict[str, object]], **values: object) -> Case:
    """A call whose pieces are state, words, and what is known of them."""
    talk = b.conversation(
        channel=Channel.PHONE, address=STRANGER.address, subject="", status=status, turn=len(pieces)
    )
    messages = tuple(
        b.message(
            seq=n,
            turn=n,
            content=words,
            created_at=AT + timedelta(seconds=20 * n),
            metadata={"speech": {"state": state, **known}},
        )
        for n, (state, words, known) in enumerate(pieces, 1)
    )
    drafted = b.draft(turn=len(pieces), proposal=PROPOSAL)
    review = decided(Action.REVIEW, BELOW, draft_id=drafted.id, turn=len(pieces))
    given = {"customer": STRANGER, "messages": messages, "draft": drafted, "decisions": (review,)}
    return b.case(conversation=talk, **given | values)


def called_twice() -> Case:
    """Misheard, said no, and spoke after the tone."""
    return called(
        Status.WAITING,
        ("unconfirmed", "Where is my passel?", {"confidence": 0.41}),
        ("rejected", "Pressed 2", {}),
        ("recorded", "Voice message of 14 s", {"recording": RECORDING}),
        ("transcribed", "Where is my parcel?", {"recording": RECORDING | {"seconds": 0}}),
    )


def held(*reasons: Reason) -> Case:
    return maya(Status.HELD, draft=DRAFT, decisions=(decided(Action.IGNORE, *reasons),))


def with_files() -> Case:
    files = [
        {"name": "label.pdf", "type": "application/pdf", "size": 90_123, "sha256": "a" * 64},
        {"name": "damage <1>.jpg", "type": "image/jpeg", "size": 2_100_000, "sha256": "b" * 64},
        {"name": "", "type": "video/mp4", "size": 12_000_000},
    ]
    unread = decided(Action.REVIEW, Reason("attachments", "3 attachments nobody has read"))
    asked = replace(ASKED, metadata={"attachments": files})
    return replace(WAITING, messages=(asked,), decisions=(unread,))


def sending(author: str) -> Case:
    decision = APPROVED if author else BY_ITSELF
    sender = Sender.AGENT if author else Sender.AI
    delivery = b.delivery(decision_id=decision.id, author=author, sender=sender, text=PROPOSAL.text)
    return maya(Status.WORKING, draft=DRAFT, decisions=(decision,), deliveries=(delivery,))


def can_be_stopped(due_in: timedelta) -> Case:
    case = sending("")
    return replace(case, deliveries=(replace(case.deliveries[0], due_at=NOW + due_in),))


def escalated_by_hand() -> Case:
    by_hand = decided(
        Action.ESCALATE, Reason("by_hand", "Wants a refund > 500 €, ask <finance>"), actor=AGENT
    )
    told = b.event(text=f"Escalated by <@{AGENT}>: Wants a refund > 500 €, ask <finance>")
    return maya(
        Status.ESCALATED,
        c_escalated=True,
        c_assignee=OTHER,
        draft=DRAFT,
        decisions=(REVIEW, by_hand),
        events=(told,),
    )


def snoozed() -> Case:
    talk = replace(WAITING.conversation, snoozed_until=AT + timedelta(hours=3))
    return replace(WAITING, conversation=talk, events=(b.event(text=f"Snoozed by <@{AGENT}>"),))


def closed(kind: Closed, how: str) -> Case:
    talk = replace(WAITING.conversation, status=Status.RESOLVED, closed_as=kind)
    told = b.event(text=f"Closed by <@{AGENT}> {how}", created_at=AT + timedelta(minutes=15))
    return replace(WAITING, conversation=talk, events=(told,), blocked=kind is Closed.SPAM)


def we_wrote_first(status: Status = Status.ANSWERED) -> Case:
    """What an agent began; the customer has not written yet."""
    sent = answered(
        EDITED, sender=Sender.AGENT, author=AGENT, turn=0, text="Hi Maya, your parcel is on hold."
    )
    talk = replace(sent.conversation, turn=0, status=status)
    return replace(sent, conversation=talk, messages=sent.messages[1:], draft=None)
