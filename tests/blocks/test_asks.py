"""The small windows, and what is read back from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blocks import asks, ids
from blocks.ids import Target
from bot.core.model import Channel, Status
from bot.services.redrafting import MAX_HINT
from sandbox.slack.validate import block_problems
from tests.blocks.reading import said
from tests.blocks.states import STATES
from tests.builders import AT

CASE = STATES["waiting"]
ON = Target(CASE.conversation.id, 1, CASE.draft.id)


def rows(view: dict) -> list[str]:
    """Return what can be pressed in the window, in order."""
    return [block["accessory"]["action_id"] for block in view["blocks"] if "accessory" in block]


@pytest.mark.parametrize(
    "view", [asks.regenerate(ON), asks.reject(ON), asks.snooze(ON, "U0BEN"), asks.ask(ON)]
)
def test_a_window_that_asks_is_one_that_slack_takes(view: dict) -> None:
    assert block_problems(view["blocks"], "modal") == []
    assert Target.decode(view["private_metadata"]) == ON


@pytest.mark.parametrize("view", [asks.regenerate(ON), asks.reject(ON)])
def test_either_of_two_fields_is_enough_and_both_fit_in_what_is_kept(view: dict) -> None:
    chosen, written = [block for block in view["blocks"] if block["type"] == "input"]
    options = chosen["element"]["options"]
    assert (chosen.get("optional", False), chosen["element"]["initial_option"]) == (False, options[0])
    longest = max(len(option["value"]) for option in options)
    assert longest + len(": ") + written["element"]["max_length"] <= MAX_HINT


@pytest.mark.parametrize(
    ("picked", "typed", "hint"),
    [
        ("Shorter", None, "Shorter"),
        (None, " offer a call ", "offer a call"),
        ("In German", "with Sie", "In German: with Sie"),
        (None, None, ""),
        ("written", "offer a call", "offer a call"),
        ("written", None, ""),
    ],
)
def test_what_was_picked_stands_before_what_was_typed(
    picked: str | None, typed: str | None, hint: str
) -> None:
    option = {"value": picked} if picked else None
    state = {
        ids.QUICK_HINT: {ids.QUICK_HINT: {"selected_option": option}},
        ids.HINT: {ids.HINT: {"value": typed}},
    }
    assert asks.typed_hint(state, ids.QUICK_HINT) == hint


def test_a_moment_that_was_picked_counts_before_the_list_that_always_shows_something() -> None:
    tomorrow = AT + timedelta(days=1)
    at = {ids.UNTIL_AT: {ids.UNTIL_AT: {"selected_date_time": int(tomorrow.timestamp())}}}
    preset = {ids.UNTIL: {ids.UNTIL: {"selected_option": {"value": "3h"}}}}
    assert asks.chosen_moment(at | preset, AT) == datetime.fromtimestamp(int(tomorrow.timestamp()), UTC)
    assert asks.chosen_moment(preset, AT) == AT + timedelta(hours=3)
    assert asks.chosen_moment({}, AT) is None


def test_who_picks_nothing_gets_what_the_snooze_window_shows() -> None:
    preset, moment = (block["element"] for block in asks.snooze(ON)["blocks"][:2])
    shown = preset["initial_option"]
    assert (shown["text"]["text"], moment.get("initial_date_time")) == ("In 1 day", None)
    state = {ids.UNTIL: {ids.UNTIL: {"selected_option": shown}}, ids.UNTIL_AT: {ids.UNTIL_AT: {}}}
    assert asks.chosen_moment(state, AT) == AT + timedelta(days=1)


def test_whom_to_ask_and_what_is_read_back() -> None:
    state = {
        ids.COLLEAGUE: {ids.COLLEAGUE: {"selected_user": "U0BEN"}},
        ids.QUESTION: {ids.QUESTION: {"value": "Do we ship there?"}},
    }
    assert asks.asked(state) == ("U0BEN", "Do we ship there?")
    assert asks.asked({}) == ("", "")


def test_everything_that_can_be_done_stands_in_one_window() -> None:
    closing = [ids.RESOLVE, ids.NOT_SUPPORT, ids.BLOCK]
    waiting = [ids.REPLY, ids.REGENERATE, ids.REJECT, ids.ASK, ids.SNOOZE, ids.MERGE]
    assert rows(asks.others(CASE, ON)) == [*waiting, *closing]
    two = replace(STATES["came_back_earlier"], deliveries=())
    assert {ids.MERGE, ids.SPLIT} <= set(rows(asks.others(two, ON)))
    ticket = replace(two, conversation=replace(two.conversation, channel=Channel.ZENDESK))
    assert not {ids.MERGE, ids.SPLIT} & set(rows(asks.others(ticket, ON)))
    assert ids.REJECT not in rows(asks.others(STATES["escalated"], ON))
    assert rows(asks.others(STATES["resolved"], ON)) == [ids.REPLY, ids.ASK, ids.REOPEN]


@pytest.mark.parametrize("state", ["sending_by_itself", "nobody_knows", "not_delivered", "resolved"])
def test_messages_move_only_while_no_answer_is_on_its_way_or_in_doubt(state: str) -> None:
    assert not {ids.MERGE, ids.SPLIT} & set(rows(asks.others(STATES[state], ON)))


def test_what_sends_a_sender_away_asks_first() -> None:
    (block,) = [one for one in asks.others(CASE, ON)["blocks"] if one["block_id"] == "row-block"]
    assert "anybody can unblock them" in block["accessory"]["confirm"]["text"]["text"]


def test_the_customers_words_are_shown_in_full_with_the_draft() -> None:
    long = replace(CASE.messages[0], content="help <!channel> " * 800 + "the end")
    view = asks.everything(replace(CASE, messages=(long,)))
    assert "&lt;!channel&gt; the end" in said(view["blocks"])
    assert "Cut here" not in said(view["blocks"])
    assert "<!channel>" not in said(view["blocks"])
    endless = replace(long, content="help me " * 40_000)
    assert "Cut here" in said(asks.everything(replace(CASE, messages=(endless,)))["blocks"])
    assert "*The draft*" in said(view["blocks"])
    assert block_problems(view["blocks"], "modal") == []
    assert "*The answer*" in said(asks.everything(STATES["sent_by_itself"])["blocks"])
    nothing = asks.everything(replace(CASE, messages=(), draft=None))
    assert [block["type"] for block in nothing["blocks"]] == ["divider"]


def test_nothing_is_drafted_where_nothing_waits() -> None:
    answered = asks.others(STATES["sent_by_itself"], ON)
    assert ids.REGENERATE not in rows(answered)
    working = replace(CASE, conversation=replace(CASE.conversation, status=Status.WORKING))
    assert ids.SNOOZE not in rows(asks.others(working, ON))
