"""The embedded inbound SMTP server: answers 250 only when the mail is committed.

It runs on the application's event loop, so intake is awaited before the sending server hears anything. The mail
as it came is kept with its message, in one transaction. Whatever goes wrong on our side becomes a 451, and the
sending server tries again: nothing is lost.
"""

import asyncio
import logging
import re
from typing import Any

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from bot.core.errors import Misconfigured, NotStored, ThreadpilotError
from bot.core.ports.tally import Counted, Tally, uncounted
from handlers.mail.inbound import Envelope
from handlers.mail.keeping import MailDesk, redacted
from integrations.email.address import plus_part
from integrations.email.decode import clean

log = logging.getLogger(__name__)

_MIB = 1024 * 1024
_SECONDS_OF_SILENCE = 120.0
_SECONDS_TO_KEEP = 600.0
_SECONDS_TO_FINISH = 6.0
_LINE_BUFFER = 64 * 1024
_STUFFED_AFTER_LF = re.compile(rb"(?<!\r)\n\.\.")

_OK = "250 2.0.0 Kept"
_NOT_OURS = "550 5.1.1 This server only takes mail for the support address"
_BUSY = b"421 4.3.2 Too many connections at the same time, please try again later\r\n"
_LEAVING = "421 4.3.2 This server is about to restart, please try again later"
_REFUSALS = ("4", "5")
_TRY_AGAIN = "451 4.3.0 The mail could not be kept right now, please try again later"


class SmtpListener:
    """Takes mail for the support address and its plus-addresses, and for the postmaster."""

    def __init__(
        self,
        host: str,
        port: int,
        desk: MailDesk,
        *,
        max_bytes: int = 25 * _MIB,
        max_sessions: int = 50,
        patience: float = _SECONDS_TO_FINISH,
        tally: Tally = uncounted,
    ) -> None:
        self._host, self._port = host, port
        self._hooks = _Hooks(desk)
        self._hostname = desk.support_address.rpartition("@")[2]
        self._max_bytes = max_bytes
        self._max_sessions = max_sessions
        self._patience = patience
        self._tally = tally
        self._sessions: set[_Session] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on; the real one even when 0 was asked for."""
        sockets = self._server.sockets if self._server else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def start(self) -> None:
        # aiosmtpd logs every command with the customers' addresses in it.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._session, self._host, self._port)
        except OSError as error:
            reason = f"SMTP_LISTEN: cannot listen on {self._host}:{self._port} ({error.strerror})"
            raise Misconfigured(reason) from error
        log.info("smtp_listening", extra={"host": self._host, "port": self.port})

    async def stop(self) -> None:
        """Stop listening; mails being kept at this moment are finished and confirmed."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.gather(*(session.leave(self._patience) for session in tuple(self._sessions)))
        await self._server.wait_closed()
        self._server = None

    def _session(self) -> asyncio.Protocol:
        if len(self._sessions) >= self._max_sessions:
            log.warning("mail_too_many_connections", extra={"limit": self._max_sessions})
            self._tally(Counted.TURNED_AWAY, "smtp", "421")
            return _Busy()
        return _Session(self._hooks, self._sessions, self._max_bytes, self._hostname, self._tally)


class _Busy(asyncio.Protocol):
    """A connection there is no room for: the sending server is told so, and comes back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a stream server has no others
        transport.write(_BUSY)
        transport.close()


class _Hooks:
    """aiosmtpd's hooks: which recipients are ours, and what to do with a mail."""

    def __init__(self, desk: MailDesk) -> None:
        self._desk = desk

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: SmtpEnvelope, address: str, _options: list[str]
    ) -> str:
        if not self._is_ours(address):
            log.info("mail_refused_recipient", extra={"recipient": redacted(address)})
            return _NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: SmtpEnvelope) -> str:  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        # The null reverse-path is "<>"; addresses may hold bytes that cannot be stored.
        sender = clean(envelope.mail_from or "").strip("<>")
        await self._desk.keep(raw, Envelope(sender, tuple(clean(one) for one in envelope.rcpt_tos)))
        return _OK

    async def handle_exception(self, error: Exception) -> str:
        """Answer for whatever failed while a command was carried out; aiosmtpd would show it to the stranger."""
        if isinstance(error, NotStored):
            return _TRY_AGAIN  # The database has said so once; not again for every mail of an outage.
        expected = isinstance(error, ThreadpilotError)
        log.error(
            "mail_not_kept", extra={"reason": type(error).__name__}, exc_info=None if expected else error
        )
        return _TRY_AGAIN

    def _is_ours(self, address: str) -> bool:
        support = self._desk.support_address
        host = support.rpartition("@")[2]
        if address.casefold() in {"postmaster", f"postmaster@{host}".casefold()}:
            return True
        return plus_part(address, support) is not None


