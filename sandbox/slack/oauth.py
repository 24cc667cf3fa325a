"""OAuth v2: the page on which somebody lets the app in (here they do, at once), and the exchange of its code."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from aiohttp import web

from sandbox.slack import directory
from sandbox.slack.directory import Installation, Team
from sandbox.wire import Record


class OAuth:
    """A code is good once, and for the address to which it was sent.

    `workspace` is where the app is let in, "" where it asks to be. `installs` are what that does, by workspace.
    """

    def __init__(self, app: Installation, installs: Mapping[str, Callable[[], Team]]) -> None:
        self._app, self._installs = app, installs
        self._codes: dict[str, tuple[str, str]] = {}
        self.workspace = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/slack/oauth/v2/authorize", self._authorize),
            web.post("/slack/api/oauth.v2.access", self._access),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        asked, scopes = request.query, set(request.query.get("scope", "").split(","))
        if asked.get("client_id") != directory.CLIENT_ID or not scopes <= self._app.scopes:
            return web.Response(status=400, text="Slack does not know this app, or it asks for too much.")
        code, back = secrets.token_hex(16), asked.get("redirect_uri", "")
        self._codes[code] = back, self.workspace or asked.get("team") or directory.TEAM
        raise web.HTTPFound(f"{back}?{urlencode({'code': code, 'state': asked.get('state', '')})}")

    async def _access(self, request: web.Request) -> web.Response:
        given = dict(await request.post())
        ours = f"Basic {b64encode(f'{directory.CLIENT_ID}:{directory.CLIENT_SECRET}'.encode()).decode()}"
        if request.headers.get("Authorization") != ours:
            return web.json_response({"ok": False, "error": "bad_client_secret"})
        back, workspace = self._codes.pop(str(given.get("code")), ("", ""))
        if not workspace or back != given.get("redirect_uri"):
            return web.json_response(
                {"ok": False, "error": "bad_redirect_uri" if workspace else "invalid_code"}
            )
        return web.json_response(self._installed(workspace))

    def _installed(self, workspace: str) -> Record:
        known = self._installs.get(workspace)
        team = known() if known else directory.NORTHWIND
        return {
            "ok": True,
            "app_id": directory.APP,
            "token_type": "bot",
            "access_token": team.token,
            "scope": ",".join(sorted(self._app.scopes)),
            "bot_user_id": directory.BOT_USER,
            "team": {"id": workspace, "name": team.name},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": team.manager},
        }
