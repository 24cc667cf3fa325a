"""Slack hands things over at least once: whatever comes twice, on whichever way, has one effect."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from blocks.ids import TAKE
from bot.core.errors import AlreadyDecided, Unavailable
from bot.core.model import Channel
from bot.core.sealing import OPEN
from bot.services.receipts import Receipts
from handlers.slack import register
from handlers.slack.bolt import BoltApp
from handlers.slack.socket_mode import SocketMode
from handlers.slack.transport import build_app, http_route
from integrations.slack.client import SlackClient
from sandbox.server import Sandbox, SandboxConfig
from sandbox.slack import directory
from storage import migrate as schema
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.handlers.slack.conftest import (
    ON,
    FakeControls,
    FakeNotes,
    FakeReview,
    services,
)
from tests.waiting import until

SECRET = "shh"


class Side:
    """Our side of Slack, as often as it is started: what is kept outlives it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, receipts: Receipts) -> None:
        self.sandbox, self.session, self.receipts = sandbox, session, receipts
        self.review, self.notes, self.controls = FakeReview(), FakeNotes(), FakeControls()

    def app(self) -> BoltApp:
        client = SlackClient(directory.BOT_TOKEN, self.sandbox.slack_api, self.session)
        app = build_app(client, SECRET, receipts=self.receipts)
        register(app, services(client, self.review, controls=self.controls, notes=self.notes))
        return app

    def socket(self, app: BoltApp) -> SocketMode:
        return SocketMode(app, directory.APP_TOKEN, self.sandbox.slack_api, self.session)

    async def act(self, deed: str, **body: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.sandbox.url}/control/slack/{deed}", json=body) as answer:
            said: dict[str, Any] = await answer.json()
            assert said["ok"], said
            return said

    async def log(self, kind: str) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.sandbox.url}/control/slack/log") as answer:
            return [entry for entry in await answer.json() if entry["kind"] == kind]

    async def acknowledged(self, count: int) -> None:
        async def enough() -> bool:
            return len([entry for entry in await self.log("ack") if not entry["late"]]) >= count

        await until(enough)

    async def card(self) -> str:
        client = SlackClient(directory.BOT_TOKEN, self.sandbox.slack_api, self.session)
        button = {"type": "button", "text": {"type": "plain_text", "text": "Take"}, "action_id": TAKE}
        blocks = [{"type": "actions", "elements": [button | {"value": ON.encode()}]}]
        return await client.post(directory.OTHER, "a card", blocks)


@pytest.fixture
async def side(tmp_path: Any) -> AsyncIterator[Side]:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await schema.upgrade(url)
    sandbox = Sandbox(SandboxConfig(port=0))
    await sandbox.start()
    async with (
        open_database(url, LocalSignals(), sealing=OPEN) as database,
        aiohttp.ClientSession() as session,
    ):
        yield Side(sandbox, session, Receipts(database, utc_now))
    await sandbox.stop()


async def test_a_doubled_event_is_heard_once_on_two_sockets(side: Side) -> None:
    app = side.app()
    one, two = side.socket(app), side.socket(app)
    await one.connect()
    await two.connect()
    root = await side.card()
    side.sandbox.sky.report({"slack": {"duplicate": True}})
    for number in range(3):
        note = {"channel": directory.OTHER, "user": directory.AGENT, "thread_ts": root}
        await side.act("message", text=f"note {number}", **note)

    async def all_twice() -> bool:
        notes = [f for f in await side.log("envelope") if "note" in json.dumps(f["frame"])]
        return len(notes) == 6

    await until(all_twice)
    await side.acknowledged(6)
    assert sorted(kept[-1] for kept in side.notes.kept) == ["note 0", "note 1", "note 2"]
    assert len({entry["via"] for entry in await side.log("envelope")}) == 2
    await asyncio.gather(one.close(), two.close())


async def test_a_doubled_click_and_a_doubled_command_have_one_effect(side: Side) -> None:
    app = side.app()
    socket = side.socket(app)
    await socket.connect()
    ts = await side.card()
    side.sandbox.sky.report({"slack": {"duplicate": True}})
    await side.act("click", channel=directory.OTHER, ts=ts, action_id=TAKE, user=directory.AGENT)
    typed = {"channel": directory.OTHER, "user": directory.MANAGER, "command": "/cockpit"}
    await side.act("command", text="pause chat", **typed)
    kinds = ("interactive", "slash_commands")

    async def twice() -> bool:
        return len([f for f in await side.log("envelope") if f["type"] in kinds]) == 4

    await until(twice)
    await socket.close()
    await app.drain(5)
    assert side.review.decided == [("take", ON.conversation, directory.AGENT)]
    assert [change[:3] for change in side.controls.changed] == [("paused", Channel.CHAT, True)]


async def test_two_clicks_are_two(side: Side) -> None:
    app = side.app()
    socket = side.socket(app)
    await socket.connect()
    ts = await side.card()
    for _ in range(2):
        await side.act("click", channel=directory.OTHER, ts=ts, action_id=TAKE, user=directory.AGENT)

    async def both() -> bool:
        return len(side.review.decided) == 2

    await until(both)  # And the service knows that the second has nothing to add.
    await socket.close()


