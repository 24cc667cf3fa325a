"""Where cards go, in words."""

from collections.abc import Mapping
from typing import Protocol

from blocks import parts, text
from bot.core.model import Channel

_STAY = "_Cards that stand stay where they are._"
_HOW = "_Managers: `/cockpit cards email here`, `/cockpit cards here` for all, `usual` takes it back._"


class Placed(Protocol):
    """A Slack channel, and whether somebody has set it in Slack."""

    @property
    def slack_channel(self) -> str: ...
    @property
    def is_set(self) -> bool: ...


def told(places: Mapping[Channel, Placed], *, changed: bool) -> str:
    """Tell where new cards of each channel go."""
    lines = [
        text.dotted(
            [f"•  {parts.channel_mark(channel)}: <#{one.slack_channel}>", "set here" if one.is_set else ""]
        )
        for channel, one in places.items()
    ]
    return "\n".join(["*New cards go to*", *lines, _STAY if changed else _HOW])
