from dataclasses import replace

import pytest

from blocks import ids, modals
from blocks.ids import Target
from sandbox.slack.validate import block_problems
from tests.blocks.reading import context, said
from tests.blocks.states import AGAIN, ASKED, STATES

CASE = STATES["waiting"]
ON = Target(CASE.conversation.id, 1, CASE.draft.id)


def inputs(view: dict) -> list[dict]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def submitted(view: dict) -> dict:
    """Return the state Slack sends when the window is submitted as it opened."""
    return {
        block["block_id"]: {block["element"]["action_id"]: {"value": block["element"].get("initial_value")}}
        for block in inputs(view)
    }


def test_edit_window_shows_draft_question_and_receiver() -> None:
    view = modals.edit_answer(CASE, CASE.draft.proposal.text, ON)
    assert view["title"]["text"] == "Edit the answer"
    assert view["submit"]["text"] == "Send"
    assert inputs(view)[0]["element"]["initial_value"] == CASE.draft.proposal.text
    assert "the tracking has not moved" in said(view["blocks"])
    assert context(view["blocks"], "to") == ":email: e-mail  ·  goes to *Maya Ortiz*"
    assert Target.decode(view["private_metadata"]) == ON


def test_reply_window_starts_empty() -> None:
    view = modals.edit_answer(CASE, "", Target(CASE.conversation.id, 1))
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
    view = modals.edit_answer(CASE, answer, ON)
    assert all(len(block["element"].get("initial_value", "")) <= 3000 for block in inputs(view))
    typed, first = modals.typed_answer(submitted(view))
    assert typed == answer
    assert first == inputs(view)[0]["block_id"]


def test_long_answer_takes_several_inputs_of_which_only_the_first_must_be_filled() -> None:
    view = modals.edit_answer(CASE, "word " * 1500, ON)
    assert [block.get("optional", False) for block in inputs(view)] == [False, True, True]
    assert inputs(view)[2]["label"]["text"] == "Answer, part 3"
    typed, _ = modals.typed_answer(submitted(view))
    assert typed.count("word") == 1500


def test_endless_word_is_split_anyway() -> None:
    parts = modals.split_answer("x" * 40_000)
    assert all(len(part) <= 2500 for part, _ in parts)
    assert "".join(part for part, _ in parts) == "x" * 40_000


@pytest.mark.parametrize(
    "state",
    [{}, {"other": {"x": {"value": "y"}}}, {"answer-1-1": {}}, {"answer-1-1": {"answer": {"value": None}}}],
)
def test_empty_window_is_an_empty_answer(state: dict) -> None:
    assert modals.typed_answer(state)[0] == ""


def test_window_after_the_customer_wrote_again_keeps_what_was_typed() -> None:
    case = replace(STATES["drafted_again"], messages=(ASKED, AGAIN))
    view = modals.wrote_again(case, "My long answer")
    assert "*Maya wrote again while you were writing.*" in said(view["blocks"])
    assert "Update: still nothing." in said(view["blocks"])
    assert inputs(view)[0]["element"]["initial_value"] == "My long answer"
    assert Target.decode(view["private_metadata"]) == Target(case.conversation.id, 2)
    assert inputs(view)[0]["block_id"] != inputs(modals.edit_answer(CASE, "x", ON))[0]["block_id"]


def test_escalation_asks_for_a_reason_and_offers_kinds() -> None:
    view = modals.escalate(ON)
    kind, reason = inputs(view)
    assert kind["optional"] is True
    assert reason.get("optional", False) is False
    assert Target.decode(view["private_metadata"]) == ON


@pytest.mark.parametrize(
    ("chosen", "typed", "reason"),
    [
        (None, " call her ", "call her"),
        ("Money or refund", "over 500 €", "Money or refund: over 500 €"),
        ("Money or refund", None, ""),
        (None, None, ""),
    ],
)
def test_kind_of_matter_comes_before_the_reason(chosen: str | None, typed: str | None, reason: str) -> None:
    option = {"value": chosen} if chosen else None
    state = {
        ids.QUICK_REASON: {ids.QUICK_REASON: {"selected_option": option}},
        ids.REASON: {ids.REASON: {"value": typed}},
    }
    assert modals.typed_reason(state) == reason


def test_garbage_is_no_reason() -> None:
    assert modals.typed_reason({}) == ""


