"""What agents do with a conversation besides sending: snooze, redraft, reject, close, block, reopen, ask, go on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import AlreadyDecided, Gone, InvalidInput, Rejected, Superseded, Unavailable
from bot.core.model import Action, Closed, Flag, Mode, Status
from bot.core.policy import default_rules
from bot.core.ports.answering import UNHEEDED
from bot.core.ports.desk_work import Writing
from bot.services.asking import Asking
from bot.services.closing import Closing
from bot.services.live import LiveWindows
from bot.services.noticing import Noticing
from bot.services.queueing import Queueing
from bot.services.redrafting import Redrafting
from bot.services.showing import Show
from bot.services.snoozing import Snoozing
from bot.services.surveys import may_ask
from bot.services.teamdesk import TeamDesk
from bot.services.unsent import Unsent
from tests.services.conftest import KIM, RIVERA, World

PARTS = (("answer-1-1", "Half an answ"),)


@pytest.fixture
def snoozing(world: World) -> Snoozing:
    return Snoozing(world.database, world.clock)


@pytest.fixture
def closing(world: World) -> Closing:
    return Closing(world.database, world.clock)


@pytest.fixture
def redrafting(world: World) -> Redrafting:
    return Redrafting(world.database, world.answerer, world.clock, default_rules(Mode.AUTO))


@pytest.fixture
def unsent(world: World) -> Unsent:
    return Unsent(world.database, world.clock)


async def events(world: World, conversation_id: str) -> list[str]:
    return [event.text for event in (await world.case(conversation_id)).events]


# --- snooze -------------------------------------------------------------------------------------------------


async def test_what_sleeps_wakes_when_it_is_time_and_tells_who_wanted_it(
    world: World, snoozing: Snoozing
) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await snoozing.snooze(where, 1, world.clock() + timedelta(hours=3), KIM)
    asleep = await world.case(where)
    assert (asleep.conversation.status, asleep.conversation.snoozed_until) == (
        Status.WAITING,
        world.clock() + timedelta(hours=3),
    )
    world.clock.move(hours=2, minutes=59)
    assert (await world.go_on(where)).conversation.snoozed_until is not None
    world.clock.move(minutes=1)
    awake = await world.go_on(where)
    assert (awake.conversation.status, awake.conversation.snoozed_until) == (Status.WAITING, None)
    assert awake.events[-1].text == "<@UKIM>: this is awake again"


async def test_a_timer_that_was_lost_is_found_by_the_sweep(world: World, snoozing: Snoozing) -> None:
    where = (await world.waiting()).conversation.id
    await snoozing.snooze(where, 1, world.clock() + timedelta(hours=1), KIM)
    async with world.database.transaction() as tx:
        await tx.connection.exec_driver_sql("DELETE FROM jobs")
    world.clock.move(hours=1)
    assert await world.sweep.sweep() == 1
    assert (await world.go_on(where)).conversation.snoozed_until is None


async def test_a_new_message_wakes_at_once(world: World, snoozing: Snoozing) -> None:
    case = await world.waiting()
    await snoozing.snooze(case.conversation.id, 1, world.clock() + timedelta(days=3), KIM)
    again = await world.arrive("Still nothing?", conversation_hint=case.conversation.id)
    assert again.conversation.snoozed_until is None
    assert again.current_draft is not None


async def test_what_was_answered_waits_for_an_agent_after_its_sleep(world: World, snoozing: Snoozing) -> None:
    where = (await world.arrive()).conversation.id
    await snoozing.snooze(where, 1, world.clock() + timedelta(days=1), KIM)
    world.clock.move(days=1)
    assert (await world.go_on(where)).conversation.status is Status.WAITING


async def test_waking_by_hand_and_twice_is_harmless(world: World, snoozing: Snoozing) -> None:
    case = await world.waiting()
    await snoozing.snooze(case.conversation.id, 1, world.clock() + timedelta(days=1), KIM)
    await snoozing.end(case.conversation.id, RIVERA)
    await snoozing.end(case.conversation.id, RIVERA)
    assert await snoozing.wake(case) is None
    assert (await events(world, case.conversation.id))[-1] == "Woken by <@URIVERA>"


async def test_what_cannot_sleep_says_why(world: World, snoozing: Snoozing) -> None:
    case = await world.waiting()
    where, soon = case.conversation.id, world.clock() + timedelta(hours=1)
    for until in (world.clock(), world.clock() + timedelta(days=61)):
        with pytest.raises(InvalidInput):
            await snoozing.snooze(where, 1, until, KIM)
    with pytest.raises(Superseded):
        await snoozing.snooze(where, 0, soon, KIM)
    await world.review.resolve(where, 1, KIM)
    with pytest.raises(Rejected):
        await snoozing.snooze(where, 1, soon, KIM)


# --- another draft ------------------------------------------------------------------------------------------


async def test_a_wish_makes_a_new_version_and_the_old_draft_cannot_be_sent(
    world: World, redrafting: Redrafting
) -> None:
    case = await world.waiting()
    world.answerer.proposal = replace(world.answerer.proposal, text="Within 60 days [1].")
    await redrafting.again(case.conversation.id, 1, " make it  shorter ", KIM)
    after = await world.case(case.conversation.id)
    assert world.answerer.asked[-1].wish == "make it shorter"
    assert (after.current_draft.version, after.current_draft.proposal.text) == (2, "Within 60 days [1].")
    assert after.conversation.status is Status.WAITING
    assert (after.decision.action, after.decision.actor) == (Action.REVIEW, "UKIM")
    with pytest.raises(Superseded):
        await world.review.approve(case.draft.id, RIVERA)
    await world.review.approve(after.current_draft.id, RIVERA)
    await world.go_on(case.conversation.id)
    assert [one.delivery.text for one in world.channel.sent] == ["Within 60 days [1]."]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": ""}, "Nothing better"),
        ({}, "came out the same"),
        ({"flags": (Flag(UNHEEDED, "Only shorter is possible."),)}, "Only shorter is possible."),
    ],
)
async def test_a_draft_that_did_not_get_better_stays(
    world: World, redrafting: Redrafting, changes: dict, said: str
) -> None:
    case = await world.waiting()
    world.answerer.proposal = replace(world.answerer.proposal, **changes)
    with pytest.raises(Rejected, match=said):
        await redrafting.again(case.conversation.id, 1, "In German", KIM)
    assert (await world.case(case.conversation.id)).current_draft == case.draft


async def test_no_draft_is_written_for_what_was_answered_meanwhile(
    world: World, redrafting: Redrafting
) -> None:
    case = await world.waiting()

    async def meanwhile() -> None:
        await world.review.approve(case.draft.id, RIVERA)

    world.answerer.meanwhile.append(meanwhile)
    world.answerer.proposal = replace(world.answerer.proposal, text="Shorter [1].")
    with pytest.raises(Rejected):
        await redrafting.again(case.conversation.id, 1, "shorter", KIM)
    await world.go_on(case.conversation.id)
    assert len(world.channel.sent) == 1


@pytest.mark.parametrize("wish", ["", "  ", "x" * 301])
async def test_a_wish_is_short_and_there(world: World, redrafting: Redrafting, wish: str) -> None:
    where = (await world.waiting()).conversation.id
    with pytest.raises(InvalidInput):
        await redrafting.again(where, 1, wish, KIM)
    with pytest.raises(InvalidInput):
        await redrafting.reject(where, 1, wish, KIM)


async def test_a_rejected_draft_is_gone_and_remembered_as_wrong(world: World, redrafting: Redrafting) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await redrafting.reject(where, 1, "A fact is wrong", KIM)
    after = await world.case(where)
    assert (after.conversation.status, after.current_draft.proposal.text) == (Status.WAITING, "")
    assert after.events[-1].text == "<@UKIM> rejected the draft: A fact is wrong"
    async with world.database.snapshot() as tx:
        (judged,) = await tx.assessments.judged(case.conversation.channel, 9)
    assert (judged.right, judged.verdict) == (False, "rejected")
    with pytest.raises(Superseded):
        await world.review.approve(case.draft.id, RIVERA)
    with pytest.raises(Rejected, match="no draft to reject"):
        await redrafting.reject(where, 1, "again", RIVERA)
    await world.review.send_own(where, 1, "In my words", KIM, None, key="V1")
    await world.go_on(where)
    assert [one.delivery.text for one in world.channel.sent] == ["In my words"]


async def test_an_escalated_matter_stays_escalated_with_its_new_draft(
    world: World, redrafting: Redrafting
) -> None:
    case = await world.waiting()
    await world.escalation.escalate(case.conversation.id, "specialist", KIM)
    await redrafting.reject(case.conversation.id, 1, "wrong", KIM)
    assert (await world.case(case.conversation.id)).conversation.status is Status.ESCALATED


# --- closing and opening again ------------------------------------------------------------------------------


async def test_no_support_matter_is_closed_without_asking_for_a_rating(
    world: World, closing: Closing
) -> None:
    where = (await world.arrive()).conversation.id
    await closing.not_support(where, 1, KIM)
    await closing.not_support(where, 1, RIVERA)
    case = await world.case(where)
    assert (case.conversation.status, case.conversation.closed_as) == (Status.RESOLVED, Closed.NOT_SUPPORT)
    assert not may_ask(case)
    assert may_ask(replace(case, conversation=replace(case.conversation, closed_as=Closed.USUAL)))
    assert case.events[-1].text == "Closed by <@UKIM> as no support matter"
    again = await world.arrive("Hello?", conversation_hint=where)
    assert again.conversation.closed_as is Closed.USUAL


async def test_a_blocked_sender_is_kept_and_not_answered_until_unblocked(
    world: World, closing: Closing
) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await closing.block(where, 1, KIM)
    blocked = await world.case(where)
    assert (blocked.conversation.closed_as, blocked.blocked) == (Closed.SPAM, True)
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.99)
    spam = await world.arrive("Buy now")
    assert spam.conversation.status is Status.HELD
    assert [reason.code for reason in spam.decision.reasons] == ["blocked"]
    assert world.channel.sent == []
    await closing.unblock(spam.conversation.id, RIVERA)
    assert (await world.case(spam.conversation.id)).conversation.status is Status.WAITING
    with pytest.raises(Rejected, match="not blocked"):
        await closing.unblock(where, RIVERA)
    await world.arrive("A real question about my shoes?")
    assert len(world.channel.sent) == 1


async def test_closing_what_changed_meanwhile_is_refused(world: World, closing: Closing) -> None:
    where = (await world.waiting()).conversation.id
    await world.receive("And another thing", conversation_hint=where)
    with pytest.raises(Superseded):
        await closing.block(where, 1, KIM)
    assert not (await world.case(where)).blocked


async def test_an_answer_on_its_way_is_taken_back_from_spam(world: World, closing: Closing) -> None:
    case = await world.waiting()
    await world.review.approve(case.draft.id, RIVERA)
    await closing.block(case.conversation.id, 1, KIM)
    await world.go_on(case.conversation.id)
    assert world.channel.sent == []


async def test_a_resolved_matter_is_reopened_once(world: World, closing: Closing) -> None:
    where = (await world.arrive()).conversation.id
    await world.review.resolve(where, 1, KIM)
    await closing.reopen(where, RIVERA)
    case = await world.go_on(where)
    assert (case.conversation.status, case.events[-1].text) == (Status.WAITING, "Reopened by <@URIVERA>")
    with pytest.raises(Rejected, match="open already"):
        await closing.reopen(where, KIM)


async def test_what_was_escalated_is_escalated_when_it_is_reopened(world: World, closing: Closing) -> None:
    where = (await world.waiting()).conversation.id
    await world.escalation.escalate(where, "Needs billing", KIM)
    for _ in range(2):
        await world.review.resolve(where, 1, KIM)
        assert not (await world.case(where)).conversation.escalated
        await closing.reopen(where, RIVERA)
        case = await world.go_on(where)
        assert (case.conversation.status, case.conversation.escalated) == (Status.ESCALATED, True)


async def test_an_answer_from_before_the_escalation_is_no_answer_to_it(
    world: World, closing: Closing
) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await world.review.approve(case.current_draft.id, KIM)
    assert (await world.go_on(where)).conversation.status is Status.ANSWERED
    world.clock.move(minutes=1)
    await world.escalation.escalate(where, "The answer was wrong", KIM)
    await world.review.resolve(where, 1, KIM)
    await closing.reopen(where, RIVERA)
    case = await world.case(where)
    assert (case.conversation.status, case.conversation.escalated) == (Status.ESCALATED, True)


async def test_who_was_blocked_by_mistake_is_escalated_as_before(world: World, closing: Closing) -> None:
    where = (await world.waiting()).conversation.id
    await world.escalation.escalate(where, "Needs billing", KIM)
    await closing.block(where, 1, KIM)
    await closing.unblock(where, RIVERA)
    case = await world.case(where)
    assert (case.conversation.status, case.conversation.escalated) == (Status.ESCALATED, True)


async def test_what_was_answered_or_handed_back_is_not_escalated_again(
    world: World, closing: Closing
) -> None:
    people: Any = None
    desk = TeamDesk(world.database, people, world.clock)
    case = await world.waiting()
    answered = case.conversation.id
    await world.escalation.escalate(answered, "Needs billing", KIM)
    await world.review.approve(case.current_draft.id, KIM)
    await world.go_on(answered)
    handed_back = (await world.waiting()).conversation.id
    await world.escalation.escalate(handed_back, "Needs billing", KIM)
    await desk.hand_back(handed_back, "The article says it", RIVERA)
    for where in (answered, handed_back):
        await world.review.resolve(where, 1, KIM)
        await closing.reopen(where, KIM)
        case = await world.case(where)
        assert (case.conversation.status, case.conversation.escalated) == (Status.WAITING, False)


async def test_a_colleague_is_asked_once_in_the_thread(world: World) -> None:
    asking, where = Asking(world.database, world.clock), (await world.waiting()).conversation.id
    for _ in range(2):
        await asking.ask(where, "UBEN", " Do we ship <!channel>? ", KIM, key="V1")
    assert await events(world, where) == ["<@UKIM> asks <@UBEN>: Do we ship <!channel>?"]
    for colleague, question in (("", "x"), ("UKIM", "x"), ("UBEN", " "), ("UBEN", "x" * 1_001)):
        with pytest.raises(InvalidInput):
            await asking.ask(where, colleague, question, KIM, key="V2")
    assert world.channel.sent == []


# --- unsent answers -----------------------------------------------------------------------------------------


class FakeWindows:
    """The windows of writing agents: what they were told; `fail` is raised once."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool, str | None]] = []
        self.fail: Exception | None = None

    async def tell(self, writing, case, news) -> None:  # type: ignore[no-untyped-def]
        if self.fail:
            error, self.fail = self.fail, None
            raise error
        self.told.append((writing.actor, news.wrote_again, news.by))


