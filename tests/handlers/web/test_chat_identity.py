"""Whom a site vouches for: what is believed, what is not, and that it is asked for at every door."""

import hmac
import json
import time

import jwt
import pytest

from bot.core.model import AskEmail
from bot.services.chat import ChatRules
from bot.services.visitors import Identity
from handlers.web.chat_identity import IdentityReader
from handlers.web.chat_wire import Refusal
from tests.handlers.web.chat_world import bearer, running

SECRET = "a secret of at least sixty-four characters, as the longest hash wants it"
ADA = {"sub": "42", "email": "ada@customer.example", "name": "Ada Quill"}


def signed(secret=SECRET, algorithm="HS256", **claims):
    return jwt.encode({**ADA, "exp": time.time() + 60, **claims}, secret, algorithm=algorithm)


def hashed(value):
    return hmac.new(SECRET.encode(), value.encode(), "sha256").hexdigest()


def read(**asked):
    return IdentityReader(SECRET).read(asked)


def test_a_signed_token_tells_who_it_is():
    assert read(jwt=signed()) == Identity("id:42", "ada@customer.example", "Ada Quill")
    assert read(jwt=signed(sub="", aud="somebody else")).subject == "email:ada@customer.example"
    assert read() is None


def test_an_hmac_vouches_for_what_it_was_made_over_and_for_nothing_else():
    user = {"id": "42", "email": "ada@customer.example", "name": "Ada"}
    by_id, by_email = {"hash": hashed("42")}, {"hash": hashed("ada@customer.example").upper()}
    assert read(user=user | by_id) == Identity("id:42", "", "Ada")
    assert read(user=user | by_email) == Identity("email:ada@customer.example", "ada@customer.example", "Ada")


UNSIGNED = jwt.encode({**ADA, "exp": time.time() + 60}, "", algorithm="none")
NOT_BELIEVED = [
    {"jwt": signed(secret="another secret of the same length")},
    {"jwt": signed(algorithm="HS512")},
    {"jwt": UNSIGNED},
    {"jwt": signed(exp=time.time() - 60)},
    {"jwt": jwt.encode(ADA, SECRET, algorithm="HS256")},
    {"jwt": signed(exp="soon")},
    {"jwt": signed(exp=1e400)},
    {"jwt": signed(sub="", email="")},
    {"jwt": signed(sub=42)},
    {"jwt": signed(email="nobody")},
    {"jwt": signed(name="x" * 9_000)},
    {"jwt": signed()[:-2]},
    {"jwt": "a.b.c"},
    {"jwt": "\ud800"},
    {"jwt": ["x"]},
    {"user": "ada"},
    {"user": {"id": "42", "hash": hashed("43")}},
    {"user": {"id": "42"}},
    {"user": {"hash": hashed("")}},
    {"user": {"id": "42", "hash": "\u00e9"}},
    {"user": {"id": ["42"], "hash": 7}},
]


@pytest.mark.parametrize("asked", NOT_BELIEVED, ids=range(len(NOT_BELIEVED)))
def test_what_is_not_signed_as_it_should_be_is_refused(asked):
    with pytest.raises(Refusal):
        read(**asked)


def test_without_a_secret_nobody_is_vouched_for():
    assert IdentityReader().read({"jwt": signed()}) is None


@pytest.fixture
async def strict():
    async with running(identity_secret=SECRET, rules=ChatRules(require_identity=True)) as world:
        yield world


async def test_where_identity_is_required_no_door_is_open_without_it(strict):
    status, said = await strict.post("/chat/v1/session", {})
    assert (status, said["code"]) == (401, "no_identity")
    status, said = await strict.post("/chat/v1/session", {"jwt": signed(exp=1)})
    assert (status, said["code"]) == (401, "bad_identity")

    visit = await strict.visit(jwt=signed())
    async with strict.tab(visit["session"]) as tab:
        await tab.say(type="msg", cid="c1", text="It is me")
        assert (await tab.next("ack"))["seq"] == 1


async def test_a_session_from_before_identity_was_required_is_worth_nothing(strict):
    strict.service.rules = ChatRules()
    visit = await strict.visit()
    strict.service.rules = ChatRules(require_identity=True)

    for path in ("/chat/v1/messages", "/chat/v1/contact", "/chat/v1/rating"):
        body = {"cid": "c1", "text": "x", "email": "a@b.example", "score": 5}
        status, said = await strict.post(path, body, headers=bearer(visit))
        assert (path, status, said["code"]) == (path, 401, "no_identity")
    status, said = await strict.get("/chat/v1/events", headers=bearer(visit))
    assert (status, said["code"]) == (401, "no_identity")
    async with strict.socket() as tab:
        await tab.say(type="hello", session=visit["session"], after=0)
        assert (await tab.next("error"))["code"] == "no_identity"
        assert await tab.closed() == 4401


async def test_an_open_socket_that_loses_its_right_is_closed_at_the_next_message(strict):
    strict.service.rules = ChatRules()
    visit = await strict.visit()
    async with strict.tab(visit["session"]) as tab:
        strict.service.rules = ChatRules(require_identity=True)
        await tab.say(type="msg", cid="c1", text="Still here?")
        assert await tab.closed() == 4401
    assert await strict.conversation(visit["session"]) is None


async def test_the_widget_is_told_what_to_ask_for():
    rules = ChatRules(ask_email=AskEmail.REQUIRED, mails=True)
    async with running(rules=rules, brand="Northwind") as world:
        _, told = await world.get("/chat/v1/config")
        assert told == {"brand": "Northwind", "email": "required", "identity": "optional", "mails": True}
        visit = await world.visit()
        status, said = await world.post(
            "/chat/v1/messages", {"cid": "c1", "text": "x"}, headers=bearer(visit)
        )
        assert (status, said["code"]) == (403, "email_needed")

        contact = {"cid": "k1", "email": "ada@customer.example"}
        assert await world.post("/chat/v1/contact", contact, headers=bearer(visit)) == (200, {"seq": 1})
        status, said = await world.post(
            "/chat/v1/messages", {"cid": "c1", "text": "x"}, headers=bearer(visit)
        )
        assert (status, said) == (200, {"seq": 2})
        _, events = await world.get("/chat/v1/events", headers=bearer(visit))
        assert json.dumps(events).count("ada@customer.example") == 0
