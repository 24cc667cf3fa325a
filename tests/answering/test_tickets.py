"""The figures of labelled tickets, by hand, and what is said about files that are none."""

import json
from dataclasses import replace

import pytest

from bot.answering.tickets import (
    Figure,
    Outcome,
    Ticket,
    at_threshold,
    figures,
    percentile,
    read,
    why_not_sent,
    wilson,
)
from bot.core.errors import Misconfigured
from bot.core.model import Action, Channel, Sender

LINE = {
    "id": "T1",
    "channel": "chat",
    "from": "v",
    "text": "hi",
    "expected": {"action": "send", "articles": ["a"]},
}


def outcome(expected, action, *, articles=("a",), cited=("a",), supported=True, reasons=("sure",), flags=()):
    ticket = Ticket("T", Channel.CHAT, "v", "hi", Action(expected), frozenset(articles))
    return Outcome(ticket, Action(action), reasons, 0.9, bool(cited), cited, supported, flags, 0.01)


def test_every_figure_counts_what_its_name_says():
    told = figures(
        [
            outcome("send", "send"),
            outcome("send", "send", cited=("b",)),
            outcome("send", "send", cited=("a", "b")),
            outcome("send", "review", flags=("tone",)),
            outcome("send", "escalate", reasons=("confidence",)),
            outcome("send", "escalate", reasons=("legal",)),
            outcome("review", "send"),
            outcome("escalate", "review", articles=(), cited=()),
            outcome("escalate", "escalate", articles=()),
            outcome("ignore", "ignore", articles=(), cited=()),
        ]
    )
    assert {figure.name: (figure.hits, figure.n) for figure in told} == {
        "automated_resolution": (2, 6),
        "automation": (4, 10),
        "escalation": (3, 10),
        "missed_escalation": (1, 10),
        "false_escalation": (2, 10),
        "false_escalation_by_rule": (1, 10),
        "wrong_sent": (2, 10),
        "relevance": (3, 4),
        "context_accuracy": (3, 5),
        "guardrail_false_alarms": (1, 5),
    }


def test_unsupported_answer_is_not_right():
    (resolved, *_) = figures([outcome("send", "send", supported=False)])
    assert resolved.hits == 0


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 39, 0.0045, 0.1318),
    ],
)
def test_interval_is_wilsons(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-4)
    assert Figure("x", hits, n).interval == wilson(hits, n)


def test_percentiles_and_reasons():
    assert percentile([], 0.5) == 0
    assert [percentile([4, 1, 3, 2], share) for share in (0.25, 0.5, 1)] == [1, 2, 4]
    assert Figure("none", 0, 0).share == 0
    kept = [
        outcome("send", "review", reasons=("confidence", "tone")),
        outcome("send", "review", reasons=("tone",)),
    ]
    assert why_not_sent([*kept, outcome("send", "send")]) == [("tone", 2), ("confidence", 1)]


def test_tickets_are_read_with_their_history(tmp_path):
    path = tmp_path / "t.jsonl"
    talk = [{"from": "customer", "text": "hello"}, {"from": "ai", "text": "yes?"}]
    path.write_text(f"\ufeff{json.dumps(LINE | {'history': talk, 'subject': 'S'})}\n\n", encoding="utf-8")
    (ticket,) = read(path)
    assert (ticket.subject, ticket.articles) == ("S", {"a"})
    assert ticket.history == ((Sender.CUSTOMER, "hello"), (Sender.AI, "yes?"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no tickets"),
        (b"\xff\xfe", "not UTF-8"),
        (b"nonsense", "line 1: it is not a JSON object"),
        (b"[]", "line 1"),
        (b"7", "line 1"),
        (b"{}", "line 1: 'expected' is missing"),
        (json.dumps(LINE | {"id": 7}).encode(), "'id' must be text"),
        (json.dumps(LINE | {"channel": "pigeon"}).encode(), "'pigeon' is not a valid Channel"),
        (json.dumps(LINE | {"expected": {"action": "fly"}}).encode(), "'fly' is not a valid Action"),
        (json.dumps(LINE | {"expected": {"action": "send", "articles": "a"}}).encode(), "list of slugs"),
        (json.dumps(LINE | {"expected": None}).encode(), "line 1"),
        (json.dumps(LINE | {"history": [1]}).encode(), "line 1"),
        (b"\n".join([json.dumps(LINE).encode()] * 2), "two tickets have the id 'T1'"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_what_is_no_labelled_ticket_is_explained(tmp_path, content, says):
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=says):
        read(path)


def test_missing_file_is_explained(tmp_path):
    with pytest.raises(Misconfigured, match="No such file"):
        read(tmp_path / "none.jsonl")


def test_other_thresholds_send_what_only_confidence_holds_back():
    outcomes = [
        outcome("send", "send"),
        replace(outcome("send", "review", reasons=("confidence",)), confidence=0.8),
        replace(outcome("review", "escalate", reasons=("confidence",)), confidence=0.6),
        replace(outcome("send", "escalate", reasons=("legal",)), confidence=0.99),
        replace(outcome("send", "escalate", reasons=("confidence",), flags=("tone",)), confidence=0.6),
    ]
    told = {threshold: at_threshold(outcomes, threshold) for threshold in (0.9, 0.7, 0.5)}
    assert {t: (resolved.hits, resolved.n, wrong.hits, wrong.n) for t, (resolved, wrong) in told.items()} == {
        0.9: (1, 4, 0, 1),
        0.7: (2, 4, 0, 2),
        0.5: (2, 4, 1, 3),
    }