class _Session(SMTP):
    """One connection.

    Differs from aiosmtpd's in that lines of any length are taken, memory stays bounded, and a mail that is too
    large is answered with a sentence people understand.
    """

    line_length_limit = _LINE_BUFFER

    def __init__(
        self, hooks: _Hooks, sessions: "set[_Session]", max_bytes: int, hostname: str, tally: Tally
    ) -> None:
        super().__init__(
            hooks,
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,  # Else a single 8-bit byte in a command ends the mail.
            hostname=hostname,
            ident="threadpilot",
            timeout=_SECONDS_OF_SILENCE,
            loop=asyncio.get_running_loop(),
        )
        self._sessions = sessions
        sessions.add(self)  # Not first when it is connected: of a burst, none is by then.
        self._limit = max_bytes
        self._tally = tally
        self._settling = asyncio.Lock()

    def connection_lost(self, error: Exception | None) -> None:
        self._sessions.discard(self)
        super().connection_lost(error)

    async def leave(self, patience: float) -> None:
        """Say goodbye once the mail that is just being kept, if any, is confirmed."""
        end = self.loop.time() + patience
        try:
            async with asyncio.timeout_at(end), self._settling:
                await self.push(_LEAVING)
        except TimeoutError:
            log.warning("mail_cut_off_by_shutdown")
        except ConnectionError:
            log.info("mail_client_gone")
        if self.transport is not None:
            self.transport.close()
        if self._handler_coroutine is not None:
            await asyncio.wait([self._handler_coroutine], timeout=max(0.0, end - self.loop.time()))

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("552"):
            log.warning("mail_refused_too_large", extra={"limit": self._limit})
            status = f"552 5.3.4 The mail is larger than the {self._limit / _MIB:.4g} MiB this server takes"
        if isinstance(status, str) and status.startswith(_REFUSALS):
            self._tally(Counted.TURNED_AWAY, "smtp", status[:3])
        await super().push(status)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        if arg or not self._mail().rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        async with self._settling:
            try:
                await self.push(await self._kept(content))
            finally:
                self.envelope = self._create_envelope()

    def _mail(self) -> SmtpEnvelope:
        assert self.envelope is not None, "aiosmtpd makes one with the connection"  # noqa: S101
        return self.envelope

    async def _kept(self, content: bytes | None) -> str:
        if content is None:
            return "552"
        self._reset_timeout(_SECONDS_TO_KEEP)  # Keeping the mail is our time, not the client's silence.
        self._mail().original_content = content
        status: str = await self._call_handler_hook("DATA")
        self._reset_timeout()
        return status

    async def _content(self) -> bytes | None:
        """Read up to the lone dot and undo the dot-stuffing; None when it was more than is taken."""
        content = bytearray()
        size = 0
        at_line_start = True
        heard = self.loop.time()
        while (line := await self._next_piece()) != b".\r\n" or not at_line_start:
            # A timer for every line would cost more than the line.
            if (now := self.loop.time()) > heard + 1.0:
                self._reset_timeout()
                heard = now
            if at_line_start and line.startswith(b"."):
                line = line[1:]
            size += len(line)
            if size <= self._limit:
                content += line
            else:
                content.clear()
            at_line_start = line.endswith(b"\r\n")
        # Some clients end lines with a bare LF, and stuff the dots after these too.
        return _STUFFED_AFTER_LF.sub(b"\n.", bytes(content)) if size <= self._limit else None

    async def _next_piece(self) -> bytes:
        """Read a line, or as much of a very long one as fits into the buffer."""
        try:
            return await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed)
