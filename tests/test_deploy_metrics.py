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
from bot.core.ports.tracing import untraced
from handlers.web.metrics import counting
from integrations.breaker import ANSWERS, CircuitBreaker
from integrations.prometheus import MOST_KINDS, PrometheusTally
from tests.promtool import expression_problems, labels_of, rule_problems

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


def expressions():
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads((DEPLOY / "grafana.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("name", "expression"), list(expressions()))
def test_every_expression_parses_and_asks_for_what_there_is(name, expression):
    assert expression_problems(expression, EXPOSED) == []


def rules():
    return [
        rule
        for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
        for rule in group["rules"]
    ]


def test_rules_are_right_and_say_what_to_do():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    manual = (DEPLOY.parent / "docs" / "operations.md").read_text()
    for rule in rules():
        assert rule_problems(rule, EXPOSED) == []
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}
        assert f"`{rule['alert']}`" in manual.partition("### When an alert comes")[2]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("sum(threadpilot_jobs_total", "does not parse"),
        ("rate(threadpilot_jobs_total)", "does not parse"),
        ("made_up_function(threadpilot_pending_answers)", "does not parse"),
        ("increase(threadpilot_jobs_total[15x])", "does not parse"),
        ("threadpilot_invented > 0", "metric threadpilot_invented is not exposed"),
        ("threadpilot_jobs_total > 0", "use rate() or increase()"),
        ("rate(threadpilot_pending_answers[5m])", "is no counter"),
        ('threadpilot_part_up{piece="database"} == 0', "has no label piece"),
        ('rate(threadpilot_jobs_total{outcome=~"failed|lost"}[5m])', "has no outcome lost"),
        ("sum by (edge) (rate(threadpilot_jobs_total[5m]))", "groups by edge"),
    ],
)
def test_what_is_wrong_with_an_expression_is_found(expression, problem):
    assert problem in "; ".join(expression_problems(expression, EXPOSED))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"fro": "5m"}, "unknown key fro"),
        ({"for": "five"}, "for is no duration"),
        ({"alert": "Has spaces"}, "it has no name"),
        ({"annotations": {"summary": "{{ $labels.edge }} is down"}}, "template names edge"),
        ({"annotations": {"summary": "{{ .Labels.part }} is down"}}, "is not understood"),
        ({"annotations": {"summary": "$labels.part is down"}}, "outside of a template"),
    ],
)
def test_what_is_wrong_with_a_rule_is_found(change, problem):
    rule = {"alert": "Fine", "expr": "min by (part) (threadpilot_part_up) == 0", "for": "5m"}
    assert rule_problems(rule, EXPOSED) == []
    assert problem in "; ".join(rule_problems(rule | change, EXPOSED))


def test_every_alert_has_its_row_in_the_runbook_and_no_row_is_of_none():
    """`docs/operations.md#nameofthealert` says where to look and what to do."""
    manual = (DEPLOY.parent / "docs" / "operations.md").read_text()
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    runbook = manual.partition("### When an alert comes")[2].partition("\n## ")[0]
    rows = dict(re.findall(r'<a id="(\w+)"></a>`(\w+)`', runbook))
    assert rows == {name.lower(): name for name in alerts}
    for row in re.findall(r"^\| <a .*$", runbook, re.MULTILINE):
        assert all(len(cell.strip()) > 10 for cell in row.strip("|").split(" | "))


def test_panels_stand_beside_each_other_and_ask_for_the_data_source():
    board = json.loads((DEPLOY / "grafana.json").read_text())
    assert [one["name"] for one in board["__inputs"]] == ["DS_PROMETHEUS"]
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(places) == len(set(places))
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${DS_PROMETHEUS}"
        assert all(target["legendFormat"] for target in panel["targets"])
        for target in panel["targets"]:
            used = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert used <= labels_of(target["expr"], EXPOSED)


def test_every_metric_of_ours_is_on_the_board_and_in_the_manual():
    board = (DEPLOY / "grafana.json").read_text()
    manual = (DEPLOY.parent / "docs" / "operations.md").read_text()
    for metric in EXPOSED:
        if metric.startswith("threadpilot_") and not metric.endswith("_created"):
            metric = re.sub(r"_(bucket|count|sum)$", "", metric)
            assert f"`{metric}`" in manual
            assert metric in board or metric == "threadpilot_build_info"


def test_ten_thousand_values_of_a_label_never_reach_prometheus():
    tally = PrometheusTally("1")
    for n in range(10_000):
        tally(Counted.REFUSED, f"button invented-{n}", "nobody")
        tally(Counted.REFUSED, "button invented-1", "nobody")
    series = [line for line in tally.text().decode().splitlines() if "acts_refused_total{" in line]
    assert len(series) == MOST_KINDS + 1
    assert sum(float(line.rpartition(" ")[2]) for line in series) == 20_000
    assert 'threadpilot_acts_refused_total{act="other",role="other"} 9800.0' in series
    assert 'threadpilot_acts_refused_total{act="button invented-1",role="nobody"} 10001.0' in series


def test_pieces_of_work_are_measured_by_names_of_ours_alone():
    tally = PrometheusTally("1")
    trace = tally.timed(untraced)
    with trace("answer", "c1"), trace("slack invented"):
        pass
    lines = tally.text().decode().splitlines()
    assert 'threadpilot_work_seconds_count{work="answer"} 1.0' in lines
    assert not any("invented" in line for line in lines)


async def test_invented_addresses_make_no_labels():
    tally = PrometheusTally("1")
    pages = web.Application(middlewares=[counting(tally)])
    async with TestClient(TestServer(pages)) as client:
        for n in range(200):
            await client.get(f"/invented/{n}?x={n}")
    series = [line for line in tally.text().decode().splitlines() if "turned_away_total{" in line]
    assert series == ['threadpilot_requests_turned_away_total{edge="unknown",reason="404"} 200.0']
