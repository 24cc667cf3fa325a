"""The HTTP session that zenpy is given, with what zenpy lacks.

| zenpy 2.0.57 | here |
|---|---|
| one token for good | the current one on each request, renewed once when it is refused |
| waits as long as a 429 says; ValueError for a date | Unavailable with the time, and nobody asks before |
| repeats a POST after a 429, or a 503 | nothing is repeated here |
| always https at the host's root | ZENDESK_URL as it is |
| no key against repetition | `Idempotency-Key`, for the one request that heeds it |
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable, Unreachable
from integrations.zendesk.tokens import Tokens

_CONNECT = 3.05
_ASKS = frozenset({"GET", "HEAD"})
_USUAL_PAUSE = 60.0  # Limits are per minute.
_LONGEST_PAUSE = 3_600.0


class TokenRefused(Exception):
    """Zendesk refuses this token: another one may do."""

    def __init__(self, token: str) -> None:
        super().__init__("the token was refused")
        self.token = token


@dataclass
class _ThisCall:
    key: str = ""
    check: Callable[[], None] | None = None


class Pause:
    """Until when Zendesk wants to be left alone, as a whole or at one place; shared by all threads."""

    def __init__(self, ticks: Callable[[], float] = monotonic) -> None:
        self._ticks = ticks
        self._until: dict[str, float] = {}
        self.clock_ahead = 0.0  # By how many seconds our clock is ahead of Zendesk's.

    def check(self, place: str) -> None:
        """Raises Unavailable while it lasts."""
        left = max(self._until.get("", 0.0), self._until.get(place, 0.0)) - self._ticks()
        if left > 0:
            raise Unavailable("Zendesk asks for patience", retry_after=left)

    def begin(self, seconds: float, place: str = "") -> None:
        now = self._ticks()
        self._until = {known: until for known, until in self._until.items() if until > now} | {
            place: now + seconds
        }


class ZendeskSession(requests.Session):
    """A session of one thread. It raises our errors for everything but success."""

    authorized = True  # For zenpy: nothing is to be added.

    def __init__(self, url: str, tokens: Tokens, pause: Pause, *, timeout: float) -> None:
        super().__init__()
        self.trust_env = False
        self.auth = _Bearer(tokens)
        self.this_call = _ThisCall()
        adapter = _Adapter(url, pause, self.this_call, timeout)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    @contextmanager
    def calling(self, key: str, check: Callable[[], None] | None) -> Iterator[None]:
        """For what is sent meanwhile: its idempotency key, and what is asked right before the first byte."""
        self.this_call.key, self.this_call.check = key, check
        try:
            yield
        finally:
            self.this_call.key, self.this_call.check = "", None


class _Bearer(AuthBase):
    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._tokens.current()}"
        return request


class _CheckedBody:
    """A body that is looked at once more right before it goes; without it a request has no effect."""

    def __init__(self, body: bytes, check: Callable[[], None]) -> None:
        self._body = body
        self._check = check

    def __iter__(self) -> Iterator[bytes]:
        self._check()
        yield self._body

    def __len__(self) -> int:
        return len(self._body)


class _Adapter(HTTPAdapter):
    def __init__(self, url: str, pause: Pause, this_call: _ThisCall, timeout: float) -> None:
        super().__init__(max_retries=0)
        self._url = urlsplit(url)
        self._pause = pause
        self._this_call = this_call
        self._timeout = (_CONNECT, timeout)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        place = _place_of(request)
        self._pause.check(place)
        sent = request.copy()
        sent.url = self._real(request.url or "")
        sends = (request.method or "") not in _ASKS
        if sends and self._this_call.key:
            sent.headers["Idempotency-Key"] = self._this_call.key
        if sends and self._this_call.check is not None and request.body:
            sent.body = _CheckedBody(_as_bytes(request.body), self._this_call.check)  # type: ignore[assignment]  # It reads.
        options |= {"timeout": self._timeout, "proxies": None}
        try:
            response = super().send(sent, *arguments, **options)
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise Unreachable(f"Zendesk cannot be reached ({type(error).__name__})") from error
        except requests.RequestException as error:
            if sends and not _never_left(error):
                raise _no_answer(sends, type(error).__name__) from error
            raise Unreachable(f"Zendesk cannot be reached ({type(error).__name__})") from error
        self._pause.clock_ahead = _ahead(response.headers.get("Date", ""))
        response.request, response.url = (
            request,
            request.url or "",
        )  # zenpy compares it with its own idea of it.
        self._check(response, sends)
        return response

    def _real(self, url: str) -> str:
        """Put what zenpy asks for where Zendesk is; the addresses of further pages are right already."""
        asked = urlsplit(url)
        if asked.scheme == self._url.scheme and asked.path.startswith(f"{self._url.path}/api/"):
            return url
        path = self._url.path + asked.path
        return urlunsplit((self._url.scheme, self._url.netloc, path, asked.query, ""))

    def _check(self, response: requests.Response, sends: bool) -> None:
        status = response.status_code
        if status == 429:
            wait = retry_after(response.headers.get("Retry-After", "")) or _USUAL_PAUSE
            # The limit of one ticket, or of exports, leaves the account's own untouched.
            everything = response.headers.get("X-Rate-Limit-Remaining", "0") == "0"
            self._pause.begin(wait, "" if everything else _place_of(response.request))
            raise Unavailable("Zendesk asks for patience", retry_after=wait)
        if status == 401:
            raise TokenRefused(str(response.request.headers["Authorization"]).removeprefix("Bearer "))
        if status == 503:
            raise Unreachable("Zendesk is not available (503)")
        if status >= 500 or status < 200 or 300 <= status < 400:
            raise _no_answer(sends, f"status {status}")
        if status == 409:
            raise Unavailable("Somebody else has just changed the ticket")
        if status in {404, 410}:
            raise Gone("Zendesk does not know it (any more)")
        if status >= 400:
            raise Refused(f"Zendesk refused it: {in_words(response)}")


def _ahead(date: str) -> float:
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _place_of(request: requests.PreparedRequest) -> str:
    return f"{request.method} {urlsplit(request.url or '').path}"


def retry_after(said: str) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3), a number or a date; None for anything else."""
    if said.isascii() and said.strip().isdecimal():
        return min(float(said), _LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_PAUSE)


def in_words(response: requests.Response) -> str:
    """Return what an error says: its title, description and details, as far as there are any."""
    try:
        said = response.json()
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        return f"status {response.status_code}"
    error = said.get("error")
    parts = [error.get("title") or error.get("message")] if isinstance(error, Mapping) else [error]
    parts += [said.get("description"), *_details(said.get("details"))]
    words = ". ".join(str(part) for part in parts if part)
    return words[:500] or f"status {response.status_code}"


def _details(details: object) -> Iterator[str]:
    for problems in details.values() if isinstance(details, Mapping) else ():
        for problem in problems if isinstance(problems, list) else ():
            if isinstance(problem, Mapping) and problem.get("description"):
                yield str(problem["description"])


def _no_answer(sends: bool, why: str) -> Exception:
    said = f"Zendesk did not answer ({why})"
    return OutcomeUnknown(said) if sends else Unreachable(said)


def _never_left(error: requests.RequestException) -> bool:
    """Tell whether no connection came about, so that nothing can have been heard."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _as_bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[call-overload]
