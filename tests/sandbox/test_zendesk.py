"""The stand-in for Zendesk, driven by plain zenpy, and held against Zendesk's own description in both directions."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests
from aiohttp import web
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from bot.core.ports.records import Began, CameIn, StatusChanged
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.records import ZendeskRecords
from integrations.zendesk.tokens import FixedToken
from sandbox.server import Sandbox, SandboxConfig
from sandbox.zendesk import CLIENT_ID, CLIENT_SECRET, STATIC_TOKEN
from sandbox.zendesk.webhooks import sign
from tests.builders import case, conversation, message
from tests.fakes import in_time
from tests.ports import free_port
from tests.waiting import PATIENCE
from tests.zendesk_spec import SPEC, Spec

ANNA = "anna.visser@mailbox.example"


class Here(HTTPAdapter):
    """Brings what zenpy sends to a Zendesk of https to the stand-in, and changes nothing else."""

    def __init__(self, sandbox: str) -> None:
        super().__init__()
        self._sandbox = sandbox

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        asked = request.copy()
        parts = urlsplit(request.url)
        asked.url = f"{self._sandbox}/zendesk{parts.path}{f'?{parts.query}' if parts.query else ''}"
        response = super().send(asked, *arguments, **options)
        response.request, response.url = request, request.url
        return response


@pytest.fixture
async def far() -> AsyncIterator[Sandbox]:
    port = free_port()
    sandbox = Sandbox(SandboxConfig(port=0, app_http=f"127.0.0.1:{port}"))
    await sandbox.start()
    sandbox.sky.report({"zendesk": {"silent": True}})
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def zenpy(far: Sandbox) -> Zenpy:
    session = requests.Session()
    session.mount("https://", Here(far.url))
    return Zenpy(
        subdomain="northwind", oauth_token=STATIC_TOKEN, session=session, disable_cache=True, timeout=5
    )


async def call(sandbox: Sandbox, method: str, path: str, **options: Any) -> tuple[int, Any, Any]:
    headers = {"Authorization": f"Bearer {STATIC_TOKEN}", **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{sandbox.url}{path}", headers=headers, **options) as response,
    ):
        return response.status, await response.json(content_type=None), response.headers


async def control(sandbox: Sandbox, what: str, **body: Any) -> Any:
    status, told, _ = await call(sandbox, "POST", f"/control/zendesk/{what}", json=body)
    assert status == 200, told
    return told


def drive(zenpy: Zenpy) -> Ticket:
    """Do with plain zenpy what a help desk is used for."""
    assert zenpy.users.me().name == "threadpilot"
    (anna,) = list(zenpy.users.search(f"email:{ANNA}"))
    made = zenpy.tickets.create(
        Ticket(
            subject="Laces",
            comment=Comment(body="They broke."),
            requester_id=anna.id,
            external_id="x",
            tags=["a"],
        )
    )
    ticket = made.ticket
    ticket.comment = Comment(body="For us", public=False)
    ticket.status = "pending"
    zenpy.tickets.update(ticket)
    assert list(zenpy.tickets.add_tags(ticket.id, ["b"])) == ["a", "b"]
    assert [c.public for c in zenpy.tickets.comments(ticket.id)] == [True, False]
    assert [one.id for one in zenpy.tickets(external_id="x")] == [ticket.id]
    assert [one.id for one in zenpy.search(type="ticket", external_id="x")] == [ticket.id]
    start = datetime.now(UTC) - timedelta(hours=1)
    assert [one.id for one in zenpy.tickets.incremental(start_time=start)] == [ticket.id]
    zenpy.users.create_or_update(User(name="Zoe", email="zoe@customer.example"))
    zenpy.tickets.set_tags(ticket.id, ["c"])
    zenpy.tickets.delete_tags(ticket.id, ["c"])
    return zenpy.tickets(id=ticket.id)


async def test_plain_zenpy_can_work_with_it(far: Sandbox, zenpy: Zenpy) -> None:
    ticket = await asyncio.to_thread(drive, zenpy)
    assert (ticket.status, ticket.tags) == ("pending", [])
    with pytest.raises(RecordNotFoundException):
        await asyncio.to_thread(lambda: zenpy.tickets(id=999))
    ticket.priority = "enormous"
    with pytest.raises(APIException, match="Priority: enormous is not valid"):
        await asyncio.to_thread(lambda: zenpy.tickets.update(ticket))


@pytest.mark.shared
@pytest.mark.skipif(not SPEC.exists(), reason="needs ../shared/specs/zendesk.json")
async def test_what_zenpy_and_we_send_and_what_it_answers_is_as_zendesk_describes_it(
    far: Sandbox, zenpy: Zenpy
) -> None:
    spec, faults = Spec(), []

    def witness(request: web.Request, body: bytes, response: web.Response) -> None:
        path = request.path.removeprefix("/zendesk").removesuffix(".json")
        sent = json.loads(body) if body and request.content_type == "application/json" else None
        try:
            spec.hold(request.method, path, sent, response.status, json.loads(response.body))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is told below
            faults.append(f"{request.method} {path}: {str(fault)[:400]}")

    far.zendesk.api.witness = witness
    await asyncio.to_thread(drive, zenpy)
    await ours(far)
    assert faults == []
    assert spec.checked == {
        ("GET", "/api/v2/incremental/tickets/cursor"),
        ("GET", "/api/v2/search"),
        ("GET", "/api/v2/tickets"),
        ("POST", "/api/v2/tickets"),
        ("GET", "/api/v2/tickets/{ticket_id}"),
        ("PUT", "/api/v2/tickets/{ticket_id}"),
        ("GET", "/api/v2/tickets/{ticket_id}/comments"),
        ("PUT", "/api/v2/tickets/{ticket_id}/tags"),
        ("POST", "/api/v2/tickets/{ticket_id}/tags"),
        ("DELETE", "/api/v2/tickets/{ticket_id}/tags"),
        ("POST", "/api/v2/users/create_or_update"),
        ("GET", "/api/v2/users/search"),
    }
    assert spec.unknown == {
        "GET /api/v{id}/users/me",
        "GET /api/v{id}/users/{id}",
        "GET /api/v{id}/tickets/{id}/audits",
    }


async def ours(far: Sandbox) -> None:
    """Do all that the product does."""
    api = ZendeskApi(f"{far.url}/zendesk", FixedToken(STATIC_TOKEN))
    records = ZendeskRecords(
        api, _nothing, lambda: datetime.now(UTC), writes_back=True, fields={"1": "channel"}
    )
    whole = case()
    began = Began(conversation().id, whole, "", whole.messages[0])
    ticket = (await records.write(began, in_time(), doubtful=True)).external_id
    await records.write(CameIn("e1", whole, ticket, message()), in_time(), doubtful=True)
    await records.write(StatusChanged("s", whole, ticket, "solved", "open"), in_time(), doubtful=False)
    await records.read(ticket, "")
    await records.changed("", datetime.now(UTC) - timedelta(hours=1))
    await api.add_tags(ticket, "vip")
    await control(far, "status", ticket=int(ticket), status="closed")
    again = await records.write(CameIn("e2", whole, ticket, message()), in_time(), doubtful=False)
    assert again.record not in ("", ticket)
    await api.newest(ticket)
    await api.aclose()


async def _nothing(_sha256: str) -> bytes | None:
    return None


@pytest.mark.shared
@pytest.mark.skipif(not SPEC.exists(), reason="needs ../shared/specs/zendesk.json")
@pytest.mark.parametrize(
    "sent",
    [
        {"ticket": {"comment": {"body": "x", "pubic": True}}},
        {"ticket": {"comment": {"body": "x"}, "statsu": "open"}},
        {"ticket": {"status": "opne"}},
        {"tickte": {}},
    ],
)
def test_the_overlay_knows_no_misspelt_key(sent: Any) -> None:
    with pytest.raises(Exception, match=r"opne|unexpected|required"):
        Spec().hold("POST", "/api/v2/tickets", sent, 201, {})


async def grant(far: Sandbox, **body: Any) -> tuple[int, Any]:
    status, told, _ = await call(far, "POST", "/zendesk/oauth/tokens", json=body)
    return status, told


async def test_tokens(far: Sandbox) -> None:
    wanted = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert "expires_in" not in (await grant(far, **wanted, scope="read"))[1]
    status, told = await grant(far, **wanted, scope="read", expires_in=600)
    assert (status, told["expires_in"]) == (200, 600)
    reader = {"Authorization": f"Bearer {told['access_token']}"}
    assert (await call(far, "GET", "/zendesk/api/v2/users/me", headers=reader))[0] == 200
    new = {"ticket": {"comment": {"body": "x"}}}
    assert (await call(far, "POST", "/zendesk/api/v2/tickets", headers=reader, json=new))[0] == 403
    assert (await grant(far, **wanted, expires_in=300))[0] == 400
    assert (await grant(far, **{**wanted, "client_secret": "no"}))[0] == 401
    assert (await grant(far, **{**wanted, "grant_type": "password"}))[0] == 400
    assert (await call(far, "POST", "/zendesk/oauth/tokens", data=b"no json"))[0] == 400
    await control(far, "settings", revoke=True)
    assert (await call(far, "GET", "/zendesk/api/v2/users/me", headers=reader))[0] == 401


async def test_a_ticket_is_made_once_per_key(far: Sandbox) -> None:
    new, other = ({"ticket": {"comment": {"body": body}}} for body in ("one", "two"))

    async def make(body: Any, key: str) -> tuple[int, Any, str]:
        headers = {"Idempotency-Key": key}
        status, told, heads = await call(
            far, "POST", "/zendesk/api/v2/tickets.json", json=body, headers=headers
        )
        return status, told, heads.get("x-idempotency-lookup", "")

    first, again = await make(new, "k"), await make(new, "k")
    assert (first[0], first[2], again[2]) == (201, "miss", "hit")
    assert first[1]["ticket"]["id"] == again[1]["ticket"]["id"]
    assert (await make(other, "k"))[1]["error"] == "IdempotentRequestError"
    assert (await make(new, "k" * 256))[0] == 400


async def test_tags_on_an_update_replace_all_others(far: Sandbox) -> None:
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    path = f"/zendesk/api/v2/tickets/{made['ticket']}"
    await call(far, "PUT", f"{path}/tags", json={"tags": ["a", "b"]})
    _, told, _ = await call(far, "PUT", path, json={"ticket": {"tags": ["c"]}})
    assert told["ticket"]["tags"] == ["c"]


async def test_a_safe_update_is_refused_when_the_ticket_has_changed(far: Sandbox) -> None:
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    change = {"ticket": {"status": "open", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}}
    status, told, _ = await call(far, "PUT", f"/zendesk/api/v2/tickets/{made['ticket']}", json=change)
    assert (status, told["error"]) == (409, "UpdateConflict")


async def test_a_closed_ticket_and_other_things_that_are_refused(far: Sandbox) -> None:
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    path = f"/zendesk/api/v2/tickets/{made['ticket']}"
    await control(far, "status", ticket=made["ticket"], status="closed")
    for method, where, body in (
        ("PUT", path, {"ticket": {"status": "open"}}),
        ("POST", "/zendesk/api/v2/tickets", {"ticket": {"subject": "no comment"}}),
        ("POST", "/zendesk/api/v2/tickets", {"ticket": {"comment": {"body": "x", "author_id": 1}}}),
        ("POST", "/zendesk/api/v2/tickets", {"ticket": {"comment": {"body": "x", "uploads": ["no"]}}}),
        (
            "POST",
            "/zendesk/api/v2/tickets",
            {"ticket": {"comment": {"body": "x"}, "requester": {"email": "a@b.c"}}},
        ),
        ("POST", "/zendesk/api/v2/tickets", {"ticket": {"comment": {"body": "x"}, "tags": [1]}}),
        ("POST", "/zendesk/api/v2/users/create_or_update", {"user": {"email": "a@b.c"}}),
        ("POST", "/zendesk/api/v2/uploads?filename=a", None),
        ("GET", "/zendesk/api/v2/search", None),
        ("GET", "/zendesk/api/v2/users/search", None),
    ):
        assert (await call(far, method, where, json=body) if body else await call(far, method, where))[
            0
        ] == 422
    for method, where, body in (
        ("PUT", path, {}),
        ("PUT", f"{path}/tags", {"tags": "a"}),
        ("POST", "/zendesk/api/v2/users/create_or_update", {}),
        ("GET", "/zendesk/api/v2/incremental/tickets/cursor", None),
        ("GET", "/zendesk/api/v2/incremental/tickets/cursor?cursor=x", None),
        ("GET", "/zendesk/api/v2/help_center/incremental/articles", None),
    ):
        assert (await call(far, method, where, json=body))[0] == 400
    assert (await call(far, "POST", "/zendesk/api/v2/tickets", data=b"no json"))[0] == 400
    assert (await call(far, "GET", "/zendesk/api/v2/tickets/abc"))[0] == 404
    assert (await call(far, "GET", "/zendesk/api/v2/users/9"))[0] == 404


async def test_limits(far: Sandbox) -> None:
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    await control(far, "settings", updates=1)
    path = f"/zendesk/api/v2/tickets/{made['ticket']}"
    assert (await call(far, "PUT", path, json={"ticket": {"status": "open"}}))[0] == 200
    status, _, headers = await call(far, "PUT", path, json={"ticket": {"status": "open"}})
    assert status == 429
    assert 500 < int(headers["Retry-After"]) <= 601
    assert int(headers["X-Rate-Limit-Remaining"]) > 0
    await control(far, "settings", per_minute=1)
    status, _, headers = await call(far, "GET", path)
    assert (status, headers["X-Rate-Limit-Remaining"]) == (429, "0")


async def test_search_and_exports_are_behind_what_happens(far: Sandbox) -> None:
    await control(far, "settings", search_lag=60, export_lag=60)
    await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    _, found, _ = await call(far, "GET", "/zendesk/api/v2/search?query=type:ticket")
    _, export, _ = await call(far, "GET", "/zendesk/api/v2/incremental/tickets/cursor?start_time=1")
    assert (found["results"], export["tickets"]) == ([], [])
    await control(far, "settings", search_lag=0, export_lag=0)
    for query in ("type:ticket", "laces", "status:new", "status<solved", "type:user anna"):
        _, found, _ = await call(far, "GET", "/zendesk/api/v2/search", params={"query": query})
        assert found["results"], query


class Listener:
    """What the app would hear; answers with these statuses, then with 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Any]] = []
        self.statuses: list[int] = []
        self._more = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        async with self._more:
            self.heard.append((await request.read(), request.headers))
            self._more.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def hears(self, count: int) -> list[Any]:
        async with asyncio.timeout(PATIENCE), self._more:
            await self._more.wait_for(lambda: len(self.heard) >= count)
        return [json.loads(body) for body, _ in self.heard]


