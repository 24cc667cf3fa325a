"""Experiments on real conversations: who takes part, what is kept, and that harm ends them once."""

import asyncio
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from blocks.digest import alert
from bot.core.errors import InvalidInput, Unavailable
from bot.core.model import Action, Channel, Mode, Rating
from bot.core.steering.experiments import Kind, Verdict
from bot.services.experiments import Experiments
from bot.services.insights import FactKeeper
from bot.services.notifying import Telling
from integrations.slack.board import EVENT
from sandbox.day.manager import Manager
from sandbox.day.pace import Pace
from sandbox.slack.directory import BOT, ESCALATIONS
from tests.services.conftest import BOSS, KIM, World


@dataclass
class Lab:
    world: World
    experiments: Experiments

    async def start(self, kind: Kind, value: float | str, share: float = 0.5) -> None:
        await self.experiments.start(Channel.EMAIL, kind, value, share, BOSS, None)

    async def reading(self):
        await FactKeeper(self.world.database, self.world.clock).refresh()
        return (await self.experiments.reading(Channel.EMAIL)).finding


@pytest.fixture
def lab(world: World) -> Lab:
    return Lab(world, Experiments(world.database, world.controls, world.clock, has_model=True))


async def test_b_lives_under_another_threshold_and_every_decision_says_in_which_arm(lab: Lab) -> None:
    world = lab.world
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.85)
    before = await world.arrive(address="before@customer.example")
    world.clock.move(seconds=1)
    await lab.start(Kind.THRESHOLD, 0.8)
    actions: dict[str, set[Action]] = {"a": set(), "b": set()}
    for number in range(12):
        case = await world.arrive(address=f"{number}@customer.example")
        assert case.decision is not None
        actions[case.decision.variant[-1]].add(case.decision.action)
    assert actions == {"a": {Action.REVIEW}, "b": {Action.SEND}}
    finding = await lab.reading()
    assert finding.a.sent.n + finding.b.sent.n == 12
    assert (finding.a.sent.k, finding.b.sent.k) == (0, finding.b.sent.n)
    assert finding.verdict is Verdict.EARLY
    assert before.decision is not None
    assert before.decision.variant == ""


async def test_harm_ends_an_experiment_once_and_says_so(lab: Lab) -> None:
    world = lab.world
    await world.controls.set("audit_share", None, 1.0, BOSS)
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    await lab.start(Kind.THRESHOLD, 0.8)
    for number in range(60):
        case = await world.arrive(address=f"{number}@customer.example")
        assert case.current_draft is not None
        assert case.decision is not None
        await world.review.judge(case.current_draft.id, case.decision.variant.endswith(":a"), KIM)
    await lab.experiments.look()
    assert len(await world.alarms()) == 1
    await lab.experiments.look()
    assert await lab.experiments.running() == []
    assert len(await world.alarms()) == 1
    assert "The experiment on email was stopped: B is wrong more often" in world.board.said[0]
    assert heard(world)["experiments_stopped"] == [
        {"channel": "email", "at": "09:00", "text": world.board.said[0]}
    ]
    assert (await world.controls.rules())[Channel.EMAIL].auto_above == 0.9


async def test_what_b_does_is_on_the_experiment_and_not_on_the_channel(lab: Lab) -> None:
    """B is wrong and gets bad ratings, A neither: the channel goes on, and the experiment ends."""
    world = lab.world
    await world.controls.set("audit_share", None, 1.0, BOSS)
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.95)
    await lab.start(Kind.THRESHOLD, 0.8)
    for number in range(60):
        case = await world.arrive(address=f"{number}@customer.example")
        assert case.current_draft is not None
        assert case.decision is not None
        is_a = case.decision.variant.endswith(":a")
        await world.review.judge(case.current_draft.id, is_a, KIM)
        async with world.database.transaction() as tx:
            await tx.ratings.put(Rating(case.conversation.id, 5 if is_a else 1, "", world.clock()))
    await FactKeeper(world.database, world.clock).refresh()
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.AUTO
    assert await world.alarms() == []
    await lab.experiments.look()
    assert await lab.experiments.running() == []
    await world.quality.look()
    assert (await world.controls.rules())[Channel.EMAIL].mode is Mode.AUTO


async def test_b_that_breaks_a_bound_is_stopped_where_there_is_nothing_to_compare_with(lab: Lab) -> None:
    world = lab.world
    await world.controls.set("audit_share", None, 1.0, BOSS)
    world.answerer.proposal = replace(world.answerer.proposal, confidence=0.85)
    await lab.start(Kind.THRESHOLD, 0.8)
    for number in range(40):
        case = await world.arrive(address=f"{number}@customer.example")
        assert case.current_draft is not None
        assert case.decision is not None
        if case.decision.variant.endswith(":b"):
            await world.review.judge(case.current_draft.id, False, KIM)
    reading = await lab.reading()
    assert (reading.a.sent.k, reading.harm) == (0, "")
    await lab.experiments.look()
    assert await lab.experiments.running() == []
    assert len(await world.alarms()) == 1
    assert "was stopped: with B" in world.board.said[0]
    assert "newest checked automatic answers were wrong; at most 10 % may be" in world.board.said[0]


