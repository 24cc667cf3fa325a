"""The words of the chat protocol: what a visitor's program may say, and the frames it gets.

Frames are JSON objects with a `type`. The HTTP fallback speaks the same objects, so both edges parse and refuse
here. Everything received is hostile until parsed: the only outcomes are a dict or a `Refusal`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.errors import NotStored, Rejected, Unavailable
from bot.core.ports.storage import ChatEvent
from bot.services.admission import SlowDown
from bot.services.chat import EmailNeeded, NoIdentity, NoSession

FRAME_LIMIT = 64 * 1024
LARGEST_SEQ = 2**53 - 1  # What a browser's number holds exactly.

Frame = Mapping[str, Any]


class Refusal(Exception):
    """What a visitor's program did wrong: `status` over HTTP, `close` when the socket has to go."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        close: int | None = None,
        retry: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.close = close
        self.retry = retry

    def frame(self, cid: str | None = None) -> Frame:
        """Return the error as the visitor's program gets it."""
        frame = {"type": "error", "code": self.code, "message": str(self)}
        extra = {"retry": self.retry, "cid": cid}
        return frame | {name: value for name, value in extra.items() if value is not None}


def no_session(message: str) -> Refusal:
    return Refusal("no_session", message, status=401, close=4401)


def too_large() -> Refusal:
    return Refusal("too_large", f"At most {FRAME_LIMIT // 1024} KiB at a time.", status=413, close=1009)


def slow_down(message: str, retry: int = 30) -> Refusal:
    return Refusal("rate", message, status=429, close=4429, retry=retry)


def too_much_nonsense() -> Refusal:
    return Refusal("too_many_errors", "Too many frames were not understood.", close=1008)


def refusal_of(error: Rejected | Unavailable) -> Refusal:
    """Translate what a service refused, or could not do just now."""
    if isinstance(error, NotStored):
        return Refusal("unavailable", "That was not stored. Please try again.", status=503, retry=5)
    if isinstance(error, Unavailable):
        return Refusal("unavailable", "That did not work. Please try again.", status=503, retry=5)
    if isinstance(error, NoIdentity):
        return Refusal("no_identity", str(error), status=401, close=4401)
    if isinstance(error, EmailNeeded):
        return Refusal("email_needed", str(error), status=403)
    if isinstance(error, NoSession):
        return no_session(str(error))
    if isinstance(error, SlowDown):
        return Refusal("rate", str(error), status=429, retry=error.retry_after)
    return Refusal("bad_frame", str(error))


def parse_object(data: str | bytes) -> dict[str, Any]:
    """Return the JSON object in `data`."""
    if len(data) > FRAME_LIMIT:
        raise too_large()
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):  # RecursionError: thousands of open brackets.
        raise Refusal("bad_json", "This is not JSON.") from None
    if not isinstance(value, dict):
        raise Refusal("bad_frame", "A JSON object is expected.")
    return value


def text_field(frame: Frame, name: str, default: str | None = None) -> str:
    """Return a text of the frame; without a default it has to be there."""
    value = frame.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Refusal("bad_frame", f"'{name}' has to be a text.")
    return value


def seq_field(frame: Frame, name: str) -> int:
    """Return a sequence number of the frame; 0 when it is not given."""
    value = frame.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_SEQ:
        raise Refusal("bad_frame", f"'{name}' has to be a whole number from 0.")
    return value


def score_field(frame: Frame) -> int:
    """Return the score of a rating."""
    value = frame.get("score")
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal("bad_frame", "'score' has to be a whole number from 1 to 5.")
    return value


def event_frame(event: ChatEvent) -> Frame:
    return {
        **event.payload,
        "type": "event",
        "seq": event.seq,
        "kind": event.kind,
        "at": event.created_at.isoformat(),
    }


def is_working(frames: Iterable[Frame], before: bool) -> bool:
    """Tell whether an answer is being worked on after these events: until one comes, or a state says otherwise."""
    working = before
    for frame in frames:
        working = frame["kind"] == "message" and frame.get("sender") == "customer"
    return working
