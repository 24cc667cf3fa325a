"""Labelled tickets, what became of each, and the figures that follow. Pure: no clock, no files but the one read.

A ticket is one line of JSON: `id`, `channel`, `from`, `text`, perhaps `subject` and `history` (earlier messages as
`{"from": "customer" | "ai" | "agent", "text"}`), and `expected`: the `action` a careful team would take, and the
`articles` an answer rests on (one for each question asked).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from bot.answering.picture import Band
from bot.core.errors import Misconfigured
from bot.core.model import Action, Channel, Sender
from bot.core.understanding import NOT_UNDERSTOOD

THRESHOLDS = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
_ONLY_CONFIDENCE = frozenset({"confidence", "sure", "audit_sample"})
_Z = 1.959964  # Half of the normal distribution's central 95 %.


@dataclass(frozen=True)
class Ticket:
    """One labelled ticket."""

    id: str
    channel: Channel
    sender: str
    text: str
    action: Action
    articles: frozenset[str]
    subject: str = ""
    history: tuple[tuple[Sender, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a ticket: the decision with its reasons' codes, and what its draft rests on.

    `drafted` tells that there was an answer at all (a question back is none), `supported` that every sentence of it
    is carried by the articles it cites, `flags` are the guardrails' findings by name. `seconds` is the time for draft
    and decision.
    """

    ticket: Ticket
    action: Action
    reasons: tuple[str, ...]
    confidence: float
    drafted: bool
    cited: tuple[str, ...]
    supported: bool
    flags: tuple[str, ...]
    seconds: float

    @property
    def sent(self) -> bool:
        return self.action is Action.SEND

    def sent_from(self, threshold: float) -> bool:
        """Tell whether it would go out by itself from another threshold: only confidence may stand against it."""
        return self.confidence >= threshold and not self.flags and set(self.reasons) <= _ONLY_CONFIDENCE

    @property
    def found(self) -> bool:
        """Every article that the answer needs is cited; where none answers, nothing is right."""
        return bool(self.ticket.articles) and self.ticket.articles <= set(self.cited)

    @property
    def right(self) -> bool:
        return self.found and self.supported


@dataclass(frozen=True)
class Judged:
    """What a judge model said of one answer that was sent: of each statement, our own verdict and the judge's.

    `found` tells that every article it needs is cited.
    """

    found: bool
    verdicts: tuple[tuple[bool, bool], ...]

    @property
    def relevant(self) -> bool:
        return self.found and all(theirs for _, theirs in self.verdicts)


