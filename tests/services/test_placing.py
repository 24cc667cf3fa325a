"""Where a workspace has its cards is part of its own history, and of nobody else's."""

import pytest

from bot.core.errors import InvalidInput
from bot.core.model import Channel
from bot.services.exchange import Exchange
from bot.services.placing import Placing
from tests.services.conftest import BOSS, World


def placing(world: World, workspace: str) -> Placing:
    return Placing(world.database, world.clock, workspace, {"*": "C0"})


def exchange(world: World) -> Exchange:
    async def hand(*_: object) -> None:
        raise AssertionError("nobody asks for the file")

    return Exchange(world.database, world.controls, world.clock, hand)


async def test_another_workspaces_place_is_no_part_of_the_main_ones_history(world: World) -> None:
    south = placing(world, "T2")
    await world.controls.set_rollout(Channel.EMAIL, 0.5, BOSS)
    seen = await world.controls.newest()
    world.clock.move(minutes=1)
    await south.put(Channel.EMAIL, "C9", BOSS)
    assert [row.key for row in await world.controls.history()] == ["rollout.email"]
    # Nor is it in the way of somebody there who has just looked.
    await world.controls.revert(None, BOSS, seen=seen)
    assert (await south.places())[Channel.EMAIL].slack_channel == "C9"
    assert "C9" not in await exchange(world).file()


async def test_the_main_ones_place_is_taken_back_and_exchanged_like_any_setting(world: World) -> None:
    main = placing(world, "")
    await main.put(Channel.EMAIL, "C9", BOSS)
    file = await exchange(world).file()
    assert '"cards.main.email": "C9"' in file
    world.clock.move(minutes=1)
    await world.controls.revert(None, BOSS)
    assert (await main.places())[Channel.EMAIL].slack_channel == "C0"
    plan = await exchange(world).compare(file)
    await exchange(world).take_in(file, BOSS, plan.seen)
    assert (await main.places())[Channel.EMAIL].slack_channel == "C9"


@pytest.mark.parametrize(
    ("there", "why"),
    [('"cards.main.email": "#x"', "no id of a Slack channel"), ('"cards.T2.email": "C9"', "is no setting")],
)
async def test_a_file_places_no_cards_where_none_can_be(world: World, there: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        await exchange(world).compare(f'{{"threadpilot_settings": 1, "settings": {{{there}}}}}')
