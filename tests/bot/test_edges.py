"""Every route of the whole app, found in the app itself: what is forged, stale or too large gets in nowhere.

A route that is added is tested here by itself, except that a new provider needs to be able to sign (SIGNERS).
"""

import gzip
import hmac
import io
import json
import re
import time
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import aiohttp
import jwt
import pytest
import pytest_asyncio
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from yarl import URL

from bot.app import running
from bot.core.access import ACCESS, Proof, Role, needed
from bot.settings import from_env
from bot.settings.secrets import SECRETS
from handlers.web import inbound_email
from handlers.web.signed import SignedLinks
from integrations.zendesk import signature as zendesk
from sandbox.slack import directory
from tests.bot.world import Env, environment, far_side, written_log
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "the-key-of-everything-in-this-test"
FORGED = {"until": "99999999999", "proof": "0" * 64}
FORM = "application/x-www-form-urlencoded"
HOUR = 3600
LARGE = {"/inbound/email", "/chat/v1/files"}


@dataclass
class Doors:
    """The whole app with everything switched on, as somebody outside sees it."""

    url: str
    env: Env
    routes: list[tuple[str, str]]
    session: aiohttp.ClientSession
    log: Callable[[], str]
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of(self, *proofs: Proof) -> list[tuple[str, str]]:
        """Return method and path of the routes that want one of these proofs."""
        return [one for one in self.routes if needed(" ".join(one)) in proofs]

    async def ask(
        self, method: str, path: str, data: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        target = self.url + filled(path)
        async with self.session.request(
            method, target, data=data, headers=headers, allow_redirects=False
        ) as answer:
            said = await answer.text(errors="replace")
            if answer.status >= 400:
                self.asked[path.partition("?")[0], str(answer.status)] += 1
            return answer.status, dict(answer.headers), said

    async def counted(self) -> Counter[tuple[str, str]]:
        """Return what the app has counted of refused requests, by edge and status."""
        async with self.session.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        rows = re.findall(
            r'^threadpilot_requests_turned_away_total\{edge="(.*?)",reason="(\d+)"\} ([\d.]+)$',
            text,
            re.MULTILINE,
        )
        return Counter({(edge, reason): int(float(count)) for edge, reason, count in rows})


def filled(path: str) -> str:
    """Put something into the places of a path."""
    return re.sub(r"\{sid\}", "RE" + "0" * 32, re.sub(r"\{(?!sid)\w+\}", "a" * 32, path))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    async with far_side() as sandbox, aiohttp.ClientSession() as session:
        changes = {
            "INBOUND_EMAIL_SECRET": KEY,
            "CHAT_IDENTITY_SECRET": KEY,
            "THREADPILOT_SECRET_KEY": KEY,
            "RATING_CHANNELS": "email",
            "SLACK_CLIENT_ID": directory.CLIENT_ID,
            "SLACK_CLIENT_SECRET": directory.CLIENT_SECRET,
            "SLACK_WORKSPACE": directory.TEAM,
        }
        env = environment(sandbox, folder, **changes)
        del env["SLACK_APP_TOKEN"]
        with written_log() as log:
            async with running(from_env(env)) as pages:
                yield Doors(f"http://{env['THREADPILOT_HTTP']}", env, routes_of(pages), session, log.getvalue)


def routes_of(pages: web.Application | None) -> list[tuple[str, str]]:
    assert pages is not None
    return [
        (route.method, route.resource.canonical)
        for route in pages.router.routes()
        if route.method != "HEAD" and route.resource is not None
    ]


def slack(env: Env, body: bytes, at: int) -> dict[str, str]:
    verifier = SignatureVerifier(env["SLACK_SIGNING_SECRET"])
    signed = verifier.generate_signature(timestamp=str(at), body=body)
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": str(signed)}


def inbound(env: Env, body: bytes, at: int) -> dict[str, str]:
    signed = inbound_email.signature(env["INBOUND_EMAIL_SECRET"], str(at), body)
    return {inbound_email.TIMESTAMP: str(at), inbound_email.SIGNATURE: signed}


def of_zendesk(env: Env, body: bytes, at: int) -> dict[str, str]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    digest = hmac.digest(env["ZENDESK_WEBHOOK_SECRET"].encode(), stamp.encode() + body, "sha256")
    return {zendesk.TIMESTAMP: stamp, zendesk.SIGNATURE: b64encode(digest).decode()}


def unsignable(_env: Env, _body: bytes, _at: int) -> dict[str, str]:
    """Twilio's signature has no time in it: a repetition is harmless by its ids (tests/handlers/web)."""
    return {}


SIGNERS: Mapping[str, Callable[[Env, bytes, int], dict[str, str]]] = {
    "/slack/": slack,
    "/inbound/": inbound,
    "/zendesk/": of_zendesk,
    "/twilio/": unsignable,
}


def signer_of(path: str) -> Callable[[Env, bytes, int], dict[str, str]]:
    found = next((sign for prefix, sign in SIGNERS.items() if path.startswith(prefix)), None)
    assert found is not None, f"say in SIGNERS how a request to {path} is signed"
    return found


async def test_every_route_is_classified_and_every_line_is_for_a_route(doors: Doors) -> None:
    missing = [f"{method} {path}" for method, path in doors.routes if not _is_classified(method, path)]
    assert missing == [], "add a line for each to bot/core/access.py: who may come, and with what proof?"
    lines = {act for act in ACCESS if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", act) and "*" not in act}
    assert lines <= {f"{method} {path}" for method, path in doors.routes}, "a line there is for nothing"


def _is_classified(method: str, path: str) -> bool:
    return f"{method} {path}" in ACCESS or f"{method} {path.rpartition('/')[0]}/*" in ACCESS


async def test_what_anybody_may_ask_changes_nothing(doors: Doors) -> None:
    changing = {path for method, path in doors.of(Proof.OPEN) if method != "GET"}
    assert changing == {"/dashboard/leave"}  # It ends the session of whoever asks.


async def test_forged_and_replayed_requests_of_providers_are_refused_everywhere(doors: Doors) -> None:
    tried = 0
    for method, path in doors.of(Proof.SIGNATURE):
        sign, body = signer_of(path), b"From=%2B442079460101&Body=hello"
        now = int(time.time())
        usual = {"Content-Type": FORM}
        wrong = {name: value[:-4] + "0000" for name, value in sign(doors.env, body, now).items()}
        stale, future = (sign(doors.env, body, now + shift) for shift in (-HOUR, HOUR))
        other = sign(doors.env | dict.fromkeys(SECRETS, "x" * 40), body, now)
        moved = {**sign(doors.env, body, now - HOUR), **_only_time(sign(doors.env, body, now))}
        for forged in ({}, {"X-Twilio-Signature": "AAAA"}, wrong, stale, future, other, moved):
            status, _, said = await doors.ask(method, path, body, usual | forged)
            assert status in {401, 403}, (path, forged)
            assert said
            tried += 1
    assert tried >= 7 * 8


def _only_time(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if "timestamp" in name.lower()}


STRANGER = "T0STRANGER"
FROM_ELSEWHERE = (
    {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "tab": "home"}},
    {"type": "event_callback", "event_id": "Ev2", "event": {"type": "app_uninstalled"}},
    {"type": "block_actions", "actions": [{"action_id": "approve", "value": f"{'a' * 32}.1.."}]},
    {"type": "view_submission", "view": {"id": "V1", "callback_id": "edit_answer"}},
    {"type": "shortcut", "callback_id": "new_conversation"},
    {"command": "/cockpit", "text": "pause", "user_id": "U1", "channel_id": "C1"},
)


@pytest.mark.parametrize("asked", FROM_ELSEWHERE, ids=lambda asked: asked.get("type", "command"))
@pytest.mark.parametrize("team", [STRANGER, "", None])
async def test_what_slack_hands_over_from_a_workspace_that_is_not_ours_does_nothing(
    doors: Doors, asked: Mapping[str, object], team: str | None
) -> None:
    before = await refused(doors)
    if "command" in asked:
        body, kind = urlencode({**asked, "team_id": team or ""}), FORM
    elif asked["type"] == "event_callback":
        body, kind = json.dumps({**asked, "team_id": team}), "application/json"
    else:
        person = {"user": {"id": "U1", "team_id": team}, "team": {"id": team} if team else None}
        body, kind = urlencode({"payload": json.dumps({**asked, **person, "trigger_id": "1.2"})}), FORM
    signed = slack(doors.env, body.encode(), int(time.time()))
    status, _, said = await doors.ask("POST", "/slack/events", body, {"Content-Type": kind} | signed)
    assert status == 200  # Else Slack hands it over again.
    assert ("does not work in this Slack workspace" in said) is ("command" in asked)
    assert await refused(doors) == before + 1


async def refused(doors: Doors) -> int:
    """Return how many requests came from a workspace that nobody named."""
    async with doors.session.get(f"{doors.url}/metrics") as answer:
        text = await answer.text()
    found = re.search(r'acts_refused_total\{act="workspace unknown",role="nobody"\} ([\d.]+)', text)
    return int(float(found[1])) if found else 0


async def test_too_large_requests_are_refused_everywhere(doors: Doors) -> None:
    for method, path in doors.routes:
        most = 26 if path in LARGE else 2
        headers, query = await _accepted(doors, method, path)
        body = io.BytesIO(b"x" * (most << 20))
        status, _, _ = await doors.ask(method, path + query, body, headers)
        assert status == 413, (method, path)


async def _accepted(doors: Doors, method: str, path: str) -> tuple[dict[str, str], str]:
    """Return headers and query with which a request is only refused for its size."""
    proof = needed(f"{method} {path}")
    if proof is Proof.SIGNATURE:
        return {"Content-Type": FORM} | signer_of(path)(doors.env, b"", int(time.time())), ""
    if proof is Proof.VISITOR and method == "POST":
        _, _, said = await doors.ask("POST", "/chat/v1/session", "{}")
        query = "?cid=1" if path == "/chat/v1/files" else ""
        return {"Authorization": f"Bearer {json.loads(said)['session']}"}, query
    if path == "/rate/{conversation}":
        links = SignedLinks("rating", KEY, lambda: datetime.now(UTC), timedelta(days=1))
        return {"Content-Type": FORM}, f"?{links.query(filled(path).rpartition('/')[2])}"
    return {"Content-Type": FORM}, ""


async def test_links_that_are_not_ours_lead_nowhere(doors: Doors) -> None:
    forged = "?" + "&".join(f"{name}={value}" for name, value in FORGED.items())
    routes = doors.of(Proof.LINK)
    assert len(routes) >= 5
    for method, path in routes:
        for query in ("", forged):
            body = "ticket=forged" if method == "POST" else None
            status, _, _ = await doors.ask(method, path + query, body, {"Content-Type": FORM})
            assert status == 403, (method, path, query)


async def test_pages_for_people_open_for_nobody_without_a_session_of_theirs(doors: Doors) -> None:
    claims = {"aud": "session", "sub": "U1", "manager": True, "jti": "1", "exp": int(time.time()) + HOUR}
    cookies = ["", "x", jwt.encode(claims, "k" * 32), jwt.encode(claims, "", algorithm="none")]
    routes = doors.of(*Role)
    assert len(routes) >= 7
    for method, path in routes:
        for cookie in cookies:
            status, _, said = await doors.ask(
                method, path, headers={"Cookie": f"threadpilot_dashboard={cookie}"}
            )
            assert status == 403, (method, path)
            assert "/cockpit dashboard" in said


async def test_foreign_sites_and_visitors_without_a_session_get_nothing_of_the_chat(doors: Doors) -> None:
    for method, path in doors.of(Proof.VISITOR):
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        socket = upgrade | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} if path.endswith("/ws") else {}
        for origin in ("https://evil.example", "null", f"{doors.url}.evil.example", "file://"):
            status, _, _ = await doors.ask(
                method, path, "{}" if method == "POST" else None, socket | {"Origin": origin}
            )
            assert status == 403, (path, origin)
        if path.rpartition("/")[2] not in {"config", "session", "ws"}:
            body = '{"cid":"1","text":"x","score":5,"email":"a@b.example"}' if method == "POST" else None
            for token in ({}, {"Authorization": "Bearer stolen"}):
                status, _, _ = await doors.ask(method, path, body, token)
                assert status == 401, path


