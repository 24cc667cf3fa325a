"""Several workspaces behind one door: a request goes to the listeners of the workspace from which it comes.

Each workspace has a Bolt app of its own, with its own token, its own people, and the conversations that are looked
after there. What comes from anywhere else is acknowledged, counted, and has no effect.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.core.errors import Unavailable
from bot.core.ports.tally import Counted, Tally
from handlers.slack.bolt import NOT_NOW
from handlers.slack.payloads import Body

log = logging.getLogger(__name__)

_NOT_HERE = "threadpilot does not work in this Slack workspace (any more). Nothing was done."
_UNKNOWN = "workspace unknown"
_ALARM = (
    "Somebody of the Slack workspace {team}, which is none of ours, tried something here. Nothing happened."
)
_PATIENCE = 1.0  # Seconds; Slack waits three for an acknowledgement.
_DEPARTURES = {"app_uninstalled", "tokens_revoked"}


class Takes(Protocol):
    """What takes requests of Slack's, and lets its listeners end."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse: ...

    async def drain(self, patience: float) -> None: ...


@dataclass(frozen=True)
class Place:
    """The listeners of a workspace, and whether the app is installed there at present."""

    app: Takes
    is_installed: Callable[[], Awaitable[bool]]


class Front:
    """Takes what Slack hands over, whichever workspace it is from."""

    def __init__(self, places: Mapping[str, Place], tally: Tally, alarm: Callable[[str, str], None]) -> None:
        """Know workspaces by Slack's ids, the main one first; `alarm` tells that one of strangers."""
        self._places = places
        self._tally = tally
        self._alarm = alarm

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a request to its workspace. One from elsewhere is refused, for Slack must not send it again.

        While the database does not say whether the app is installed, nothing is acknowledged.
        """
        try:
            place, why = await self._place_of(req)
        except Unavailable as error:
            log.warning("slack_not_now", extra={"reason": str(error)})
            return BoltResponse(status=NOT_NOW)
        return await (place.app.async_dispatch(req) if place is not None else self._refuse(req, why))

    async def _refuse(self, req: AsyncBoltRequest, why: str) -> BoltResponse:
        team = req.context.team_id or ""
        self._tally(Counted.REFUSED, why, "nobody")
        log.warning("slack_workspace_refused", extra={"workspace": team, "why": why})
        if why == _UNKNOWN:
            self._alarm(f"{why} {team}", _ALARM.format(team=team))
        if req.body.get("command"):
            return BoltResponse(status=200, body=_NOT_HERE)
        await _tell(req)
        return BoltResponse(status=200, body="")

    async def drain(self, patience: float) -> None:
        """Wait until no listener runs any more, for `patience` seconds at most."""
        await asyncio.gather(*(place.app.drain(patience) for place in self._places.values()))

    async def _place_of(self, req: AsyncBoltRequest) -> tuple[Place | None, str]:
        if _is_of_no_workspace(req.body):
            return next(iter(self._places.values())), ""
        place = self._places.get(req.context.team_id or "")
        if place is None or req.context.is_enterprise_install:
            return None, _UNKNOWN
        if not _is_departure(req.body) and not await place.is_installed():
            return None, "workspace not installed"
        return place, ""


def _is_of_no_workspace(body: Body) -> bool:
    """Tell whether Slack only looks whether we are there."""
    return body.get("type") == "url_verification" or bool(body.get("ssl_check"))


async def _tell(req: AsyncBoltRequest) -> None:
    """Tell whoever pressed a button, where Slack says how: we have no token to speak to them with."""
    respond = req.context.respond
    if respond is None or not req.context.response_url:
        return
    try:
        async with asyncio.timeout(_PATIENCE):
            await respond(_NOT_HERE, response_type="ephemeral", replace_original=False)
    except (aiohttp.ClientError, SlackClientError, TimeoutError) as error:
        log.warning("person_not_told", extra={"error": type(error).__name__})


def _is_departure(body: Body) -> bool:
    return (body.get("event") or {}).get("type") in _DEPARTURES
