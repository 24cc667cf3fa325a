"""Identify: who is asking, from everybody who knows customers, without making the customer wait for it.

What comes too late for an answer still comes to the card.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.context import Fact, Keys, Look, Outcome, Urgency
from bot.core.errors import Rejected
from bot.core.identity import KnownCustomer
from bot.core.model import Case, Channel, Customer
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.context import FRESH, Asking, Context, Gathered, Told
from bot.services.identities import join_known
from bot.services.transitions import move

_PATIENCE = 1.5  # An agent looks at a window meanwhile, which Slack closes after 3 s.
_TALKS = 15


class Identify:
    """Looks customers up, and keeps what is known of them up to date."""

    def __init__(self, database: Database, context: Context, clock: Clock) -> None:
        self._database = database
        self._context = context
        self._clock = clock

    async def who(self, case: Case) -> Customer:
        """Return the customer of a case with what is known by now; a source that is down or slow delays nobody."""
        now = self._clock()
        if not self._context.sources or not self._is_due(case, now):
            return case.customer
        gathered = await self._context.gather(await self._keys(case))
        if gathered.late:
            self._context.later(self._bring_after(case.conversation.id, gathered.late))
        customer = with_told(case.customer, gathered, now)
        if learnt := _ids(customer) - _ids(case.customer):
            self._context.later(join_known(self._database, customer.id, learnt, self._clock))
        return customer

    async def refresh(self, conversation_id: str) -> Case:
        """Ask all sources anew, whatever is kept, and have the card show it.

        Raises:
            Rejected: there is nobody to ask, or nothing to ask for.
        """
        case = await self._case(conversation_id)
        if case is None or not self._context.sources:
            raise Rejected("No system that knows customers is connected: set SALESFORCE_URL or ZENDESK_URL.")
        if not await self._keys(case):
            raise Rejected(
                "There is no address to look this customer up by: they have not said who they are."
            )
        return await self._renew(case, Urgency.CLICKED)

    async def everything(self, conversation_id: str) -> KnownCustomer:
        """Return all that is known of a customer; a source that does not answer is left out, and the card says so.

        Raises:
            Rejected: there is no such conversation.
        """
        async with self._database.snapshot() as tx:
            case = await tx.conversations.case(conversation_id)
            if case is None:
                raise Rejected("This conversation does not exist any more.")
            reached_at = await tx.customers.same_person(case.customer.id)
            talks = await tx.conversations.of_person(case.customer.id, _TALKS)
        gathered = await self._context.gather(keys_of(case, reached_at), patience=_PATIENCE)
        records = (told.record for told in gathered.told)
        found = tuple(one for one in records if one is not None and one.outcome is Outcome.FOUND)
        return KnownCustomer(case, tuple(reached_at), tuple(talks), found)

    async def _keys(self, case: Case) -> Keys:
        async with self._database.snapshot() as tx:
            return keys_of(case, await tx.customers.same_person(case.customer.id))

    def _is_due(self, case: Case, now: datetime) -> bool:
        if not case.conversation.identified:
            return True
        return any(now - look.at > FRESH or look.outcome is Outcome.MISSING for look in case.customer.looks)

    async def _bring_after(self, conversation_id: str, late: Collection[Asking]) -> None:
        await asyncio.wait(late)
        case = await self._case(conversation_id)
        if case is not None and any(not asking.cancelled() and not asking.exception() for asking in late):
            await self._renew(case, Urgency.ANSWER)

    async def _renew(self, case: Case, urgency: Urgency) -> Case:
        gathered = await self._context.gather(await self._keys(case), urgency)
        async with self._database.transaction() as tx:
            fresh = await tx.conversations.case(case.conversation.id)
            if fresh is None:
                return case
            customer = with_told(fresh.customer, gathered, self._clock())
            await tx.customers.update(customer)
            moved = await move(tx, fresh.conversation, fresh.conversation.status, self._clock())
        if learnt := _ids(customer) - _ids(fresh.customer):
            await join_known(self._database, customer.id, learnt, self._clock)
        return replace(fresh, customer=customer, conversation=moved)

    async def _case(self, conversation_id: str) -> Case | None:
        async with self._database.snapshot() as tx:
            return await tx.conversations.case(conversation_id)


def keys_of(case: Case, reached_at: Sequence[Customer] = ()) -> Keys:
    """Return what a customer is looked up by: their addresses on all channels (`reached_at`).

    An address that somebody merely typed into a chat is none: looking it up would tell them whose it is.
    """
    emails: set[str] = set()
    phones: set[str] = set()
    for customer in (case.customer, *reached_at):
        if customer.channel in (Channel.SMS, Channel.PHONE):
            phones.add(customer.address.removeprefix("whatsapp:"))
        elif customer.channel is not Channel.CHAT:
            emails.add(customer.address)
        if customer.verified:
            emails.add(customer.email)
    known = tuple((look.source, look.ids[0]) for look in case.customer.looks if look.ids)
    mails = {email.strip().lower() for email in emails if "@" in email}
    return Keys(tuple(sorted(mails)), tuple(sorted(p for p in phones if any(map(str.isdigit, p)))), known)


def _ids(customer: Customer) -> frozenset[tuple[str, str]]:
    return frozenset(
        (look.source, look.ids[0]) for look in customer.looks if look.ids and look.outcome is Outcome.FOUND
    )


def with_told(customer: Customer, gathered: Gathered, now: datetime) -> Customer:
    """Return the customer with what the sources say; what one does not say today stays as it said it last."""
    if not gathered.told:
        return customer
    found = [told.record for told in gathered.told if told.record and told.record.outcome is Outcome.FOUND]
    looks = tuple(_look(told, customer, now) for told in gathered.told)
    return replace(
        customer,
        name=next((record.name for record in found if record.name), customer.name),
        company=next((record.company for record in found if record.company), customer.company),
        facts=tuple(fact for told in gathered.told for fact in _facts(told, customer)),
        known=any(look.outcome is Outcome.FOUND or look.ids for look in looks),
        looks=looks,
    )


def _facts(told: Told, customer: Customer) -> tuple[Fact, ...]:
    if told.record is not None:
        return told.record.facts
    return tuple(fact for fact in customer.facts if fact.source == told.source)


def _look(told: Told, customer: Customer, now: datetime) -> Look:
    record = told.record
    if record is not None:
        several = f"{record.matches} customers match" if record.outcome is Outcome.SEVERAL else ""
        why = told.why or several
        return Look(told.source, record.outcome, record.fetched_at, why, record.link, record.ids)
    before = next((look for look in customer.looks if look.source == told.source), None)
    missing = Look(told.source, Outcome.MISSING, now, told.why)
    return missing if before is None else replace(missing, link=before.link, ids=before.ids)
