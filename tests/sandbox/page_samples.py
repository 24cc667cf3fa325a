"""Blocks for the page's tests: one of every kind, one nobody knows, and texts that would like to be markup."""

from typing import Any

from sandbox.day.plan import plan
from sandbox.day.report import SlackCalls, report
from sandbox.day.talk import Arrival, Talk

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script> &lt;!channel&gt; &amp;lt;b&amp;gt; "
    "<javascript:alert(3)|press me>"
)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: dict[str, Any], block_id: str = "acts") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def field(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def card() -> list[dict[str, Any]]:
    """A conversation's card as the app would post it."""
    return [
        {"type": "header", "text": plain("Kettle arrived without its lid")},
        {
            "type": "context",
            "elements": [mrkdwn(":email: *Ines Baum*  ·  Baum & Sons  ·  <https://crm.example/7|CRM>")],
        },
        section("> The kettle came today, the lid did not. Can you send it?"),
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn(":hourglass_flowing_sand: *Waiting for you*  ·  draft 1")]},
        section("Hello Ines,\n\nsorry about that. The lid leaves our warehouse today [1]."),
        {"type": "context", "elements": [mrkdwn("*81 %* sure  ▰▰▰▰▱  (sends by itself from 90 %)")]},
        actions(
            button("Approve & send", "approve", style="primary", value="draft-1"),
            button("Edit", "edit"),
            button(
                "Escalate",
                "escalate",
                style="danger",
                confirm={
                    "title": plain("Escalate?"),
                    "text": mrkdwn("A *lead* is told at once."),
                    "confirm": plain("Escalate now"),
                    "deny": plain("Not yet"),
                    "style": "danger",
                },
            ),
            {
                "type": "overflow",
                "action_id": "more",
                "options": [option("Snooze", "snooze"), option("Customer details", "details")],
            },
        ),
    ]


EVERY_TEXT = (
    "*bold* _italic_ ~gone~ `a*b` :tada: <https://kb.example/lid|Lost lids> <mailto:ines@baum.example|Ines> "
    "<@U0MORGAN> <#C0CHAT> <!subteam^S1|@leads> <!here> <!date^1763890000^{date_num}|that day> "
    "2*3*4 snake_case_name :nosuch:"
)

RICH_TEXT = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "rich bold", "style": {"bold": True}},
                {"type": "user", "user_id": "U0KIM"},
                {"type": "emoji", "name": "eyes"},
                {"type": "link", "url": "https://kb.example/r", "text": "rich link"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first step"}]}],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "rich quote"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "rich code"}]},
        {"type": "rich_text_sparkle", "elements": []},
    ],
}

MARKDOWN = (
    "# Title of it\n\nSome **strong** and *soft* words, [a page](https://kb.example/m).\n\n"
    "- one\n- [x] done\n\n1. first\n\n"
    "> said\n\n```\nraw <b>\n```\n\n| plan | price |\n|---|---|\n| Gold | 9 |\n\n---\n[bad](javascript:alert(1))"
)

TABLE = {
    "type": "table",
    "column_settings": [{"align": "left"}, {"align": "right"}],
    "rows": [
        [{"type": "raw_text", "text": "Order"}, {"type": "raw_text", "text": "Sum"}],
        [
            {"type": "raw_text", "text": "88213"},
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "12 EUR"}]}],
            },
        ],
    ],
}

CARD_BLOCK = {
    "type": "card",
    "title": mrkdwn("*Ines Baum*"),
    "subtitle": mrkdwn("Gold since 2020"),
    "body": mrkdwn("3 orders"),
    "actions": [button("Open in CRM", "crm", url="https://crm.example/7")],
}

FEEDBACK = {
    "type": "context_actions",
    "block_id": "fb",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "rate",
            "positive_button": {"text": plain("Good answer"), "value": "good"},
            "negative_button": {"text": plain("Wrong answer"), "value": "wrong"},
        },
        {"type": "icon_button", "icon": "trash", "action_id": "drop", "text": plain("Remove")},
    ],
}


