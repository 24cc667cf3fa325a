"""The page about the log names every event that a production process can say, at its level, and no other."""

import ast
import logging
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "log.md").read_text()
OF_THE_DEMO = {"demo_gave_up", "demo_restarts", "welcome_mail_failed"}
LEVELS = {"exception": "error"}


def calls():
    """Yield each call of a logger in the product."""
    for folder in ("bot", "handlers", "integrations", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            yield from filter(_is_call_of_logger, ast.walk(ast.parse(path.read_text())))


def logged():
    """Yield event and level of each of them."""
    for node in calls():
        if isinstance(node.args[0], ast.Constant):
            yield node.args[0].value, LEVELS.get(node.func.attr, node.func.attr)


def _is_call_of_logger(node):
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
    return bool(called) and getattr(node.func.value, "id", "") in ("log", "logger")


def documented():
    """Return event -> the levels of its row."""
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([\w, ]+) \|", PAGE, re.MULTILINE)
    return {event: levels for events, levels in rows for event in re.findall(r"`(\w+)`", events)}


def test_every_event_stands_on_the_page_at_its_level():
    known = documented()
    said = {(event, level) for event, level in logged() if event not in OF_THE_DEMO}
    assert len(said) > 50
    assert {event for event, _ in said} - known.keys() == set()
    assert [(event, level) for event, level in sorted(said) if level not in known[event].split(", ")] == []


def test_the_page_names_nothing_that_is_not_said():
    source = "".join(
        path.read_text()
        for folder in ("bot", "handlers", "integrations", "storage")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert [event for event in documented() if f'"{event}"' not in source] == []


def test_no_event_has_a_field_that_the_library_has_for_itself():
    """`logging` refuses such a record, so the event would end what it tells of."""
    taken = {*vars(logging.makeLogRecord({})), "message", "asctime"}
    given = {
        (key.value, ast.unparse(node.args[0]))
        for node in calls()
        for keyword in node.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
        if isinstance(key, ast.Constant)
    }
    assert len(given) > 100
    assert {(name, event) for name, event in given if name in taken} == set()