async def test_what_was_typed_is_there_after_the_window_was_closed(world: World, unsent: Unsent) -> None:
    where = (await world.waiting()).conversation.id
    writing = Writing(where, "UKIM", 1, None, (), world.clock(), "V1")
    await unsent.keep(replace(writing, parts=PARTS))
    await unsent.close(where, "UKIM", "V1")
    assert (await unsent.desk(where, "UKIM")).mine.parts == PARTS
    await unsent.open(replace(writing, actor="UBEN", view_id="V2"))
    assert [one.actor for one in (await unsent.desk(where, "UKIM")).others] == ["UBEN"]
    world.clock.move(minutes=31)
    assert (await unsent.desk(where, "UKIM")).others == []
    await unsent.drop(where, "UKIM")
    assert (await unsent.desk(where, "UKIM")).mine is None


async def root(world: World, where: str) -> str:
    """Return what the card says, brought in line."""
    await Noticing(world.database, world.clock).look()
    await world.show(where)
    (sheet,) = world.desk.named("root")
    return sheet.text


async def test_what_is_typed_before_the_opening_is_noted_is_kept(world: World, unsent: Unsent) -> None:
    where = (await world.waiting()).conversation.id
    opened = Writing(where, "UKIM", 1, None, (), world.clock(), "V1")
    world.clock.move(seconds=1)
    await unsent.keep(replace(opened, parts=PARTS, at=world.clock()))
    await unsent.open(opened)
    assert (await unsent.desk(where, "UKIM")).mine == replace(opened, parts=PARTS, at=world.clock())


