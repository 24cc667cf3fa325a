"""Recordings of callers, for people who were given a link in Slack.

Twilio wants our account's login for the sound, which no browser has. So the link leads here, is signed by us and
ends after 30 days; the sound is passed through and kept nowhere.
"""

import logging
import re
from datetime import timedelta

from aiohttp import web

from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock
from handlers.web.signed import SignedLinks
from integrations.twilio.client import TwilioApi

log = logging.getLogger(__name__)

_FOR = timedelta(days=30)
_SID = re.compile(r"RE[0-9a-fA-F]{32}", re.ASCII)
_PASSED = ("Content-Length", "Content-Range", "Accept-Ranges")
_CHUNK = 64 * 1024


class RecordingLinks:
    """Makes links to recordings and serves what they lead to."""

    def __init__(self, api: TwilioApi, public_url: str, secret: str, clock: Clock) -> None:
        self._api = api
        self._public_url = public_url
        self._links = SignedLinks("recordings", secret, clock, _FOR)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/twilio/recordings/{sid}", self.listen)]

    def link(self, sid: str) -> str:
        """Return where to listen to a recording, for 30 days."""
        return f"{self._public_url}/twilio/recordings/{sid}?{self._links.query(sid)}"

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Pass the sound through: 403 without our signature, 410 when the link has ended."""
        sid = request.match_info["sid"]
        if not _SID.fullmatch(sid):
            return _refused(403, "This is no link of ours.")
        if self._links.is_over(sid, request.query):
            return _refused(410, "This link has ended. The recording may still be in Twilio's console.")
        try:
            return await self._pass_on(request, sid)
        except Unavailable as error:
            return _refused(502, str(error))

    async def _pass_on(self, request: web.Request, sid: str) -> web.StreamResponse:
        async with self._api.recording(sid, request.headers.get("Range", "")) as sound:
            if sound.status not in {200, 206}:
                return _refused(404, "Twilio has no such recording any more.")
            kept = {name: sound.headers[name] for name in _PASSED if name in sound.headers}
            headers = {**kept, "Content-Type": "audio/mpeg", "Cache-Control": "private, no-store"}
            response = web.StreamResponse(status=sound.status, headers=headers)
            response.headers["X-Content-Type-Options"] = "nosniff"
            await response.prepare(request)
            async for chunk in sound.content.iter_chunked(_CHUNK):
                await response.write(chunk)
            return response


def _refused(status: int, why: str) -> web.Response:
    log.warning("recording_refused", extra={"status": status, "why": why})
    return web.Response(status=status, text=why)
