"""One event, one line; whatever a value holds."""

import logging
import sys

import pytest

from bot import logs


def line(message: str, *, exc_info: bool = False, **extra: object) -> str:
    record = logging.LogRecord(
        "bot.app", logging.INFO, "app.py", 1, message, (), sys.exc_info() if exc_info else None
    )
    vars(record).update(extra)
    return logs.EventFormatter("%(levelname)s %(name)s %(message)s").format(record)


def test_ids_follow_the_message() -> None:
    assert line("sent") == "INFO bot.app sent"
    assert line("sent", conversation="c1", attempt=2) == "INFO bot.app sent conversation=c1 attempt=2"


def test_a_traceback_stands_below_the_line() -> None:
    try:
        raise ValueError("inner")
    except ValueError:
        said = line("failed", exc_info=True, key="k")
    first, *rest = said.split("\n")
    assert first == "INFO bot.app failed key=k"
    assert rest[0].startswith("Traceback")
    assert rest[-1] == "ValueError: inner"


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\x1b[2J", "\u2028", "\x00", "\ud800"])
def test_a_value_from_outside_cannot_forge_a_line(break_: str) -> None:
    said = line("parked", id=f"<x>{break_}CRITICAL bot forged é")
    assert said.startswith("INFO bot.app parked id=<x>\\")
    assert break_ not in said
    assert said.endswith("forged é")


@pytest.mark.usefixtures("logging_kept")
def test_ours_from_info_on_others_from_warning(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("bot.app").info("ready", extra={"http": "x"})
    logging.getLogger("bot.app").debug("hidden_debug")
    logging.getLogger("aiohttp").info("hidden_info")
    logging.getLogger("aiohttp").warning("shown")
    said = capsys.readouterr().err
    assert "INFO bot.app ready http=x\n" in said
    assert "WARNING aiohttp shown\n" in said
    assert "hidden" not in said
