"""Mail from a real Dovecot into a real database: nothing lost, nothing doubled, whatever happens to the server."""

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.errors import Misconfigured, NotStored
from bot.core.ports.storage import Bookmark
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from handlers.mail.imap import Habits, ImapIntake
from handlers.mail.imap_session import ImapMailbox, ImapSession
from handlers.mail.keeping import MailDesk
from integrations.email.oauth import FixedToken, Grant, GrantedTokens
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.dovecot import running_dovecot, token
from tests.waiting import until

SUPPORT = "support@northwind.example"
# Pauses short enough for tests; what is waited for comes by IDLE.
HASTY = Habits(lease=2.0, slice=0.5, pause=0.05, longest_pause=0.2, after_refusal=0.2, renew=30.0)


def mail(number, *, extra=""):
    return (
        f"From: Ada Quill <ada@customer.example>\r\nTo: {SUPPORT}\r\nSubject: Parcel {number}\r\n"
        f"Message-ID: <m{number}@customer.example>\r\n{extra}\r\nWhere is parcel {number}?\r\n"
    ).encode()


@pytest.fixture
def dovecot():
    with running_dovecot() as server:
        yield server


@pytest.fixture
async def database():
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as opened:
        yield opened


class Flaky:
    """An intake that fails as it is told to, and then does not."""

    def __init__(self, intake, *failures):
        self._intake = intake
        self._failures = list(failures)

    async def receive(self, inbound, also=None):
        if self._failures and (failure := self._failures.pop(0)) is not None:
            raise failure
        return await self._intake.receive(inbound, also)


def reader(url, database, *, holder="h1", habits=HASTY, intake=None, tokens=None):
    desk = MailDesk(intake or Intake(database, utc_now), SUPPORT, "a secret")
    return ImapIntake(
        ImapMailbox.from_url(url), desk, database, utc_now, holder, tokens=tokens, habits=habits
    )


@asynccontextmanager
async def running(one):
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.wait([task])


async def kept(database):
    async with database.snapshot() as tx:
        found = await asyncio.gather(
            *(tx.messages.find("email", f"<m{n}@customer.example>") for n in range(40))
        )
    return [one.content for one in found if one is not None]


async def counted(database):
    async with database.snapshot() as tx:
        return sum((await tx.conversations.count_by_status()).values())


async def have(database, number):
    async def claim():
        return await counted(database) >= number

    await until(claim)


async def well(one):
    async def claim():
        return await one.state() == "ok"

    await until(claim)


async def test_a_new_mail_is_taken_at_once_and_then_marked_as_read(dovecot, database):
    async with running(reader(dovecot.url(), database)) as one:
        await well(one)
        await asyncio.to_thread(dovecot.deliver, mail(1))
        since = time.monotonic()
        await have(database, 1)
        assert time.monotonic() - since < 10.0  # Without IDLE it would be half a minute.
        assert await kept(database) == ["Where is parcel 1?"]

        async def read():
            return ["Seen" in flags for flags in await asyncio.to_thread(dovecot.flags)] == [True]

        await until(read)


async def test_at_first_what_is_unread_is_taken_and_what_was_read_is_not(dovecot, database):
    dovecot.deliver(mail(1), flags=r"(\Seen)")
    dovecot.deliver(mail(2))
    async with running(reader(dovecot.url(), database)):
        await have(database, 1)
        await asyncio.to_thread(
            dovecot.deliver, mail(3), flags=r"(\Seen)"
        )  # Read elsewhere before we saw it.
        await have(database, 2)
    assert await kept(database) == ["Where is parcel 2?", "Where is parcel 3?"]


async def test_a_server_killed_and_restarted_loses_and_doubles_nothing(dovecot, database, caplog):
    caplog.set_level(logging.WARNING)
    async with running(reader(dovecot.url(), database)) as one:
        await asyncio.to_thread(dovecot.deliver, mail(1))
        await have(database, 1)
        dovecot.stop()

        async def troubled():
            return "cannot be read" in await one.state()

        await until(troubled)
        dovecot.start()
        await asyncio.to_thread(dovecot.deliver, mail(2))
        await have(database, 2)
        await well(one)
    assert await counted(database) == 2
    down = [record for record in caplog.records if record.msg == "mailbox_down"]
    assert down
    assert [record.msg for record in caplog.records].count("mailbox_back") >= 1


async def test_a_killed_connection_is_noticed_and_replaced(dovecot, database):
    async with running(reader(dovecot.url(), database)) as one:
        await well(one)
        await asyncio.to_thread(dovecot.deliver, mail(1))
        await have(database, 1)
        assert dovecot.kill_children() == 1
        await asyncio.to_thread(dovecot.deliver, mail(2))
        await have(database, 2)
    assert await counted(database) == 2


