"""The windows for merging and splitting."""

from dataclasses import replace
from datetime import timedelta

from blocks import ids, moving
from blocks.ids import Target
from bot.core.model import Channel
from bot.core.ports.merges import Candidate
from sandbox.slack.validate import block_problems
from tests import builders as b
from tests.blocks.cases import AGAIN, ASKED, NOW
from tests.blocks.reading import context
from tests.blocks.states import STATES

CASE = replace(STATES["waiting"], messages=(ASKED, AGAIN))
ON = Target(CASE.conversation.id, 1)


def options(view: dict, block_id: str) -> list[tuple[str, str]]:
    (block,) = [one for one in view["blocks"] if one["block_id"] == block_id]
    return [(one["text"]["text"], one["value"]) for one in block["element"]["options"]]


def test_a_conversation_is_picked_by_what_it_is_about_its_channel_and_whose_it_is() -> None:
    found = [
        Candidate(b.conversation(id="a" * 32, subject="Lid\nmissing " * 20), "Ada", ""),
        Candidate(b.conversation(id="b" * 32, subject="", address="ben@elsewhere.example"), "Ben", ""),
        Candidate(b.conversation(id="c" * 32, subject="", channel=Channel.CHAT), "Ben", "Is it\nopen?"),
        Candidate(b.conversation(id="d" * 32, subject="", channel=Channel.SMS, address="+4915"), "", "Hi"),
    ]
    view = moving.merge(CASE, found, ON)
    shown = options(view, ids.MERGE_INTO)
    assert [value for _, value in shown] == [one * 32 for one in "abcd"]
    assert [label for label, _ in shown[1:]] == [
        "No subject · email · ben@elsewhere.example",
        "Is it open? · chat · Ben",
        "Hi · sms · +4915",
    ]
    assert shown[0][0].startswith("Lid missing Lid missing")
    assert block_problems(view["blocks"], "modal") == []
    assert Target.decode(view["private_metadata"]) == ON


def test_whoever_chats_or_calls_is_told_to_get_no_answer_there() -> None:
    called = replace(CASE, conversation=replace(CASE.conversation, channel=Channel.PHONE))
    assert "gets none here" in context(moving.merge(called, [], ON)["blocks"], "how")
    assert "gets none here" not in context(moving.merge(CASE, [], ON)["blocks"], "how")


def test_where_nothing_is_found_that_is_said() -> None:
    assert "has no other open conversation" in context(moving.merge(CASE, [], ON)["blocks"], "none")
    searched = moving.merge(CASE, [], ON, searched="<x>")
    assert context(searched["blocks"], "none") == "No open conversation has “&lt;x&gt;”."
    assert block_problems(searched["blocks"], "modal") == []


def test_what_was_picked_and_typed_is_read() -> None:
    picked = {ids.MERGE_INTO: {ids.MERGE_INTO: {"selected_option": {"value": "a"}}}}
    typed = {ids.SEARCH: {ids.SEARCH: {"value": " lid "}}}
    assert moving.chosen_merge(picked | typed) == ("a", "lid")
    assert moving.chosen_merge({}) == ("", "")
    assert moving.chosen_split({ids.SPLIT_AT: {ids.SPLIT_AT: {"selected_option": {"value": "m"}}}}) == "m"
    assert moving.chosen_split({ids.SPLIT_AT: {ids.SPLIT_AT: {"selected_option": None}}}) == ""


def test_a_split_begins_with_a_message_but_the_first() -> None:
    old = replace(AGAIN, id="old", created_at=NOW - timedelta(days=3), content="")
    view = moving.split(replace(CASE, messages=(ASKED, old, AGAIN)), ON, NOW)
    (empty, said), (words, again) = options(view, ids.SPLIT_AT)
    assert (said, again) == ("old", AGAIN.id)
    assert empty.endswith(": (empty message)")
    assert AGAIN.content[:20] in words
    assert block_problems(view["blocks"], "modal") == []
