"""Receipts of what was taken."""

from datetime import timedelta

from tests.builders import AT


async def test_a_receipt_is_kept_once(database):
    async with database.transaction() as tx:
        assert not await tx.receipts.has("a")
        assert await tx.receipts.add("a", AT)
    async with database.transaction() as tx:
        assert not await tx.receipts.add("a", AT + timedelta(days=1))
        assert await tx.receipts.has("a")
        assert not await tx.receipts.has("b")


async def test_old_receipts_are_forgotten(database):
    async with database.transaction() as tx:
        await tx.receipts.add("old", AT)
        await tx.receipts.add("new", AT + timedelta(days=1))
        await tx.receipts.forget(AT + timedelta(hours=1))
        assert (await tx.receipts.has("old"), await tx.receipts.has("new")) == (False, True)
