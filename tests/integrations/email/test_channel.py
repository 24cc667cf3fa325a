"""The channel against a real SMTP server that says and does what the test wants."""

import asyncio
import base64
import socket
from contextlib import asynccontextmanager
from email import message_from_bytes

import pytest
from aiosmtpd.smtp import SMTP

from bot.core.errors import Misconfigured, OutcomeUnknown, Refused, TooLate, Unavailable, Unreachable
from bot.core.ports.channels import Deadline, Reconciled
from integrations.email.channel import EmailChannel, Server
from integrations.email.compose import Mailbox
from tests import builders
from tests.fakes import FakeClock, in_time
from tests.integrations.email.test_compose import NORTHWIND, SECRET, outgoing
from tests.waiting import PATIENCE


class Sink:
    """aiosmtpd's hooks: keeps mails; `say` scripts replies by command, `hang` and `drop` name a command."""

    def __init__(self, say=None, hang="", drop=""):
        self.say = say or {}
        self.hang = hang
        self.drop = drop
        self.mails = []
        self.released = asyncio.Event()

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return await self._reply("MAIL", server)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        reply = self.say.get(address) or await self._reply("RCPT", server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope)
        return await self._reply("DATA", server)

    async def _reply(self, command, server):
        if command == self.drop:
            server.transport.abort()
        if command == self.hang:
            await self.released.wait()
        return self.say.get(command, "250 OK")


@asynccontextmanager
async def serving(sink, protocol=None):
    loop = asyncio.get_running_loop()
    sessions = []

    def session():
        sessions.append(protocol() if protocol else SMTP(sink, hostname="sink.example", loop=loop))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        sink.released.set()
        for open_session in sessions:
            if open_session.transport is not None:
                open_session.transport.abort()
        tasks = [s._handler_coroutine for s in sessions if isinstance(s, SMTP)]
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def send(url, **values):
    channel = EmailChannel(url, NORTHWIND, SECRET, timeout=values.pop("timeout", 5.0))
    async with channel.ready(outgoing(**values)) as hand_over:
        return (await hand_over(in_time())).external_id


async def test_getting_ready_without_sending_sends_nothing():
    sink = Sink()
    async with serving(sink) as url:
        async with EmailChannel(url, NORTHWIND, SECRET).ready(outgoing()):
            pass
        await send(url)
    assert len(sink.mails) == 1


async def send_after_a_stop(url):
    clock = FakeClock()
    async with EmailChannel(url, NORTHWIND, SECRET).ready(outgoing()) as hand_over:
        deadline = Deadline(30.0, clock.seconds)
        clock.move(seconds=31)
        await hand_over(deadline)


async def test_a_sender_that_was_stopped_for_too_long_hands_nothing_over():
    sink = Sink()
    async with serving(sink) as url:
        with pytest.raises(TooLate):
            await send_after_a_stop(url)
        await send(url)
    assert len(sink.mails) == 1


async def test_a_mail_arrives_as_composed():
    sink = Sink()
    async with serving(sink) as url:
        sent = await send(url, delivery=builders.delivery(text=".dots\n..stay\n."))
    (envelope,) = sink.mails
    assert envelope.mail_from == NORTHWIND.address
    assert envelope.rcpt_tos == ["ada@customer.example"]
    mail = message_from_bytes(envelope.content)
    assert mail["Message-ID"] == sent
    assert mail.get_payload()[0].get_payload(decode=True).split() == [b".dots", b"..stay", b"."]


async def test_an_address_with_dots_in_odd_places_is_written_to():
    sink = Sink()
    async with serving(sink) as url:
        await send(url, delivery=builders.delivery(address="a..b@docomo.test"))
    assert sink.mails[0].rcpt_tos == ["a..b@docomo.test"]  # The quotes are the protocol's, not the address's.


async def test_our_own_address_is_looked_at_before_there_is_anything_to_send():
    with pytest.raises(Misconfigured, match="SUPPORT_ADDRESS"):
        EmailChannel("smtp://127.0.0.1", Mailbox("Us", "support"), SECRET)


