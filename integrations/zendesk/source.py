"""Zendesk as a source of what is known about a customer."""

import re
from collections.abc import Iterator, Mapping

from bot.core.context import CustomerRecord, Fact, Keys, Urgency
from bot.core.ports.engine import Clock
from integrations.zendesk.client import ZendeskApi
from integrations.zendesk.things import Known

NAME = "Zendesk"
_ADDRESS = re.compile(r"[^\s\"'()<>]+@[^\s\"'()<>]+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class ZendeskSource:
    """`bot.core.ports.customers.CustomerSource`: one request per look-up, by address, number or Zendesk's own id."""

    name = NAME

    def __init__(self, api: ZendeskApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def look_up(self, keys: Keys, urgency: Urgency) -> CustomerRecord:  # noqa: ARG002 - its limit is per minute.
        query = _query(keys)
        known = await self._api.known_users(query) if query else ()
        found = [one for one in known if _fits(one, keys)]
        at = self._clock()
        if len(found) != 1:
            return CustomerRecord(NAME, at, matches=len(found))
        (one,) = found
        facts = tuple(
            Fact(name, text, NAME, at, label, internal=inside) for name, text, label, inside in _facts(one)
        )
        return CustomerRecord(
            NAME,
            at,
            ids=(one.user.id,),
            name=one.user.name,
            company=one.organization,
            link=f"{self._api.url}/agent/users/{one.user.id}",
            facts=facts,
        )


def _query(keys: Keys) -> str:
    """Return the search for the first thing there is to look for; nothing that could be an operator goes into it."""
    number = next((one for one in (keys.id_in(NAME),) if one.isascii() and one.isdecimal()), "")
    email = next(filter(_ADDRESS.fullmatch, keys.emails), "")
    phone = next(filter(_NUMBER.fullmatch, keys.phones), "")
    terms: Mapping[str, str] = {"id": number, "email": email, "phone": phone}
    return next((f"{field}:{value}" for field, value in terms.items() if value), "")


def _fits(one: Known, keys: Keys) -> bool:
    """Tell whether a user is the one who was looked for: a search finds what is merely alike, too."""
    user = one.user
    return user.id == keys.id_in(NAME) or user.email in keys.emails or user.phone in keys.phones


def _facts(one: Known) -> Iterator[tuple[str, str, str, bool]]:
    """Yield name, text, label and whether it is for our people only."""
    user = one.user
    if one.open_tickets is not None:
        plural = "" if one.open_tickets == 1 else "s"
        yield "open_tickets", f"{one.open_tickets} open ticket{plural} in Zendesk", "Open tickets", False
    if user.tags:
        yield "tags", ", ".join(user.tags[:5]), "Tags", True
    if user.notes:
        yield "notes", user.notes[:300], "Notes", True
    if user.suspended:
        yield "suspended", "suspended in Zendesk", "Suspended", True
