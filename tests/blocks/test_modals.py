from dataclasses import replace

import pytest

from blocks import ids, modals
from blocks.ids import Target
from sandbox.slack.validate import block_problems
from tests.blocks.reading import said
from tests.blocks.states import STATES

CASE = STATES["waiting"]
ON = Target(CASE.conversation.id, 1, CASE.draft.id)


def inputs(view: dict) -> list[dict]:
    return [block for block in view["blocks"] if block["type"] == "input"]


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


def test_the_original_links_to_the_whole_mail() -> None:
    view = modals.original(CASE, "https://desk.shop.example/mail/original/1?until=2&proof=3")
    assert "<https://desk.shop.example/mail/original/1?until=2&amp;proof=3|See the whole mail" in said(
        view["blocks"]
    )
    assert "See the whole mail" not in said(modals.original(CASE)["blocks"])
