"""Identify: who is asking, from everybody who knows customers, without making the customer wait for it.

What comes too late for an answer still comes to the card.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.core.context import Fact, Keys, Look, Outcome, Urgency
from bot.core.errors import Rejected
from bot.core.model import Case, Channel, Customer
from bot.core.ports.engine import Clock
from bot.core.ports.storage import Database
from bot.services.context import FRESH, Asking, Context, Gathered, Told
from bot.services.transitions import move


class Identify:
    """Looks customers up, and keeps what is known of them up to date."""

    def __init__(self, database: Database, context: Context, clock: Clock) -> None:
        self._database = database
        self._context = context
        self._clock = clock

    async def who(self, case: Case) -> Customer:
        """Return the customer of a case with what is known by now; a source that is down or slow delays nobody."""
        keys, now = keys_of(case), self._clock()
        if not self._is_due(case, now):
            return case.customer
        gathered = await self._context.gather(keys)
        if gathered.late:
            self._context.later(self._bring_after(case.conversation.id, gathered.late))
        return with_told(case.customer, gathered, now)

    async def refresh(self, conversation_id: str) -> Case:
        """Ask all sources anew, whatever is kept, and have the card show it.

        Raises:
            Rejected: there is nobody to ask, or nothing to ask for.
        """
        case = await self._case(conversation_id)
        if case is None or not self._context.sources:
            raise Rejected("No system that knows customers is connected: set SALESFORCE_URL or ZENDESK_URL.")
        if not keys_of(case):
            raise Rejected(
                "There is no address to look this customer up by: they have not said who they are."
            )
        return await self._renew(case, Urgency.CLICKED)

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
        gathered = await self._context.gather(keys_of(case), urgency)
        async with self._database.transaction() as tx:
            fresh = await tx.conversations.case(case.conversation.id)
            if fresh is None:
                return case
            customer = with_told(fresh.customer, gathered, self._clock())
            await tx.customers.update(customer)
            moved = await move(tx, fresh.conversation, fresh.conversation.status, self._clock())
        return replace(fresh, customer=customer, conversation=moved)

    async def _case(self, conversation_id: str) -> Case | None:
        async with self._database.snapshot() as tx:
            return await tx.conversations.case(conversation_id)


def keys_of(case: Case) -> Keys:
    """Return what a customer is looked up by.

    An address that somebody merely typed into a chat is none: looking it up would tell them whose it is.
    """
    customer, channel = case.customer, case.conversation.channel
    emails = {case.conversation.address} if channel in (Channel.EMAIL, Channel.ZENDESK) else set()
    if customer.verified and customer.email:
        emails.add(customer.email)
    spoken = channel in (Channel.SMS, Channel.PHONE)
    phones = (case.conversation.address.removeprefix("whatsapp:"),) if spoken else ()
    known = tuple((look.source, look.ids[0]) for look in customer.looks if look.ids)
    lower = sorted({email.strip().lower() for email in emails if "@" in email})
    return Keys(tuple(lower), tuple(p for p in phones if any(c.isdigit() for c in p)), known)


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
