"""`threadpilot eval tickets`: the shipped tickets keep their figures, and the command says what is wrong."""

import json
from pathlib import Path

import pytest

from bot.cli import main

pytestmark = pytest.mark.usefixtures("logging_kept")
COMPANY = Path(__file__).resolve().parents[2] / "sandbox" / "company"


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict]:
    """Both labelled files, measured once."""
    return {}


def measured(shipped: dict, name: str, capsys: pytest.CaptureFixture[str]) -> dict:
    if name not in shipped:
        assert main(["eval", "tickets", str(COMPANY / name), "--json"]) == 0
        shipped[name] = json.loads(capsys.readouterr().out)
    return shipped[name]


@pytest.mark.parametrize(("name", "least"), [("tickets.jsonl", 0.30), ("unseen.jsonl", 0.50)])
def test_labelled_tickets_keep_their_figures(shipped, capsys, name, least) -> None:
    """Floors below today's figures (docs/evaluation.md): a change that loses what was won is noticed."""
    told = measured(shipped, name, capsys)
    assert told["automated_resolution"]["share"] >= least
    assert told["missed_escalation"]["share"] <= 0.01
    assert told["wrong_sent"]["share"] <= 0.03
    assert told["false_escalation_by_rule"]["share"] <= 0.03
    assert told["relevance"]["share"] >= 0.94
    assert told["context_accuracy"]["share"] >= 0.93
    assert told["guardrail_false_alarms"]["hits"] <= max(2, 0.02 * told["guardrail_false_alarms"]["n"])


def test_json_tells_everything_with_its_n(shipped, capsys) -> None:
    told = measured(shipped, "unseen.jsonl", capsys)
    assert told["n"] == len(told["tickets"]) == sum(sum(row.values()) for row in told["actions"].values())
    low, high = told["relevance"]["interval_95"]
    assert low <= told["relevance"]["share"] <= high
    assert set(told["latency_ms"]) == {"p50", "p95", "p99"}
    assert {ticket["id"]: ticket["action"] for ticket in told["tickets"]}["U062"] == "escalate"


def test_table_for_people(tmp_path, capsys) -> None:
    one = (COMPANY / "tickets.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(one), encoding="utf-8")
    assert (
        main(["eval", "tickets", str(path), "--articles", str(COMPANY / "articles"), "--threshold", "0.8"])
        == 0
    )
    out = capsys.readouterr().out
    assert "3 tickets, sends by itself from 0.8" in out
    assert "of 3" in out
    assert "a careful team would" in out


@pytest.mark.parametrize("threshold", ["0", "1.5", "much"])
def test_thresholds_that_are_none_are_refused(capsys, threshold) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["eval", "tickets", "t.jsonl", "--threshold", threshold])
    assert "is no share above 0" in capsys.readouterr().err


def test_without_articles_there_is_nothing_to_measure(tmp_path, capsys) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text((COMPANY / "tickets.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["eval", "tickets", str(path)]) == 2
    assert "holds no articles: name their folder with --articles" in capsys.readouterr().err
    assert main(["eval", "tickets", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err