async def test_another_answerer_and_another_instruction_reach_the_answerer(lab: Lab) -> None:
    world = lab.world
    for kind, value in ((Kind.PROMPT, "Be brief"), (Kind.ANSWERER, "embedded")):
        await lab.start(kind, value, 0.95)
        await world.arrive(address=f"{kind}@customer.example")
        for number in range(3):
            await world.arrive(address=f"{kind}{number}@customer.example")
        await lab.experiments.stop(Channel.EMAIL, False, BOSS)
    asked = world.answerer.asked
    assert {"Be brief"} <= {question.style for question in asked}
    assert True in {question.embedded for question in asked}


async def test_a_channel_falls_back_on_ratings_once_and_starts_afresh(lab: Lab) -> None:
    world = lab.world
    await unhappy(world, "first")
    await world.quality.look()
    assert len(await world.alarms()) == 1
    await world.quality.look()
    rules = await world.controls.rules()
    assert (rules[Channel.EMAIL].mode, rules[Channel.CHAT].mode) == (Mode.ASSIST, Mode.AUTO)
    assert len(await world.alarms()) == 1
    assert "16 of the 16 newest ratings of automatic answers were bad" in world.board.said[0]
    assert heard(world)["fell_back"] == [{"channel": "email", "at": "09:00", "text": world.board.said[0]}]
    world.clock.move(seconds=1)
    await world.controls.set_mode(Channel.EMAIL, Mode.AUTO, BOSS)
    await world.quality.look()
    assert (await world.controls.rules())[
        Channel.EMAIL
    ].mode is Mode.AUTO  # What was known does not count twice.


async def test_a_bound_that_is_off_lets_a_channel_go_on(lab: Lab) -> None:
    await lab.world.controls.set("satisfied", None, None, BOSS)
    await unhappy(lab.world, "first")
    await lab.world.quality.look()
    assert (await lab.world.controls.rules())[Channel.EMAIL].mode is Mode.AUTO


def heard(world: World) -> dict[str, object]:
    """Return what the manager of the sandbox's day reports when they read these alarms."""
    workspace = SimpleNamespace(messages={})
    manager = Manager(None, workspace, Pace(60, lambda: 0.0), ())
    workspace.messages[ESCALATIONS] = {
        str(n): {"ts": str(n), "bot_id": BOT, "text": text, "metadata": {"event_type": EVENT}}
        for n, text in enumerate(world.board.said)
    }
    manager.look()
    manager.look()
    return manager.report()


async def unhappy(world: World, name: str) -> None:
    for number in range(16):
        case = await world.arrive(address=f"{name}{number}@customer.example")
        async with world.database.transaction() as tx:
            await tx.ratings.put(Rating(case.conversation.id, 1, "", world.clock()))
    await FactKeeper(world.database, world.clock).refresh()


async def test_of_two_who_start_an_experiment_at_once_one_does(lab: Lab) -> None:
    starts = (lab.start(Kind.THRESHOLD, value) for value in (0.8, 0.7, 0.85))
    told = await asyncio.gather(*starts, return_exceptions=True)
    assert [type(one) for one in told if one is not None] == [InvalidInput] * 2
    assert len(await lab.experiments.running()) == 1


async def test_whoever_ends_an_experiment_ends_the_one_they_looked_at(lab: Lab) -> None:
    await lab.start(Kind.THRESHOLD, 0.8)
    stops = (lab.experiments.stop(Channel.EMAIL, True, BOSS) for _ in range(2))
    told = await asyncio.gather(*stops, return_exceptions=True)
    assert [type(one) for one in told].count(InvalidInput) == 1
    assert (await lab.world.controls.rules())[Channel.EMAIL].auto_above == 0.8


async def test_what_was_stopped_is_said_though_the_process_died_right_after(lab: Lab) -> None:
    """Change and notice are one transaction: who stopped it never posts a word, another process does."""
    world = lab.world
    await unhappy(world, "first")
    await world.quality.look()
    assert world.board.said == []
    world.board.fail = [Unavailable("Slack is away")]
    assert await world.alarms() == []
    world.clock.move(minutes=3)
    successor = Telling(world.database, world.board, world.clock, alert, "C0ESC")
    await successor.look()
    await successor.look()
    assert len(await world.alarms()) == 1
    assert world.board.posts[0][0] == "C0ESC"


async def test_a_fall_back_that_changes_nothing_is_not_said(lab: Lab) -> None:
    for _ in range(2):
        await lab.world.controls.fall_back(Channel.EMAIL, "People send all answers from now on.")
        assert await lab.world.alarms() == ["People send all answers from now on."]
    await lab.world.controls.set_mode(Channel.EMAIL, Mode.AUTO, BOSS)
    lab.world.clock.move(minutes=1)
    await lab.world.controls.fall_back(Channel.EMAIL, "Again.")
    assert (await lab.world.alarms())[1:] == ["Again."]
