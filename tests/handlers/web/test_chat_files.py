"""Files of visitors: kept with their message, of few kinds, and never under a dangerous name."""

import io
from hashlib import sha256

import aiohttp
import pytest

from handlers.web.chat_files import LARGEST, safe_name
from tests.handlers.web.chat_world import bearer, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
async def world():
    async with running() as world:
        yield world


async def send(world, visit, content, kind="image/png", **query):
    params = {"cid": "f1", "name": "tent.png"} | query
    headers = bearer(visit) | {"Content-Type": kind}
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            world.url("/chat/v1/files"), data=io.BytesIO(content), params=params, headers=headers
        ) as response,
    ):
        return response.status, await response.json()


async def test_a_file_is_kept_with_its_message_once(world):
    visit = await world.visit()
    assert await send(world, visit, PNG) == (200, {"seq": 1})
    assert await send(world, visit, PNG) == (200, {"seq": 1})

    conversation = await world.conversation(visit["session"])
    async with world.database.snapshot() as tx:
        (message,) = (await tx.conversations.case(conversation.id)).messages
        (kept,) = message.attachments
        assert await tx.attachments.get(kept.sha256) == PNG
    assert (message.content, kept.name, kept.type, kept.size) == (
        "tent.png",
        "tent.png",
        "image/png",
        len(PNG),
    )
    assert kept.sha256 == sha256(PNG).hexdigest()
    _, said = await world.get("/chat/v1/events", headers=bearer(visit))
    assert said["events"][0]["files"] == [{"name": "tent.png", "type": "image/png", "size": len(PNG)}]


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"", "image/png", 400, "bad_file"),
        (b"<svg onload=alert(1)>", "image/svg+xml", 415, "bad_file"),
        (b"<script>alert(1)</script>", "image/png", 415, "bad_file"),
        (b"MZ\x90", "application/x-msdownload", 415, "bad_file"),
        (b"\0\1", "text/plain", 415, "bad_file"),
        (b"%PDF-" + bytes(LARGEST), "application/pdf", 413, "too_large"),
    ],
)
async def test_what_is_not_taken_is_refused_and_nothing_is_kept(world, content, kind, status, code):
    visit = await world.visit()
    answered, said = await send(world, visit, content, kind)
    assert (answered, said["code"]) == (status, code)
    assert await world.conversation(visit["session"]) is None


async def test_files_need_a_session_and_have_a_limit(world):
    assert (await send(world, {"session": "nobody"}, PNG))[0] == 401
    visit = await world.visit()
    sent = [(await send(world, visit, PNG, cid=f"f{number}"))[0] for number in range(11)]
    assert sent == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("a\0b\n.txt", "ab.txt"),
        ("", "file"),
        ("/", "file"),
        ("x" * 500 + ".png", "x" * 116 + ".png"),
    ],
)
def test_names_are_safe_to_show(name, shown):
    assert safe_name(name) == shown
