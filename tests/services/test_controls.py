"""Managers steer, agents may look, and every change is on record."""

from dataclasses import replace

import pytest

from bot.core.errors import InvalidInput, NotAllowed
from bot.core.model import Channel, Mode, ModelWork, Status, Usage
from bot.core.policy import share_of
from tests.services.conftest import BOSS, KIM, World


async def test_a_manager_changes_one_channel(world: World) -> None:
    changes = await world.controls.set_threshold(Channel.CHAT, 0.99, BOSS)
    rules = await world.controls.rules()
    assert [(c.channel, c.old, c.new) for c in changes] == [(Channel.CHAT, 0.90, 0.99)]
    assert (rules[Channel.CHAT].auto_above, rules[Channel.EMAIL].auto_above) == (0.99, 0.90)


async def test_without_a_channel_all_change(world: World) -> None:
    await world.controls.set("paused", None, True, BOSS)
    assert all(rules.paused for rules in (await world.controls.rules()).values())
    await world.controls.set("paused", Channel.EMAIL, False, BOSS)
    assert not (await world.controls.rules())[Channel.EMAIL].paused


async def test_an_agent_may_not_change_anything(world: World) -> None:
    for attempt in (
        world.controls.set_threshold(Channel.CHAT, 0.5, KIM),
        world.controls.set_mode(Channel.CHAT, Mode.OFF, KIM),
        world.controls.set("undo", Channel.CHAT, 30, KIM),
        world.controls.set("paused", None, True, KIM),
        world.controls.set("paused", None, False, KIM),
    ):
        with pytest.raises(NotAllowed, match="managers"):
            await attempt
    assert await world.audit() == []


@pytest.mark.parametrize("value", [0.0, -0.1, 1.01, float("nan"), float("inf")])
async def test_impossible_thresholds_are_refused(world: World, value: float) -> None:
    with pytest.raises(InvalidInput, match=r"0\.85"):
        await world.controls.set_threshold(None, value, BOSS)


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
async def test_impossible_shares_are_refused(world: World, share: float) -> None:
    with pytest.raises(InvalidInput, match="between 0% and 100%"):
        await world.controls.set_rollout(None, share, BOSS)


async def test_a_conversation_keeps_its_lot_while_the_share_grows(world: World) -> None:
    sent = []
    for share in (0.0, 0.3, 0.6, 1.0):
        await world.controls.set_rollout(Channel.EMAIL, share, BOSS)
        rules = (await world.controls.rules())[Channel.EMAIL]
        sent.append({n for n in range(300) if share_of(str(n), "rollout") < rules.rollout})
    assert sent[0] == set()
    assert sent[0] < sent[1] < sent[2] < sent[3]
    assert [len(one) for one in sent] == pytest.approx([0, 90, 180, 300], abs=25)


async def test_outside_the_share_a_person_sends(world: World) -> None:
    await world.controls.set_rollout(Channel.EMAIL, 0.0, BOSS)
    case = await world.arrive()
    assert case.conversation.status is Status.WAITING
    assert "0 % rollout" in case.decisions[-1].reasons[-1].text


@pytest.mark.parametrize("seconds", [-1, 601])
async def test_impossible_times_to_stop_an_answer_are_refused(world: World, seconds: int) -> None:
    with pytest.raises(InvalidInput, match="600 seconds"):
        await world.controls.set("undo", None, seconds, BOSS)


async def test_status_counts_and_names(world: World) -> None:
    await world.arrive()
    report = await world.controls.status()
    assert report.counts[Channel.EMAIL, Status.ANSWERED] == 1
    assert report.integrations == [("slack", "ok")]
    assert report.rules[Channel.EMAIL].mode is Mode.AUTO


async def test_status_adds_up_what_models_took_within_a_day(world: World) -> None:
    took = Usage("small", "answer_v2", 1000, 50, 0.5, 0.25)
    world.answerer.proposal = replace(world.answerer.proposal, author="small", usage=took)
    await world.arrive()
    world.clock.move(hours=20)
    await world.arrive("And in Spain?", address="bo@customer.example")
    (work,) = (await world.controls.status()).work
    assert work == ModelWork("small", 2, 2000, 100, 0.5, 0.5, p95=0.5)
    world.clock.move(hours=20)
    assert [one.drafts for one in (await world.controls.status()).work] == [1]
    world.clock.move(hours=20)
    assert (await world.controls.status()).work == []


async def test_drafts_without_a_model_take_nothing(world: World) -> None:
    await world.arrive()
    assert (await world.controls.status()).work == []


async def test_limits_are_set_by_managers_within_bounds(world: World) -> None:
    await world.controls.set("in_a_row", Channel.CHAT, 3, BOSS)
    await world.controls.set("per_hour", None, 10, BOSS)
    rules = await world.controls.rules()
    assert [(rules[c].in_a_row, rules[c].per_hour) for c in (Channel.CHAT, Channel.EMAIL)] == [
        (3, 10),
        (2, 10),
    ]
    for value in (0, 21):
        with pytest.raises(InvalidInput, match="Between 1 and 20"):
            await world.controls.set("in_a_row", None, value, BOSS)
    with pytest.raises(NotAllowed):
        await world.controls.set("in_a_row", None, 3, KIM)
