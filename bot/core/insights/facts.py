"""What is true of one conversation, as far as it is measured: everything that is counted is decided here, once.

A conversation is summed up in one `CaseFacts` and one `TurnFacts` for each turn in which a person wrote. They follow
from its history alone, so that they can be made anew at any time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest

from bot.core import topics
from bot.core.insights.edits import changed_share
from bot.core.insights.office import NO_OFFICE, Office
from bot.core.model import (
    Action,
    Channel,
    Conversation,
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Message,
    Rating,
    Sender,
    Verdict,
)

HELD = timedelta(hours=72)  # Whoever does not come back for so long had their answer.
DURABLE = timedelta(days=7)
LONGEST_NAME = 200  # An index of a database takes no longer ones.
QUARTERS = 4  # Of an hour.
_QUARTER = 900  # Seconds: every time zone's days begin with one.
_LOST = frozenset({DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.BOUNCED})


class Sent(StrEnum):
    """How the answer of a turn came about."""

    ALONE = "alone"  # by itself
    APPROVED = "approved"  # a person sent the draft as it was
    EDITED = "edited"  # a person changed the draft
    OWN = "own"  # a person wrote it


@dataclass(frozen=True)
class History:
    """All that happened to one conversation.

    `resolved_at` are the moments when somebody closed it; `next_contact_at` is when its customer began another
    conversation after its newest answer.
    """

    conversation: Conversation
    messages: Sequence[Message]
    drafts: Sequence[Draft] = ()
    decisions: Sequence[Decision] = ()
    deliveries: Sequence[Delivery] = ()
    verdicts: Sequence[Verdict] = ()
    rating: Rating | None = None
    resolved_at: Sequence[datetime] = ()
    next_contact_at: datetime | None = None


@dataclass(frozen=True)
class CaseFacts:
    """One conversation, summed up. `quarter` counts quarters of an hour since 1970; times are seconds, see `rounded`.

    `asked` says that a person wrote, and not only machines. `automated` and `durable` are defined in
    `bot.core.insights.measures`, as is everything else. `hours` says by which business hours it was summed up.
    """

    conversation_id: str
    version: int
    channel: Channel
    quarter: int
    begun_at: datetime
    asked: bool
    answered: bool
    automated: bool
    durable: bool
    escalated: bool
    reopened: bool
    repeated: bool
    ended_quarter: int | None
    resolution_s: int | None
    resolution_open_s: int | None
    score: int | None
    hours: str


@dataclass(frozen=True)
class TurnFacts:
    """One turn, summed up; `quarter` is when the customer began to wait.

    `action`, `reason` (the code of the strongest), `confidence` (in thousandths) and `article` (the first source's)
    are the policy's decision's. `wait_s` is None without an answer. `edit` is the share of words that an agent
    changed, in thousandths. `good` is an agent's verdict. `missed` says that it went out by itself, and that a person
    should have seen it.
    """

    conversation_id: str
    turn: int
    channel: Channel
    quarter: int
    first: bool
    action: Action | None
    reason: str
    confidence: int | None
    article: str
    sent: Sent | None
    agent: str
    wait_s: int | None
    wait_open_s: int | None
    approval_s: int | None
    approval_open_s: int | None
    edit: int | None
    good: bool | None
    missed: bool


def quarter_of(moment: datetime) -> int:
    """Return the number of the quarter of an hour since 1970 that a moment lies in."""
    return int(moment.timestamp()) // _QUARTER


def quarter_begins(quarter: int) -> datetime:
    """Return when a quarter of an hour since 1970 begins."""
    return datetime.fromtimestamp(quarter * _QUARTER, UTC)


def hour_of(moment: datetime) -> int:
    """Return the number of the hour since 1970 that a moment lies in."""
    return quarter_of(moment) // QUARTERS


def moment_of(hour: int) -> datetime:
    """Return when an hour since 1970 begins."""
    return quarter_begins(hour * QUARTERS)


def case_facts(history: History, office: Office = NO_OFFICE) -> CaseFacts:
    """Sum up a conversation, its times also in business hours."""
    conversation, answers, asked = history.conversation, _answers(history), _asked(history)
    ended_at = answers[-1].created_at if answers else None
    settled = bool(asked) and ended_at is not None and not _waits(history)
    alone = settled and not _touched(history) and not _lost(history)
    back = _back_after(history, ended_at)
    # Messages that people merged in may be older than the conversation in which they stand now.
    began = min([conversation.created_at, *(m.created_at for m in history.messages)])
    resolved = office.times(conversation.channel, began, ended_at) if ended_at and settled else (None, None)
    return CaseFacts(
        conversation_id=conversation.id,
        version=conversation.version,
        channel=conversation.channel,
        quarter=quarter_of(began),
        begun_at=began,
        asked=bool(asked),
        answered=bool(answers),
        automated=alone and (back is None or back > HELD),
        durable=alone and (back is None or back > DURABLE),
        escalated=conversation.escalated or any(d.action is Action.ESCALATE for d in history.decisions),
        reopened=next(_reopenings(history), None) is not None,
        repeated=(gap := _gap(history, ended_at)) is not None and gap <= HELD,
        ended_quarter=quarter_of(ended_at) if ended_at is not None else None,
        resolution_s=resolved[0],
        resolution_open_s=resolved[1],
        score=history.rating.score if history.rating else None,
        hours=office.stamp,
    )


def turn_facts(history: History, office: Office = NO_OFFICE) -> tuple[TurnFacts, ...]:
    """Sum up each turn in which a person wrote."""
    began: dict[int, datetime] = {}
    for message in _asked(history):
        began.setdefault(message.turn, message.created_at)
    replies = dict(_replies(history, began))
    turns = [_turn(history, turn, at, replies.get(turn), office) for turn, at in sorted(began.items())]
    after = [one.turn for one in turns[1:]]
    return tuple(
        replace(one, missed=_missed(history, one, following))
        for one, following in zip_longest(turns, after)
        if one is not None
    )


@dataclass(frozen=True)
class _Reply:
    """The first answer to a turn, and since when it was waited for."""

    message: Message
    since: datetime
    first: bool


def _replies(history: History, began: dict[int, datetime]) -> Iterator[tuple[int, _Reply]]:
    """Yield which answer ended which turn's waiting; one that nobody had asked for ends none."""
    answered = 0
    for message in _answers(history):
        waiting = [at for turn, at in began.items() if answered < turn <= message.turn]
        if waiting and message.turn in began:
            yield message.turn, _Reply(message, min(waiting), first=answered == 0)
        answered = max(answered, message.turn)


def _turn(history: History, turn: int, began: datetime, reply: _Reply | None, office: Office) -> TurnFacts:
    decided = next((d for d in reversed(history.decisions) if d.turn == turn and d.actor is None), None)
    draft = _draft(history, decided.draft_id) if decided else None
    sending = _sending(history, reply.message) if reply else None
    sent = _sent(history, reply.message, sending) if reply else None
    proposal, channel = draft.proposal if draft else None, history.conversation.channel
    waited = office.times(channel, reply.since, reply.message.created_at) if reply else (None, None)
    reviewed = _reviewed(decided, sending)
    approval = office.times(channel, *reviewed) if reviewed else (None, None)
    return TurnFacts(
        conversation_id=history.conversation.id,
        turn=turn,
        channel=channel,
        quarter=quarter_of(reply.since if reply else began),
        first=reply.first if reply else turn == _asked(history)[0].turn,
        action=decided.action if decided else None,
        reason=decided.reasons[0].code if decided and decided.reasons else "",
        confidence=int(proposal.confidence * 1000) if proposal and proposal.text else None,
        article=proposal.sources[0].slug[:LONGEST_NAME] if proposal and proposal.sources else "",
        sent=sent,
        agent=reply.message.author[:LONGEST_NAME] if reply and sent is not Sent.ALONE else "",
        wait_s=waited[0],
        wait_open_s=waited[1],
        approval_s=approval[0],
        approval_open_s=approval[1],
        edit=_edit(history, sent, sending),
        good=next((v.good for v in history.verdicts if _turn_of(history, v) == turn), None),
        missed=False,
    )


def _missed(history: History, turn: TurnFacts, following: int | None) -> bool:
    """Tell whether what went out by itself should have been a person's: judged wrong, or soon taken to one."""
    if turn.sent is not Sent.ALONE:
        return False
    soon = {turn.turn, following}
    return turn.good is False or any(_calls_for_a_person(d) for d in history.decisions if d.turn in soon)


def _calls_for_a_person(decision: Decision) -> bool:
    by_hand = decision.actor is not None
    return decision.action is Action.ESCALATE and (
        by_hand or any(reason.code == "wants_human" for reason in decision.reasons)
    )


def _asked(history: History) -> list[Message]:
    return [m for m in history.messages if m.sender is Sender.CUSTOMER and not m.automatic]


def _answers(history: History) -> list[Message]:
    return [m for m in history.messages if m.sender is not Sender.CUSTOMER]


def _waits(history: History) -> bool:
    """Tell whether the customer still waits for an answer; a word of thanks wants none."""
    answered = max((m.turn for m in _answers(history)), default=0)
    newer = [m.content for m in _asked(history) if m.turn > answered]
    return bool(newer) and not topics.is_courtesy(newer)


def _touched(history: History) -> bool:
    """Tell whether a person had a hand in it. To close it, to judge it or to note something is none."""
    escalated = history.conversation.escalated or any(d.action is Action.ESCALATE for d in history.decisions)
    return (
        escalated
        or history.conversation.assignee is not None
        or any(d.actor is not None for d in history.decisions)
        or any(m.sender is Sender.AGENT or _resent(m) for m in _answers(history))
    )


def _resent(message: Message) -> bool:
    return message.sender is Sender.AI and bool(message.author)


def _lost(history: History) -> bool:
    return bool(history.deliveries) and history.deliveries[-1].state in _LOST


def _back_after(history: History, ended_at: datetime | None) -> timedelta | None:
    """Return how soon the customer was back, after the newest answer or after it was closed; None for never."""
    gaps = [*_reopenings(history), *filter(None, [_gap(history, ended_at)])]
    return min(gaps, default=None)


def _gap(history: History, ended_at: datetime | None) -> timedelta | None:
    if ended_at is None or history.next_contact_at is None:
        return None
    return history.next_contact_at - ended_at


def _reopenings(history: History) -> Iterator[timedelta]:
    """Yield how long after each closing the customer wrote again, where more than thanks came."""
    said = [m for m in _asked(history) if not topics.is_courtesy([m.content])]
    for closed in history.resolved_at:
        yield from (m.created_at - closed for m in said if m.created_at > closed)


def _draft(history: History, draft_id: str) -> Draft | None:
    return next((d for d in history.drafts if d.id == draft_id), None)


def _turn_of(history: History, verdict: Verdict) -> int | None:
    draft = _draft(history, verdict.draft_id)
    return draft.turn if draft else None


@dataclass(frozen=True)
class _Sending:
    delivery: Delivery
    decision: Decision


def _sending(history: History, message: Message) -> _Sending | None:
    """Find what led to a message: its row in the send ledger, and the decision behind it."""
    row = next((d for d in history.deliveries if d.id == message.metadata.get("delivery")), None)
    decided = next((d for d in history.decisions if row and d.id == row.decision_id), None)
    return _Sending(row, decided) if row and decided else None


def _sent(history: History, message: Message, sending: _Sending | None) -> Sent:
    if message.sender is Sender.AI and not message.author:
        return Sent.ALONE
    codes = {reason.code for reason in sending.decision.reasons} if sending else set()
    if sending and "edited" in codes:
        return Sent.APPROVED if _as_drafted(history, sending.delivery) else Sent.EDITED
    return Sent.APPROVED if "approved" in codes or message.sender is Sender.AI else Sent.OWN


def _as_drafted(history: History, delivery: Delivery) -> bool:
    """Tell whether somebody opened a draft to edit it and sent it as it was, as the card tells it."""
    draft = _draft(history, delivery.draft_id)
    return draft is not None and draft.proposal.text.strip() == delivery.text.strip()


def _reviewed(decided: Decision | None, sending: _Sending | None) -> tuple[datetime, datetime] | None:
    """Return from when to when a proposal lay before a person decided what to send."""
    if decided is None or sending is None or sending.decision.actor is None:
        return None
    if decided.action is not Action.REVIEW:
        return None
    return decided.created_at, sending.decision.created_at


def _edit(history: History, sent: Sent | None, sending: _Sending | None) -> int | None:
    if sent is Sent.APPROVED:
        return 0
    draft = _draft(history, sending.delivery.draft_id) if sending and sent is Sent.EDITED else None
    if sending is None or draft is None:
        return None
    return int(1000 * changed_share(draft.proposal.text, sending.delivery.text))