async def test_a_renumbered_mailbox_loses_and_doubles_nothing(dovecot, database, caplog):
    caplog.set_level(logging.WARNING)
    async with running(reader(dovecot.url(), database)) as one:
        await asyncio.to_thread(dovecot.deliver, mail(1), mail(2))
        await have(database, 2)
        before = await asyncio.to_thread(dovecot.validity)

        async def anew():  # The number of the inbox is a time in seconds.
            dovecot.stop()
            dovecot.renumber()
            dovecot.start()
            return await asyncio.to_thread(dovecot.validity) != before

        await until(anew)
        await asyncio.to_thread(dovecot.deliver, mail(3), flags=r"(\Seen)")
        await have(database, 3)
        await well(one)
    assert await counted(database) == 3
    assert "mailbox_renumbered" in [record.msg for record in caplog.records]


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
async def test_a_token_that_has_ended_is_renewed(dovecot, database, auth):
    handed_out = []

    async def issue(request):
        form = await request.post()
        assert (form["grant_type"], form["client_id"], form["client_secret"]) == (
            "client_credentials",
            "me",
            "s",
        )
        # The first one is dead on arrival: the server refuses it, and only then another one is asked for.
        handed_out.append(token(lasts=3600.0 if handed_out else -60.0))
        return web.json_response({"access_token": handed_out[-1], "expires_in": 3600, "token_type": "Bearer"})

    app = web.Application()
    app.add_routes([web.post("/token", issue)])
    async with TestServer(app) as issuer, aiohttp.ClientSession() as session:
        tokens = GrantedTokens(Grant(str(issuer.make_url("/token")), "me", "s"), session)
        async with running(reader(dovecot.url(auth=auth), database, tokens=tokens)) as one:
            await well(one)
            await asyncio.to_thread(dovecot.deliver, mail(1))
            await have(database, 1)
    assert len(handed_out) == 2


@pytest.mark.parametrize("tokens", [None, FixedToken("junk")])
async def test_a_login_that_cannot_work_is_said_and_tried_again(dovecot, database, tokens):
    async with running(reader(dovecot.url(auth="xoauth2"), database, tokens=tokens)) as one:

        async def told():
            return ("does not take the login" if tokens else "set MAIL_OAUTH_TOKEN") in await one.state()

        await until(told)
        assert (await one.state()).startswith("support@northwind.example@127.0.0.1:")


async def test_without_idle_it_looks_by_itself(dovecot, database):
    dovecot.stop()
    dovecot.configure("IMAP4rev1 SASL-IR LITERAL+")
    dovecot.start()
    async with running(reader(dovecot.url(), database, habits=Habits(lease=2.0, poll=0.2))) as one:
        await well(one)
        await asyncio.to_thread(dovecot.deliver, mail(1))
        await have(database, 1)


async def test_a_crash_between_the_commit_and_the_bookmark_doubles_nothing(dovecot, database):
    dovecot.deliver(mail(1), mail(2))
    async with running(reader(dovecot.url(), database)) as one:
        await have(database, 2)
        await well(one)  # It has caught up, so there is a bookmark.
    name = ImapMailbox.from_url(dovecot.url()).name
    async with database.transaction() as tx:
        assert await tx.mailboxes.claim(name, "h1", at=utc_now(), until=utc_now())
        mark = await tx.mailboxes.bookmark(name)
        await tx.mailboxes.put(name, "h1", Bookmark(mark.validity, 0))
    async with running(reader(dovecot.url(), database)):
        await asyncio.to_thread(dovecot.deliver, mail(3))
        await have(database, 3)
    assert await counted(database) == 3


async def test_news_in_one_breath_with_the_answer_to_idle_is_heard(dovecot):
    mailbox = ImapMailbox.from_url(dovecot.url())
    session = ImapSession(mailbox)
    try:
        await asyncio.to_thread(session.open, mailbox.password)
        await asyncio.to_thread(dovecot.deliver, mail(1))
        await asyncio.to_thread(session.begin_waiting)
        assert await asyncio.to_thread(session.news, 10.0)
    finally:
        session.interrupt()
        session.close()


async def test_two_processes_never_read_one_mailbox_and_the_second_takes_over(dovecot, database):
    first, second = reader(dovecot.url(), database), reader(dovecot.url(), database, holder="h2")
    async with running(second):
        async with running(first):
            await have_connected(dovecot)
            assert await asyncio.to_thread(lambda: dovecot.log.count("Login: user=")) == 1
            await asyncio.to_thread(dovecot.deliver, mail(1))
            await have(database, 1)
        await asyncio.to_thread(dovecot.deliver, mail(2))
        await have(database, 2)
    assert await counted(database) == 2


