"""What a user enters into an element of Block Kit: how it is stored, sent and refused, by element type."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.slack.elements import offered
from sandbox.slack.validate import actors
from sandbox.wire import Json, Record


class EntryError(ValueError):
    """A value Slack's client would not let the user enter; the message is what it would say."""


@dataclass(frozen=True)
class Kind:
    """How one type of element keeps its value: under which name, from which initial property, read how."""

    key: str
    initial: str
    read: Callable[[Record, Json], Json]


def _text(element: Record, value: Json) -> str:
    if not isinstance(value, str):
        raise EntryError("Enter a text.")
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if value and not least <= len(value) <= most:
        raise EntryError(f"Enter between {least} and {most} characters, not {len(value)}.")
    return value


def _matching(pattern: str, complaint: str) -> Callable[[Record, Json], Json]:
    wanted = re.compile(pattern)

    def read(_element: Record, value: Json) -> str:
        text = str(value) if isinstance(value, str | int | float) else ""
        if value != "" and not wanted.fullmatch(text):
            raise EntryError(complaint)
        return text

    return read


def _option(element: Record, value: Json) -> Record:
    wanted = value.get("value") if isinstance(value, dict) else value
    for option in offered(element):
        if option["value"] == wanted:
            return {name: option[name] for name in ("text", "value") if name in option}
    if element["type"].endswith("external_select") and isinstance(wanted, str):
        named = value.get("text") if isinstance(value, dict) else None
        return {"text": named or {"type": "plain_text", "text": wanted, "emoji": True}, "value": wanted}
    raise EntryError(f"There is no option {wanted!r}.")


def _several(read: Callable[[Record, Json], Json]) -> Callable[[Record, Json], Json]:
    def read_all(element: Record, value: Json) -> list[Json]:
        if not isinstance(value, list):
            raise EntryError("Choose from the list.")
        if len(value) > element.get("max_selected_items", 100):
            raise EntryError(f"Choose at most {element['max_selected_items']}.")
        return [read(element, item) for item in value]

    return read_all


def _seconds(_element: Record, value: Json) -> int:
    if not isinstance(value, int):
        raise EntryError("Enter a time in seconds.")
    return value


def _rich_text(_element: Record, value: Json) -> Record:
    if isinstance(value, str):
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": "rich_text", "elements": [section] if value else []}
    if not isinstance(value, dict):
        raise EntryError("Enter a text.")
    return value


def _file(_element: Record, value: Json) -> Record:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise EntryError("Pick a file.")
    return value


_id = _matching(r"[A-Z][A-Z0-9]+", "Choose one from the list.")
_date = _matching(r"\d{4}-\d{2}-\d{2}", "Enter a date as YYYY-MM-DD.")
_time = _matching(r"\d{2}:\d{2}", "Enter a time as HH:mm.")
_number = _matching(r"-?\d+(\.\d+)?", "Enter a number.")
_email = _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "Enter an e-mail address.")
_url = _matching(r"https?://\S+", "Enter a link.")

KINDS: dict[str, Kind] = {
    "plain_text_input": Kind("value", "initial_value", _text),
    "email_text_input": Kind("value", "initial_value", _email),
    "url_text_input": Kind("value", "initial_value", _url),
    "number_input": Kind("value", "initial_value", _number),
    "rich_text_input": Kind("rich_text_value", "initial_value", _rich_text),
    "static_select": Kind("selected_option", "initial_option", _option),
    "external_select": Kind("selected_option", "initial_option", _option),
    "radio_buttons": Kind("selected_option", "initial_option", _option),
    "checkboxes": Kind("selected_options", "initial_options", _several(_option)),
    "multi_static_select": Kind("selected_options", "initial_options", _several(_option)),
    "multi_external_select": Kind("selected_options", "initial_options", _several(_option)),
    "users_select": Kind("selected_user", "initial_user", _id),
    "multi_users_select": Kind("selected_users", "initial_users", _several(_id)),
    "channels_select": Kind("selected_channel", "initial_channel", _id),
    "multi_channels_select": Kind("selected_channels", "initial_channels", _several(_id)),
    "conversations_select": Kind("selected_conversation", "initial_conversation", _id),
    "multi_conversations_select": Kind("selected_conversations", "initial_conversations", _several(_id)),
    "datepicker": Kind("selected_date", "initial_date", _date),
    "timepicker": Kind("selected_time", "initial_time", _time),
    "datetimepicker": Kind("selected_date_time", "initial_date_time", _seconds),
    "file_input": Kind("files", "initial_files", _several(_file)),
}


def entered(element: Record, value: Json) -> Record:
    """Return the state of an element after a user has entered a value; null and "" clear it.

    The value may come bare or as the state it becomes, which is how a page that keeps state has it.
    """
    kind = KINDS[element["type"]]
    if isinstance(value, dict) and value.get("type") == element["type"]:
        value = value.get(kind.key)
    read = kind.read(element, value) if value is not None else None
    return {"type": element["type"], kind.key: read if read != "" else None}


def untouched(element: Record) -> Record:
    """Return the state of an element nobody has touched: its initial value, as Slack sends it."""
    kind = KINDS[element["type"]]
    several = kind.key in ("selected_options", "files") or element["type"].startswith("multi_")
    return {"type": element["type"], kind.key: element.get(kind.initial, [] if several else None)}


def is_empty(state: Record) -> bool:
    value = state[KINDS[state["type"]].key]
    return value is None or value in ("", []) or (isinstance(value, dict) and value.get("elements") == [])


def fields(blocks: list[Record]) -> Iterator[tuple[Record, Record]]:
    """Yield (block, element) for every element that holds a value."""
    for block in blocks:
        for element in actors(block):
            if element.get("type") in KINDS:
                yield block, element


def state_of(blocks: list[Record], typed: Record) -> Record:
    """Return state.values of a message or view: what was typed, else what stood there at first."""
    values: Record = {}
    for block, element in fields(blocks):
        known = typed.get(block["block_id"], {}).get(element["action_id"])
        values.setdefault(block["block_id"], {})[element["action_id"]] = known or untouched(element)
    return values


def pressed(element: Record, value: Json) -> Record:
    """Return what the payload says of an element a user has used."""
    action = {"type": element["type"], "action_id": element["action_id"]}
    if element["type"] in KINDS:
        return action | entered(element, value)
    if element["type"] == "overflow":
        return action | {"selected_option": _option(element, value)}
    if element["type"] == "feedback_buttons":
        return action | _feedback(element, value)
    shown = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    return action | shown | ({"value": value} if value is not None else {})


def _feedback(element: Record, value: Json) -> Record:
    for name in ("positive_button", "negative_button"):
        button: Record = element[name]
        if value in (button["value"], name):
            return {"text": button["text"], "value": button["value"]}
    raise EntryError(f"There is no feedback button {value!r}.")
