import pytest

from blocks import ids
from blocks.ids import Target
from bot.core.errors import InvalidInput
from bot.core.model import new_id

GARBAGE = [None, 7, {}, *"|....|a.b.c.d|a.1|a.1.b.c.d|a.-1..|ä.1..|a b.1..".split("|"), "a.1..\n", "x" * 4000]


@pytest.mark.parametrize(
    "target",
    [
        Target("c1", 0),
        Target(new_id(), 12, new_id()),
        Target("c", 3, None, "d"),
        Target(new_id(), 9, "d", "e"),
    ],
)
def test_target_survives_a_button(target: Target) -> None:
    assert Target.decode(target.encode()) == target
    assert ids.decode_choice(ids.encode_choice(ids.RESOLVE, target)) == ("resolve", target)


def test_values_fit_where_slack_allows_least() -> None:
    longest = Target(new_id(), 999_999_999, new_id(), new_id())
    assert len(ids.encode_choice(ids.ESCALATE, longest)) <= 150


def test_what_a_window_asks_about_names_whose_it_is() -> None:
    on = Target(new_id(), 12, new_id())
    assert ids.decode_deed(ids.encode_deed(ids.BLOCK, "U0BEN", on)) == (ids.BLOCK, "U0BEN", on)
    for garbage in (ids.encode_choice(ids.BLOCK, on), f"U0BEN:explode:{on.encode()}", None):
        with pytest.raises(InvalidInput):
            ids.decode_deed(garbage)


@pytest.mark.parametrize("value", GARBAGE)
def test_garbage_is_an_old_button(value: object) -> None:
    with pytest.raises(InvalidInput, match="older version"):
        Target.decode(value)
    with pytest.raises(InvalidInput):
        ids.decode_choice(value)


@pytest.mark.parametrize("value", ["explode:c.1..", "resolve:", "resolve"])
def test_unknown_choice_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        ids.decode_choice(value)


def test_inputs_are_told_by_turn_and_place() -> None:
    assert ids.answer_input_place(ids.answer_input(3, 12)) == (12, ids.PARAGRAPH)
    assert ids.answer_input_place(ids.answer_input(3, 2, ids.BLANK)) == (2, ids.BLANK)
    assert ids.answer_input_place(ids.answer_input(3, 2, ids.NOTHING)) == (2, ids.NOTHING)
    assert ids.answer_input(3, 1) != ids.answer_input(4, 1)


@pytest.mark.parametrize(
    "block_id",
    ["", "answer", "answer-1", "answer-1-x", "reason", "answer-1-2-3", "answer-1-2x", "answer-1-²"],
)
def test_other_blocks_are_no_inputs_of_an_answer(block_id: str) -> None:
    assert ids.answer_input_place(block_id) is None