@pytest.fixture
async def listener(far: Sandbox) -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/zendesk/webhook", listener.take)
    runner = web.AppRunner(app)
    await runner.setup()
    host, port = far.config.app_http.split(":")
    await web.TCPSite(runner, host, int(port)).start()
    far.sky.report({"zendesk": {}})
    yield listener
    await runner.cleanup()


async def test_webhooks_are_signed_come_twice_and_again(far: Sandbox, listener: Listener) -> None:
    far.sky.report({"zendesk": {"duplicate": True}})
    listener.statuses = [500]
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    events = await listener.hears(3)
    assert {event["type"] for event in events} == {"zen:event-type:ticket.created"}
    assert {event["detail"]["id"] for event in events} == {str(made["ticket"])}
    body, headers = listener.heard[0]
    stamp = headers["X-Zendesk-Webhook-Signature-Timestamp"]
    secret = far.contract()["env"]["ZENDESK_WEBHOOK_SECRET"]
    assert headers["X-Zendesk-Webhook-Signature"] == sign(secret, stamp, body)
    assert len({heads["X-Zendesk-Webhook-Invocation-Id"] for _, heads in listener.heard}) == 1


async def test_a_triggers_condition_spares_what_the_app_did_itself(far: Sandbox, listener: Listener) -> None:
    """Guard (b): with it, our own change makes no webhook; without it, it does."""
    made = await control(far, "ticket", **{"from": ANNA, "subject": "Laces", "text": "They broke."})
    path = f"/zendesk/api/v2/tickets/{made['ticket']}"
    await listener.hears(1)
    await control(far, "settings", spare_integration=True)
    await call(far, "PUT", path, json={"ticket": {"comment": {"body": "ours"}}})
    await control(far, "comment", ticket=made["ticket"], text="theirs", **{"as": "customer"})
    events = await listener.hears(2)
    assert [event["event"].get("comment", {}).get("body") for event in events] == [None, "theirs"]
    await control(far, "settings", spare_integration=False)
    await call(far, "PUT", path, json={"ticket": {"comment": {"body": "ours again"}}})
    assert (await listener.hears(3))[-1]["event"]["comment"]["body"] == "ours again"


async def test_people_who_say_what_cannot_be_done(far: Sandbox) -> None:
    status, told, _ = await call(far, "POST", "/control/zendesk/comment", json={"ticket": 999, "text": "x"})
    assert (status, told["ok"]) == (404, False)
    assert (await call(far, "POST", "/control/zendesk/comment", json={"ticket": "x", "text": "x"}))[0] == 400


async def test_it_forgets_nothing(tmp_path: Any) -> None:
    config = SandboxConfig(port=0, state_dir=tmp_path, app_http=f"127.0.0.1:{free_port()}")
    for expected in (0, 1):
        sandbox = Sandbox(config)
        await sandbox.start()
        sandbox.sky.report({"zendesk": {"silent": True}})
        _, told, _ = await call(sandbox, "GET", "/control/zendesk/state")
        assert len(told["tickets"]) == expected
        await control(
            sandbox, "ticket", **{"from": "new@customer.example", "subject": "Laces", "text": "They broke."}
        )
        await sandbox.stop()
