"""Decisions that can be made again: what the policy read is on record, so that anybody can see that it said so.

Kept is what the policy reads and the conversation does not keep by itself: the rules in force, counts of that moment,
who had the conversation. The draft and the messages are kept anyway, and a digest tells whether they are what they
were. Whoever lets the policy read something more adds it here, or `tests/services/test_replay.py` fails.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.audit import AuditRow, is_tombstone
from bot.core.context import Look, Outcome
from bot.core.model import Case, Customer, Draft, Message, Mode, Rules, Topic
from bot.core.policy import POLICY_VERSION, decide
from bot.core.policy import Outcome as Decided
from bot.core.teamwork.vips import is_vip

BY_POLICY = "policy"
_NUMBERS = (
    *("auto_above", "escalate_below", "rollout", "audit_share", "in_a_row", "per_hour", "undo", "risk"),
    "exchanges",
)


@dataclass(frozen=True)
class Recorded:
    """A decision of the policy as it is on record: what was decided, by which version, from what."""

    decision: str
    draft: str
    turn: int
    at: datetime
    action: str
    reasons: tuple[str, ...]
    policy: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Replayed:
    """A decision made again. `trouble` says why that could not be; else `same` whether it came out as recorded.

    `today` is what today's rules and policy would decide, where that is something else.
    """

    recorded: Recorded
    same: bool = False
    again: tuple[str, tuple[str, ...]] | None = None
    today: tuple[str, tuple[str, ...]] | None = None
    trouble: str = ""

    @property
    def is_of_todays_policy(self) -> bool:
        """Whether the version that decided is the one that runs now: then it has to come out the same."""
        return self.recorded.policy == POLICY_VERSION


def inputs_of(case: Case, rules: Rules) -> dict[str, Any]:
    """Return what the policy reads, beside draft and messages, as JSON has values for it."""
    return {
        "rules": {name: getattr(rules, name) for name in _NUMBERS}
        | {"mode": rules.mode.value, "paused": rules.paused, "topics": digest_of_topics(rules.topics)}
        | {"words": list(rules.words), "off": list(rules.off), "stricter": dict(rules.stricter)},
        "messages": [[message.id, message.turn] for message in case.messages],
        "digest": digest_of(case.messages),
        "escalated": case.conversation.escalated,
        "assignee": case.conversation.assignee,
        "chasing": case.chasing,
        "answered_lately": case.answered_lately,
        "opted_out": case.opted_out,
        "vip": is_vip(case.customer, rules.vips),
        "looks": [[look.source, look.outcome.value] for look in case.customer.looks],
    }


def digest_of(messages: Sequence[Message]) -> str:
    """Return what changes when any of these messages does."""
    said = [[one.id, one.sender.value, one.author, one.content, dict(one.metadata)] for one in messages]
    return _digest(said)


def digest_of_topics(topics: Sequence[Topic]) -> str:
    """Return what changes when the rules that hand a matter to people do; "" for those that are shipped."""
    if not topics:
        return ""
    return _digest([[one.code, one.label, one.pattern.pattern, one.pattern.flags] for one in topics])


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def replay(
    recorded: Recorded, now: Case, draft: Draft, messages: Sequence[Message], rules: Rules
) -> Replayed:
    """Make a decision again, from its record and from the messages it names; `rules` are those of today."""
    if not recorded.inputs:
        return Replayed(recorded, trouble="an older version decided, and what it read is not on record")
    try:
        case = _restored(recorded, now, draft, messages)
        then = replace(_rules_of(recorded, rules), vips=_vips(recorded, case.customer))
    except (KeyError, TypeError, ValueError) as error:
        return Replayed(recorded, trouble=f"its record cannot be read ({type(error).__name__})")
    if digest_of(case.messages) != recorded.inputs["digest"]:
        return Replayed(recorded, trouble="its messages are not any more what they were")
    if recorded.inputs["rules"]["topics"] != digest_of_topics(then.topics):
        return Replayed(recorded, trouble="the topics that go to people are not any more what they were")
    again, today = _short(decide(case, draft, then)), _short(decide(case, draft, rules))
    same = again == (recorded.action, recorded.reasons)
    return Replayed(recorded, same, again, today if today != (recorded.action, recorded.reasons) else None)


def _restored(recorded: Recorded, now: Case, draft: Draft, messages: Sequence[Message]) -> Case:
    """Return the case as the policy saw it."""
    known, inputs = {message.id: message for message in messages}, recorded.inputs
    then = tuple(replace(known[name], turn=turn) for name, turn in inputs["messages"] if name in known)
    looks = tuple(Look(source, Outcome(outcome), recorded.at) for source, outcome in inputs["looks"])
    conversation = replace(
        now.conversation, turn=recorded.turn, escalated=inputs["escalated"], assignee=inputs["assignee"]
    )
    return replace(
        now,
        conversation=conversation,
        customer=replace(now.customer, looks=looks),
        messages=then,
        draft=draft,
        decisions=(),
        chasing=inputs["chasing"],
        answered_lately=inputs["answered_lately"],
        opted_out=inputs["opted_out"],
    )


def _rules_of(recorded: Recorded, today: Rules) -> Rules:
    """Return the rules of that time; the topics are those of today, if they are the same."""
    kept = recorded.inputs["rules"]
    topics = today.topics if kept["topics"] else ()
    numbers = {name: kept[name] for name in _NUMBERS if name in kept}  # Older versions read less.
    return Rules(
        mode=Mode(kept["mode"]),
        paused=kept["paused"],
        topics=topics,
        words=tuple(kept.get("words", ())),
        off=tuple(kept.get("off", ())),
        stricter=kept.get("stricter", {}),
        **numbers,
    )


def _vips(recorded: Recorded, customer: Customer) -> frozenset[str]:
    """Return who was a VIP, as far as it matters here: other customers' addresses are not put on record."""
    own = {one.strip().lower() for one in (customer.address, customer.email) if one}
    return frozenset(own if recorded.inputs.get("vip") else ())


def _short(decided: Decided) -> tuple[str, tuple[str, ...]]:
    return decided.action.value, tuple(reason.code for reason in decided.reasons)


def recorded_of(row: AuditRow) -> Recorded | None:
    """Read a row of the audit log; None for one that is no decision of the policy."""
    verb, _, decided = row.action.partition(".")
    payload = row.payload
    if verb != "decide" or row.actor != BY_POLICY or is_tombstone(row):
        return None
    return Recorded(
        decision=str(payload.get("decision")),
        draft=str(payload.get("draft")),
        turn=int(payload.get("turn") or 0),
        at=row.at,
        action=decided,
        reasons=tuple(map(str, payload.get("reasons") or ())),
        policy=str(payload.get("policy")),
        inputs=payload.get("inputs") or {},
    )