async def test_our_own_host_may_be_international():
    sink, ours = Sink(), Mailbox("Us", "support@bücher.example")
    async with serving(sink) as url, EmailChannel(url, ours, SECRET).ready(outgoing()) as hand_over:
        assert (await hand_over(in_time())).external_id.endswith("@xn--bcher-kva.example>")
    assert sink.mails[0].mail_from == "support@xn--bcher-kva.example"


async def test_the_id_is_known_before_and_after():
    channel = EmailChannel("smtp://127.0.0.1", NORTHWIND, SECRET)
    assert channel.external_id(outgoing()) == f"<threadpilot.{outgoing().delivery.id}@northwind.example>"
    assert await channel.reconcile(outgoing()) is Reconciled.UNKNOWN


@pytest.mark.parametrize(
    ("command", "reply", "error"),
    [
        ("MAIL", "421 4.3.2 Closing", Unavailable),
        ("MAIL", "550 5.7.1 Not you", Refused),
        ("RCPT", "451 4.2.0 Greylisted", Unavailable),
        ("RCPT", "550 5.1.1 No such user", Refused),
        ("DATA", "451 4.3.0 Try later", Unavailable),
        ("DATA", "554 5.7.1 Spam", Refused),
        ("DATA", "299 What", OutcomeUnknown),
    ],
)
async def test_what_the_server_says_is_passed_on(command, reply, error):
    async with serving(Sink({command: reply})) as url:
        with pytest.raises(error, match=reply[:3]) as caught:
            await send(url)
    assert reply[4:] in str(caught.value)


@pytest.mark.parametrize(
    ("command", "error"), [("MAIL", Unavailable), ("RCPT", Unavailable), ("DATA", OutcomeUnknown)]
)
async def test_a_dropped_connection_counts_only_once_the_text_is_on_its_way(command, error):
    async with serving(Sink(drop=command)) as url:
        with pytest.raises(error):
            await send(url)


@pytest.mark.parametrize(("command", "error"), [("RCPT", Unavailable), ("DATA", OutcomeUnknown)])
async def test_silence(command, error):
    async with serving(Sink(hang=command)) as url:
        with pytest.raises(error):
            await send(url, timeout=0.3)


class Scripted(asyncio.Protocol):
    """A server that answers line by line from a script; a None closes the connection."""

    def __init__(self, *script):
        self.script = list(script)
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        self.say()

    def data_received(self, data):
        self.say()

    def say(self):
        line = self.script.pop(0) if self.script else None
        if line is None:
            self.transport.close()
        else:
            self.transport.write(line.encode() + b"\r\n")


READY = ("220 hi", "250 sink", "250 OK", "250 OK")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ((), Unavailable),
        (("554 go away",), Unavailable),
        (("what is this",), Unavailable),
        ((*READY, None), Unavailable),  # At DATA, before the server was ready for the text.
        ((*READY, "554 5.5.1 no valid recipients"), Refused),
        ((*READY, "250 that is not a 354"), Unavailable),
        ((*READY, "354 go", None), OutcomeUnknown),
        ((*READY, "354 go", "what is this"), OutcomeUnknown),
    ],
)
async def test_odd_servers(script, error):
    async with serving(Sink(), lambda: Scripted(*script)) as url:
        with pytest.raises(error):
            await send(url)


async def test_a_server_that_does_not_say_goodbye_has_still_taken_the_mail():
    async with serving(Sink(), lambda: Scripted(*READY, "354 go", "250 kept", None)) as url:
        assert await send(url) == f"<threadpilot.{outgoing().delivery.id}@northwind.example>"


async def test_nobody_listens():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="cannot be used"):
            await send(f"smtp://127.0.0.1:{unused.getsockname()[1]}")


