"""What goes over the wire: names for JSON, and the one way to read a request's JSON object."""

import json
from typing import Any, TypeAlias

from aiohttp import web

_LONGEST_NUMBER = 18

Json: TypeAlias = Any
Record: TypeAlias = dict[str, Any]


class BadRequestError(ValueError):
    """The caller's mistake; the message is a sentence that tells what to do about it."""


def parsed(text: str | bytes) -> Json:
    """Read JSON.

    Raises:
        ValueError: it is none, or nested so deeply that nobody means it.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_number(text: str) -> bool:
    """Tell whether int() reads a text: other digits than 0 to 9 only look like numbers."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


async def read_object(request: web.Request) -> Record:
    try:
        body = parsed(await request.read())
    except ValueError:
        raise BadRequestError("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise BadRequestError("The body must be a JSON object.")
    return body


def wanted(body: Record, *names: str) -> list[str]:
    """Return the named fields of a request, each of which must be a string that is not empty."""
    for name in names:
        if not isinstance(body.get(name), str) or not body[name]:
            raise BadRequestError(f"The field {name!r} must be a string that is not empty.")
    return [body[name] for name in names]


def optional(body: Record, name: str) -> str | None:
    """Return a field that may be absent or null, and else must be a string."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequestError(f"The field {name!r} must be a string.")
    return value or None
