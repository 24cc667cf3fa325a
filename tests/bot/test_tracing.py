"""A conversation as one trace, from the mail that came in to the mail that went out, with a restart in between."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.settings import from_env
from sandbox.server import Sandbox
from tests.bot.test_app import received, send
from tests.bot.world import Outside, environment, started
from tests.waiting import until

WORDS = "How do I return an item? My number is 0170 5551234."


class Collector:
    """Takes spans by OTLP, as an OpenTelemetry collector or Datadog's agent does."""

    def __init__(self) -> None:
        self.raw = b""
        self.spans: list = []
        self.services: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw += body
        for told in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {a.key: a.value.string_value for a in told.resource.attributes}
            self.services.add(named["service.name"])
            self.spans += [span for scope in told.scope_spans for span in scope.spans]
        return web.Response()

    def named(self, name: str) -> list:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    collector, pages = Collector(), web.Application()
    pages.add_routes([web.post("/v1/traces", collector.take)])
    async with TestServer(pages) as server:
        yield collector, str(server.make_url(""))


async def test_one_trace_from_inbound_to_sent_over_an_approval_and_a_restart(
    sandbox: Sandbox, tmp_path: Path, collector: tuple[Collector, str]
) -> None:
    seen, endpoint = collector
    env = environment(
        sandbox,
        tmp_path,
        THREADPILOT_MODE="assist",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_SERVICE_NAME="desk",
    )
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ada Quill <ada@customer.example>", env["SUPPORT_ADDRESS"]
    mail["Subject"], mail["Message-ID"] = "Returning shoes", "<r@customer.example>"
    mail.set_content(WORDS)
    async with started(env) as app:
        await asyncio.to_thread(send, env, mail)
        await Outside(app, sandbox, env).shown("Returning shoes", "Waiting for you")
    async with started(env) as app:
        outside = Outside(app, sandbox, env)
        state = await outside.get("/control/slack/state")
        card = next(
            m for m in state["messages"] if "Returning shoes" in str(m["blocks"]) and not m.get("thread_ts")
        )
        pressed = {
            "channel": card["channel"],
            "ts": card["ts"],
            "action_id": "approve",
            "user": sandbox.contract()["agent"],
        }
        assert (await outside.post("/control/slack/click", **pressed))["ok"]
        await received(sandbox, "Returning shoes")
        await until(lambda: _is_in(seen, "deliver"))
        await outside.shown("Answered")
    await until(lambda: _is_in(seen, "slack approve"))

    wanted = {
        "mail",
        "intake",
        "advance",
        "draft",
        "identify",
        "answer",
        "decide",
        "show",
        "approval",
        "deliver",
    }
    assert wanted | {"slack approve"} <= {span.name for span in seen.spans}
    assert len({span.trace_id for span in seen.spans}) == 1
    (root,) = [span for span in seen.spans if not span.parent_span_id]
    assert root.name == "mail"
    known = {span.span_id for span in seen.spans}
    assert all(span.parent_span_id in known for span in seen.spans if span is not root)
    (waited,) = seen.named("approval")
    (drafted,) = seen.named("decide")
    assert abs(waited.start_time_unix_nano - drafted.end_time_unix_nano) < 2e9
    assert seen.services == {"desk"}
    for private in (b"ada@", b"Ada", b"customer.example", b"0170", b"return an item", b"Returning"):
        assert private not in seen.raw


async def _is_in(seen: Collector, name: str) -> bool:
    return bool(seen.named(name))


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    code = "import sys, bot.app; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("told", "traced"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_it_is_on_where_the_standard_variables_say_where_to(told: dict[str, str], traced: bool) -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CHANNELS": "*=C1"}
    assert bool(from_env({**slack, **told}).watch.otel) is traced
