"""What we ask of Zendesk, by zenpy, in threads of its own; raises our errors only.

zenpy blocks, keeps what it once read, and is not made for several threads at once. So each of our threads has a
client of its own without that memory, and the session beneath (`session.py`) does what zenpy does not.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.api_objects import User as ZenpyUser
from zenpy.lib.exception import ZenpyException

from bot.core.errors import OutcomeUnknown, Refused, ThreadpilotError, Unreachable
from integrations.zendesk.session import Pause, TokenRefused, ZendeskSession
from integrations.zendesk.things import (
    Change,
    Comment,
    Known,
    Page,
    Ticket,
    User,
    as_json,
    comment_in,
    entry_of,
    fields_of,
    to_comment,
    to_ticket,
    to_user,
)
from integrations.zendesk.tokens import Tokens

T = TypeVar("T")

Check = Callable[[], None]

_THREADS = 8
_MOST_COMMENTS = 500
_ALL_IN_ALL = 4  # A token, a request, and both again, each with its own limit.
_NOT_ACCEPTED = "Zendesk does not accept our token (401): look at ZENDESK_CLIENT_ID, or ZENDESK_OAUTH_TOKEN"


class ZendeskApi:
    """One account of Zendesk's, used as one user of our own."""

    def __init__(self, url: str, tokens: Tokens, *, timeout: float = 10.0) -> None:
        """Use the account at `url`; `timeout` is how many seconds an answer may take."""
        self.url = url.rstrip("/")
        self._tokens = tokens
        self._timeout = timeout
        self._pause = Pause()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="zendesk")
        self._own = threading.local()
        self._sessions: list[ZendeskSession] = []
        self._we: User | None = None

    async def aclose(self) -> None:
        """Let go of the threads; what is under way ends within its time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for session in self._sessions:
            session.close()

    def check(self) -> None:
        """Raises Unavailable while Zendesk wants to be left alone."""
        self._pause.check("")

    async def we(self) -> User:
        """Return the user we are. Raises Unavailable."""
        if self._we is None:
            self._we = await self._ask(lambda zenpy: to_user(zenpy.users.me()))
        return self._we

    @property
    def clock_ahead(self) -> float:
        """Return by how many seconds our clock is ahead of Zendesk's, as its last answer was dated."""
        return self._pause.clock_ahead

    async def scopes(self) -> Sequence[str] | None:
        """Return what our token may do; None where that is not told. Raises Unavailable."""
        try:
            token = (await self._ask(lambda zenpy: _raw(zenpy, "oauth/tokens/current")))["token"]
        except Refused:
            return None
        return tuple(map(str, token.get("scopes") or ()))

    async def webhook_secret(self, path: str) -> str | None:
        """Return the signing secret of the webhook that calls a path of ours; None when there is none.

        Raises:
            Refused: we may not look at webhooks.
        """

        def ask(zenpy: Zenpy) -> str | None:
            hooks = _raw(zenpy, "webhooks")["webhooks"]
            ours = [one for one in hooks if str(one["endpoint"]).endswith(path) and one["status"] == "active"]
            if not ours:
                return None
            return str(_raw(zenpy, f"webhooks/{ours[0]['id']}/signing_secret")["signing_secret"]["secret"])

        return await self._ask(ask)

    async def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket. Raises Unavailable, or Gone."""
        return await self._ask(lambda zenpy: to_ticket(zenpy.tickets(id=ticket_id)))

    async def ticket_of(self, external_id: str) -> Ticket | None:
        """Return the ticket that we made under this id, if there is one. Raises Unavailable."""

        def ask(zenpy: Zenpy) -> Ticket | None:
            found = (to_ticket(one) for one in zenpy.tickets(external_id=external_id))
            return next((one for one in found if one.external_id == external_id), None)

        return await self._ask(ask)

    async def comments(self, ticket_id: str) -> Sequence[Comment]:
        """Return what was said on a ticket, oldest first. Raises Unavailable, or Gone."""

        def ask(zenpy: Zenpy) -> Sequence[Comment]:
            return [to_comment(one) for one in _first(zenpy.tickets.comments(ticket_id), _MOST_COMMENTS)]

        return await self._ask(ask)

    async def has_entry(self, ticket_id: str, entry: str) -> bool:
        """Tell whether a change of ours went through, by the id that it carried. Raises Unavailable, or Gone."""

        def ask(zenpy: Zenpy) -> bool:
            audits = _first(zenpy.tickets.audits(ticket=ticket_id), _MOST_COMMENTS)
            return any(entry_of(as_json(one)) == entry for one in audits)

        return await self._ask(ask)

    async def user(self, user_id: str) -> User:
        """Return a user. Raises Unavailable, or Gone."""
        return await self._ask(lambda zenpy: to_user(zenpy.users(id=int(user_id))))

    async def users(self, query: str) -> Sequence[User]:
        """Return users who fit, for example `email:ada@customer.example`. Raises Unavailable."""
        return await self._ask(lambda zenpy: [to_user(one) for one in _first(zenpy.users.search(query), 10)])

    async def known_users(self, query: str) -> Sequence[Known]:
        """Return users who fit, with their organization and open tickets, in one request. Raises Unavailable."""

        def ask(zenpy: Zenpy) -> Sequence[Known]:
            wanted = {"query": query, "include": "organizations,open_ticket_count"}
            said = _raw(zenpy, "users/search", wanted)
            counts = said.get("open_ticket_count") or {}
            names = {one["id"]: str(one["name"]) for one in said.get("organizations") or ()}
            return [
                Known(to_user(one), names.get(one.get("organization_id"), ""), counts.get(str(one["id"])))
                for one in said["users"]
            ]

        return await self._ask(ask)

    async def put_user(self, **values: Any) -> User:
        """Find or make a user, by e-mail address or external id. Raises Unavailable, Refused."""
        return await self._send(lambda zenpy: to_user(zenpy.users.create_or_update(ZenpyUser(**values))))

    async def upload(self, name: str, kind: str, content: bytes) -> str:
        """Upload a file and return the token with which a comment takes it. Raises Unavailable, Refused."""

        def send(zenpy: Zenpy) -> str:
            return str(zenpy.attachments.upload(content, target_name=name, content_type=kind).token)

        return await self._send(send)

    async def create_ticket(
        self, change: Change, key: str, *, subject: str, requester_id: str, external_id: str
    ) -> Ticket:
        """Make a ticket, once per `key` within two hours.

        Raises:
            Unavailable, Refused: there is none.
            OutcomeUnknown: there may be one.
        """
        ticket = ZenpyTicket(
            subject=subject, requester_id=int(requester_id), external_id=external_id, **fields_of(change)
        )
        return await self._send(lambda zenpy: to_ticket(zenpy.tickets.create(ticket)), key=key)

    async def change_ticket(self, ticket_id: str, change: Change, check: Check | None = None) -> str:
        """Change a ticket and return the id of the comment, if there is one; raises as above.

        `check` is called right before it leaves, and ends it by raising.
        """
        ticket = ZenpyTicket(id=int(ticket_id), **fields_of(change))
        return await self._send(lambda zenpy: comment_in(zenpy.tickets.update(ticket)), check=check)

    async def add_tags(self, ticket_id: str, *tags: str) -> None:
        """Add tags to a ticket and leave its others alone. Raises Unavailable, Refused, OutcomeUnknown."""
        await self._send(lambda zenpy: zenpy.tickets.add_tags(ticket_id, list(tags)))

    async def changed_tickets(self, cursor: str, since: datetime) -> Page:
        """Return a page of tickets that changed; without a cursor, those since a moment. Raises Unavailable."""
        where: dict[str, Any] = {"cursor": cursor} if cursor else {"start_time": int(since.timestamp())}

        def ask(zenpy: Zenpy) -> Page:
            said = zenpy.tickets.incremental(
                **where
            )._response_json  # Its pages can only be walked, not kept.
            tickets = tuple(to_ticket(one) for one in said["tickets"])
            return Page(tickets, str(said.get("after_cursor") or cursor), bool(said.get("end_of_stream")))

        return await self._ask(ask)

    async def articles(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        """Return the Help Center's articles that changed since a moment, as they are. Raises Unavailable."""

        def ask(zenpy: Zenpy) -> Sequence[Mapping[str, Any]]:
            changed = zenpy.help_center.articles.incremental(start_time=int(since.timestamp()))
            return [as_json(one) for one in changed]

        return await self._ask(ask)

    async def _ask(self, work: Callable[[Zenpy], T]) -> T:
        return await self._in_thread(work, "", None, sends=False)

    async def _send(self, work: Callable[[Zenpy], T], *, key: str = "", check: Check | None = None) -> T:
        return await self._in_thread(work, key, check, sends=True)

    async def _in_thread(
        self, work: Callable[[Zenpy], T], key: str, check: Check | None, *, sends: bool
    ) -> T:
        run = partial(self._run, work, key, check, sends=sends)
        try:
            async with asyncio.timeout(_ALL_IN_ALL * self._timeout):
                return await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except TimeoutError as error:
            said = "Zendesk did not answer in time"
            raise (OutcomeUnknown(said) if sends else Unreachable(said)) from error

    def _run(self, work: Callable[[Zenpy], T], key: str, check: Check | None, *, sends: bool) -> T:
        """Do it in this thread; with another token once, when ours is refused."""
        zenpy, session = self._client()
        try:
            with session.calling(key, check):
                try:
                    return work(zenpy)
                except TokenRefused as refused:
                    if not self._tokens.renew(refused.token):
                        raise
                    return work(zenpy)
        except ThreadpilotError:
            raise
        except TokenRefused as error:
            raise Unreachable(_NOT_ACCEPTED) from error
        except (ZenpyException, requests.RequestException, *_NOT_AS_EXPECTED) as error:
            # The request went through; only its answer is nothing that we know.
            said = f"Zendesk's answer is not what it should be ({type(error).__name__})"
            raise (OutcomeUnknown(said) if sends else Unreachable(said)) from error

    def _client(self) -> tuple[Zenpy, ZendeskSession]:
        own: tuple[Zenpy, ZendeskSession] | None = getattr(self._own, "client", None)
        if own is None:
            session = ZendeskSession(self.url, self._tokens, self._pause, timeout=self._timeout)
            self._sessions.append(session)
            subdomain, _, domain = urlsplit(self.url).netloc.partition(".")
            zenpy = Zenpy(
                subdomain=subdomain,
                domain=domain,
                session=session,
                timeout=self._timeout,
                disable_cache=True,
            )
            own = self._own.client = (zenpy, session)
        return own


_NOT_AS_EXPECTED = (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration)


def _raw(zenpy: Zenpy, path: str, wanted: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """Ask for something that zenpy has no words for, the way it asks."""
    users = zenpy.users
    return as_json(users.session.get(f"https://{users.base_url}/api/v2/{path}.json", params=wanted).json())


def _first(found: Iterable[Any], limit: int) -> list[Any]:
    return [one for one, _ in zip(found, range(limit), strict=False)]
