"""The shelf on which processes share a token: one fetches, all take it, and nobody else can read it."""

import asyncio

import pytest
from sqlalchemy import select, update

from storage.access_tokens import SharedShelf
from storage.database import utc_now
from storage.seal import Seal
from storage.tables import access_tokens
from tests.waiting import PATIENCE

SECRET = "k" * 32


@pytest.fixture
def shelf(database, clock):
    def of(secret=SECRET, purpose="salesforce|one"):
        return SharedShelf(database, clock, "salesforce", Seal(secret, purpose))

    return of


async def test_one_fetches_and_all_take_it(shelf):
    one, other = shelf(), shelf()
    assert await one.newest() == ""
    assert [await one.claim(), await other.claim()] == [True, False]
    await one.keep("t0ken")
    assert await other.newest() == "t0ken"
    assert [await other.claim(), await one.claim()] == [True, False]


async def test_whoever_waits_keeps_nobody_from_writing_and_waits_for_no_writer(shelf, database):
    await shelf().claim()
    async with database.transaction() as tx:
        await tx.connection.execute(update(access_tokens).values(sealed=""))
        assert not await asyncio.wait_for(shelf().claim(), PATIENCE)


async def test_whoever_dies_while_fetching_keeps_nobody_from_it_for_long(shelf, clock):
    one, other = shelf(), shelf()
    await one.claim()
    clock.advance(14)
    assert not await other.claim()
    clock.advance(1)
    assert await other.claim()


async def test_a_right_that_was_given_back_may_rest(shelf, clock):
    one, other = shelf(), shelf()
    await one.claim()
    await one.give_back()
    assert await other.claim()
    await other.give_back(after=30)
    assert not await one.claim()
    clock.advance(31)
    assert await one.claim()


async def test_a_clock_that_was_set_back_is_no_reason_to_wait_for_ever(shelf, clock):
    await shelf().claim()
    clock.advance(-3_600)
    assert await shelf().claim()


async def test_nobody_reads_it_without_the_key_and_for_another_login(shelf, database):
    one = shelf()
    await one.claim()
    await one.keep("t0ken")
    async with database.snapshot() as tx:
        kept = await tx.connection.scalar(select(access_tokens.c.sealed))
    assert "t0ken" not in kept
    assert [await shelf("x" * 32).newest(), await shelf(purpose="salesforce|two").newest()] == ["", ""]
    async with database.transaction() as tx:
        await tx.connection.execute(update(access_tokens).values(sealed=kept[:-6] + "AAAA=="))
    assert await one.newest() == ""


async def test_only_the_token_that_was_refused_is_taken_off(shelf, database):
    for kept, refused, is_gone in (("old", "old", True), ("new", "old", False), ("new", "", False)):
        async with database.transaction() as tx:
            await shelf().put(tx.connection, kept)
        async with database.transaction() as tx:
            assert await shelf().remove(tx.connection, refused) is is_gone
        assert await shelf().newest() == ("" if is_gone else kept)
    async with database.transaction() as tx:
        assert not await shelf(purpose="another").remove(tx.connection, "new")
        assert not await SharedShelf(database, utc_now, "nothing", Seal(SECRET, "x")).remove(
            tx.connection, "new"
        )
