"""The window in which agents write."""

from dataclasses import replace
from datetime import timedelta

import pytest

from blocks import ids, writing
from blocks.ids import Target
from blocks.writing import Around
from sandbox.slack.validate import block_problems
from tests.blocks.cases import AGAIN, ASKED
from tests.blocks.reading import context, said
from tests.blocks.states import STATES
from tests.builders import AT

CASE = STATES["waiting"]
ON = Target(CASE.conversation.id, 1, CASE.draft.id)


def edit(case, answer: str, on: Target, around: Around = writing.ALONE) -> dict:
    """Return the window with an answer in its inputs."""
    return writing.window(case, writing.parts_of(answer, on.turn), on, around, is_edit=bool(answer))


def read(state: dict) -> str:
    return writing.typed_text(writing.typed_parts(state))


def inputs(view: dict) -> list[dict]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def submitted(view: dict) -> dict:
    """Return the state Slack sends when the window is submitted as it opened."""
    return {
        block["block_id"]: {block["element"]["action_id"]: {"value": block["element"].get("initial_value")}}
        for block in inputs(view)
    }


def test_edit_window_shows_draft_question_and_receiver() -> None:
    view = edit(CASE, CASE.draft.proposal.text, ON)
    assert view["title"]["text"] == "Edit the answer"
    assert view["submit"]["text"] == "Send"
    assert inputs(view)[0]["element"]["initial_value"] == CASE.draft.proposal.text
    assert "the tracking has not moved" in said(view["blocks"])
    assert context(view["blocks"], "to") == ":email: e-mail\xa0\xa0·  goes to *Maya Ortiz*"
    assert Target.decode(view["private_metadata"]) == ON


def test_reply_window_starts_empty() -> None:
    view = edit(CASE, "", Target(CASE.conversation.id, 1))
    assert view["title"]["text"] == "Write an answer"
    assert "initial_value" not in inputs(view)[0]["element"]


@pytest.mark.parametrize(
    "answer",
    [
        "short",
        "\n\n".join(f"Paragraph {n}. " + "word " * 150 for n in range(20)).strip(),
        "first line\nsecond line\n\nnew paragraph",
        "word " * 1500 + "end",
        "x" * 9_000,
        "sentence one. " * 300 + "end" + "\n\n- item" * 300,
    ],
)
def test_unchanged_answer_comes_back_as_it_was(answer: str) -> None:
    view = edit(CASE, answer, ON)
    assert all(len(block["element"].get("initial_value", "")) <= 3000 for block in inputs(view))
    parts = writing.typed_parts(submitted(view))
    assert writing.typed_text(parts) == answer
    assert writing.first_input(parts) == inputs(view)[0]["block_id"]


def test_long_answer_takes_several_inputs_of_which_only_the_first_must_be_filled() -> None:
    view = edit(CASE, "word " * 1500, ON)
    assert [block.get("optional", False) for block in inputs(view)] == [False, True, True]
    assert inputs(view)[2]["label"]["text"] == "Answer, part 3"
    typed = read(submitted(view))
    assert typed.count("word") == 1500


def test_endless_word_is_split_anyway() -> None:
    parts = writing.split_answer("x" * 40_000)
    assert all(len(part) <= 2500 for part, _ in parts)
    assert "".join(part for part, _ in parts) == "x" * 40_000


@pytest.mark.parametrize(
    "state",
    [{}, {"other": {"x": {"value": "y"}}}, {"answer-1-1": {}}, {"answer-1-1": {"answer": {"value": None}}}],
)
def test_empty_window_is_an_empty_answer(state: dict) -> None:
    assert read(state) == ""


def test_window_after_the_customer_wrote_again_keeps_what_was_typed() -> None:
    case = replace(STATES["drafted_again"], messages=(ASKED, AGAIN))
    on = Target(case.conversation.id, 2)
    view = edit(
        case, "My long answer", on, Around(news=writing.wrote_again(case), title="The customer wrote again")
    )
    assert view["title"]["text"] == "The customer wrote again"
    assert view["submit"]["text"] == "Send anyway"
    assert "*Maya wrote again while you were writing.*" in said(view["blocks"])
    assert "Update: still nothing." in said(view["blocks"])
    assert inputs(view)[0]["element"]["initial_value"] == "My long answer"
    assert Target.decode(view["private_metadata"]) == Target(case.conversation.id, 2)
    assert inputs(view)[0]["block_id"] != inputs(edit(CASE, "x", ON))[0]["block_id"]


