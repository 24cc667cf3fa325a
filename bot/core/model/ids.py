"""What our things are called."""

from uuid import uuid4


def new_id() -> str:
    """Return a fresh random id: 32 hexadecimal digits."""
    return uuid4().hex
