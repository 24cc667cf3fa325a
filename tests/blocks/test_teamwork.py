"""What cards and answers say about promises, priorities and people."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from blocks import ids, team_windows, teamwork
from blocks.card import root_card
from blocks.escalation import escalation_post
from blocks.ids import Target
from bot.core.model import Case, Channel, Status
from bot.core.priority import Pressing, Priority
from bot.core.teamwork.hours import Hours, Span
from bot.core.teamwork.rota import Rota, Shift
from bot.core.teamwork.rules import Crew, TeamRules
from bot.core.teamwork.sla import Kind
from bot.core.teamwork.state import Kept, Promise
from sandbox.slack.validate import block_problems
from tests.blocks.cases import NOW
from tests.blocks.reading import context
from tests.blocks.states import STATES

SOON, LATER = NOW + timedelta(minutes=10), NOW + timedelta(minutes=50)


def shown(case: Case, **values: Any) -> str:
    _, blocks = root_card(replace(case, pressing=Pressing(**values)), threshold=0.9, now=NOW)
    assert block_problems(blocks, surface="message") == []
    names = [block["block_id"] for block in blocks]
    return context(blocks, "pressing") if "pressing" in names else ""


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"due": "first", "due_at": LATER, "warn_at": SOON}, ":stopwatch: First answer due <!date^"),
        ({"due": "next", "due_at": LATER, "warn_at": NOW}, ":warning: *Next answer due soon:* <!date^"),
        (
            {"due": "resolution", "due_at": NOW - timedelta(minutes=1)},
            ":rotating_light: *Solution is late:* it was due <!date^",
        ),
        ({"vip": True}, ":crown: *VIP*"),
        ({}, ""),
        ({"due": "first"}, ""),
    ],
)
def test_a_card_says_what_presses(values: dict[str, Any], said: str) -> None:
    assert shown(STATES["waiting"], **values).startswith(said)
    assert bool(shown(STATES["waiting"], **values)) == bool(said)


def test_the_escalation_says_it_too_and_a_closed_matter_is_not_late() -> None:
    late = Pressing(due="first", due_at=NOW - timedelta(hours=1))
    _, blocks = escalation_post(replace(STATES["escalated"], pressing=late), now=NOW, thread="")
    assert "First answer is late" in context(blocks, "pressing")
    closed = STATES["waiting"]
    closed = replace(closed, conversation=replace(closed.conversation, status=Status.RESOLVED))
    assert shown(closed, due="first", due_at=NOW - timedelta(hours=1)) == ""


def test_what_an_agent_says_of_the_priority_is_shown() -> None:
    assert shown(replace(STATES["waiting"], priority=Priority.HIGH)) == ":exclamation: *High priority*"
    assert shown(replace(STATES["waiting"], priority=Priority.NORMAL)) == ""


def test_followers_are_named() -> None:
    assert shown(replace(STATES["waiting"], followers=("U0KIM", "U0BEN"))) == "followed by <@U0KIM>, <@U0BEN>"


def test_how_promises_were_kept_is_told_with_how_many_there_were() -> None:
    promise = Promise("0123456789", Kind.FIRST, NOW, Channel.EMAIL, Priority.HIGH, LATER, breached=True)
    done = replace(promise, kind=Kind.NEXT, ended_at=LATER, assignee="U0KIM", due_at=None)
    kept = [Kept(Channel.EMAIL, Kind.FIRST, 40, 3), Kept(Channel.CHAT, Kind.NEXT, 2, 0)]
    lines = teamwork.lately(kept, [promise, done], "7d").splitlines()
    assert lines[1] == "•  :email: e-mail, first answer: *92.5 %* in time\xa0\xa0·  3 of 40 late"
    assert lines[2] == "•  :speech_balloon: chat, next answer: *100 %* in time\xa0\xa0·  0 of 2 late"
    assert lines[5].startswith("•  :email: e-mail, high priority, first answer\xa0\xa0·  due <!date^")
    assert lines[5].endswith("still open\xa0\xa0·  nobody had it\xa0\xa0·  `01234567`")
    assert "done <!date^" in lines[6]
    assert "<@U0KIM>" in lines[6]
    assert len(teamwork.lately(kept, [], "7d").splitlines()) == 3


def test_hours_that_never_come_and_holidays_that_are_over() -> None:
    days = {"UTC": frozenset({date(2020, 1, 1), date(2030, 1, 1)}), "Asia/Kolkata": frozenset()}
    rules = TeamRules(hours={Channel.EMAIL: Hours("UTC", ())}, holidays=days)
    told = teamwork.hours(rules, NOW)
    assert "never opens" in told
    assert "Holidays in UTC: 2030-01-01" in told


def test_who_is_on_call_without_anybody_after_them() -> None:
    rota = Rota("UTC", (Shift("U0ANNA", Span((NOW.weekday() + 1) % 7, 0, 60)),))
    assert "Called in this order, 15 min apart: nobody" in teamwork.rota(rota, NOW)


def test_the_assign_window_shows_how_it_is_and_is_read_back() -> None:
    case = replace(STATES["waiting"], priority=Priority.HIGH, followers=("U0KIM",))
    case = replace(case, conversation=replace(case.conversation, assignee="U0BEN"))
    view = team_windows.assign(case, Target(case.conversation.id, 1), "U0KIM")
    assert block_problems(view["blocks"], surface="modal") == []
    whose, *inputs = view["blocks"]
    assert "<@U0BEN> has this conversation" in str(whose)
    who, urgent, follow = (block["element"] for block in inputs)
    assert who["initial_user"] == "U0BEN"
    assert urgent["initial_option"]["value"] == "high"
    assert [option["value"] for option in follow["initial_options"]] == [ids.FOLLOW]
    other = team_windows.assign(STATES["waiting"], Target(case.conversation.id, 1), "U0BEN")
    assert "initial_options" not in other["blocks"][2]["element"]
    assert team_windows.chosen({}) == team_windows.Handed(None, None, False)
    assert team_windows.shown_assignee(view) == "U0BEN"
    assert team_windows.shown_assignee(other) is None


def test_the_window_to_hand_back_asks_why() -> None:
    view = team_windows.hand_back(Target("c1", 1))
    assert block_problems(view["blocks"], surface="modal") == []
    assert view["callback_id"] == ids.HAND_BACK_MODAL


def test_who_left_is_marked_and_passed_over() -> None:
    rota = Rota("UTC", (Shift("U0ANNA", Span(NOW.weekday(), 0, 1440)),), ("U0BEN",))
    told = teamwork.rota(rota, NOW, {"U0ANNA"})
    assert "Called in this order, 15 min apart: <@U0BEN>" in told
    assert told.count(":warning: deactivated in Slack") == 1
    crew = teamwork.crew(TeamRules(crew=Crew(members={"U0ANNA": 3})), {}, {"U0ANNA"})
    assert "0 of 3 in hand\xa0\xa0·  :warning: deactivated in Slack" in crew
