"""The stand-in for Zendesk as one part of the sandbox."""

from collections.abc import Callable, Iterable

from aiohttp import web

from sandbox.journal import Journal
from sandbox.weather import Sky
from sandbox.wire import Record
from sandbox.zendesk import CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET
from sandbox.zendesk.account import Account
from sandbox.zendesk.control import ZendeskControl
from sandbox.zendesk.desk import Desk
from sandbox.zendesk.files import Files
from sandbox.zendesk.oauth import Tokens
from sandbox.zendesk.people import People
from sandbox.zendesk.rest import Api, Tickets
from sandbox.zendesk.state import State
from sandbox.zendesk.webhooks import Webhooks


class ZendeskService:
    def __init__(
        self,
        journal: Journal,
        sky: Sky,
        changed: Callable[[], None],
        url: Callable[[], str],
        app: str,
        customers: Iterable[Record],
    ) -> None:
        """Keep everything in `journal`, and call the app at the address `app`; `url` is where the sandbox is."""
        self.state = State(journal, changed, customers)
        self.tokens = Tokens()
        uploads: dict[str, Record] = {}
        self.hooks = Webhooks(self.state, sky, f"{app}/zendesk/webhook")
        self.desk = Desk(self.state, uploads, self.hooks.tell)
        self.api = Api(sky, self.tokens)
        self.files = Files(self.api, self.tokens, uploads, url)
        tickets = Tickets(self.api, self.state, self.desk, url)
        people = People(self.api, self.state, url)
        control = ZendeskControl(
            self.state, self.desk, self.api, tickets, people, self.files, self.hooks, self.tokens
        )
        account = Account(self.api, self.tokens, self.hooks)
        self._parts = (self.tokens, account, tickets, people, self.files, control)

    def routes(self) -> list[web.RouteDef]:
        return [route for part in self._parts for route in part.routes()]

    def environment(self, sandbox: str) -> dict[str, str]:
        """Return what the app needs to take this for Zendesk."""
        return {
            "ZENDESK_URL": f"{sandbox}/zendesk",
            "ZENDESK_CLIENT_ID": CLIENT_ID,
            "ZENDESK_CLIENT_SECRET": CLIENT_SECRET,
            "ZENDESK_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "ZENDESK_WRITE_BACK": "yes",
        }

    async def close(self) -> None:
        await self.hooks.close()
