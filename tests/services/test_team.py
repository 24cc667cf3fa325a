"""Conversations are looked after: given to somebody, called about, warned of; and customers hear what comes next."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from bot.core.errors import InvalidInput, NotAllowed, OutcomeUnknown, Refused, Superseded, Unavailable
from bot.core.model import Actor, Case, Channel, DeliveryState, Status
from bot.core.priority import Priority
from bot.core.routing import Routes
from bot.core.teamwork.assigning import Method
from bot.core.teamwork.hours import Span
from bot.core.teamwork.rules import Word
from bot.core.teamwork.sla import Kind
from bot.services.acknowledging import Acknowledging
from bot.services.chat import ChatChannel
from bot.services.intake import Intake
from bot.services.snoozing import Snoozing
from bot.services.team import Team
from bot.services.team_controls import TeamControls
from bot.services.teamdesk import TeamDesk
from bot.verbs.database.restoring import hold
from storage.database import SqlDatabase
from tests.services.conftest import BOSS, KIM, RIVERA, World

BERLIN = "Europe/Berlin"
OFFICE = tuple(Span(day, 540, 1020) for day in range(5))  # The tests begin on a Monday, 10:00 there.


@dataclass
class FakePeople:
    """Slack's people; `away` were deactivated."""

    away: set[str] = field(default_factory=set)

    async def gone(self, names: Collection[str]) -> Collection[str]:
        return self.away & set(names)


@dataclass
class Teamwork:
    """What is tested, on top of the services."""

    world: World
    people: FakePeople
    controls: TeamControls
    team: Team
    telling: Acknowledging
    desk: TeamDesk

    async def look(self) -> None:
        await self.team.look()
        await self.telling.look()

    async def said(self, case: Case) -> list[str]:
        """Return what teamwork has said in a conversation's thread."""
        events = (await self.world.case(case.conversation.id)).events
        ours = (
            "conversation (",
            "on call",
            "due in",
            "late.",
            "customer wrote",
            "was told",
            "deactivated",
            "could not",
        )
        return [e.text for e in events if any(part in e.text for part in ours)]

    async def assignee(self, case: Case) -> str | None:
        return (await self.world.case(case.conversation.id)).conversation.assignee

    async def later(self, **delta: float) -> None:
        self.world.clock.move(**delta)
        await self.look()


@pytest.fixture
async def work(world: World) -> Teamwork:
    people = FakePeople()
    return again(world, people)


def again(world: World, people: FakePeople) -> Teamwork:
    """Make everything anew, as a restart does."""
    database, clock = world.database, world.clock
    lines = {Channel.EMAIL: world.channel, Channel.SMS: world.channel, Channel.CHAT: ChatChannel(clock)}
    telling = Acknowledging(database, lines, clock, clock.seconds)
    return Teamwork(
        world,
        people,
        TeamControls(database, people, clock),
        Team(database, people, clock),
        telling,
        TeamDesk(database, people, clock),
    )


async def waiting(work: Teamwork, number: int = 1, **values: Any) -> Case:
    """Return a case that waits for an agent, each from another customer."""
    work.world.answerer.proposal = replace(work.world.answerer.proposal, confidence=0.80)
    return await work.world.arrive(**{"address": f"c{number}@customer.example"} | values)


async def escalated(work: Teamwork) -> Case:
    case = await waiting(work)
    await work.world.escalation.escalate(case.conversation.id, "Needs a specialist", KIM)
    return case


# --- assignment --------------------------------------------------------------------------------------------------


