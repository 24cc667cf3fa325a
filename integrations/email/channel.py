"""Hands answers to an SMTP server, and tells the phases of a transfer apart.

Until the text has been handed over, nothing can have gone out and a failure is harmless. From then until the
server's last word nobody knows. SMTP cannot be asked afterwards, so such an outcome stays unknown.

| exempt | why |
|---|---|
| idempotency | SMTP has none; the Message-ID is fixed, so that receivers which look at it see one mail |
| connection reuse | one connection per answer is simple, and quick enough for what people read |
"""

import logging
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPStatus,
)
from aiosmtplib.protocol import SMTPProtocol, normalize_message_line_endings

from bot.core.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable, Unreachable
from bot.core.ports.channels import Deadline, Left, Outgoing, Reconciled, Send
from integrations.email.compose import (
    PLAIN,
    Letterhead,
    Mailbox,
    compose,
    copied,
    deliverable,
    external_id,
    usable,
)
from integrations.email.decode import one_line
from integrations.email.oauth import Tokens

log = logging.getLogger(__name__)

_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_GOODBYE_SECONDS = 2.0
_LONGEST_REPLY = 200
_WRONG_URL = "SMTP_URL must look like smtp://user:password@host:587?starttls, smtps://host or smtps://user@host?auth=xoauth2"


@dataclass(frozen=True)
class Server:
    """Where and how to hand over mail; `tls` is "", "starttls" or "tls", `by_token` asks for OAuth."""

    host: str
    port: int
    tls: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    by_token: bool = False

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """Read smtp://user:password@host:port?starttls or smtps://….

        Raises:
            Misconfigured: it is not such a URL.
        """
        try:
            parts = urlsplit(url)
            port, query = parts.port, parse_qs(parts.query, keep_blank_values=True)
        except ValueError as error:
            raise Misconfigured(_WRONG_URL) from error
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or set(query) - {"starttls", "auth"}:
            raise Misconfigured(_WRONG_URL)
        by_token = query.get("auth", [""])[-1].lower() == "xoauth2"
        if "auth" in query and not (by_token and parts.username):
            raise Misconfigured(_WRONG_URL)
        tls = "tls" if parts.scheme == "smtps" else "starttls" if "starttls" in query else ""
        return cls(
            host=parts.hostname,
            port=port or {"tls": 465, "starttls": 587, "": 25}[tls],
            tls=tls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            by_token=by_token,
        )


