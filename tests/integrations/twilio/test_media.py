"""What came with a text message: had from Twilio with our login, followed with care, and told where it is missing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.model import Attachment, Channel, Inbound
from integrations.twilio.client import TwilioApi
from integrations.twilio.media import Media, enclosed_in
from tests.integrations.twilio.conftest import ACCOUNT, TOKEN

MESSAGE, PNG = f"MM{'1' * 32}", b"\x89PNG\r\n\x1a\n" + bytes(100)
Step = Callable[[web.Request], web.StreamResponse]


def sid(number: int) -> str:
    return f"ME{number:032x}"


@dataclass
class Store:
    """Twilio's media and what it leads to: `steps` answer one request each, in order, else there is a picture."""

    url: str = ""
    steps: list[Step] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path, request.headers.get("Authorization", "")))
        if self.steps:
            step = self.steps.pop(0)
            return await _stall() if step is stalls else step(request)
        return picture(request)

    def named(self, *kinds: str, base: str = "https://api.twilio.com", **changed: str) -> dict[str, str]:
        """Name media as a webhook does."""
        fields = {"NumMedia": str(len(kinds))}
        for number, kind in enumerate(kinds):
            place = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{sid(number)}"
            fields |= {f"MediaUrl{number}": base + place, f"MediaContentType{number}": kind}
        return fields | changed


def picture(_request: web.Request) -> web.Response:
    return web.Response(body=PNG, content_type="image/png")


def stalls(_request: web.Request) -> web.Response:
    raise AssertionError("this only marks a step")


async def _stall() -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


def status(number: int, **options: Any) -> Step:
    return lambda _request: web.Response(status=number, **options)


def leads_to(target: str, code: int = 307) -> Step:
    return lambda request: web.Response(
        status=code, headers={"Location": target.format(us=f"http://{request.host}")}
    )


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = Store()
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", store.answer)
    async with TestServer(app) as server:
        store.url = str(server.make_url("")).rstrip("/")
        yield store


@pytest.fixture
async def api(store: Store) -> AsyncIterator[TwilioApi]:
    api = TwilioApi(ACCOUNT, TOKEN, store.url, timeout=5)
    yield api
    await api.aclose()


async def fetched(api: TwilioApi, fields: dict[str, str], **limits: Any) -> Inbound:
    enclosed = enclosed_in(fields)
    inbound = Inbound(
        Channel.SMS, MESSAGE, "+447700900101", "Look", attachments=tuple(e.attachment for e in enclosed)
    )
    return await Media(api, **limits).fetch(MESSAGE, enclosed, inbound)


async def missing(api: TwilioApi, fields: dict[str, str], **limits: Any) -> str:
    inbound = await fetched(api, fields, **limits)
    (attachment,) = inbound.attachments
    assert inbound.contents == {}
    assert (attachment.sha256, attachment.size) == ("", 0)
    return attachment.missing


async def test_content_is_had_with_our_login_and_the_place_it_leads_to_without(
    store: Store, api: TwilioApi
) -> None:
    store.steps = [leads_to("{us}/cdn/1?Signature=x"), leads_to("/cdn/2", 302)]
    inbound = await fetched(api, store.named("image/png; charset=x"))
    digest = sha256(PNG).hexdigest()
    assert inbound.attachments == (Attachment("image 1.png", "image/png", len(PNG), digest),)
    assert inbound.contents == {digest: PNG}
    (first, login), *others = store.seen
    assert first.endswith(f"/Messages/{MESSAGE}/Media/{sid(0)}")
    assert login.startswith("Basic ")
    assert others == [("/cdn/1", ""), ("/cdn/2", "")]


async def test_each_of_several_is_told_for_itself(store: Store, api: TwilioApi) -> None:
    inbound = await fetched(api, store.named("image/png", "application/x-msdownload", "video/mp4"))
    assert [(a.name, bool(a.sha256)) for a in inbound.attachments] == [
        ("image 1.png", True),
        ("application 2", False),
        ("video 3.mp4", True),
    ]
    assert inbound.attachments[1].missing == "not fetched: files of this kind are not taken"


@pytest.mark.parametrize(
    "base",
    [
        "http://169.254.169.254",
        "https://api.twilio.com.evil.example",
        "https://evil.example/https://api.twilio.com",
        "http://api.twilio.com",
        "file://",
        "",
    ],
)
async def test_only_twilios_own_addresses_are_asked(store: Store, api: TwilioApi, base: str) -> None:
    assert (
        await missing(api, store.named("image/png", base=base))
        == "not fetched: its address is none of Twilio's"
    )
    assert store.seen == []


