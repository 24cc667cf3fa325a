"""Logging: one line per event on stderr, a constant message with ids, never customer text or tokens."""

import logging
import sys

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class EventFormatter(logging.Formatter):
    """Appends the `extra` fields of a record as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record, with the traceback below it when there is one."""
        line = super().format(record)
        extras = " ".join(f"{k}={_one_line(v)}" for k, v in vars(record).items() if k not in _STANDARD)
        head, newline, rest = line.partition("\n")
        return f"{head} {extras}{newline}{rest}" if extras else line


def _one_line(value: object) -> str:
    """Escape what would start a new line or steer a terminal: some values come from outside."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def configure(level: int = logging.INFO) -> None:
    """Send everything to stderr; third parties only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("bot", "handlers", "integrations", "storage", "sandbox"):
        logging.getLogger(name).setLevel(level)
    # A tick while the one before still works is skipped: `bot.schedule` says so, where somebody wants to know.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