@pytest.mark.parametrize("change", [("smtp://", "smtps://"), ("smtp://", "smtp://ada:pw@"), ("", "")])
async def test_what_the_server_cannot_do(change):
    async with serving(Sink()) as url:
        changed = url.replace(*change) if change[0] else f"{url}?starttls"
        with pytest.raises(Unavailable):
            await send(changed, timeout=2.0)


async def test_an_address_nobody_can_write_to_never_reaches_the_server():
    sink = Sink()
    async with serving(sink) as url:
        with pytest.raises(Refused):
            await send(url, delivery=builders.delivery(address="unknown@invalid"))
    assert sink.mails == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 25)),
        ("smtp://mail.example:2525", Server("mail.example", 2525)),
        ("smtp://mail.example?starttls", Server("mail.example", 587, "starttls")),
        ("smtps://mail.example", Server("mail.example", 465, "tls")),
        ("smtps://a%40b:p%3Aw@mail.example:99", Server("mail.example", 99, "tls", "a@b", "p:w")),
        ("smtp://[::1]:25", Server("::1", 25)),
        ("smtps://a@mail.example?auth=XOAUTH2", Server("mail.example", 465, "tls", "a", by_token=True)),
    ],
)
def test_addresses_of_servers(url, server):
    assert Server.from_url(url) == server


def test_a_password_is_not_shown():
    assert "hush" not in repr(Server.from_url("smtp://ada:hush@mail.example"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://x:port",
        "smtp://x:99999",
        "smtp://x?tls=1",
        "smtp://x?auth=xoauth2",
        "smtp://a:b@x?auth=ntlm",
        "smtp://[",
    ],
)
def test_addresses_that_are_none(url):
    with pytest.raises(Misconfigured, match="SMTP_URL"):
        EmailChannel(url, NORTHWIND, SECRET)


async def send_late(url):
    async with EmailChannel(url, NORTHWIND, SECRET).ready(outgoing()) as hand_over:
        for _ in range(100):
            await asyncio.sleep(0)  # Let the loop see that the line is dead.
        await hand_over(in_time())


@pytest.mark.parametrize("hang_up", ["close", "abort"])
async def test_a_server_that_hangs_up_before_the_text_has_nothing(hang_up):
    async def serve(reader, writer):
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            writer.write(b"354 go\r\n" if line.startswith(b"DATA") else b"250 ok\r\n")
            if line.startswith(b"DATA"):
                await writer.drain()
                getattr(writer.transport, hang_up)()
                return

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        with pytest.raises(Unavailable):
            await send_late(url)


class Relay:
    """A mail server that offers what it is told to, and keeps every line it hears."""

    def __init__(self, *offers, token=""):
        self.offers = offers
        self.token = token
        self.heard = []
        self.ended = asyncio.Event()

    async def serve(self, reader, writer):
        writer.write(b"220 relay.example\r\n")
        while (line := await reader.readline()) and line != b"QUIT\r\n":
            self.heard.append(line.decode().strip())
            writer.write(self._answer(self.heard[-1]))
            if line == b"DATA\r\n":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 OK\r\n")
        writer.write(b"221 Bye\r\n")
        writer.close()
        self.ended.set()

    def _answer(self, said):
        match said.partition(" ")[0].upper():
            case "EHLO":
                return (
                    "".join(f"250-{offer}\r\n" for offer in ("relay.example", *self.offers)).encode()
                    + b"250 OK\r\n"
                )
            case "AUTH":
                good = base64.b64decode(said.split()[-1]) == f"user=us\1auth=Bearer {self.token}\1\1".encode()
                return b"235 OK\r\n" if good else b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"
            case "":
                return b"535 5.7.8 Bad token\r\n"
            case "DATA":
                return b"354 Go on\r\n"
            case _:
                return b"250 OK\r\n"


@asynccontextmanager
async def relaying(*offers, **options):
    relay = Relay(*offers, **options)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    try:
        yield relay, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.wait_for(relay.ended.wait(), PATIENCE)
        await server.wait_closed()


