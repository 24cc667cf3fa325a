"""One connection to one mailbox on an IMAP server, in blocking calls that one thread makes.

Every failure becomes `Unreachable`, for there is one remedy: connect anew. A server that has died during IDLE shows
itself only by an answer that comes too early and says nothing.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from bot.core.errors import Misconfigured, Unreachable
from integrations.email.decode import one_line

P = ParamSpec("P")
T = TypeVar("T")

_XOAUTH2, _OAUTHBEARER = "xoauth2", "oauthbearer"
_WRONG_URL = (
    "IMAP_URL must look like imaps://user:password@host/INBOX (several with commas between them), imap://…?starttls "
    "or imaps://user@host/INBOX?auth=xoauth2; write what is special in user, password and folder as %40."
)
_IN_THE_CLEAR = "PRIVACYREQUIRED"  # RFC 5530, 3.
_ENCRYPT = "The mail server takes no password over an open line: write imaps://… or …?starttls in IMAP_URL."
_NOT_TRUSTED = (
    "The mail server's certificate is not trusted: {why}. If an authority of your own has signed it, name that "
    "one's file in SSL_CERT_FILE."
)
_TIMEOUT = SocketTimeout(connect=10.0, read=60.0)
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
_EARLY = 0.9
_LONGEST_REPLY = 200


class LoginRefused(Unreachable):
    """The server is there, but does not let us in."""


@dataclass(frozen=True)
class ImapMailbox:
    """Where mail is read.

    `tls` is "", "starttls" or "tls", `auth` is "" for a password, xoauth2 or oauthbearer for tokens.
    """

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    tls: str = "tls"
    auth: str = ""

    @property
    def name(self) -> str:
        """What people call it; and the key under which its bookmark is kept."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @classmethod
    def from_url(cls, url: str) -> "ImapMailbox":
        """Read one mailbox of IMAP_URL.

        Raises:
            Misconfigured: it is not such a URL.
        """
        try:
            parts = urlsplit(url)
            port, query = parts.port, parse_qs(parts.query, keep_blank_values=True)
        except ValueError as error:
            raise Misconfigured(_WRONG_URL) from error
        auth = query.get("auth", [""])[-1].lower()
        complete = parts.hostname and parts.username and (parts.password or auth)
        known = parts.scheme in {"imap", "imaps"} and not set(query) - {"auth", "starttls"}
        if not complete or not known or auth not in {"", _XOAUTH2, _OAUTHBEARER}:
            raise Misconfigured(_WRONG_URL)
        return cls(
            host=str(parts.hostname),
            port=port or (993 if parts.scheme == "imaps" else 143),
            user=unquote(str(parts.username)),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            tls="tls" if parts.scheme == "imaps" else "starttls" if "starttls" in query else "",
            auth=auth,
        )


@dataclass(frozen=True)
class Opened:
    """What a server says of the mailbox it has opened: `next_uid` is what the next new mail will have at least."""

    validity: int
    next_uid: int
    exists: int


@dataclass(frozen=True)
class Fetched:
    """One mail as it came; `cut` when it is larger than what was asked for."""

    uid: int
    raw: bytes
    cut: bool


