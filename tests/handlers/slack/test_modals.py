from dataclasses import replace
from typing import Any

import pytest

from blocks import ids
from blocks.ids import Target
from bot.core.errors import AlreadyDecided, InvalidInput, NotAllowed, Rejected, Superseded
from bot.core.model import Case, DeliveryState, Sender
from tests import builders as b
from tests.blocks.states import STATES
from tests.handlers.slack.conftest import AGENT, CASE, ON, World

FIRST = ids.answer_input(1, 1)


def typed(*parts: str | None) -> dict:
    return {ids.answer_input(1, n): {ids.ANSWER: {"value": part}} for n, part in enumerate(parts, 1)}


def after(text: str, author: str = AGENT, **values: Any) -> Case:
    """Maya's conversation after somebody's own answer."""
    given = {"text": text, "author": author, "sender": Sender.AGENT} | values
    return replace(CASE, deliveries=(b.delivery(**given),))


def reason(text: str | None, kind: str | None = None) -> dict:
    option = {"value": kind} if kind else None
    return {
        ids.REASON: {ids.REASON: {"value": text}},
        ids.QUICK_REASON: {ids.QUICK_REASON: {"selected_option": option}},
    }


async def test_edited_answer_is_sent_and_the_window_closes(world: World) -> None:
    assert await world.submit(ids.EDIT_MODAL, typed("Hello Maya", "Second part")) is None
    expected = ("send_own", ON.conversation, 1, "Hello Maya\n\nSecond part", AGENT, ON.draft, "V1")
    assert world.review.decided == [expected]
    assert world.roster.asked == []


async def test_own_words_belong_to_no_draft(world: World) -> None:
    await world.submit(ids.EDIT_MODAL, typed("Hello"), Target(ON.conversation, 1).encode())
    assert world.review.decided == [("send_own", ON.conversation, 1, "Hello", AGENT, None, "V1")]


async def test_window_that_was_opened_first_names_the_submission(world: World) -> None:
    await world.submit(ids.EDIT_MODAL, typed("Hello"), root="V0")
    assert world.review.decided[0][-1] == "V0"


@pytest.mark.parametrize(
    "error", [AlreadyDecided("<@U0KIM> was first.", winner=AGENT), Superseded("Too late.")]
)
async def test_doubled_submission_closes_the_window(world: World, error: Exception) -> None:
    world.review.fail = error
    world.review.now = after("Hi Maya,\nit arrives on Monday.")
    assert await world.submit(ids.EDIT_MODAL, typed("Hi Maya,\nit arrives on Monday. ")) is None


@pytest.mark.parametrize(
    "case",
    [
        after("Something else"),
        after("Hello", author="U0BEN"),
        after("Hello", turn=2),
        after("Hello", state=DeliveryState.CANCELLED),
    ],
)
async def test_what_did_not_go_out_is_never_passed_over(world: World, case: Case) -> None:
    world.review.fail = AlreadyDecided("<@U0KIM> was first.", winner=AGENT)
    world.review.now = case
    answer = await world.submit(ids.EDIT_MODAL, typed("Hello"))
    assert "<@U0KIM> was first." in str(answer["view"])


async def test_answer_to_a_matter_closed_meanwhile_is_kept_in_the_window(world: World) -> None:
    world.review.fail = Superseded("Closed by <https://evil.test|support>.")
    answer = await world.submit(ids.EDIT_MODAL, typed("My careful words"))
    assert "Closed by &lt;https://evil.test|support&gt;. Your text is kept below." in str(answer["view"])
    assert "My careful words" in str(answer["view"])
    assert answer["view"]["private_metadata"] == Target(ON.conversation, 1).encode()


async def test_unusable_answer_is_marked_at_its_input(world: World) -> None:
    world.review.fail = InvalidInput("Write something, or close this window.", field="text")
    answer = await world.submit(ids.EDIT_MODAL, typed(None))
    assert answer == {
        "response_action": "errors",
        "errors": {FIRST: "Write something, or close this window."},
    }


async def test_customer_wrote_again_keeps_what_was_typed_for_the_new_turn(world: World) -> None:
    world.review.fail = Superseded("The customer wrote again.")
    world.review.now = STATES["superseded"]
    answer = await world.submit(ids.EDIT_MODAL, typed("My careful words"))
    assert answer["response_action"] == "update"
    assert "My careful words" in str(answer["view"])
    assert "Update: still nothing." in str(answer["view"])
    assert answer["view"]["private_metadata"] == Target(ON.conversation, 2).encode()


