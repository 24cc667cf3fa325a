"""Answers to tickets that began in Zendesk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.core.errors import Unavailable
from bot.core.ports.channels import Deadline, Left, Outgoing, Reconciled, Send
from bot.core.ports.engine import Clock
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.things import OURS, Change, Ticket

# A request that was cut short may still be on its way into Zendesk; only after this an absence is a fact.
_SETTLED = timedelta(seconds=60)


class ZendeskChannel:
    """Public comments: `bot.core.ports.OutboundChannel` over Zendesk's tickets.

    Key: the delivery's id, in the metadata of the change, which the ticket's audits keep. A lost outcome: the audits
    are looked through for it; after 60 seconds its absence says that nothing went out. Shown when nobody knows (the
    ticket cannot be read for a day): *It went out* and *Send again*.
    """

    def __init__(self, api: ZendeskApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    @asynccontextmanager
    async def ready(self, outgoing: Outgoing) -> AsyncIterator[Send]:
        ticket = await self._api.newest(_ticket_of(outgoing))
        change = Change(comment=outgoing.delivery.text, public=True, entry=outgoing.delivery.id)

        async def send(deadline: Deadline) -> Left:
            if ticket.is_closed:
                await self._go_on_from(ticket, change, outgoing, deadline)
            else:
                await self._api.change_ticket(ticket.id, change, deadline.check)
            return Left(self.external_id(outgoing))

        yield send

    async def _go_on_from(
        self, ticket: Ticket, change: Change, outgoing: Outgoing, deadline: Deadline
    ) -> None:
        """Answer in a ticket that follows one that is closed; its webhook brings it into the conversation."""
        await self._api.create_ticket(
            change,
            outgoing.delivery.id,
            subject=ticket.subject,
            requester_id=ticket.requester_id,
            external_id=f"{OURS}{outgoing.conversation.id}",
            follows=ticket.id,
            check=deadline.check,
        )

    async def reconcile(self, outgoing: Outgoing) -> Reconciled:
        asked = _ticket_of(outgoing)
        newest = await self._api.newest(asked)
        for ticket in dict.fromkeys((asked, newest.id)):
            if await self._api.has_entry(ticket, outgoing.delivery.id):
                return Reconciled.SENT
        left = (outgoing.delivery.updated_at + _SETTLED - self._clock()).total_seconds()
        if left > 0:
            raise Unavailable("The answer may still be on its way into Zendesk", retry_after=left)
        return Reconciled.NOT_SENT

    def external_id(self, outgoing: Outgoing) -> str:
        return f"{_ticket_of(outgoing)}/{outgoing.delivery.id}"


def _ticket_of(outgoing: Outgoing) -> str:
    """Return the ticket that a conversation is now: its messages are called `ticket/comment`."""
    newest_first = (one.partition("/") for one in reversed(outgoing.thread))
    return next((ticket for ticket, slash, _ in newest_first if slash), "")
