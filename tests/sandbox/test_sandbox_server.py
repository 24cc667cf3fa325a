"""The sandbox as a whole: contract, guard, page, change stream, weather, and what survives a kill."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from sandbox import demo_company
from sandbox.journal import FILE_NAME, Journal
from sandbox.server import Sandbox, SandboxConfig, serve
from sandbox.weather import BadWeatherError, Sky
from tests.waiting import PATIENCE, until

from .conftest import FarSide, actions, button, running


def test_only_loopback() -> None:
    for host in ("::", "192.0.2.1", "sandbox.example"):
        with pytest.raises(ValueError, match="loopback only"):
            Sandbox(SandboxConfig(host=host))


def test_addresses_are_known_only_after_the_start() -> None:
    sandbox = Sandbox()
    for ask in (lambda: sandbox.url, lambda: sandbox.smtp_port):
        with pytest.raises(RuntimeError):
            ask()


async def test_contract(far_side: FarSide) -> None:
    contract = far_side.contract
    assert set(contract) == {
        "sandbox",
        "slack_api",
        "slack_token",
        "support",
        "env",
        "channels",
        "agent",
        "manager",
    }
    assert contract["slack_api"] == f"{contract['sandbox']}/slack/api/"
    assert set(contract["channels"]) == {"email", "chat", "sms", "phone", "zendesk"}
    env = contract["env"]
    assert all(isinstance(value, str) for value in env.values())
    assert f"email={far_side.email},chat={far_side.chat}" in env["SLACK_CHANNELS"]
    assert ",*=C" in env["SLACK_CHANNELS"]
    assert env["SLACK_MANAGERS"].split(",")[0] == contract["manager"]
    assert Path(env["KNOWLEDGE_DIR"]).is_absolute()
    assert json.loads(json.dumps(contract)) == contract
    info = await far_side.get("/control/info")
    assert (info["support"], info["app_url"]) == (contract["support"], "http://127.0.0.1:8480")
    assert {user["id"] for user in info["users"]} >= {contract["agent"], contract["manager"]}


async def test_serve_runs_until_cancelled() -> None:
    ready: list[Sandbox] = []
    task = asyncio.create_task(serve(SandboxConfig(port=0), ready.append))
    await until(lambda: ready)
    assert ready[0].url.startswith("http://127.0.0.1:")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_port_in_use_is_an_error_and_leaves_nothing_open(far_side: FarSide) -> None:
    port = int(far_side.sandbox.url.rpartition(":")[2])
    second = Sandbox(SandboxConfig(port=port))
    with pytest.raises(OSError, match="in use"):
        await second.start()
    with pytest.raises(RuntimeError):
        _ = second.url


async def test_ipv6() -> None:
    async with running(host="::1") as far_side:
        assert far_side.sandbox.url.startswith("http://[::1]:")
        assert (await far_side.slack.auth_test())["ok"]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Host": "evil.example"}, "foreign_host"),
        ({"Host": "127.0.0.1"}, "foreign_host"),
        ({"Origin": "https://evil.example"}, "foreign_origin"),
        ({"Origin": "null"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "foreign_site"),
        ({"Sec-Fetch-Site": "same-site"}, "foreign_site"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/control/mail", "/slack/api/auth.test", "/slack/socket"])
async def test_foreigners_are_refused(
    far_side: FarSide, headers: dict[str, str], error: str, path: str
) -> None:
    async with far_side.http.get(f"{far_side.sandbox.url}{path}", headers=headers) as response:
        assert (response.status, (await response.json())["error"]) == (403, error)


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/control/mail", 403), ("/slack/api/auth.test", 403)]
)
async def test_a_link_on_another_site_leads_to_the_page_and_to_nothing_else(
    far_side: FarSide, path: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with far_side.http.get(f"{far_side.sandbox.url}{path}", headers=headers) as response:
        assert response.status == status


async def test_neighbours_are_welcome(far_side: FarSide) -> None:
    port = far_side.sandbox.url.rpartition(":")[2]
    for name in ("127.0.0.1", "localhost", "[::1]"):
        headers = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
        async with far_side.http.get(f"{far_side.sandbox.url}/control/mail", headers=headers) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    "deed", ["message", "click", "command", "submit", "reaction", "home", "close", "edit", "delete"]
)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"user": 7}', b"\xff", b"[" * 100_000])
async def test_malformed_deeds_get_a_sentence(far_side: FarSide, deed: str, body: bytes) -> None:
    async with far_side.http.post(f"{far_side.sandbox.url}/control/slack/{deed}", data=body) as response:
        answer = await response.json()
    assert (response.status, answer["ok"]) == (400, False)
    assert answer["error"].endswith(".")


@pytest.mark.parametrize(
    ("deed", "body"),
    [
        ("submit", {"view_id": "V1", "user": "U1", "values": []}),
        ("click", {"view_id": "V1", "user": "U1", "action_id": "a", "values": "x"}),
        ("command", {"channel": "C1", "user": "U1", "command": "cockpit"}),
        ("command", {"channel": "C1", "user": "U1", "command": "/cockpit", "text": 7}),
        ("message", {"channel": "C1", "user": "U1", "text": "x", "thread_ts": 7}),
    ],
)
async def test_ill_typed_deeds(far_side: FarSide, deed: str, body: dict[str, Any]) -> None:
    status, answer = await far_side.post(f"/control/slack/{deed}", body)
    assert (status, answer["ok"]) == (400, False)


async def test_other_wrong_doors(far_side: FarSide) -> None:
    async with far_side.http.post(f"{far_side.sandbox.url}/control/mail") as response:
        assert (response.status, await response.json()) == (405, {"ok": False, "error": "Method Not Allowed"})
    async with far_side.http.get(f"{far_side.sandbox.url}/slack/socket?ticket=forged") as response:
        assert response.status == 401
    assert await far_side.get("/control/sms") == await far_side.get("/control/calls") == []


@pytest.mark.parametrize(
    "weather",
    [
        {"mars": {}},
        {"slack": []},
        {"slack": {"mood": 1}},
        {"slack": {"latency_ms": "slow"}},
        {"slack": {"latency_ms": True}},
        {"slack": {"latency_ms": -1}},
        {"slack": {"error_rate": 1.5}},
        {"smtp": {"status": 42}},
        {"smtp": {"down": "yes"}},
    ],
)
async def test_weather_nobody_knows(far_side: FarSide, weather: dict[str, Any]) -> None:
    status, answer = await far_side.post("/control/weather", weather)
    assert (status, answer["ok"]) == (400, False)
    assert answer["error"].endswith(".")


async def test_weather_is_kept_for_every_place(far_side: FarSide) -> None:
    given = {place: {"latency_ms": 5, "status": None} for place in ("llm", "salesforce", "zendesk", "twilio")}
    await far_side.weather(**given)
    told = (await far_side.get("/control/weather"))["weather"]
    assert {place: told[place]["latency_ms"] for place in given} == dict.fromkeys(given, 5)
    await far_side.weather(llm={"down": True})
    told = (await far_side.get("/control/weather"))["weather"]
    assert (told["llm"]["latency_ms"], told["llm"]["down"], told["zendesk"]["latency_ms"]) == (0, True, 5)


def test_a_share_of_failures_is_spread_evenly() -> None:
    sky = Sky()
    sky.report({"smtp": {"error_rate": 0.25, "duplicate": 0.5}})
    assert [sky.strikes("smtp") for _ in range(8)] == [False, False, False, True] * 2
    assert [sky.doubles("smtp") for _ in range(4)] == [False, True] * 2
    with pytest.raises(BadWeatherError):
        sky.report("stormy")


async def test_the_page_is_told_of_changes(far_side: FarSide) -> None:
    async with far_side.http.get(f"{far_side.sandbox.url}/control/stream") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await far_side.slack.chat_postMessage(channel=far_side.email, text="one")
        await far_side.slack.chat_postMessage(channel=far_side.email, text="two")
        assert await _changed(stream) == "slack"
        await far_side.weather(slack={})
        assert await _changed(stream) == "weather"
        await far_side.sandbox.stop()
        rest = await asyncio.wait_for(stream.content.read(), PATIENCE)
    # Two posts close together are one change.
    assert b"slack" not in rest


async def _changed(stream: Any) -> str:
    while True:
        line = await asyncio.wait_for(stream.content.readline(), PATIENCE)
        if line.startswith(b"data: "):
            return str(json.loads(line[6:])["changed"])


async def test_the_page_and_its_policy(far_side: FarSide) -> None:
    async with far_side.http.get(f"{far_side.sandbox.url}/") as response:
        policy = response.headers["Content-Security-Policy"]
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;")
    assert "frame-src http://127.0.0.1:8480" in policy
    assert "unsafe" not in policy
    for path in ("/page/index.html", "/index.html"):
        async with far_side.http.get(f"{far_side.sandbox.url}{path}") as response:
            assert response.content_type == "text/html"


@pytest.mark.parametrize(
    "path", ["/nothing.js", "/page/../server.py", "/..%2fserver.py", "/page/%2e%2e/server.py", "/css"]
)
async def test_nothing_but_the_page_is_served(far_side: FarSide, path: str) -> None:
    async with far_side.http.get(URL(f"{far_side.sandbox.url}{path}", encoded=True)) as response:
        assert response.status == 404
        assert "import" not in await response.text()


async def test_company(far_side: FarSide) -> None:
    company = await far_side.get("/control/company")
    assert set(company) == {"customers", "suggestions", "tickets", "welcome"}


def test_company_data_that_is_absent_or_broken(tmp_path: Path) -> None:
    assert demo_company.customers(tmp_path / "none.csv") == []
    assert demo_company.tickets(tmp_path / "none.jsonl") == []
    broken = tmp_path / "broken"
    broken.write_bytes(b'{"id": 1}\n{"id"\n[]\n\xff\n\n')
    assert demo_company.tickets(broken) == [{"id": 1}]
    broken.write_bytes(b"email,name\na@x.example,Anna,surplus\nb@x.example\n\xff,x\n")
    assert [row["email"] for row in demo_company.customers(broken)] == [
        "a@x.example",
        "b@x.example",
        "\ufffd",
    ]


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        posted = await before.slack.chat_postMessage(
            channel=before.email, text="card", blocks=[actions(button())]
        )
        await before.slack.chat_postMessage(channel=before.email, text="reply", thread_ts=posted["ts"])
        await before.slack.chat_postEphemeral(channel=before.email, user=before.agent, text="psst")
        await before.slack.chat_postMessage(channel=before.agent, text="direct")
        await before.slack.views_publish(user_id=before.agent, view={"type": "home", "blocks": []})
        gone = await before.slack.chat_postMessage(channel=before.email, text="gone")
        await before.slack.chat_delete(channel=before.email, ts=gone["ts"])
        state = await before.get("/control/slack/state")
    async with running(tmp_path) as after:
        assert await after.get("/control/slack/state") == state
        later = await after.slack.chat_postMessage(channel=after.email, text="later", thread_ts=posted["ts"])
        assert float(later["ts"]) > max(float(message["ts"]) for message in state["messages"])
        replies = await after.slack.conversations_replies(channel=after.email, ts=posted["ts"])
        assert [message["text"] for message in replies["messages"]] == ["card", "reply", "later"]


PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from sandbox.server import SandboxConfig, serve
config = SandboxConfig(port=0, state_dir=Path(sys.argv[1]), request_url="http://127.0.0.1:9/")
asyncio.run(serve(config, lambda sandbox: print(json.dumps(sandbox.contract()), flush=True)))
"""


