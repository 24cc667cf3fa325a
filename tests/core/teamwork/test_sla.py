"""When an answer is due, over nights, holidays and what the customer makes wait themselves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Case, Message, Sender, Status
from bot.core.teamwork.hours import Hours, Span
from bot.core.teamwork.sla import Clock, Kind, Targets, clocks, running
from tests import builders

OFFICE = Hours(
    "Europe/Berlin", tuple(Span(day, 540, 1020) for day in range(5)), frozenset({date(2026, 11, 26)})
)
ALL = {Kind.FIRST: 60, Kind.NEXT: 120, Kind.RESOLUTION: 480}
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def said(*talk: tuple[str, str], status: Status = Status.WAITING, **values: Any) -> Case:
    """A talk of (who, when): `c` the customer, in a turn each time, `m` a machine of theirs, `a` we."""
    messages: list[Message] = []
    for seq, (who, when) in enumerate(talk, 1):
        turn = sum(1 for one, _ in talk[:seq] if one == "c")
        given: dict[str, Any] = {"seq": seq, "turn": turn, "created_at": utc(when)}
        if who == "m":
            given["metadata"] = {"automatic": "out-of-office reply"}
        given["sender"] = Sender.AGENT if who == "a" else Sender.CUSTOMER
        messages.append(builders.message(**given))
    closed = values.pop("closed_at", None)
    talk_of = builders.conversation(status=status, closed_at=closed, turn=max(m.turn for m in messages))
    return builders.case(conversation=talk_of, messages=tuple(messages), **values)


def found(case: Case, targets: Targets) -> dict[Kind, list[Clock]]:
    by_kind: dict[Kind, list[Clock]] = {}
    for clock in clocks(case, targets):
        by_kind.setdefault(clock.kind, []).append(clock)
    return by_kind


@pytest.mark.parametrize(
    ("written", "due", "warned"),
    [
        ("11-23 09:00", "11-23 10:00", "11-23 09:48"),
        ("11-23 03:00", "11-23 09:00", "11-23 08:48"),  # at night: from 9 o'clock on, 8:00 UTC
        ("11-25 15:30", "11-27 08:30", "11-27 08:18"),  # Thursday is a holiday
        ("11-27 15:50", "11-30 08:50", "11-30 08:38"),  # over the weekend
    ],
)
def test_the_first_answer_is_due_in_business_hours(written: str, due: str, warned: str) -> None:
    (clock,) = found(said(("c", written)), Targets(ALL, hours=OFFICE))[Kind.FIRST]
    assert (clock.started_at, clock.due_at, clock.warn_at) == (utc(written), utc(due), utc(warned))
    assert not clock.is_breached(utc(due))
    assert clock.is_breached(utc(due) + MINUTE)
    assert clock.is_near(utc(warned))
    assert not clock.is_near(utc(warned) - MINUTE)


def test_an_answer_ends_a_clock_and_the_next_question_starts_another() -> None:
    case = said(("c", "11-23 09:00"), ("a", "11-23 09:30"), ("c", "11-23 10:00"), ("c", "11-23 11:00"))
    by_kind = found(case, Targets(ALL))
    (first,), (later,) = by_kind[Kind.FIRST], by_kind[Kind.NEXT]
    assert (first.ended_at, first.is_breached(utc("11-24 09:00"))) == (utc("11-23 09:30"), False)
    assert not first.is_near(utc("11-24 09:00"))
    assert (later.started_at, later.due_at, later.ended_at) == (utc("11-23 10:00"), utc("11-23 12:00"), None)


def test_a_late_answer_stays_a_breach() -> None:
    (clock,) = found(said(("c", "11-23 09:00"), ("a", "11-23 11:00")), Targets(ALL))[Kind.FIRST]
    assert clock.is_breached(utc("11-23 11:00"))
    assert clock.is_breached(utc("12-23 11:00"))


def test_resolution_stands_still_while_the_customer_is_waited_for() -> None:
    asked = said(("c", "11-23 09:00"), ("a", "11-23 13:00"), status=Status.ANSWERED)
    (clock,) = found(asked, Targets(ALL))[Kind.RESOLUTION]
    assert (clock.due_at, clock.warn_at) == (None, None)
    assert not clock.is_breached(utc("12-31 09:00"))
    again = said(("c", "11-23 09:00"), ("a", "11-23 13:00"), ("c", "11-28 10:00"))
    (clock,) = found(again, Targets(ALL))[Kind.RESOLUTION]
    assert clock.due_at == utc("11-28 14:00")  # 4 of 8 hours were used before.
    assert clock.warn_at == utc("11-28 12:24")


def test_resolution_ends_when_the_matter_is_closed() -> None:
    closed = said(
        ("c", "11-23 09:00"), ("a", "11-23 13:00"), status=Status.RESOLVED, closed_at=utc("11-25 09:00")
    )
    (clock,) = found(closed, Targets(ALL))[Kind.RESOLUTION]
    assert clock.ended_at == utc("11-25 09:00")
    assert not clock.is_breached(utc("11-26 09:00"))  # It stood still from 13:00 on.
    late = said(
        ("c", "11-23 09:00"), ("a", "11-23 18:00"), status=Status.RESOLVED, closed_at=utc("11-25 09:00")
    )
    (clock,) = found(late, Targets(ALL))[Kind.RESOLUTION]
    assert clock.is_breached(utc("11-25 09:00"))


@pytest.mark.parametrize(
    ("case", "kinds"),
    [
        (said(("m", "11-23 09:00"), status=Status.HELD), []),
        (said(("c", "11-23 09:00"), status=Status.HELD), []),
        (said(("c", "11-23 09:00"), status=Status.RESOLVED), []),  # closed without an answer: none was owed
        (said(("c", "11-23 09:00"), merged_into="other"), []),
        (said(("c", "11-23 09:00"), ("m", "11-23 09:01")), [Kind.FIRST, Kind.RESOLUTION]),
        (
            said(("c", "11-23 09:00"), ("a", "11-23 09:01"), ("m", "11-23 09:02")),
            [Kind.FIRST, Kind.RESOLUTION],
        ),
        (said(("a", "11-23 09:00"), ("c", "11-23 09:01")), [Kind.FIRST, Kind.RESOLUTION]),
    ],
)
def test_only_what_asks_for_an_answer_starts_a_clock(case: Case, kinds: list[Kind]) -> None:
    assert list(found(case, Targets(ALL))) == kinds


def test_without_a_target_there_is_no_clock() -> None:
    case = said(("c", "11-23 09:00"))
    assert clocks(case, Targets()) == ()
    assert running(()) is None
    assert clocks(case, Targets(ALL, since=utc("11-23 09:01"))) == ()
    assert len(clocks(case, Targets(ALL, since=utc("11-23 09:00")))) == 2


def test_where_it_never_opens_nothing_is_due() -> None:
    found_clocks = clocks(said(("c", "11-23 09:00")), Targets(ALL, hours=Hours("UTC", ())))
    assert {clock.due_at for clock in found_clocks} == {None}
    assert running(found_clocks) is None


def test_the_clock_that_is_due_first_is_the_one_to_show() -> None:
    case = said(("c", "11-23 09:00"))
    first = running(clocks(case, Targets({Kind.FIRST: 60, Kind.RESOLUTION: 480})))
    other = running(clocks(case, Targets({Kind.FIRST: 600, Kind.RESOLUTION: 480})))
    assert (first and first.kind, other and other.kind) == (Kind.FIRST, Kind.RESOLUTION)


OPEN = {minute for n in range(8 * 1440) if OFFICE.is_open(minute := utc("11-23 07:00") + n * MINUTE)}


@settings(max_examples=25)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=6), st.integers(1, 1_500))
def test_resolution_agrees_with_counting_minute_by_minute(gaps: list[int], target: int) -> None:
    """The customer writes, we answer, they write …; one minute counts when it is open and they wait for us."""
    start, talk, at = utc("11-23 07:00"), [], 0
    for number, gap in enumerate(gaps):
        talk.append(("ca"[number % 2], f"{start + at * MINUTE:%m-%d %H:%M}"))
        at += gap
    waits = len(talk) % 2 == 1
    case = said(*talk, status=Status.WAITING if waits else Status.ANSWERED)
    (clock,) = clocks(case, Targets({Kind.RESOLUTION: target}, hours=OFFICE))
    times = [datetime.fromisoformat(f"2026-{when}").replace(tzinfo=UTC) for _, when in talk]
    used, due = 0, None
    for minute in (start + n * MINUTE for n in range(8 * 1440)):
        turns = sum(1 for time in times if time <= minute)
        if turns % 2 == 1 and minute in OPEN:
            used += 1
            if used == target:
                due = minute + MINUTE
                break
    assert clock.due_at == due


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("ca"), st.integers(1, 300)), min_size=1, max_size=7),
    st.integers(1, 900),
    st.integers(1, 900),
)
def test_answers_agree_with_counting_minute_by_minute(
    steps: list[tuple[str, int]], first: int, later: int
) -> None:
    """A question starts a clock unless one runs, and an answer ends it; the first one has a target of its own."""
    start, talk, at = utc("11-23 07:00"), [("c", 0)], 0
    for who, gap in steps:
        at += gap
        talk.append((who, at))
    case = said(*((who, f"{start + minute * MINUTE:%m-%d %H:%M}") for who, minute in talk))
    expected: list[tuple[Kind, datetime, datetime | None]] = []
    asked: int | None = None
    for who, minute in talk:
        if who == "c" and asked is None:
            asked = minute
            kind, target = (Kind.NEXT, later) if expected else (Kind.FIRST, first)
            open_ones = [m for n in range(minute, 8 * 1440) if (m := start + n * MINUTE) in OPEN]
            due = open_ones[target - 1] + MINUTE if len(open_ones) >= target else None
            expected.append((kind, start + minute * MINUTE, due))
        elif who == "a":
            asked = None
    targets = Targets({Kind.FIRST: first, Kind.NEXT: later}, hours=OFFICE)
    clocked = sorted(clocks(case, targets), key=lambda one: one.started_at)
    assert [(one.kind, one.started_at, one.due_at) for one in clocked] == expected
