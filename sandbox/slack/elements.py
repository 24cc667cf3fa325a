"""The elements of Block Kit and their limits, as a table: element type -> fields -> rule."""

import re

from sandbox.slack.objects import (
    CONFIRM,
    ID,
    LINK_OPTION,
    OPTION,
    OPTION_GROUP,
    RICH_OPTION,
    plain,
    text,
    typed,
)
from sandbox.slack.rich_text import RICH_TEXT
from sandbox.slack.schema import (
    Fields,
    Problems,
    Rule,
    anything,
    by_type,
    date,
    exactly_one,
    flag,
    many,
    one_of,
    shape,
    string,
    time,
    url,
    whole,
)
from sandbox.wire import Json, Record

DISPATCH = shape({"trigger_actions_on": many(one_of("on_enter_pressed", "on_character_entered"), 2)})
SLACK_FILE = shape({"id?": string(), "url?": url()}, exactly_one("id", "url"))
FILTER = shape(
    {
        "include?": many(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels?": flag,
        "exclude_bot_users?": flag,
    }
)
WORKFLOW = shape({"trigger": shape({"url": url(), "customizable_input_parameters?": anything})})
FEEDBACK = shape({"text": plain(75), "value": string(2000), "accessibility_label?": string(75)})

ACTS: Fields = {"action_id?": ID}
CONFIRMS: Fields = {**ACTS, "confirm?": CONFIRM}
ASKS: Fields = {**CONFIRMS, "placeholder?": plain(150), "focus_on_load?": flag}
TYPES: Fields = {
    **ACTS,
    "placeholder?": plain(150),
    "focus_on_load?": flag,
    "dispatch_action_config?": DISPATCH,
}
MULTI: Fields = {**ASKS, "max_selected_items?": whole(1, 100)}
CHOICES: Fields = {"options?": many(OPTION, 100), "option_groups?": many(OPTION_GROUP, 100)}


def offered(element: Record) -> list[Record]:
    """Return all options an element offers, those in groups too."""
    grouped = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return [*(element.get("options") or []), *grouped]


def _initial_is_offered(value: Json, pointer: str, problems: Problems) -> None:
    known = [option["value"] for option in offered(value)]
    chosen = [value["initial_option"]] if value.get("initial_option") else value.get("initial_options") or []
    for option in chosen:
        if option["value"] not in known:
            problems.at(pointer, "initial option must match one of the options exactly")
    if len(set(known)) != len(known):
        problems.at(pointer, "duplicate option value")


def _bounds_in_order(low: str, high: str) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if (
            value.get(low) is not None
            and value.get(high) is not None
            and float(value[low]) > float(value[high])
        ):
            problems.at(pointer, f"{low} must not exceed {high}")

    return check


def _initial_fits(value: Json, pointer: str, problems: Problems) -> None:
    if len(value.get("initial_value") or "") > (value.get("max_length") or 3000):
        problems.at(
            f"{pointer}/initial_value", f"must be less than {value.get('max_length', 3000) + 1} characters"
        )


def _one_selector(kind: str) -> dict[str, Rule]:
    return {
        f"{kind}_select": typed({**ASKS, f"initial_{kind[:-1]}?": string()}),
        f"multi_{kind}_select": typed({**MULTI, f"initial_{kind}?": many(string())}),
    }


_DECIMAL = string(like=re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z", re.ASCII), what="number")
ELEMENTS: dict[str, Rule] = {
    "button": typed(
        {
            **CONFIRMS,
            "text": plain(75),
            "url?": url(),
            "value?": string(2000),
            "style?": one_of("primary", "danger"),
            "accessibility_label?": string(75),
            "agent_prompt?": string(4000),
            "agent_prompt_display?": anything,
            "visible_to_user_ids?": many(string(), 10),
        }
    ),
    "workflow_button": typed(
        {
            **ACTS,
            "text": plain(75),
            "workflow": WORKFLOW,
            "style?": one_of("primary", "danger"),
            "accessibility_label?": string(75),
        }
    ),
    "icon_button": typed(
        {
            **CONFIRMS,
            "text": plain(75),
            "icon": one_of("trash"),
            "value?": string(2000),
            "accessibility_label?": string(75),
            "visible_to_user_ids?": many(string(), 10),
        }
    ),
    "feedback_buttons": typed({**ACTS, "positive_button": FEEDBACK, "negative_button": FEEDBACK}),
    "overflow": typed({**CONFIRMS, "options": many(LINK_OPTION, 5)}, _initial_is_offered),
    "image": typed(
        {"image_url?": url(), "slack_file?": SLACK_FILE, "alt_text": string(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "static_select": typed(
        {**ASKS, **CHOICES, "initial_option?": OPTION},
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "multi_static_select": typed(
        {**MULTI, **CHOICES, "initial_options?": many(OPTION, 100)},
        exactly_one("options", "option_groups"),
        _initial_is_offered,
    ),
    "external_select": typed({**ASKS, "initial_option?": OPTION, "min_query_length?": whole(0)}),
    "multi_external_select": typed(
        {**MULTI, "initial_options?": many(OPTION, 100), "min_query_length?": whole(0)}
    ),
    **_one_selector("users"),
    "conversations_select": typed(
        {
            **ASKS,
            "initial_conversation?": string(),
            "default_to_current_conversation?": flag,
            "response_url_enabled?": flag,
            "filter?": FILTER,
        }
    ),
    "multi_conversations_select": typed(
        {
            **MULTI,
            "initial_conversations?": many(string()),
            "default_to_current_conversation?": flag,
            "filter?": FILTER,
        }
    ),
    "channels_select": typed({**ASKS, "initial_channel?": string(), "response_url_enabled?": flag}),
    "multi_channels_select": typed({**MULTI, "initial_channels?": many(string())}),
    "checkboxes": typed(
        {
            **CONFIRMS,
            "options": many(RICH_OPTION, 10),
            "initial_options?": many(RICH_OPTION, 10),
            "focus_on_load?": flag,
        },
        _initial_is_offered,
    ),
    "radio_buttons": typed(
        {
            **CONFIRMS,
            "options": many(RICH_OPTION, 10),
            "initial_option?": RICH_OPTION,
            "focus_on_load?": flag,
        },
        _initial_is_offered,
    ),
    "datepicker": typed({**ASKS, "initial_date?": date()}),
    "timepicker": typed({**ASKS, "initial_time?": time(), "timezone?": string()}),
    "datetimepicker": typed(
        {**CONFIRMS, "initial_date_time?": whole(1_000_000_000, 9_999_999_999), "focus_on_load?": flag}
    ),
    "plain_text_input": typed(
        {
            **TYPES,
            "initial_value?": string(3000, least=0),
            "multiline?": flag,
            "min_length?": whole(0, 3000),
            "max_length?": whole(1, 3000),
        },
        _bounds_in_order("min_length", "max_length"),
        _initial_fits,
    ),
    "email_text_input": typed({**TYPES, "initial_value?": string()}),
    "url_text_input": typed({**TYPES, "initial_value?": url()}),
    "number_input": typed(
        {
            **TYPES,
            "is_decimal_allowed": flag,
            "initial_value?": _DECIMAL,
            "min_value?": _DECIMAL,
            "max_value?": _DECIMAL,
        },
    ),
    "rich_text_input": typed(
        {
            **TYPES,
            "initial_value?": by_type({"rich_text": RICH_TEXT}),
            "min_lines?": whole(1, 100),
            "max_lines?": whole(1, 100),
        }
    ),
    "file_input": typed({**ACTS, "filetypes?": many(string()), "max_files?": whole(1, 10)}),
    "url_source": typed({"url": url(), "text": string()}),
}

# What an app answers when it is asked for a select's options.
SUGGESTIONS = shape(
    {"options?": many(OPTION, 100, least=0), "option_groups?": many(OPTION_GROUP, 100, least=0)},
    exactly_one("options", "option_groups"),
)
TEXT_ELEMENTS = {"plain_text": plain(), "mrkdwn": text()}
IN_CONTEXT = by_type({"image": ELEMENTS["image"], **TEXT_ELEMENTS})

_PICKERS = ("datepicker", "timepicker", "datetimepicker")
_SELECTS = tuple(f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels"))
_MULTI_SELECTS = tuple(f"multi_{select}" for select in _SELECTS)
_GROUPS = ("checkboxes", "radio_buttons")
IN_ACTIONS = by_type(
    ELEMENTS,
    "button",
    "workflow_button",
    "overflow",
    "rich_text_input",
    *_PICKERS,
    *_SELECTS,
    *_MULTI_SELECTS,
    *_GROUPS,
)
IN_SECTION = by_type(
    ELEMENTS,
    "button",
    "workflow_button",
    "overflow",
    "image",
    *_PICKERS,
    *_SELECTS,
    *_MULTI_SELECTS,
    *_GROUPS,
)
_TYPED = (
    "plain_text_input",
    "email_text_input",
    "url_text_input",
    "number_input",
    "rich_text_input",
    "file_input",
)
IN_INPUT = by_type(ELEMENTS, *_TYPED, *_PICKERS, *_SELECTS, *_MULTI_SELECTS, *_GROUPS)
IN_CONTEXT_ACTIONS = by_type(ELEMENTS, "feedback_buttons", "icon_button")

INTERACTIVE = frozenset(ELEMENTS) - {"image", "url_source"}
