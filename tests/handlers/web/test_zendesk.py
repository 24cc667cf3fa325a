"""What Zendesk calls: proved, heeded once, and never believed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.errors import Unavailable
from handlers.web.zendesk import ZendeskHook
from integrations.zendesk.things import User
from sandbox.zendesk.webhooks import sign

SECRET = "a secret of Zendesk's"
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
STAMP = "2026-11-26T10:00:30Z"
EVENT = {"type": "zen:event-type:ticket.comment_added", "detail": {"id": "35", "actor_id": "1002"}, "id": "x"}


@dataclass
class Heard:
    """Takes hints, and fails when told to."""

    hints: list[tuple[str, str]] = field(default_factory=list)
    fail: bool = False

    async def hint(self, record: str, *, once: str = "") -> None:
        if self.fail:
            raise Unavailable("no database")
        self.hints.append((record, once))


@dataclass
class Known:
    fail: bool = False

    async def we(self) -> User:
        if self.fail:
            raise Unavailable("slow")
        return User("1001")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
async def client(heard: Heard, known: Known) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_routes([ZendeskHook(SECRET, heard, known, lambda: NOW).route()])
    async with TestClient(TestServer(app)) as client:
        yield client


async def post(client: TestClient, said, *, stamp=STAMP, signature=None, secret=SECRET) -> int:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {
        "X-Zendesk-Webhook-Signature": signature if signature is not None else sign(secret, stamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        "X-Zendesk-Webhook-Invocation-Id": "i1",
    }
    async with client.post("/zendesk/webhook", data=body, headers=headers) as response:
        return response.status


async def test_an_event_of_a_ticket_is_a_hint(client, heard):
    assert await post(client, EVENT) == 200
    assert heard.hints == [("35", "i1")]


async def test_a_template_of_ours_does_as_well(client, heard):
    assert await post(client, {"ticket_id": 36, "actor_id": 1002}) == 200
    assert heard.hints == [("36", "i1")]


async def test_what_we_did_ourselves_is_an_echo(client, heard):
    echo = {**EVENT, "detail": {"id": "35", "actor_id": "1001"}}
    assert await post(client, echo) == 200
    assert await post(client, {"ticket_id": "36", "actor_id": "1001"}) == 200
    assert heard.hints == []


async def test_while_nobody_knows_who_we_are_an_echo_is_a_hint(client, heard, known):
    known.fail = True
    assert await post(client, {"ticket_id": "36", "actor_id": "1001"}) == 200
    assert heard.hints == [("36", "i1")]


@pytest.mark.parametrize("said", [{"type": "zen:event-type:user.created", "detail": {"id": "9"}}, {}])
async def test_what_is_about_no_ticket_is_fine_and_changes_nothing(client, heard, said):
    assert await post(client, said) == 200
    assert heard.hints == []


@pytest.mark.parametrize(
    "said",
    [
        *(b"", b"no json", b"[]", b"\xff", b"[" * 5_000, b'{"ticket_id": "35; drop"}'),
        *(b'{"ticket_id": "\xd9\xa3\xd9\xa5"}', b'{"ticket_id": 99999999999999999999}'),
    ],
)
async def test_garbage_is_malformed(client, heard, said):
    assert await post(client, said) == 400
    assert heard.hints == []


async def test_what_is_not_signed_by_zendesk_now_is_turned_away(client, heard):
    for wrong in (
        {"signature": ""},
        {"secret": "another"},
        {"stamp": "2026-11-26T09:54:00Z"},
        {"stamp": "yesterday"},
    ):
        assert await post(client, EVENT, **wrong) == 401
    assert heard.hints == []


async def test_what_is_too_large_is_turned_away(client):
    assert await post(client, b" " * 300_000) == 413


async def test_what_could_not_be_noted_comes_again(client, heard):
    heard.fail = True
    assert await post(client, EVENT) == 503
