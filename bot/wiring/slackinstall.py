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
from storage.transaction import SqlTransaction

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
        """Take the token that there is now: another process may have got it. One that Slack refuses is given up."""
        token = await self._take()
        if self._slack.is_refused and token != self._settings.bot_token:
            await self._check()

    async def is_installed(self) -> bool:
        """Tell whether there is a token, looking once more where there was none."""
        if not self._slack.is_installed:
            await self.look()
        return self._slack.is_installed

    async def state(self) -> str:
        """Return `ok`, or what there is to do."""
        where = f"/slack/install?team={self._workspace}"
        works = self._slack.is_installed and not self._slack.is_refused
        return "ok" if works else f"not installed: open {where} of the public address"

    async def departed(self, team: str) -> None:
        """Forget the token of a workspace that has removed the app.

        Slack may say so late, or twice, when somebody has installed it anew: a token that Slack still takes is kept.
        """
        oauth = self._settings.oauth
        if oauth is not None and team == (self._workspace or oauth.workspace):
            await self._check()

    async def keep(self, actor: str, token: str) -> None:
        """Keep the token of a new installation, and put that on record."""
        async with self._database.transaction() as tx:
            await self._record(tx, "slack.install", actor)
            await self._shelf().put(tx.connection, token)
        await self._take()

    async def _take(self) -> str:
        token = await token_of(self._settings, self._database, self._secret, self._workspace)
        self._slack.use(token)
        return token

    async def _check(self) -> None:
        """Ask Slack whether it still takes the token that there is, and forget it if not."""
        log.warning("slack_app_removed", extra={"workspace": self._name()})
        token = await self._take()
        try:
            await self._slack.auth_test()
        except BadToken:
            await self._forget(token)
        except Unavailable as error:
            log.warning("slack_token_kept", extra={"reason": str(error)})

    async def _forget(self, token: str) -> None:
        """Keep this token no more, unless somebody has installed the app meanwhile, which gave another one."""
        async with self._database.transaction() as tx:
            forgotten = await self._shelf().remove(tx.connection, token)
            if forgotten:
                await self._record(tx, "slack.remove", "slack")
        await self._take()
        if forgotten and self._workspace:
            self._alarm(f"removed {self._workspace}", _REMOVED.format(workspace=self._workspace))

    async def _record(self, tx: SqlTransaction, action: str, actor: str) -> None:
        payload = {"workspace": self._name()}
        await tx.audit.append(at=utc_now(), actor=actor, action=action, subject="slack", payload=payload)
        log.info("slack_installation", extra={"action": action, **payload})

    def _name(self) -> str:
        return self._workspace or self._oauth().workspace

    def _shelf(self) -> SharedShelf:
        return _shelf(self._oauth(), self._database, self._secret, self._workspace)

    def _oauth(self) -> OAuthSettings:
        assert self._settings.oauth is not None, "only an app can be installed"  # noqa: S101
        return self._settings.oauth


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
        await place.keep(installed.user, installed.token)

    app = App(
        oauth.client_id,
        oauth.client_secret,
        oauth.workspaces,
        sorted(SCOPES),
        settings.api_url,
        base_url,
    )
    return install_routes(app, session, States(database, utc_now, secret), keep)
