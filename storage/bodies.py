"""Column types of what people wrote: encrypted where the connection has keys, and no store knows of it.

What is encrypted begins with a mark and names its key; what is not, does not. So a database may hold both, and each
is read as what it is. Text that begins with the mark by itself gets an empty name in front of it.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, ColumnElement, Dialect, LargeBinary, Text, and_, cast, func, not_, or_
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.columns import storable
from storage.keyring import Keyring, keyring_of

_MARK = "\x01"
_TEXT = re.compile(r"\x01([0-9a-f]{0,8}):(.*)", re.DOTALL)
_BYTES = re.compile(rb"\x01([0-9a-f]{0,8}):(.*)", re.DOTALL)


def close_text(text: str, keys: Keyring, place: str) -> str:
    """Return a text as it is stored."""
    if keys.closing:
        box = base64.b64encode(keys.close(text.encode(), place)).decode()
        return f"{_MARK}{keys.closing}:{box}"
    return f"{_MARK}:{text}" if text.startswith(_MARK) else text


def open_text(stored: str, keys: Keyring, place: str) -> str:
    """Return what `close_text` was given; raises as `Keyring.open` does."""
    found = _TEXT.fullmatch(stored) if stored.startswith(_MARK) else None
    if found is None:
        return stored
    key, box = found.groups()
    try:
        return keys.open(key, base64.b64decode(box, validate=True), place).decode() if key else box
    except binascii.Error:
        raise ValueError(f"{place}: what is encrypted there was changed") from None


def close_bytes(content: bytes, keys: Keyring, place: str) -> bytes:
    """Return bytes as they are stored."""
    mark = _MARK.encode()
    if keys.closing:
        return b"%s%s:%s" % (mark, keys.closing.encode(), keys.close(content, place))
    return b"%s:%s" % (mark, content) if content.startswith(mark) else content


def open_bytes(stored: bytes, keys: Keyring, place: str) -> bytes:
    """Return what `close_bytes` was given; raises as `Keyring.open` does."""
    found = _BYTES.fullmatch(stored)
    if found is None:
        return stored
    key, box = found.groups()
    return keys.open(key.decode(), box, place) if key else box


def key_of(stored: Any) -> str:
    """Return the id of the key that something stored is encrypted with, "" when it is not."""
    pattern = _BYTES if isinstance(stored, bytes) else _TEXT
    found = pattern.fullmatch(stored) if isinstance(stored, str | bytes) else None  # type: ignore[arg-type]
    key = found[1] if found else ""
    return key.decode() if isinstance(key, bytes) else key


def _is_stale(stored: ColumnElement[Any], closing: str, mark: str = _MARK) -> ColumnElement[bool]:
    """Return whether what is stored is to be written anew, as far as its first characters tell."""

    def begins(start: str) -> ColumnElement[bool]:
        is_bytes = isinstance(stored.type, LargeBinary)
        begun: ColumnElement[Any] = func.substr(stored, 1, len(start), type_=stored.type)
        return begun == (start.encode() if is_bytes else start)

    if closing:
        return not_(begins(f"{mark}{closing}:"))
    return and_(begins(mark), not_(begins(f"{mark}:")))


class Body(TypeDecorator[Any]):
    """What is written by people; `place` is table and column."""

    impl: Any = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def closed(self, value: Any, keys: Keyring) -> Any:
        """Return a value, as it is without encryption, as it is stored."""
        return close_text(value, keys, self.place)

    def opened(self, stored: Any, keys: Keyring) -> Any:
        """Return what `closed` was given."""
        return open_text(stored, keys, self.place)

    def keys_in(self, stored: Any) -> set[str]:
        """Return the ids of the keys that something stored is encrypted with, "" for what is not encrypted."""
        return {key_of(stored)}

    def is_stale(self, column: ColumnElement[Any], closing: str) -> ColumnElement[bool]:
        """Return the condition that a column may hold what is not closed with this key ("": open)."""
        return _is_stale(column, closing)

    def plain(self, value: Any) -> Any:
        """Return a value as it is stored without encryption."""
        return storable(value)

    def value(self, plain: Any) -> Any:
        """Return what `plain` was given."""
        return plain

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.closed(self.plain(value), keyring_of(dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.value(self.opened(value, keyring_of(dialect)))

    def coerce_compared_value(self, op: Any, value: Any) -> "TypeEngine[Any]":
        """Compare with a value as it is: an encrypted one is never the same twice."""
        found: TypeEngine[Any] = self.impl_instance.coerce_compared_value(op, value)
        return found


class BodyBytes(Body):
    """Files."""

    impl = LargeBinary
    cache_ok = True

    def plain(self, value: Any) -> Any:
        return value

    def closed(self, value: Any, keys: Keyring) -> Any:
        return close_bytes(value, keys, self.place)

    def opened(self, stored: Any, keys: Keyring) -> Any:
        return open_bytes(bytes(stored), keys, self.place)

    def keys_in(self, stored: Any) -> set[str]:
        return {key_of(bytes(stored))}


def _same(value: Any) -> Any:
    return value


class BodyJson(Body):
    """A value kept as JSON through a pair of functions; encrypted, it is a JSON string."""

    impl = JSON
    cache_ok = True

    def __init__(
        self, place: str, encode: Callable[[Any], Any] = _same, decode: Callable[[Any], Any] = _same
    ) -> None:
        super().__init__(place)
        self.encode = encode
        self.decode = decode

    def plain(self, value: Any) -> Any:
        return self.encode(value)

    def value(self, plain: Any) -> Any:
        return self.decode(plain)

    def closed(self, value: Any, keys: Keyring) -> Any:
        return close_text(json.dumps(value), keys, self.place) if keys.closing else value

    def opened(self, stored: Any, keys: Keyring) -> Any:
        return json.loads(open_text(stored, keys, self.place)) if key_of(stored) else stored

    def is_stale(self, column: ColumnElement[Any], closing: str) -> ColumnElement[bool]:
        return _is_stale(cast(column, Text), closing, json.dumps(_MARK)[:-1])


class BodyParts(BodyJson):
    """A JSON object of which the values under some names are what people wrote."""

    impl = JSON
    cache_ok = True

    def __init__(self, place: str, names: tuple[str, ...]) -> None:
        super().__init__(place)
        self.names = names

    def closed(self, value: Any, keys: Keyring) -> Any:
        return {
            name: close_text(one, keys, self.place) if self._is_body(name, one) else one
            for name, one in value.items()
        }

    def opened(self, stored: Any, keys: Keyring) -> Any:
        if not isinstance(stored, dict):
            return stored  # Somebody has changed the row by hand: whoever reads it says so.
        return {
            name: open_text(one, keys, self.place) if self._is_body(name, one) else one
            for name, one in stored.items()
        }

    def keys_in(self, stored: Any) -> set[str]:
        return {key_of(one) for name, one in stored.items() if self._is_body(name, one)}

    def is_stale(self, column: ColumnElement[Any], closing: str) -> ColumnElement[bool]:
        return or_(*(_is_stale(column[name].as_string(), closing) for name in self.names))

    def _is_body(self, name: str, value: Any) -> bool:
        return name in self.names and isinstance(value, str)
