"""The tokens that installations by OAuth gave: kept sealed, used by every process, gone when the app is removed."""

import logging
from collections.abc import Callable, Mapping, Sequence

import aiohttp
from aiohttp import web

from bot.core.errors import NotAllowed, Unavailable
from bot.settings.slack import OAuthSettings, SlackSettings
from handlers.slack.install import App, Installed, States, install_routes
from integrations.slack.client import SCOPES, SlackClient
from integrations.slack.errors import BadToken
from storage.access_tokens import SharedShelf
from storage.database import SqlDatabase, utc_now
from storage.seal import Seal

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
_ELSEWHERE = "threadpilot is for another Slack workspace, and nothing was installed here."
_NO_BOT = "Slack gave no token for a bot that lasts, and nothing was installed."
_REMOVED = (
    "threadpilot was removed from the Slack workspace {workspace}. What belongs there waits, and nothing is lost: "
    "its cards come once it is installed again, at /slack/install?team={workspace} of its public address."
)


async def token_of(settings: SlackSettings, database: SqlDatabase, secret: str, workspace: str = "") -> str:
    """Return the bot's token for a workspace ("" is the main one): of its installation, else of the settings.

    "" where there is none.
    """
    token = "" if workspace else settings.bot_token
    if settings.oauth is None:
        return token
    return await _shelf(settings.oauth, database, secret, workspace).newest() or token


def _shelf(oauth: OAuthSettings, database: SqlDatabase, secret: str, workspace: str) -> SharedShelf:
    name = workspace or oauth.workspace
    return SharedShelf(database, utc_now, f"slack:{name}", Seal(secret, f"slack|{oauth.client_id}|{name}"))


class Installation:
    """Keeps a client's token as the installation in its workspace is; where the settings name no app, as it is."""

    def __init__(
        self,
        settings: SlackSettings,
        database: SqlDatabase,
        secret: str,
        slack: SlackClient,
        workspace: str = "",
        alarm: Callable[[str, str], None] = lambda _key, _said: None,
    ) -> None:
        """Look after a `workspace`, "" the main one; `alarm` tells the operators that another has removed the app."""
        self._settings = settings
        self._database = database
        self._secret = secret
        self._slack = slack
        self._workspace = workspace
        self._alarm = alarm

    async def look(self) -> None:
        """Take the token that there is now: another process may have got it."""
        self._slack.use(await token_of(self._settings, self._database, self._secret, self._workspace))

    async def is_installed(self) -> bool:
        """Tell whether there is a token, looking once more where there was none."""
        if not self._slack.is_installed:
            await self.look()
        return self._slack.is_installed

    async def state(self) -> str:
        """Return `ok`, or what there is to do."""
        where = f"/slack/install?team={self._workspace}"
        return "ok" if self._slack.is_installed else f"not installed: open {where} of the public address"

    async def departed(self, team: str) -> None:
        """Forget the token of a workspace that has removed the app.

        Slack may say so late, or twice, when somebody has installed it anew: a token that Slack still takes is kept.
        """
        log.warning("slack_app_removed", extra={"workspace": team})
        oauth = self._settings.oauth
        if oauth is None or team != (self._workspace or oauth.workspace):
            return
        await self.look()
        try:
            await self._slack.auth_test()
        except BadToken:
            await self.keep("slack.remove", "slack", "")
            if self._workspace:
                self._alarm(f"removed {team}", _REMOVED.format(workspace=team))
        except Unavailable as error:
            log.warning("slack_token_kept", extra={"reason": str(error)})

    async def keep(self, action: str, actor: str, token: str) -> None:
        """Keep a token, or with "" none any more, and put that on record."""
        oauth = self._settings.oauth
        assert oauth is not None, "only an app can be installed"  # noqa: S101
        workspace = self._workspace or oauth.workspace
        async with self._database.transaction() as tx:
            payload = {"workspace": workspace}
            await tx.audit.append(at=utc_now(), actor=actor, action=action, subject="slack", payload=payload)
            await _shelf(oauth, self._database, self._secret, self._workspace).put(tx.connection, token)
        log.info("slack_installation", extra={"action": action, "workspace": workspace})
        await self.look()


def routes_of(
    settings: SlackSettings,
    installations: Mapping[str, Installation],
    database: SqlDatabase,
    secret: str,
    session: aiohttp.ClientSession,
    base_url: str,
) -> Sequence[web.RouteDef]:
    """Return the routes by which the app is installed; `installations` are by the id of their workspace."""
    oauth = settings.oauth
    if oauth is None:
        return ()

    async def keep(installed: Installed) -> None:
        place = installations.get(installed.team)
        if place is None:
            raise NotAllowed(_ELSEWHERE)
        if not installed.token or installed.expires:
            raise NotAllowed(_NO_BOT)
        await place.keep("slack.install", installed.user, installed.token)

    app = App(
        oauth.client_id,
        oauth.client_secret,
        oauth.workspaces,
        sorted(SCOPES),
        settings.api_url,
        base_url,
    )
    return install_routes(app, session, States(database, utc_now, secret), keep)
