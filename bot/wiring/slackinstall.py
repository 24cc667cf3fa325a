"""The token that an installation by OAuth gave: kept sealed, used by every process, gone when the app is removed."""

import logging
from collections.abc import Sequence

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


async def token_of(settings: SlackSettings, database: SqlDatabase, secret: str) -> str:
    """Return the bot's token: of the installation, else of the settings; "" where there is none."""
    if settings.oauth is None:
        return settings.bot_token
    return await _shelf(settings.oauth, database, secret).newest() or settings.bot_token


def _shelf(oauth: OAuthSettings, database: SqlDatabase, secret: str) -> SharedShelf:
    seal = Seal(secret, f"slack|{oauth.client_id}|{oauth.workspace}")
    return SharedShelf(database, utc_now, f"slack:{oauth.workspace}", seal)


class Installation:
    """Keeps the client's token as the installation is; where the settings name no app, it stays as it is."""

    def __init__(
        self, settings: SlackSettings, database: SqlDatabase, secret: str, slack: SlackClient
    ) -> None:
        self._settings = settings
        self._database = database
        self._secret = secret
        self._slack = slack

    async def look(self) -> None:
        """Take the token that there is now: another process may have got it."""
        self._slack.use(await token_of(self._settings, self._database, self._secret))

    async def departed(self, team: str) -> None:
        """Forget the token of a workspace that has removed the app.

        Slack may say so late, or twice, when somebody has installed it anew: a token that Slack still takes is kept.
        """
        log.warning("slack_app_removed", extra={"workspace": team})
        oauth = self._settings.oauth
        if oauth is None or team != oauth.workspace:
            return
        await self.look()
        try:
            await self._slack.auth_test()
        except BadToken:
            await self._write(oauth, "slack.remove", "slack", "")
        except Unavailable as error:
            log.warning("slack_token_kept", extra={"reason": str(error)})

    def routes(self, session: aiohttp.ClientSession, base_url: str) -> Sequence[web.RouteDef]:
        """Return the routes by which the app is installed."""
        oauth = self._settings.oauth
        if oauth is None:
            return ()

        async def keep(installed: Installed) -> None:
            if installed.team != oauth.workspace:
                raise NotAllowed(_ELSEWHERE)
            if not installed.token or installed.expires:
                raise NotAllowed(_NO_BOT)
            await self._write(oauth, "slack.install", installed.user, installed.token)

        app = App(
            oauth.client_id,
            oauth.client_secret,
            oauth.workspace,
            sorted(SCOPES),
            self._settings.api_url,
            base_url,
        )
        return install_routes(app, session, States(self._database, utc_now, self._secret), keep)

    async def _write(self, oauth: OAuthSettings, action: str, actor: str, token: str) -> None:
        async with self._database.transaction() as tx:
            payload = {"workspace": oauth.workspace}
            await tx.audit.append(at=utc_now(), actor=actor, action=action, subject="slack", payload=payload)
            await _shelf(oauth, self._database, self._secret).put(tx.connection, token)
        log.info("slack_installation", extra={"action": action, "workspace": oauth.workspace})
        await self.look()