async def test_slower_writer_is_told_who_won(world: World) -> None:
    world.review.fail = AlreadyDecided("<@U0BEN> was first: this answer is on its way.", winner="U0BEN")
    answer = await world.submit(ids.EDIT_MODAL, typed("Hello"))
    assert answer["response_action"] == "update"
    assert "<@U0BEN> was first" in str(answer["view"])
    assert "Hello" in str(answer["view"])
    assert world.unsent.mine.parts[0][1] == "Hello"


async def test_escalation_goes_out_with_kind_and_reason(world: World) -> None:
    assert await world.submit(ids.ESCALATE_MODAL, reason("call her", "Upset customer")) is None
    assert world.review.decided == [("escalate", ON.conversation, "Upset customer: call her", AGENT, "V1")]


async def test_escalation_without_a_reason_is_marked(world: World) -> None:
    world.review.fail = InvalidInput("Say in a few words why.", field="reason")
    answer = await world.submit(ids.ESCALATE_MODAL, reason(None))
    assert answer == {"response_action": "errors", "errors": {ids.REASON: "Say in a few words why."}}


async def test_other_refusals_replace_the_window(world: World) -> None:
    world.review.fail = NotAllowed("You may not do this.")
    answer = await world.submit(ids.ESCALATE_MODAL, reason("x"))
    assert answer["response_action"] == "update"
    assert "You may not do this." in str(answer["view"])


async def test_fault_of_ours_in_a_window_shows_only_a_reference(world: World) -> None:
    world.review.fail = RuntimeError("secret")
    answer = await world.submit(ids.EDIT_MODAL, typed("Hello"))
    assert "quote `" in str(answer["view"])
    assert "secret" not in str(answer)


async def test_garbage_metadata_is_an_old_window(world: World) -> None:
    answer = await world.submit(ids.EDIT_MODAL, typed("Hello"), "garbage")
    assert "older version" in str(answer["view"])
    assert world.review.decided == []


async def test_resubmission_after_the_customer_wrote_again_answers_the_new_turn(world: World) -> None:
    world.review.fail = Superseded("The customer wrote again.")
    world.review.now = replace(STATES["superseded"])
    again = (await world.submit(ids.EDIT_MODAL, typed("My words")))["view"]
    values = {
        block["block_id"]: {ids.ANSWER: {"value": block["element"]["initial_value"]}}
        for block in again["blocks"]
        if block["type"] == "input"
    }
    assert await world.submit(ids.EDIT_MODAL, values, again["private_metadata"]) is None
    assert world.review.decided == [("send_own", ON.conversation, 2, "My words", AGENT, None, "V1")]


def picked(block: str, value: str | None) -> dict:
    return {block: {block: {"selected_option": {"value": value} if value else None}}}


async def test_a_picked_conversation_is_merged_into(world: World) -> None:
    assert await world.submit(ids.MERGE_MODAL, picked(ids.MERGE_INTO, "other")) is None
    assert world.review.decided == [("merge", ON.conversation, "other", AGENT)]


async def test_a_search_shows_what_it_finds_in_the_same_window(world: World) -> None:
    answer = await world.submit(ids.MERGE_MODAL, {ids.SEARCH: {ids.SEARCH: {"value": "parcel"}}})
    assert (answer["response_action"], world.review.searched) == ("update", "parcel")
    assert answer["view"]["callback_id"] == ids.MERGE_MODAL
    assert world.review.decided == []
    nothing = await world.submit(ids.MERGE_MODAL, {ids.SEARCH: {ids.SEARCH: {"value": "none"}}})
    assert "No open conversation has" in str(nothing["view"]["blocks"])


async def test_a_merge_window_without_anything_says_what_to_do(world: World) -> None:
    answer = await world.submit(ids.MERGE_MODAL, {})
    assert answer["errors"] == {ids.SEARCH: "Pick a conversation, or type what to search for."}


async def test_a_picked_message_begins_a_conversation(world: World) -> None:
    assert await world.submit(ids.SPLIT_MODAL, picked(ids.SPLIT_AT, "m2")) is None
    assert world.review.decided == [("split", ON.conversation, "m2", AGENT)]


async def test_what_cannot_be_moved_is_said_in_the_window(world: World) -> None:
    world.review.fail = Rejected("An answer is being sent right now. Try again in a moment.")
    answer = await world.submit(ids.SPLIT_MODAL, picked(ids.SPLIT_AT, "m2"))
    assert "being sent right now" in str(answer["view"]["blocks"])


async def test_the_tick_for_copies_reaches_the_service(world: World) -> None:
    box = {ids.COPIES: {ids.COPIES: {"selected_options": [{"value": ids.COPIES}]}}}
    await world.submit(ids.EDIT_MODAL, typed("Hello") | box)
    assert world.review.copies
    await world.submit(ids.EDIT_MODAL, typed("Hello"))
    assert not world.review.copies