async def test_a_small_request_that_unpacks_to_a_large_one_is_refused_everywhere(doors: Doors) -> None:
    bomb = gzip.compress(b"0" * 64 * 1024 * 1024)
    assert len(bomb) < 100_000
    for method, path in doors.routes:
        if method == "POST":
            status, _, _ = await doors.ask(
                method, path, bomb, {"Content-Encoding": "gzip", "Content-Type": FORM}
            )
            assert 400 <= status < 500, path


async def test_every_answer_forbids_what_its_page_does_not_need(doors: Doors) -> None:
    for method, path in [*doors.routes, ("GET", "/no/such/page"), ("PUT", "/healthz")]:
        _, headers, _ = await doors.ask(method, path)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        for directive in ("base-uri 'none'", "frame-ancestors"):
            assert directive in policy, path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, path
        assert "Server" not in headers or "aiohttp" not in headers["Server"], path


async def test_what_was_asked_is_not_said_again(doors: Doors) -> None:
    mark = "reflected7f3a"
    for method, path in doors.routes:
        query = f"?x={mark}&ticket=<script>{mark}</script>&of={mark}&channel={mark}&csv={mark}"
        _, headers, said = await doors.ask(method, path + query, headers={"X-Mark": mark})
        assert f"<script>{mark}" not in said, path
        assert mark not in str(headers), path


