"""Who is on call, when the shift changes, and who comes next; and who gets the next conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import InvalidInput
from bot.core.teamwork.assigning import Agent, Method, choose
from bot.core.teamwork.hours import Span
from bot.core.teamwork.rota import Rota, Shift, mention

ANNA, BEN, GROUP = "U0ANNA", "U0BEN", "S0LEADS"
DAYS = tuple(Shift(ANNA, Span(day, 480, 1200)) for day in range(7))
NIGHTS = tuple(Shift(BEN, Span(day, 1200, 480)) for day in range(7))
ROTA = Rota("Europe/Berlin", (*DAYS, *NIGHTS), (BEN, GROUP), 15)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "who", "until"),
    [
        ("2026-11-23 12:00", ANNA, "2026-11-23 19:00"),
        ("2026-11-23 19:00", BEN, "2026-11-24 07:00"),
        ("2026-11-24 06:59", BEN, "2026-11-24 07:00"),
        # Summer time begins and ends at night: the shift still changes when the clock shows 8.
        ("2026-03-29 05:59", BEN, "2026-03-29 06:00"),
        ("2026-03-29 06:00", ANNA, "2026-03-29 18:00"),
        ("2026-10-25 06:59", BEN, "2026-10-25 07:00"),
    ],
)
def test_the_shift_changes_by_the_clock_on_the_wall(at: str, who: str, until: str) -> None:
    assert ROTA.on_shift(utc(at)) == who
    assert ROTA.until(utc(at)) == utc(until)


def test_a_shift_lasts_until_somebody_else_has_it() -> None:
    always = tuple(Shift(ANNA, Span(day, 0, 1440)) for day in range(7))
    assert Rota(shifts=always).until(utc("2026-11-23 12:00")) is None
    days = always[:3] + tuple(Shift(BEN, shift.span) for shift in always[3:])
    assert Rota(shifts=days).until(utc("2026-11-23 12:00")) == utc("2026-11-26 00:00")
    alone = Rota(shifts=(Shift(ANNA, Span(0, 540, 600)),))
    assert alone.until(utc("2026-11-23 09:30")) == utc("2026-11-23 10:00")
    assert alone.until(utc("2026-11-23 10:30")) == utc("2026-11-30 09:00")


def test_everybody_is_called_once_in_order() -> None:
    assert ROTA.line(utc("2026-11-23 12:00")) == (ANNA, BEN, GROUP)
    assert ROTA.line(utc("2026-11-23 22:00")) == (BEN, GROUP)
    assert Rota(backups=(GROUP,)).line(utc("2026-11-23 22:00")) == (GROUP,)
    assert ROTA.people() == (ANNA, BEN, GROUP)


def test_an_empty_rota_calls_nobody() -> None:
    assert not Rota()
    assert Rota().line(utc("2026-11-23 22:00")) == ()
    assert Rota().until(utc("2026-11-23 22:00")) is None
    assert Rota(shifts=(Shift(ANNA, Span(0, 540, 600)),)).on_shift(utc("2026-11-24 09:30")) is None


def test_shifts_that_overlap_are_refused_and_say_with_whose() -> None:
    with pytest.raises(InvalidInput, match="<@U0BEN>"):
        Rota(shifts=NIGHTS).with_shifts(Shift(ANNA, Span(1, 420, 500)))
    with pytest.raises(InvalidInput, match="Two of these"):
        Rota().with_shifts(Shift(ANNA, Span(1, 420, 500)), Shift(ANNA, Span(1, 480, 560)))
    assert Rota(shifts=NIGHTS).with_shifts(*DAYS).shifts == tuple(
        sorted((*DAYS, *NIGHTS), key=lambda s: (s.span, s.who))
    )
    assert Rota(shifts=DAYS).with_shifts(*DAYS).shifts == DAYS  # The same once more.


def test_whoever_leaves_is_gone_everywhere() -> None:
    assert ROTA.without(BEN) == Rota("Europe/Berlin", DAYS, (GROUP,), 15)


def test_users_and_groups_are_called_as_slack_calls_them() -> None:
    assert (mention(ANNA), mention(GROUP)) == ("<@U0ANNA>", "<!subteam^S0LEADS>")


def test_round_robin_takes_turns() -> None:
    agents = {name: Agent(name) for name in ("U1", "U2", "U3")}
    got, now = [], utc("2026-11-23 09:00")
    for number in range(6):
        chosen = choose(agents.values(), Method.ROUND_ROBIN)
        assert chosen is not None
        got.append(chosen.id)
        agents[chosen.id] = Agent(chosen.id, 8, chosen.load + 1, now + timedelta(minutes=number))
    assert got == ["U1", "U2", "U3", "U1", "U2", "U3"]


@pytest.mark.parametrize(
    ("agents", "method", "chosen"),
    [
        ([Agent("U1", 5, 2), Agent("U2", 5, 1)], Method.LEAST_LOADED, "U2"),
        ([Agent("U1", 10, 3), Agent("U2", 4, 2)], Method.LEAST_LOADED, "U1"),  # 30 % is less than 50 %.
        ([Agent("U1", 4, 2, utc("2026-11-23 09:00")), Agent("U2", 4, 2)], Method.LEAST_LOADED, "U2"),
        ([Agent("U1", 2, 2), Agent("U2", 5, 4)], Method.LEAST_LOADED, "U2"),
        ([Agent("U1", 2, 2), Agent("U2", 5, 1, utc("2026-11-23 09:00"))], Method.ROUND_ROBIN, "U2"),
        ([Agent("U1", 2, 2), Agent("U2", 5, 7)], Method.ROUND_ROBIN, None),
        ([], Method.ROUND_ROBIN, None),
        ([Agent("U1")], Method.OFF, None),
    ],
)
def test_who_gets_the_next(agents: list[Agent], method: Method, chosen: str | None) -> None:
    found = choose(agents, method)
    assert (found.id if found else None) == chosen
