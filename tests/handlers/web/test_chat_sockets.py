"""Sockets beside each other: one for a page, many for a visitor, and an end for who does not slow down."""

import pytest

from handlers.web.chat_socket import MOST_HURRY
from tests.handlers.web.chat_world import running


@pytest.fixture
async def world():
    async with running() as world:
        yield world


async def test_a_page_that_comes_back_takes_the_place_of_its_old_socket(world):
    visit = await world.visit()
    async with world.socket() as old, world.socket() as new:
        for tab in (old, new):
            await tab.say(type="hello", session=visit["session"], after=0, page="p1")
            await tab.next("welcome")

        assert await old.closed() == 4409
        await new.say(type="msg", cid="c1", text="Hello")
        assert (await new.next("event"))["text"] == "Hello"


async def test_pages_of_one_session_all_hear_everything(world):
    visit = await world.visit()
    async with world.socket() as one, world.socket() as two, world.tab(visit["session"]) as nameless:
        for tab, page in ((one, "p1"), (two, "p2")):
            await tab.say(type="hello", session=visit["session"], after=0, page=page)
            await tab.next("welcome")
        await two.say(type="msg", cid="c1", text="Hello")
        for tab in (one, two, nameless):
            assert (await tab.next("event"))["text"] == "Hello"


async def test_who_does_not_slow_down_when_told_to_is_closed(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab:
        for number in range(20 + MOST_HURRY):
            await tab.say(type="msg", cid=f"c{number}", text="quick")
        assert await tab.closed() == 4429
    assert len(await world.stored(visit["session"])) == 20


async def test_a_rating_is_kept_once_and_all_pages_hear_of_it(world):
    visit = await world.visit()
    async with world.tab(visit["session"]) as tab, world.tab(visit["session"]) as other:
        await tab.say(type="msg", cid="c1", text="Hello")
        await tab.next("ack")
        await world.close(visit["session"])
        for _ in range(2):
            await tab.say(type="rate", cid="r1", score=4, comment="quick")
        assert (await tab.next("ack"))["seq"] == (await tab.next("ack"))["seq"] == 3
        _, state, rated = await other.events(3)
        assert (state["state"], rated["kind"], rated["score"]) == ("resolved", "csat", 4)
        assert [frame for frame in await other.quiet() if frame["type"] == "event"] == []
