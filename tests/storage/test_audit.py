"""The audit chain as it lies in the database."""

import asyncio
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from sqlalchemy import text

from bot.core.audit import Head, first_broken
from bot.verbs.audit import auditing
from tests.builders import AT


async def append(database, number, **payload):
    async with database.transaction() as tx:
        for _ in range(number):
            await tx.audit.append(at=AT, actor="U1", action="send", subject="c1", payload=payload)


async def chain(database):
    async with database.snapshot() as tx:
        return list(await tx.audit.rows())


async def test_an_untouched_chain_holds(database):
    await append(
        database, 2, text="Grüße \ud83d", numbers=(1, 2.5), nested={"b": None, "a": True}, **{"10": 1, "9": 2}
    )
    await append(database, 1)
    rows = await chain(database)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert first_broken(rows) is None


async def test_keys_that_are_numbers_survive(database):
    async with database.transaction() as tx:
        await tx.audit.append(at=AT, actor="", action="x", subject="s", payload={10: "a", 9: "b"})
    assert first_broken(await chain(database)) is None


async def test_the_time_zone_of_the_caller_does_not_matter(database):
    async with database.transaction() as tx:
        there = AT.astimezone(timezone(timedelta(hours=5)))
        await tx.audit.append(at=there, actor="U1", action="a", subject="s", payload={})
    rows = await chain(database)
    assert (rows[0].at, first_broken(rows)) == (AT, None)


async def test_a_rolled_back_append_leaves_no_gap(database):
    await append(database, 1)
    with pytest.raises(TypeError):
        await append(database, 2, impossible=object())
    await append(database, 1)
    rows = await chain(database)
    assert [row.seq for row in rows] == [1, 2]
    assert first_broken(rows) is None


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit SET actor = 'U2' WHERE seq = 2", 2),
        ("UPDATE audit SET payload = '{\"amount\": 1}' WHERE seq = 3", 3),
        ("UPDATE audit SET at = '2026-11-23 09:00:01.000000+00' WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 3),
        ("DELETE FROM audit WHERE seq = 1", 2),
    ],
)
async def test_tampering_is_found(database, tampering, found):
    await append(database, 4, amount=100)
    async with database.transaction() as tx:
        await tx.connection.execute(text(tampering))
    assert first_broken(await chain(database)).seq == found


async def test_rows_come_in_pages(database):
    await append(database, 5)
    async with database.snapshot() as tx:
        assert [row.seq for row in await tx.audit.rows(after=2, limit=2)] == [3, 4]
        first = (await tx.audit.rows(limit=1))[0]
    assert first_broken([replace(first, hash="0" * 64)]) is not None


async def test_what_was_appended_is_read_in_the_same_transaction(database):
    async with database.transaction() as tx:
        await tx.audit.append(at=AT, actor="U1", action="a", subject="s", payload={})
        assert [row.action for row in await tx.audit.rows()] == ["a"]
        await tx.audit.append(at=AT, actor="U1", action="b", subject="s", payload={})
    rows = await chain(database)
    assert ([row.action for row in rows], first_broken(rows)) == (["a", "b"], None)


async def test_many_appending_at_once_make_one_chain(database):
    await asyncio.gather(*(append(database, 3) for _ in range(12)))
    rows = await chain(database)
    assert ([row.seq for row in rows], first_broken(rows)) == (list(range(1, 37)), None)


SWAPPED = (
    "UPDATE audit SET seq = 99 WHERE seq = 2",
    "UPDATE audit SET seq = 2 WHERE seq = 3",
    "UPDATE audit SET seq = 3 WHERE seq = 99",
)


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        (SWAPPED, "row 2 (send, "),
        (("UPDATE audit SET payload = '{\"amount\": 101}' WHERE seq = 3",), "row 3 (send, "),
        (("UPDATE audit SET hash = 'e' || substr(hash, 2) WHERE seq = 2",), "row 2 (send, "),
        (("DELETE FROM audit WHERE seq = 2",), "row 3 (send, "),
        (
            ("DELETE FROM audit WHERE seq > 3", "DELETE FROM audit_head"),
            "its end: there were 4 rows, and 3 are left",
        ),
    ],
)
async def test_verify_names_the_first_row_that_is_wrong(database, url, tampering, named):
    """With rows swapped, changed and deleted; and with an end cut off, against an end that was noted."""
    await append(database, 4, amount=100)
    *_, last = await chain(database)
    noted = [Head(last.seq, last.hash)]
    assert not (await auditing.verify(url, noted)).broken
    async with database.transaction() as tx:
        for statement in tampering:
            await tx.connection.execute(text(statement))
    verdict = await auditing.verify(url, noted)
    assert verdict.broken.startswith(named)
    assert str(verdict).startswith("The audit chain is broken at ")
