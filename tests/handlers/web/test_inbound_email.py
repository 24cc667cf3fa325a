"""Mails over HTTP, into a real database."""

import asyncio
import shutil
import subprocess
import time

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.errors import NotStored
from bot.core.ports.tally import Counted
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from handlers.mail.keeping import MailDesk
from handlers.web.inbound_email import SIGNATURE, TIMESTAMP, InboundEmail, signature
from handlers.web.metrics import counting
from storage.database import open_database, utc_now
from storage.signals import LocalSignals

SECRET = "a secret of some length"
MAIL = b"From: ada@customer.example\r\nMessage-ID: <m1@customer.example>\r\nSubject: Parcel\r\n\r\nWhere is it?\r\n"
GARBAGE = [
    b"\x00\xff\xfe",
    b"\r\n\r\n\r\n\x00",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 50,
]


@pytest.fixture
async def database():
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as opened:
        yield opened


@pytest.fixture
def refused():
    return []


@pytest.fixture
async def client(database, refused):
    def tally(what, *labels):
        refused.extend([labels] if what is Counted.TURNED_AWAY else [])

    desk = MailDesk(Intake(database, utc_now), "support@northwind.example", "key")
    app = web.Application(client_max_size=10, middlewares=[counting(tally)])
    app.add_routes([InboundEmail(desk, SECRET, most=5_000).route()])
    async with TestClient(TestServer(app)) as opened:
        yield opened


def headers(body, *, secret=SECRET, at=None):
    stamp = str(int(time.time() if at is None else at))
    return {TIMESTAMP: stamp, SIGNATURE: signature(secret, stamp, body)}


async def post(client, body=MAIL, given=None):
    async with client.post(
        "/inbound/email", data=body, headers=headers(body) if given is None else given
    ) as response:
        text = await response.text()
        return response.status, await response.json() if response.status == 200 else text


async def found(database, external_id="<m1@customer.example>"):
    async with database.snapshot() as tx:
        return await tx.messages.find("email", external_id)


async def test_a_signed_mail_is_kept_before_it_is_answered_and_once(client, database):
    status, said = await post(client)
    message = await found(database)
    assert (status, said) == (200, {"conversation": message.conversation_id, "duplicate": False})
    assert message.content == "Where is it?"
    async with database.snapshot() as tx:
        assert await tx.raw_mails.get(message.metadata["raw_sha256"]) == MAIL
    assert await post(client) == (200, said | {"duplicate": True})


@pytest.mark.parametrize("body", GARBAGE)
async def test_what_is_no_mail_is_kept_like_one(client, database, body):
    status, said = await post(client, body)
    assert status == 200
    async with database.snapshot() as tx:
        assert await tx.conversations.get(said["conversation"]) is not None


@pytest.mark.parametrize(
    "given",
    [
        {},
        {TIMESTAMP: "now", SIGNATURE: "v1=00"},
        {TIMESTAMP: "٣", SIGNATURE: "v1=00"},
        {TIMESTAMP: str(10**40), SIGNATURE: "v1=00"},
        {TIMESTAMP: str(int(time.time()))},
        headers(MAIL, secret="another"),
        headers(b"another mail"),
        headers(MAIL, at=time.time() - 301),
        headers(MAIL, at=time.time() + 3_000),
    ],
)
async def test_unsigned_and_stale_mails_are_turned_away_and_counted(client, database, refused, given):
    status, _ = await post(client, given=given)
    assert status == 401
    assert refused == [("/inbound/email", "401")]
    assert await found(database) is None


async def test_what_is_too_large_is_said_however_it_comes(client, refused):
    async def pieces():
        for _ in range(10):
            yield b"x" * 1_000

    assert (await post(client, b"x" * 5_001))[0] == 413
    assert (await post(client, pieces(), headers(b"x" * 10_000)))[0] == 413
    assert (await post(client, b" \r\n"))[0] == 400
    assert [status for _, status in refused] == ["413", "413", "400"]


async def test_what_cannot_be_kept_is_to_be_sent_again(database):
    class Full:
        async def receive(self, inbound, also=None):
            raise NotStored("The disk is full.")

    app = web.Application()
    app.add_routes([InboundEmail(MailDesk(Full(), "support@northwind.example", "key"), SECRET).route()])
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.post(server.make_url("/inbound/email"), data=MAIL, headers=headers(MAIL)) as response,
    ):
        assert (response.status, response.headers["Retry-After"]) == (503, "30")


async def test_the_signature_is_the_one_that_openssl_makes(client):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    stamp = str(int(time.time()))
    made = await asyncio.to_thread(
        subprocess.run,
        ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-r"],
        input=stamp.encode() + b"." + MAIL,
        capture_output=True,
        check=True,
    )
    given = {TIMESTAMP: stamp, SIGNATURE: f"v1={made.stdout.split()[0].decode()}"}
    assert (await post(client, given=given))[0] == 200
