"""The way into the dashboard: a ticket out of Slack, once and for minutes; then a session, for an hour.

Both are signed (JWT, HS256) with a key made from the app's secret, so that another secret ends them all. They say
who somebody is in Slack and whether they are a manager.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from bot.core.access import Role
from bot.core.errors import NotAllowed
from bot.core.model import Actor, new_id
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

TICKET = timedelta(minutes=5)
SESSION = timedelta(hours=1)
_LONGEST = 2_048
_NEEDED = ["sub", "aud", "exp", "jti"]


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
    ) -> None:
        """`role_of` tells what somebody is in Slack now; without it, what they were when they came holds."""
        self._role_of = role_of
        self._database = database
        self._clock = clock
        self._key = hmac.digest(secret.encode(), b"threadpilot dashboard", "sha256")

    def ticket(self, actor: Actor) -> str:
        """Return a ticket for somebody that Slack has told us of."""
        return self._signed("ticket", actor, TICKET)

    async def admit(self, ticket: str) -> Visit:
        """Take a ticket and begin a session.

        Raises:
            NotAllowed: it is forged, over, or was used before.
            Unavailable: the database failed; it may be tried again.
        """
        claims = self._read("ticket", ticket)
        if claims is None:
            raise NotAllowed("This link is over. Type `/cockpit dashboard` in Slack for a new one.")
        async with self._database.transaction() as tx:
            if not await tx.receipts.add(f"dashboard:{claims['jti']}", self._clock()):
                raise NotAllowed(
                    "This link was used before. Type `/cockpit dashboard` in Slack for your own."
                )
        actor = _actor(claims)
        return Visit(self._signed("session", actor, SESSION), actor)

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
            if await tx.receipts.has(_left(claims)):
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

    def _signed(self, kind: str, actor: Actor, lasts: timedelta) -> str:
        until = int((self._clock() + lasts).timestamp())
        claims = {"aud": kind, "sub": actor.id, "manager": actor.is_manager, "jti": new_id(), "exp": until}
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


def _actor(claims: dict[str, Any]) -> Actor:
    return Actor(str(claims["sub"]), is_manager=claims.get("manager") is True)
