"""Installing the app into a workspace by OAuth: Bolt's flow, with states and tokens that lie with us.

A state is signed, ends after ten minutes, is good once, and only in the browser that asked for it (Bolt's cookie).
"""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import NotAllowed
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
_LASTS = timedelta(minutes=10)
_OVER = "This link is over, or was opened in another browser. Begin again at /slack/install."
_WHY = {
    "access_denied": "You did not let threadpilot into Slack, and nothing was installed.",
    "invalid_code": "Slack does not know this installation (any more). Begin again at /slack/install.",
}
_DONE = "threadpilot is installed. Invite it into its Slack channels; you may close this page."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installed:
    """What came of an installation: the workspace, who installed it, the token of our bot, and whether that ends."""

    team: str
    user: str
    token: str
    expires: bool


Keep = Callable[[Installed], Awaitable[None]]


class States(AsyncOAuthStateStore):
    """Makes states and takes each once."""

    def __init__(self, database: Database, clock: Clock, secret: str) -> None:
        self._database = database
        self._clock = clock
        self._key = hmac.digest(secret.encode(), b"threadpilot slack install", "sha256")

    async def async_issue(self, *_: object, **__: object) -> str:
        until = int((self._clock() + _LASTS).timestamp())
        said = f"{secrets.token_urlsafe(16)}.{until}"
        return f"{said}.{self._proof(said)}"

    async def async_consume(self, state: str) -> bool:
        said, _, proof = state.rpartition(".")
        if not hmac.compare_digest(self._proof(said).encode(), proof.encode(errors="replace")):
            return False
        nonce, _, until = said.rpartition(".")
        if self._clock().timestamp() > int(until):
            return False
        async with self._database.transaction() as tx:
            return await tx.receipts.add(f"slack install:{nonce}", self._clock())

    def _proof(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(errors="replace"), "sha256").hex()


class _Store(AsyncInstallationStore):
    """Bolt hands over here what Slack has given."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    async def async_save(self, installation: Installation) -> None:
        given = Installed(
            team="" if installation.is_enterprise_install else installation.team_id or "",
            user=installation.user_id or "",
            token=installation.bot_token or "",
            expires=installation.bot_token_expires_at is not None,
        )
        try:
            await self._keep(given)
        except NotAllowed as error:
            raise BoltError(str(error)) from error


class _Flow(AsyncOAuthFlow):
    """Bolt's flow, for the workspaces that may install: the one that is asked for, else the first."""

    def __init__(
        self, workspaces: Sequence[str], client: AsyncWebClient, settings: AsyncOAuthSettings
    ) -> None:
        quiet = logging.getLogger(f"{__name__}.flow")
        quiet.disabled = True  # It would write down the code.
        super().__init__(client=client, logger=quiet, settings=settings)
        self._workspaces = workspaces

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        asked = (*request.query.get("team", ()), *self._workspaces)
        team = next(one for one in asked if one in self._workspaces)
        url: str = self.settings.authorize_url_generator.generate(state=state, team=team)
        return url


@dataclass(frozen=True)
class App:
    """The app as Slack knows it, and the workspaces that may install it; `api_url` is Slack's, `base_url` ours."""

    client_id: str
    client_secret: str
    workspaces: Sequence[str]
    scopes: Sequence[str]
    api_url: str
    base_url: str


def install_routes(
    app: App, session: aiohttp.ClientSession, states: States, keep: Keep
) -> list[web.RouteDef]:
    """Return the two routes of an installation; `keep` gets what Slack gave, and may raise NotAllowed."""
    settings = AsyncOAuthSettings(
        client_id=app.client_id,
        client_secret=app.client_secret,
        scopes=app.scopes,
        redirect_uri=f"{app.base_url}{REDIRECT_PATH}",
        authorization_url=f"{app.api_url.removesuffix('api/')}oauth/v2/authorize",
        install_page_rendering_enabled=False,
        callback_options=AsyncCallbackOptions(_succeeded, _failed),
        installation_store=_Store(keep),
        state_store=states,
    )
    client = AsyncWebClient(base_url=app.api_url, session=session, retry_handlers=[])
    flow = _Flow(app.workspaces, client, settings)

    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def redirected(request: web.Request) -> web.Response:
        try:
            return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))
        except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
            raise web.HTTPServiceUnavailable(text="Slack did not answer. Please try again.") from error

    return [web.get(INSTALL_PATH, install), web.get(REDIRECT_PATH, redirected)]


async def _succeeded(_: AsyncSuccessArgs) -> BoltResponse:
    return _page(200, _DONE)


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    """Say why, in a sentence of ours: what came in the address is not repeated."""
    log.warning("slack_not_installed", extra={"why": _named(args.reason)})
    said = str(args.error) if args.error else _WHY.get(args.reason, _OVER)
    return _page(403, said)


def _named(reason: str) -> str:
    known = {*_WHY, "invalid_browser", "invalid_state", "missing_code", "storage_error"}
    return reason if reason in known else "other"


def _page(status: int, said: str) -> BoltResponse:
    return BoltResponse(status=status, body=said, headers={"Content-Type": "text/plain; charset=utf-8"})
