"""What operators are given fits what the app exposes: every metric, and every label and value that is named."""

import json
import re
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.core.model import Action, Channel, DeliveryState
from bot.core.ports.engine import Lane
from bot.core.ports.tally import Counted
from handlers.web.metrics import counting
from integrations.breaker import ANSWERS, CircuitBreaker
from integrations.prometheus import PrometheusTally

DEPLOY = Path(__file__).parent.parent / "deploy"
OUTCOMES = ("done", "postponed", "left_alone", "failed", "parked")


def exposed():
    """Return name -> label -> values, of an app to which everything has happened."""
    tally = PrometheusTally("1")
    happened = {
        Counted.RECEIVED: [(channel,) for channel in Channel],
        Counted.DECIDED: [(action,) for action in Action],
        Counted.DELIVERED: [(state,) for state in DeliveryState],
        Counted.JOB: [(lane, outcome) for lane in Lane for outcome in OUTCOMES],
        Counted.TURNED_AWAY: [("/slack/events", "401"), ("smtp", "451")],
        Counted.REFUSED: [
            ("button approve", "nobody"),
            ("button approve", "guest"),
            ("/cockpit Pause", "agent"),
        ],
        Counted.SLACK_CALL: [("chat.update", outcome) for outcome in ("ok", "limited", "refused", "failed")],
    }
    for what in Counted:
        for labels in happened[what]:
            tally(what, *labels)
    for lane in Lane:
        tally.queue(lane, 0, 0)
    tally.parts([("database", "ok"), ("slack", "ok")])
    tally.breakers({"mail out": CircuitBreaker("mail out", ANSWERS)})
    tally.loop_lag(lambda: 0.0)
    found = {}
    for family in text_string_to_metric_families(tally.text().decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


EXPOSED = exposed()
ADDED = {"instance", "job"}  # By Prometheus, to everything it collects.


def expressions():
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads((DEPLOY / "grafana.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("name", "expression"), list(expressions()))
def test_every_metric_label_and_value_exists(name, expression):
    metrics = re.findall(r"\b((?:threadpilot|process)_[a-z_]+)(?:\{([^}]*)\})?", expression)
    assert metrics
    for metric, selectors in metrics:
        assert metric in EXPOSED
        for label, operator, value in re.findall(r'(\w+)\s*(=~|!=|=)\s*"([^"]*)"', selectors):
            known = EXPOSED[metric][label]
            for one in value.split("|") if operator == "=~" else [value]:
                assert one in known
    grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
    assert grouped <= {label for metric, _ in metrics for label in EXPOSED[metric]} | ADDED
    assert expression.count("(") == expression.count(")")


def test_rules_say_what_to_do():
    for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]:
        names = [rule["alert"] for rule in group["rules"]]
        assert len(names) == len(set(names))
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning")
            assert rule["annotations"].keys() == {"summary", "description"}
            used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
            assert used <= set(re.findall(r"by \((\w+)\)", rule["expr"]))


def test_panels_stand_beside_each_other_and_ask_for_the_data_source():
    board = json.loads((DEPLOY / "grafana.json").read_text())
    assert [one["name"] for one in board["__inputs"]] == ["DS_PROMETHEUS"]
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(places) == len(set(places))
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${DS_PROMETHEUS}"
        assert all(target["legendFormat"] for target in panel["targets"])
        used = {name for t in panel["targets"] for name in re.findall(r"\{\{(\w+)\}\}", t["legendFormat"])}
        assert used <= {label for labels in EXPOSED.values() for label in labels} | ADDED


def test_every_metric_of_ours_is_on_the_board_and_in_the_manual():
    board = (DEPLOY / "grafana.json").read_text()
    manual = (DEPLOY.parent / "docs" / "operations.md").read_text()
    for metric in EXPOSED:
        if metric.startswith("threadpilot_") and not metric.endswith("_created"):
            assert f"`{metric}`" in manual
            assert metric in board or metric == "threadpilot_build_info"


async def test_invented_addresses_make_no_labels():
    tally = PrometheusTally("1")
    pages = web.Application(middlewares=[counting(tally)])
    async with TestClient(TestServer(pages)) as client:
        for n in range(200):
            await client.get(f"/invented/{n}?x={n}")
    series = [line for line in tally.text().decode().splitlines() if "turned_away_total{" in line]
    assert series == ['threadpilot_requests_turned_away_total{edge="unknown",reason="404"} 200.0']