async def test_all_that_was_refused_was_counted(doors: Doors) -> None:
    """Comes last: holds what this file has been answered against what the app has counted."""
    counted = await doors.counted()
    asked = +Counter({one: count for one, count in doors.asked.items() if one[0] != "/no/such/page"})
    assert sum(asked.values()) > 150
    unknown = sum(count for (edge, _), count in counted.items() if edge == "unknown")
    known = {edge for _, edge in doors.routes}
    for (path, status), count in asked.items():
        if path in known and (path, status) != ("/healthz", "405"):
            assert counted[path, status] == count, (path, status)
    assert unknown >= 2


async def test_somebody_who_knocks_is_told_of_in_slack_once(doors: Doors) -> None:
    for _ in range(12):
        await doors.ask("POST", "/zendesk/webhook", b"{}")
    state = doors.env["SLACK_API_URL"].replace("/slack/api/", "/control/slack/state")

    async def told() -> list[str]:
        async with doors.session.get(state) as answer:
            messages = (await answer.json())["messages"]
        return [one["text"] for one in messages if "POST /zendesk/webhook" in one["text"]]

    assert len(await until(told)) == 1


async def test_no_secret_is_said_anywhere(doors: Doors) -> None:
    """Secrets of every setting, searched for in what the app has said here: its log, its pages, and Slack."""
    canaries = {name: doors.env[name] for name in SECRETS if name in doors.env and not name.endswith("_URL")}
    assert len(canaries) >= 9
    pages = [(await doors.ask("GET", path))[2] for path in ("/healthz", "/readyz", "/metrics")]
    state = doors.env["SLACK_API_URL"].replace("/slack/api/", "/control/slack/state")
    async with doors.session.get(state) as answer:
        posts = await answer.text()
    log = doors.log()
    assert "zendesk_request_turned_away" in log
    for name, secret in canaries.items():
        for said in (log, posts, repr(from_env(doors.env)), *pages):
            assert secret not in said, name


async def test_paths_lead_to_nothing_but_what_is_served(doors: Doors) -> None:
    up = (
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "....//etc/passwd",
    )
    for method, path in doors.routes:
        folder = re.sub(r"\{.*", "", path).rstrip("/")
        for away in (*up, "/etc/passwd", "..%5c..%5cetc%5cpasswd", "%00"):
            address = URL(f"{doors.url}{folder}/{away}", encoded=True)
            async with doors.session.request(method, address, allow_redirects=False) as answer:
                said = await answer.text(errors="replace")
                assert 400 <= answer.status < 500, (method, str(address))
                assert "root:" not in said