async def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        str(tmp_path),
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert process.stdout is not None
    contract = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    slack = AsyncWebClient(token=contract["slack_token"], base_url=contract["slack_api"])
    answered = []
    for number in range(8):
        await slack.chat_postMessage(channel=contract["channels"]["email"], text=str(number))
        answered.append(str(number))
    process.kill()
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    async with running(tmp_path) as after:
        state = await after.get("/control/slack/state")
        assert [message["text"] for message in state["messages"]] == answered
        # The events about them had reached nobody: they are still on their way.
        async with after.socket() as ws:
            frame = await ws.receive_json(timeout=PATIENCE)
            assert frame["payload"]["event"]["text"] == "0"


def test_journal_keeps_kinds_apart_and_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "state")
    for key in ("2", "1", "3"):
        journal.put("a", key, {"n": key})
    journal.put("b", "1", "other")
    journal.drop("a", "3")
    journal.put("a", "1", {"n": "new"})
    journal.close()
    with sqlite3.connect(tmp_path / "deep" / "state" / FILE_NAME) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    again = Journal(tmp_path / "deep" / "state")
    assert list(again.load("a")) == [("1", {"n": "new"}), ("2", {"n": "2"})]
    again.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/control/slack/log?after=%C2%B2", 200),
        ("/control/slack/log?after=" + "9" * 5_000, 200),
        ("/page/%00", 404),
        ("/page/" + "x" * 5_000, 404),
    ],
)
async def test_odd_addresses_are_no_crash(far_side: FarSide, path: str, status: int) -> None:
    async with far_side.http.get(URL(f"{far_side.sandbox.url}{path}", encoded=True)) as response:
        assert response.status == status


async def test_odd_arguments_are_refused_in_slacks_words(far_side: FarSide) -> None:
    token = {"Authorization": f"Bearer {far_side.env['SLACK_BOT_TOKEN']}"}
    api = f"{far_side.sandbox.slack_api}"
    for method, data, error in (
        ("chat.postMessage", "[" * 100_000, "invalid_json"),
        ("conversations.list", '{"limit": "²"}', "invalid_limit"),
        ("files.getUploadURLExternal", '{"filename": "x", "length": "²"}', "invalid_arguments"),
    ):
        headers = token | {"Content-Type": "application/json"}
        async with far_side.http.post(f"{api}{method}", data=data.encode(), headers=headers) as response:
            assert (response.status, (await response.json())["error"]) == (200, error)
