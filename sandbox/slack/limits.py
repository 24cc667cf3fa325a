"""The blocks of Block Kit, their limits and the surfaces they may appear on, as a table."""

from sandbox.slack.elements import (
    ELEMENTS,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
)
from sandbox.slack.objects import ID, plain, text, typed
from sandbox.slack.rich_text import RICH_TEXT
from sandbox.slack.schema import (
    Fields,
    Problems,
    Rule,
    anything,
    at_least_one,
    by_type,
    exactly_one,
    flag,
    later,
    many,
    number,
    one_of,
    shape,
    string,
    url,
    whole,
)
from sandbox.wire import Json

BLOCKS_PER_MESSAGE, BLOCKS_PER_VIEW = 50, 100
MARKDOWN_TOTAL = 12_000


def block(fields: Fields, *also: Rule) -> Rule:
    return typed({"block_id?": ID, **fields}, *also)


_BUTTON = by_type(ELEMENTS, "button")
_IMAGE = by_type(ELEMENTS, "image")
_RICH = by_type({"rich_text": RICH_TEXT})
_ICON = by_type({"icon": typed({"name": string()})})
_RAW_TEXT = typed({"text": string(), "emoji?": flag})
_RAW_NUMBER = typed({"value": number, "text": string()})
_CELL = by_type({"raw_text": _RAW_TEXT, "rich_text": RICH_TEXT})
_DATA_CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT})
_COLUMN = shape({"align?": one_of("left", "center", "right"), "is_wrapped?": flag})
_POINT = shape({"label": string(20), "value": number})
_SERIES = shape({"name": string(20), "data": many(_POINT, 20)})
_AXES = shape({"categories": many(string(20), 20), "x_label?": string(50), "y_label?": string(50)})
_CHART = by_type(
    {
        "pie": typed({"segments": many(_POINT, 12)}),
        **{
            kind: typed({"series": many(_SERIES, 12), "axis_config": _AXES})
            for kind in ("bar", "area", "line")
        },
    }
)
_SOURCES = many(by_type({"url": ELEMENTS["url_source"]}))
_TASK: Fields = {
    "task_id": string(),
    "title": string(),
    "details?": _RICH,
    "output?": _RICH,
    "sources?": _SOURCES,
}
_CARD = block(
    {
        "hero_image?": _IMAGE,
        "icon?": _IMAGE,
        "slack_icon?": _ICON,
        "title?": text(150),
        "subtitle?": text(150),
        "body?": text(200),
        "subtext?": text(200),
        "actions?": many(_BUTTON, 3),
    },
    at_least_one("hero_image", "title", "body", "actions"),
)
_CHILDREN = (
    "section",
    "context",
    "divider",
    "actions",
    "header",
    "image",
    "rich_text",
    "markdown",
    "table",
    "video",
    "card",
    "input",
)

BLOCKS: dict[str, Rule] = {
    "section": block(
        {"text?": text(3000), "fields?": many(text(2000), 10), "accessory?": IN_SECTION, "expand?": flag},
        at_least_one("text", "fields"),
    ),
    "header": block({"text": plain(150), "level?": whole(1, 4)}),
    "divider": block({}),
    "context": block({"elements": many(IN_CONTEXT, 10)}),
    "actions": block({"elements": many(IN_ACTIONS, 25)}),
    "context_actions": block({"elements": many(IN_CONTEXT_ACTIONS, 5)}),
    "input": block(
        {
            "label": plain(2000),
            "element": IN_INPUT,
            "hint?": plain(2000),
            "optional?": flag,
            "dispatch_action?": flag,
        }
    ),
    "image": block(
        {"image_url?": url(), "slack_file?": SLACK_FILE, "alt_text": string(2000), "title?": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "markdown": block({"text": string(MARKDOWN_TOTAL)}),
    "table": block({"rows": many(many(_CELL, 20), 100), "column_settings?": many(_COLUMN, 20)}),
    "data_table": block(
        {
            "rows": many(many(_DATA_CELL, 20), 201, least=2),
            "caption": string(),
            "page_size?": whole(1, 100),
            "row_header_column_index?": whole(0, 19),
        }
    ),
    "data_visualization": block({"title": string(50), "chart": _CHART}),
    "file": block({"external_id": string(), "source": one_of("remote")}),
    "video": block(
        {
            "alt_text": string(2000),
            "title": plain(200),
            "thumbnail_url": url(),
            "video_url": url(),
            "author_name?": string(50),
            "description?": plain(200),
            "provider_name?": string(50),
            "provider_icon_url?": url(2000),
            "title_url?": url(2000),
        }
    ),
    "alert": block({"text": text(200), "level?": one_of("default", "info", "warning", "error", "success")}),
    "card": _CARD,
    "carousel": block({"elements": many(by_type({"card": _CARD}), 10)}),
    "container": block(
        {
            "title?": text(150),
            "rich_text_title?": _RICH,
            "subtitle?": text(150),
            "child_blocks": many(later(lambda: by_type(BLOCKS, *_CHILDREN)), 10),
            "width?": one_of("narrow", "standard", "wide", "full"),
            "icon?": _IMAGE,
            "is_collapsible?": flag,
            "default_collapsed?": flag,
            "has_header_divider?": flag,
        },
        at_least_one("title", "rich_text_title"),
    ),
    "task_card": block({**_TASK, "status?": one_of("in_progress", "complete", "error")}),
    "plan": block(
        {
            "title": string(),
            "tasks?": many(
                typed({**_TASK, "status?": one_of("pending", "in_progress", "complete", "error")}), 50
            ),
        }
    ),
}

_EVERYWHERE = {
    "actions",
    "card",
    "context",
    "divider",
    "header",
    "image",
    "input",
    "rich_text",
    "section",
    "video",
}
_WIDE = {"carousel", "container", "data_table", "data_visualization", "table"}
SURFACES: dict[str, frozenset[str]] = {
    "message": frozenset(_EVERYWHERE | _WIDE | {"context_actions", "file", "markdown", "plan", "task_card"}),
    "modal": frozenset(_EVERYWHERE | {"alert"}),
    "home": frozenset(_EVERYWHERE | _WIDE),
}

_TITLES: Fields = {"title": plain(24), "submit?": plain(24), "close?": plain(24), "submit_disabled?": flag}
_KEEPS: Fields = {
    "private_metadata?": string(3000, least=0),
    "callback_id?": string(255, least=0),
    "external_id?": string(255, least=0),
}
_CLOSES: Fields = {"clear_on_close?": flag, "notify_on_close?": flag}


def _input_needs_submit(value: Json, pointer: str, problems: Problems) -> None:
    if value.get("submit") is None and any(
        isinstance(b, dict) and b.get("type") == "input" for b in value["blocks"]
    ):
        problems.at(pointer, "missing required field: submit")


def _list(value: Json, pointer: str, problems: Problems) -> None:
    if not isinstance(value, list):
        problems.at(pointer, "must provide an array")


# The blocks inside are checked by the surface they are on: see validate.py.
VIEWS = by_type(
    {
        "modal": shape(
            {"type": anything, "blocks": _list, **_TITLES, **_KEEPS, **_CLOSES}, _input_needs_submit
        ),
        "home": shape({"type": anything, "blocks": _list, **_KEEPS}),
    }
)
