"""The customers' side of e-mail: an SMTP server that keeps what they receive, and the writing of their own mails."""

import asyncio
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formataddr, localtime, make_msgid

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.journal import Journal
from sandbox.weather import Sky
from sandbox.wire import Record

BYTES_MAX = 35_000_000


class MailSink:
    """A real SMTP server on loopback. A mail is kept before it is acknowledged."""

    def __init__(self, journal: Journal, sky: Sky, changed: Callable[[], None]) -> None:
        self._journal, self._sky, self._changed = journal, sky, changed
        self.received: list[Record] = [mail for _, mail in journal.load("mail")]
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("The mail sink has not been started.")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    def _connection(self) -> asyncio.Protocol:
        if self._sky.over("smtp").down:
            return _ClosedToday()
        server: asyncio.Protocol = SMTP(
            self, hostname="mail.customers.example", data_size_limit=BYTES_MAX, enable_SMTPUTF8=True
        )
        return server

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        weather = self._sky.over("smtp")
        await asyncio.sleep(weather.latency_ms / 1000)
        if self._sky.strikes("smtp"):
            return f"{weather.failure if weather.status else 451} The stand-in's weather refuses this mail"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        for recipient in envelope.rcpt_tos:
            self._keep(recipient, envelope.mail_from or "", content)
        if weather.disconnect and isinstance(server.transport, asyncio.Transport):
            # The mail is kept but the sender never learns it: the unknown outcome senders must live with.
            server.transport.abort()
        return "250 Kept"

    def _keep(self, recipient: str, sender: str, content: bytes) -> None:
        mail = {"to": recipient, "envelope_from": sender, **read_mail(content)}
        self._journal.put("mail", f"{len(self.received):09d}", mail)
        self.received.append(mail)
        self._changed()


class _ClosedToday(asyncio.Protocol):
    """What a mail server that is down looks like to those who still reach it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream server has stream transports
        transport.write(b"421 4.3.2 Service not available\r\n")
        transport.close()


def read_mail(content: bytes) -> Record:
    """Return a mail in the words of the control API; whatever cannot be decoded is shown as well as it can be."""
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    headers = {name: _printable(value) for name, value in parsed.items()}
    return {
        "from": headers.get("From", ""),
        "subject": headers.get("Subject", ""),
        "text": _body(parsed, "plain"),
        "html": _body(parsed, "html"),
        "headers": headers,
        "raw": content.decode("utf-8", "replace"),
    }


def _printable(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes):
        return ""
    return _text(payload, part.get_content_charset() or "utf-8").replace("\r\n", "\n")


def _text(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def compose(sender: str, name: str, to: str, subject: str, text: str, references: list[str]) -> EmailMessage:
    """Write a mail as a customer's program would; the last reference is the mail it answers."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = formataddr((name, sender))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = localtime()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "customers.example")
    if references:
        mail["In-Reply-To"] = references[-1]
        mail["References"] = " ".join(references)
    mail.set_content(text)
    return mail


async def post(mail: EmailMessage, sender: str, to: str, host: str, port: int) -> None:
    await aiosmtplib.send(
        mail, sender=sender, recipients=[to], hostname=host, port=port, timeout=10, start_tls=False
    )
