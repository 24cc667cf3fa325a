"""`/healthz` says the process lives, `/readyz` whether it can serve and what is down."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

# (name, state): state is "ok", "off", or words that say what is wrong.
Checks = Callable[[], Awaitable[Sequence[tuple[str, str]]]]

# Without these nothing can be served. Whatever else is down, customers are taken in and most are answered.
ESSENTIAL = frozenset({"database"})


class Health:
    """Answers the two questions an operator's probe asks."""

    def __init__(self, checks: Checks, version: str, build: str) -> None:
        """Tell of what `checks` say; `version` and `build` tell what is running."""
        self._checks = checks
        self._running = {"version": version, "build": build}

    def routes(self) -> list[web.RouteDef]:
        """Return the two routes."""
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    async def alive(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer 200 while the event loop runs, and what is running."""
        return web.json_response({"ok": True} | self._running)

    async def ready(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Answer 200 while customers can be served, else 503; the body names each part, and all that are down."""
        parts = dict(await self._checks())
        down = sorted(name for name, state in parts.items() if state not in {"ok", "off"})
        ready = ESSENTIAL.isdisjoint(down)
        body = {"ready": ready, "down": down, "parts": parts}
        return web.json_response(body, status=200 if ready else 503)