def _failing_as_one(
    call: Callable[Concatenate["ImapSession", P], T],
) -> Callable[Concatenate["ImapSession", P], T]:
    """Turn all that can go wrong on a connection into Unreachable, here and nowhere else."""

    @wraps(call)
    def tried(self: "ImapSession", /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return call(self, *args, **named)
        except LoginError as error:
            if _IN_THE_CLEAR in str(error):
                raise LoginRefused(_ENCRYPT) from error
            raise LoginRefused(f"The mail server does not take the login: {_words(error)}") from error
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(_NOT_TRUSTED.format(why=error.verify_message.rstrip("."))) from error
        # imapclient and imaplib let a strange answer end as nearly anything.
        except (
            IMAPClientError,
            OSError,
            EOFError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            raise Unreachable(f"The mailbox cannot be read: {_words(error)}") from error

    return tried


class _Client(IMAPClient):  # type: ignore[misc]
    """imapclient waits on the socket, and so does not see what has left it already.

    A server that says right behind its `+ idling` that there is mail does not say it again (RFC 2177).
    """

    _waits = True

    def read_ahead(self) -> bool:
        """Tell whether there was more to read behind the answer to IDLE, without waiting for it."""
        self._waits = False
        try:
            return bool(self.idle_check(timeout=0))
        finally:
            self._waits = True

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> list[Any]:
        return super()._poll_socket(sock, timeout) if self._waits else [sock]


class ImapSession:
    """A connection that is opened once, used by one thread, and ended by anybody."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        *,
        tls_context: ssl.SSLContext | None = None,
        timeout: SocketTimeout = _TIMEOUT,
    ) -> None:
        self._mailbox = mailbox
        self._tls_context = tls_context
        self._timeout = timeout
        self._client: Any = None
        self._line: socket.socket | None = None
        self._heard = False

    @_failing_as_one
    def open(self, secret: str, *, look_only: bool = False) -> Opened:
        """Connect, log in with a password or a token, and open the folder."""
        mailbox, context = self._mailbox, self._tls_context or ssl.create_default_context()
        client = self._client = _Client(
            mailbox.host,
            mailbox.port,
            ssl=mailbox.tls == "tls",
            ssl_context=context if mailbox.tls == "tls" else None,
            timeout=self._timeout,
        )
        self._line = client.socket()
        _keep_alive(self._line)
        if mailbox.tls == "starttls":
            client.starttls(context)
        self._log_in(secret)
        told = client.select_folder(mailbox.folder, readonly=look_only)
        return Opened(int(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT", 1)), int(told.get(b"EXISTS", 0)))

    def _log_in(self, secret: str) -> None:
        user = self._mailbox.user
        if self._mailbox.auth == _XOAUTH2:
            self._client.oauth2_login(user, secret)
        elif self._mailbox.auth == _OAUTHBEARER:
            self._client.oauthbearer_login(user, secret)
        else:
            self._client.login(user, secret)

    @_failing_as_one
    def pushes(self) -> bool:
        """Tell whether the server says by itself when mail comes."""
        return bool(self._client.has_capability("IDLE"))

    @_failing_as_one
    def after(self, uid: int) -> Sequence[int]:
        """Return the UIDs above this one, in order."""
        # "n:*" names the last mail even when that is below n.
        found = self._client.search(["UID", f"{uid + 1}:*"])
        return sorted(int(one) for one in found if one > uid)

    @_failing_as_one
    def unread(self, since: date) -> Sequence[int]:
        """Return the UIDs of what nobody has read and the server got on that day or later."""
        return sorted(map(int, self._client.search(["UNSEEN", "SINCE", since])))

    @_failing_as_one
    def arrived(self, since: date) -> Sequence[int]:
        """Return the UIDs of what the server got on that day or later."""
        return sorted(map(int, self._client.search(["SINCE", since])))

    def fetch(self, uids: Sequence[int], most: int) -> Iterator[Fetched]:
        """Get mails one by one, without marking them as read; what is gone meanwhile is left out."""
        for uid in uids:
            fetched = self._fetch(uid, most)
            if fetched is not None:
                yield fetched

    @_failing_as_one
    def _fetch(self, uid: int, most: int) -> Fetched | None:
        size = self._client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
        if size is None:
            return None
        answer = self._client.fetch([uid], [f"BODY.PEEK[]<0.{most}>" if size > most else "BODY.PEEK[]"])
        body = next((value for key, value in answer.get(uid, {}).items() if key.startswith(b"BODY[]")), None)
        return None if body is None else Fetched(uid, bytes(body), cut=size > most)

    @_failing_as_one
    def mark_read(self, uids: Sequence[int]) -> None:
        """Mark mails as read."""
        if uids:
            self._client.add_flags(list(uids), [rb"\Seen"], silent=True)

    @_failing_as_one
    def look(self) -> None:
        """Let the server say what is new: a search finds only what it has told."""
        self._client.noop()
        self.told_of_more()

    @_failing_as_one
    def told_of_more(self) -> bool:
        """Tell whether the server spoke of new mail beside an answer, since this was asked last.

        What it has told once it does not tell again while we wait.
        """
        _, said = self._client._imap.response("EXISTS")
        return bool(said != [None])

    @_failing_as_one
    def begin_waiting(self) -> None:
        """Ask the server to tell what comes (RFC 2177)."""
        self._client.idle()
        self._heard = self._client.read_ahead()

    @_failing_as_one
    def news(self, seconds: float) -> bool:
        """Wait for so long; return at once, and True, when the server says something."""
        if self._heard:
            return True
        since = monotonic()
        said = self._client.idle_check(timeout=seconds)
        if any(one and one[0] == b"BYE" for one in said):
            raise OSError("the server says goodbye")
        if not said and monotonic() - since < _EARLY * seconds:
            raise OSError("the server hung up")
        return bool(said)

    @_failing_as_one
    def end_waiting(self) -> None:
        """Have the server listen to us again."""
        self._client.idle_done()

    def close(self) -> None:
        """Say goodbye, if there is still somebody to hear it."""
        if self._client is not None:
            with suppress(Exception):
                self._client.logout()
            self.interrupt()
            with suppress(Exception):
                self._client.shutdown()

    def interrupt(self) -> None:
        """End the connection at once; may be called by any thread, and wakes the one that waits."""
        if self._line is not None:
            # Not the method of an encrypted socket: that one changes what the other thread is using.
            with suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _keep_alive(line: socket.socket) -> None:
    """Have the system notice a far side that is gone without a word."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _words(error: Exception) -> str:
    said = re.sub(r"^b['\"]|['\"]$", "", one_line(str(error)))
    return (said or type(error).__name__)[:_LONGEST_REPLY]