async def hand_over(url, tokens=None, **values):
    channel = EmailChannel(url, NORTHWIND, SECRET, timeout=5.0, tokens=tokens)
    async with channel.ready(outgoing(**values)) as send_it:
        return await send_it(in_time())


async def test_reports_are_asked_for_where_the_server_gives_them():
    delivery = builders.delivery(address="ada+x=1@customer.example")
    async with relaying("DSN", "SIZE 100000") as (relay, place):
        await hand_over(f"smtp://{place}", delivery=delivery)
    (about_mail,) = [line for line in relay.heard if line.startswith("MAIL")]
    (about_recipient,) = [line for line in relay.heard if line.startswith("RCPT")]
    assert about_mail.endswith(f" RET=HDRS ENVID={delivery.id}")
    assert " SIZE=" in about_mail
    assert about_recipient.endswith(" NOTIFY=FAILURE,DELAY ORCPT=rfc822;ada+2Bx+3D1@customer.example")


async def test_a_server_that_gives_no_reports_is_not_asked():
    async with relaying() as (relay, place):
        await hand_over(f"smtp://{place}")
    assert not [line for line in relay.heard if "ENVID" in line or "NOTIFY" in line or "SIZE" in line]


async def test_a_mail_larger_than_the_server_takes_is_refused_before_anything_is_sent():
    async with relaying("SIZE 500") as (relay, place):
        with pytest.raises(Refused, match="the mail server takes 500 at most"):
            await hand_over(f"smtp://{place}")
    assert not [line for line in relay.heard if line.startswith("MAIL")]


class Renewed:
    """Tokens of which the first has ended."""

    def __init__(self, *tokens):
        self.tokens = list(tokens)

    async def current(self):
        return self.tokens[0]

    def refused(self, token):
        self.tokens.remove(token)


async def test_a_token_that_has_ended_is_replaced_at_the_next_try():
    tokens = Renewed("old", "new")
    async with relaying("AUTH PLAIN XOAUTH2", token="new") as (relay, place):
        with pytest.raises(Unreachable, match="535"):
            await hand_over(f"smtp://us@{place}?auth=xoauth2", tokens)
        await hand_over(f"smtp://us@{place}?auth=xoauth2", tokens)
    assert len([line for line in relay.heard if line.startswith("AUTH XOAUTH2")]) == 2


async def test_without_a_token_nobody_logs_in():
    async with relaying("AUTH XOAUTH2") as (_, place):
        with pytest.raises(Unreachable, match="MAIL_OAUTH_TOKEN"):
            await hand_over(f"smtp://us@{place}?auth=xoauth2")


async def test_people_in_copy_get_the_mail_and_one_who_cannot_does_not_keep_it_from_the_others():
    sink = Sink(say={"ben@customer.example": "550 5.1.1 No such user"})
    copied = builders.delivery(cc=("ben@customer.example", "carl@customer.example"))
    async with serving(sink) as url:
        channel = EmailChannel(url, NORTHWIND, SECRET)
        async with channel.ready(outgoing(delivery=copied)) as send:
            left = await send(in_time())
    assert left.refused == {"ben@customer.example": "550 5.1.1 No such user"}
    (envelope,) = sink.mails
    assert envelope.rcpt_tos == ["ada@customer.example", "carl@customer.example"]
    mail = message_from_bytes(envelope.content)
    assert "ben@customer.example" in mail["Cc"]


async def test_a_connection_that_breaks_among_the_copies_has_sent_nothing():
    class Breaking(Sink):
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
            if address == "ben@customer.example":
                server.transport.abort()
            return await super().handle_RCPT(server, session, envelope, address, options)

    sink = Breaking()
    async with serving(sink) as url:
        channel = EmailChannel(url, NORTHWIND, SECRET)
        copied = builders.delivery(cc=("ben@customer.example",))
        with pytest.raises(Unavailable):
            async with channel.ready(outgoing(delivery=copied)):
                pytest.fail("the line was lost before the text")
    assert sink.mails == []
