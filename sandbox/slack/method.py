"""What a method of the Web API is: a function of a call, the scopes it needs and the tier it is limited by."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.directory import Grant
from sandbox.slack.errors import SlackError
from sandbox.wire import Json, Record, is_number

PAGE = 100
PAGE_MAX = 1000


@dataclass(frozen=True)
class Call:
    method: str
    args: Record
    grant: Grant

    def text(self, name: str) -> str:
        """Return an argument that must be given, or refuse the call."""
        value = self.args.get(name)
        if not isinstance(value, str) or not value:
            problem = f"missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {problem}"]})
        return value

    def maybe(self, name: str) -> str:
        value = self.args.get(name)
        return str(value) if value is not None else ""

    def flag(self, name: str) -> bool:
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def page(self, items: list[Record], key: str) -> tuple[list[Record], Record]:
        """Cut a list to the page asked for; return it and what leads to the next."""
        start = _start(items, key, self.maybe("cursor"))
        end = start + self._limit()
        if end >= len(items):
            return items[start:], {"next_cursor": ""}
        following = base64.b64encode(f"next:{items[end][key]}".encode()).decode()
        return items[start:end], {"next_cursor": following}

    def _limit(self) -> int:
        given = self.maybe("limit") or str(PAGE)
        if not is_number(given) or int(given) > PAGE_MAX:
            raise SlackError("invalid_limit")
        return int(given) or PAGE


def _start(items: list[Record], key: str, cursor: str) -> int:
    if not cursor:
        return 0
    try:
        wanted = base64.b64decode(cursor, validate=True).decode().removeprefix("next:")
    except ValueError:
        raise SlackError("invalid_cursor") from None
    found = next((index for index, item in enumerate(items) if item[key] == wanted), None)
    if found is None:
        raise SlackError("invalid_cursor")
    return found


@dataclass(frozen=True)
class Method:
    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    tier: int = 3
    reads: bool = False
    by: str = "bot"