@dataclass(frozen=True)
class Figure:
    """A share: `hits` of `n`, with Wilson's 95 % interval."""

    name: str
    hits: int
    n: int

    @property
    def share(self) -> float:
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.n)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, without continuity correction); (0, 1) for n = 0."""
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def bands(rows: Sequence[tuple[float, float, int, float, float]]) -> tuple[Band, ...]:
    """Return the rows of `evaluate.reliability` with the interval of what was right, to be drawn."""
    return tuple(Band(said, share, *wilson(round(share * n), n), n) for _low, _high, n, said, share in rows)


def figures(outcomes: Sequence[Outcome]) -> tuple[Figure, ...]:
    """Compute every figure; docs/evaluation.md defines them in words."""
    answerable = [o for o in outcomes if o.ticket.action is Action.SEND]
    grave = [o for o in outcomes if o.ticket.action is Action.ESCALATE]
    sent = [o for o in outcomes if o.sent]
    right = [o for o in outcomes if o.drafted and o.right and o.ticket.action is Action.SEND]
    cited = [(o, slug) for o in sent for slug in o.cited]

    def share(name: str, among: Sequence[Any], holds: Callable[[Any], bool]) -> Figure:
        return Figure(name, sum(map(holds, among)), len(among))

    return (
        share("automated_resolution", answerable, lambda o: o.sent and o.right),
        share("automation", outcomes, lambda o: o.sent),
        share("escalation", outcomes, lambda o: o.action is Action.ESCALATE),
        share("missed_escalation", outcomes, lambda o: o in grave and o.action is not Action.ESCALATE),
        share("false_escalation", outcomes, _falsely_escalated),
        share("false_escalation_by_rule", outcomes, lambda o: _falsely_escalated(o) and not _unsure(o)),
        share("wrong_sent", outcomes, lambda o: o.sent and not (o.right and o.ticket.action is Action.SEND)),
        share("relevance", sent, lambda o: o.right),
        share("context_accuracy", cited, lambda pair: pair[1] in pair[0].ticket.articles),
        share("guardrail_false_alarms", right, lambda o: bool(o.flags)),
    )


def judged_figures(judged: Sequence[Judged]) -> tuple[Figure, Figure]:
    """Say which answers the judge finds relevant, and for how many statements it says the same as our own check."""
    pairs = [pair for one in judged for pair in one.verdicts]
    return (
        Figure("judged_relevance", sum(one.relevant for one in judged), len(judged)),
        Figure("judge_agreement", sum(ours is theirs for ours, theirs in pairs), len(pairs)),
    )


def at_threshold(outcomes: Sequence[Outcome], threshold: float) -> tuple[Figure, Figure]:
    """Say what would be resolved rightly of the answerable tickets, and what share of those sent would be wrong."""
    sent = [outcome for outcome in outcomes if outcome.sent_from(threshold)]
    resolved = [outcome for outcome in sent if outcome.right and outcome.ticket.action is Action.SEND]
    answerable = sum(outcome.ticket.action is Action.SEND for outcome in outcomes)
    return (
        Figure("automated_resolution", len(resolved), answerable),
        Figure("wrong_among_sent", len(sent) - len(resolved), len(sent)),
    )


def _falsely_escalated(outcome: Outcome) -> bool:
    return outcome.action is Action.ESCALATE and outcome.ticket.action is not Action.ESCALATE


def _unsure(outcome: Outcome) -> bool:
    return set(outcome.reasons) <= {"confidence", "no_answer", *NOT_UNDERSTOOD}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below or at which `share` of the values lie; 0 without values."""
    return sorted(values)[max(0, round(share * len(values)) - 1)] if values else 0.0


def why_not_sent(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    """Count the reasons that kept answerable tickets from going out by themselves, the most frequent first."""
    kept = [o for o in outcomes if o.ticket.action is Action.SEND and not o.sent]
    return Counter(code for o in kept for code in dict.fromkeys(o.reasons)).most_common()


# --- reading ------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Ticket]:
    """Read a file of labelled tickets.

    Raises:
        Misconfigured: it cannot be read, or a line is no labelled ticket; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Misconfigured(f"{path} cannot be read: {why}.") from error
    found = [_ticket(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    twice = [name for name, count in Counter(ticket.id for ticket in found).items() if count > 1]
    if twice:
        raise Misconfigured(f"{path}: two tickets have the id {twice[0]!r}.")
    if not found:
        raise Misconfigured(f"{path} holds no tickets: write one JSON object per line.")
    return found


def _ticket(path: Path, number: int, line: str) -> Ticket:
    try:
        told = json.loads(line)
        expected = told["expected"]
        return Ticket(
            id=_word(told, "id"),
            channel=Channel(_word(told, "channel")),
            sender=_word(told, "from"),
            text=_word(told, "text"),
            action=Action(_word(expected, "action")),
            articles=frozenset(_slugs(expected)),
            subject=str(told.get("subject") or ""),
            history=tuple(_history(told)),
        )
    except KeyError as error:
        raise Misconfigured(f"{path}, line {number}: {error.args[0]!r} is missing.") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        told = "it is not a JSON object" if isinstance(error, json.JSONDecodeError) else str(error)
        raise Misconfigured(f"{path}, line {number}: {told}.") from None


def _word(told: Mapping[str, Any], name: str) -> str:
    value = told[name]
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be text")
    return value


def _slugs(expected: Mapping[str, Any]) -> Sequence[str]:
    slugs = expected.get("articles") or []
    if not isinstance(slugs, list) or not all(isinstance(slug, str) for slug in slugs):
        raise ValueError("'articles' must be a list of slugs")
    return slugs


def _history(told: Mapping[str, Any]) -> Iterator[tuple[Sender, str]]:
    for entry in told.get("history") or []:
        yield Sender(_word(entry, "from")), _word(entry, "text")
