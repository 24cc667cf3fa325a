"""Mail over real sockets into a fake intake."""

import asyncio
import logging
import smtplib
import socket
from contextlib import asynccontextmanager
from hashlib import sha256
from types import SimpleNamespace

import pytest

from bot.core.errors import Misconfigured, NotStored, Unavailable
from bot.core.model import Attachment, Channel, Returned, new_id
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from handlers.mail.inbound import Envelope, House, inbound_of
from handlers.mail.keeping import MailDesk, redacted
from handlers.mail.smtp_listener import SmtpListener
from integrations.email.address import reply_address, subject_token
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.builders import AT
from tests.waiting import PATIENCE

SUPPORT = "support@northwind.example"
SECRET = "a secret"
MAIL = (
    b"From: Ada Quill <Ada@customer.example>\r\nTo: support@northwind.example\r\nSubject: Parcel\r\n"
    b"Message-ID: <m1@customer.example>\r\nIn-Reply-To: <m0@northwind.example>\r\n"
    b"References: <x@customer.example> <m0@northwind.example>\r\n\r\nWhere is it?\r\n.\r\n..\r\n"
)


class FakeIntake:
    """Keeps what it is given; raises `failure` if set; waits for `gate` if set."""

    def __init__(self, failure=None, gate=None):
        self.kept = []
        self.raw = {}
        self.failure = failure
        self.gate = gate
        self.asked = asyncio.Event()

    async def receive(self, inbound, also=None):
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.kept.append(inbound)
        await also(SimpleNamespace(raw_mails=self), SimpleNamespace(created_at=AT))
        return SimpleNamespace(conversation_id="c1", duplicate=False)

    async def keep(self, digest, content, at):
        self.raw[digest] = content


@asynccontextmanager
async def listening(intake, **options):
    listener = SmtpListener("127.0.0.1", 0, MailDesk(intake, SUPPORT, SECRET), **options)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


