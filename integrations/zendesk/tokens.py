"""OAuth tokens of Zendesk's: a fixed one, or fresh ones for a client id and secret.

Zendesk's API tokens end on 2027-04-30, so there is no other way in. `expires_in` is always asked for: without it the
answer names no end, and nobody would know when to ask again. One token is shared by all threads; whoever finds it
old or refused renews it while the others wait, and nobody ever revokes one.
See https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, Protocol

import requests

from bot.core.errors import Unreachable

SCOPES = "tickets:read tickets:write users:read users:write hc:read satisfaction_ratings:read read write"
_LIFE = 7_200  # Seconds; Zendesk takes more than 300 and less than 172,800.
_RENEW_AFTER = 0.8
_TIMEOUT = (3.05, 7.0)


class Tokens(Protocol):
    def current(self) -> str:
        """Return a token that should work. Raises Unreachable when there is none to be had."""
        ...

    def renew(self, refused: str) -> bool:
        """Have another token than the one that was refused; False when there cannot be another one."""
        ...


@dataclass(frozen=True)
class FixedToken:
    """A token that somebody made by hand."""

    token: str

    def current(self) -> str:
        return self.token

    def renew(self, refused: str) -> bool:  # noqa: ARG002
        return False


class ClientTokens:
    """Tokens for a confidential client (client credentials, RFC 6749, 4.4)."""

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """Ask at `url`, Zendesk's address without a path; `ticks` are seconds."""
        self._url = f"{url}/oauth/tokens"
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._ticks = ticks
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def current(self) -> str:
        with self._lock:
            if not self._token or self._ticks() >= self._until:
                self._fetch()
            return self._token

    def renew(self, refused: str) -> bool:
        with self._lock:
            if self._token == refused:
                self._fetch()
            return True

    def _fetch(self) -> None:
        wanted: dict[str, Any] = {
            **self._client,
            "grant_type": "client_credentials",
            "scope": SCOPES,
            "expires_in": _LIFE,
        }
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(self._url, json=wanted, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise Unreachable(f"Zendesk gives no token ({type(error).__name__})") from error
        if answer.status_code in {400, 401, 403}:
            raise Unreachable(
                f"Zendesk does not accept ZENDESK_CLIENT_ID with ZENDESK_CLIENT_SECRET ({answer.status_code})"
            )
        said = _object(answer)
        token, life = said.get("access_token"), said.get("expires_in")
        if answer.status_code != 200 or not isinstance(token, str) or not token:
            raise Unreachable(f"Zendesk gives no token (status {answer.status_code})")
        seconds = life if isinstance(life, int) and life > 0 else _LIFE
        self._token, self._until = token, self._ticks() + _RENEW_AFTER * seconds


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
