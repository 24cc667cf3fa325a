"""`/dashboard…`: let in whom Slack has sent, read the filters, ask for the figures, show a page or its CSV."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.core.access import check
from bot.core.errors import InvalidInput, NotAllowed, Unavailable
from bot.core.insights import marks
from bot.core.insights.scope import USUAL, Scope
from bot.core.model import Actor, Channel
from bot.core.nearest import known
from bot.services.doorkeeping import SESSION, Doorkeeper
from bot.services.insights import Choices, Insights
from handlers.web.access import act_of
from handlers.web.dashboard.frame import plain, whole
from handlers.web.dashboard.html import Markup, prose, tag
from handlers.web.dashboard.pages.cases import cases
from handlers.web.dashboard.pages.cost import cost
from handlers.web.dashboard.pages.knowledge import knowledge
from handlers.web.dashboard.pages.levels import levels
from handlers.web.dashboard.pages.overview import overview
from handlers.web.dashboard.pages.people import people
from handlers.web.dashboard.pages.quality import quality
from handlers.web.dashboard.pages.volume import volume
from handlers.web.dashboard.places import PAGES, ROOT, Places
from handlers.web.dashboard.tables import Page, as_csv

_COOKIE = "threadpilot_dashboard"
_STATIC = Path(__file__).parent.parent / "static" / "dashboard"
_FROM_SLACK = "Type `/cockpit dashboard` in Slack: it gives you a link that lets you in."
_LISTED = 50
_FARTHEST = 1000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Names = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
Read = Callable[[web.Request, Places, Actor], Awaitable[Page]]


class Dashboard:
    """Answers the browser of somebody who came from Slack."""

    def __init__(
        self,
        insights: Insights,
        door: Doorkeeper,
        workspace: Callable[[], Awaitable[str]],
        public_url: str,
        names: Names,
        titles: Callable[[], Mapping[str, str]],
    ) -> None:
        """`workspace` gives the address of the Slack workspace, "" when it is not known; we are at `public_url`.

        `names` gives what people are called there, as far as it is known, `titles` those of the articles by name.
        """
        self._names = names
        self._titles = titles
        self._insights = insights
        self._door = door
        self._workspace = workspace
        self._public_url = public_url.rstrip("/")

    def way_in(self, actor: Actor) -> str:
        """Return the link by which somebody enters, once."""
        return f"{self._public_url}{ROOT}/enter?ticket={self._door.ticket(actor)}"

    async def end_all(self, user: str) -> None:
        """End all visits of somebody, and the links that they have. Raises Unavailable."""
        await self._door.end_all(user)

    def routes(self) -> list[web.RouteDef]:
        """Return all routes."""
        return [
            web.get(f"{ROOT}/dashboard.css", self._file("dashboard.css", "text/css")),
            web.get(f"{ROOT}/dashboard.js", self._file("dashboard.js", "text/javascript")),
            web.get(f"{ROOT}/enter", self.door),
            web.post(f"{ROOT}/enter", self.enter),
            web.post(f"{ROOT}/leave", self.leave),
            web.get(ROOT, self._page("", self.overview)),
            web.get(f"{ROOT}/volume", self._page("volume", self.volume)),
            web.get(f"{ROOT}/quality", self._page("quality", self.quality)),
            web.get(f"{ROOT}/knowledge", self._page("knowledge", self.knowledge)),
            web.get(f"{ROOT}/people", self._page("people", self.people)),
            web.get(f"{ROOT}/levels", self._page("levels", self.levels)),
            web.get(f"{ROOT}/cost", self._page("cost", self.cost)),
            web.get(f"{ROOT}/cases", self._page("cases", self.cases)),
            web.get(f"{ROOT}/{{rest:.*}}", self.nowhere),
        ]

    @staticmethod
    def _file(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        headers = {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache"}

        async def served(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
            return web.FileResponse(_STATIC / name, headers=headers)

        return served

    async def nowhere(self, request: web.Request) -> web.StreamResponse:
        """Lead from an address with a slash behind it to the page, and say so where there is none."""
        rest = request.match_info["rest"].rstrip("/")
        if request.path.endswith("/") and rest in (*PAGES, "cases"):
            raise web.HTTPFound(request.rel_url.with_path(f"{ROOT}/{rest}".rstrip("/"), keep_query=True))
        return _html(plain("Not found", tag("p", "There is no such page."), _back()), 404)

    async def door(self, request: web.Request) -> web.Response:
        """Show the way in. Only a press of the button uses the ticket up: programs that look at links do not."""
        ticket = request.query.get("ticket", "")
        try:
            self._door.check(ticket)
        except NotAllowed as error:
            return _refused(str(error))
        form = tag(
            "form",
            tag("input", type="hidden", name="ticket", value=ticket),
            tag("button", "Open the dashboard", type="submit"),
            method="post",
            action=f"{ROOT}/enter",
        )
        return _html(plain("Dashboard", tag("p", "You came from Slack. This lasts for an hour."), form))

    async def enter(self, request: web.Request) -> web.Response:
        """Take the ticket and begin a session."""
        form = await request.post()
        try:
            visit = await self._door.admit(str(form.get("ticket", "")), request.cookies.get(_COOKIE, ""))
        except NotAllowed as error:
            return _refused(str(error))
        except Unavailable:
            return _html(plain("That did not work", tag("p", "Please try again in a moment.")), 503)
        answer = web.Response(status=303, headers={**_HEADERS, "Location": ROOT})
        answer.set_cookie(
            _COOKIE,
            visit.token,
            max_age=int(SESSION.total_seconds()),
            path=ROOT,
            httponly=True,
            samesite="Lax",
            secure=urlsplit(self._public_url).scheme == "https",
        )
        return answer

    async def leave(self, request: web.Request) -> web.Response:
        """End the session, here and wherever else its cookie may be."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return _refused(_FROM_SLACK)
        await request.read()  # Our page sends nothing; what is too large is refused.
        try:
            await self._door.leave(request.cookies.get(_COOKIE, ""))
        except Unavailable:
            return _html(plain("That did not work", tag("p", "Please try again in a moment.")), 503)
        answer = _html(plain("You have left", tag("p", prose(_FROM_SLACK))))
        answer.del_cookie(_COOKIE, path=ROOT)
        return answer

    def _page(self, name: str, read: Read) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def shown(request: web.Request) -> web.Response:
            try:
                actor = await self._door.visitor(request.cookies.get(_COOKIE, ""))
                if actor is None:
                    return _refused(_FROM_SLACK)
                check(actor.role, act_of(request))
                choices = await self._choices(actor)
                usual = Places(
                    self._insights.scope(USUAL, None),
                    await self._insights.zone(),
                    await self._names(choices.people),
                )
                try:
                    places = replace(usual, scope=self._scope(request.query, choices))
                except InvalidInput as error:
                    page = Page("This filter is not possible", [], lead=tag("p", str(error)))
                    return _html(whole(page, name, usual, self._insights.now(), choices), 400)
                return self._answer(request, name, await read(request, places, actor), places, choices)
            except NotAllowed as error:
                return _refused(str(error))
            except InvalidInput as error:
                return _html(plain("Not found", tag("p", str(error)), _back()), 400)
            except Unavailable:
                return _html(plain("That did not work", tag("p", "Please try again in a moment.")), 503)

        return shown

    async def _choices(self, actor: Actor) -> Choices:
        """Return what the figures can be told of to somebody: of single people to managers."""
        choices = await self._insights.choices()
        choices = replace(choices, titles=self._titles())
        return choices if actor.is_manager else replace(choices, people=())

    def _scope(self, query: Mapping[str, str], choices: Choices) -> Scope:
        typed, who = query.get("channel", ""), query.get("agent", "")
        topic = _topic(query.get("topic", "").strip(), choices)
        if typed and typed not in set(Channel):
            raise InvalidInput(f"There is no such channel: use one of {', '.join(Channel)}.")
        if topic and not choices.are_many:
            known("topic", topic, choices.topics)
        if who and who not in choices.people:
            raise InvalidInput("Nobody of that name answered, or managers alone see what single people did.")
        period = query.get("period", USUAL)
        return self._insights.scope(period, Channel(typed) if typed else None, topic, who)

    def _answer(
        self, request: web.Request, name: str, page: Page, places: Places, choices: Choices
    ) -> web.Response:
        wanted = request.query.get("csv")
        if wanted is None:
            of = request.query.get("of", "")
            return _html(whole(page, name, places, self._insights.now(), choices, of))
        section = next((one for one in page.sections if one.key == wanted), None)
        if section is None:
            raise InvalidInput("There is no such table on this page.")
        file = f"threadpilot-{section.key}-{places.scope.period}.csv"
        headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{file}"'}
        return web.Response(
            text=as_csv(section.table), content_type="text/csv", charset="utf-8", headers=headers
        )

    async def overview(self, _: web.Request, places: Places, __: Actor) -> Page:
        return overview(await self._insights.overview(places.scope), places)

    async def volume(self, _: web.Request, places: Places, __: Actor) -> Page:
        return volume(await self._insights.volume(places.scope), self._insights.now(), places)

    async def quality(self, _: web.Request, places: Places, __: Actor) -> Page:
        return quality(*await self._insights.quality(places.scope), places)

    async def knowledge(self, _: web.Request, places: Places, actor: Actor) -> Page:
        return knowledge(await self._insights.knowledge(places.scope), places, named=actor.is_manager)

    async def people(self, _: web.Request, places: Places, actor: Actor) -> Page:
        return people(await self._insights.people(places.scope), places, named=actor.is_manager)

    async def levels(self, _: web.Request, places: Places, actor: Actor) -> Page:
        told, workspace = await self._insights.service_levels(places.scope), await self._workspace()
        return levels(told, self._insights.now(), places, workspace, named=actor.is_manager)

    async def cost(self, _: web.Request, places: Places, __: Actor) -> Page:
        return cost(await self._insights.work(places.scope), places)

    async def cases(self, request: web.Request, places: Places, actor: Actor) -> Page:
        mark = marks.parse(request.query.get("of", ""))
        if mark.kind == "agent" and not actor.is_manager:
            raise InvalidInput("Managers see what single people did.")
        page = _number(request.query.get("page", "1"))
        listed = await self._insights.cases(places.scope, mark, _LISTED + 1, _LISTED * (page - 1))
        more = places.cases(mark, page + 1) if len(listed) > _LISTED else ""
        workspace, named = await self._workspace(), actor.is_manager
        return cases(listed[:_LISTED], mark, more, workspace, places, named=named)


def _topic(typed: str, choices: Choices) -> str:
    """Return the name of the article that was meant by its name or title, in any case; else what was typed."""
    wanted = typed.casefold()
    named = (one for one in choices.topics if one.casefold() == wanted)
    titled = (one for one, title in choices.titles.items() if title.casefold() == wanted)
    return next(named, None) or next(titled, typed)


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and 1 <= len(typed) <= 4 and 1 <= int(typed) <= _FARTHEST):
        raise InvalidInput("There is no such page.")
    return int(typed)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS)


def _refused(why: str) -> web.Response:
    return _html(plain("Please come from Slack", tag("p", prose(why))), 403)


def _back() -> Markup:
    return tag("p", tag("a", "Back to the overview", href=ROOT))