def event(text: str = "a note", event_id: str = "Ev1") -> str:
    said = {"type": "message", "channel": "C1", "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": text}
    whole = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": event_id}
    return json.dumps(whole | {"event": said})


def signed(body: str, retry: int | None = None) -> dict[str, str]:
    at = str(int(datetime.now(UTC).timestamp()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body)
    head = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": str(signature)}
    again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
    return {"Content-Type": "application/json", **head, **again}


async def delivered(side: Side, app: BoltApp, *retries: int | None, body: str = "") -> list[int]:
    """Deliver an event over signed HTTP, once per retry number; return the statuses."""
    site = web.Application()
    site.add_routes([http_route(app, SECRET)])
    body = body or event()
    async with TestServer(site, host="127.0.0.1") as server:

        async def deliver(retry: int | None) -> int:
            url = server.make_url("/slack/events")
            async with side.session.post(url, data=body, headers=signed(body, retry)) as answer:
                return answer.status

        return [await deliver(retry) for retry in retries]


async def test_http_retries_have_one_effect_also_after_a_restart(side: Side) -> None:
    assert await delivered(side, side.app(), None, 1, 2) == [200, 200, 200]
    assert await delivered(side, side.app(), 3) == [200]
    assert len(side.notes.kept) == 1
    assert await delivered(side, side.app(), None, body=event("another", "Ev2")) == [200]
    assert len(side.notes.kept) == 2


async def test_a_retry_of_what_failed_is_worked_on(side: Side) -> None:
    app, failures = side.app(), [Unavailable("The database is away")]
    add = side.notes.add

    async def flaky(*note: str) -> bool:
        if failures:
            raise failures.pop()
        return await add(*note)

    side.notes.add = flaky  # type: ignore[method-assign]
    assert await delivered(side, app, None, 1, 2) == [503, 200, 200]
    assert len(side.notes.kept) == 1


async def test_a_repetition_while_the_first_is_worked_on_shares_its_outcome(side: Side) -> None:
    app, may_go_on = side.app(), asyncio.Event()
    add = side.notes.add

    async def slow(*note: str) -> bool:
        await may_go_on.wait()
        return await add(*note)

    side.notes.add = slow  # type: ignore[method-assign]
    first = asyncio.create_task(delivered(side, app, None))
    second = asyncio.create_task(delivered(side, app, 1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asyncio.gather(first, second)), 0.2)
    may_go_on.set()
    assert [await first, await second] == [[200], [200]]
    assert len(side.notes.kept) == 1


async def test_what_was_decided_against_is_not_asked_again(side: Side) -> None:
    app = side.app()
    socket = side.socket(app)
    await socket.connect()
    ts = await side.card()
    side.review.fail = AlreadyDecided("<@U0BEN> was first.", winner="U0BEN")
    side.sandbox.sky.report({"slack": {"duplicate": True}})
    await side.act("click", channel=directory.OTHER, ts=ts, action_id=TAKE, user=directory.AGENT)

    async def twice() -> bool:
        return len([f for f in await side.log("envelope") if f["type"] == "interactive"]) == 2

    await until(twice)
    await socket.close()
    await app.drain(5)
    assert side.review.decided == []
    async with side.session.get(f"{side.sandbox.url}/control/slack/state") as answer:
        assert [one["text"] for one in (await answer.json())["ephemeral"]] == ["<@U0BEN> was first."]


class NoReceipts(Receipts):
    """Receipts of a database that is away."""

    def __init__(self) -> None:
        pass

    async def has(self, key: str) -> bool:
        raise Unavailable(f"The database is away, and {key} may be in it")

    async def keep(self, key: str) -> None:
        raise Unavailable(f"The database is away, so {key} is not in it")


async def test_without_its_receipts_it_works_on(side: Side, caplog: pytest.LogCaptureFixture) -> None:
    side.receipts = NoReceipts()
    assert await delivered(side, side.app(), None) == [200]
    assert len(side.notes.kept) == 1
    assert "slack_receipt_not_kept" in caplog.messages


class HangingReceipts(NoReceipts):
    """Receipts of a database that takes the question and does not answer."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()

    async def has(self, key: str) -> bool:
        await self.answers.wait()
        return await super().has(key)


async def test_a_database_that_hangs_keeps_no_click_from_being_acknowledged(side: Side) -> None:
    side.receipts = receipts = HangingReceipts()
    app = side.app()
    socket = side.socket(app)
    await socket.connect()
    ts = await side.card()
    await side.act("click", channel=directory.OTHER, ts=ts, action_id=TAKE, user=directory.AGENT)
    assert not any(entry["late"] for entry in await side.log("ack"))
    assert side.review.decided == [("take", ON.conversation, directory.AGENT)]
    receipts.answers.set()
    await socket.close()
    await app.drain(5)


async def test_listeners_may_end_and_those_that_hang_are_cut_off(side: Side) -> None:
    app, never = side.app(), asyncio.Event()
    await app.drain(1)  # Nothing runs.

    async def hang(*_note: str) -> bool:
        return await never.wait()

    side.notes.add = hang  # type: ignore[method-assign]
    hanging = asyncio.create_task(delivered(side, app, None))

    async def cut_off() -> bool:
        await app.drain(0.05)
        return hanging.done()

    await until(cut_off)
    assert side.notes.kept == []
