"""The period and the channels that figures are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import InvalidInput
from bot.core.insights.facts import QUARTERS, hour_of
from bot.core.model import Channel

# How long back from now, in hours.
PERIODS: Mapping[str, int] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "90d": 90 * 24}
USUAL = "7d"


@dataclass(frozen=True)
class Scope:
    """From `since` up to, but not with, `until` (hours since 1970), on one channel or all."""

    period: str
    since: int
    until: int
    channel: Channel | None = None

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
        return Scope(self.period, 2 * self.since - self.until, self.since, self.channel)


def scope_of(now: datetime, period: str = USUAL, channel: Channel | None = None) -> Scope:
    """Return the scope of a period that ends with the hour that runs now.

    Raises:
        InvalidInput: there is no such period.
    """
    if period not in PERIODS:
        raise InvalidInput(f"There is no such period: use one of {', '.join(PERIODS)}.")
    until = hour_of(now) + 1
    return Scope(period, until - PERIODS[period], until, channel)


def longest_scope(now: datetime) -> Scope:
    """Return the scope of all that any period, and the one before it, can be about."""
    longest = scope_of(now, max(PERIODS, key=lambda period: PERIODS[period]))
    return Scope(longest.period, longest.before.since, longest.until)