@pytest.mark.parametrize(
    "path",
    [
        f"/2010-04-01/Accounts/AC{'6' * 32}/Messages/{MESSAGE}/Media/{sid(0)}",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'2' * 32}/Media/{sid(0)}",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{sid(0)}/../../..",
        f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{sid(0)}\n",
    ],
)
async def test_only_media_of_this_message_are_asked_for(store: Store, api: TwilioApi, path: str) -> None:
    fields = store.named("image/png", MediaUrl0=f"https://api.twilio.com{path}")
    assert await missing(api, fields) == "not fetched: its address is none of Twilio's"
    assert store.seen == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:1/",
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://user@mms.twiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://s3-external-1.amazonaws.com/other.bucket/x",
        "file:///etc/passwd",
        "//evil.example/x",
    ],
)
async def test_it_is_not_led_elsewhere(store: Store, api: TwilioApi, target: str) -> None:
    store.steps = [leads_to(target)]
    assert "none of Twilio's" in await missing(api, store.named("image/png"))
    assert len(store.seen) == 1


async def test_it_is_not_led_around_in_circles(store: Store, api: TwilioApi) -> None:
    store.steps = [leads_to("{us}/again")] * 20
    assert "from one address to the next" in await missing(api, store.named("image/png"))
    assert len(store.seen) == 4


async def test_what_is_not_there_yet_is_tried_again(store: Store, api: TwilioApi) -> None:
    store.steps = [status(404), status(503)]
    inbound = await fetched(api, store.named("image/png"))
    assert inbound.attachments[0].sha256
    assert len(store.seen) == 3


@pytest.mark.parametrize(
    ("step", "words", "tries"),
    [
        (status(404), "(404)", 3),
        (status(429), "(429)", 3),
        (status(307, headers={"Location": "http://[::1"}), "(ValueError)", 3),
        (status(401), "(401)", 1),
        (status(200, text="<html>", content_type="text/html"), "(200)", 1),
        (status(200, body=b"", content_type="image/png"), "it is empty", 1),
        (status(200, body=bytes(3_000_000), content_type="image/png"), "larger than 1 MB", 1),
    ],
)
async def test_what_cannot_be_had_is_told_and_stops_nothing(
    store: Store, api: TwilioApi, step: Step, words: str, tries: int
) -> None:
    store.steps = [step] * 5
    assert words in await missing(api, store.named("image/png"), largest=1024 * 1024)
    assert len(store.seen) == tries


async def test_what_may_come_yet_is_tried_again_later_and_nothing_else(store: Store, api: TwilioApi) -> None:
    store.steps = [status(503)] * 3
    inbound = await fetched(api, store.named("image/png", "application/x-msdownload"))
    assert [one["number"] for one in inbound.metadata["unfetched"]] == [1]
    (had,) = await Media(api).again(MESSAGE, inbound.metadata["unfetched"])
    assert (had.number, had.attachment.name, had.content, had.again) == (1, "image 1.png", PNG, False)
    store.steps = [status(503)] * 3
    (missing,) = await Media(api).again(MESSAGE, inbound.metadata["unfetched"])
    assert (missing.again, missing.content, "(503)" in missing.attachment.missing) == (True, b"", True)


async def test_a_size_that_is_not_announced_is_counted(store: Store, api: TwilioApi) -> None:
    def endless(_request: web.Request) -> web.StreamResponse:
        async def zeros() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield bytes(64 * 1024)

        return web.Response(body=zeros(), content_type="video/mp4")

    store.steps = [endless]
    assert "larger than 1 MB" in await missing(api, store.named("video/mp4"), largest=1024 * 1024)


async def test_nobody_waits_longer_than_the_budget(store: Store, api: TwilioApi) -> None:
    store.steps = [stalls]
    assert "in time" in await missing(api, store.named("image/png"), within=0.2)


@pytest.mark.parametrize("count", ["", "x", "-1", "٣", "99999", "3"])
def test_nonsense_names_nothing(count: str) -> None:
    assert enclosed_in({"NumMedia": count, "MediaContentType0": "image/png"}) == ()
    assert len(enclosed_in({"NumMedia": "9999"} | {f"MediaUrl{n}": "x" for n in range(50)})) == 10
