"""Zendesk's token endpoint, and the login of each request."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.wire import BadRequestError, Record, read_object
from sandbox.zendesk import AGENT, CLIENT_ID, CLIENT_SECRET, INTEGRATION, STATIC_TOKEN
from sandbox.zendesk.desk import RefusedError

_SHORTEST, _LONGEST = 300, 172_800


@dataclass
class Grant:
    """What a token allows, and until when; None is for good."""

    user: int
    scopes: frozenset[str]
    until: float | None = None


@dataclass
class Tokens:
    """The tokens that are good, and how often one was asked for."""

    ticks: Callable[[], float] = time.monotonic
    grants: dict[str, Grant] = field(default_factory=dict)
    fetched: int = 0
    scopes_granted: str = ""  # What is granted whatever is asked for.

    def __post_init__(self) -> None:
        self.grants[STATIC_TOKEN] = Grant(INTEGRATION, frozenset({"read", "write"}))
        self.grants["agent-token"] = Grant(AGENT, frozenset({"read", "write"}))

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/zendesk/oauth/tokens", self.grant)]

    async def grant(self, request: web.Request) -> web.Response:
        try:
            body = await read_object(request)
        except BadRequestError:
            return _error(400, "invalid_request", "The body must be JSON.")
        if body.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type", "The grant type is not supported.")
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _error(401, "invalid_client", "Client authentication failed.")
        life = body.get("expires_in")
        if life is not None and not (isinstance(life, int) and _SHORTEST < life < _LONGEST):
            return _error(400, "invalid_request", "expires_in must be more than 300 and less than 172800.")
        return web.json_response(self._granted(str(body.get("scope") or "read"), life))

    def _granted(self, scope: str, life: int | None) -> Record:
        token, scope = secrets.token_hex(20), self.scopes_granted or scope
        until = self.ticks() + life if life is not None else None
        self.grants[token] = Grant(INTEGRATION, frozenset(scope.split()), until)
        self.fetched += 1
        told: Record = {"access_token": token, "token_type": "bearer", "scope": scope}
        return told if life is None else told | {"expires_in": life, "refresh_token": None}

    def current(self, request: web.Request) -> Record:
        """Return what is known of the token a request came with."""
        grant = self.grants[_token(request)]
        return {"token": {"id": 1, "user_id": grant.user, "scopes": sorted(grant.scopes)}}

    def revoke(self) -> None:
        """End all tokens that were fetched."""
        kept = {STATIC_TOKEN, "agent-token"}
        self.grants = {token: grant for token, grant in self.grants.items() if token in kept}

    def who(self, request: web.Request) -> int:
        """Return the user who asks, if they may. Raises RefusedError."""
        grant = self.grants.get(_token(request))
        if grant is None or (grant.until is not None and self.ticks() >= grant.until):
            description = (
                "The access token provided is expired, revoked, malformed or invalid for other reasons."
            )
            raise RefusedError(401, "invalid_token", description, error_description=description)
        needed = "read" if request.method == "GET" else "write"
        if not any(scope == needed or scope.endswith(f":{needed}") for scope in grant.scopes):
            raise RefusedError(403, "Forbidden", "You do not have access to this page: the scope is missing.")
        return grant.user


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
