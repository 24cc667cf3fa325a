"""The day in figures: from what reached the customers, what agents pressed, and what the app asked of Slack."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sandbox.day.talk import Talk
from sandbox.wire import Record

QUARTERS = 4
DEEDS = ("approve", "edit", "reply", "escalated")
_SATISFIED = 4


@dataclass
class SlackCalls:
    """What the app called, by method, and by the conversation it was about ("" where it was about none).

    `kinds` counts by conversation and kind: the card, the escalation's post or the thread, posted or changed.
    Windows are counted apart: each answers a press, so that they take nothing from what Slack allows for cards.
    """

    by_method: Counter[str] = field(default_factory=Counter)
    by_conversation: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    windows: Counter[str] = field(default_factory=Counter)
    limited: int = 0


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share of values does not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def report(talks: Sequence[Talk], calls: SlackCalls, speed: float, seconds: float) -> Record:
    """Sum the day up. `seconds` of the world it took; times by agents are minutes of the day."""
    written = [talk for talk in talks if talk.wrote_at is not None]
    asked = [talk for talk in written if talk.ticket.expects_an_answer]
    alone = [talk for talk in asked if talk.by_itself is not None]
    helped = [talk for talk in asked if talk.by_agent is not None]
    return {
        "conversations": len(written),
        "by_channel": dict(Counter(talk.ticket.channel for talk in written)),
        "seconds": round(seconds, 1),
        "speed": speed,
        "automated_resolution": _share(sum(talk.resolved_by_itself for talk in asked), len(asked)),
        "automated_resolution_by_quarter": _by_quarter(asked),
        "answered_by_itself": _share(len(alone), len(asked)),
        "right_by_itself": _share(sum(talk.is_right for talk in alone), len(alone)),
        "answered_by_agents": len(helped),
        "answer_seconds_by_itself": _spread([_waited(talk) for talk in alone]),
        "answer_minutes_by_agents": _spread([_agent_waited(talk) * speed / 60 for talk in helped]),
        "answer_seconds_by_agents": _spread([_agent_waited(talk) for talk in helped]),
        "escalations": {
            "by_policy": sum(talk.escalated_by_policy for talk in written),
            "by_agents": sum(talk.escalated_by_agent for talk in written),
        },
        "wrote_again": sum(talk.wrote_again for talk in written),
        "csat": _csat([talk.score for talk in written if talk.score is not None]),
        "clicks": _clicks(written, helped),
        "refused_presses": dict(Counter(word for talk in written for word in talk.refusals)),
        "by_deed": {deed: _deed(deed, helped, calls) for deed in DEEDS},
        "slack_calls": _slack(written, alone, helped, calls),
        "problems": problems(talks),
    }


def problems(talks: Iterable[Talk]) -> list[str]:
    """Say what should not have happened, a sentence each."""
    found = []
    for talk in talks:
        said = f"{talk.ticket.id} ({talk.ticket.channel})"
        if talk.trouble:
            found.append(f"{said}: {talk.trouble}")
        elif talk.wrote_at is None:
            found.append(f"{said} was never written.")
        elif talk.card is None:
            found.append(f"{said} has no card in Slack.")
        elif not talk.is_over:
            found.append(f"{said} was left without an answer.")
        if talk.doubled:
            found.append(f"{said} got the same answer twice.")
    return found


def _waited(talk: Talk) -> float:
    assert talk.by_itself is not None and talk.wrote_at is not None  # noqa: S101, PT018
    return talk.by_itself.at - talk.wrote_at


def _agent_waited(talk: Talk) -> float:
    assert talk.by_agent is not None and talk.wrote_at is not None  # noqa: S101, PT018
    return talk.by_agent.at - talk.wrote_at


def _share(part: int, whole: int) -> Record:
    return {"n": part, "of": whole, "share": round(part / whole, 4) if whole else None}


def _spread(values: Sequence[float]) -> Record:
    p50, p90 = quantile(values, 0.5), quantile(values, 0.9)
    return {
        "n": len(values),
        "p50": None if p50 is None else round(p50, 2),
        "p90": None if p90 is None else round(p90, 2),
    }


def _by_quarter(asked: Sequence[Talk]) -> list[Record]:
    ordered = sorted(asked, key=lambda talk: talk.ticket.minute)
    cuts = [round(len(ordered) * number / QUARTERS) for number in range(QUARTERS + 1)]
    parts = [ordered[start:end] for start, end in pairwise(cuts)]
    return [_share(sum(talk.resolved_by_itself for talk in part), len(part)) for part in parts]


def _csat(scores: Sequence[int]) -> Record:
    return {
        "n": len(scores),
        "mean": round(sum(scores) / len(scores), 2) if scores else None,
        "satisfied": _share(sum(score >= _SATISFIED for score in scores), len(scores)),
    }


def _clicks(written: Sequence[Talk], helped: Sequence[Talk]) -> Record:
    total = sum(talk.clicks for talk in written)
    return {
        "total": total,
        "per_conversation": _mean(total, len(written)),
        "per_conversation_with_an_agent": _mean(sum(talk.clicks for talk in helped), len(helped)),
        "to_answer": _mean(sum(talk.clicks_to_answer for talk in helped), len(helped)),
    }


def _deed(deed: str, helped: Sequence[Talk], calls: SlackCalls) -> Record:
    """Say what it takes to answer in this way, and how soon after the last press the customer has it."""
    done = [talk for talk in helped if _how(talk) == deed]
    plain = [talk for talk in done if talk.is_one_question_and_answer]
    return {
        "n": len(done),
        "clicks_to_answer": _mean(sum(talk.clicks_to_answer for talk in done), len(done)),
        "slack_calls": _calls(done, calls),
        "slack_calls_by_kind": _kinds(done, calls),
        "no_more_than_an_answer": {"n": len(plain), "slack_calls": _calls(plain, calls)},
        "slack_calls_to_answer": _mean(sum(talk.slack_calls_to_answer for talk in done), len(done)),
        "windows": _mean(sum(calls.windows[talk.conversation] for talk in done), len(done)),
        "seconds_to_the_customer": _spread([found for talk in done if (found := _way(talk)) is not None]),
    }


def _calls(talks: Sequence[Talk], calls: SlackCalls) -> float | None:
    return _mean(sum(calls.by_conversation[talk.conversation] for talk in talks), len(talks))


def _kinds(talks: Sequence[Talk], calls: SlackCalls) -> Record:
    """Return the mean number of calls a conversation, by kind."""
    about = {talk.conversation for talk in talks}
    found: Counter[str] = Counter()
    for (conversation, kind), number in calls.kinds.items():
        found[kind] += number if conversation in about else 0
    return {kind: _mean(number, len(about)) for kind, number in found.most_common() if number}


def _how(talk: Talk) -> str:
    """Return how an agent answered; what was escalated stands in two Slack channels, and is counted apart."""
    return "escalated" if talk.escalated_by_policy or talk.escalated_by_agent else talk.answered_how


def _way(talk: Talk) -> float | None:
    """Return the seconds from an agent's last press to the arrival, where that press is what sent it."""
    if talk.agent_sends_at is None or talk.by_agent is None or talk.by_agent.at < talk.agent_sends_at:
        return None
    return talk.by_agent.at - talk.agent_sends_at


def _slack(
    written: Sequence[Talk], alone: Sequence[Talk], helped: Sequence[Talk], calls: SlackCalls
) -> Record:
    by = calls.by_conversation
    only_alone = [talk for talk in alone if talk.by_agent is None and not talk.clicks]
    total = calls.by_method.total()
    return {
        "total": total,
        "per_conversation": _mean(total, len(written)),
        "per_conversation_by_itself": _mean(sum(by[t.conversation] for t in only_alone), len(only_alone)),
        "per_conversation_with_an_agent": _calls(helped, calls),
        "by_kind_with_an_agent": _kinds(helped, calls),
        "refused_by_limits": calls.limited,
        "by_method": dict(calls.by_method.most_common()),
    }


def _mean(total: float, number: int) -> float | None:
    return round(total / number, 2) if number else None
