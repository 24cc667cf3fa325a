"""Users, search, and the Help Center's articles."""

import re
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.wire import Record, is_number, read_object
from sandbox.zendesk.desk import RefusedError, invalid
from sandbox.zendesk.rest import BASE, Answer, Api, number_of, page, public
from sandbox.zendesk.state import ARTICLE, TICKET, USER, State, now

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_GIVEN = ("name", "email", "phone", "external_id", "verified", "tags", "details", "notes")


class People:
    def __init__(self, api: Api, state: State, url: Callable[[], str]) -> None:
        self._api, self._state, self._url = api, state, url
        self.lag = 0.0  # For how many seconds what changed is not found by a search.

    def routes(self) -> list[web.RouteDef]:
        api = self._api
        return [
            api.get("/users/me", self._me),
            api.get("/users/search", self._find),
            api.post("/users/create_or_update", self._put),
            api.get("/users/{id}", self._show),
            api.get("/search", self._search),
            api.get("/help_center/incremental/articles", self._articles),
        ]

    async def _me(self, _request: web.Request, user: int) -> Answer:
        return {"user": self._told(self._user(user))}

    async def _show(self, request: web.Request, _user: int) -> Answer:
        return {"user": self._told(self._user(number_of(request)))}

    async def _find(self, request: web.Request, _user: int) -> Answer:
        query, external = request.query.get("query", ""), request.query.get("external_id")
        if not query and external is None:
            raise RefusedError(422, "InvalidParameters", "query or external_id is needed")
        users = self._state.all(USER)
        if external is not None:
            found = [one for one in users if one["external_id"] == external]
        else:
            found = [one for one in users if _fits(one, query)]
        return page("users", [self._told(one) for one in found]) | self._beside(request, found)

    def _beside(self, request: web.Request, users: list[Record]) -> Record:
        """Return what a request wants to have beside the users."""
        beside: Record = {}
        wanted = request.query.get("include", "").split(",")
        if "open_ticket_count" in wanted:
            still = [one for one in self._state.all(TICKET) if one["status"] not in {"solved", "closed"}]
            beside["open_ticket_count"] = {
                str(user["id"]): sum(one["requester_id"] == user["id"] for one in still) for user in users
            }
        if "organizations" in wanted:
            names = {user["organization_id"]: user["organization"] for user in users if user["organization"]}
            beside["organizations"] = [{"id": number, "name": name} for number, name in names.items()]
        return beside

    async def _put(self, request: web.Request, _user: int) -> Answer:
        body = await read_object(request)
        given = body.get("user")
        if not isinstance(given, dict):
            raise RefusedError(400, "ParameterMissing", "Parameter user is required")
        phone = given.get("phone")
        if phone is not None and not _E164.fullmatch(str(phone)):
            raise invalid("phone", "Phone Number: is not a properly formatted phone number")
        values = {name: given[name] for name in _GIVEN if name in given}
        known = self._known(given)
        if known is None and not values.get("name"):
            raise invalid("name", "Name: is too short (minimum is 1 characters)")
        if known is not None:
            return {"user": self._told(self._state.put(USER, {**known, **values, "updated_at": now()}))}
        return 201, {"user": self._told(self._state.put(USER, self._state.user(**values)))}

    def _known(self, given: Record) -> Record | None:
        external, email = given.get("external_id"), given.get("email")
        if external:
            by_id = next((one for one in self._state.all(USER) if one["external_id"] == external), None)
            if by_id is not None:
                return by_id
        return self._state.by_email(str(email)) if email else None

    async def _search(self, request: web.Request, _user: int) -> Answer:
        """Search as Zendesk does, a while behind what happens."""
        query, until = request.query.get("query", ""), time.time() - self.lag
        if not query:
            raise RefusedError(422, "invalid", "query is needed")
        tickets = [one for one in self._state.all(TICKET) if one["changed"] <= until]
        found = [{**self._ticket(one), "result_type": "ticket"} for one in tickets if _says(one, query)]
        if "type:ticket" not in query:
            users = (
                one for one in self._state.all(USER) if _fits(one, query.replace("type:user", "").strip())
            )
            found += [{**self._told(one), "result_type": "user"} for one in users]
        return page("results", found) | {"facets": None}

    async def _articles(self, request: web.Request, _user: int) -> Answer:
        start = request.query.get("start_time", "")
        if not is_number(start):
            raise RefusedError(400, "InvalidParameters", "start_time is needed")
        found = [one for one in self._state.all(ARTICLE) if one["changed"] >= float(start)]
        articles = [
            public(one, f"{self._url()}{BASE}/help_center/articles/{one['id']}.json") for one in found
        ]
        return page("articles", articles) | {"end_time": int(time.time())}

    def _user(self, number: int) -> Record:
        found = self._state.find(USER, number)
        if found is None:
            raise RefusedError(404, "RecordNotFound", "Not found")
        return found

    def _told(self, user: Record) -> Record:
        return public(user, f"{self._url()}{BASE}/users/{user['id']}.json")

    def _ticket(self, ticket: Record) -> Record:
        return public(ticket, f"{self._url()}{BASE}/tickets/{ticket['id']}.json")


def _fits(user: Record, query: str) -> bool:
    field, colon, value = query.partition(":")
    wanted = (value if colon else query).strip().strip('"').lower()
    if colon and field in {"email", "phone", "external_id", "name", "id"}:
        return str(user[field] or "").lower() == wanted
    return any(wanted in str(user[name] or "").lower() for name in ("name", "email", "phone"))


def _says(ticket: Record, query: str) -> bool:
    """Understand `type:ticket`, `external_id:…`, `requester:…`, `status<solved` and words."""
    return all(_has(ticket, term) for term in query.split() if not term.startswith("type:"))


def _has(ticket: Record, term: str) -> bool:
    field, colon, value = term.partition(":")
    if term.startswith("status<"):
        return ticket["status"] not in {"solved", "closed"}
    if colon and field in {"external_id", "status", "requester_id"}:
        return str(ticket[field]) == value.strip('"')
    if colon and field == "tags":
        return value in ticket["tags"]
    said: Any = f"{ticket['subject']} {ticket['description']}".lower()
    return term.lower() in said
