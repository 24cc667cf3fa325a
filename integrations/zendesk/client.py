"""What we ask of Zendesk, by zenpy; raises our errors only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.api_objects import User as ZenpyUser

from bot.core.errors import Refused
from integrations.zendesk.files import download
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
from integrations.zendesk.workers import Check, Workers

# More than Zendesk lets one ticket have: what is left out would never be heard, or be written a second time.
_MOST = 10_000


class ZendeskApi:
    """One account of Zendesk's, used as one user of our own."""

    def __init__(self, url: str, tokens: Tokens, *, timeout: float = 10.0) -> None:
        """Use the account at `url`; `timeout` is how many seconds an answer may take."""
        self.url = url.rstrip("/")
        self._tokens = tokens
        self._timeout = timeout
        self._workers = Workers(self.url, tokens, timeout)
        self._ask, self._send = self._workers.ask, self._workers.send
        self._we: User | None = None

    async def aclose(self) -> None:
        """Let go of the threads; what is under way ends within its time limit."""
        self._workers.close()

    def check(self) -> None:
        """Raises Unavailable while Zendesk wants to be left alone."""
        self._workers.pause.check("")

    async def we(self) -> User:
        """Return the user we are. Raises Unavailable."""
        if self._we is None:
            self._we = await self._ask(lambda zenpy: to_user(zenpy.users.me()))
        return self._we

    @property
    def clock_ahead(self) -> float:
        """Return by how many seconds our clock is ahead of Zendesk's, as its last answer was dated."""
        return self._workers.pause.clock_ahead

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

    async def newest(self, ticket_id: str) -> Ticket:
        """Return a ticket, or the one that goes on from it where it is closed. Raises Unavailable, or Gone."""
        ticket = await self.ticket(ticket_id)
        while ticket.is_closed and ticket.followed_by:
            ticket = await self.ticket(ticket.followed_by[-1])
        return ticket

    async def tickets_of(self, external_id: str) -> Sequence[Ticket]:
        """Return the tickets that we made under this id, oldest first. Raises Unavailable."""

        def ask(zenpy: Zenpy) -> Sequence[Ticket]:
            found = (to_ticket(one) for one in zenpy.tickets(external_id=external_id))
            return sorted(
                (one for one in found if one.external_id == external_id), key=lambda one: int(one.id)
            )

        return await self._ask(ask)

    async def comments(self, ticket_id: str) -> Sequence[Comment]:
        """Return what was said on a ticket, oldest first. Raises Unavailable, or Gone."""

        def ask(zenpy: Zenpy) -> Sequence[Comment]:
            return [to_comment(one) for one in _first(zenpy.tickets.comments(ticket_id), _MOST)]

        return await self._ask(ask)

    async def has_entry(self, ticket_id: str, entry: str) -> bool:
        """Tell whether a change of ours went through, by the id that it carried. Raises Unavailable, or Gone."""

        def ask(zenpy: Zenpy) -> bool:
            audits = _first(zenpy.tickets.audits(ticket=ticket_id), _MOST)
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

    async def content(self, url: str, limit: int) -> bytes:
        """Fetch a file of at most `limit` bytes. Raises Unavailable, Refused."""
        return await self._ask(lambda _: download(url, self.url, self._tokens, self._timeout, limit))

    async def create_ticket(
        self,
        change: Change,
        key: str,
        *,
        subject: str,
        requester_id: str,
        external_id: str,
        follows: str = "",
        check: Check | None = None,
    ) -> Ticket:
        """Make a ticket, once per `key` within two hours; it may go on from one that is closed.

        `check` is called right before it leaves, and ends it by raising.

        Raises:
            Unavailable, Refused: there is none.
            OutcomeUnknown: there may be one.
        """
        goes_on = {"via_followup_source_id": int(follows)} if follows else {}
        ticket = ZenpyTicket(
            subject=subject,
            requester_id=int(requester_id),
            external_id=external_id,
            **goes_on,
            **fields_of(change),
        )
        return await self._send(lambda zenpy: to_ticket(zenpy.tickets.create(ticket)), key=key, check=check)

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


def _raw(zenpy: Zenpy, path: str, wanted: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """Ask for something that zenpy has no words for, the way it asks."""
    users = zenpy.users
    return as_json(users.session.get(f"https://{users.base_url}/api/v2/{path}.json", params=wanted).json())


def _first(found: Iterable[Any], limit: int) -> list[Any]:
    return [one for one, _ in zip(found, range(limit), strict=False)]
