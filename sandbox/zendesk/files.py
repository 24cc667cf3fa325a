"""Files: uploaded for a comment to take, and fetched from there by whoever is logged in."""

import uuid
from collections.abc import Callable

from aiohttp import web

from sandbox.wire import Record
from sandbox.zendesk.desk import RefusedError
from sandbox.zendesk.oauth import Tokens
from sandbox.zendesk.rest import Answer, Api

_PLACE = "/zendesk/attachments"


class Files:
    def __init__(self, api: Api, tokens: Tokens, uploads: dict[str, Record], url: Callable[[], str]) -> None:
        self._api, self._tokens, self._uploads, self._url = api, tokens, uploads, url
        self._contents: dict[str, bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            self._api.post("/uploads", self._upload),
            web.get(_PLACE + "/{token}/{name}", self._fetch),
        ]

    def keep(self, name: str, kind: str, content: bytes) -> str:
        """Keep a file and return the token with which a comment takes it."""
        token = uuid.uuid4().hex
        self._contents[token] = content
        self._uploads[token] = {
            "id": 498_000 + len(self._uploads),
            "file_name": name,
            "content_type": kind,
            "content_url": f"{self._url()}{_PLACE}/{token}/{name}",
            "size": len(content),
            "inline": False,
            "thumbnails": [],
        }
        return token

    async def _upload(self, request: web.Request, _user: int) -> Answer:
        name, content = request.query.get("filename", ""), await request.read()
        if not name or not content:
            raise RefusedError(422, "RecordInvalid", "A file has a name and a content")
        token = self.keep(name, request.headers.get("Content-Type", "application/octet-stream"), content)
        return 201, {"upload": {"token": token, "attachment": self._uploads[token], "attachments": []}}

    async def _fetch(self, request: web.Request) -> web.Response:
        try:
            self._tokens.who(request)
        except RefusedError as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        content = self._contents.get(request.match_info["token"])
        if content is None:
            return web.Response(status=404)
        kind = self._uploads[request.match_info["token"]]["content_type"]
        return web.Response(body=content, headers={"Content-Type": kind})
