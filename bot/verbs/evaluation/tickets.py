"""`threadpilot eval tickets`: labelled tickets through answerer, guardrails and policy, as in mode auto."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bot.answering import guardrails
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.evaluate import reliability, risk_coverage
from bot.answering.knowledge import Library, load_articles
from bot.answering.picture import Bar, Drawn, svg
from bot.answering.tickets import (
    THRESHOLDS,
    Figure,
    Judged,
    Outcome,
    Ticket,
    at_threshold,
    bands,
    figures,
    judged_figures,
    percentile,
    read,
    why_not_sent,
)
from bot.answering.vectors import Vectors
from bot.core.errors import Misconfigured
from bot.core.model import (
    ASKS_BACK,
    Action,
    Case,
    Channel,
    Conversation,
    Customer,
    Draft,
    Message,
    Mode,
    Proposal,
    Rules,
    Sender,
    Status,
)
from bot.core.policy import decide
from bot.core.ports.answering import Answerer
from bot.core.topics import SHIPPED
from bot.services.drafting import propose
from integrations.email.parse import parse
from integrations.llm.judge import Judge

BRAND = "Northwind"
AIMS = {
    "automated_resolution": 0.7,
    "missed_escalation": 0.01,
    "false_escalation": 0.03,
    "relevance": 0.94,
    "context_accuracy": 0.97,
    "guardrail_false_alarms": 0.02,
}
_MATTERS = {topic.code for topic in SHIPPED}
_IN_WORDS = {
    "automated_resolution": "answerable tickets resolved by themselves, rightly",
    "automation": "tickets answered by themselves",
    "escalation": "tickets escalated",
    "missed_escalation": "should be escalated and were not",
    "false_escalation": "escalated without need",
    "false_escalation_by_rule": "  of these by a rule, not for lack of confidence",
    "wrong_sent": "answered by themselves and should not, or wrongly",
    "relevance": "answers sent: right article, every sentence supported",
    "context_accuracy": "articles cited in answers sent: right ones",
    "guardrail_false_alarms": "right answers that a guardrail stopped",
    "judged_relevance": "answers sent: right article, every statement supported, says the judge",
    "judge_agreement": "statements of which the judge says the same as our own check",
}


@dataclass(frozen=True)
class Report:
    """The outcome of every ticket at one threshold; `judged` is what a judge said of the answers sent, if asked."""

    threshold: float
    outcomes: tuple[Outcome, ...]
    judged: tuple[Judged, ...] | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (*figures(self.outcomes), *(judged_figures(self.judged) if self.judged is not None else ()))

    def as_json(self) -> str:
        """Return one JSON object: each figure with its n and interval, latency, counts, and every ticket."""
        seconds = [outcome.seconds for outcome in self.outcomes]
        told = {
            "n": len(self.outcomes),
            "threshold": self.threshold,
            **{figure.name: _figure(figure) for figure in self.figures},
            "latency_ms": {
                name: round(percentile(seconds, share) * 1000, 2)
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            },
            "actions": {
                expected: {str(action): self._count(expected, action) for action in Action}
                for expected in Action
            },
            "by_threshold": {
                str(threshold): {
                    figure.name: _figure(figure) for figure in at_threshold(self.outcomes, threshold)
                }
                for threshold in THRESHOLDS
            },
            "why_not_sent": dict(why_not_sent(self.outcomes)),
            "flags": dict(Counter(flag for outcome in self.outcomes for flag in outcome.flags)),
            "tickets": [_ticket(outcome) for outcome in self.outcomes],
        }
        return json.dumps(told, ensure_ascii=False)

    def as_text(self) -> str:
        """Return the same for people, without the single tickets."""
        seconds = [outcome.seconds for outcome in self.outcomes]
        lines = [f"{len(self.outcomes)} tickets, sends by itself from {self.threshold:g}", ""]
        lines += [_line(figure) for figure in self.figures]
        times = (f"{percentile(seconds, share) * 1000:.1f}" for share in (0.5, 0.95, 0.99))
        lines += ["latency in ms, p50 p95 p99: " + " ".join(times), ""]
        lines.append(f"{'a careful team would':<22}{'n':>5}" + "".join(f"{action:>10}" for action in Action))
        for expected in Action:
            counts = [self._count(expected, action) for action in Action]
            lines.append(f"{expected:<22}{sum(counts):>5}" + "".join(f"{count:>10}" for count in counts))
        lines += ["", "other thresholds: resolved rightly, wrong among the sent"]
        lines += [_sweep(threshold, *at_threshold(self.outcomes, threshold)) for threshold in THRESHOLDS]
        kept = ", ".join(f"{code} {count}" for code, count in why_not_sent(self.outcomes))
        return "\n".join([*lines, "", f"why answerable tickets were not sent: {kept or 'all were'}"])

    def as_picture(self) -> str:
        """Return an SVG: the figures, how far confidence is true, and what sending more would cost.

        The two diagrams are about answers that nothing but confidence could hold back.
        """
        open_ones = [o for o in self.outcomes if o.sent_from(0)]
        confidences = [o.confidence for o in open_ones]
        right = [o.right and o.ticket.action is Action.SEND for o in open_ones]
        share = len(open_ones) / len(self.outcomes)
        return svg(
            Drawn(
                f"{len(self.outcomes)} tickets, sent by themselves from {self.threshold:.0%}",
                tuple(_bar(figure) for figure in self.figures),
                bands(reliability(confidences, right)),
                [(sent * share, wrong) for sent, wrong in risk_coverage(confidences, right)],
            )
        )

    def _count(self, expected: Action, action: Action) -> int:
        return sum(o.ticket.action is expected and o.action is action for o in self.outcomes)


async def evaluate(
    path: Path, articles: Path, threshold: float, vectors: Vectors, judge: Judge | None = None
) -> Report:
    """Put every ticket of a file through the pipeline, one after the other; `judge` reads what was sent.

    Raises:
        Misconfigured: the file or the folder of articles cannot be used.
        Unavailable: the judge does not answer.
    """
    tickets = await asyncio.to_thread(read, path)
    library = await asyncio.to_thread(load_articles, articles)
    if not library.articles:
        raise Misconfigured(f"{articles} holds no articles: name their folder with --articles.")
    answerer = await EmbeddedAnswerer.build(library, brand=BRAND, vectors=vectors)
    rules = Rules(mode=Mode.AUTO, auto_above=threshold)
    done = [await _put_through(answerer, library, one, rules) for one in tickets]
    outcomes = tuple(outcome for outcome, _ in done)
    if judge is None:
        return Report(threshold, outcomes)
    sent = [(outcome, proposal) for outcome, proposal in done if outcome.sent]
    judged = [await _judge(judge, outcome, proposal, library) for outcome, proposal in sent]
    return Report(threshold, outcomes, tuple(judged))


async def outcome(answerer: Answerer, library: Library, ticket: Ticket, rules: Rules) -> Outcome:
    """Draft and decide on one ticket."""
    return (await _put_through(answerer, library, ticket, rules))[0]


async def _judge(judge: Judge, outcome: Outcome, proposal: Proposal, library: Library) -> Judged:
    passages = _passages(proposal, library)
    ours = guardrails.verdicts(proposal.text, passages)
    theirs = await judge.supported([(one.text, sorted(one.cited)) for one, _ in ours], passages)
    return Judged(
        outcome.found, tuple((carried, said) for (_, carried), said in zip(ours, theirs, strict=True))
    )


async def _put_through(
    answerer: Answerer, library: Library, ticket: Ticket, rules: Rules
) -> tuple[Outcome, Proposal]:
    case = case_of(ticket, datetime.now(UTC))
    begun = time.perf_counter()
    proposal = await propose(answerer, case, rules)
    draft = Draft(
        f"draft-{ticket.id}", case.conversation.id, case.conversation.turn, 1, proposal, datetime.now(UTC)
    )
    decided = decide(case, draft, rules)
    seconds = time.perf_counter() - begun
    became = Outcome(
        ticket,
        decided.action,
        tuple(reason.code for reason in decided.reasons),
        proposal.confidence,
        bool(proposal.text) and not any(flag.name == ASKS_BACK for flag in proposal.flags),
        tuple(source.slug for source in proposal.sources),
        _is_supported(proposal, library),
        # A matter for a person is no fault of the draft: what becomes of it is told by the action.
        tuple(flag.name for flag in proposal.flags if flag.name not in _MATTERS),
        seconds,
    )
    return became, proposal


def case_of(ticket: Ticket, now: datetime) -> Case:
    """Make a ticket the newest message of a conversation with somebody we do not know."""
    text, automatic = _said(ticket)
    turns = _turns([*(sender for sender, _ in ticket.history), Sender.CUSTOMER])
    messages = [
        Message(f"{ticket.id}-{seq}", ticket.id, seq, turn, sender, earlier, now)
        for seq, ((sender, earlier), turn) in enumerate(zip(ticket.history, turns, strict=False), 1)
    ]
    about = {"subject": ticket.subject, "automatic": automatic}
    newest = len(turns)
    messages.append(
        Message(
            f"{ticket.id}-{newest}", ticket.id, newest, turns[-1], Sender.CUSTOMER, text, now, metadata=about
        )
    )
    conversation = Conversation(
        id=ticket.id,
        customer_id=ticket.id,
        channel=ticket.channel,
        address=ticket.sender,
        status=Status.WORKING,
        created_at=now,
        updated_at=now,
        subject=ticket.subject,
        turn=turns[-1],
        identified=True,
    )
    return Case(conversation, Customer(ticket.id, ticket.channel, ticket.sender), tuple(messages))


def _turns(senders: Sequence[Sender]) -> list[int]:
    """Number turns as intake does: each of the customer's messages begins one, answers belong to it."""
    turns: list[int] = []
    for sender in senders:
        turns.append((turns[-1] if turns else 0) + (sender is Sender.CUSTOMER))
    return turns


