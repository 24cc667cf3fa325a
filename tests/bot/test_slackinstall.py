"""The app installed into Slack by OAuth: who may, what is kept of it, and how it ends."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.core.errors import Misconfigured
from bot.core.sealing import OPEN
from bot.settings import from_env
from bot.verbs.audit import auditing
from bot.wiring.slackinstall import Installation, token_of
from handlers.slack.install import States
from integrations.slack.client import SlackClient
from sandbox.server import Sandbox
from sandbox.slack import directory
from storage.database import open_database
from storage.signals import LocalSignals
from tests.bot.test_app import send
from tests.bot.test_privacy import ADA, BEN, mail_of
from tests.bot.world import App, Env, Outside, environment, far_side, started
from tests.integrations.slack.fake_slack import FakeSlack, running
from tests.storage.conftest import Clock
from tests.waiting import until


@dataclass
class Place:
    """A far side, and the environment of an app that is to be installed there."""

    sandbox: Sandbox
    env: Env
    folder: Path

    def on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.glob("threadpilot.db*"))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with far_side() as sandbox:
        env = environment(sandbox, tmp_path)
        del env["SLACK_BOT_TOKEN"], env["SLACK_APP_TOKEN"]
        env |= {
            "SLACK_CLIENT_ID": directory.CLIENT_ID,
            "SLACK_CLIENT_SECRET": directory.CLIENT_SECRET,
            "SLACK_WORKSPACE": directory.TEAM,
            "THREADPILOT_PUBLIC_URL": f"http://{env['THREADPILOT_HTTP']}",
            "THREADPILOT_SECRET_KEY": "s" * 32,
        }
        yield Place(sandbox, env, tmp_path)


async def begun(app: App) -> tuple[str, str]:
    """Begin an installation as a browser does; return where Slack sends it back to, and its cookie."""
    async with app.session.get(f"{app.url}/slack/install", allow_redirects=False) as answer:
        assert answer.status == 302
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "Secure" in answer.headers["Set-Cookie"]
        at_slack = answer.headers["Location"]
    assert parse_qs(urlsplit(at_slack).query)["team"] == [directory.TEAM]
    async with app.session.get(at_slack, allow_redirects=False) as answer:
        return answer.headers["Location"], cookie


async def returned(app: App, back: str, cookie: str) -> tuple[int, str]:
    async with app.session.get(back, headers={"Cookie": cookie} if cookie else {}) as answer:
        return answer.status, await answer.text()


async def hear(app: App, env: Env, event: dict[str, object]) -> int:
    """Hand the app an event as Slack does."""
    body = json.dumps(
        {"type": "event_callback", "team_id": directory.TEAM, "event_id": str(event), "event": event}
    )
    verifier, now = SignatureVerifier(env["SLACK_SIGNING_SECRET"]), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": str(verifier.generate_signature(timestamp=now, body=body)),
    }
    async with app.session.post(f"{app.url}/slack/events", data=body, headers=headers) as answer:
        return answer.status


async def told(place: Place) -> list[tuple[str, str]]:
    """Return what the audit log has of the installation, and who did it."""
    rows: list[tuple[str, str]] = []
    await auditing.verify(place.env["DATABASE_URL"], taken=lambda row: rows.append((row.action, row.actor)))
    return [row for row in rows if row[0].startswith("slack.")]


async def test_the_app_waits_to_be_installed_keeps_its_token_sealed_and_forgets_it_when_removed(
    place: Place,
) -> None:
    async with started(place.env) as app:
        outside = Outside(app, place.sandbox, place.env)
        await asyncio.to_thread(send, place.env, mail_of(place.env, ADA))
        back, cookie = await begun(app)
        assert (await returned(app, back, cookie))[0] == 200
        await outside.shown("zanzibarite")
        assert await returned(app, back, cookie) == (
            403,
            "This link is over, or was opened in another browser. Begin again at /slack/install.",
        )
    assert directory.BOT_TOKEN.encode() not in place.on_disk()
    async with started(place.env) as app:
        assert (await app.ready())["parts"]["slack"] == "ok"
        assert await hear(app, place.env, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}) == 200
        assert (await app.get("/readyz"))[1]["parts"]["slack"] == "ok"
        assert (
            await hear(app, place.env, {"type": "app_uninstalled"}) == 200
        )  # Of an installation before this one.
        assert (await app.get("/readyz"))[1]["parts"]["slack"] == "ok"
        assert [action for action, _ in await told(place)] == ["slack.install"]
        place.sandbox.slack.remove_app()
        assert await hear(app, place.env, {"type": "app_uninstalled", "again": True}) == 200

        await asyncio.to_thread(send, place.env, mail_of(place.env, BEN))

        async def named() -> bool:
            return "is not installed in Slack" in json.dumps((await app.get("/readyz"))[1]["parts"])

        await until(named)
    assert await told(place) == [
        ("slack.install", directory.MANAGER),
        ("slack.remove", "slack"),
    ]


async def test_an_installation_that_is_not_begun_here_or_elsewhere_is_refused(place: Place) -> None:
    async with started(place.env) as app:
        back, cookie = await begun(app)
        for address, brought in (
            (back, ""),
            (back, "slack-app-oauth-state=other"),
            (back.replace("state=", "state=x"), cookie.replace("state=", "state=x")),
            (f"{app.url}/slack/oauth_redirect", cookie),
        ):
            status, said = await returned(app, address, brought)
            assert (status, said.count("\n")) == (403, 0)
        marked = f"{app.url}/slack/oauth_redirect?error=<script>"
        assert await returned(app, marked, cookie) == (
            403,
            "This link is over, or was opened in another browser. Begin again at /slack/install.",
        )
        state = cookie.partition("=")[2]
        wrong = f"{app.url}/slack/oauth_redirect?state={state}&code=guessed"
        assert "Slack does not know this installation" in (await returned(app, wrong, cookie))[1]
        place.sandbox.slack.oauth.workspace = "T0ELSEWHERE"
        back, cookie = await begun(app)
        assert await returned(app, back, cookie) == (
            403,
            "threadpilot is for another Slack workspace, and nothing was installed here.",
        )
        assert directory.BOT_TOKEN.encode() not in place.on_disk()


async def test_a_state_ends_and_is_good_once() -> None:
    clock = Clock()
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        states = States(database, clock, "s" * 32)
        first, late = await states.async_issue(), await states.async_issue()
        assert await states.async_consume(first)
        assert not await states.async_consume(first)
        clock.advance(601)
        assert not await states.async_consume(late)
        other = await States(database, clock, "t" * 32).async_issue()
        for forged in (other, "", ".", "a.b.c", "é.9.x", first[:-1]):
            assert not await states.async_consume(forged)


@pytest.mark.parametrize("missing", ["SLACK_CLIENT_SECRET", "SLACK_WORKSPACE", "THREADPILOT_PUBLIC_URL"])
async def test_half_an_app_is_told_at_the_start(place: Place, missing: str) -> None:
    with pytest.raises(Misconfigured, match=f"set {missing} as well"):
        from_env({name: value for name, value in place.env.items() if name != missing})


class MeanwhileInstalled(FakeSlack):
    """A Slack that refuses a token while, in another process, somebody installs the app anew."""

    other: Installation

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if "xoxb-old" in request.headers["Authorization"]:
            await self.other.keep("U1", "xoxb-new")
        return await super().handle(request)


async def test_an_installation_that_is_made_while_the_one_before_is_given_up_stays(place: Place) -> None:
    settings, slack = from_env(place.env).slack, MeanwhileInstalled()
    async with (
        open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database,
        running(slack),
        aiohttp.ClientSession() as session,
    ):

        def process() -> Installation:
            return Installation(settings, database, "k" * 32, SlackClient("", f"{slack.url}api/", session))

        slack.other, ours = process(), process()
        await ours.keep("U1", "xoxb-old")
        slack.then("auth.test", "token_revoked")
        await ours.departed(directory.TEAM)
        assert await token_of(settings, database, "k" * 32) == "xoxb-new"
        assert await ours.is_installed()
        async with database.snapshot() as tx:
            actions = [row.action for row in await tx.audit.rows()]
    assert actions == ["slack.install", "slack.install"]
