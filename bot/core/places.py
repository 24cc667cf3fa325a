"""Which Slack channel cards go to, as managers set it in Slack: by workspace, and by channel or for all of them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.core.errors import InvalidInput
from bot.core.model import Channel

_PREFIX, _ALL, _MAIN = "cards", "*", "main"
# What the main workspace says of itself; what others say is theirs, and no part of its history.
OF_MAIN = f"{_PREFIX}.{_MAIN}."
OF_ANY = f"{_PREFIX}."


def key_of(workspace: str, channel: Channel | None) -> str:
    """Return the setting that says where the cards of a channel go, or with None those of all that say nothing."""
    return f"{_PREFIX}.{workspace or _MAIN}.{channel or _ALL}"


def is_place(key: str) -> bool:
    """Tell whether a setting says so."""
    return key.startswith(OF_ANY)


def is_mains(key: str) -> bool:
    """Tell whether a setting says so of the main workspace."""
    return key in {key_of("", one) for one in (None, *Channel)}


def channel_of(key: str) -> Channel | None:
    """Return the channel whose cards such a setting places, None for all that have no place of their own."""
    named = key.rpartition(".")[2]
    return Channel(named) if named in set(Channel) else None


def check_place(value: Any) -> None:
    """See that a value is the id of a Slack channel. Raises InvalidInput."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z][A-Z0-9]+", value):
        raise InvalidInput("that is no id of a Slack channel.")


def place_of(values: Mapping[str, Any], workspace: str, channel: Channel) -> str:
    """Return the Slack channel that was set for a channel, "" for none."""
    return str(values.get(key_of(workspace, channel)) or values.get(key_of(workspace, None)) or "")
