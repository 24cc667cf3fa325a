"""How long what is kept: rules by channel and kind, the most particular one counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.core.model import Channel


class Kind(StrEnum):
    """What a rule is about: whole conversations, files that came with them, or mails as they came."""

    CONVERSATIONS = "conversations"
    FILES = "files"
    MAILS = "mails"


@dataclass(frozen=True)
class Keep:
    """For how many days something is kept; with no `channel`, of every channel that has no rule of its own."""

    channel: Channel | None
    kind: Kind
    days: int

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)


def span_for(rules: Iterable[Keep], channel: Channel, kind: Kind) -> timedelta | None:
    """Return for how long this is kept; None for ever."""
    fitting = [rule for rule in rules if rule.kind is kind and rule.channel in {channel, None}]
    return min(fitting, key=lambda rule: rule.channel is None).span if fitting else None
