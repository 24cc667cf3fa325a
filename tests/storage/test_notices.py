"""A notice changes by one hand at a time; promises that press are counted."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.core.model import Channel, new_id
from bot.core.ports.reporting import Notice, NoticeState
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind
from bot.core.teamwork.state import Pressed, Promise
from tests.builders import AT, conversation, customer

NOTICE = Notice("digest", NoticeState.BEGINS, AT, "Said", AT, AT, "C1", "1.0")


async def put(database, notice):
    async with database.transaction() as tx:
        return await tx.notices.put(notice)


async def kept(database):
    async with database.snapshot() as tx:
        return await tx.notices.all()


async def test_a_notice_is_kept_as_it_is(database):
    assert await put(database, NOTICE)
    assert await kept(database) == {"digest": replace(NOTICE, version=1)}


async def test_of_two_who_change_one_the_first_wins(database):
    assert await put(database, NOTICE)
    assert not await put(database, replace(NOTICE, ts="2.0"))
    known = (await kept(database))["digest"]
    outcomes = await asyncio.gather(*(put(database, replace(known, ts=f"{n}.0")) for n in range(5)))
    assert sorted(outcomes) == [False] * 4 + [True]
    assert (await kept(database))["digest"].version == 2


async def test_promises_that_press_are_counted_by_channel(database):
    soon, late, hour = AT + timedelta(minutes=5), AT - timedelta(minutes=5), timedelta(hours=1)
    rows = (
        {"due_at": soon, "warned_at": AT},
        {"due_at": soon},  # Not yet.
        {"due_at": late, "breached": True},
        {"due_at": late, "warned_at": AT, "ended_at": AT},  # Kept in the end.
        {"due_at": None, "warned_at": AT},  # Stands still.
        {"due_at": late, "channel": Channel.CHAT},
    )
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        for row in rows:
            talk = conversation(id=new_id())
            await tx.conversations.add(talk)
            given = {"channel": Channel.EMAIL, "started_at": AT - hour, "priority": Priority.NORMAL} | row
            await tx.promises.put(Promise(talk.id, Kind.FIRST, **given))
    async with database.snapshot() as tx:
        pressing = await tx.promises.pressing(AT)
    assert list(pressing) == [Pressed(Channel.CHAT, 0, 1), Pressed(Channel.EMAIL, 1, 1)]
