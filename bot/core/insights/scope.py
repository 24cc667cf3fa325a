"""The period, the channels, the topic and the people that figures are about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import InvalidInput
from bot.core.insights.facts import LONGEST_NAME, QUARTERS, hour_of
from bot.core.model import Channel

# How long back from now, in hours.
PERIODS: Mapping[str, int] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}
USUAL = "7d"


@dataclass(frozen=True)
class Scope:
    """From `since` up to, but not with, `until` (hours since 1970), on one channel or all.

    With a `topic` only turns whose draft rested first on that article count, with `who` only those that this person
    answered, and of conversations those with such a turn since the period began. What waits or was promised is theirs
    who has it in hand.
    """

    period: str
    since: int
    until: int
    channel: Channel | None = None
    topic: str = ""
    who: str = ""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels that are meant."""
        return (self.channel,) if self.channel else tuple(Channel)

    @property
    def quarters(self) -> tuple[int, int]:
        """Return the same bounds in quarters of an hour."""
        return self.since * QUARTERS, self.until * QUARTERS

    @property
    def before(self) -> "Scope":
        """Return the period of the same length right before this one."""
        return replace(self, since=2 * self.since - self.until, until=self.since)

    @property
    def is_sifted(self) -> bool:
        """Tell whether only some of the conversations on the channels count."""
        return bool(self.topic or self.who)

    @property
    def is_compared(self) -> bool:
        """Tell whether figures stand beside those of the period before: not where that would take too long."""
        return not self.is_sifted or self.until - self.since <= PERIODS["30d"]

    @property
    def whole(self) -> "Scope":
        """Return the same period without anything left out."""
        return Scope(self.period, self.since, self.until)


def scope_of(
    now: datetime, period: str = USUAL, channel: Channel | None = None, topic: str = "", who: str = ""
) -> Scope:
    """Return the scope of a period that ends with the hour that runs now.

    Raises:
        InvalidInput: there is no such period, or no name is that long.
    """
    if max(len(topic), len(who)) > LONGEST_NAME:
        raise InvalidInput(f"No topic and no person has a name of more than {LONGEST_NAME} letters.")
    if period not in PERIODS:
        raise InvalidInput(f"There is no such period: use one of {', '.join(PERIODS)}.")
    until = hour_of(now) + 1
    return Scope(period, until - PERIODS[period], until, channel, topic, who)


def longest_scope(now: datetime) -> Scope:
    """Return the scope of all that any period, and the one before it, can be about."""
    longest = scope_of(now, max(PERIODS, key=lambda period: PERIODS[period]))
    return Scope(longest.period, longest.before.since, longest.until)
