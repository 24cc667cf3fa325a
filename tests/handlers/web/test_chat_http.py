"""The chat without a socket: sessions, foreign sites, plain HTTP, strangers in numbers, and the pages."""

import asyncio

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from bot.services.admission import ChatLimits, Rate
from handlers.web.chat import LONGEST_WAIT, ChatApi, client_of
from handlers.web.chat_identity import IdentityReader
from handlers.web.chat_socket import Patience
from tests.handlers.web.chat_world import SHOP, address, bearer, running, texts


@pytest.fixture
async def world():
    async with running() as world:
        yield world


async def test_a_session_opens_with_or_without_the_other_fields(world):
    opened = await world.visit(key="demo", jwt="ignored for now", more=[1])

    assert set(opened) == {"session", "visitor", "conversation", "cursor", "reachable"}
    assert (opened["conversation"], opened["cursor"]) == (None, 0)


async def test_a_known_visitor_comes_back_to_the_open_conversation(world):
    first = await world.visit()
    async with world.tab(first["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("ack")

    second = await world.visit(visitor=first["visitor"])

    assert second["visitor"] == first["visitor"]
    assert second["cursor"] == 1
    assert second["conversation"] == (await world.conversation(first["session"])).id
    async with world.tab(second["session"]) as tab:
        assert texts(await tab.events(1)) == ["Hello"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe\x00", b"[" * 50_000, b'{"visitor": 7}']
)
async def test_a_malformed_body_is_answered_with_400(world, body):
    status, answer = await world.post("/chat/v1/session", data=body)

    assert status == 400
    assert answer["type"] == "error"
    assert answer["code"] in {"bad_json", "bad_frame"}


async def test_a_body_over_64_kib_is_answered_with_413(world):
    status, answer = await world.post("/chat/v1/session", {"visitor": "x" * 65_536})

    assert (status, answer["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://[broken", SHOP + ".evil.example", ""]
)
async def test_a_foreign_site_is_refused(world, origin):
    status, answer = await world.post("/chat/v1/session", {}, headers={"Origin": origin})
    assert (status, answer["code"]) == (403, "foreign_origin")

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with world.socket(headers={"Origin": origin}):
            pass
    assert refused.value.status == 403


async def test_our_own_pages_and_configured_sites_are_let_in(world):
    for origin in (address(world.runner), SHOP, SHOP.upper()):
        status, _ = await world.post("/chat/v1/session", {}, headers={"Origin": origin})
        assert status == 200


async def test_over_http_the_ids_and_the_store_are_the_same(world):
    visit = await world.visit()
    said = {"cid": "c1", "text": "Hello"}

    assert await world.post("/chat/v1/messages", said, headers=bearer(visit)) == (200, {"seq": 1})
    assert await world.post("/chat/v1/messages", said, headers=bearer(visit)) == (200, {"seq": 1})

    async with world.tab(visit["session"]) as tab:
        [event] = await tab.events(1)
    status, polled = await world.get("/chat/v1/events", headers=bearer(visit))
    assert (status, polled) == (200, {"events": [event], "cursor": 1})


async def test_a_long_poll_ends_when_an_answer_comes(world):
    visit = await world.visit()
    await world.post("/chat/v1/messages", {"cid": "c1", "text": "Hi"}, headers=bearer(visit))
    poll = asyncio.create_task(world.get("/chat/v1/events?after=1&wait=25", headers=bearer(visit)))

    await world.answer(visit["session"], "Hello!")

    async with asyncio.timeout(LONGEST_WAIT - 5):  # By itself it would end later, with the answer, too.
        status, polled = await poll
    assert (status, texts(polled["events"])) == (200, ["Hello!"])


async def test_a_human_can_be_asked_for_over_http(world):
    visit = await world.visit()

    await world.post("/chat/v1/messages", {"cid": "c1", "text": "Help", "human": True}, headers=bearer(visit))

    conversation = await world.conversation(visit["session"])
    async with world.database.snapshot() as tx:
        case = await tx.conversations.case(conversation.id)
    assert case.newest_inbound.metadata["wants_human"] is True


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=1.5", "after=9007199254740992", "wait=x", "wait=-1", "wait=nan"]
)
async def test_a_wrong_query_is_answered_with_400(world, query):
    visit = await world.visit()
    status, answer = await world.get(f"/chat/v1/events?{query}", headers=bearer(visit))
    assert (status, answer["code"]) == (400, "bad_frame")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer unknown", "Basic abc", "Bearer  "])
async def test_http_without_a_session_is_answered_with_401(world, header):
    headers = {"Authorization": header}
    assert (await world.get("/chat/v1/events", headers=headers))[0] == 401
    status, answer = await world.post("/chat/v1/messages", {"cid": "c1", "text": "x"}, headers=headers)
    assert (status, answer["code"]) == (401, "no_session")


async def test_the_socket_address_without_a_websocket_says_so(world):
    status, answer = await world.get("/chat/v1/ws")
    assert (status, answer["code"]) == (426, "bad_request")


async def test_more_sessions_than_one_client_may_open_are_refused_for_a_while():
    async with running(limits=ChatLimits(sessions_per_client=Rate(3))) as world:
        for _ in range(3):
            await world.visit()
        forged = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(world.url("/chat/v1/session"), json={}, headers=forged) as refused,
        ):
            assert refused.status == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 600
            answer = await refused.json()
        assert answer["code"] == "rate"
        assert answer["message"] == "Too many chats were opened from your network. Please wait 10 minutes."


async def test_more_new_visitors_than_one_client_may_bring_are_told_to_wait():
    async with running(limits=ChatLimits(beginnings_per_client=Rate(1))) as world:
        first, second = await world.visit(), await world.visit()
        async with world.tab(first["session"]) as known, world.tab(second["session"]) as new:
            await known.say(type="msg", cid="c1", text="Hello")
            await known.next("ack")
            await new.say(type="msg", cid="c1", text="Hello")
            error = await new.next("error")
            assert (error["code"], error["cid"]) == ("rate", "c1")
            assert error["retry"] > 500
            await known.say(type="msg", cid="c2", text="Still here")
            assert (await known.next("ack"))["seq"] == 2
        status, answer = await world.post(
            "/chat/v1/messages", {"cid": "c1", "text": "Hello"}, headers=bearer(second)
        )
        assert (status, answer["code"]) == (429, "rate")


@pytest.mark.parametrize(
    ("remote", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_client_is_an_address_or_an_ipv6_network(remote, client):
    request = make_mocked_request("GET", "/").clone(remote=remote)
    assert client_of(request) == client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/chat/widget.js", "text/javascript"),
        ("/chat/frame", "text/html"),
        ("/chat/demo", "text/html"),
        ("/chat/static/frame.js", "text/javascript"),
        ("/chat/static/frame.css", "text/css"),
    ],
)
async def test_pages_and_modules_are_served_with_their_type(world, path, kind):
    async with aiohttp.ClientSession() as http, http.get(world.url(path)) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        etag = response.headers["ETag"]
    async with (
        aiohttp.ClientSession() as http,
        http.get(world.url(path), headers={"If-None-Match": etag}) as response,
    ):
        assert response.status == 304


@pytest.mark.parametrize("path", ["/chat/frame", "/chat/demo"])
async def test_pages_allow_nothing_inline_and_only_the_named_sites_around_them(path):
    async with (
        running(frame_ancestors=["http://127.0.0.1:8481/"]) as world,
        aiohttp.ClientSession() as http,
        http.get(world.url(path)) as response,
    ):
        rules = response.headers["Content-Security-Policy"].split(";")
    policy = dict(rule.strip().split(" ", 1) for rule in rules)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws:"
    assert policy["frame-ancestors"] == f"'self' {SHOP} http://127.0.0.1:8481"


@pytest.mark.parametrize("path", ["../chat.py", "..%2f..%2fchat.py", "nothing.js", "frame.html", ""])
async def test_only_the_widgets_own_files_are_served(world, path):
    async with aiohttp.ClientSession() as http, http.get(f"{world.url('/chat/static/')}{path}") as response:
        assert response.status == 404


def test_every_route_of_the_contract_is_there():
    api = ChatApi(None, [], IdentityReader(), "", Patience())
    assert {(route.method, route.path) for route in api.routes()} == {
        ("GET", "/chat/v1/config"),
        ("POST", "/chat/v1/contact"),
        ("POST", "/chat/v1/files"),
        ("POST", "/chat/v1/rating"),
        ("POST", "/chat/v1/session"),
        ("GET", "/chat/v1/ws"),
        ("GET", "/chat/v1/events"),
        ("POST", "/chat/v1/messages"),
    }
