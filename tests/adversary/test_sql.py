"""SQL in everything that people type or send and a statement is made with, on both databases."""

import pytest

from bot.core.errors import Misconfigured
from bot.core.model import Channel, Inbound
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from bot.verbs.privacy.erasing import erase_customer
from bot.verbs.privacy.exporting import everything
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.builders import stable_id
from tests.storage.conftest import backend, migrated, path, sqlite_url, url  # noqa: F401 - fixtures.

ORDERS = (
    "' OR '1'='1",
    "'; DROP TABLE messages; --",
    '" OR ""="',
    "ada%' OR address LIKE '%",
    "\\'; DELETE FROM audit; --",
    "1) UNION SELECT value FROM settings --",
    "%",
    "_",
)


async def test_what_is_typed_is_looked_for_and_never_run(url):  # noqa: F811
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        intake = Intake(database, utc_now)
        for number, order in enumerate(ORDERS):
            mail = Inbound(
                Channel.EMAIL, f"<{number}{order}@x>", f"{order}@x.example", f"Hello {order}", order, order
            )
            await intake.receive(mail)
            await intake.receive(mail)  # It is known, by exactly this id.
        async with database.snapshot() as tx:
            assert sum((await tx.conversations.count_by_status()).values()) == len(ORDERS)
            for order in ORDERS:
                found = await tx.messages.find(Channel.EMAIL, f"<{ORDERS.index(order)}{order}@x>")
                assert found is not None
                assert found.content == f"Hello {order}"
                assert await tx.messages.find(Channel.EMAIL, order) is None
                assert not await tx.customers.at(order)
            other = await tx.conversations.get(found.conversation_id)
            assert other is not None
            for order in ORDERS:
                named = await tx.merges.candidates(other, order, 100)
                assert {one.name for one in named} == {one for one in ORDERS[:-1] if order in one}


@pytest.mark.parametrize("order", ORDERS)
async def test_nobody_is_erased_or_handed_out_but_whom_it_names(url, order):  # noqa: F811
    async with open_database(url, LocalSignals(), sealing=OPEN) as database:
        await Intake(database, utc_now).receive(Inbound(Channel.EMAIL, "<1@x>", "ada@x.example", "Hello"))
    with pytest.raises(Misconfigured, match="Nobody is known as"):
        await everything(url, order)
    with pytest.raises(Misconfigured, match="Nobody is known as"):
        await erase_customer(url, order, None, yes=True, actor=stable_id(order))
