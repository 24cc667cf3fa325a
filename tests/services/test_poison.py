"""A conversation that cannot be worked on asks for a person, and keeps nobody else waiting."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.core.model import Proposal, Sender, Status
from bot.core.ports.answering import Question
from bot.core.ports.engine import Lane
from storage.engine.sqlite import SqliteEngine
from storage.signals import LocalSignals
from tests.services.conftest import World
from tests.waiting import PATIENCE


@asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """Run the real engine, which tries again at once, for as long as the block lasts."""
    engine = SqliteEngine(
        world.database,  # type: ignore[arg-type]
        LocalSignals(),
        clock=world.clock,
        jitter=lambda: 0.0,
        concurrency=2,
    )
    task = asyncio.create_task(engine.run({Lane.ADVANCE: world.advance}))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def no_work_left(world: World) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(lane is Lane.ADVANCE for lane, _ in await world.jobs()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def poisoned(answer: Callable, tried: list[str]) -> Callable:
    async def raise_for_poison(question: Question) -> Proposal:
        tried.extend(text for text in question.texts if "poison" in text)
        if "poison" in question.texts[-1]:
            raise RecursionError("a parser of ours")
        return await answer(question)

    return raise_for_poison


async def test_a_draft_that_always_fails_is_parked_after_its_second_attempt_and_the_others_go_on(
    world: World,
) -> None:
    tried: list[str] = []
    world.answerer.answer = poisoned(world.answerer.answer, tried)  # type: ignore[method-assign]
    texts = ["one", "two", "poison", "three", "poison too", "four"]
    async with working(world):
        await world.receive("before")  # What is queued when an engine begins may have been tried already.
        await no_work_left(world)
        receipts = [
            await world.receive(text, address=f"customer{n}@x.example") for n, text in enumerate(texts)
        ]
        await no_work_left(world)

    cases = [await world.case(receipt.conversation_id) for receipt in receipts]
    good, bad = [cases[n] for n in (0, 1, 3, 5)], [cases[n] for n in (2, 4)]
    assert {case.conversation.status for case in good} == {Status.ANSWERED}
    assert len(world.channel.sent) == len(good) + 1
    assert {case.conversation.status for case in bad} == {Status.ESCALATED}
    assert sorted(tried) == ["poison", "poison", "poison too", "poison too"]
    for case in bad:
        assert "A person has to look" in case.events[-1].text
        assert case.conversation.shown_version < case.conversation.version
        assert [m.sender for m in case.messages] == [Sender.CUSTOMER]


async def test_a_job_for_a_conversation_that_is_not_there_ends_quietly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.database.transaction() as tx:
        await tx.defer(Lane.ADVANCE, "0" * 32)
    with caplog.at_level(logging.INFO):
        async with working(world):
            await no_work_left(world)
    assert caplog.records == []
