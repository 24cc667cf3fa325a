"""What `POST /slack/events` answers to whoever knocks: Slack, a stranger, or something broken."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from handlers.slack import register
from handlers.slack.transport import build_app, http_route
from integrations.slack.client import SlackClient
from tests.handlers.slack.conftest import (
    FakeNotes,
    FakeReview,
    services,
)
from tests.integrations.slack.fake_slack import FakeSlack, running

SECRET = "shh"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LIMIT = 10_000
TYPED = {
    "type": "message",
    "user": "U0KIM",
    "text": "Called",
    "ts": "2.0",
    "thread_ts": "1.0",
    "channel": "C1",
}
EVENT = json.dumps({"type": "event_callback", "team_id": "T1", "event": TYPED}).encode()


def signed(body: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """Sign raw bytes the way Slack's documentation says."""
    timestamp = str(int(at or time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest.hexdigest()}"}


@dataclass
class Site:
    """The app's site, as seen from outside."""

    url: str
    session: aiohttp.ClientSession
    slack: FakeSlack
    notes: FakeNotes

    async def send(self, body: bytes, headers: dict[str, str], kind: str = JSON) -> int:
        async with self.session.post(self.url, data=body, headers={"Content-Type": kind} | headers) as answer:
            assert "Traceback" not in await answer.text()
            return answer.status


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running() as slack, aiohttp.ClientSession() as session:
        client = SlackClient("xoxb-test", f"{slack.url}api/", session)
        review, notes = FakeReview(), FakeNotes()
        app = build_app(client, SECRET, process_before_response=True)
        register(app, services(client, review, notes=notes))
        pages = web.Application(client_max_size=LIMIT)
        pages.add_routes([http_route(app, SECRET)])
        async with TestServer(pages, host="127.0.0.1") as server:
            yield Site(str(server.make_url("/slack/events")), session, slack, notes)


def only_line(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """Return the one line that was logged, which has no traceback."""
    (record,) = (r for r in caplog.records if r.levelno >= logging.WARNING)
    assert record.exc_info is None
    return record


async def test_signed_event_arrives(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert await site.send(EVENT, signed(EVENT)) == 200
    assert site.notes.kept == [("add", "C1", "1.0", "2.0", "U0KIM", "Called")]
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_text_in_any_script_arrives(site: Site) -> None:
    body = json.dumps({"type": "event_callback", "event": TYPED | {"text": "Grüße 🙂"}}, ensure_ascii=False)
    assert await site.send(body.encode(), signed(body.encode()), f"{JSON}; charset=UTF-8") == 200
    assert site.notes.kept[0][-1] == "Grüße 🙂"


BROKEN = {
    "bad UTF-8": (b'{"type": "\xff\xfe"}', JSON),
    "bad UTF-8 in a form": (b"payload=\xff{}", FORM),
    "half an object": (b"{", JSON),
    "half a payload": (b"payload={", FORM),
    "list": (b"[1]", JSON),
    "list as payload": (b"payload=[1]", FORM),
    "null": (b"null", JSON),
    "null as payload": (b"payload=null", FORM),
    "number": (b"5", JSON),
    "text": (b'"payload"', JSON),
    "empty": (b"", JSON),
    "empty object": (b"{}", JSON),
    "deeply nested": (b"[" * 9_000, JSON),
    "event that is no object": (b'{"type": "event_callback", "event": 5}', JSON),
    "team that is a number": (b'{"type": "event_callback", "team": 5}', JSON),
    "press of nothing": (b'{"type": "block_actions", "actions": []}', JSON),
    "window that is nothing": (b'{"type": "view_submission", "view": null}', JSON),
    "unknown charset": (EVENT, f"{JSON}; charset=klingon"),
    "other charset": (EVENT, f"{JSON}; charset=utf-16"),
    "codec that is no charset": (EVENT, f"{JSON}; charset=hex"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_malformed_request_of_slack_is_400(
    site: Site, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, content_type = BROKEN[kind]
    assert await site.send(body, signed(body), content_type) == 400
    assert only_line(caplog).getMessage() == "slack_request_turned_away"
    assert site.notes.kept == []


@pytest.mark.parametrize("kind", BROKEN)
async def test_malformed_request_of_a_stranger_is_401(
    site: Site, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, content_type = BROKEN[kind]
    assert await site.send(body, {}, content_type) == 401
    assert only_line(caplog).getMessage() == "slack_request_turned_away"


@pytest.mark.parametrize(
    "headers",
    [
        dict,
        lambda: signed(EVENT, secret="other"),
        lambda: signed(EVENT + b" "),
        lambda: signed(EVENT, at=time.time() - 400),
        lambda: signed(EVENT, at=time.time() + 400),
        lambda: signed(EVENT) | {"X-Slack-Signature": "v0=ünsigned"},
        lambda: signed(EVENT) | {"X-Slack-Signature": ""},
        lambda: signed(EVENT) | {"X-Slack-Request-Timestamp": "yesterday"},
        lambda: signed(EVENT) | {"X-Slack-Request-Timestamp": "-1"},
        lambda: signed(EVENT) | {"X-Slack-Request-Timestamp": "٣"},
        lambda: signed(EVENT) | {"X-Slack-Request-Timestamp": "9" * 5_000},
    ],
)
async def test_unsigned_and_stale_are_401(
    site: Site, headers: Callable[[], dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    assert await site.send(EVENT, headers()) == 401
    assert only_line(caplog).__dict__["status"] == 401
    assert site.notes.kept == []


async def test_too_large_is_413(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    body = b" " * (LIMIT + 1)
    assert await site.send(body, signed(body)) == 413
    assert only_line(caplog).__dict__["status"] == 413


async def test_body_that_cannot_be_unpacked_is_400(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert await site.send(EVENT, signed(EVENT) | {"Content-Encoding": "deflate"}) == 400
    assert only_line(caplog).__dict__["status"] == 400


async def test_header_that_is_not_signed_steers_nothing(site: Site) -> None:
    headers = signed(EVENT) | {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "message"}
    assert await site.send(EVENT, headers) == 200
    assert len(site.notes.kept) == 1


@pytest.mark.parametrize(
    "outage",
    ["internal_error", "invalid_auth", "hang up", web.Response(status=500, text="<html>")],
    ids=["half done", "bad token", "broken line", "no JSON"],
)
async def test_slack_being_down_is_503_until_it_is_back(
    site: Site, outage: web.Response | str, caplog: pytest.LogCaptureFixture
) -> None:
    again = [outage] if outage == "hang up" else []  # The HTTP client itself tries a broken line twice.
    site.slack.then("auth.test", outage, *again)
    assert await site.send(EVENT, signed(EVENT)) == 503
    assert only_line(caplog).getMessage() == "slack_down"
    assert await site.send(EVENT, signed(EVENT)) == 200
    assert len(site.notes.kept) == 1


async def test_who_we_are_is_asked_once(site: Site) -> None:
    own = json.dumps({"type": "event_callback", "event": TYPED | {"user": "U0BOT"}}).encode()
    for body in (EVENT, own, EVENT):
        assert await site.send(body, signed(body)) == 200
    assert len(site.slack.asked("auth.test")) == 1
    assert len(site.notes.kept) == 2


async def test_window_is_not_lost_while_slack_is_down(site: Site) -> None:
    site.slack.then("auth.test", "internal_error")
    view = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "view": {"type": "modal", "callback_id": "edit_answer"},
    }
    body = urlencode({"payload": json.dumps(view)}).encode()
    assert await site.send(body, signed(body), FORM) == 503
