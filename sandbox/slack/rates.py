"""Slack's rate limits as token buckets: a tier per method, and about one post a second in each Slack channel."""

import math
from collections.abc import Callable
from dataclasses import dataclass

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}  # Calls a minute; Slack tolerates a burst of that size.
POSTS_PER_SECOND = 1.0
POST_BURST = 10


@dataclass
class Bucket:
    per_second: float
    size: float
    left: float
    at: float

    def wait(self, now: float) -> float:
        """Take one token and return 0, or return the seconds until there is one."""
        self.left = min(self.size, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.per_second


class RateLimits:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._buckets: dict[str, Bucket] = {}

    def of_method(self, method: str, tier: int) -> int:
        """Count one call; return 0, or the seconds of Retry-After."""
        a_minute = TIERS[tier]
        return self._take(method, a_minute / 60, a_minute)

    def of_post(self, channel: str) -> int:
        return self._take(f"post {channel}", POSTS_PER_SECOND, POST_BURST)

    def _take(self, key: str, per_second: float, size: float) -> int:
        now = self.clock()
        bucket = self._buckets.setdefault(key, Bucket(per_second, size, size, now))
        return math.ceil(bucket.wait(now))