async def test_what_waits_is_given_by_turns(work: Teamwork) -> None:
    for who in ("UANNA", "UBEN", "UCLEO"):
        await work.controls.add_member(who, 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    got = []
    for number in range(6):
        case = await waiting(work, number)
        await work.later(seconds=5)
        got.append(await work.assignee(case))
    assert got == ["UANNA", "UBEN", "UCLEO", "UANNA", "UBEN", "UCLEO"]
    assert await work.said(case) == ["<@UCLEO> gets this conversation (2 of 5 in hand)"]
    given = [row for row in await work.world.audit() if row.action == "assign"]
    assert [row.payload["to"] for row in given] == got


async def test_nobody_gets_more_than_they_can_take_and_the_rest_waits(work: Teamwork) -> None:
    await work.controls.add_member("UANNA", 1, BOSS)
    await work.controls.add_member("UBEN", 2, BOSS)
    await work.controls.set_method(Method.LEAST_LOADED, BOSS)
    cases = [await waiting(work, number) for number in range(4)]
    await work.look()
    assert sorted([await work.assignee(case) or "" for case in cases]) == ["", "UANNA", "UBEN", "UBEN"]
    by_name = {await work.assignee(case): case for case in cases}
    done, left = by_name["UANNA"], by_name[None]
    await work.world.review.resolve(done.conversation.id, done.conversation.turn, Actor("UANNA"))
    await work.later(seconds=61)
    assert await work.assignee(left) == "UANNA"


async def test_who_is_away_or_deactivated_gets_nothing(work: Teamwork) -> None:
    for who in ("UANNA", "UBEN", KIM.id):
        await work.controls.add_member(who, 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    await work.controls.set_away(KIM.id, True, KIM)
    work.people.away.add("UANNA")
    cases = [await waiting(work, number) for number in range(3)]
    await work.look()
    assert [await work.assignee(case) for case in cases] == ["UBEN"] * 3


async def test_what_somebody_had_who_was_deactivated_goes_to_somebody_else(work: Teamwork) -> None:
    await work.controls.add_member("UBEN", 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    case = await waiting(work)
    await work.world.review.take(case.conversation.id, RIVERA)
    work.people.away.add(RIVERA.id)
    await work.look()
    assert await work.assignee(case) == "UBEN"
    assert await work.said(case) == [
        f"<@{RIVERA.id}> is deactivated in Slack: nobody has this conversation any more",
        "<@UBEN> gets this conversation (1 of 5 in hand)",
    ]


async def test_in_another_workspace_nobody_of_the_main_one_gets_or_is_called_to_anything(
    work: Teamwork,
) -> None:
    await work.controls.add_member("UANNA", 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    await rota(work)
    here, theirs, south = FakePeople(), FakePeople(), "T2"
    here.away |= {"UPAT", "UNOEL"}  # Whom the main one does not know.
    team = Team(work.world.database, here, work.world.clock, {south: theirs})
    routes = Routes({"email": south})
    intake = Intake(work.world.database, work.world.clock, routes=routes)
    work = replace(work, world=replace(work.world, intake=intake))
    cases = [await waiting(work, number) for number in range(3)]
    assert {case.conversation.workspace for case in cases} == {south}
    await work.world.escalation.escalate(cases[0].conversation.id, "Needs a specialist", KIM)
    await work.world.review.take(cases[1].conversation.id, Actor("UPAT"))
    await work.world.review.take(cases[2].conversation.id, Actor("UNOEL"))
    theirs.away.add("UNOEL")
    await team.look()
    assert [await work.assignee(case) for case in cases] == [None, "UPAT", None]
    said = [await work.said(case) for case in cases]
    assert said[0] == ["Escalated"] or not any("UANNA" in line for line in said[0])
    assert said[1:] == [
        [],
        ["<@UNOEL> is deactivated in Slack: nobody has this conversation any more"],
    ]


async def test_nobody_is_given_anything_before_it_opens(work: Teamwork) -> None:
    await work.controls.add_member("UANNA", 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    await work.controls.set_hours(Channel.EMAIL, BERLIN, OFFICE, BOSS)
    work.world.clock.move(hours=12)  # 22:00 there
    case = await waiting(work)
    await work.look()
    assert await work.assignee(case) is None
    await work.later(hours=10)  # 8:00
    assert await work.assignee(case) is None
    await work.later(hours=1)
    assert await work.assignee(case) == "UANNA"


async def test_what_is_answered_or_taken_is_given_to_nobody(work: Teamwork) -> None:
    await work.controls.add_member("UANNA", 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    answered = await work.world.arrive()
    taken = await waiting(work)
    await work.world.review.take(taken.conversation.id, KIM)
    await work.look()
    assert [await work.assignee(case) for case in (answered, taken)] == [None, KIM.id]


# --- on call -----------------------------------------------------------------------------------------------------


async def rota(work: Teamwork) -> None:
    daily = tuple(Span(day, 480, 1200) for day in range(7))
    await work.controls.set_rota_zone(BERLIN, BOSS)
    await work.controls.add_shift("UANNA", daily, BOSS)
    await work.controls.add_backup("SLEADS", BOSS)


async def test_who_is_on_call_is_called_and_then_the_next_until_somebody_takes_it(work: Teamwork) -> None:
    await rota(work)
    await work.controls.add_backup("UBEN", BOSS)
    case = await escalated(work)
    await work.look()
    first = (
        "<@UANNA>: you are on call, and this is escalated. Press Take; after 15 min the next one is called"
    )
    assert await work.said(case) == [first]
    await work.later(minutes=14)
    assert len(await work.said(case)) == 1
    again_started = again(work.world, work.people)  # The process ends, and another one begins.
    await again_started.later(minutes=1)
    assert (await work.said(case))[1:] == [first.replace("<@UANNA>", "<!subteam^SLEADS>")]
    await work.world.review.take(case.conversation.id, RIVERA)
    await work.later(minutes=15)
    await work.later(minutes=15)
    assert len(await work.said(case)) == 2


async def test_when_nobody_takes_it_that_is_said_once(work: Teamwork) -> None:
    await rota(work)
    case = await escalated(work)
    for _ in range(6):
        await work.look()
        work.world.clock.move(minutes=15)
    assert await work.said(case) == [
        "<@UANNA>: you are on call, and this is escalated. Press Take; after 15 min the next one is called",
        "<!subteam^SLEADS>: you are on call, and this is escalated. Press Take; nobody is called after you",
        "Everybody on call was called, and nobody has taken this",
    ]


async def test_who_was_deactivated_is_passed_over_at_once(work: Teamwork) -> None:
    await rota(work)
    work.people.away.add("UANNA")
    case = await escalated(work)
    await work.look()
    assert await work.said(case) == [
        "<@UANNA> is on call, but deactivated in Slack",
        "<!subteam^SLEADS>: you are on call, and this is escalated. Press Take; nobody is called after you",
    ]


async def test_outside_all_shifts_the_next_is_called_and_an_empty_rota_calls_nobody(work: Teamwork) -> None:
    await rota(work)
    work.world.clock.move(hours=13)  # 23:00 there
    case = await escalated(work)
    await work.look()
    assert [line.split(":")[0] for line in await work.said(case)] == ["<!subteam^SLEADS>"]
    await work.controls.leave_rota("SLEADS", BOSS)
    await work.controls.leave_rota("UANNA", BOSS)
    other = await escalated(work)
    await work.look()
    assert await work.said(other) == []


async def test_what_is_put_off_is_given_to_nobody_until_it_wakes(work: Teamwork) -> None:
    await work.controls.add_member("UANNA", 5, BOSS)
    await work.controls.set_method(Method.ROUND_ROBIN, BOSS)
    case = await waiting(work)
    snoozing = Snoozing(work.world.database, work.world.clock)
    until = work.world.clock() + timedelta(hours=2)
    await snoozing.snooze(case.conversation.id, case.conversation.turn, until, KIM)
    await work.look()
    assert await work.assignee(case) is None
    await snoozing.end(case.conversation.id, KIM)
    await work.later(seconds=5)
    assert await work.assignee(case) == "UANNA"


async def test_who_escalates_what_they_have_hands_it_on(work: Teamwork) -> None:
    await rota(work)
    case = await waiting(work)
    await work.world.review.take(case.conversation.id, KIM)
    await work.world.escalation.escalate(case.conversation.id, "Needs a specialist", KIM)
    await work.look()
    assert [line.split(":")[0] for line in await work.said(case)] == ["<@UANNA>"]
    await work.world.review.take(case.conversation.id, RIVERA)
    await work.later(minutes=16)
    assert len(await work.said(case)) == 1


async def test_an_escalation_after_an_answer_is_called_about_anew(work: Teamwork) -> None:
    await rota(work)
    case = await escalated(work)
    await work.look()
    await work.world.escalation.escalate(case.conversation.id, "Again, please", RIVERA)
    await work.later(minutes=1)
    assert [line.split(":")[0] for line in await work.said(case)] == ["<@UANNA>", "<@UANNA>"]


# --- service levels ----------------------------------------------------------------------------------------------


async def promise(work: Teamwork, **minutes: int) -> None:
    for kind, length in minutes.items():
        await work.controls.set_target(Channel.EMAIL, Priority.NORMAL, Kind(kind), length, BOSS)


async def test_a_promise_is_warned_of_and_its_breach_logged_once(work: Teamwork) -> None:
    await promise(work, first=60)
    case = await waiting(work)
    await work.look()
    assert await work.said(case) == []
    await work.later(minutes=48)
    warned = "Nobody has this conversation: the first answer is due in 12 min. The customer waits."
    assert await work.said(case) == [warned]
    await work.world.review.take(case.conversation.id, KIM)
    restarted = again(work.world, work.people)
    await restarted.later(minutes=12)
    assert await work.said(case) == [warned]  # The very last moment is in time.
    for _ in range(3):
        await restarted.later(seconds=5)
    assert await work.said(case) == [warned, f"<@{KIM.id}>: the first answer is late. The customer waits."]
    broken = (await work.controls.lately(work.world.clock() - timedelta(days=1), None)).broken
    assert [(p.conversation_id, p.kind, p.assignee, p.ended_at) for p in broken] == [
        (case.conversation.id, Kind.FIRST, KIM.id, None)
    ]
    assert broken[0].warned_at is not None


async def test_what_is_kept_is_counted_with_what_is_not(work: Teamwork) -> None:
    await promise(work, first=60, next=30)
    answered = await work.world.arrive(address="quick@customer.example")
    case = await waiting(work)
    await work.later(minutes=61)
    draft = (await work.world.case(case.conversation.id)).current_draft
    assert draft is not None
    await work.world.review.approve(draft.id, KIM)
    await work.world.go_on(case.conversation.id)
    await work.later(minutes=1)
    lately = await work.controls.lately(work.world.clock() - timedelta(days=1), Channel.EMAIL)
    assert [(one.kind, one.n, one.breached) for one in lately.kept] == [(Kind.FIRST, 2, 1)]
    assert lately.broken[0].ended_at is not None
    assert answered.conversation.status is Status.ANSWERED
    assert (await work.controls.lately(work.world.clock() + timedelta(days=1), None)).kept == ()


async def test_what_began_before_the_promise_is_not_late(work: Teamwork) -> None:
    case = await waiting(work)
    work.world.clock.move(minutes=90)
    await promise(work, first=60)
    await work.later(minutes=90)
    assert await work.said(case) == []


async def test_a_changed_promise_counts_at_once_for_what_runs(work: Teamwork) -> None:
    await promise(work, first=600)
    case = await waiting(work)
    await work.later(minutes=30)
    await promise(work, first=20)
    await work.later(seconds=5)
    assert [line.split(": ")[1] for line in await work.said(case)] == [
        "the first answer is late. The customer waits."
    ]


async def test_followers_and_who_is_on_call_hear_of_it(work: Teamwork) -> None:
    await promise(work, first=60)
    await rota(work)
    case = await waiting(work)
    await work.desk.follow(case.conversation.id, True, RIVERA)
    await work.later(minutes=50)
    assert (await work.said(case))[-1].startswith(
        f"<@UANNA>, <@{RIVERA.id}>: the first answer is due in 10 min"
    )


async def test_a_vip_is_promised_more_and_a_person_answers(work: Teamwork) -> None:
    await promise(work, first=600)
    await work.controls.set_target(Channel.EMAIL, Priority.HIGH, Kind.FIRST, 30, BOSS)
    await work.controls.set_vip("@acme.example", True, BOSS)
    case = await work.world.arrive(address="ada@acme.example")
    assert case.conversation.status is Status.ESCALATED
    assert "vip" in [reason.code for reason in case.decisions[-1].reasons]
    other = await waiting(work)
    await work.later(minutes=31)
    assert [len(await work.said(one)) for one in (case, other)] == [1, 0]


# --- words, and what customers are told --------------------------------------------------------------------------


async def test_who_watches_a_word_hears_of_it_once(work: Teamwork) -> None:
    await work.controls.watch_word("outage", True, KIM)
    await work.controls.watch_word("outage", True, RIVERA)
    case = await waiting(work, text="Is there an OUTAGE? Your outages page is empty.")
    for _ in range(3):
        await work.later(seconds=5)
    assert await work.said(case) == [f"<@{KIM.id}>, <@{RIVERA.id}>: the customer wrote “outage”"]
    harmless = await waiting(work, 2, text="I read about outages.")
    await work.look()
    assert await work.said(harmless) == []


async def closed_at_night(work: Teamwork, channel: Channel = Channel.EMAIL) -> None:
    await work.controls.set_hours(channel, BERLIN, OFFICE, BOSS)
    await work.controls.set_told(channel, Word.CLOSED, True, BOSS)
    work.world.clock.move(hours=12)


async def test_outside_business_hours_a_customer_is_told_once_when_somebody_is_there(work: Teamwork) -> None:
    await closed_at_night(work)
    await work.controls.set_holiday(BERLIN, date(2026, 11, 24), True, BOSS)
    case = await waiting(work)
    for _ in range(3):
        await work.later(seconds=5)
    await waiting(work, conversation_hint=case.conversation.id, text="And one more thing")
    await work.later(seconds=5)
    (sent,) = work.world.channel.sent
    assert "We are back on 2026-11-25 at 09:00 (Berlin)" in sent.delivery.text
    assert sent.thread
    assert await work.said(case) == [f"The customer was told: {sent.delivery.text}"]
    fresh = await work.world.case(case.conversation.id)
    assert fresh.conversation.status is Status.WAITING  # It is no answer.
    assert fresh.unanswered
    assert [r.payload["text"] for r in await work.world.audit() if r.action == "send.acknowledgement"] == [
        sent.delivery.text
    ]


async def test_after_a_restore_nobody_is_told_anything_until_people_have_looked(work: Teamwork) -> None:
    await closed_at_night(work)
    await hold(cast("SqlDatabase", work.world.database), work.world.clock())
    await waiting(work)
    await work.look()
    assert work.world.channel.sent == []
    await work.world.controls.set("paused", Channel.EMAIL, False, BOSS)
    await waiting(work, 2)
    await work.later(seconds=5)
    assert [one.delivery.address for one in work.world.channel.sent] == ["c2@customer.example"]


async def test_two_machines_do_not_write_to_each_other_for_ever(work: Teamwork) -> None:
    await closed_at_night(work)
    for number in range(5):  # Each begins a conversation of its own, as a badly made robot's mails do.
        await waiting(work, address="robot@customer.example", text=f"Ticket {number} was received")
        await work.later(minutes=1)
    assert len(work.world.channel.sent) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"automatic": "out-of-office reply"},
        {"metadata": {"sender_check": "fail"}},
        {"text": "Thank you!"},
    ],
)
async def test_machines_forgers_and_whoever_needs_no_answer_are_told_nothing(
    work: Teamwork, values: dict[str, Any]
) -> None:
    await closed_at_night(work)
    await waiting(work, **values)
    await work.look()
    assert work.world.channel.sent == []


async def test_by_day_only_an_escalation_is_told_and_promises_nothing(work: Teamwork) -> None:
    await work.controls.set_hours(Channel.EMAIL, BERLIN, OFFICE, BOSS)
    await work.controls.set_told(None, Word.CLOSED, True, BOSS)
    await work.controls.set_told(Channel.EMAIL, Word.ESCALATED, True, BOSS)
    await waiting(work, 1)
    await escalated(work)
    await work.look()
    (sent,) = work.world.channel.sent
    assert "It goes to a colleague who knows this matter." in sent.delivery.text
    assert "back on" not in sent.delivery.text


async def test_a_chat_customer_reads_it_in_the_chat_in_their_language(work: Teamwork) -> None:
    await closed_at_night(work, Channel.CHAT)
    text = (
        "Ich habe meine Bestellung nicht bekommen und möchte wissen, wo sie ist. Können Sie mir bitte helfen?"
    )
    case = await waiting(work, channel=Channel.CHAT, address="visitor1", text=text)
    await work.look()
    async with work.world.database.snapshot() as tx:
        said = [e.payload["text"] for e in await tx.chat.after("visitor1", 0, 20) if e.kind == "message"]
    assert len(said) == 1
    assert "Ab 2026-11-24, 09:00 Uhr (Berlin)" in said[0]
    assert (await work.said(case))[0].startswith("The customer was told: Vielen Dank")


async def test_who_was_answered_meanwhile_is_told_nothing_more(work: Teamwork) -> None:
    await closed_at_night(work)
    case = await waiting(work)
    await work.team.look()
    draft = (await work.world.case(case.conversation.id)).current_draft
    assert draft is not None
    await work.world.review.approve(draft.id, KIM)
    await work.world.go_on(case.conversation.id)
    await work.telling.look()
    assert [sent.delivery.sender for sent in work.world.channel.sent] == ["agent"]


@pytest.mark.parametrize(
    ("trouble", "state", "said"),
    [
        (Unavailable("down"), DeliveryState.SENT, "The customer was told:"),
        (Refused("no such address"), DeliveryState.FAILED, "The customer could not be told:"),
        (
            OutcomeUnknown("broke"),
            DeliveryState.UNKNOWN,
            "The customer was told, if that went out: nobody knows:",
        ),
    ],
)
async def test_what_is_told_is_never_sent_twice(
    work: Teamwork, trouble: Exception, state: DeliveryState, said: str
) -> None:
    await closed_at_night(work)
    case = await waiting(work)
    work.world.channel.fail.append(trouble)
    for _ in range(3):
        await work.later(seconds=5)
    assert len(work.world.channel.sent) == (state is DeliveryState.SENT)
    async with work.world.database.snapshot() as tx:
        told = await tx.acknowledgements.get(case.conversation.id)
    assert told is not None
    assert told.state is state
    assert (await work.said(case))[-1].startswith(said)


async def test_what_could_not_be_told_for_long_is_not_told_any_more(work: Teamwork) -> None:
    await closed_at_night(work)
    await waiting(work)
    work.world.channel.closed.append(Unavailable("down"))
    await work.look()
    await work.later(minutes=40)
    assert work.world.channel.sent == []


@pytest.mark.parametrize("channel", list(Channel))
async def test_whoever_asks_for_a_person_gets_one_on_every_channel(work: Teamwork, channel: Channel) -> None:
    case = await work.world.arrive("Agent!", channel=channel, address="+49301234567")
    assert case.conversation.status is Status.ESCALATED
    assert case.decision is not None
    assert case.decision.reasons[0].code == "wants_human"


# --- what people do ----------------------------------------------------------------------------------------------


async def test_a_conversation_is_handed_to_somebody(work: Teamwork) -> None:
    case = await waiting(work)
    await work.desk.assign(case.conversation.id, RIVERA.id, KIM)
    await work.desk.assign(case.conversation.id, RIVERA.id, KIM)
    assert await work.assignee(case) == RIVERA.id
    events = (await work.world.case(case.conversation.id)).events
    assert [e.text for e in events] == [f"<@{RIVERA.id}> gets this conversation from <@{KIM.id}>"]
    work.people.away.add("UGONE")
    with pytest.raises(InvalidInput, match="<@UGONE> is deactivated"):
        await work.desk.assign(case.conversation.id, "UGONE", KIM)
    await work.world.review.resolve(case.conversation.id, case.conversation.turn, RIVERA)
    with pytest.raises(Superseded, match="resolved"):
        await work.desk.assign(case.conversation.id, KIM.id, KIM)


async def test_a_conversation_is_handed_to_anybody(work: Teamwork) -> None:
    case = await waiting(work)
    await work.world.review.take(case.conversation.id, KIM)
    await work.desk.assign(case.conversation.id, None, RIVERA)
    assert await work.assignee(case) is None
    assert (await work.world.case(case.conversation.id)).events[
        -1
    ].text == f"<@{RIVERA.id}> hands this to anybody"


@pytest.mark.parametrize(("who", "left"), [(RIVERA, None), (BOSS, RIVERA.id)])
async def test_who_hands_back_what_they_have_does_not_keep_it(
    work: Teamwork, who: Actor, left: str | None
) -> None:
    case = await escalated(work)
    await work.world.review.take(case.conversation.id, RIVERA)
    await work.desk.hand_back(case.conversation.id, "Not ours", who)
    assert await work.assignee(case) == left


async def test_an_escalation_is_handed_back_with_a_reason(work: Teamwork) -> None:
    case = await escalated(work)
    for nothing in (" ", "x" * 1_001):
        with pytest.raises(InvalidInput, match="why"):
            await work.desk.hand_back(case.conversation.id, nothing, RIVERA)
    await work.desk.hand_back(case.conversation.id, "The article answers this", RIVERA)
    fresh = await work.world.case(case.conversation.id)
    assert (fresh.conversation.status, fresh.conversation.escalated) == (Status.WAITING, False)
    assert fresh.events[-1].text == f"<@{RIVERA.id}> handed this back to the agents: The article answers this"
    with pytest.raises(Superseded, match="not escalated any more"):
        await work.desk.hand_back(case.conversation.id, "Twice", KIM)
    assert fresh.current_draft is not None
    await work.world.review.approve(fresh.current_draft.id, KIM)  # And goes out from there.


async def test_priority_and_followers_stand_on_the_case(work: Teamwork) -> None:
    case = await waiting(work)
    for _ in range(2):
        await work.desk.set_priority(case.conversation.id, Priority.HIGH, KIM)
        await work.desk.follow(case.conversation.id, True, RIVERA)
    fresh = await work.world.case(case.conversation.id)
    assert (fresh.priority, fresh.followers) == (Priority.HIGH, (RIVERA.id,))
    assert [e.text for e in fresh.events] == [
        f"<@{KIM.id}> set the priority: high",
        f"<@{RIVERA.id}> follows this",
    ]
    await work.desk.set_priority(case.conversation.id, None, KIM)
    await work.desk.follow(case.conversation.id, False, RIVERA)
    fresh = await work.world.case(case.conversation.id)
    assert (fresh.priority, fresh.followers) == (None, ())


# --- what is set -------------------------------------------------------------------------------------------------


async def test_two_managers_change_the_same_at_once_and_both_count(work: Teamwork) -> None:
    other = Actor("UOTHER", is_manager=True)
    await asyncio.gather(
        work.controls.add_member("UANNA", 3, BOSS),
        work.controls.add_member("UBEN", 4, other),
        work.controls.set_method(Method.LEAST_LOADED, BOSS),
        work.controls.set_vip("@a.example", True, BOSS),
        work.controls.set_vip("@b.example", True, other),
    )
    rules = await work.controls.rules()
    assert rules.crew.members == {"UANNA": 3, "UBEN": 4}
    assert rules.crew.method is Method.LEAST_LOADED
    assert rules.vips == {"@a.example", "@b.example"}
    changes = [row for row in await work.world.audit() if row.action == "setting"]
    assert {row.actor for row in changes} == {BOSS.id, other.id}
    assert len(changes) == 5


async def test_agents_may_only_speak_for_themselves(work: Teamwork) -> None:
    await work.controls.add_member(KIM.id, 3, BOSS)
    await work.controls.add_member("UANNA", 3, BOSS)
    await work.controls.set_away(KIM.id, True, KIM)
    await work.controls.watch_word("outage", True, KIM)
    for attempt in (
        work.controls.set_away("UANNA", True, KIM),
        work.controls.set_hours(Channel.EMAIL, BERLIN, OFFICE, KIM),
        work.controls.add_shift(KIM.id, OFFICE, KIM),
        work.controls.set_target(None, Priority.NORMAL, Kind.FIRST, 5, KIM),
        work.controls.set_vip("@a.example", True, KIM),
        work.controls.set_told(None, Word.CLOSED, True, KIM),
    ):
        with pytest.raises(NotAllowed, match="managers"):
            await attempt
    assert (await work.controls.rules()).crew.away == {KIM.id}


async def test_what_makes_no_sense_is_refused_in_one_sentence(work: Teamwork) -> None:
    work.people.away.add("UGONE")
    await work.controls.add_shift("UANNA", OFFICE, BOSS)
    await work.controls.add_shift("UANNA", OFFICE, BOSS)  # The same again is fine.
    for attempt, said in (
        (work.controls.add_shift("UGONE", OFFICE, BOSS), "<@UGONE> is deactivated"),
        (work.controls.add_shift("UBEN", OFFICE, BOSS), "overlaps with the shift of <@UANNA>"),
        (work.controls.add_member("UGONE", 3, BOSS), "deactivated"),
        (work.controls.leave_rota("UBEN", BOSS), "not in the rota"),
        (work.controls.remove_member("UBEN", BOSS), "not in the team"),
        (work.controls.set_away("UBEN", True, BOSS), "not in the team"),
        (work.controls.set_call_limit(0, BOSS), "1 minute and 24 hours"),
        (work.controls.set_target(None, Priority.NORMAL, Kind.FIRST, 10**6, BOSS), "90 days"),
        (work.controls.set_told(Channel.PHONE, Word.CLOSED, True, BOSS), "email, chat, sms"),
    ):
        with pytest.raises(InvalidInput, match=said):
            await attempt


async def test_everything_can_be_taken_back(work: Teamwork) -> None:
    await promise(work, first=60, next=30)
    await work.controls.set_hours(Channel.EMAIL, BERLIN, OFFICE, BOSS)
    await work.controls.set_holiday(BERLIN, date(2026, 12, 25), True, BOSS)
    await work.controls.watch_word("outage", True, BOSS)
    await work.controls.set_vip("@a.example", True, BOSS)
    await work.controls.set_told(None, Word.CLOSED, True, BOSS)
    await work.controls.set_call_limit(30, BOSS)
    rules = await work.controls.rules()
    assert rules.hours[Channel.EMAIL].holidays == {date(2026, 12, 25)}
    assert set(rules.told) == {Channel.EMAIL, Channel.CHAT, Channel.SMS}
    assert rules.rota.limit == 30
    for kind in Kind:
        await work.controls.set_target(None, Priority.NORMAL, kind, None, BOSS)
    await work.controls.set_hours(None, "", (), BOSS)
    await work.controls.set_holiday(BERLIN, date(2026, 12, 25), False, BOSS)
    await work.controls.watch_word("outage", False, BOSS)
    await work.controls.set_vip("@a.example", False, BOSS)
    rules = (await work.controls.set_told(None, Word.CLOSED, False, BOSS)).after
    assert (rules.hours, rules.targets, rules.words, rules.vips, rules.told) == ({}, {}, {}, frozenset(), {})
    assert rules.is_idle
    assert await work.controls.loads() == {}


async def test_lists_end_somewhere(work: Teamwork) -> None:
    for number in range(50):
        await work.controls.watch_word(f"word {number}", True, KIM)
    with pytest.raises(InvalidInput, match="At most 50 words"):
        await work.controls.watch_word("one more", True, KIM)


async def test_where_nothing_is_set_nothing_is_looked_at(work: Teamwork) -> None:
    await waiting(work)
    assert await work.team.look() == 0
