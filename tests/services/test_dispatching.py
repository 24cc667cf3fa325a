"""The dispatcher shows everything, what waits for a person first, whatever Slack and the database do meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.model import Channel, Status
from bot.core.ports.storage import DeskRun
from bot.core.routing import Routes
from bot.services.dispatching import Dispatcher
from bot.services.intake import Intake
from bot.services.showing import record
from storage.database import utc_now
from storage.signals import LocalSignals
from tests.services.conftest import KIM, World
from tests.waiting import until


@asynccontextmanager
async def dispatching(
    world: World, *, alone: bool = True, jitter: float = 0.0, others: Collection[str] = ()
) -> AsyncIterator[Dispatcher]:
    """Run a dispatcher by the real clock: pauses are short, and so is what they wait for."""
    world.clock.now = utc_now()
    dispatcher = Dispatcher(
        world.database,
        world.shows,
        LocalSignals(),
        world.clock,
        alone=alone,
        jitter=lambda: jitter,
        grace=1.0,
        others=others,
    )
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def shown(world: World) -> None:
    async def all_of_it() -> bool:
        return await world.unshown() == 0

    await until(all_of_it)


async def is_left(world: World, conversation_id: str) -> bool:
    async with world.database.snapshot() as tx:
        return "root@T2" in await tx.desk_posts.of(conversation_id)


async def escalated(world: World) -> str:
    case = await world.waiting()
    await world.escalation.escalate(case.conversation.id, "needs a lead", KIM)
    return case.conversation.id


async def test_everything_is_shown_once_and_what_waits_for_a_person_first(world: World) -> None:
    answered = [await world.arrive(address=f"c{n}@customer.example") for n in range(3)]
    urgent = await escalated(world)
    async with dispatching(world):
        await shown(world)
    roots = world.desk.named("root")
    assert [root.text.split()[0] for root in roots] == [Status.ESCALATED, *[Status.ANSWERED] * 3]
    assert len(answered) + 1 == len(roots)
    assert (await world.case(urgent)).conversation.status is Status.ESCALATED


@pytest.mark.parametrize(
    "failure", [Unavailable("down"), OutcomeUnknown("reset"), Refused("no"), ValueError("bug")]
)
async def test_after_any_failure_it_goes_on_without_doubles(world: World, failure: Exception) -> None:
    await world.arrive()
    await world.arrive(address="bob@customer.example")
    world.desk.fail = [failure]
    async with dispatching(world):
        await shown(world)
    names = [sheet.name for sheet in world.desk.messages.values()]
    assert len(names) == len(set(names)) + 1  # Two cards of the same name, each thread once.


async def test_a_post_whose_answer_was_lost_is_found_again(world: World) -> None:
    await world.arrive()
    world.desk.lose_answer = True
    async with dispatching(world):
        await shown(world)
    assert len(world.desk.named("root")) == 1


async def test_what_a_killed_process_posted_is_found_again(world: World) -> None:
    case = await world.arrive()
    async with world.database.transaction() as tx:
        line = next(iter(await tx.desk_runs.lines(world.clock())))
        await tx.desk_runs.claim(line, now=world.clock(), until=utc_now() + timedelta(minutes=5))
    (root, *_) = world.desk.sheets(case, threshold=0.9, now=world.clock(), standing={})
    await world.desk.post(root, case, root_ts=None)
    async with dispatching(world):
        await shown(world)
    assert len(world.desk.named("root")) == 1


async def test_another_process_waits_for_the_lease(world: World) -> None:
    await world.arrive()
    async with world.database.transaction() as tx:
        line = next(iter(await tx.desk_runs.lines(world.clock())))
        await tx.desk_runs.claim(line, now=world.clock(), until=utc_now() + timedelta(minutes=5))
    await world.arrive(address="bob@customer.example")
    async with dispatching(world, alone=False):

        async def one_is_left() -> bool:
            return await world.unshown() == 1

        await until(one_is_left)
    assert len(world.desk.named("root")) == 1


async def test_while_slack_is_down_it_says_so_and_how_much_waits(world: World) -> None:
    await world.arrive()
    world.desk.fail = [Unavailable("Slack cannot be reached", retry_after=0.2)] * 2
    async with dispatching(world) as dispatcher:

        async def says_so() -> bool:
            return await dispatcher.state() == "Slack cannot be reached (1 cards wait)"

        await until(says_so)
        await shown(world)

        async def is_well() -> bool:
            return await dispatcher.state() == "ok"

        await until(is_well)


async def test_each_workspace_says_for_itself_why_its_cards_are_late(world: World) -> None:
    routed = replace(world, intake=Intake(world.database, world.clock, routes=Routes({"chat": "T2"})))
    theirs = await routed.receive(channel=Channel.CHAT, address="v1")
    world.desk.always = {theirs.conversation_id: Unavailable("not installed")}
    await world.arrive()
    async with dispatching(world, others=("T2",)) as dispatcher:

        async def says_so() -> bool:
            return await dispatcher.state("T2") == "not installed (1 cards wait)"

        await until(says_so)
        assert await dispatcher.state() == "ok"
        world.desk.always = {}

        async def is_well() -> bool:
            return await dispatcher.state("T2") == "ok"

        await until(is_well)


@pytest.mark.parametrize(("is_open", "cards"), [(True, 2), (False, 1)])
async def test_what_is_open_in_a_workspace_that_is_named_no_more_is_shown_anew_once(
    world: World, is_open: bool, cards: int
) -> None:
    routed = replace(world, intake=Intake(world.database, world.clock, routes=Routes({"email": "T2"})))
    case = await world.case((await routed.receive()).conversation_id)
    key = case.conversation.id
    case = await world.go_on(key)
    if not is_open:
        await world.review.resolve(key, case.conversation.turn, KIM)
    async with dispatching(world, others=("T2",)):
        await shown(world)
    for _ in range(2):
        async with dispatching(world):
            await until(lambda: is_left(world, key))
            await shown(world)
    assert len(world.desk.named("root")) == cards
    async with world.database.snapshot() as tx:
        kept = await tx.desk_posts.of(key)
    assert ("root" in kept, "root@T2" in kept) == (
        is_open,
        True,
    )  # So that `erase` can tell of what is there.


async def test_a_database_that_fails_for_a_moment_loses_no_post(world: World) -> None:
    await world.arrive()
    world.database.fail_next = True  # type: ignore[attr-defined]
    async with dispatching(world):
        await shown(world)
    assert len(world.desk.named("root")) == 1


@pytest.mark.parametrize("failure", [Unavailable("Slack is not well (HTTP 500)"), OutcomeUnknown("reset")])
async def test_a_card_that_always_fails_does_not_hold_up_the_others(world: World, failure: Exception) -> None:
    bad = await world.waiting()
    world.desk.always = {bad.conversation.id: failure}
    await world.arrive(address="bob@customer.example")
    async with dispatching(world, jitter=1.0):

        async def only_the_bad_one_is_left() -> bool:
            return await world.unshown() == 1

        await until(only_the_bad_one_is_left)
    assert len(world.desk.named("root")) == 1


async def test_what_a_late_process_did_is_not_put_on_record(world: World) -> None:
    case = await world.arrive()
    run = DeskRun(case.conversation.id, world.clock() + timedelta(minutes=2))  # Somebody else has it by now.
    shown = await world.shows.show(run)
    async with world.database.transaction() as tx:
        await record(tx, shown, world.clock())
        assert await tx.desk_posts.of(case.conversation.id) == {}
    assert await world.unshown() == 1


async def test_nothing_is_begun_shortly_before_others_may_take_over(world: World) -> None:
    case = await world.arrive()
    shown = await world.shows.show(DeskRun(case.conversation.id, world.clock() + timedelta(seconds=30)))
    assert (shown.version, shown.error, world.desk.messages) == (None, None, {})