async def test_the_card_says_who_has_the_window_open_until_it_is_closed(world: World, unsent: Unsent) -> None:
    before = await world.waiting()
    where = before.conversation.id
    writing = Writing(where, "UKIM", 1, None, (), world.clock(), "V1")
    await unsent.open(writing)
    assert await root(world, where) == "waiting 1 0.9 UKIM writes"
    await unsent.open(replace(writing, actor="UBEN", view_id="V2"))
    assert await root(world, where) == "waiting 1 0.9 UBEN writes UKIM writes"
    await unsent.close(where, "UKIM", "V1")
    assert await root(world, where) == "waiting 1 0.9 UBEN writes"
    world.clock.move(minutes=31)  # Nobody has typed: the window was lost.
    assert await root(world, where) == "waiting 1 0.9"
    assert (await world.case(where)).conversation.updated_at == before.conversation.updated_at


async def test_who_has_taken_it_may_write_without_a_change_of_the_card(world: World, unsent: Unsent) -> None:
    where = (await world.waiting()).conversation.id
    await world.review.take(where, KIM)
    await world.show(where)
    before = (await world.case(where)).conversation.version
    await unsent.open(Writing(where, KIM.id, 1, None, (), world.clock(), "V1"))
    assert "writes" not in await root(world, where)
    assert (await world.case(where)).conversation.version == before


