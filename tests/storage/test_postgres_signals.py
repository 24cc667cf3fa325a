"""Wake-ups between processes: each of these signals stands for the process that has it open."""

import asyncio

import psycopg
import pytest

from storage.postgres_signals import postgres_signals
from tests.waiting import until

PATIENCE = 20


@pytest.fixture
async def two(postgres_url):
    async with postgres_signals(postgres_url) as here, postgres_signals(postgres_url) as there:
        async with asyncio.timeout(PATIENCE):
            await here.connected()
            await there.connected()
        yield here, there


async def test_the_other_process_is_woken(two):
    here, there = two
    async with there.subscribe("a") as a, there.subscribe("b") as b:
        here.publish("a")
        assert await a.wait(PATIENCE) is True
        assert await b.wait(0) is False


async def test_whoever_is_here_is_woken_at_once_and_only_once(two):
    here, there = two
    async with here.subscribe("a") as near, there.subscribe("a") as far:
        here.publish("a")
        assert await near.wait(0.001) is True
        assert await far.wait(PATIENCE) is True
        # Its own words come back to it before the answer to what was said later.
        there.publish("b")
        async with here.subscribe("b") as answer:
            there.publish("b")
            assert await answer.wait(PATIENCE) is True
        assert await near.wait(0) is False


async def test_what_is_published_while_the_same_is_being_sent_is_sent_again(two):
    here, there = two
    async with there.subscribe("a") as a:
        for _ in range(100):  # Right after the wake-up, and so before its sender knows that it was sent.
            here.publish("a")
            assert await a.wait(2) is True


@pytest.mark.parametrize("said", ["", "hello", "[1]", '["somebody", 2]'])
async def test_words_that_are_not_ours_end_nothing(two, postgres_server, postgres_url, said):
    here, there = two
    async with (
        there.subscribe("a") as a,
        await psycopg.AsyncConnection.connect(
            postgres_url.replace("+psycopg", ""), autocommit=True
        ) as stranger,
    ):
        await stranger.execute("SELECT pg_notify('threadpilot', %s)", (said,))
        here.publish("a")
        assert await a.wait(PATIENCE) is True


async def test_more_topics_than_fit_into_one_message_all_arrive(two):
    here, there = two
    topics = [f"chat:{'ä' * 40}{n}" for n in range(400)]
    async with there.subscribe(topics[0]) as first, there.subscribe(topics[-1]) as last:
        for topic in topics:
            here.publish(topic)
        assert await first.wait(PATIENCE) is True
        assert await last.wait(PATIENCE) is True


async def test_a_process_that_ends_says_its_last_words(two, postgres_url):
    _, there = two
    async with there.subscribe("a") as a:
        async with postgres_signals(postgres_url) as ending:
            ending.publish("a")
        assert await a.wait(PATIENCE) is True


async def test_after_a_lost_connection_everybody_is_woken_once(two, postgres_server):
    here, there = two
    async with there.subscribe("a") as a:
        await asyncio.to_thread(postgres_server.restart)
        assert await a.wait(PATIENCE) is True
        here.publish("a")
        assert await a.wait(PATIENCE) is True


async def test_a_database_that_is_away_stops_nobody(tmp_path, caplog):
    async with (
        postgres_signals(f"postgresql://postgres@/x?host={tmp_path}") as signals,
        signals.subscribe("a") as a,
    ):
        signals.publish("a")
        assert await a.wait(0.001) is True
        await until(lambda: "signals_without_database" in caplog.messages)