def deliver(port, raw=MAIL, sender="ada@customer.example", recipients=(SUPPORT,)):
    """Send like any program with smtplib does, and return what the server said to the text."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="customer.example", timeout=PATIENCE) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        for recipient in recipients:
            code, words = client.rcpt(recipient)
            if code != 250:
                return code, words
        return client.data(raw)


async def sent(listener, *arguments, **options):
    return await asyncio.to_thread(deliver, listener.port, *arguments, **options)


async def test_a_mail_is_handed_to_intake_whole():
    intake = FakeIntake()
    async with listening(intake) as listener:
        code, _ = await sent(listener)
    assert code == 250
    (inbound,) = intake.kept
    assert inbound.channel is Channel.EMAIL
    assert inbound.external_id == "<m1@customer.example>"
    assert (inbound.address, inbound.name) == ("ada@customer.example", "Ada Quill")
    assert (inbound.subject, inbound.text) == ("Parcel", "Where is it?\n.\n..")
    assert inbound.references == ("<m0@northwind.example>", "<x@customer.example>")
    assert (inbound.automatic, inbound.conversation_hint) == ("", None)
    assert inbound.metadata["raw_sha256"] == sha256(MAIL).hexdigest()
    assert intake.raw == {sha256(MAIL).hexdigest(): MAIL}
    assert inbound.metadata["size"] == len(MAIL)
    assert inbound.metadata["to"] == [SUPPORT]


async def test_nothing_is_confirmed_before_it_is_kept():
    gate = asyncio.Event()
    intake = FakeIntake(gate=gate)
    async with listening(intake) as listener:
        delivery = asyncio.create_task(sent(listener))
        await asyncio.wait_for(intake.asked.wait(), PATIENCE)
        assert not delivery.done()
        gate.set()
        assert (await delivery)[0] == 250


@pytest.mark.parametrize("failure", [Unavailable("database is locked"), RuntimeError("a defect")])
async def test_what_cannot_be_kept_is_not_confirmed(failure, caplog):
    intake = FakeIntake(failure=failure)
    async with listening(intake) as listener:
        code, words = await sent(listener)
        assert code == 451
        assert b"try again later" in words
        assert str(failure).encode() not in words
        intake.failure = None
        assert (await sent(listener))[0] == 250
    assert "mail_not_kept" in caplog.messages


async def test_mails_of_an_outage_of_the_database_are_counted_and_not_logged_one_by_one(caplog):
    counted = []
    intake = FakeIntake(failure=NotStored("The database failed: disk full"))
    async with listening(intake, tally=lambda what, *labels: counted.append((what, *labels))) as listener:
        assert [(await sent(listener))[0] for _ in range(2)] == [451, 451]
        assert (await sent(listener, recipients=("other@shop.example",)))[0] == 550
    assert "mail_not_kept" not in caplog.messages
    assert counted == [("turned_away", "smtp", code) for code in ("451", "451", "550")]


async def test_two_mails_over_one_connection():
    intake = FakeIntake()

    def both(port):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="x.example", timeout=PATIENCE) as client:
            for _ in range(2):
                client.sendmail("ada@customer.example", [SUPPORT], MAIL)

    async with listening(intake) as listener:
        await asyncio.to_thread(both, listener.port)
    assert len(intake.kept) == 2


async def test_a_reply_to_our_signed_address_names_its_conversation():
    intake, conversation = FakeIntake(), new_id()
    async with listening(intake) as listener:
        address = reply_address(SUPPORT, conversation, SECRET).upper()
        assert (await sent(listener, recipients=[address]))[0] == 250
    assert intake.kept[0].conversation_hint == conversation


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("SUPPORT@northwind.EXAMPLE", 250),
        ("support+anything@northwind.example", 250),
        ("postmaster@northwind.example", 250),
        ("Postmaster", 250),
        ("sales@northwind.example", 550),
        ("support@elsewhere.example", 550),
    ],
)
async def test_whose_mail_is_taken(recipient, code):
    intake = FakeIntake()
    async with listening(intake) as listener:
        assert (await sent(listener, recipients=[recipient]))[0] == code
    assert bool(intake.kept) == (code == 250)


async def test_a_mail_that_is_too_large_is_refused_in_words(caplog):
    intake = FakeIntake()
    async with listening(intake, max_bytes=1024 * 1024) as listener:
        code, words = await sent(listener, MAIL + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 16_000)
        assert code == 552
        assert b"larger than the 1 MiB" in words
        code, words = await sent(listener, MAIL + b"z" * 2_000_000)
        assert code == 552
    assert intake.kept == []
    assert caplog.messages.count("mail_refused_too_large") == 2


async def test_a_declared_size_is_refused_at_once():
    def declare(port):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="x.example", timeout=PATIENCE) as client:
            client.ehlo()
            return client.esmtp_features["size"], client.mail("a@b.example", ["SIZE=31457280"])

    async with listening(FakeIntake()) as listener:
        size, (code, words) = await asyncio.to_thread(declare, listener.port)
    assert size == str(25 * 1024 * 1024)
    assert code == 552
    assert b"25 MiB" in words


async def test_very_long_lines_and_bare_bytes_are_taken():
    raw = b"From: a@customer.example\r\n\r\n" + b"\xff" * 300_000 + b"\r\n."
    intake = FakeIntake()
    async with listening(intake) as listener:
        assert (await sent(listener, raw))[0] == 250
    assert intake.kept[0].metadata["size"] == len(raw) + 2
    assert intake.raw[intake.kept[0].metadata["raw_sha256"]] == raw + b"\r\n"


async def test_commands_in_the_wrong_order():
    def wrongly(port):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="x.example", timeout=PATIENCE) as client:
            codes = [client.docmd("DATA")[0]]
            client.ehlo()
            codes.append(client.docmd("DATA")[0])
            client.mail("a@b.example")
            client.rcpt(SUPPORT)
            codes.append(client.docmd("DATA", "now")[0])
            client.send(b"NOOP \xfc\r\n")
            codes.append(client.getreply()[0])
            return codes

    async with listening(FakeIntake()) as listener:
        assert await asyncio.to_thread(wrongly, listener.port) == [503, 503, 501, 250]


async def test_stopping_finishes_what_is_being_kept():
    gate = asyncio.Event()
    intake = FakeIntake(gate=gate)
    listener = SmtpListener("127.0.0.1", 0, MailDesk(intake, SUPPORT, SECRET))
    await listener.start()
    port = listener.port
    with socket.create_connection(("127.0.0.1", port)):
        delivery = asyncio.create_task(asyncio.to_thread(deliver_and_stay, port))
        await asyncio.wait_for(intake.asked.wait(), PATIENCE)
        stopping = asyncio.create_task(listener.stop())
        gate.set()
        await stopping
    assert (await delivery)[0] == 250
    assert len(intake.kept) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    await listener.stop()


def deliver_and_stay(port):
    client = smtplib.SMTP("127.0.0.1", port, local_hostname="customer.example", timeout=PATIENCE)
    try:
        client.ehlo()
        client.mail("ada@customer.example")
        client.rcpt(SUPPORT)
        return client.data(MAIL)
    finally:
        client.close()


async def test_stopping_does_not_wait_for_ever(caplog):
    listener = SmtpListener(
        "127.0.0.1",
        0,
        MailDesk(intake := FakeIntake(gate=asyncio.Event()), SUPPORT, SECRET),
        patience=0.05,
    )
    await listener.start()
    delivery = asyncio.create_task(asyncio.to_thread(deliver_and_stay, listener.port))
    await asyncio.wait_for(intake.asked.wait(), PATIENCE)
    await listener.stop()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await delivery
    assert "mail_cut_off_by_shutdown" in caplog.messages
    assert intake.kept == []


async def test_a_port_in_use_is_a_clear_sentence():
    async with listening(FakeIntake()) as listener:
        second = SmtpListener("127.0.0.1", listener.port, MailDesk(FakeIntake(), SUPPORT, SECRET))
        with pytest.raises(Misconfigured, match="SMTP_LISTEN: cannot listen"):
            await second.start()
        assert second.port == listener.port


async def test_no_address_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with listening(FakeIntake()) as listener:
        await sent(listener)
        await sent(listener, recipients=["sales@northwind.example"])
    text = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "ada@customer.example" not in text.lower()
    assert "sales@" not in text
    assert "Where is it" not in text
    assert "a***@customer.example" in text


def test_redacted_addresses():
    assert redacted("ada@customer.example") == "a***@customer.example"
    assert redacted("nonsense") == "***@nonsense"


def read(raw, sender="ada@customer.example", recipients=(SUPPORT,)):
    return inbound_of(raw, Envelope(sender, recipients), House(SUPPORT, SECRET))


def test_a_mail_without_from_is_answered_to_its_envelope():
    inbound = read(b"Subject: x\n\nHello")
    assert (inbound.address, inbound.automatic) == ("ada@customer.example", "")


def test_a_mail_from_nobody_is_kept_but_not_answered():
    inbound = read(b"Subject: x\n\nHello", sender="")
    assert (inbound.address, inbound.automatic) == ("unknown@invalid", "no sender address")
    assert inbound.text == "Hello"


def test_the_null_sender_is_not_answered():
    assert read(MAIL, sender="").automatic == "no return address"


@pytest.mark.parametrize(
    "headers",
    [
        b"From: support@northwind.example",
        b"From: Support+x@northwind.example",
        b"From: ada@customer.example\nReply-To: support@northwind.example",
        b"From: ada@customer.example\nX-Threadpilot-Loop: support@northwind.example",
    ],
)
def test_our_own_echo_is_not_answered(headers):
    assert read(headers + b"\n\nHello").automatic == "our own mail (loop)"


def test_reply_to_wins_and_is_visible():
    inbound = read(b"From: ada@customer.example\nReply-To: Home <ADA@home.example>\n\nHello")
    assert inbound.address == "ada@home.example"
    assert inbound.metadata["header_from"] == "ada@customer.example"


def test_attachments_and_bounces_are_noted():
    inbound = read(
        b"From: mailer-daemon@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n\n--b--\n"
    )
    assert inbound.automatic == "delivery report"
    assert inbound.metadata["bounce"] is True
    assert inbound.attachments[0].type == "message/delivery-status"


WITH_PICTURE = (
    b"From: ada@customer.example\r\nMessage-ID: <picture@customer.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nIt is broken.\r\n--b\r\n"
    b"Content-Type: image/jpeg; name=broken.jpg\r\nContent-Disposition: attachment; filename=broken.jpg\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 18 + b"\r\n") * 20_000 + b"--b--\r\n"
)


async def test_a_large_mail_with_a_picture_is_kept_byte_for_byte_beside_its_message():
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        async with listening(Intake(database, utc_now)) as listener:
            assert (await sent(listener, WITH_PICTURE))[0] == 250
            assert (await sent(listener, WITH_PICTURE))[0] == 250
        async with database.snapshot() as tx:
            kept = await tx.messages.find(Channel.EMAIL, "<picture@customer.example>")
            raw = await tx.raw_mails.get(kept.metadata["raw_sha256"])
            content = await tx.attachments.get(kept.attachments[0].sha256)
    assert raw == WITH_PICTURE
    assert kept.metadata["size"] == len(WITH_PICTURE)
    digest = sha256(content).hexdigest()
    assert kept.attachments == (Attachment("broken.jpg", "image/jpeg", 54 * 20_000, digest),)
    assert content == b"ABC" * 18 * 20_000
    assert len(str(kept.metadata)) < 2_000


async def test_a_connection_too_many_is_told_to_come_back(caplog):
    async with listening(FakeIntake(), max_sessions=2) as listener:
        connections = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(3)]
        greetings = [await reader.readline() for reader, _ in connections]
        assert sorted(line[:3] for line in greetings) == [b"220", b"220", b"421"]
        assert b"Too many connections at the same time, please try again later" in b"".join(greetings)
        assert "mail_too_many_connections" in caplog.messages
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()

        async def taken_again():
            try:
                return (await sent(listener))[0] == 250
            except smtplib.SMTPConnectError:
                return False

        async with asyncio.timeout(PATIENCE):
            while not await taken_again():
                pass


def test_a_mail_does_not_refer_to_itself():
    assert read(b"Message-ID: <a@b>\nReferences: <a@b> <c@d>\n\nx").references == ("<c@d>",)


def hand_over(port, raw):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="customer.example", timeout=PATIENCE) as client:
        client.sendmail("ada@customer.example", SUPPORT, raw)


async def test_dots_that_a_program_stuffed_after_a_bare_line_feed_are_undone():
    intake = FakeIntake()
    raw = (
        b"From: ada@customer.example\nTo: support@northwind.example\n\nI need a\n.5 litre bottle\n..\nThanks"
    )
    async with listening(intake) as listener:
        await asyncio.to_thread(hand_over, listener.port, raw)
    assert intake.kept[0].text == "I need a\n.5 litre bottle\n..\nThanks"


def test_a_delivery_report_says_which_mail_came_back():
    raw = (
        b"From: MAILER-DAEMON@x.example\r\nX-Failed-Recipients: ada@customer.example\r\nSubject: failure notice\r\n"
        b"References: <threadpilot.1@northwind.example>\r\n\r\n550 no such user\r\n"
    )
    read = inbound_of(raw, Envelope("", (SUPPORT,)), House(SUPPORT, SECRET))
    assert read.automatic == "delivery report"
    ids, unreached = ("<threadpilot.1@northwind.example>",), ("ada@customer.example",)
    assert read.returned == Returned(ids, "550 no such user", True, unreached)


async def test_the_same_mail_twice_at_once_and_to_two_addresses_is_one_message():
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        async with listening(Intake(database, utc_now)) as listener:
            codes = await asyncio.gather(
                sent(listener),
                sent(listener),
                sent(
                    listener,
                    b"Received: from relay2 by us\r\n" + MAIL,
                    recipients=("support+x@northwind.example",),
                ),
                sent(listener, MAIL, recipients=(SUPPORT, "support+x@northwind.example")),
            )
        async with database.snapshot() as tx:
            kept = await tx.messages.find(Channel.EMAIL, "<m1@customer.example>")
            case = await tx.conversations.case(kept.conversation_id)
            counts = await tx.conversations.count_by_status()
    assert [code for code, _ in codes] == [250] * 4
    assert len(case.messages) == 1
    assert sum(counts.values()) == 1


def attached(*files):
    parts = b"".join(
        b"--b\r\nContent-Type: application/pdf; name=" + name + b"\r\n\r\n" + content + b"\r\n"
        for name, content in files
    )
    head = (
        b"From: ada@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee.\r\n"
    )
    return head + parts + b"--b--\r\n"


def test_of_many_attachments_some_stay_in_the_original_only_and_it_is_said():
    inbound = read(attached(*((b"%d.pdf" % n, b"paper %d" % n) for n in range(25))))
    assert len(inbound.attachments) == 25
    assert sum(1 for each in inbound.attachments if each.sha256) == len(inbound.contents) == 20
    assert inbound.metadata["warnings"][-1:] == [
        "5 of 25 attachments are only in the original mail: too large or too many"
    ]


def test_a_huge_attachment_stays_in_the_original_and_the_same_one_is_kept_once():
    huge = b"x" * (10 * 1024 * 1024 + 1)
    inbound = read(
        attached((b"huge.pdf", huge), (b"logo.pdf", b"logo"), (b"again.pdf", b"logo"), (b"no.pdf", b""))
    )
    assert [bool(each.sha256) for each in inbound.attachments] == [False, True, True, False]
    assert list(inbound.contents.values()) == [b"logo"]
    assert "1 of 4 attachments" in inbound.metadata["warnings"][-1]


CHECKED = (
    b"Authentication-Results: mx.northwind.example; dmarc=fail header.from=customer.example\r\n"
    b"From: ada@customer.example\r\nCc: Ben <ben@customer.example>, support@northwind.example\r\n\r\nHello\r\n"
)


def test_the_check_of_a_sender_and_people_in_copy_are_kept_with_the_message():
    inbound = inbound_of(CHECKED, Envelope(), House(SUPPORT, SECRET, "mx.northwind.example"))
    assert inbound.metadata["sender_check"] == "fail"
    assert inbound.metadata["verdict"] == "DMARC fail (says mx.northwind.example)"
    assert inbound.metadata["cc"] == ["ben@customer.example"]
    assert "sender_check" not in inbound_of(CHECKED, Envelope(), House(SUPPORT, SECRET)).metadata


@pytest.mark.parametrize(
    ("headers", "lost"),
    [
        (b"Subject: Re: Parcel", True),
        (b"Subject: Re: Parcel\r\nIn-Reply-To: <a@x>", False),
        (b"Subject: AW: Parcel\r\nReferences: <a@x>", False),
        (b"Subject: Parcel", False),
    ],
)
def test_a_reply_without_headers_shows_that_their_program_loses_them(headers, lost):
    assert bool(read(headers + b"\r\n\r\nHello").metadata.get("headerless")) is lost


def test_people_are_all_whom_a_mail_was_sent_to_but_us_its_sender_and_machines():
    raw = (
        b"From: ada@customer.example\r\nTo: Support@northwind.example, Ben <ben@customer.example>\r\n"
        b"Cc: ada@customer.example, no-reply@shop.example, ben@customer.example\r\n\r\nHello"
    )
    assert read(raw).metadata["people"] == ["ben@customer.example"]


def test_the_token_in_a_subject_is_read_and_not_shown():
    token = subject_token("ab" * 16, SECRET)
    inbound = read(f"From: ada@customer.example\r\nSubject: Re: Parcel {token}\r\n\r\nHello".encode())
    assert (inbound.beginning, inbound.subject) == ("ab" * 5, "Re: Parcel")
    assert inbound.metadata["subject"] == "Re: Parcel"
