"""Settings on both databases: set, taken back, out into a file and in again, and never stopped by one bad value."""

from datetime import timedelta
from itertools import count

import pytest

from bot.core.errors import InvalidInput
from bot.core.model import Actor, AnsweredBy, Channel, Mode
from bot.core.policy import default_rules
from bot.core.ports.storage import Setting
from bot.core.steering.experiments import Experiment, Kind, key_of
from bot.core.steering.knobs import KNOBS, OFF, STRICTER, WORDS
from bot.core.teamwork.rules import ROTA, TEAM, VIPS
from bot.services.controls import Controls
from bot.services.exchange import Exchange
from bot.services.experiments import Experiments
from bot.services.settingbook import values_of
from bot.services.team_rules import rules_in_force
from tests.builders import AT

BOSS = Actor("UBOSS", is_manager=True)
MOMENTS = (AT + timedelta(microseconds=n) for n in count())  # The log names what was set at one moment once.
# Two values of everything, other than what it comes with.
OF_CHANNEL = {
    "mode": (Mode.SHADOW, Mode.OFF),
    "auto_above": (0.95, 0.99),
    "escalate_below": (0.3, 0.4),
    "rollout": (0.2, 0.3),
    "audit_share": (0.3, 0.4),
    "paused": (True, False),
    "undo": (40, 50),
    "in_a_row": (3, 4),
    "per_hour": (30, 40),
    "exchanges": (7, 8),
    "risk": (0.02, None),
    "wrong": (None, 0.2),
    "reopened": (0.3, None),
    "satisfied": (None, 0.4),
    "style": ("Be brief", "Be kind"),
    "answerer": (AnsweredBy.EMBEDDED, AnsweredBy.MODEL),
}
EVERYWHERE = {
    WORDS: (["chargeback"], ["chargeback", "lawyer"]),
    OFF: (["legal"], ["legal", "refund"]),
    STRICTER: ({"returns": 0.95}, {"returns": 0.97}),
    VIPS: (["@acme.example"], ["ada@customer.example"]),
}


def spans(end):
    return [[0, 540, end]]


OF_TEAM = {
    "hours.email": ({"zone": "UTC", "spans": spans(1000)}, {"zone": "UTC", "spans": spans(1020)}),
    ROTA: (
        {"zone": "UTC", "shifts": [["U1", 0, 0, 600]], "backups": [], "limit": 3},
        {"zone": "UTC", "shifts": [["U2", 0, 0, 600]], "backups": [], "limit": 3},
    ),
    TEAM: (
        {"method": "off", "members": {"U1": 3}, "away": []},
        {"method": "off", "members": {"U1": 4}, "away": []},
    ),
}
EVERY_KEY = {
    **{f"{name}.email": values for name, values in OF_CHANNEL.items()},
    **EVERYWHERE,
    **OF_TEAM,
}


async def nothing():
    return []


async def nobody(_actor, _name, _content):
    """Nobody is handed anything."""


@pytest.fixture
def controls(database, clock):
    return Controls(database, clock, default_rules(), nothing)


@pytest.fixture
def exchange(database, controls, clock):
    return Exchange(database, controls, clock, nobody)


@pytest.fixture
def put(database):
    """Keep a value as it is, as another version, a hand or a fault may have kept it."""

    async def keep(key, value):
        async with database.transaction() as tx:
            await tx.settings.set(Setting(key, value, "UBOSS", next(MOMENTS)))

    return keep


async def in_force(database, controls):
    async with database.snapshot() as tx:
        return await controls.rules(), rules_in_force(await tx.settings.current())


def test_every_setting_of_a_channel_is_tried():
    assert OF_CHANNEL.keys() == KNOBS.keys()


