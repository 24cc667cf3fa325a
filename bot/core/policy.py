"""The policy: what happens to a draft, and why. Pure, and in the order that the design fixes.

Pausing a channel stops automatic answers; it never hides an escalation, so the hard rules are read before it.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.core import speech, topics
from bot.core.context import Outcome as Looked
from bot.core.model import ASKS_BACK, Action, Case, Channel, Draft, Mode, Reason, Rules, Topic
from bot.core.optout import Keyword
from bot.core.teamwork.vips import is_vip
from bot.core.understanding import NOT_UNDERSTOOD

POLICY_VERSION = "2026-11.7"
MAX_CHASING = 3

_OPTED_OUT = Reason("opted_out", "Has texted STOP: nothing may be sent to this number")
_KEYWORDS = {
    Keyword.STOP: _OPTED_OUT,
    Keyword.START: Reason("opted_in", "Texted START: may be sent text messages again"),
    Keyword.HELP: Reason("help_keyword", "Texted HELP: the phone line has answered by itself"),
}
_ESCALATED_BEFORE = Reason("escalated_before", "Escalated before and not yet resolved")

RulesByChannel = Mapping[Channel, Rules]


@dataclass(frozen=True)
class Outcome:
    """What the policy says: the action and every reason for it, the strongest first."""

    action: Action
    reasons: tuple[Reason, ...]


def percent(share: float) -> str:
    """Write a share as people read it: 0.9 is `90 %`, 0.975 is `97.5 %`.

    Rounds down to a tenth, so that what is below a bound never reads as if it had reached it.
    """
    return f"{math.floor(share * 1000 + 1e-9) / 10:g} %"


def share_of(key: str, salt: str) -> float:
    """Map a key to a stable number in [0, 1), independent for each salt."""
    digest = hashlib.sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def decide(case: Case, draft: Draft, rules: Rules) -> Outcome:
    """Decide about the current draft of `case` under the rules of its channel."""
    ignored = unanswerable(case, rules)
    if ignored and case.conversation.escalated:
        return Outcome(Action.ESCALATE, (_ESCALATED_BEFORE, ignored))
    if ignored:
        return Outcome(Action.IGNORE, (ignored,))
    outcome = _decide(case, draft, rules)
    return _in_shadow(outcome) if rules.mode is Mode.SHADOW else outcome


def _in_shadow(outcome: Outcome) -> Outcome:
    """Record what would have happened; only an escalation still does."""
    kept = outcome.action if outcome.action is Action.ESCALATE else Action.IGNORE
    shadow = Reason("shadow", f"Shadow mode: nothing is proposed (it would have been: {outcome.action})")
    return Outcome(kept, (shadow, *outcome.reasons) if kept is Action.IGNORE else (*outcome.reasons, shadow))


def _decide(case: Case, draft: Draft, rules: Rules) -> Outcome:
    hard = tuple(_hard_reasons(case, draft, rules))
    if hard:
        return Outcome(Action.ESCALATE, hard)
    proposal = draft.proposal
    if not proposal.text:
        puzzles = tuple(Reason(f.name, f.text) for f in proposal.flags if f.name in NOT_UNDERSTOOD)
        return Outcome(Action.ESCALATE, puzzles or (Reason("no_answer", "No article answers this"),))
    # A question back is no answer that could be wrong: whoever has the queue sees at a glance whether to ask it.
    asks_back = any(flag.name == ASKS_BACK for flag in proposal.flags)
    if proposal.confidence < rules.escalation_floor and not asks_back:
        return Outcome(Action.ESCALATE, (_unsure(proposal.confidence, rules.escalation_floor),))
    soft = tuple(_soft_reasons(case, draft, rules))
    if soft:
        return Outcome(Action.REVIEW, soft)
    return Outcome(Action.SEND, tuple(_send_reasons(case, draft, rules)))


def unanswerable(case: Case, rules: Rules) -> Reason | None:
    """Return why nothing is to be drafted or decided for the newest messages, or None."""
    if rules.mode is Mode.OFF:
        return Reason("mode_off", f"Answering is switched off for {case.conversation.channel}")
    if case.blocked:
        return Reason("blocked", "This sender is blocked: nothing is answered")
    keyword = case.unanswered[-1].metadata.get("keyword") if case.unanswered else None
    if keyword in _KEYWORDS:
        return _KEYWORDS[keyword]
    if case.opted_out and case.conversation.channel is Channel.SMS:
        return _OPTED_OUT
    machine = case.unanswered[-1].automatic if case.unanswered else ""
    if machine:
        return Reason("automatic", f"Sent by a machine: {machine}")
    if topics.is_courtesy(m.content for m in case.unanswered) and not _wants_human(case):
        return Reason("courtesy", "Needs no answer: thanks only")
    return None


def _hard_reasons(case: Case, draft: Draft, rules: Rules) -> Iterable[Reason]:
    said = "\n".join(f"{m.metadata.get('subject', '')}\n{m.content}" for m in case.unanswered)
    found = topics.sensitive(said, topics.in_force(rules.topics, rules.words, rules.off))
    yield from found
    if speech.heard(case.unanswered).unread:
        yield Reason("unread_recording", "A voice message without a transcript: listen to the recording")
    if case.opted_out:
        yield Reason("opted_out", "Texted STOP, so no text message may answer this: call back")
    if _wants_human(case) and not any(reason.code == "wants_human" for reason in found):
        yield Reason("wants_human", "Asks for a person")
    if (
        sum(1 for m in case.messages if m.sender == "customer" and not m.automatic and not speech.is_aside(m))
        > rules.exchanges
    ):
        yield Reason("exchanges", f"More than {rules.exchanges} messages without a solution")
    if case.chasing >= MAX_CHASING:
        yield Reason("repeated_contact", f"{case.chasing} other open questions in 7 days")
    if case.conversation.escalated:
        yield _ESCALATED_BEFORE
    if is_vip(case.customer, rules.vips):
        yield Reason("vip", "A VIP: a person answers")
    yield from _hard_flags(draft, rules, {reason.code for reason in found})


def _hard_flags(draft: Draft, rules: Rules, named: Collection[str]) -> Iterable[Reason]:
    """Yield hard findings; a matter that a rule names already adds nothing, nor one whose rule is switched off.

    The file of rules switches off for good, managers until they switch it on again.
    """
    off = {topic.code for topic in topics.SHIPPED} - {topic.code for topic in rules.topics or topics.SHIPPED}
    silent = off.union(named, rules.off)
    yield from (Reason(f.name, f.text) for f in draft.proposal.flags if f.hard and f.name not in silent)


def _soft_reasons(case: Case, draft: Draft, rules: Rules) -> Iterable[Reason]:
    yield from (Reason(f.name, f.text) for f in draft.proposal.flags if not f.hard)
    yield from _too_often(case, rules)
    if rules.paused:
        yield Reason("paused", "Automatic answers are paused")
    yield from _not_alone(case)
    silent = [look.source for look in case.customer.looks if look.outcome is Looked.MISSING]
    if draft.proposal.facts and silent:
        yield Reason("record_missing", f"Speaks of the customer's record, and {silent[0]} gave no answer")
    if rules.mode is Mode.ASSIST:
        yield Reason("assist", f"Mode assist: a person sends on {case.conversation.channel}")
    if share_of(case.conversation.id, "rollout") >= rules.rollout:
        yield Reason("rollout", f"Outside the {percent(rules.rollout)} rollout")
    if draft.proposal.confidence < rules.threshold_of(draft.proposal):
        yield _unsure(draft.proposal.confidence, rules.threshold_of(draft.proposal))


def _not_alone(case: Case) -> Iterable[Reason]:
    """Yield why a person should look although the answer may be good."""
    if case.doubted is not None:
        yield Reason(
            "forged", f"The sender may be forged: {case.doubted.metadata.get('verdict', 'not proven')}"
        )
    if case.conversation.assignee:
        yield Reason("taken", "An agent has this conversation")
    others = {str(m.metadata.get("from", "")) for m in case.unanswered} - {"", case.conversation.address}
    if others:
        yield Reason("other_sender", f"Written from another address: {', '.join(sorted(others))}")
    attached = sum(len(m.metadata.get("attachments") or ()) for m in case.unanswered)
    if attached:
        yield Reason("attachments", f"{attached} attachment{'s'[: attached > 1]} nobody has read")


def _too_often(case: Case, rules: Rules) -> Iterable[Reason]:
    """Yield why no further answer may leave by itself: two robots may be writing to each other."""
    if case.answered_lately >= rules.per_hour:
        yield Reason("loop", f"{case.answered_lately} automatic answers to this address in an hour: a robot?")
    if case.in_a_row >= rules.in_a_row:
        yield Reason("in_a_row", f"{case.in_a_row} automatic answers in a row: a person looks at the next")


def held_back(case: Case, rules: Rules) -> Reason | None:
    """Return why an automatic answer that was decided, but has not left, must not leave any more."""
    for reason in _too_often(case, rules):
        return reason  # Many mails at once are all decided before the first of them is answered.
    if rules.paused:
        return Reason("paused", "Automatic answers are paused")
    if rules.mode is not Mode.AUTO:
        return Reason("mode", f"The mode was changed to {rules.mode}")
    if case.conversation.assignee:
        return Reason("taken", "An agent has this conversation")
    return None


def _send_reasons(case: Case, draft: Draft, rules: Rules) -> Iterable[Reason]:
    sure, bound = draft.proposal.confidence, rules.threshold_of(draft.proposal)
    yield Reason("sure", f"{percent(sure)} sure, sends by itself from {percent(bound)}")
    if share_of(f"{case.conversation.id}:{draft.turn}", "audit") < rules.audit_share:
        yield Reason("audit_sample", "Picked at random for a quality check")


def _unsure(confidence: float, bound: float) -> Reason:
    return Reason("confidence", f"{percent(confidence)} sure, below {percent(bound)}")


def _wants_human(case: Case) -> bool:
    return any(m.metadata.get("wants_human") for m in case.unanswered)


def default_rules(mode: Mode = Mode.ASSIST, topics: tuple[Topic, ...] = ()) -> dict[Channel, Rules]:
    """Return the rules of a new installation."""
    return {channel: Rules(mode=mode, topics=topics) for channel in Channel}
