"""One event, one line, as text or as JSON; whatever a value holds, and without what nobody may read."""

import json
import logging
import re
import sys

import pytest

from bot.core.errors import Misconfigured
from bot.process import logs
from bot.settings import from_env


def line(message: str, *, exc_info: bool = False, as_json: bool = False, **extra: object) -> str:
    """Return what is written, without the time."""
    record = logging.LogRecord(
        "bot.app", logging.INFO, "app.py", 1, message, (), sys.exc_info() if exc_info else None
    )
    vars(record).update(extra)
    said = logs.formatter(json=as_json).format(record)
    return said if as_json else re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ", "", said)


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


def test_json_has_the_same_in_fields() -> None:
    said = json.loads(line("sent", as_json=True, conversation="c1", attempt=2, why="a\nb"))
    assert re.fullmatch(r"[\d-]{10}T[\d:.]{15}Z", said.pop("timestamp"))
    assert said == {
        "level": "info",
        "logger": "bot.app",
        "event": "sent",
        "conversation": "c1",
        "attempt": 2,
        "why": "a\nb",
    }


def test_json_of_a_fault_is_one_line() -> None:
    try:
        raise ValueError("inner")
    except ValueError:
        said = line("failed", exc_info=True, as_json=True)
    assert "\n" not in said
    assert json.loads(said)["exception"].endswith("ValueError: inner")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("xoxb-12345678-abcdefgh", "xoxb-***"),
        ("Authorization: Bearer abc.def-ghijkl", "Authorization: Bearer ***"),
        ("password=hunter2, user=kim", "password=***, user=kim"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***", "n": 1}'),
        ("smtps://kim:hunter2@mail.example:465", "smtps://***@mail.example:465"),
        ("no such user ada.quill+x@customer.example", "no such user a***@customer.example"),
        ("to +4917012345678 failed", "to +***78 failed"),
        ("127.0.0.1:8480 after 12345678 ms", "127.0.0.1:8480 after 12345678 ms"),
        ("conversation 5f1d6a8e0c9b4d7ab1e2f3a4b5c6d7e8", "conversation 5f1d6a8e0c9b4d7ab1e2f3a4b5c6d7e8"),
    ],
)
def test_secrets_and_addresses_are_masked_in_fields_messages_and_faults(said: str, kept: str) -> None:
    assert line("event", why=said).endswith(f"why={kept}")
    assert line(said) == f"INFO bot.app {kept}"
    try:
        raise ValueError(said)
    except ValueError:
        assert line("failed", exc_info=True).endswith(f"ValueError: {kept}")


def test_a_field_that_is_named_like_a_secret_is_not_written() -> None:
    assert line("event", token="x", n_tokens=3) == "INFO bot.app event token=*** n_tokens=3"


def test_secrets_of_ours_are_kept_out_wherever_they_turn_up() -> None:
    logs.hide(["correct horse battery", "", "short"])
    assert line("failed", why="got correct horse battery, short") == "INFO bot.app failed why=got ***, short"


def test_the_form_of_the_log_is_a_setting() -> None:
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CHANNELS": "*=C1"}
    assert not from_env(slack).watch.log_as_json
    assert from_env({**slack, "THREADPILOT_LOG": "json"}).watch.log_as_json
    with pytest.raises(Misconfigured, match="THREADPILOT_LOG='xml' is none of text, json"):
        from_env({**slack, "THREADPILOT_LOG": "xml"})


async def test_every_line_within_a_piece_of_work_names_its_conversation() -> None:
    trace = logs.correlated()
    with trace("advance", "c1"), trace("draft", "c1"):
        assert line("far_side_down", part="x") == "INFO bot.app far_side_down conversation=c1 part=x"
    with trace("mail") as span:
        assert line("reading") == "INFO bot.app reading"
        span.of("c2")
        assert line("kept") == "INFO bot.app kept conversation=c2"
    assert line("ready") == "INFO bot.app ready"


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