class EmailChannel:
    """The e-mail channel: `bot.core.ports.OutboundChannel` over SMTP.

    Key: the Message-ID, made from the delivery's id. A lost outcome: SMTP cannot be asked, so it stays unknown. Shown
    when nobody knows: *It went out* and *Send again* on the card; a bounce that names the Message-ID settles it too.
    """

    def __init__(
        self,
        smtp_url: str,
        sender: Mailbox,
        secret: str,
        *,
        letterhead: Letterhead = PLAIN,
        tokens: Tokens | None = None,
        timeout: float = 30.0,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = Server.from_url(smtp_url)
        self._sender = usable(sender, secret)
        self._secret = secret
        self._letterhead = letterhead
        self._tokens = tokens
        self._timeout = timeout
        self._tls_context = tls_context

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        # All that can go wrong with the mail itself goes wrong before anything is claimed or sent.
        content = _transparent(compose(outgoing, self._sender, self._secret, self._letterhead).as_bytes())
        recipient = deliverable(outgoing.delivery.address)
        async with self._connected() as smtp:
            await self._introduce(smtp, recipient, outgoing.delivery.id, len(content))
            refused = await self._introduce_copies(smtp, copied(outgoing))
            await self._begin_text(smtp)
            waits_for_text = True

            async def send(deadline: Deadline) -> Left:
                nonlocal waits_for_text
                protocol = _line_to(smtp)
                deadline.check()  # Nothing is awaited from here to the write.
                waits_for_text = False
                await self._hand_over(smtp, protocol, content)
                return Left(external_id(outgoing, self._sender), refused)

            try:
                yield send
            finally:
                if waits_for_text:
                    smtp.close()  # A polite QUIT would be taken for the text of the mail.

    async def check(self) -> None:
        """Connect and log in, and nothing else.

        Raises:
            Unreachable: the server cannot be used like this.
        """
        async with self._connected():
            pass

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:  # noqa: ARG002
        return Reconciled.UNKNOWN

    def external_id(self, outgoing: Outgoing) -> str:
        return external_id(outgoing, self._sender)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=None if server.by_token else server.user,
            password=None if server.by_token else server.password,
            local_hostname=self._sender.host,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._tls_context,
            timeout=self._timeout,
        )
        try:
            await smtp.connect()
            if server.by_token:
                await self._log_in(smtp)
        except Unreachable:
            smtp.close()
            raise
        # A login we cannot even encode is a ValueError.
        except (SMTPException, OSError, ValueError) as error:
            smtp.close()
            raise Unreachable(f"The mail server cannot be used: {_words(error)}") from error
        try:
            yield smtp
        finally:
            # What happens after the server's word on the mail changes nothing.
            with suppress(SMTPException, OSError):
                if smtp.is_connected:
                    await smtp.quit(timeout=_GOODBYE_SECONDS)
            smtp.close()

    async def _log_in(self, smtp: SMTP) -> None:
        if self._tokens is None:
            raise Unreachable("There is no access token: set MAIL_OAUTH_TOKEN or MAIL_OAUTH_TOKEN_URL.")
        token = await self._tokens.current()
        try:
            await smtp.auth_xoauth2(self._server.user or "", token)
        except SMTPAuthenticationError:
            self._tokens.refused(token)
            raise

    async def _introduce(self, smtp: SMTP, recipient: str, delivery_id: str, size: int) -> None:
        """Name sender and receiver: nothing is sent yet, whatever happens."""
        try:
            if smtp.is_ehlo_or_helo_needed:
                with suppress(SMTPHeloError):  # An old server: `mail` greets it the old way.
                    await smtp.ehlo()
            about_mail, about_recipient = _wishes(smtp, recipient, delivery_id, size)
            await smtp.mail(self._sender.address, options=about_mail)
            await smtp.rcpt(recipient, options=about_recipient)
        except (SMTPException, OSError) as error:
            raise _not_sent(error) from error

    async def _introduce_copies(self, smtp: SMTP, copies: Sequence[str]) -> Mapping[str, str]:
        """Name who gets a copy, and return who is refused: that does not keep the answer from the customer."""
        refused = {}
        for address in copies:
            try:
                await smtp.rcpt(address)
            except SMTPResponseException as error:
                log.warning("copy_refused", extra={"code": error.code})
                refused[address] = _words(error)
            except (SMTPException, OSError) as error:
                raise _not_sent(error) from error
        return refused

    async def _begin_text(self, smtp: SMTP) -> None:
        try:
            ready = await smtp.execute_command(b"DATA")
            if ready.code != SMTPStatus.start_input:
                raise SMTPResponseException(ready.code, ready.message)
        except (SMTPException, OSError) as error:
            raise _not_sent(error) from error

    async def _hand_over(self, smtp: SMTP, protocol: SMTPProtocol, content: bytes) -> None:
        """Transfer the text: only a clear yes or no of the server tells what became of it."""
        try:
            protocol.write(content)
            answer = await protocol.read_response(timeout=self._timeout)
        except (SMTPException, OSError) as error:
            smtp.close()
            raise OutcomeUnknown("The connection broke before the mail server confirmed the mail") from error
        if answer.code == SMTPStatus.completed:
            return
        refusal = SMTPResponseException(answer.code, answer.message)
        if 400 <= answer.code < 600:
            raise _not_sent(refusal) from refusal
        raise OutcomeUnknown(f"The mail server answered something unexpected: {_words(refusal)}") from refusal


def _wishes(smtp: SMTP, recipient: str, delivery_id: str, size: int) -> tuple[list[str], list[str]]:
    """Return what a server that can is told about the mail and its recipient: how large, and what to report.

    Reports (RFC 3461) name the delivery as ENVID. Raises Refused: the server has said that it takes no mail so large.
    """
    about_mail, about_recipient = [], []
    if smtp.supports_extension("size"):
        most = smtp.esmtp_extensions.get("size", "")
        if most.isascii() and most.isdigit() and 0 < int(most) < size:
            raise Refused(f"The mail has {size:,} bytes, and the mail server takes {int(most):,} at most")
        about_mail.append(f"SIZE={size}")
    if smtp.supports_extension("dsn"):
        about_mail += ["RET=HDRS", f"ENVID={delivery_id}"]
        about_recipient += ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"]
    return about_mail, about_recipient


def _xtext(text: str) -> str:
    """Write text as a parameter of SMTP (RFC 3461, 4)."""
    return _NOT_XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _line_to(smtp: SMTP) -> SMTPProtocol:
    """Return the connection, which may have been lost while the answer was claimed."""
    protocol = smtp.protocol
    if protocol is None or protocol.transport is None or protocol.transport.is_closing():
        raise Unavailable("The mail server hung up before the mail was handed over")
    return protocol


def _transparent(content: bytes) -> bytes:
    """Return the text as it goes over the line: dots doubled where they would end it, and then its end."""
    return _LEADING_DOT.sub(b"..", normalize_message_line_endings(content)) + b".\r\n"


def _not_sent(error: SMTPException | OSError) -> Refused | Unavailable:
    if isinstance(error, SMTPResponseException) and 500 <= error.code < 600:
        return Refused(f"The mail server refused the mail: {_words(error)}")
    return Unavailable(f"The mail server did not take the mail: {_words(error)}")


def _words(error: Exception) -> str:
    """Say what the server said, in its words and with its code, on one line."""
    if isinstance(error, SMTPResponseException):
        return one_line(f"{error.code} {error.message}")[:_LONGEST_REPLY]
    return one_line(str(error) or type(error).__name__)[:_LONGEST_REPLY]
