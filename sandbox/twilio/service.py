"""The stand-in for Twilio as one part of the sandbox."""

from collections.abc import Callable

from aiohttp import web

from sandbox.journal import Journal
from sandbox.twilio import ACCOUNT, NUMBER, TOKEN
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.control import PhoneControl
from sandbox.twilio.customers import Customers
from sandbox.twilio.media import MediaStore
from sandbox.twilio.rest import Rest
from sandbox.twilio.state import State
from sandbox.weather import Sky


class TwilioService:
    def __init__(self, journal: Journal, sky: Sky, changed: Callable[[], None], app: str) -> None:
        """Keep everything in `journal`, and call the app at the address `app`."""
        self._app = app
        self._callbacks = Callbacks(sky)
        self.state = State(journal, changed)
        media = MediaStore(self.state)
        self.customers = Customers(self.state, sky, self._callbacks, media, app)
        self._parts = (
            Rest(self.state, sky, self._callbacks, self.customers, media),
            PhoneControl(self.state, self.customers),
            media,
        )

    def routes(self) -> list[web.RouteDef]:
        return [route for part in self._parts for route in part.routes()]

    def environment(self, sandbox: str) -> dict[str, str]:
        """Return what the app needs to take this for Twilio."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_NUMBER": NUMBER,
            "TWILIO_API_URL": f"{sandbox}/twilio",
            "THREADPILOT_PUBLIC_URL": self._app,
        }

    async def close(self) -> None:
        await self._callbacks.close()
