"""The way into the dashboard: a ticket out of Slack, once and for minutes; then a session, for an hour.

Both are signed (JWT, HS256) with a key made from the app's secret, so that another secret ends them all. They say
who somebody is in Slack and whether they are a manager.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from bot.core.access import Role
from bot.core.errors import NotAllowed
from bot.core.model import Actor, new_id
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database, Transaction

TICKET = timedelta(minutes=5)
SESSION = timedelta(hours=1)
# So far two processes' clocks may be apart: a link made just after an end is better refused than one before it kept.
_CLOCKS_DIFFER = timedelta(seconds=2)
_LONGEST = 2_048
_NEEDED = ["sub", "aud", "iat", "exp", "jti"]


@dataclass(frozen=True)
class Visit:
    """A session, and whose it is."""

    token: str
    actor: Actor


class Doorkeeper:
    """Hands out tickets, takes each once, and knows sessions again."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret: str,
        role_of: Callable[[str], Awaitable[Role]] | None = None,
        warn: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`role_of` tells what somebody is in Slack now; without it, what they were when they came holds.

        `warn` tells somebody that their link was opened a second time; it raises nothing.
        """
        self._role_of = role_of
        self._warn = warn
        self._database = database
        self._clock = clock
        self._key = hmac.digest(secret.encode(), b"threadpilot dashboard", "sha256")

    def ticket(self, actor: Actor) -> str:
        """Return a ticket for somebody that Slack has told us of."""
        return self._signed("ticket", actor, TICKET)

    def check(self, ticket: str) -> None:
        """Look at a ticket without taking it. Raises NotAllowed: it is none of ours, or over."""
        self._claims(ticket)

    async def admit(self, ticket: str, session: str = "") -> Visit:
        """Take a ticket and begin a session; `session` is what the browser has of earlier ones.

        Raises:
            NotAllowed: it is forged, over, ended, or was used before. Where that is another's browser, whoever the
                ticket was made for is warned, once.
            Unavailable: the database failed; it may be tried again.
        """
        claims = self._claims(ticket)
        actor, used = _actor(claims), f"dashboard:{claims['jti']}"
        # What ends the ticket ends its session, also where both happen in one moment.
        origin = {"of": claims["jti"], "iat": claims["iat"]}
        async with self._database.transaction() as tx:
            if await _is_ended(tx, claims):
                raise NotAllowed("This link was ended. Type `/cockpit dashboard` in Slack for a new one.")
            if await tx.receipts.add(used, self._clock()):
                return Visit(self._signed("session", actor, SESSION, **origin), actor)
        if not self._came_of(session, claims):
            await self._tell_owner(actor, used)
        raise NotAllowed("This link was used before. Type `/cockpit dashboard` in Slack for your own.")

    def _came_of(self, session: str, ticket: dict[str, Any]) -> bool:
        """Tell whether this very ticket has let them in, in this browser: an earlier session says nothing of it."""
        claims = self._read("session", session)
        return claims is not None and claims.get("of") == ticket["jti"]

    async def _tell_owner(self, actor: Actor, used: str) -> None:
        async with self._database.transaction() as tx:
            is_news = await tx.receipts.add(f"{used}:again", self._clock())
        if is_news and self._warn is not None:
            await self._warn(actor.id)

    async def end_all(self, user: str) -> None:
        """End all sessions and tickets that somebody has. Raises Unavailable."""
        async with self._database.transaction() as tx:
            await tx.receipts.add(f"{_ended(user)}{new_id()}", self._clock())

    def _claims(self, ticket: str) -> dict[str, Any]:
        claims = self._read("ticket", ticket)
        if claims is None:
            raise NotAllowed(
                "This link is over, or not whole. Type `/cockpit dashboard` in Slack for a new one."
            )
        return claims

    def who(self, session: str) -> Actor | None:
        """Return whose session it is, or None when it is none, or over."""
        claims = self._read("session", session)
        return _actor(claims) if claims is not None else None

    async def visitor(self, session: str) -> Actor | None:
        """Return whose session it is, with the rights they have now; None when it was ended, or they may not come.

        Raises:
            Unavailable: the database failed, or Slack does not say who they are.
        """
        claims = self._read("session", session)
        if claims is None:
            return None
        async with self._database.snapshot() as tx:
            if await tx.receipts.has(_left(claims)) or await _is_ended(tx, claims):
                return None
        if self._role_of is None:
            return _actor(claims)
        role = await self._role_of(str(claims["sub"]))
        return Actor(str(claims["sub"]), is_manager=role >= Role.MANAGER) if role >= Role.AGENT else None

    async def leave(self, session: str) -> None:
        """End a session before its time. Raises Unavailable."""
        claims = self._read("session", session)
        if claims is not None:
            async with self._database.transaction() as tx:
                await tx.receipts.add(_left(claims), self._clock())

    def _signed(self, kind: str, actor: Actor, lasts: timedelta, **more: Any) -> str:
        now = self._clock()
        claims = {
            "aud": kind,
            "sub": actor.id,
            "manager": actor.is_manager,
            "jti": new_id(),
            "iat": now.timestamp(),
            "exp": int((now + lasts).timestamp()),
            **more,
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def _read(self, kind: str, token: str) -> dict[str, Any] | None:
        if not token or len(token) > _LONGEST:
            return None
        # The end is looked at below, by our clock.
        options: Any = {"require": _NEEDED, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"], audience=kind, options=options)
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            return None
        return claims if claims["exp"] > self._clock().timestamp() else None


def _left(claims: dict[str, Any]) -> str:
    return f"dashboard:left:{claims['jti']}"


def _ended(user: str) -> str:
    return f"dashboard:ended:{user}:"


async def _is_ended(tx: Transaction, claims: dict[str, Any]) -> bool:
    """Tell whether their owner has ended all that they had, since this was made."""
    made = datetime.fromtimestamp(float(claims["iat"]), UTC)
    return await tx.receipts.since(_ended(str(claims["sub"])), made - _CLOCKS_DIFFER)


def _actor(claims: dict[str, Any]) -> Actor:
    return Actor(str(claims["sub"]), is_manager=claims.get("manager") is True)