async def test_a_card_forgets_who_wrote_with_the_answer_and_remembers_who_opens_anew(
    world: World, unsent: Unsent
) -> None:
    where = (await world.waiting()).conversation.id
    writing = Writing(where, "UKIM", 1, None, (), world.clock(), "V1")
    await unsent.open(writing)
    await unsent.drop(where, "UKIM")  # Within a moment: no card has to be changed.
    assert await root(world, where) == "waiting 1 0.9"

    await unsent.open(writing)
    assert await root(world, where) == "waiting 1 0.9 UKIM writes"
    await unsent.close(where, "UKIM", "V1")
    await unsent.open(replace(writing, view_id="V2"))
    await unsent.close(where, "UKIM", "V2")
    assert await root(world, where) == "waiting 1 0.9"

    await unsent.open(replace(writing, view_id="V3"))
    assert await root(world, where) == "waiting 1 0.9 UKIM writes"
    await unsent.drop(where, "UKIM")
    assert await world.unshown() == 1
    assert await root(world, where) == "waiting 1 0.9"


async def test_a_writing_agent_hears_once_what_happened(world: World, unsent: Unsent) -> None:
    windows = FakeWindows()
    live = LiveWindows(world.database, windows)
    case = await world.waiting()
    where = case.conversation.id
    await unsent.open(Writing(where, "UKIM", 1, case.draft.id, PARTS, world.clock(), "V1"))

    async def look() -> None:
        async with world.database.snapshot() as tx:
            writings = await tx.writings.of(where)
        await live.tell(await world.case(where), writings)

    await look()
    assert windows.told == []
    await world.arrive("One more thing", conversation_hint=where)
    windows.fail = Unavailable("Slack is slow")
    for _ in range(3):
        await look()
    assert windows.told == [("UKIM", True, None)]
    newest = await world.case(where)
    await world.review.send_own(where, newest.conversation.turn, "From Ben", RIVERA, None, key="V9")
    for _ in range(2):
        await look()
    assert windows.told[1:] == [("UKIM", False, "URIVERA")]
    await world.go_on(where)
    await world.arrive("Thanks, but why?", conversation_hint=where)
    windows.fail = Gone("closed")
    await look()
    assert (await unsent.desk(where, "UKIM")).mine.view_id == ""
    await look()
    assert len(windows.told) == 2


