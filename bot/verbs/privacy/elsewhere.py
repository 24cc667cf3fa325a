"""What other systems keep of a customer, as far as they can be asked for it: records with an id of their own.

Comments, tasks and statuses have none that could be asked for; they go with the record on which they stand.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.context import Outcome
from bot.core.model import Channel, Customer
from integrations.directory.csv_file import NAME as CUSTOMERS_FILE
from storage.personal import Belongings
from storage.tables import customer_ids, external_refs

_RECORDS = {
    "salesforce": "Salesforce: case {id} with its comments and tasks {url}",
    "zendesk": "Zendesk: ticket {id} with its comments and files, and the tickets that it follows up {url}",
}
_PERSONS = {"Salesforce": "Salesforce: contact or lead {id}", "Zendesk": "Zendesk: user {id}"}
_BY_TWILIO = (Channel.SMS, Channel.PHONE)


async def records_of(
    connection: AsyncConnection, theirs: Belongings, people: Sequence[Customer]
) -> Sequence[str]:
    """Return a line for each thing that can be asked of a system, under the name that it has there."""
    refs = select(external_refs.c.system, external_refs.c.external_id, external_refs.c.url)
    # The row of a record itself bears the conversation's id; others are those of what stands on it.
    begun = refs.where(
        external_refs.c.conversation_id.in_(theirs.conversations),
        external_refs.c.entry_id == external_refs.c.conversation_id,
        external_refs.c.external_id != "",
    )
    written = (await connection.execute(begun)).all()
    known = select(customer_ids.c.source, customer_ids.c.external_id)
    looked_up = (
        await connection.execute(known.where(customer_ids.c.customer_id.in_(theirs.customers)))
    ).all()
    lines = {_line(_RECORDS, system, number, url) for system, number, url in written}
    lines |= {_line(_PERSONS, source, number) for source, number in looked_up}
    return sorted(lines | set(_by_address(people)))


def _line(words: dict[str, str], system: str, number: str, url: str = "") -> str:
    return words.get(system, f"{system}: {{id}} {{url}}").format(id=number, url=url).rstrip()


def _by_address(people: Iterable[Customer]) -> Iterator[str]:
    """Yield what is asked for by an address, because we keep no id of it."""
    for one in people:
        if one.channel in _BY_TWILIO:
            yield f"Twilio: messages, calls and recordings with {one.address}"
        if any(look.source == CUSTOMERS_FILE and look.outcome is Outcome.FOUND for look in one.looks):
            yield f"The customer file (CUSTOMERS_FILE): the row of {one.email or one.address}"
