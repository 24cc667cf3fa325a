"""The page with a mail as it was sent: signed, ending, and with a policy that forbids everything."""

from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.errors import Unavailable
from handlers.web.originals import OriginalMails, page_of
from tests.fakes import FakeClock

MAIL = (
    b"From: Ada <ada@customer.example>\r\nTo: help@shop.example\r\nCc: ben@x.example\r\nSubject: <b>Lid</b>\r\n"
    b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    b"<p onclick=x>See <img src=cid:pic> <img src='https://t.example/p.gif'>"
    b"<a href='https://evil.example'>www.bank.example</a></p><script>alert(1)</script>\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-ID: <pic>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"UE5H\r\n--b--\r\n"
)
PLAIN = b"From: ada@customer.example\r\nSubject: Lid\r\n\r\nThe <lid> is gone.\r\n\r\n> It was sent.\r\n"
KEPT = {sha256(mail).hexdigest(): mail for mail in (MAIL, PLAIN)}


@asynccontextmanager
async def page(clock=None, kept=KEPT):
    async def raw_mail(name):
        if kept is None:
            raise Unavailable("The database failed")
        return kept.get(name)

    originals = OriginalMails(raw_mail, "", "a secret", clock or FakeClock())
    app = web.Application()
    app.add_routes(originals.routes())
    async with TestClient(TestServer(app)) as client:
        yield client, originals


async def test_a_mail_is_shown_cleaned_and_its_page_may_do_nothing():
    async with page() as (client, originals):
        answer = await client.get(originals.link(sha256(MAIL).hexdigest()))
        text = await answer.text()
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    for directive in (
        "default-src 'none'",
        "img-src data:",
        "sandbox allow-popups",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ):
        assert directive in policy
    assert "script-src" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert '<img src="data:image/png;base64,UE5H">' in text
    for harmful in ("t.example", "onclick", "alert(1)", "<b>Lid</b>"):
        assert harmful not in text
    assert "&lt;b&gt;Lid&lt;/b&gt;" in text
    assert "1 pictures from elsewhere are not loaded; 1 links that lead elsewhere" in text


async def test_a_mail_of_text_is_shown_as_text():
    async with page() as (client, originals):
        text = await (await client.get(originals.link(sha256(PLAIN).hexdigest()))).text()
    assert "The &lt;lid&gt; is gone." in text
    assert "&gt; It was sent." in text


@pytest.mark.parametrize(
    "changed",
    [
        lambda link: link.replace("proof=", "proof=0"),
        lambda link: link.partition("?")[0],
        lambda link: link.replace("/original/", "/original/0"),
        lambda link: link.replace(sha256(MAIL).hexdigest(), sha256(PLAIN).hexdigest()),
    ],
)
async def test_a_changed_link_is_none_of_ours(changed):
    async with page() as (client, originals):
        assert (await client.get(changed(originals.link(sha256(MAIL).hexdigest())))).status == 403


async def test_a_link_ends_after_a_working_day():
    clock = FakeClock()
    async with page(clock) as (client, originals):
        link = originals.link(sha256(MAIL).hexdigest())
        clock.now += timedelta(hours=8, seconds=1)
        assert (await client.get(link)).status == 410


async def test_what_is_not_kept_or_cannot_be_read_now_is_said():
    async with page() as (client, originals):
        assert (await client.get(originals.link("0" * 64))).status == 404
    async with page(kept=None) as (client, originals):
        assert (await client.get(originals.link("0" * 64))).status == 503


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"Content-Type: text/html\r\n\r\n", b"\xff" * 999, b"Subject: x"]
)
def test_any_bytes_have_a_page(raw):
    assert page_of(raw).startswith("<!doctype html>")
