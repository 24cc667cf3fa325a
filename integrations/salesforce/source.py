"""Salesforce as a source of what is known about a customer."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.context import CustomerRecord, Keys, Urgency
from bot.core.errors import Unavailable
from bot.core.ports.engine import Clock
from integrations.salesforce.budget import Budget
from integrations.salesforce.card import NAME, record_of, requests_for, search_for
from integrations.salesforce.client import SalesforceApi
from integrations.salesforce.escape import ends_alike, is_id
from integrations.salesforce.fields import Fields


class SalesforceSource:
    """`bot.core.ports.customers.CustomerSource`: one request per look-up.

    A number that stands in Salesforce in a format of its own costs a search and a second request.
    """

    name = NAME

    def __init__(self, api: SalesforceApi, fields: Fields, budget: Budget, clock: Clock) -> None:
        self._api = api
        self._fields = fields
        self._budget = budget
        self._clock = clock

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:
        if not self._budget.allows(urgency):
            raise Unavailable(self._budget.trouble())
        found = await self._ask(keys)
        if found.matches or not keys.phones:
            return found
        others = await self._by_phone(keys)
        if len(others) == 1:
            return await self._ask(replace(keys, ids=((NAME, others[0]),)))
        return replace(found, matches=len(others))

    async def _ask(self, keys: Keys) -> CustomerRecord:
        readable = await self._fields.readable()
        requests = requests_for(keys, readable)
        if not requests:
            return CustomerRecord(NAME, self._clock(), matches=0)
        answers = await self._api.composite(requests)
        contact = answers.get("contact")
        if contact is None or contact.status != 200:
            code = contact.code if contact is not None else ""
            raise Unavailable(f"Salesforce does not look up contacts: {code or 'no answer'}")
        return record_of(answers, keys, readable, self._clock(), self._api.page_of("").rstrip("/"))

    async def _by_phone(self, keys: Keys) -> Sequence[str]:
        """Return the ids of contacts whose number is one of these, however it is written."""
        search = search_for(keys)
        rows = await self._api.search(search) if search else ()
        return [
            str(row["Id"])
            for row in rows
            if is_id(str(row.get("Id")))
            and any(
                ends_alike(number, str(row.get(name) or ""))
                for number in keys.phones
                for name in ("Phone", "MobilePhone")
            )
        ]
