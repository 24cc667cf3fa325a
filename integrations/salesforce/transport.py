"""The HTTP session under simple-salesforce, with what the library lacks.

| simple-salesforce 1.12 | here |
|---|---|
| no time limit, login included (#148) | one for connecting, one for reading, on every request |
| a 401 whose body is no JSON crashes it | any 401 is `TokenRefused` |
| 429 and 503 lose their Retry-After | `Unavailable` with it, as seconds or as a date |
| reads the limits only of good answers | of every answer |
| always https://…salesforce.com | the stand-in's address, where SALESFORCE_URL names one |
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from bot.core.errors import Unavailable, Unreachable

Timeout = tuple[float, float]
_BUSY = frozenset({429, 502, 503, 504})


class TokenRefused(Exception):
    """The access token is not accepted (any more): log in again."""


def session_to(
    base_url: str, timeout: Timeout, connections: int, noted: Callable[[Mapping[str, str]], None]
) -> requests.Session:
    """Return a session for several threads; `noted` is called with the headers of each answer."""
    session = requests.Session()
    session.cookies.set_policy(
        DefaultCookiePolicy(allowed_domains=[])
    )  # Shared by threads, so without memory.
    session.auth = _as_it_is  # Else a .netrc of this machine would take the place of our token.
    session.mount("https://", _Adapter(base_url, timeout, connections, noted))
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Adapter(HTTPAdapter):
    def __init__(
        self, base_url: str, timeout: Timeout, connections: int, noted: Callable[[Mapping[str, str]], None]
    ) -> None:
        super().__init__(pool_maxsize=connections)
        self._timeout = timeout
        self._noted = noted
        base = urlsplit(base_url)
        self._instead = None if (base.hostname or "").endswith(".salesforce.com") else base

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._instead is not None and request.url:
            wanted = urlsplit(request.url)
            request.url = urlunsplit(
                wanted._replace(scheme=self._instead.scheme, netloc=self._instead.netloc)
            )
        response = super().send(request, stream, timeout or self._timeout, verify, cert, proxies)
        self._noted(response.headers)
        _check(response)
        return response

    def close(self) -> None:
        """Close the connections that are kept; the library leaves that to the garbage collector."""
        pools = self.poolmanager.pools
        for key in pools.keys():  # noqa: SIM118 - it is no mapping that iterates.
            pools[key].close()
        super().close()


def _check(response: requests.Response) -> None:
    status = response.status_code
    if status != 401 and status not in _BUSY:
        return
    response.close()  # Nobody will read it.
    if status == 401:
        raise TokenRefused
    wait = seconds_until(response.headers.get("Retry-After", ""), datetime.now(UTC))
    if status == 429:
        raise Unavailable("Salesforce asks for patience", retry_after=wait)
    raise Unreachable(f"Salesforce is not available ({status})", retry_after=wait)


def seconds_until(told: str, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3): seconds or a date; None for what is neither."""
    told = told.strip()
    if told.isascii() and told.isdecimal():
        return float(told[:9])
    at = moment_of(told)
    return None if at is None else max(0.0, (at - now).total_seconds())


def moment_of(told: str) -> datetime | None:
    """Read a date of HTTP (RFC 9110, 5.6.7); None for what is none."""
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