_DAYS = ("Mon", "Tue", "Wed")
_SERIES = [
    {"name": name, "data": [{"label": day, "value": value} for day, value in zip(_DAYS, values, strict=True)]}
    for name, values in (("Mail", (3, 5, 4)), ("Chat", (2, 0, 6)))
]
CHARTS = [
    {
        "type": "data_visualization",
        "title": f"Questions, {kind}",
        "chart": {
            "type": kind,
            "series": _SERIES,
            "axis_config": {"categories": list(_DAYS), "x_label": "Day", "y_label": "Questions"},
        },
    }
    for kind in ("bar", "area", "line")
]
CHARTS.append(
    {
        "type": "data_visualization",
        "title": "Shares",
        "chart": {
            "type": "pie",
            "segments": [{"label": "By itself", "value": 3}, {"label": "By agents", "value": 5}],
        },
    }
)


def played_day() -> dict[str, Any]:
    """Return a day that was played to its end, as the sandbox tells of it."""
    talks = [
        Talk(ticket, 0.0, [Arrival(2.0, "Hello", by_agent=number % 2 == 0)], ("C", str(number)), f"c{number}")
        for number, ticket in enumerate(plan(1, 8))
    ]
    progress = {"clock": "17:12", "planned": 8, "written": 8, "by_itself": 0, "by_agents": 4}
    waiting = {"escalated": 1, "waiting": 2, "ratings": 3, "clicks": 9}
    return {"progress": progress | waiting, "report": report(talks, SlackCalls(), 60, 480)}


def every_block() -> list[Any]:
    return [
        {"type": "header", "text": plain(":package: Everything")},
        section(
            EVERY_TEXT,
            accessory={
                "type": "image",
                "image_url": "https://pics.example/x.png",
                "alt_text": "a far picture",
            },
        ),
        {"type": "section", "fields": [mrkdwn("*Plan*\nGold"), mrkdwn("*Orders*\n3")]},
        section("> quoted\nnot quoted\n```\nlet x = 1 &lt; 2\n```"),
        {"type": "divider"},
        {"type": "image", "image_url": "/icon.svg", "alt_text": "our sign", "title": plain("A near picture")},
        RICH_TEXT,
        {"type": "markdown", "text": MARKDOWN},
        TABLE,
        FEEDBACK,
        {"type": "alert", "level": "warning", "text": mrkdwn("Stock is low")},
        CARD_BLOCK,
        {"type": "carousel", "elements": [CARD_BLOCK]},
        actions(
            {
                "type": "static_select",
                "action_id": "topic",
                "placeholder": plain("Topic"),
                "options": [option("Parcel", "p"), option("Money", "m")],
            },
            {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-24"},
            block_id="choose",
        ),
        {
            "type": "actions",
            "block_id": "find",
            "elements": [
                {"type": "external_select", "action_id": "article", "placeholder": plain("Article")}
            ],
        },
        *CHARTS,
        {
            "type": "container",
            "title": plain("A container"),
            "is_collapsible": True,
            "child_blocks": [section("inside it")],
        },
        {"type": "hologram", "block_id": "h1", "beam": 3},
        {"type": "table", "block_id": "no rows"},
        {"type": "actions", "elements": [{"type": "lever", "action_id": "l"}]},
        "not even an object",
        section(HOSTILE),
    ]


def edit_view(**more: Any) -> dict[str, Any]:
    reasons = [option("Tone", "tone"), option("Facts", "facts")]
    return {
        "id": "V1",
        "type": "modal",
        "user": "U0KIM",
        "title": plain("Edit the draft"),
        "submit": plain("Send it"),
        "close": plain("Cancel"),
        "private_metadata": "d1",
        "blocks": [
            section("*Ines Baum* asked about a lid.", block_id="about"),
            field(
                "answer",
                "Answer",
                {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "max_length": 100,
                    "initial_value": "Hello Ines",
                },
            ),
            field("why", "Why", {"type": "radio_buttons", "action_id": "reason", "options": reasons}),
            field(
                "tags", "Tags", {"type": "checkboxes", "action_id": "set", "options": reasons}, optional=True
            ),
            field("who", "Hand to", {"type": "users_select", "action_id": "user"}, optional=True),
            field(
                "mail", "Copy to", {"type": "email_text_input", "action_id": "copy"}, hint=plain("An address")
            ),
        ],
        **more,
    }
