"""What administrators look at: the token in use, and the webhooks."""

from aiohttp import web

from sandbox.zendesk import WEBHOOK_SECRET
from sandbox.zendesk.desk import RefusedError
from sandbox.zendesk.oauth import Tokens
from sandbox.zendesk.rest import Answer, Api
from sandbox.zendesk.webhooks import WEBHOOK, Webhooks


class Account:
    def __init__(self, api: Api, tokens: Tokens, hooks: Webhooks) -> None:
        self._api, self._tokens, self._hooks = api, tokens, hooks

    def routes(self) -> list[web.RouteDef]:
        api = self._api
        return [
            api.get("/oauth/tokens/current", self._token),
            api.get("/webhooks", self._webhooks),
            api.get("/webhooks/{id}/signing_secret", self._secret),
        ]

    async def _token(self, request: web.Request, _user: int) -> Answer:
        return self._tokens.current(request)

    async def _webhooks(self, _request: web.Request, _user: int) -> Answer:
        return {"webhooks": self._hooks.registered(), "meta": {"has_more": False}}

    async def _secret(self, request: web.Request, _user: int) -> Answer:
        if request.match_info["id"] != WEBHOOK:
            raise RefusedError(404, "RecordNotFound", "Not found")
        return {"signing_secret": {"algorithm": "SHA256", "secret": WEBHOOK_SECRET}}
