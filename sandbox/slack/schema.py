"""A few combinators to say what a JSON value must look like, in the words Slack uses to refuse it.

A rule takes a value, a JSON pointer and the list of problems, and adds to the list what is wrong at that place.
"""

import re
from collections.abc import Callable, Mapping

from sandbox.wire import Json


class Problems(list[str]):
    def at(self, pointer: str, text: str) -> None:
        self.append(f"{text} [json-pointer:{pointer}]")


Rule = Callable[[Json, str, Problems], None]
Fields = Mapping[str, Rule]

_URL = re.compile(r"https?://[^\s<>]+\Z")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


def string(
    most: int | None = None, *, least: int = 1, like: re.Pattern[str] | None = None, what: str = "value"
) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.at(pointer, "must provide a string")
        elif len(value) < least:
            problems.at(pointer, f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            problems.at(pointer, f"must be less than {most + 1} characters")
        elif like is not None and not like.match(value):
            problems.at(pointer, f"must be a valid {what}")

    return check


def url(most: int = 3000) -> Rule:
    return string(most, like=_URL, what="url")


def date() -> Rule:
    return string(like=_DATE, what="date (YYYY-MM-DD)")


def time() -> Rule:
    return string(like=_TIME, what="time (HH:mm)")


def whole(least: int | None = None, most: int | None = None) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.at(pointer, "must provide a whole number")
        elif (least is not None and value < least) or (most is not None and value > most):
            problems.at(pointer, f"must be between {least} and {most}")

    return check


def number(value: Json, pointer: str, problems: Problems) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        problems.at(pointer, "must provide a number")


def flag(value: Json, pointer: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.at(pointer, "must provide a boolean")


def anything(_value: Json, _pointer: str, _problems: Problems) -> None:
    """Accept what is not ours to judge."""


def one_of(*words: str) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if value not in words:
            problems.at(pointer, f"must be a valid enum value: {', '.join(words)}")

    return check


def many(rule: Rule, most: int | None = None, *, least: int = 1) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.at(pointer, "must provide an array")
            return
        if len(value) < least:
            problems.at(pointer, f"no less than {least} items allowed")
        if most is not None and len(value) > most:
            problems.at(pointer, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            rule(item, f"{pointer}/{index}", problems)

    return check


def shape(fields: Fields, *also: Rule) -> Rule:
    """Make a rule for an object with these fields; a name ending in "?" may be absent.

    The rules in `also` look at the object as a whole, and only when its fields are right.
    """
    required = {name: rule for name, rule in fields.items() if not name.endswith("?")}
    known = required | {name[:-1]: rule for name, rule in fields.items() if name.endswith("?")}

    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.at(pointer, "must provide an object")
            return
        before = len(problems)
        for name in required.keys() - value.keys():
            problems.at(pointer, f"missing required field: {name}")
        for name, item in value.items():
            if name not in known:
                problems.at(pointer, f"additional property: {name}")
            elif name in required or item is not None:
                known[name](item, f"{pointer}/{name}", problems)
        if len(problems) == before:
            for rule in also:
                rule(value, pointer, problems)

    return check


def by_type(rules: Mapping[str, Rule], *allowed: str) -> Rule:
    """Make a rule that picks the rule named by the object's own `type`, if that type is allowed here."""
    names = frozenset(allowed or rules)

    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.at(pointer, "must provide an object")
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            problems.at(pointer, "missing required field: type")
        elif kind not in names:
            problems.at(f"{pointer}/type", f"unsupported type: {kind}")
        else:
            rules[kind](value, pointer, problems)

    return check


def later(get: Callable[[], Rule]) -> Rule:
    """Make a rule that is looked up on use, for shapes that contain themselves."""

    def check(value: Json, pointer: str, problems: Problems) -> None:
        get()(value, pointer, problems)

    return check


def at_least_one(*names: str) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if not any(value.get(name) for name in names):
            problems.at(pointer, f"must provide at least one of: {', '.join(names)}")

    return check


def exactly_one(*names: str) -> Rule:
    def check(value: Json, pointer: str, problems: Problems) -> None:
        if sum(value.get(name) is not None for name in names) != 1:
            problems.at(pointer, f"must provide exactly one of: {', '.join(names)}")

    return check