async def have_connected(dovecot):
    async def claim():
        return "Login: user=" in dovecot.log

    await until(claim)


async def test_a_database_that_is_away_keeps_the_mail_unread_until_it_is_back(dovecot, database):
    flaky = Flaky(Intake(database, utc_now), NotStored("The disk is full."))
    dovecot.deliver(mail(1))
    async with running(reader(dovecot.url(), database, intake=flaky)) as one:
        await have(database, 1)
        await well(one)
    assert await kept(database) == ["Where is parcel 1?"]


async def test_one_mail_that_cannot_be_kept_holds_up_no_other(dovecot, database, caplog):
    flaky = Flaky(Intake(database, utc_now), RuntimeError("a fault of ours"))
    dovecot.deliver(mail(1), mail(2))
    async with running(reader(dovecot.url(), database, intake=flaky)) as one:
        await have(database, 1)
        await well(one)
        await asyncio.to_thread(dovecot.deliver, mail(3))
        await have(database, 3)  # The first one was tried again beside it.
    assert [record.msg for record in caplog.records].count("mail_not_kept") == 1
    assert len(await kept(database)) == 3


async def test_of_a_huge_mail_the_beginning_is_taken_and_said_so(dovecot, database):
    dovecot.deliver(mail(1) + b"word " * 2000)
    async with running(reader(dovecot.url(), database, habits=Habits(most=400))):
        await have(database, 1)
    async with database.snapshot() as tx:
        message = await tx.messages.find("email", "<m1@customer.example>")
        raw = await tx.raw_mails.get(message.metadata["raw_sha256"])
    assert "too large" in message.metadata["warnings"][0]
    assert len(raw) == 400


async def test_an_idle_connection_is_asked_anew_before_the_server_forgets_it(dovecot, database):
    habits = Habits(lease=5.0, slice=0.2, renew=0.3)
    async with running(reader(dovecot.url(), database, habits=habits)) as one:
        await well(one)
        for number in (1, 2, 3):
            await asyncio.to_thread(dovecot.deliver, mail(number))
            await have(database, number)
    assert dovecot.log.count("Login: user=") == 1 + 3  # One connection of ours, three to deliver.


@pytest.mark.parametrize(
    ("url", "field", "value"),
    [
        ("imaps://a%40b.example:p%2Cw@imap.b.example/", "password", "p,w"),
        ("imaps://a:b@h", "port", 993),
        ("imap://a:b@h:1143/Support%2FIn?starttls", "folder", "Support/In"),
        ("imap://a:b@h?starttls", "tls", "starttls"),
        ("imaps://a@h?auth=XOAUTH2", "auth", "xoauth2"),
    ],
)
def test_a_url_says_how_to_read(url, field, value):
    assert getattr(ImapMailbox.from_url(url), field) == value


@pytest.mark.parametrize(
    "url",
    [
        "imaps://h",
        "imaps://a@h",
        "pop3://a:b@h",
        "imaps://a:b@h?auth=ntlm",
        "imaps://a:b@h:99999",
        "imaps://a:b@h?x=1",
    ],
)
def test_a_url_that_cannot_be_read_is_refused(url):
    with pytest.raises(Misconfigured, match="IMAP_URL must look like"):
        ImapMailbox.from_url(url)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 400, "text": '{"error": "invalid_client"}'}, "gives no token: invalid_client"),
        ({"status": 502, "text": "<html>"}, "does not answer"),
        ({"status": 200, "text": "[]"}, "gives no token: it answers 200"),
    ],
)
async def test_an_issuer_that_gives_no_token_is_said(dovecot, database, answer, told):
    async def issue(request):
        return web.Response(**answer, content_type="application/json")

    app = web.Application()
    app.add_routes([web.post("/token", issue)])
    async with TestServer(app) as issuer, aiohttp.ClientSession() as session:
        grant = Grant(str(issuer.make_url("/token")), "me", "s", refresh_token="r", scope="mail")
        async with running(
            reader(dovecot.url(auth="xoauth2"), database, tokens=GrantedTokens(grant, session))
        ) as one:

            async def claim():
                return told in await one.state()

            await until(claim)


async def test_a_lease_from_a_clock_that_was_set_back_holds_nobody_up(database):
    now = utc_now()
    async with database.transaction() as tx:
        assert await tx.mailboxes.claim("m", "old", at=now, until=now + timedelta(hours=2))
        assert await tx.mailboxes.claim("m", "new", at=now, until=now + timedelta(seconds=60))
        assert not await tx.mailboxes.claim("m", "third", at=now, until=now + timedelta(seconds=60))
        assert not await tx.mailboxes.put("m", "old", Bookmark(1, 1))
