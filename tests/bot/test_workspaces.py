"""Two Slack workspaces, installed by OAuth and served by one threadpilot: each has what is its own."""

import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from bot.settings import from_env
from bot.verbs.doctor.examination import examine
from bot.verbs.privacy.erasing import erase_customer
from sandbox.server import SOUTH, SUPPORT, Sandbox
from sandbox.slack import directory
from tests.bot.world import App, Env, environment, far_side, started
from tests.waiting import until

NORTH, T_SOUTH = directory.TEAM, directory.SOUTHWIND.id
FOR_SOUTH = SUPPORT.replace("@", "+south@")
PAT, NOEL, KIM, MORGAN = (
    directory.SOUTH_AGENT,
    directory.SOUTH_MANAGER,
    directory.AGENT,
    directory.MANAGER,
)
ASKS = "How do I return an item, please? The item is a lamp, and I want to return it."


@dataclass
class Workspace:
    """One workspace of the far side, as its people see it."""

    app: App
    base: str
    team: directory.Team

    async def do(self, deed: str, **body: Any) -> Any:
        async with self.app.session.post(f"{self.base}/control/slack/{deed}", json=body) as answer:
            return await answer.json()

    async def state(self) -> Any:
        async with self.app.session.get(f"{self.base}/control/slack/state") as answer:
            return await answer.json()

    async def cards(self, text: str) -> list[dict[str, Any]]:
        found = (await self.state())["messages"]
        return [m for m in found if text in json.dumps(m) and "thread_ts" not in m]

    async def card(self, text: str, *, says: str = "approve") -> dict[str, Any]:
        """Wait for the card that says this, and return it."""

        async def claim() -> dict[str, Any] | None:
            found = [one for one in await self.cards(text) if says in json.dumps(one)]
            return found[0] if found else None

        return await until(claim)  # type: ignore[no-any-return]

    async def whispered(self, text: str) -> str:
        """Wait until somebody is told this, and nobody else."""

        async def claim() -> str | None:
            told = [one["text"] for one in (await self.state())["ephemeral"] if text in one["text"]]
            return told[-1] if told else None

        return await until(claim)  # type: ignore[no-any-return]

    async def home(self, user: str, text: str) -> str:
        """Open somebody's Home, and wait until it says this."""

        async def claim() -> str | None:
            shown = json.dumps((await self.do("home", user=user))["view"], ensure_ascii=False)
            return shown if text in shown else None

        return await until(claim)  # type: ignore[no-any-return]


@dataclass
class Both:
    """The app, and the two workspaces."""

    app: App
    env: Env
    sandbox: Sandbox
    north: Workspace
    south: Workspace

    async def mail(self, word: str, to: str, sender: str = "") -> None:
        body = {
            "from": sender or f"{word}@customer.example",
            "subject": word,
            "text": f"{ASKS} {word}",
            "to": to,
        }
        async with self.app.session.post(f"{self.sandbox.url}/control/mail/send", json=body) as answer:
            assert (await answer.json())["ok"]

    async def install(self, team: str) -> tuple[int, str]:
        """Install the app as a browser does."""
        async with self.app.session.get(
            f"{self.app.url}/slack/install?team={team}", allow_redirects=False
        ) as answer:
            cookie, at_slack = answer.headers["Set-Cookie"].partition(";")[0], answer.headers["Location"]
        async with self.app.session.get(at_slack, allow_redirects=False) as answer:
            back = answer.headers["Location"]
        async with self.app.session.get(back, headers={"Cookie": cookie}) as answer:
            return answer.status, await answer.text()

    async def hand(self, body: dict[str, Any]) -> tuple[int, str]:
        """Hand the app a signed request."""
        said, now = json.dumps(body), str(int(time.time()))
        verifier = SignatureVerifier(self.env["SLACK_SIGNING_SECRET"])
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": str(verifier.generate_signature(timestamp=now, body=said)),
        }
        if body.get("type") != "event_callback":
            said = urlencode(body if body.get("command") else {"payload": said})
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Signature": str(verifier.generate_signature(timestamp=now, body=said)),
            }
        async with self.app.session.post(
            f"{self.app.url}/slack/events", data=said, headers=headers
        ) as answer:
            return answer.status, await answer.text()

    async def counted(self, name: str) -> dict[str, float]:
        async with self.app.session.get(f"{self.app.url}/metrics") as answer:
            text = await answer.text()
        rows = re.findall(rf"^{name}\{{(.*?)\}} ([\d.]+)$", text, re.MULTILINE)
        return {labels: float(value) for labels, value in rows}

    async def parts(self) -> dict[str, str]:
        return (await self.app.get("/readyz"))[1]["parts"]  # type: ignore[no-any-return]


