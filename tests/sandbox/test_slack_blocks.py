"""What the stand-in refuses of blocks and views, case by case, and that it refuses nothing good."""

# ruff: noqa: E501 - tables of cases, one case a line.

import copy
from typing import Any

import pytest
import slackblocks as sb

from sandbox.slack.errors import SlackError
from sandbox.slack.validate import block_problems, message_content, view

from .conftest import actions, button, modal, mrkdwn, plain, text_input

OPTION = {"text": plain("One"), "value": "1"}
IMAGE = {"type": "image", "image_url": "https://img.example/a.png", "alt_text": "a"}


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": [OPTION], **more}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn("hi"), **more}


def rich(*parts: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


BAD: list[tuple[str, Any, str, str]] = [
    ("unknown block", {"type": "banner"}, "unsupported type: banner", "/blocks/0/type"),
    ("no type", {"text": plain("x")}, "missing required field: type", "/blocks/0"),
    ("no object", "section", "must provide an object", "/blocks/0"),
    ("unknown element", actions({"type": "slider", "action_id": "a"}), "unsupported type: slider", "/blocks/0/elements/0/type"),
    ("unknown property", section(colour="red"), "additional property: colour", "/blocks/0"),
    ("section too long", section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters", "/blocks/0/text/text"),
    ("empty text", section(text=mrkdwn("")), "must be more than 0 characters", "/blocks/0/text/text"),
    ("section of nothing", {"type": "section"}, "must provide at least one of: text, fields", "/blocks/0"),
    ("11 fields", section(fields=[mrkdwn("x")] * 11), "no more than 10 items allowed", "/blocks/0/fields"),
    ("field too long", section(fields=[mrkdwn("x" * 2001)]), "must be less than 2001", "/blocks/0/fields/0/text"),
    ("header of mrkdwn", {"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/blocks/0/text/type"),
    ("header too long", {"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
    ("text no string", section(text=mrkdwn(7)), "must provide a string", "/blocks/0/text/text"),  # type: ignore[arg-type]
    ("emoji in mrkdwn", section(text=mrkdwn("x") | {"emoji": True}), "additional property: emoji", "/blocks/0/text"),
    ("11 in context", {"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10", "/blocks/0/elements"),
    ("empty context", {"type": "context", "elements": []}, "no less than 1 items", "/blocks/0/elements"),
    ("button in context", {"type": "context", "elements": [button()]}, "unsupported type: button", "/blocks/0/elements/0/type"),
    ("26 buttons", actions(*[button(f"b{n}") for n in range(26)]), "no more than 25", "/blocks/0/elements"),
    ("button text", actions(button(text=plain("x" * 76))), "less than 76", "/blocks/0/elements/0/text/text"),
    ("button of mrkdwn", actions(button(text=mrkdwn("x"))), "unsupported type: mrkdwn", "/blocks/0/elements/0/text/type"),
    ("button without text", actions({"type": "button"}), "missing required field: text", "/blocks/0/elements/0"),
    ("button value", actions(button(value="x" * 2001)), "less than 2001", "/blocks/0/elements/0/value"),
    ("button style", actions(button(style="green")), "must be a valid enum value", "/blocks/0/elements/0/style"),
    ("button url", actions(button(url="javascript:alert(1)")), "must be a valid url", "/blocks/0/elements/0/url"),
    ("button url length", actions(button(url="https://x.example/" + "x" * 3000)), "less than 3001", "/blocks/0/elements/0/url"),
    ("action_id", actions(button("x" * 256)), "less than 256", "/blocks/0/elements/0/action_id"),
    ("block_id", section(block_id="x" * 256), "less than 256", "/blocks/0/block_id"),
    ("twin action_id", actions(button("a"), button("a")), "`action_id` already exists: a", "/blocks/0"),
    ("confirm title", actions(button(confirm={"title": plain("x" * 101), "text": plain("x"), "confirm": plain("x"), "deny": plain("x")})), "less than 101", "/blocks/0/elements/0/confirm/title/text"),
    ("overflow of 6", actions({"type": "overflow", "options": [{**OPTION, "value": str(n)} for n in range(6)]}), "no more than 5", "/blocks/0/elements/0/options"),
    ("option value", actions(select(options=[{**OPTION, "value": "x" * 151}])), "less than 151", "/blocks/0/elements/0/options/0/value"),
    ("twin options", actions(select(options=[OPTION, OPTION])), "duplicate option value", "/blocks/0/elements/0"),
    ("101 options", actions(select(options=[{**OPTION, "value": str(n)} for n in range(101)])), "no more than 100", "/blocks/0/elements/0/options"),
    ("no options", actions({"type": "static_select"}), "exactly one of: options, option_groups", "/blocks/0/elements/0"),
    ("foreign initial option", actions(select(initial_option={**OPTION, "value": "2"})), "must match one of the options", "/blocks/0/elements/0"),
    ("11 checkboxes", actions({"type": "checkboxes", "options": [{**OPTION, "value": str(n)} for n in range(11)]}), "no more than 10", "/blocks/0/elements/0/options"),
    ("text input in actions", actions({"type": "plain_text_input"}), "unsupported type: plain_text_input", "/blocks/0/elements/0/type"),
    ("button as input", {"type": "input", "label": plain("x"), "element": button()}, "unsupported type: button", "/blocks/0/element/type"),
    ("label of mrkdwn", text_input() | {"label": mrkdwn("x")}, "unsupported type: mrkdwn", "/blocks/0/label/type"),
    ("input length", text_input(max_length=3001), "must be between 1 and 3000", "/blocks/0/element/max_length"),
    ("input bounds", text_input(min_length=9, max_length=3), "min_length must not exceed max_length", "/blocks/0/element"),
    ("initial too long", text_input(initial_value="four", max_length=3), "less than 4", "/blocks/0/element/initial_value"),
    ("flag", text_input() | {"optional": "yes"}, "must provide a boolean", "/blocks/0/optional"),
    ("whole number", text_input(max_length="3"), "must provide a whole number", "/blocks/0/element/max_length"),
    ("date", actions({"type": "datepicker", "initial_date": "23.11.2026"}), "must be a valid date", "/blocks/0/elements/0/initial_date"),
    ("image without source", {"type": "image", "alt_text": "x"}, "exactly one of: image_url, slack_file", "/blocks/0"),
    ("image without alt", {"type": "image", "image_url": "https://x.example/"}, "missing required field: alt_text", "/blocks/0"),
    ("markdown too long", {"type": "markdown", "text": "x" * 12001}, "less than 12001", "/blocks/0/text"),
    ("alert outside a modal", {"type": "alert", "text": plain("x")}, "unsupported type: alert", "/blocks/0/type"),
    ("card body", {"type": "card", "body": mrkdwn("x" * 201)}, "less than 201", "/blocks/0/body/text"),
    ("card of nothing", {"type": "card"}, "must provide at least one of", "/blocks/0"),
    ("11 children", {"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}] * 11}, "no more than 10", "/blocks/0/child_blocks"),
    ("container in container", {"type": "container", "title": plain("x"), "child_blocks": [{"type": "container"}]}, "unsupported type: container", "/blocks/0/child_blocks/0/type"),
    ("101 rows", {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}, "no more than 100", "/blocks/0/rows"),
    ("rows no list", {"type": "table", "rows": "x"}, "must provide an array", "/blocks/0/rows"),
    ("rich text part", rich({"type": "marquee"}), "unsupported type: marquee", "/blocks/0/elements/0/elements/0/type"),
    ("chart value", {"type": "data_visualization", "title": "x", "chart": {"type": "pie", "segments": [{"label": "x", "value": "1"}]}}, "must provide a number", "/blocks/0/chart/segments/0/value"),
    ("pending task card", {"type": "task_card", "task_id": "1", "title": "x", "status": "pending"}, "valid enum value", "/blocks/0/status"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "problem", "pointer"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_bad_block_is_refused_with_its_place(block: Any, problem: str, pointer: str) -> None:
    found = block_problems([block], "message")
    assert any(problem in one and one.endswith(f"[json-pointer:{pointer}]") for one in found), found


def test_counts_and_twins_across_blocks() -> None:
    divider = {"type": "divider"}
    assert not block_problems([divider] * 50, "message")
    assert "no more than 50 items" in block_problems([divider] * 51, "message")[0]
    assert not block_problems([divider] * 100, "modal")
    assert "no more than 100 items" in block_problems([divider] * 101, "home")[0]
    twins = [section(block_id="same"), section(block_id="same")]
    assert "`block_id` already exists: same" in block_problems(twins, "message")[0]
    # One action_id in two blocks is allowed; only within one block it is not.
    assert not block_problems([actions(button("a")), actions(button("a"))], "message")
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert "only one table block" in block_problems([table, table], "message")[0]
    long = {"type": "markdown", "text": "x" * 7000}
    assert "in total" in block_problems([long, long], "message")[0]


@pytest.mark.parametrize("kind", ["markdown", "table", "carousel", "context_actions", "plan", "file"])
def test_surfaces_of_modals(kind: str) -> None:
    assert f"unsupported type: {kind}" in block_problems([{"type": kind}], "modal")[0]


GOOD = [
    section(fields=[mrkdwn("a"), plain("b")], accessory=IMAGE, expand=True, block_id="s"),
    section(accessory={"type": "overflow", "action_id": "o", "options": [OPTION | {"url": "https://x.example/"}]}),
    {"type": "header", "text": plain("Title")},
    {"type": "context", "elements": [IMAGE, mrkdwn("a"), plain("b") | {"emoji": True}]},
    actions(
        button(style="primary", value="1", url="https://x.example/", confirm={"title": plain("t"), "text": mrkdwn("x"), "confirm": plain("y"), "deny": plain("n"), "style": "danger"}),
        select(initial_option=OPTION, placeholder=plain("Pick")),
        {"type": "static_select", "action_id": "g", "option_groups": [{"label": plain("G"), "options": [OPTION]}]},
        {"type": "users_select", "action_id": "u", "initial_user": "U1"},
        {"type": "conversations_select", "action_id": "c", "filter": {"include": ["public"]}},
        {"type": "checkboxes", "action_id": "k", "options": [{"text": mrkdwn("*x*"), "value": "1"}], "initial_options": [{"text": mrkdwn("*x*"), "value": "1"}]},
        {"type": "timepicker", "action_id": "t", "initial_time": "09:30"},
        {"type": "datetimepicker", "action_id": "d", "initial_date_time": 1795402279},
    ),
    text_input(initial_value="", multiline=True, min_length=0, max_length=3000, placeholder=plain("x")),
    {"type": "input", "label": plain("N"), "element": {"type": "number_input", "action_id": "n", "is_decimal_allowed": False}},
    {"type": "input", "label": plain("R"), "element": {"type": "rich_text_input", "action_id": "r", "initial_value": rich({"type": "text", "text": "x"})}},
    rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "link", "url": "https://x.example/"}, {"type": "emoji", "name": "tada"}),
    {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}, rich({"type": "text", "text": "y"})]], "column_settings": [{"align": "right"}]},
    {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f", "positive_button": {"text": plain("Good"), "value": "g"}, "negative_button": {"text": plain("Wrong"), "value": "w"}}]},
    {"type": "container", "title": plain("CRM"), "is_collapsible": True, "child_blocks": [section(), {"type": "divider"}]},
    {"type": "carousel", "elements": [{"type": "card", "title": plain("x"), "actions": [button()]}]},
    {"type": "plan", "title": "Plan", "tasks": [{"type": "task_card", "task_id": "1", "title": "x", "status": "pending"}]},
]  # fmt: skip


def test_good_blocks_pass() -> None:
    for block in GOOD:
        assert block_problems([block], "message") == [], block


def test_what_slackblocks_builds_passes() -> None:
    """Another author's reading of Slack's rules: whatever that library builds must not be refused."""
    built = [
        sb.HeaderBlock("Title", block_id="h"),
        sb.SectionBlock(
            "*text*", fields=["a", "b"], accessory=sb.Button("Press", "a", value="v"), block_id="s"
        ),
        sb.ContextBlock([sb.Text("small")], block_id="c"),
        sb.DividerBlock(block_id="d"),
        sb.ActionsBlock(
            [sb.Button("Yes", "y", value="1", style="primary"), sb.Button("No", "n", value="2")], block_id="a"
        ),
        sb.MarkdownBlock("**bold**", block_id="m"),
        sb.ImageBlock("https://img.example/a.png", "alt", block_id="i"),
    ]
    assert block_problems([block._resolve() for block in built], "message") == []


def test_no_part_of_a_good_block_may_be_replaced_by_garbage() -> None:
    """Every parser is fed garbage: each value in turn becomes something absurd; only a verdict may come back."""
    for block in GOOD:
        for garbage in (None, 7, "", [], {}, [[]], {"type": []}, True, "x" * 5000):
            for mutated in _mutations(block, garbage):
                assert isinstance(block_problems([mutated], "message"), list)


def _mutations(part: Any, garbage: Any) -> Any:
    steps = (
        list(part.items())
        if isinstance(part, dict)
        else list(enumerate(part))
        if isinstance(part, list)
        else []
    )
    for key, inner in steps:
        changed = copy.copy(part)
        changed[key] = garbage
        yield changed
        for deeper in _mutations(inner, garbage):
            changed = copy.copy(part)
            changed[key] = deeper
            yield changed


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({}, "no_text"),
        ({"text": "  "}, "no_text"),
        ({"text": 7}, "invalid_arguments"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"markdown_text": "x", "blocks": [{"type": "divider"}]}, "markdown_text_conflict"),
        ({"blocks": "no json"}, "invalid_blocks_format"),
        ({"blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"attachments": ["x"]}, "invalid_attachments"),
        ({"attachments": [{}] * 101}, "too_many_attachments"),
        ({"attachments": [{"blocks": [{"type": "banner"}]}]}, "invalid_blocks"),
    ],
)
def test_refused_messages(args: dict[str, Any], error: str) -> None:
    with pytest.raises(SlackError) as caught:
        message_content(args)
    assert caught.value.error == error


def test_markdown_text_becomes_a_markdown_block() -> None:
    assert message_content({"markdown_text": "**x**"})["blocks"] == [{"type": "markdown", "text": "**x**"}]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (None, "must provide an object"),
        ({"type": "panel"}, "unsupported type: panel"),
        (modal(title=plain("x" * 25)), "less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "less than 25 characters [json-pointer:/view/submit/text]"),
        (
            modal(private_metadata="x" * 3001),
            "less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (modal(callback_id="x" * 256), "less than 256 characters [json-pointer:/view/callback_id]"),
        (modal(colour="red"), "additional property: colour [json-pointer:/view]"),
        ({**modal(), "submit": None}, "missing required field: submit [json-pointer:/view]"),
        ({**modal(), "blocks": "x"}, "must provide an array [json-pointer:/view/blocks]"),
        (
            modal({"type": "markdown", "text": "x"}),
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
        ({"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
    ],
)
def test_refused_views(given: Any, problem: str) -> None:
    with pytest.raises(SlackError) as caught:
        view(given, "modal")
    assert caught.value.error == "invalid_arguments"
    assert any(problem in one for one in caught.value.details["response_metadata"]["messages"])


def test_a_view_may_be_250_kilobytes() -> None:
    fields = [section(text=mrkdwn("x" * 2900)) for _ in range(90)]
    with pytest.raises(SlackError, match="view_too_large"):
        view(modal(*fields), "modal")
    assert view(modal(*fields[:80]), "modal")["type"] == "modal"
