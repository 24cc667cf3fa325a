"""Which Slack channel cards go to, as managers set it in Slack: by workspace, and by channel or for all of them."""

from collections.abc import Mapping
from typing import Any

from bot.core.model import Channel

_PREFIX, _ALL = "cards", "*"


def key_of(workspace: str, channel: Channel | None) -> str:
    """Return the setting that says where the cards of a channel go, or with None those of all that say nothing."""
    return f"{_PREFIX}.{workspace or 'main'}.{channel or _ALL}"


def is_place(key: str) -> bool:
    """Tell whether a setting says so."""
    return key.startswith(f"{_PREFIX}.")


def place_of(values: Mapping[str, Any], workspace: str, channel: Channel) -> str:
    """Return the Slack channel that was set for a channel, "" for none."""
    return str(values.get(key_of(workspace, channel)) or values.get(key_of(workspace, None)) or "")
