"""What a Prometheus server collects."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.core.errors import Unavailable
from bot.core.ports.tally import Counted
from handlers.web.metrics import counting, metrics_route
from integrations.breaker import ANSWERS, CircuitBreaker
from integrations.prometheus import PrometheusTally


def figures(text):
    """Read an exposition as a server does: name and labels -> value."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(tally):
    return figures(tally.text().decode())


COUNTERS = [
    (Counted.RECEIVED, ("email",), "threadpilot_messages_received_total"),
    (Counted.DECIDED, ("send",), "threadpilot_decisions_total"),
    (Counted.DELIVERED, ("unknown",), "threadpilot_deliveries_total"),
    (Counted.JOB, ("advance", "parked"), "threadpilot_jobs_total"),
    (Counted.TURNED_AWAY, ("smtp", "451"), "threadpilot_requests_turned_away_total"),
    (Counted.REFUSED, ("button approve", "guest"), "threadpilot_acts_refused_total"),
    (Counted.SLACK_CALL, ("chat.update", "ok"), "threadpilot_slack_calls_total"),
]


@pytest.mark.parametrize(("what", "labels", "name"), COUNTERS)
def test_each_kind_is_counted_under_its_name(what, labels, name):
    tally = PrometheusTally("1.2.3")
    tally(what, *labels)
    tally(what, *labels)
    assert read(tally)[name, *sorted(labels)] == 2


def test_every_kind_has_a_counter():
    assert {what for what, _, _ in COUNTERS} == set(Counted)


async def test_gauges_tell_how_things_are_now():
    tally, breaker, late = PrometheusTally("1.2.3"), CircuitBreaker("crm", ANSWERS), [0.25]
    tally.queue("advance", 3, 12.5)
    tally.pending(2, 61.5)
    tally.parts([("slack", "cannot be reached"), ("chat", "ok"), ("sms", "off")])
    tally.breakers({"crm": breaker})
    tally.loop_lag(late.pop)
    told = read(tally)
    assert told["threadpilot_queued_jobs", "advance"] == 3
    assert told["threadpilot_oldest_due_job_seconds", "advance"] == 12.5
    assert (told[("threadpilot_pending_answers",)], told[("threadpilot_oldest_pending_answer_seconds",)]) == (
        2,
        61.5,
    )
    assert told["threadpilot_part_up", "slack"] == 0
    assert told["threadpilot_part_up", "chat"] == 1
    assert ("threadpilot_part_up", "sms") not in told
    assert told["threadpilot_breaker_open", "crm"] == 0
    assert told[("threadpilot_event_loop_lag_seconds",)] == 0.25
    assert told[("process_resident_memory_bytes",)] > 1_000_000
    assert any(key[0] == "threadpilot_build_info" and "1.2.3" in key for key in told)
    late.append(0.0)
    for _ in range(3):
        with pytest.raises(Unavailable):
            async with breaker.guard():
                raise Unavailable("down")
    tally.parts([("slack", "off")])
    told = read(tally)
    assert told["threadpilot_breaker_open", "crm"] == 1
    assert ("threadpilot_part_up", "slack") not in told


def test_two_apps_in_one_process_count_for_themselves():
    one, other = PrometheusTally("1"), PrometheusTally("1")
    one(Counted.RECEIVED, "chat")
    assert ("threadpilot_messages_received_total", "chat") not in read(other)


async def test_requests_that_are_turned_away_are_counted_by_route_and_status():
    tally = PrometheusTally("1")

    async def unsigned(request):
        return web.Response(status=401)

    async def large(request):
        raise web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2)

    async def text():
        return tally.text()

    pages = web.Application(middlewares=[counting(tally)])
    pages.add_routes(
        [
            web.post("/slack/events", unsigned),
            web.post("/chat/{any}", large),
            web.get("/readyz", unsigned),
            metrics_route(text),
        ]
    )
    async with TestClient(TestServer(pages)) as client:
        await client.post("/slack/events")
        await client.post("/chat/v1")
        await client.get("/readyz")
        await client.get("/no/such/page")
        answer = await client.get("/metrics")
        told = figures(await answer.text())
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    turned_away = {key[1:]: value for key, value in told.items() if "turned_away_total" in key[0]}
    assert {frozenset(key): value for key, value in turned_away.items()} == {
        frozenset({"/slack/events", "401"}): 1,
        frozenset({"/chat/{any}", "413"}): 1,
        frozenset({"/readyz", "401"}): 1,
        frozenset({"unknown", "404"}): 1,
    }