def test_window_that_could_not_send_keeps_what_was_typed() -> None:
    view = edit(CASE, "My long answer", ON, Around(news=writing.not_sent("Closed by <@U0KIM> & <i>.")))
    assert "Closed by <@U0KIM> &amp; &lt;i&gt;. Your text is kept below." in said(view["blocks"])
    assert inputs(view)[0]["element"]["initial_value"] == "My long answer"


def test_a_part_that_was_emptied_leaves_the_paragraphs_around_it_apart() -> None:
    view = edit(CASE, "A" * 2400 + "\n\n" + "b" * 3000, ON)
    state = submitted(view)
    _, second, third = state
    state[second][ids.ANSWER]["value"] = " "
    typed = read(state)
    assert typed == "A" * 2400 + "\n\n" + state[third][ids.ANSWER]["value"]


def test_people_in_copy_get_the_answer_unless_the_tick_is_taken_away() -> None:
    heads = {"from": CASE.conversation.address, "people": [f"someone{n}@customer.example" for n in range(9)]}
    talk = replace(CASE, messages=(replace(CASE.messages[0], metadata=heads),))
    view = edit(talk, "Hello", ON)
    (box,) = [block for block in inputs(view) if block["block_id"] == ids.COPIES]
    assert box["element"]["initial_options"] == box["element"]["options"]
    assert box["element"]["options"][0]["text"]["text"].startswith("someone0@customer.example, someone1@")
    assert block_problems(view["blocks"], "modal") == []
    chosen = {ids.COPIES: {ids.COPIES: {"selected_options": box["element"]["options"]}}}
    assert writing.wants_copies(chosen)
    assert not writing.wants_copies({ids.COPIES: {ids.COPIES: {"selected_options": []}}})
    assert not writing.wants_copies({})
    assert ids.COPIES not in [block["block_id"] for block in edit(CASE, "x", ON)["blocks"]]


def test_what_is_typed_is_told_while_it_is_typed_and_the_window_is_watched() -> None:
    view = edit(CASE, "Hello", ON)
    (box,) = inputs(view)
    assert box["dispatch_action"] is True
    assert box["element"]["dispatch_action_config"] == {"trigger_actions_on": ["on_character_entered"]}
    assert view["notify_on_close"] is True


def test_an_unsent_text_says_from_when_it_is_and_can_be_left() -> None:
    view = edit(CASE, "Unsent", ON, Around(kept_at=AT, others=[("U0BEN", AT - timedelta(minutes=3))]))
    told = said(view["blocks"])
    assert "*Your unsent text* of <!date^" in told
    assert "<@U0BEN> is writing an answer too" in context(view["blocks"], "others")
    assert ids.START_OVER in str(view)
    assert block_problems(view["blocks"], "modal") == []


def test_more_room_keeps_the_inputs_there_are_and_adds_one() -> None:
    before = writing.parts_of("word " * 1500, 1)
    more = writing.with_more(before, 1)
    assert more[:3] == before
    assert [ids.answer_input_place(block)[0] for block, _ in more] == [1, 2, 3, 4]
    inserted = writing.with_more(more, 1, "An article.")
    assert inserted[-1][1] == "An article."
    assert writing.typed_text(inserted).endswith("\n\nAn article.")
    full = writing.with_more(writing.parts_of("word " * 10_000, 1), 1, "word " * 10_000)
    assert len(full) == 20
    view = writing.window(CASE, full, ON)
    assert "More room" not in str(view)
    assert block_problems(view["blocks"], "modal") == []


def test_a_new_text_has_inputs_of_its_own_for_slack_ignores_it_in_the_old_ones() -> None:
    old = writing.parts_of("old", 1)
    assert {block for block, _ in writing.parts_of("new", 1, after=old)}.isdisjoint({old[0][0]})


def test_long_words_of_the_customer_can_be_shown_in_full() -> None:
    long = replace(CASE, messages=(replace(CASE.messages[0], content="help me " * 1500),))
    assert "Show all" in str(edit(long, "", ON))
    assert "Show all" not in str(edit(CASE, "", ON))


def test_somebody_elses_answer_is_quoted_harmlessly() -> None:
    told = writing.somebody_sent("<@U0BEN> was first.", "<!channel> hello")
    assert told.startswith(":warning: <@U0BEN> was first. “&lt;!channel&gt; hello”")