async def test_what_is_taken_back_is_what_it_was(database, controls, clock):
    for key, (first, second) in EVERY_KEY.items():
        await controls.set_values({key: first}, BOSS)
        before = await in_force(database, controls)
        clock.advance(1)
        await controls.set_values({key: second}, BOSS)
        assert await in_force(database, controls) != before, key
        clock.advance(1)
        await controls.revert(None, BOSS)
        assert await in_force(database, controls) == before, key
        async with database.snapshot() as tx:
            assert values_of(await tx.settings.current())[key] == first


async def test_the_first_change_is_taken_back_to_what_it_comes_with(database, controls):
    before = await controls.rules()
    await controls.set_values({"wrong.email": None, "auto_above.chat": 0.7}, BOSS)
    assert await controls.rules() != before
    await controls.revert(None, BOSS)
    assert await controls.rules() == before


async def test_a_file_brings_everything_back(database, controls, exchange):
    await controls.set_values({key: values[0] for key, values in EVERY_KEY.items()}, BOSS)
    before, file = await in_force(database, controls), await exchange.file()
    await controls.set_values({key: values[1] for key, values in EVERY_KEY.items()}, BOSS)
    await exchange.take_in(file, BOSS, await controls.newest())
    assert await in_force(database, controls) == before
    assert (await exchange.compare(file)).changes == []


async def test_a_file_without_a_key_leaves_what_it_comes_with(database, controls, exchange):
    before, file = await in_force(database, controls), await exchange.file()
    await controls.set_values({key: values[0] for key, values in EVERY_KEY.items()}, BOSS)
    await exchange.take_in(file, BOSS, await controls.newest())
    after = await in_force(database, controls)
    assert after[0] == before[0]
    assert (after[1].hours, after[1].rota, after[1].crew) == (
        before[1].hours,
        before[1].rota,
        before[1].crew,
    )


@pytest.mark.parametrize("value", [7_000, {"a": "b"}, [{}], '["chargeback"]'])
async def test_bad_values_stop_nothing_and_are_named(database, controls, put, caplog, value):
    keys = sorted(
        {*EVERY_KEY, key_of(Channel.EMAIL)} - ({"style.email"} if isinstance(value, str) else set())
    )
    await controls.set_values({"undo.chat": 77}, BOSS)
    before = await in_force(database, controls)
    for key in keys:
        await put(key, value)
    rules, team = await in_force(database, controls)
    assert rules == before[0]
    assert (team.hours, team.rota, team.crew) == (before[1].hours, before[1].rota, before[1].crew)
    assert (await controls.status()).unreadable == keys
    named = {getattr(record, "setting", "") for record in caplog.records}
    assert {*keys} - {key_of(Channel.EMAIL)} <= named


async def test_nothing_is_what_it_comes_with(controls, put):
    before = await controls.rules()
    for key in EVERY_KEY:
        if key.split(".")[0] not in ("wrong", "reopened", "satisfied"):
            await put(key, None)
    assert await controls.rules() == before
    assert (await controls.status()).unreadable == []


async def test_what_is_not_possible_is_not_brought_back(controls, clock, put):
    for key in (*EVERY_KEY, key_of(Channel.EMAIL)):
        await put(key, {"no": ["such"]})
        clock.advance(1)
        await controls.set_values({key: EVERY_KEY[key][0] if key in EVERY_KEY else None}, BOSS)
        with pytest.raises(InvalidInput, match="is not possible"):
            await controls.revert(None, BOSS)


async def test_an_experiment_is_brought_back_as_it_was(database, controls, clock):
    begun = Experiment("abc", Channel.EMAIL, Kind.THRESHOLD, 0.8, 0.5, AT - timedelta(days=1), "UBOSS")
    await controls.set_values({key_of(Channel.EMAIL): begun.as_value()}, BOSS)
    clock.advance(1)
    await controls.set_values({key_of(Channel.EMAIL): None}, BOSS)
    clock.advance(1)
    await controls.revert(None, BOSS)
    experiments = Experiments(database, controls, clock, has_model=False)
    assert [one.experiment for one in await experiments.running()] == [begun]
