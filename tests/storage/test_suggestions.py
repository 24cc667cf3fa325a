"""Answers that could become articles, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import Suggestion
from tests.builders import AT, conversation, customer

ONE = Suggestion("a", conversation().id, "Do you lend tents?", "Yes, for two weeks.", "UKIM", AT)


@pytest.fixture
async def rows(database):
    """Three suggestions, a minute after each other."""
    found = [replace(ONE, id=name, created_at=AT + timedelta(minutes=n)) for n, name in enumerate("abc")]
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        for one in found:
            assert await tx.suggestions.add(one)
    return found


async def test_the_newest_wait_first_and_all_are_counted(database, rows):
    async with database.snapshot() as tx:
        assert await tx.suggestions.undecided(2) == ((rows[2], rows[1]), 3)
        assert await tx.suggestions.get("a") == rows[0]
        assert await tx.suggestions.get("nobody") is None


async def test_an_answer_is_suggested_once_and_decided_once(database, rows):
    async with database.transaction() as tx:
        assert not await tx.suggestions.add(replace(ONE, answer="Something else"))
        assert await tx.suggestions.decide("a", "URIVERA", "lending-tents")
        assert not await tx.suggestions.decide("a", "UKIM", "")
        assert not await tx.suggestions.decide("nobody", "UKIM", "")
    async with database.snapshot() as tx:
        assert await tx.suggestions.get("a") == replace(ONE, decided_by="URIVERA", article="lending-tents")
        assert (await tx.suggestions.undecided(9))[1] == 2
