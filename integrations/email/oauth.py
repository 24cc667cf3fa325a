"""Access tokens for mail servers (RFC 6749): a fixed one, or fresh ones for a client's credentials."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from bot.core.errors import Unreachable
from integrations.email.decode import one_line

_TIMEOUT = aiohttp.ClientTimeout(total=20.0)
_BEFORE_IT_ENDS = 60.0
_USUAL_LIFE = 3600.0
_LONGEST_REPLY = 200


class Tokens(Protocol):
    """Where logins get their access token from."""

    async def current(self) -> str:
        """Return a token. Raises Unreachable when there is none to be had now."""
        ...

    def refused(self, token: str) -> None:
        """Take note that a server did not accept this one: it is not handed out again if there are others."""
        ...


@dataclass(frozen=True)
class FixedToken:
    """A token that somebody else renews: when it ends, the setting has to be changed."""

    token: str = field(repr=False)

    async def current(self) -> str:
        return self.token

    def refused(self, token: str) -> None:
        """There is no other one."""


@dataclass(frozen=True)
class Grant:
    """How to ask for tokens: with a refresh token where there is one, else with the client's credentials alone."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    refresh_token: str = field(default="", repr=False)

    def form(self) -> Mapping[str, str]:
        """Return what the request says."""
        named = {
            "grant_type": "refresh_token" if self.refresh_token else "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
            "refresh_token": self.refresh_token,
        }
        return {name: value for name, value in named.items() if value}


class GrantedTokens:
    """Asks for a token when there is none, or when the last one is about to end."""

    def __init__(self, grant: Grant, session: aiohttp.ClientSession) -> None:
        self._grant = grant
        self._session = session
        self._token = ""
        self._until = 0.0

    async def current(self) -> str:
        """Return a token that holds for a while. Raises Unreachable: the issuer does not give one."""
        if not self._token or time.monotonic() >= self._until:
            await self._renew()
        return self._token

    def refused(self, token: str) -> None:
        """Forget a token, unless a newer one has taken its place."""
        if token == self._token:
            self._token = ""

    async def _renew(self) -> None:
        try:
            async with self._session.post(
                self._grant.url, data=self._grant.form(), timeout=_TIMEOUT
            ) as response:
                told = await response.json(content_type=None)
                token, life = told["access_token"], float(told.get("expires_in") or _USUAL_LIFE)
        except (KeyError, TypeError, AttributeError) as error:
            said = told.get("error_description") or told.get("error") if isinstance(told, dict) else None
            why = one_line(str(said or f"it answers {response.status}"))[:_LONGEST_REPLY]
            raise Unreachable(f"MAIL_OAUTH_TOKEN_URL gives no token: {why}") from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(f"MAIL_OAUTH_TOKEN_URL does not answer: {type(error).__name__}") from error
        self._token, self._until = str(token), time.monotonic() + life - _BEFORE_IT_ENDS
