"""The access token, shared by everybody: however many find it expired, one logs in and the others wait for it.

Within a process there is one renewal at a time; between processes the shelf gives the right to log in to one of them,
and the others take what that one has kept. Nobody ever logs out: that would end the sessions of the others.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from bot.core.errors import Unavailable, Unreachable
from bot.core.ports.tokens import TokenShelf

_PAUSE = 30.0  # After a refused login nobody tries for so long: Salesforce locks out who tries too often.
_LOOK = 0.1


class LoginRefused(Unreachable):
    """Salesforce does not let us in, which only a person can change."""


@dataclass(frozen=True)
class Token:
    """What a login gave: the token, and the host that takes it; `shared` when somebody else logged in for it."""

    value: str
    host: str
    shared: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return f"Token(host={self.host!r})"


class Alone:
    """`TokenShelf` of a process that shares with nobody."""

    async def newest(self) -> str:
        return ""

    async def claim(self) -> bool:
        return True

    async def keep(self, token: str) -> None:
        """The caller has it."""

    async def give_back(self, after: float = 0.0) -> None:
        """Nobody waits for it."""


class Tokens:
    """Hands out the current token."""

    def __init__(
        self,
        login: Callable[[], Awaitable[Token]],
        shelf: TokenShelf | None = None,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """What `login` raises is raised to everybody who waits for it."""
        self._login = login
        self._shelf: TokenShelf = shelf or Alone()
        self._ticks = ticks
        self._token: Token | None = None
        self._renewal: asyncio.Task[Token] | None = None
        self._failure: LoginRefused | None = None
        self._pause_ends = 0.0

    async def current(self) -> Token:
        """Return the token, from the shelf or a login if there is none yet."""
        return self._token or await self._renewed(None)

    async def instead_of(self, refused: Token) -> Token:
        """Return another token than the one that was refused; somebody may have got it meanwhile."""
        if self._token is not None and self._token != refused:
            return self._token
        return await self._renewed(refused)

    async def aclose(self) -> None:
        """End a renewal that is under way."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renewed(self, refused: Token | None) -> Token:
        """Join the renewal that is under way, or begin one; it goes on when whoever waits for it does not."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(refused))
            self._renewal.add_done_callback(_seen)
        return await asyncio.shield(self._renewal)

    async def _renew(self, refused: Token | None) -> Token:
        if self._failure is not None and self._ticks() < self._pause_ends:
            raise self._failure
        self._token = None
        while (found := await self._on_the_shelf(refused)) is None:
            if await self._shelf.claim():
                found = await self._on_the_shelf(refused)  # Kept between our look and our claim.
                if found is None:
                    found = await self._log_in()
                else:
                    await self._shelf.give_back()
                break
            await asyncio.sleep(_LOOK)
        self._token = found
        return found

    async def _on_the_shelf(self, refused: Token | None) -> Token | None:
        kept = await self._shelf.newest()
        found = Token(**json.loads(kept), shared=True) if kept else None
        return None if found == refused else found

    async def _log_in(self) -> Token:
        try:
            token = await self._login()
        except LoginRefused as error:
            self._failure, self._pause_ends = error, self._ticks() + _PAUSE
            await self._shelf.give_back(after=_PAUSE)
            raise
        except BaseException:
            await self._shelf.give_back()
            raise
        self._failure = None
        with suppress(Unavailable):  # It is good all the same.
            await self._shelf.keep(json.dumps({"value": token.value, "host": token.host}))
        return token


def _seen(renewal: asyncio.Task[Token]) -> None:
    """Take note of what it raised, also where nobody waits any more."""
    if not renewal.cancelled():
        renewal.exception()
