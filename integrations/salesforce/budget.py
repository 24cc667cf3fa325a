"""How much of the day's API requests is used, and what may still be asked.

Salesforce counts the requests of an org over the last 24 hours and blocks every integration when they are used up, so
we stop long before: from 85 % on nothing is looked up that nobody waits for, from 95 % only what an agent asks for.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from bot.core.context import Urgency

log = logging.getLogger(__name__)

_USAGE = re.compile(r"\bapi-usage=(\d{1,12})/(\d{1,12})")
WARN, NO_REFRESH, ONLY_CLICKS = 0.70, 0.85, 0.95
# Without requests nobody tells us that it is better again: a reading this old (seconds) is not believed any more.
_OLD = 900.0
_DAY = 86_400.0


@dataclass(frozen=True)
class Usage:
    """Requests used of those allowed within 24 hours, by everybody in the org."""

    used: int
    allowed: int

    @property
    def share(self) -> float:
        return self.used / self.allowed if self.allowed else 1.0


class Budget:
    """Follows the usage that each answer tells; `own` bounds our requests of a day where others need the rest."""

    def __init__(self, own: int | None = None, ticks: Callable[[], float] = monotonic) -> None:
        self._own = own
        self._ticks = ticks
        self._usage: Usage | None = None
        self._read_at = 0.0
        self._ours = 0
        self._day_began = ticks()
        self._warned = False

    @property
    def usage(self) -> Usage | None:
        """What Salesforce told last."""
        return self._usage

    def note(self, header: str) -> None:
        """Take in a Sforce-Limit-Info header."""
        self._count()
        found = _USAGE.search(header)
        if found is None:
            return
        self._usage, self._read_at = Usage(int(found[1]), int(found[2])), self._ticks()
        if (high := self._usage.share >= WARN) and not self._warned:
            told = {"used": self._usage.used, "allowed": self._usage.allowed}
            log.warning("salesforce_requests_run_out", extra=told)
        self._warned = high

    def allows(self, urgency: Urgency) -> bool:
        """Tell whether a look-up of this urgency may be made now."""
        if urgency is Urgency.CLICKED:
            return True
        return self._share() < (NO_REFRESH if urgency is Urgency.REFRESH else ONLY_CLICKS)

    def trouble(self) -> str:
        """Say what is not looked up any more, or nothing."""
        share = self._share()
        if share < WARN:
            return ""
        told = f"{share:.0%} of the day's API requests are used"
        if share >= ONLY_CLICKS:
            return f"{told}: only what an agent asks for is looked up"
        return f"{told}: nothing is refreshed" if share >= NO_REFRESH else told

    def _share(self) -> float:
        ours = self._ours / self._own if self._own and self._ticks() - self._day_began < _DAY else 0.0
        fresh = self._usage is not None and self._ticks() - self._read_at < _OLD
        return max(ours, self._usage.share if self._usage is not None and fresh else 0.0)

    def _count(self) -> None:
        if self._ticks() - self._day_began >= _DAY:
            self._day_began, self._ours = self._ticks(), 0
        self._ours += 1