async def test_two_who_write_do_not_both_send(world: World) -> None:
    case = await world.waiting()
    where = case.conversation.id
    await world.review.send_own(where, 1, "From Kim", KIM, case.draft.id, key="V1")
    with pytest.raises(AlreadyDecided):
        await world.review.send_own(where, 1, "From Rivera", RIVERA, case.draft.id, key="V2")
    await world.go_on(where)
    assert [one.delivery.text for one in world.channel.sent] == ["From Kim"]


# --- what comes next ----------------------------------------------------------------------------------------


async def test_whoever_dealt_with_one_is_led_to_the_most_urgent(world: World, snoozing: Snoozing) -> None:
    first, second = await world.waiting(), await world.waiting()
    other = await world.waiting()
    await world.review.take(other.conversation.id, RIVERA)
    await world.escalation.escalate(second.conversation.id, "help", RIVERA)
    for case in (first, second, other):
        await world.show(case.conversation.id)

    async def led_to(where: str) -> str | None:
        await world.go_on(where)
        await world.show(where)
        (sheet,) = [s for s in world.desk.named("root") if s.digest.startswith("answered")] or [None]
        return sheet.next_up.conversation.id if sheet and sheet.next_up else None

    await world.review.approve(first.draft.id, KIM)
    assert await led_to(first.conversation.id) == second.conversation.id
    view = await Queueing(world.database).view("URIVERA")
    assert [one.conversation.id for one in view.mine] == [other.conversation.id]
    assert [one.conversation.id for one in view.free] == [second.conversation.id]
    assert (view.mine_size, view.free_size) == (1, 1)
    assert view.longest.conversation.id in (second.conversation.id, other.conversation.id)


@pytest.mark.parametrize("specialists", [False, True])
async def test_where_specialists_decide_agents_are_led_to_what_waits_for_them(
    world: World, specialists: bool
) -> None:
    world.shows = Show(
        world.database, world.desk, world.clock, default_rules(Mode.AUTO), specialists=lambda _: specialists
    )
    first, escalated, waits = [await world.waiting() for _ in range(3)]
    await world.escalation.escalate(escalated.conversation.id, "help", RIVERA)
    for case in (first, escalated, waits):
        await world.show(case.conversation.id)
    await world.review.approve(first.draft.id, KIM)
    await world.go_on(first.conversation.id)
    await world.show(first.conversation.id)
    (sheet,) = [s for s in world.desk.named("root") if s.digest.startswith("answered")]
    expected = waits if specialists else escalated
    assert sheet.next_up.conversation.id == expected.conversation.id


async def test_what_goes_out_by_itself_leads_nowhere(world: World) -> None:
    await world.waiting()
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.99)
    case = await world.arrive("How do I return a hat?")
    await world.show(case.conversation.id)
    assert [sheet.next_up for sheet in world.desk.named("root")] == [None]
