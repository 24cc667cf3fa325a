"""The context engine: asked at once, once each, within the budget; what is old, late or missing; and by whom used."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.context import Keys, Outcome, Urgency
from bot.core.errors import Rejected, Unavailable
from bot.core.identity import unverified
from bot.core.model import Channel, Inbound, Mode, Status
from bot.core.policy import default_rules
from bot.core.sealing import OPEN
from bot.services.advancing import Advance
from bot.services.context import Context
from bot.services.delivery import Deliveries
from bot.services.drafting import Drafting
from bot.services.identify import Identify
from bot.services.intake import Intake
from storage.database import open_database
from storage.signals import LocalSignals
from tests.fakes import AT, FakeAnswerer, FakeChannel, FakeClock, FakeSource, known
from tests.services.conftest import World
from tests.waiting import until

ADA = "ada@customer.example"
KEYS = Keys(emails=(ADA,))
PROVEN = {"sender_check": "pass"}


def crm(*facts: str, **values: object) -> FakeSource:
    return FakeSource({ADA: known("Ada Quill", "Quill Ltd", *facts)}, **values)


async def until_asked(source: FakeSource, times: int) -> None:
    async def asked() -> bool:
        return len(source.asked) >= times

    await until(asked)


# --- the engine -----------------------------------------------------------------------------------------


async def test_fifty_messages_of_twenty_customers_ask_twenty_times() -> None:
    source = FakeSource(hang=asyncio.Event())
    context = Context([source], FakeClock(), budget=5)
    keys = [Keys(emails=(f"{number % 20}@customer.example",)) for number in range(50)]
    asking = asyncio.gather(*(context.gather(one) for one in keys))
    await until_asked(source, 20)
    source.hang.set()
    assert [len(gathered.told) for gathered in await asking] == [1] * 50
    assert source.asked == [Urgency.ANSWER] * 20
    await context.aclose()


async def test_all_sources_are_asked_at_once_and_the_quick_ones_are_not_kept_by_the_slow() -> None:
    quick, slow = crm("Gold", name="Quick"), crm(name="Slow", hang=asyncio.Event())
    context = Context([slow, quick], FakeClock(), budget=0.05)
    gathered = await context.gather(KEYS)
    assert [(told.source, bool(told.record), told.why) for told in gathered.told] == [
        ("Slow", False, "no answer in time"),
        ("Quick", True, ""),
    ]
    assert len(gathered.late) == 1
    slow.hang.set()
    await asyncio.wait(gathered.late)
    assert (await context.gather(KEYS)).told[0].record is not None
    assert (len(slow.asked), len(quick.asked)) == (1, 1)
    await context.aclose()


async def test_an_old_answer_stands_in_while_a_newer_one_is_fetched() -> None:
    clock, source = FakeClock(), crm()
    context = Context([source], clock, budget=5)
    await context.gather(KEYS)
    clock.move(minutes=9)
    assert (await context.gather(KEYS)).late == ()
    clock.move(minutes=2)
    source.hang = asyncio.Event()
    stale = await context.gather(KEYS)
    assert (stale.told[0].record is not None, len(stale.late)) == (True, 1)
    await until_asked(source, 2)
    assert source.asked == [Urgency.ANSWER, Urgency.REFRESH]
    source.hang.set()
    await asyncio.wait(stale.late)
    await context.aclose()


async def test_that_nobody_is_known_is_believed_for_two_minutes() -> None:
    clock, source = FakeClock(), FakeSource()
    context = Context([source], clock)
    for minutes, times in ((0, 1), (1, 1), (2, 2)):
        clock.move(minutes=minutes)
        gathered = await context.gather(KEYS)
        await asyncio.gather(*gathered.late)
        assert (gathered.told[0].record.outcome, len(source.asked)) == (Outcome.NOBODY, times)
    await context.aclose()


async def test_a_source_that_fails_leaves_what_it_said_last_and_after_a_day_nothing() -> None:
    clock, source = FakeClock(), crm()
    context = Context([source], clock)
    await context.gather(KEYS)
    source.fail = Unavailable("Salesforce cannot be reached")
    clock.move(hours=1)
    assert (await context.gather(KEYS)).told[0].record is not None
    clock.move(hours=24)
    (told,) = (await context.gather(KEYS)).told
    assert (told.record, told.why) == (None, "Salesforce cannot be reached")
    await context.aclose()


async def test_a_fault_of_ours_is_logged_and_costs_nobody_their_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = Context([crm(fail=KeyError("x"))], FakeClock())
    (told,) = (await context.gather(KEYS)).told
    assert (told.record, told.why) == (None, "a fault of ours")
    assert [record.message for record in caplog.records] == ["context_failed"]
    await context.aclose()


async def test_ids_learnt_from_an_answer_ask_no_new_question() -> None:
    source = crm()
    context = Context([source], FakeClock())
    await context.gather(KEYS)
    await context.gather(Keys(KEYS.emails, ids=(("Salesforce", "003"),)))
    assert len(source.asked) == 1
    await context.aclose()


async def test_no_sources_and_no_keys_are_no_work() -> None:
    source = crm()
    assert (await Context([], FakeClock()).gather(KEYS)).told == ()
    assert (await Context([source], FakeClock()).gather(Keys())).told == ()
    assert source.asked == []


async def test_what_is_kept_is_bounded() -> None:
    source = FakeSource()
    context = Context([source], FakeClock(), most=2)
    for name in "abca":
        await context.gather(Keys(emails=(f"{name}@x",)))
    assert len(source.asked) == 4
    await context.aclose()


# --- what becomes of it ---------------------------------------------------------------------------------


async def test_a_late_answer_still_comes_to_the_card(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold")}
    world.source.hang = asyncio.Event()
    case = await world.arrive()
    assert [look.outcome for look in case.customer.looks] == [Outcome.MISSING]
    assert (case.conversation.status, case.customer.facts) == (Status.ANSWERED, ())
    version = case.conversation.version
    world.source.hang.set()

    async def shown() -> bool:
        return (await world.case(case.conversation.id)).conversation.version > version

    await until(shown)
    case = await world.case(case.conversation.id)
    assert [fact.text for fact in case.customer.facts] == ["Gold"]
    assert [look.outcome for look in case.customer.looks] == [Outcome.FOUND]


async def test_what_came_late_is_not_overwritten_by_the_draft_that_did_not_wait(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold")}
    world.source.hang = asyncio.Event()
    receipt = await world.receive()

    async def comes_late() -> None:
        world.source.hang.set()

        async def known_now() -> bool:
            return (await world.case(receipt.conversation_id)).customer.known

        await until(known_now)

    world.answerer.meanwhile = [comes_late]
    case = await world.go_on(receipt.conversation_id)
    assert (case.customer.company, case.conversation.status) == ("Quill Ltd", Status.ANSWERED)


async def test_a_source_that_is_down_leaves_the_facts_of_before_with_their_age(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold")}
    await world.arrive()
    world.clock.move(days=2)
    world.source.fail = Unavailable("Salesforce cannot be reached")
    case = await world.arrive("And the price?")
    (look,) = case.customer.looks
    assert (look.outcome, look.why, look.ids) == (Outcome.MISSING, "Salesforce cannot be reached", ("003",))
    assert [(fact.text, fact.at) for fact in case.customer.facts] == [("Gold", AT)]
    assert case.customer.known


async def test_refresh_asks_again_whatever_is_kept_and_shows_it(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold")}
    case = await world.arrive()
    world.source.records = {ADA: known("Ada Quill-Byrne", "Quill Ltd", "Platinum")}
    await world.identify.refresh(case.conversation.id)
    after = await world.case(case.conversation.id)
    assert (after.customer.name, [fact.text for fact in after.customer.facts]) == (
        "Ada Quill-Byrne",
        ["Platinum"],
    )
    assert after.conversation.version > case.conversation.version
    assert world.source.asked == [Urgency.ANSWER, Urgency.CLICKED]


async def test_there_is_nothing_to_refresh_for_a_stranger_or_without_a_source(world: World) -> None:
    visitor = await world.arrive(channel=Channel.CHAT, address="5f3a", external_id="c1")
    with pytest.raises(Rejected, match="have not said who they are"):
        await world.identify.refresh(visitor.conversation.id)
    alone = Identify(world.database, Context([], world.clock), world.clock)
    with pytest.raises(Rejected, match="set SALESFORCE_URL"):
        await alone.refresh(visitor.conversation.id)
    with pytest.raises(Rejected):
        await alone.refresh("0" * 32)


async def test_a_long_conversation_learns_what_changed_meanwhile(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "", "Gold")}
    case = await world.arrive()
    world.source.records = {ADA: known("Ada Quill", "", "Platinum")}
    world.clock.move(hours=25)
    after = await world.arrive("And the price?", conversation_hint=case.conversation.id)
    assert [fact.text for fact in after.customer.facts] == ["Platinum"]


async def test_several_matches_are_said_and_nothing_of_them_is_shown(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "Quill Ltd", "Gold", matches=3)}
    case = await world.arrive(name="Ada")
    (look,) = case.customer.looks
    assert (look.outcome, look.why) == (Outcome.SEVERAL, "3 customers match")


# --- who may be told what -------------------------------------------------------------------------------


async def test_a_proven_customer_is_answered_from_facts_and_the_draft_says_which_it_used(
    world: World,
) -> None:
    world.source.records = {ADA: known("Ada Quill", "", "Gold", "Blue shoes")}
    case = await world.arrive(metadata=PROVEN)
    assert [fact.text for fact in world.answerer.asked[0].facts] == ["Gold", "Blue shoes"]
    assert case.draft.proposal.facts == ()
    world.answerer.proposal = type(case.draft.proposal)("As a gold customer you return for free.", 0.95)
    again = await world.arrive(metadata=PROVEN)
    assert [(fact.name, fact.source, fact.at) for fact in again.draft.proposal.facts] == [
        ("Gold", "Salesforce", AT)
    ]


async def test_an_unproven_customer_is_told_nothing_personal_and_called_by_the_name_they_gave(
    world: World,
) -> None:
    world.source.records = {ADA: known("Adelaide Quill-Byrne", "", "Gold")}
    case = await world.arrive(name="Ada")
    asked = world.answerer.asked[0]
    assert (asked.facts, asked.customer_name) == ((), "Ada")
    assert unverified(case) == "the mail proves no sender"
    assert case.customer.name == "Adelaide Quill-Byrne"
    nameless = await world.arrive(name="", address="bo@customer.example")
    assert (world.answerer.asked[1].customer_name, nameless.customer.known) == ("", False)


async def test_what_is_for_our_people_only_is_told_no_customer(world: World) -> None:
    record = known("Ada Quill", "", "Gold", "At risk")
    public, internal = record.facts
    told = (public, type(internal)("risk", "At risk", "Salesforce", AT, internal=True))
    world.source.records = {ADA: type(record)("Salesforce", AT, name="Ada", facts=told)}
    await world.arrive(metadata=PROVEN)
    assert [fact.text for fact in world.answerer.asked[0].facts] == ["Gold"]


@pytest.mark.parametrize(
    ("channel", "why"),
    [(Channel.SMS, "a number can be faked"), (Channel.CHAT, "the visitor has not signed in")],
)
async def test_a_number_and_a_visitor_prove_nobody(world: World, channel: Channel, why: str) -> None:
    case = await world.arrive(channel=channel, address="+442079460101", external_id="x1")
    assert unverified(case) == why


async def test_one_unproven_message_among_proven_ones_is_enough_to_doubt(world: World) -> None:
    case = await world.waiting()
    conversation = case.conversation.id
    await world.arrive("More", conversation_hint=conversation, metadata=PROVEN)
    assert unverified(await world.case(conversation)) == "the mail proves no sender"
    forged = await world.arrive("More", conversation_hint=conversation, metadata={"sender_check": "fail"})
    assert unverified(forged) == "sender may be forged"


async def test_the_age_of_what_is_kept_counts_from_when_it_was_told(world: World) -> None:
    world.source.records = {ADA: known("Ada Quill", "", "Gold")}
    case = await world.arrive()
    assert [look.at for look in case.customer.looks] == [AT]
    assert world.clock() - AT == timedelta()


async def commits_of_a_message(*sources: FakeSource) -> int:
    """Count the commits from a message to its answer."""
    clock, defaults, commits = FakeClock(), default_rules(Mode.AUTO), 0

    @contextmanager
    def counting() -> Iterator[None]:
        nonlocal commits
        commits += 1
        yield

    async with open_database(
        "sqlite+aiosqlite://", LocalSignals(), clock, committing=counting, sealing=OPEN
    ) as database:
        context = Context(sources, clock)
        identify = Identify(database, context, clock)
        drafting = Drafting(database, identify, FakeAnswerer(), clock, defaults)
        deliveries = Deliveries(database, {Channel.EMAIL: FakeChannel()}, clock, defaults)
        receipt = await Intake(database, clock).receive(Inbound(Channel.EMAIL, "<1@x>", ADA, "How?"))
        await Advance(database, drafting, deliveries, clock)(receipt.conversation_id, retried=False)
        await context.aclose()
    return commits


async def test_to_know_the_customer_costs_a_message_no_commit() -> None:
    without = await commits_of_a_message()
    source = crm("Gold")
    source.records = {ADA: replace(source.records[ADA], ids=())}
    assert (await commits_of_a_message(source), without <= 6) == (without, True)
