"""Logging: one line per event on stderr, a constant message with ids, never customer text or tokens.

Modules log by the standard library; structlog makes the lines of all of it, third parties' too, as text or as JSON.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Token
from datetime import datetime
from typing import Any

from structlog.contextvars import bind_contextvars, merge_contextvars, reset_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, WrappedLogger

from bot.core.ports.tracing import Fact, Span, Tracer, untraced

OURS = ("bot", "handlers", "integrations", "storage", "sandbox")
_SHORTEST_SECRET = 8
_HEAD = ("timestamp", "level", "logger", "event")
# What looks like a secret, or like how somebody is reached: `what is kept` of it, and what is put in its place.
_MASKS = (
    (re.compile(r"\b(xox[a-z]|xapp|xoxe|sk|pk)[-.][\w.-]{8,}"), r"\1-***"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 ***"),
    (
        re.compile(r"\b(password|secret|token|api_?key)(['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,}]+", re.IGNORECASE),
        r"\1\2***",
    ),
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), "://***@"),
    (re.compile(r"(?<![\w.+-])([\w+-])[\w.+-]*@((?:[\w-]+\.)+[\w-]+)"), r"\1***@\2"),
    (re.compile(r"(?<![\w.+-])\+\d{6,13}(\d{2})(?!\d)"), r"+***\1"),
)
_SECRET = re.compile(r"password|secret|token|authorization|api_?key", re.IGNORECASE)
_hidden: set[str] = set()


def hide(values: Iterable[str]) -> None:
    """Keep these secrets out of every line from now on, wherever they turn up."""
    _hidden.update(value for value in values if len(value) >= _SHORTEST_SECRET)


def masked(text: str) -> str:
    """Return a text without secrets, and with addresses and phone numbers of which only the ends are left."""
    for secret in _hidden:
        text = text.replace(secret, "***")
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


def _redacted(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001
    return {key: _kept(key, value) for key, value in event.items()}


def _kept(key: str, value: object) -> object:
    if isinstance(value, int | float):
        return value
    return "***" if _SECRET.search(key) else masked(str(value))


def _as_line(logger: WrappedLogger, name: str, event: EventDict) -> str:  # noqa: ARG001
    """Write `time LEVEL module event key=value …`, with the traceback below it when there is one."""
    timestamp, level, module, said = (event.pop(key, "") for key in _HEAD)
    beneath = event.pop("exception", "")
    fields = (f"{key}={_one_line(value)}" for key, value in event.items())
    line = " ".join([str(timestamp), str(level).upper(), str(module), _one_line(said), *fields])
    return f"{line}\n{beneath}" if beneath else line


def _one_line(value: object) -> str:
    """Escape what would start a new line or steer a terminal: some values come from outside."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def _as_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    ordered = {key: event.pop(key) for key in _HEAD if key in event}
    return str(JSONRenderer()(logger, name, {**ordered, **event}))


def formatter(*, json: bool = False) -> logging.Formatter:
    """Return what writes a record as one line of text, or as one JSON object."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            ExtraAdder(),
            add_log_level,
            add_logger_name,
            TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            _redacted,
            _as_json if json else _as_line,
        ],
    )


def configure(level: int = logging.INFO, *, json: bool = False) -> None:
    """Send everything to stderr; third parties only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(json=json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # A tick while the one before still works is skipped: `schedule` says so, where somebody wants to know.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def correlated(tracer: Tracer = untraced) -> Tracer:
    """Return `tracer`, and have every line that is logged within a piece of work name its conversation."""

    @contextmanager
    def followed(
        name: str, conversation_id: str = "", *, since: datetime | None = None, **facts: Fact
    ) -> Iterator[Span]:
        with tracer(name, conversation_id, since=since, **facts) as span:
            named = _Named(span)
            if conversation_id:
                named.bind(conversation_id)
            try:
                yield named
            finally:
                reset_contextvars(**named.tokens)

    return followed


class _Named:
    """A span of which the log knows the conversation too."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.tokens: Mapping[str, Token[Any]] = {}

    def bind(self, conversation_id: str) -> None:
        if not self.tokens:
            self.tokens = bind_contextvars(conversation=conversation_id)

    def of(self, conversation_id: str, *, begins: bool = False) -> None:
        self.bind(conversation_id)
        self._span.of(conversation_id, begins=begins)

    def tell(self, **facts: Fact) -> None:
        self._span.tell(**facts)