def _said(ticket: Ticket) -> tuple[str, str]:
    """Return what a ticket says, and why a machine seems to have written it: a mail is read as one."""
    if ticket.channel is not Channel.EMAIL:
        return ticket.text, ""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = ticket.sender, ticket.subject
    mail.set_content(ticket.text)
    read_back = parse(mail.as_bytes())
    return read_back.text, read_back.automatic


def _is_supported(proposal: Proposal, library: Library) -> bool:
    passages = _passages(proposal, library)
    return bool(passages) and guardrails.is_supported(proposal.text, passages)


def _passages(proposal: Proposal, library: Library) -> dict[int, str]:
    bodies = {article.slug: article.body for article in library.articles}
    return {source.number: bodies[source.slug] for source in proposal.sources}


def _figure(figure: Figure) -> dict[str, Any]:
    low, high = figure.interval
    return {
        "share": round(figure.share, 4),
        "hits": figure.hits,
        "n": figure.n,
        "interval_95": [round(low, 4), round(high, 4)],
    }


def _bar(figure: Figure) -> Bar:
    low, high = figure.interval
    told = f"{figure.share:.1%} ({figure.hits} of {figure.n}), {low:.1%} to {high:.1%}"
    return Bar(figure.name.replace("_", " "), figure.share, low, high, told, AIMS.get(figure.name))


def _line(figure: Figure) -> str:
    low, high = figure.interval
    numbers = f"{figure.share:7.1%}  {figure.hits:>4} of {figure.n:<4} [{low:.1%} to {high:.1%}]"
    return f"{numbers:<42}{_IN_WORDS[figure.name]}"


def _sweep(threshold: float, resolved: Figure, wrong: Figure) -> str:
    return f"{threshold:>6.2f}  {resolved.share:7.1%}  {wrong.share:7.1%} ({wrong.hits} of {wrong.n})"


def _ticket(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.ticket.id,
        "expected": outcome.ticket.action,
        "action": outcome.action,
        "reasons": list(outcome.reasons),
        "confidence": round(outcome.confidence, 4),
        "articles": sorted(outcome.ticket.articles),
        "cited": list(outcome.cited),
        "right": outcome.right,
        "flags": list(outcome.flags),
        "ms": round(outcome.seconds * 1000, 2),
    }
