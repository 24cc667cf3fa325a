"""Record systems are told what happened: once, in order, and never at the expense of an answer."""

import pytest

from bot.core.errors import NotTried, OutcomeUnknown, Refused, Unavailable, Unreachable
from bot.core.model import RefState
from bot.services.recordlinks import RecordLinks
from bot.services.syncing import Syncing, by_system
from tests.fakes import FakeRecords
from tests.services.conftest import KIM

ANSWER = "You can return unused items within 60 days [1]."


@pytest.fixture
def records():
    return FakeRecords()


@pytest.fixture
def sync(world, records):
    return Syncing(world.database, records, world.clock)


async def answered(world):
    return await world.arrive("How do I return my shoes?")


async def run(sync, case, *, retried=False):
    await sync(case.conversation.id, retried=retried)


async def refs(world, case):
    async with world.database.snapshot() as tx:
        return await tx.external_refs.of("files", case.conversation.id)


async def test_all_is_told_once_and_in_order(world, sync, records):
    case = await answered(world)
    await run(sync, case)
    expected = ["Began How do I return my shoes?", f"AnswerSent {ANSWER}", "StatusChanged pending"]
    assert records.words() == expected
    await run(sync, case)
    assert records.words() == expected
    world.clock.move(minutes=1)
    await world.receive("And the laces?", references=("<1@customer.example>",))
    await run(sync, case)
    assert records.words()[3:] == ["CameIn And the laces?", "StatusChanged open"]


async def test_the_card_links_the_record(world, sync):
    case = await answered(world)
    await run(sync, case)
    after = await world.case(case.conversation.id)
    (ref,) = after.records
    assert (ref.system, ref.external_id, ref.url) == ("files", "1", "https://files.example/1")


async def version(world, case):
    return (await world.case(case.conversation.id)).conversation.version


async def test_a_link_to_a_record_costs_no_change_of_the_card(world, sync):
    for case in (await answered(world), await world.waiting()):
        before = await version(world, case)
        await run(sync, case)
        assert await version(world, case) == before


async def test_a_card_that_waits_unchanged_shows_its_links_after_a_while_and_once(world, sync):
    alone, waiting = await answered(world), await world.waiting()
    links, cases = RecordLinks(world.database, world.clock), (alone, waiting)
    for case in cases:
        await run(sync, case)
    before = [await version(world, case) for case in cases]
    for minutes, shown in ((4, 0), (1, 1), (1, 1), (60, 1)):
        world.clock.move(minutes=minutes)
        await links.look()
        assert [await version(world, case) for case in cases] == [before[0], before[1] + shown]


async def test_what_a_change_has_shown_since_is_not_shown_again(world, sync):
    waiting = await world.waiting()
    await run(sync, waiting)
    world.clock.move(seconds=1)
    await world.review.take(waiting.conversation.id, KIM)
    before = await version(world, waiting)
    world.clock.move(minutes=6)
    await RecordLinks(world.database, world.clock).look()
    assert await version(world, waiting) == before


async def test_while_it_is_down_the_card_says_so_and_then_it_catches_up(world, sync, records):
    case = await answered(world)
    await run(sync, case)
    await world.review.resolve(case.conversation.id, 1, KIM)
    for _ in range(2):
        records.fail = [Unreachable("It does not answer")]
        with pytest.raises(Unreachable):
            await run(sync, case)
    behind = await world.case(case.conversation.id)
    assert [(ref.state, ref.trouble) for ref in behind.records if ref.trouble] == [
        (RefState.OPEN, "It does not answer")
    ]
    await run(sync, case)
    assert records.words()[-1] == "StatusChanged solved"
    caught_up = await world.case(case.conversation.id)
    assert not [ref for ref in caught_up.records if ref.trouble]
    assert caught_up.conversation.version > behind.conversation.version  # So the card is shown anew.


async def test_what_is_known_to_be_down_is_not_asked_and_nothing_is_claimed_for_it(world, sync, records):
    case = await answered(world)
    records.known_to_fail = NotTried("It is down", retry_after=5.0)
    versions = []
    for _ in range(2):
        with pytest.raises(NotTried):
            await run(sync, case)
        versions.append((await world.case(case.conversation.id)).conversation.version)
    assert versions[0] == versions[1]
    assert records.told == []
    assert (await refs(world, case))[case.conversation.id].trouble == "It is down"


async def test_that_it_asks_for_patience_is_no_news(world, sync, records):
    case = await answered(world)
    before = (await world.case(case.conversation.id)).conversation.version
    records.known_to_fail = Unavailable("Zendesk asks for patience", retry_after=30.0)
    with pytest.raises(Unavailable):
        await run(sync, case)
    assert await refs(world, case) == {}
    assert (await world.case(case.conversation.id)).conversation.version == before


async def test_the_same_trouble_does_not_change_the_card_again(world, sync, records):
    case = await answered(world)
    versions = []
    for number in range(3):
        records.fail = [Refused(f"no ({number})")]
        await run(sync, case)
        versions.append((await world.case(case.conversation.id)).conversation.version)
    assert versions[0] == versions[1] == versions[2]
    await run(sync, case)
    assert records.words()[0].startswith("Began")


async def test_what_is_refused_is_parked_and_the_rest_goes_on(world, sync, records):
    case = await answered(world)
    await run(sync, case)
    world.clock.move(minutes=1)
    await world.receive("Too long", references=("<1@customer.example>",))
    await world.receive("Short", references=("<1@customer.example>",))
    records.fail = [Refused("A comment has at most 64 KB")]
    await run(sync, case)
    assert records.words()[3:] == ["CameIn Short", "StatusChanged open"]
    (parked,) = [ref for ref in (await world.case(case.conversation.id)).records if ref.trouble]
    assert (parked.state, parked.trouble) == (RefState.PARKED, "A comment has at most 64 KB")


async def test_a_status_that_is_refused_is_not_told_again(world, sync, records):
    case = await answered(world)
    await run(sync, case)
    await world.review.resolve(case.conversation.id, 1, KIM)
    records.fail = [Refused("It is closed")]
    await run(sync, case)
    await run(sync, case)
    assert records.words()[-1] == "StatusChanged pending"


async def test_after_a_crash_it_is_asked_before_it_is_told(world, sync, records):
    case = await answered(world)
    records.lose_answer = True
    with pytest.raises(OutcomeUnknown):
        await run(sync, case)
    await run(sync, case, retried=True)
    assert records.words().count("Began How do I return my shoes?") == 1


async def test_a_fault_of_ours_is_tried_again_and_then_parked(world, sync, records):
    case = await answered(world)
    records.fail = [ZeroDivisionError(), ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        await run(sync, case)
    await run(sync, case, retried=True)
    known = (await refs(world, case))[case.conversation.id]
    assert known.state is RefState.PARKED
    assert "reference" in known.trouble


async def test_what_is_not_there_is_let_be(sync, records):
    await sync("nothing", retried=False)
    assert records.told == []


async def test_a_job_goes_to_the_system_it_names():
    heard = []

    async def handler(key, *, retried):
        heard.append((key, retried))

    handle = by_system({"files": handler})
    await handle("files:a:b", retried=True)
    await handle("gone:c", retried=False)
    assert heard == [("a:b", True)]