def settings(sandbox: Sandbox, folder: Path) -> Env:
    env = environment(sandbox, folder)
    del env["SLACK_BOT_TOKEN"], env["SLACK_APP_TOKEN"]
    south = f"{T_SOUTH}/{directory.SOUTH_SUPPORT}"
    return env | {
        "SLACK_CLIENT_ID": directory.CLIENT_ID,
        "SLACK_CLIENT_SECRET": directory.CLIENT_SECRET,
        "SLACK_WORKSPACE": f"{NORTH},{T_SOUTH}",
        "SLACK_CHANNELS": f"{env['SLACK_CHANNELS']},{FOR_SOUTH}={south}",
        "SLACK_ESCALATION_CHANNEL": (
            f"{env['SLACK_ESCALATION_CHANNEL']},{T_SOUTH}/{directory.SOUTH_ESCALATIONS}"
        ),
        "SLACK_MANAGERS": f"{env['SLACK_MANAGERS']},{T_SOUTH}/{NOEL}",
        "THREADPILOT_PUBLIC_URL": f"http://{env['THREADPILOT_HTTP']}",
        "THREADPILOT_SECRET_KEY": "s" * 32,
        "THREADPILOT_MODE": "assist",
    }


@pytest.fixture
async def both(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    """Run the app: over HTTP, or over Socket Mode where a test asks for it."""
    async with far_side() as sandbox:
        env = settings(sandbox, tmp_path)
        if getattr(request, "param", "http") == "socket":
            env["SLACK_APP_TOKEN"] = directory.APP_TOKEN
        async with started(env) as app:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            south = Workspace(app, f"{sandbox.url}{SOUTH}", directory.SOUTHWIND)
            yield Both(app, env, sandbox, north, south)


async def press(place: Workspace, card: dict[str, Any], user: str, button: str = "approve") -> Any:
    return await place.do("click", channel=card["channel"], ts=card["ts"], action_id=button, user=user)


def pressed_in(team: str, user: str, card: dict[str, Any], button: str) -> dict[str, Any]:
    """Return a press of a card's button as Slack would tell of it, had it been made in another workspace."""
    found = next(
        one for block in card["blocks"] for one in block.get("elements", ()) if one.get("action_id") == button
    )
    return {
        "type": "block_actions",
        "team": {"id": team, "domain": "x"},
        "user": {"id": user, "team_id": team},
        "trigger_id": f"{team}.{user}.{time.time()}",
        "channel": {"id": card["channel"]},
        "message": {"ts": card["ts"]},
        "container": {"type": "message", "channel_id": card["channel"], "message_ts": card["ts"]},
        "actions": [{"action_id": button, "block_id": "b", "type": "button", "value": found["value"]}],
    }


async def test_each_workspace_has_its_own_conversations_people_and_end(both: Both) -> None:
    assert (await both.install(NORTH))[0] == 200
    assert (await both.install(T_SOUTH))[0] == 200
    assert (await both.parts())[f"slack {T_SOUTH}"] == "ok"

    await both.mail("zanzibar", SUPPORT)
    await both.mail("quetzal", FOR_SOUTH)
    in_north, in_south = await both.north.card("zanzibar"), await both.south.card("quetzal")
    assert in_north["channel"] == directory.SUPPORT_CHANNELS["email"]
    assert in_south["channel"] == directory.SOUTH_SUPPORT
    assert not await both.north.cards("quetzal")
    assert not await both.south.cards("zanzibar")

    # Whoever presses in the other workspace has nothing there: it is counted, and nothing happens.
    for team, user, card in ((T_SOUTH, PAT, in_north), (NORTH, KIM, in_south)):
        assert (await both.hand(pressed_in(team, user, card, "approve")))[0] == 200
    foreign = 'act="button approve",role="unknown here"'

    async def both_refused() -> bool:
        return (await both.counted("threadpilot_acts_refused_total")).get(foreign) == 2

    await until(both_refused)
    assert not both.sandbox.sink.received
    # An agent of one is nobody in the other, whatever the conversation is.
    assert (await both.hand(pressed_in(NORTH, PAT, in_north, "approve")))[0] == 200
    nobody = 'act="button approve",role="nobody"'

    async def refused() -> bool:
        return (await both.counted("threadpilot_acts_refused_total")).get(nobody) == 1

    await until(refused)

    await press(both.north, in_north, KIM)
    await press(both.south, in_south, PAT)

    async def both_answered() -> bool:
        return {one["to"] for one in both.sandbox.sink.received} == {
            "zanzibar@customer.example",
            "quetzal@customer.example",
        }

    await until(both_answered)

    # The second removes the app: the first goes on, is told, and what belongs to the second waits.
    both.sandbox.southwind.remove_app()
    gone = {
        "type": "event_callback",
        "team_id": T_SOUTH,
        "event_id": "Ev1",
        "event": {"type": "app_uninstalled"},
    }
    assert (await both.hand(gone))[0] == 200
    assert "not installed" in (await both.parts())[f"slack {T_SOUTH}"]
    assert (await both.counted("threadpilot_part_up"))[f'part="slack {T_SOUTH}"'] == 0
    await both.north.card(f"was removed from the Slack workspace {T_SOUTH}", says="removed")
    await both.mail("okapi", FOR_SOUTH)
    await both.mail("narwhal", SUPPORT)
    await press(both.north, await both.north.card("narwhal"), KIM)
    assert not await both.south.cards("okapi")
    assert not await both.north.cards("okapi")
    late = pressed_in(T_SOUTH, PAT, in_south, "approve")
    assert (await both.hand(late))[0] == 200
    absent = 'act="workspace not installed",role="nobody"'
    assert (await both.counted("threadpilot_acts_refused_total"))[absent] == 1

    assert (await both.install(T_SOUTH))[0] == 200
    waited = await both.south.card("okapi")
    await press(both.south, waited, PAT)

    async def all_answered() -> bool:
        return len(both.sandbox.sink.received) == 4

    await until(all_answered)


async def test_what_was_removed_while_threadpilot_was_down_is_told_and_its_cards_wait(tmp_path: Path) -> None:
    async with far_side() as sandbox:
        env = settings(sandbox, tmp_path)

        def at(app: App) -> Both:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            return Both(
                app, env, sandbox, north, Workspace(app, f"{sandbox.url}{SOUTH}", directory.SOUTHWIND)
            )

        async with started(env) as app:
            both = at(app)
            await both.install(NORTH)
            await both.install(T_SOUTH)
        sandbox.southwind.remove_app()
        async with started(env) as app:
            both = at(app)
            assert "not installed" in (await both.parts())[f"slack {T_SOUTH}"]
            await both.north.card(f"was removed from the Slack workspace {T_SOUTH}", says="removed")
            await both.mail("okapi", FOR_SOUTH)

            async def waits() -> bool:
                return "1 cards wait" in json.dumps(await both.parts())

            await until(waits)
            assert (await both.parts())["slack cards"] == "ok"  # Of the main one.
            assert (await both.install(T_SOUTH))[0] == 200
            await both.south.card("okapi")

            # And where it is removed while it runs, and Slack's word of that is lost.
            sandbox.southwind.remove_app()
            await both.mail("narwhal", FOR_SOUTH)

            async def told() -> bool:
                return "not installed" in (await both.parts())[f"slack {T_SOUTH}"]

            await until(told)
            await both.install(T_SOUTH)
            await both.south.card("narwhal")


_NOT_HERE = "threadpilot does not work in this Slack workspace (any more). Nothing was done."


class Told(TestServer):
    """Where Slack takes what is said to whoever has just pressed a button."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        app = web.Application()
        app.router.add_post("/told", self._take)
        super().__init__(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.said.append(await request.json())
        return web.Response()


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    async with Told() as server:
        yield server


async def test_what_comes_from_a_workspace_that_nobody_named_has_no_effect(both: Both, told: Told) -> None:
    await both.install(NORTH)
    asked = {
        "command": "/cockpit",
        "text": "status",
        "team_id": "T0STRANGER",
        "user_id": KIM,
        "channel_id": "C1",
    }
    assert await both.hand(asked) == (
        200,
        _NOT_HERE,
    )
    unknown = 'act="workspace unknown",role="nobody"'
    assert (await both.counted("threadpilot_acts_refused_total"))[unknown] == 1
    pressed = {
        "type": "block_actions",
        "team": {"id": "T0STRANGER"},
        "user": {"id": KIM, "team_id": "T0STRANGER"},
        "trigger_id": "1.2.3",
        "response_url": str(told.make_url("/told")),
        "actions": [{"action_id": "approve", "value": f"{'a' * 32}.1.."}],
    }
    assert await both.hand(pressed) == (200, "")
    (said,) = told.said
    assert (said["text"], said["response_type"], said["replace_original"]) == (_NOT_HERE, "ephemeral", False)
    assert (await both.counted("threadpilot_acts_refused_total"))[unknown] == 2
    await both.north.card("Somebody of the Slack workspace T0STRANGER", says="none of ours")
    both.sandbox.slack.oauth.workspace = "T0STRANGER"
    assert (await both.install(T_SOUTH))[0] == 403


async def test_the_desk_as_a_whole_is_for_people_of_the_main_workspace(both: Both) -> None:
    await both.install(NORTH)
    await both.install(T_SOUTH)
    for text, refused in (("threshold 20%", True), ("stats", True), ("help", False), ("find quetzal", False)):
        said = await both.south.do(
            "command", channel=directory.SOUTH_SUPPORT, user=NOEL, command="/cockpit", text=text
        )
        assert ("Only people of the main workspace may do this" in json.dumps(said)) is refused, text


@pytest.mark.parametrize("both", ["http", "socket"], indirect=True)
async def test_who_finds_or_looks_sees_what_is_of_their_workspace(both: Both) -> None:
    await both.install(NORTH)
    await both.install(T_SOUTH)
    await both.mail("zanzibar", SUPPORT)
    await both.mail("quetzal", FOR_SOUTH)
    await both.north.card("zanzibar")
    await both.south.card("quetzal")
    for place, user, channel, own, other in (
        (both.north, KIM, directory.OTHER, "zanzibar", "quetzal"),
        (both.south, PAT, directory.SOUTH_SUPPORT, "quetzal", "zanzibar"),
    ):
        home = await place.home(user, own)
        assert other not in home
        assert ("*Channels*" in home) is (place is both.north)
        for word, found in ((own, True), (other, False)):
            await place.do("command", channel=channel, user=user, command="/cockpit", text=f"find {word}")
            head = "*Found for*" if found else "Nothing was found for"
            said = await place.whispered(f"{head} `{word}`")
            assert ("archives" in said) is found


async def test_a_token_of_one_workspace_opens_nothing_in_another(both: Both) -> None:
    both.sandbox.southwind.install()
    url = f"{both.sandbox.slack_api}chat.postMessage"
    for token, channel in (
        (directory.BOT_TOKEN, directory.SOUTH_SUPPORT),
        (directory.SOUTHWIND.token, directory.OTHER),
    ):
        async with both.app.session.post(
            url, json={"channel": channel, "text": "x"}, headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            assert (await answer.json())["error"] == "channel_not_found"


async def test_managers_of_a_workspace_say_where_its_cards_go_and_of_no_other(both: Both) -> None:
    await both.install(NORTH)
    await both.install(T_SOUTH)

    async def typed(place: Workspace, user: str, channel: str, text: str) -> str:
        said = await place.do("command", channel=channel, user=user, command="/cockpit", text=text)
        return json.dumps(said, ensure_ascii=False)

    other = directory.SOUTH_ESCALATIONS
    assert "Only managers may do this" in await typed(both.south, PAT, other, "cards here")
    await typed(both.south, NOEL, other, "cards email here")
    said = await both.south.whispered(f"e-mail: <#{other}>")
    assert "set here" in said
    assert f"chat: <#{directory.SOUTH_SUPPORT}>" in said
    assert "set here" not in await typed(both.north, MORGAN, directory.OTHER, "cards")
    await typed(both.south, NOEL, other, f"cards {directory.OTHER}")
    await both.south.whispered("was not invited to it")
    await both.mail("quetzal", FOR_SOUTH)
    await both.mail("zanzibar", SUPPORT)
    first = await both.south.card("quetzal")
    assert first["channel"] == other
    assert (await both.north.card("zanzibar"))["channel"] == directory.SUPPORT_CHANNELS["email"]
    assert "set here" not in await typed(both.south, NOEL, other, "cards usual")
    await both.mail("okapi", FOR_SOUTH)
    assert (await both.south.card("okapi"))["channel"] == directory.SOUTH_SUPPORT
    await press(both.south, first, PAT)
    assert (await both.south.card("quetzal", says="Answered"))["channel"] == other


async def test_erasing_and_the_doctor_reach_into_every_workspace(tmp_path: Path) -> None:
    async with far_side() as sandbox:
        env = settings(sandbox, tmp_path)
        known, ada = from_env(env), "ada@customer.example"
        part = f"slack {T_SOUTH}"
        assert "not installed there" in {one.part: one.text for one in await examine(env)}[part]
        async with started(env) as app:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            south = Workspace(app, f"{sandbox.url}{SOUTH}", directory.SOUTHWIND)
            both = Both(app, env, sandbox, north, south)
            await both.install(NORTH)
            await both.install(T_SOUTH)
            await both.mail("zanzibar", SUPPORT, ada)
            await both.mail("quetzal", FOR_SOUTH, ada)
            await north.card("zanzibar")
            await south.card("quetzal")
        found = {one.part: one for one in await examine(env)}[part]
        assert (found.ok, found.text) == (
            True,
            f"threadpilot in Southwind, cards in {directory.SOUTH_SUPPORT}",
        )
        sandbox.southwind.remove_app()
        refused = {one.part: one for one in await examine(env)}[part]
        assert (refused.ok, refused.text) == (
            False,
            f"Slack does not accept the installation in {T_SOUTH} (open /slack/install?team={T_SOUTH}).",
        )
        sandbox.southwind.install()
        erased = partial(
            erase_customer, known.database_url, ada, known.slack, yes=True, actor="dpo", secret_key="s" * 32
        )
        assert (await erased()).done
        for place, word in ((sandbox.slack, "zanzibar"), (sandbox.southwind, "quetzal")):
            assert word not in json.dumps(place.workspace.messages)


@pytest.mark.parametrize("is_there", [True, False])
async def test_erasing_reaches_a_workspace_that_has_left_the_settings_or_names_what_stands_there(
    tmp_path: Path, is_there: bool
) -> None:
    async with far_side() as sandbox:
        env = settings(sandbox, tmp_path)

        def at(app: App) -> Both:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            south = Workspace(app, f"{sandbox.url}{SOUTH}", directory.SOUTHWIND)
            return Both(app, env, sandbox, north, south)

        async with started(env) as app:
            both = at(app)
            await both.install(NORTH)
            await both.install(T_SOUTH)
            await both.mail("quetzal", FOR_SOUTH)
            card = await both.south.card("quetzal")
        named = ("SLACK_WORKSPACE", "SLACK_CHANNELS", "SLACK_ESCALATION_CHANNEL", "SLACK_MANAGERS")
        env |= {name: ",".join(one for one in env[name].split(",") if T_SOUTH not in one) for name in named}
        with closing(sqlite3.connect(tmp_path / "threadpilot.db")) as database:
            database.execute("UPDATE conversations SET version = version + 1, subject = 'quetzal anew'")
            database.commit()
        async with started(env) as app:  # The main workspace takes over, and the card is shown there.
            await at(app).north.card("quetzal anew")
        if not is_there:
            sandbox.southwind.remove_app()
        known = from_env(env)
        said = await erase_customer(
            known.database_url,
            "quetzal@customer.example",
            known.slack,
            yes=True,
            actor="dpo",
            secret_key="s" * 32,
        )
        assert "quetzal" not in json.dumps(sandbox.slack.workspace.messages)
        stands = "quetzal" in json.dumps(sandbox.southwind.workspace.messages)
        assert (said.done, stands) == (is_there, not is_there)
        place = f"{T_SOUTH} {card['channel']} {card['ts']}"
        assert ("NOT all is erased" in str(said)) is (place in str(said)) is not is_there


async def test_what_is_open_in_a_workspace_that_is_named_no_more_comes_to_the_main_one(
    tmp_path: Path,
) -> None:
    async with far_side() as sandbox:
        env = settings(sandbox, tmp_path)
        async with started(env) as app:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            south = Workspace(app, f"{sandbox.url}{SOUTH}", directory.SOUTHWIND)
            both = Both(app, env, sandbox, north, south)
            await both.install(NORTH)
            await both.install(T_SOUTH)
            await both.mail("quetzal", FOR_SOUTH)
            await south.card("quetzal")
        left = {"SLACK_WORKSPACE": NORTH}
        for name in ("SLACK_CHANNELS", "SLACK_ESCALATION_CHANNEL", "SLACK_MANAGERS"):
            left[name] = ",".join(part for part in env[name].split(",") if T_SOUTH not in part)
        async with started(env | left) as app:
            north = Workspace(app, sandbox.url, directory.NORTHWIND)
            await north.card("quetzal")  # Without a change of it, and without looking for the old one.
            both = Both(app, env | left, sandbox, north, south)
            assert (await both.parts())["slack cards"] == "ok"
            told = json.dumps(sandbox.slack.workspace.messages)
            assert "takes no cards" not in told
        assert "quetzal" in json.dumps(sandbox.southwind.workspace.messages)
