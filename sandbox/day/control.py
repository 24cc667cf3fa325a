"""The day's part of the control API: begin it, look at it, and add what only the outside knows."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from aiohttp import web

from sandbox.day.plan import MOST
from sandbox.day.play import Day, DayOptions
from sandbox.wire import BadRequestError, Json, Record, read_object

log = logging.getLogger(__name__)

_MOST_SPEED = 100_000
_TICK = 0.5


class DayControl:
    """`new_day` makes a day; `changed` tells the page that there is something to see."""

    def __init__(self, new_day: Callable[[DayOptions], Day], changed: Callable[[], None]) -> None:
        self._new_day, self._changed = new_day, changed
        self._day: Day | None = None
        self._playing: asyncio.Task[None] | None = None
        self._error = ""
        self._log_errors: list[str] | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/day", self._show),
            web.post("/control/day", self._begin),
            web.post("/control/day/stop", self._stop),
            web.post("/control/day/log", self._take_errors),
        ]

    async def close(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def _begin(self, request: web.Request) -> web.Response:
        """Begin a day: `{speed?, tickets?, seed?, drift?, closing?}`."""
        options = _options(await read_object(request))
        if self._playing is not None and not self._playing.done():
            return _refused("A day is being played already.")
        self._day, self._error, self._log_errors = self._new_day(options), "", None
        self._playing = asyncio.create_task(self._play(self._day))
        return web.json_response(self._state())

    async def _stop(self, request: web.Request) -> web.Response:
        await self.close()
        return await self._show(request)

    async def _take_errors(self, request: web.Request) -> web.Response:
        """Take what stands in the logs: `{errors: [line, …]}`, from whoever reads them."""
        errors = (await read_object(request)).get("errors")
        if not isinstance(errors, list) or not all(isinstance(one, str) for one in errors):
            raise BadRequestError("The field 'errors' must be a list of lines.")
        self._log_errors = errors
        self._changed()
        return await self._show(request)

    async def _play(self, day: Day) -> None:
        ticking = asyncio.create_task(self._tick())
        try:
            await day.play()
        except Exception:
            log.exception("day_failed")
            self._error = "The day broke off; the reason stands in the sandbox's log."
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking
            self._changed()

    async def _tick(self) -> None:
        while True:
            self._changed()
            await asyncio.sleep(_TICK)

    def _state(self) -> Record:
        day, playing = self._day, self._playing is not None and not self._playing.done()
        return {
            "ok": True,
            "playing": playing,
            "error": self._error,
            "progress": day.progress() if day else None,
            "report": day.report if day else None,
            "log_errors": self._log_errors,
        }


def _options(body: Record) -> DayOptions:
    given = DayOptions()
    return DayOptions(
        float(_number(body, "speed", given.speed, 1, _MOST_SPEED)),
        int(_number(body, "tickets", given.tickets, 1, MOST)),
        int(_number(body, "seed", given.seed, 0, 2**31)),
        float(_number(body, "drift", given.drift, 0, 1)),
        float(_number(body, "closing", given.closing, 0, 600)),
    )


def _number(body: Record, name: str, default: float, least: float, most: float) -> float:
    value: Json = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise BadRequestError(f"The field {name!r} must be a number from {least:g} to {most:g}.")
    return value


def _refused(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=409)