def test_windows_that_only_say_something_have_no_submit() -> None:
    for view in (modals.loading(), modals.notice("Somebody was faster", "<@U0KIM> was first")):
        assert "submit" not in view
        assert view["close"]["text"] == "Close"


def test_notice_lets_only_the_actor_come_alive() -> None:
    view = modals.notice("No", "<@U0KIM> was faster than <https://evil.test|Maya> <@U0ADMIN1>")
    (block,) = view["blocks"]
    assert (
        block["text"]["text"] == "<@U0KIM> was faster than &lt;https://evil.test|Maya&gt; &lt;@U0ADMIN1&gt;"
    )


def test_window_that_could_not_send_keeps_what_was_typed() -> None:
    view = modals.not_sent(CASE, "My long answer", "Closed by <@U0KIM> & <i>.")
    assert "Closed by <@U0KIM> &amp; &lt;i&gt;. Your text is kept below." in said(view["blocks"])
    assert inputs(view)[0]["element"]["initial_value"] == "My long answer"


def test_a_part_that_was_emptied_leaves_the_paragraphs_around_it_apart() -> None:
    view = modals.edit_answer(CASE, "A" * 2400 + "\n\n" + "b" * 3000, ON)
    state = submitted(view)
    _, second, third = state
    state[second][ids.ANSWER]["value"] = " "
    typed, _ = modals.typed_answer(state)
    assert typed == "A" * 2400 + "\n\n" + state[third][ids.ANSWER]["value"]


def test_the_original_shows_heads_warnings_and_what_was_folded() -> None:
    heads = {
        "header_from": "maya@work.example",
        "from": "maya@home.example",
        "to": ["support@northwind.example"],
        "cc": ["boss@work.example"],
        "warnings": ["a part could not be decoded"],
        "quoted": "> On Monday <you> wrote",
    }
    (asked, *rest) = STATES["waiting"].messages
    case = replace(STATES["waiting"], messages=(replace(asked, metadata=heads), *rest))
    said = str(modals.original(case))
    assert "*From:* maya@work.example" in said
    assert "*Answers go to:* maya@home.example" in said
    assert "*Cc:* boss@work.example" in said
    assert ":warning: a part could not be decoded" in said
    assert "On Monday &lt;you&gt; wrote" in said


def test_the_original_of_a_plain_or_endless_mail_is_a_window_too() -> None:
    assert "quotes nothing" in str(modals.original(STATES["waiting"]))
    assert "quotes nothing" in str(modals.original(replace(STATES["waiting"], messages=())))
    (asked, *rest) = STATES["waiting"].messages
    endless = replace(asked, metadata={"quoted": "word " * 40_000, "warnings": ["w " * 300] * 50})
    view = modals.original(replace(STATES["waiting"], messages=(endless, *rest)))
    assert not block_problems(view["blocks"], "modal")
    assert "Cut here" in str(view)


def test_people_in_copy_get_the_answer_unless_the_tick_is_taken_away() -> None:
    heads = {"from": CASE.conversation.address, "people": [f"someone{n}@customer.example" for n in range(9)]}
    talk = replace(CASE, messages=(replace(CASE.messages[0], metadata=heads),))
    view = modals.edit_answer(talk, "Hello", ON)
    (box,) = [block for block in inputs(view) if block["block_id"] == ids.COPIES]
    assert box["element"]["initial_options"] == box["element"]["options"]
    assert box["element"]["options"][0]["text"]["text"].startswith("someone0@customer.example, someone1@")
    assert block_problems(view["blocks"], "modal") == []
    chosen = {ids.COPIES: {ids.COPIES: {"selected_options": box["element"]["options"]}}}
    assert modals.wants_copies(chosen)
    assert not modals.wants_copies({ids.COPIES: {ids.COPIES: {"selected_options": []}}})
    assert not modals.wants_copies({})
    assert ids.COPIES not in [block["block_id"] for block in modals.edit_answer(CASE, "x", ON)["blocks"]]


def test_the_original_links_to_the_whole_mail() -> None:
    view = modals.original(CASE, "https://desk.shop.example/mail/original/1?until=2&proof=3")
    assert "<https://desk.shop.example/mail/original/1?until=2&amp;proof=3|See the whole mail" in said(
        view["blocks"]
    )
    assert "See the whole mail" not in said(modals.original(CASE)["blocks"])
