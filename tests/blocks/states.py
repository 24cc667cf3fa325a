"""One case per state that a card can show: what the golden files and the limits are checked on."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import (
    Action,
    Case,
    Closed,
    DeliveryState,
    Flag,
    Rating,
    Reason,
    Sender,
    Status,
)
from tests import builders as b
from tests.blocks.cases import (
    AGAIN,
    AGENT,
    APPROVED,
    ASKED,
    AUTO,
    BELOW,
    BURIED,
    BY_ITSELF,
    DRAFT,
    EDITED,
    PROPOSAL,
    RECORDING,
    REVIEW,
    SECOND,
    SURE,
    WAITING,
    answered,
    called,
    called_twice,
    can_be_stopped,
    closed,
    decided,
    escalated_by_hand,
    held,
    lawyer,
    maya,
    sending,
    snoozed,
    stuck,
    visitor,
    we_wrote_first,
    with_files,
)
from tests.builders import AT

STATES: dict[str, Case] = {
    "drafting": visitor(),
    "waiting": WAITING,
    "waiting_taken": replace(WAITING, conversation=replace(WAITING.conversation, assignee=AGENT)),
    "being_written": replace(WAITING, writers=(AGENT,)),
    "waiting_in_mode_assist": replace(
        WAITING, decisions=(decided(Action.REVIEW, Reason("assist", "Mode assist: a person sends on email")),)
    ),
    "waiting_with_files": with_files(),
    "call_confirmed": called(
        Status.WAITING,
        ("unconfirmed", "Where is my parcel?", {"confidence": 0.62}),
        ("confirmed", "Pressed 1", {}),
    ),
    "call_recorded": called_twice(),
    "call_unread": called(
        Status.ESCALATED,
        ("recorded", "Voice message of 14 s", {"recording": RECORDING}),
        ("unreadable", "A voice message that could not be written down", {"recording": RECORDING}),
    ),
    "drafted_anew": maya(
        Status.WAITING,
        draft=replace(DRAFT, version=2),
        decisions=(
            decided(Action.REVIEW, Reason("redrafted", "Drafted anew by an agent: Shorter"), actor=AGENT),
        ),
    ),
    "rejected": maya(
        Status.WAITING,
        draft=replace(DRAFT, version=2, proposal=b.proposal(text="", confidence=0.0, author=AGENT)),
        decisions=(
            decided(Action.REVIEW, Reason("rejected", "Draft rejected: A fact is wrong"), actor=AGENT),
        ),
    ),
    "long_words": replace(
        WAITING, messages=(replace(ASKED, content="My parcel <!channel> is late. " * 400),)
    ),
    "snoozed": snoozed(),
    "reopened": replace(
        AUTO,
        conversation=replace(AUTO.conversation, status=Status.WAITING),
        events=(b.event(text=f"Reopened by <@{AGENT}>", created_at=AT + timedelta(minutes=20)),),
    ),
    "not_support": closed(Closed.NOT_SUPPORT, "as no support matter"),
    "spam": closed(Closed.SPAM, "as spam; the sender is blocked"),
    "blocked_again": replace(
        held(Reason("blocked", "This sender is blocked: nothing is answered")), blocked=True
    ),
    "we_wrote_first": we_wrote_first(),
    "superseded": maya(Status.WORKING, c_turn=2, messages=(ASKED, AGAIN), draft=DRAFT, decisions=(REVIEW,)),
    "drafted_again": maya(
        Status.WAITING,
        c_turn=2,
        messages=(ASKED, AGAIN),
        events=(BURIED,),
        draft=SECOND,
        decisions=(decided(Action.REVIEW, BELOW, draft_id=SECOND.id, turn=2),),
    ),
    "sending_by_itself": sending(""),
    "sending_by_agent": sending(AGENT),
    "goes_out_soon": can_be_stopped(timedelta(seconds=30)),
    "due_but_held_up": can_be_stopped(-timedelta(minutes=2)),
    "stopped": replace(
        WAITING,
        decisions=(
            BY_ITSELF,
            decided(Action.REVIEW, Reason("stopped", "Stopped before it went out"), actor=AGENT),
        ),
        deliveries=(replace(sending("").deliveries[0], state=DeliveryState.CANCELLED),),
    ),
    "sent_by_itself": AUTO,
    "judged_good": replace(AUTO, verdict=b.verdict(actor=AGENT)),
    "judged_wrong": replace(AUTO, verdict=b.verdict(actor=AGENT, good=False)),
    "quality_check": answered(
        replace(BY_ITSELF, reasons=(*BY_ITSELF.reasons, Reason("audit_sample", "Picked at random"))),
        SURE,
    ),
    "sent_as_drafted": answered(APPROVED, sender=Sender.AGENT, author=AGENT),
    "sent_edited": answered(EDITED, sender=Sender.AGENT, author=AGENT, text="Hi Maya, it arrives on Monday."),
    "sent_own_words": replace(
        answered(EDITED, sender=Sender.AGENT, author=AGENT, text="Hi Maya, I called the carrier."),
        draft=b.draft(
            proposal=b.proposal(text="Hi Maya, I called the carrier.", confidence=1.0, author=AGENT)
        ),
    ),
    "escalated": lawyer(),
    "escalated_by_hand": escalated_by_hand(),
    "held_thanks": held(Reason("courtesy", "Needs no answer: thanks only")),
    "held_machine": held(Reason("automatic", "Sent by a machine: auto-reply")),
    "held_shadow": held(
        Reason("shadow", "Shadow mode: nothing is proposed (it would have been: send)"),
        Reason("sure", "97 % sure, sends by itself from 90 %"),
    ),
    "escalated_in_shadow": maya(
        Status.ESCALATED,
        c_escalated=True,
        draft=DRAFT,
        decisions=(
            decided(
                Action.ESCALATE,
                Reason("legal", "Legal threat: “lawyer”"),
                Reason("shadow", "Shadow mode: nothing is proposed (it would have been: escalate)"),
            ),
        ),
    ),
    "held_off": held(Reason("mode_off", "Answering is switched off for email")),
    "not_delivered": stuck(DeliveryState.FAILED, "Mailbox full (4.2.2)."),
    "nobody_knows": stuck(DeliveryState.UNKNOWN, "The connection broke while it was being sent"),
    "came_back": stuck(DeliveryState.BOUNCED, "550 5.1.1 <maya@ortiz.example>: no such user"),
    "came_back_earlier": replace(
        maya(Status.WAITING, c_turn=2, messages=(ASKED, AGAIN), draft=SECOND),
        deliveries=stuck(DeliveryState.BOUNCED, "550 5.1.1 no such user").deliveries,
    ),
    "not_seen": replace(AUTO, unseen=True),
    "rated": replace(
        AUTO,
        conversation=replace(AUTO.conversation, status=Status.RESOLVED),
        rating=Rating(AUTO.conversation.id, 4, "Quick, and *friendly* <!channel>", b.AT),
    ),
    "answered_elsewhere": maya(
        Status.ANSWERED,
        messages=(
            ASKED,
            b.message(
                seq=2,
                sender=Sender.AGENT,
                content="Hi Maya, it is in Leeds and comes on Monday, *promised*.",
                author="Robin <Park>",
                metadata={"written_in": "zendesk"},
                created_at=AT + timedelta(minutes=12),
            ),
        ),
        draft=DRAFT,
    ),
    "resolved": replace(
        AUTO,
        conversation=replace(AUTO.conversation, status=Status.RESOLVED),
        events=(b.event(text=f"Resolved by <@{AGENT}>", created_at=AT + timedelta(minutes=15)),),
    ),
    "merged": replace(
        AUTO,
        conversation=replace(AUTO.conversation, status=Status.RESOLVED),
        messages=(),
        merged_into="f" * 32,
        events=(
            b.event(
                text=f"Merged by <@{AGENT}> into “Lid <missing>” of maya@ortiz.example",
                created_at=AT + timedelta(minutes=15),
            ),
        ),
    ),
    "soft_flag": replace(
        WAITING,
        draft=b.draft(proposal=replace(PROPOSAL, flags=(Flag("promise", "Promises money"),))),
        decisions=(decided(Action.REVIEW, Reason("promise", "Promises money"), BELOW),),
    ),
    "escalated_after_an_answer": replace(
        AUTO,
        conversation=replace(AUTO.conversation, status=Status.ESCALATED, escalated=True),
        decisions=(
            *AUTO.decisions,
            decided(Action.ESCALATE, Reason("by_hand", "The answer was wrong"), actor=AGENT),
        ),
    ),
    "written_by_another": replace(
        WAITING, messages=(replace(ASKED, metadata={"from": "eve@elsewhere.example"}),)
    ),
    "sent_again": replace(AUTO, deliveries=(replace(AUTO.deliveries[0], author=AGENT),)),
    "machine_since": replace(
        AUTO,
        messages=(
            *AUTO.messages,
            b.message(
                seq=3,
                content="I am away until Monday.",
                created_at=AT + timedelta(minutes=25),
                metadata={"automatic": "out-of-office reply"},
            ),
        ),
    ),
    "earlier_trouble": replace(
        maya(Status.WAITING, c_turn=2, messages=(ASKED, AGAIN), draft=SECOND),
        deliveries=stuck(DeliveryState.FAILED, "Mailbox full").deliveries,
    ),
}
