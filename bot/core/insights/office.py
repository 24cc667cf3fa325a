"""The two clocks by which times are told, and the zone whose days are counted: both follow from business hours."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.core.insights.statistics import rounded
from bot.core.model import Channel
from bot.core.teamwork.hours import Hours
from bot.core.teamwork.rules import TeamRules, hours_value

UTC_ZONE = "UTC"


@dataclass(frozen=True)
class Office:
    """When somebody answers, by channel; a channel without hours is open around the clock. `zone` is the team's."""

    hours: Mapping[Channel, Hours] = field(default_factory=dict)
    zone: str = UTC_ZONE

    @cached_property
    def stamp(self) -> str:
        """Name these hours: what was summed up by others has to be summed up anew. "" for none."""
        told = {c: [hours_value(h), sorted(map(str, h.holidays))] for c, h in sorted(self.hours.items())}
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16] if told else ""

    def times(self, channel: Channel, since: datetime, until: datetime) -> tuple[int, int]:
        """Return how long that was, by the clock on the wall and in business hours, both `rounded`."""
        wall = rounded((until - since).total_seconds())
        hours = self.hours.get(channel)
        return wall, rounded(hours.between(since, until).total_seconds()) if hours and wall else wall


NO_OFFICE = Office()


def office_of(rules: TeamRules) -> Office:
    """Return the office of a team: its zone is that of most channels, else that of its rota."""
    zones = Counter(hours.zone for _, hours in sorted(rules.hours.items()))
    return Office(rules.hours, next((zone for zone, _ in zones.most_common(1)), rules.rota.zone))
