"""kill -9 of the app at any moment, and a restart on the same state: finished once, nothing lost."""

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.harness import (
    Outside,
    actions,
    contract_of,
    demo_arguments,
    end,
    gone,
    kill_group,
    said,
    start,
)
from tests.e2e.processes import far_side, run
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("kill")]

QUESTION = "How do I reset my password?"
ROUNDS = 3


@pytest.mark.parametrize("seed", range(2))
async def test_killed_again_and_again_every_customer_is_answered_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with far_side(tmp_path) as (outside, env):
        app = await run(outside, env)
        for number in range(ROUNDS):
            await outside.mail(f"Killed {number}", QUESTION, sender=f"c{number}@customer.example")
            await asyncio.sleep(chance.uniform(0.0, 0.12))  # the moment of the crash, not a wait for anything
            kill_group(app)
            await gone(app)
            app = await run(outside, env)
        for number in range(ROUNDS):
            await settled(outside, number)
        assert await end(app) == 0


async def settled(outside: Outside, number: int) -> None:
    """Wait until this customer has one answer, or an agent is asked whether it went out."""
    subject, address = f"Killed {number}", f"c{number}@customer.example"

    async def done() -> object:
        cards = await outside.cards("email", subject)
        if any("went_out" in actions(card) for card in cards):
            return True  # the crash came between the sending and its record: only a person can tell
        return await outside.inbox(address) and any("Answered by itself" in said(card) for card in cards)

    await until(done)
    assert len(await outside.inbox(address)) <= 1
    assert len(await outside.cards("email", subject)) == 1


async def test_an_approval_survives_the_crash_right_after_it(tmp_path: Path) -> None:
    async with far_side(tmp_path, THREADPILOT_MODE="assist") as (outside, env):
        app = await run(outside, env)
        await outside.mail("Approved, then gone", QUESTION)
        card = await outside.card("email", "Approved, then gone", "Waiting for you")
        await outside.post("/control/weather", smtp={"latency_ms": 400})
        click = await outside.click("email", card, "approve", outside.contract["agent"])
        assert click["ok"]
        kill_group(app)
        await gone(app)
        await outside.post("/control/weather", smtp={})
        app = await run(outside, env)

        async def done() -> object:
            (shown,) = await outside.cards("email", "Approved, then gone")
            return "went_out" in actions(shown) or f"<@{outside.contract['agent']}>" in said(shown)

        await until(done)
        assert len(await outside.inbox(subject="Approved, then gone")) <= 1
        await end(app)


async def test_a_killed_demo_goes_on_with_its_state(tmp_path: Path) -> None:
    process = await start(*demo_arguments(tmp_path))
    async with aiohttp.ClientSession() as session:
        outside = Outside(await contract_of(process), session)
        await outside.mail("Before the crash", QUESTION)
        await outside.received("ada@customer.example", "Before the crash")
        await outside.card("email", "Before the crash", "Answered by itself")
        kill_group(process)
        await gone(process)
        process = await start(*demo_arguments(tmp_path))
        outside = Outside(await contract_of(process), session)
        await outside.mail("After the crash", QUESTION)
        await outside.received("ada@customer.example", "After the crash")
        assert len(await outside.inbox(subject="Before the crash")) == 1
        assert len(await outside.cards("email", "Before the crash")) == 1
        assert await end(process) == 0


async def test_the_same_app_over_signed_http(tmp_path: Path) -> None:
    async with far_side(tmp_path, SLACK_APP_TOKEN="", THREADPILOT_MODE="assist") as (outside, env):
        app = await run(outside, env)
        await outside.mail("Over HTTP", QUESTION)
        card = await outside.card("email", "Over HTTP", "Waiting for you")
        assert (await outside.click("email", card, "approve", outside.contract["agent"]))["ok"]
        await outside.received("ada@customer.example", "Over HTTP")
        assert "threshold" in await outside.command("help", outside.contract["agent"])
        async with outside.session.post(
            f"{outside.contract['app']}/slack/events", json={"type": "x"}
        ) as forged:
            assert forged.status == 401
        assert await end(app) == 0


async def test_a_second_app_on_the_same_database_is_refused_in_words(tmp_path: Path) -> None:
    async with far_side(tmp_path) as (outside, env):
        app = await run(outside, env)
        second = await start("run", "--env-file", "/dev/null", env=env)
        assert await gone(second) == 2
        await end(app)
