"""The Zendesk side of the control API: what stands there, and working there as people do."""

from typing import Any

from aiohttp import web

from sandbox.wire import BadRequestError, Record, optional, read_object, wanted
from sandbox.zendesk import AGENT, INTEGRATION
from sandbox.zendesk.desk import Desk, RefusedError
from sandbox.zendesk.files import Files
from sandbox.zendesk.oauth import Tokens
from sandbox.zendesk.people import People
from sandbox.zendesk.rest import Api, Tickets
from sandbox.zendesk.state import ARTICLE, TICKET, USER, State, epoch, now
from sandbox.zendesk.webhooks import Webhooks


class ZendeskControl:
    def __init__(
        self,
        state: State,
        desk: Desk,
        api: Api,
        tickets: Tickets,
        people: People,
        files: Files,
        hooks: Webhooks,
        tokens: Tokens,
    ) -> None:
        self._state, self._desk, self._api = state, desk, api
        self._tickets, self._people, self._hooks, self._tokens = tickets, people, hooks, tokens
        self._files = files

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/zendesk/state", self._show),
            web.get("/control/zendesk/log", self._log),
            web.post("/control/zendesk/ticket", _plainly(self._open)),
            web.post("/control/zendesk/comment", _plainly(self._comment)),
            web.post("/control/zendesk/status", _plainly(self._status)),
            web.post("/control/zendesk/rating", _plainly(self._rate)),
            web.post("/control/zendesk/article", _plainly(self._article)),
            web.post("/control/zendesk/settings", _plainly(self._set)),
        ]

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response({"tickets": [self._ticket(one) for one in self._state.all(TICKET)]})

    async def _log(self, _request: web.Request) -> web.Response:
        told = {"requests": list(self._api.log), "webhooks": self._hooks.sent, "tokens": self._tokens.fetched}
        return web.json_response(told)

    async def _open(self, body: Record) -> Record:
        """Open a ticket as a customer: `{from, subject, text, name?}`."""
        email, subject, text = wanted(body, "from", "subject", "text")
        known = self._state.requester(email, optional(body, "name") or "")
        given = {"subject": subject, "comment": {"body": text}, "requester_id": known["id"]}
        ticket, _ = self._desk.create(given, known["id"], "web")
        return {"ticket": ticket["id"]}

    async def _comment(self, body: Record) -> Record:
        """Comment on a ticket: `{ticket, text, public?, as?: agent | customer, files?: [{name, type, text}]}`.

        A customer who writes on a closed ticket makes one that follows it, whose number is returned.
        """
        (text,) = wanted(body, "text")
        ticket = self._desk.ticket(_number(body, "ticket"))
        actor = ticket["requester_id"] if body.get("as") == "customer" else AGENT
        said = {"body": text, "public": bool(body.get("public", True)), "uploads": self._kept(body)}
        if body.get("as") == "customer" and ticket["status"] == "closed":
            given = {"subject": ticket["subject"], "comment": said, "via_followup_source_id": ticket["id"]}
            made, _ = self._desk.create({**given, "requester_id": actor}, actor, "web")
            return {"ticket": made["id"]}
        self._desk.update(ticket["id"], {"comment": said}, actor, "web")
        return {}

    def _kept(self, body: Record) -> list[str]:
        given = body.get("files") or []
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise BadRequestError("The field 'files' must be a list of objects with name, type and text.")
        return [
            self._files.keep(name, kind, text.encode())
            for name, kind, text in (wanted(one, "name", "type", "text") for one in given)
        ]

    async def _status(self, body: Record) -> Record:
        """Give a ticket another status: `{ticket, status}`."""
        (status,) = wanted(body, "status")
        self._desk.update(_number(body, "ticket"), {"status": status}, AGENT, "web")
        return {}

    async def _rate(self, body: Record) -> Record:
        """Rate a ticket as its customer: `{ticket, score: good | bad, comment?}`."""
        (score,) = wanted(body, "score")
        if score not in {"good", "bad"}:
            raise BadRequestError("The field 'score' must be good or bad.")
        self._desk.rate(_number(body, "ticket"), score, optional(body, "comment") or "")
        return {}

    async def _article(self, body: Record) -> Record:
        """Write an article: `{title, body, draft?, user_segment_id?, outdated?, id?}`."""
        title, text = wanted(body, "title", "body")
        number = body.get("id") or self._state.new_id(ARTICLE)
        article: Record = {
            "id": number,
            "title": title,
            "name": title,
            "body": text,
            "locale": "en-us",
            "source_locale": "en-us",
            "draft": bool(body.get("draft")),
            "user_segment_id": body.get("user_segment_id"),
            "html_url": f"https://help.northwind.example/articles/{number}",
            "label_names": [],
            "outdated": False,
            "created_at": now(),
            "updated_at": now(),
            "changed": epoch(),
        }
        self._state.put(ARTICLE, article)
        return {"article": number}

    async def _set(self, body: Record) -> Record:
        """Change how the stand-in behaves; what is not named stays.

        `search_lag` and `export_lag` in seconds, `spare_integration` for a trigger whose condition leaves the
        app's own doing out, `revoke` ends all tokens, `per_minute` and `updates` are limits.
        """
        for name, place, attribute in (
            ("search_lag", self._people, "lag"),
            ("export_lag", self._tickets, "settles_after"),
            ("per_minute", self._api.limits, "per_minute"),
            ("updates", self._api.limits, "updates"),
        ):
            value: Any = body.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                setattr(place, attribute, value)
        if "spare_integration" in body:
            self._hooks.spared = {INTEGRATION} if body["spare_integration"] else set()
        if body.get("revoke"):
            self._tokens.revoke()
        return {}

    def _ticket(self, ticket: Record) -> Record:
        names = ("id", "subject", "status", "tags", "external_id", "custom_fields", "updated_at")
        return {name: ticket[name] for name in names} | {
            "requester": self._name(ticket["requester_id"]),
            "comments": [self._said(one) for one in self._state.comments(ticket["id"])],
        }

    def _said(self, comment: Record) -> Record:
        names = ("id", "body", "public", "created_at", "author_id")
        files = [one["file_name"] for one in comment["attachments"]]
        return {name: comment[name] for name in names} | {
            "author": self._name(comment["author_id"]),
            "files": files,
        }

    def _name(self, user: int) -> str:
        return str((self._state.find(USER, user) or {}).get("name") or user)


def _number(body: Record, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequestError(f"The field {name!r} must be a number.")
    return value


def _plainly(handler: Any) -> Any:
    """Read an object, and answer with what came of it; what Zendesk refuses is a sentence."""

    async def handle(request: web.Request) -> web.Response:
        try:
            told = await handler(await read_object(request))
        except RefusedError as refusal:
            return web.json_response(
                {"ok": False, "error": str(refusal), **refusal.body}, status=refusal.status
            )
        return web.json_response({"ok": True, **told})

    return handle
