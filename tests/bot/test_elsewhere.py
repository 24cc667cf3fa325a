"""What can be asked of other systems about a customer, and nothing that is no record there."""

from pathlib import Path

from bot.core.context import Look, Outcome
from bot.core.model import Channel
from bot.core.records import status_entry
from bot.core.sealing import OPEN
from bot.verbs.privacy.exporting import everything
from storage import migrate
from storage.database import open_database
from storage.signals import LocalSignals
from tests.builders import AT, conversation, customer, ref


async def test_records_are_listed_and_what_stands_on_them_is_not(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    await migrate.upgrade(url)
    ada, talk = customer(), conversation()
    called = customer(id="c" * 32, channel=Channel.PHONE, address="+442079460101")
    found = (Look("customer file", Outcome.FOUND, AT), Look("Zendesk", Outcome.NOBODY, AT))
    begun = ref(system="zendesk", entry_id=talk.id, external_id="42", url="https://shop.zendesk.example/42")
    status = ref(
        system="salesforce", entry_id=status_entry(talk.id), conversation_id=talk.id, external_id="Working"
    )
    comment = ref(entry_id="m1", conversation_id=talk.id, external_id="9001")
    case = ref(
        system="salesforce", entry_id=talk.id, external_id="500A", url="https://shop.salesforce.example/500A"
    )
    async with open_database(url, LocalSignals(), sealing=OPEN) as database, database.transaction() as tx:
        await tx.customers.add(ada)
        await tx.customers.update(customer(looks=found))
        await tx.customers.add(called)
        await tx.customers.join(ada.id, called.id)
        await tx.customers.note_id(ada.id, "Salesforce", "003B")
        await tx.conversations.add(talk)
        for one in (begun, status, comment, case):
            await tx.external_refs.put(one)
    told = await everything(url, ada.address)
    assert told.elsewhere.records == [
        "Salesforce: case 500A with its comments and tasks https://shop.salesforce.example/500A",
        "Salesforce: contact or lead 003B",
        f"The customer file (CUSTOMERS_FILE): the row of {ada.email or ada.address}",
        "Twilio: messages, calls and recordings with +442079460101",
        f"Zendesk: ticket 42 with its comments and files, and the tickets that it follows up {begun.url}",
    ]
