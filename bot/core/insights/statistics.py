"""How sure a figure is: intervals that hold for small numbers, and the order of many values by their counts."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

_Z = 1.959963984540054  # The normal distribution has 95 % within so many standard deviations of its middle.


@dataclass(frozen=True)
class Estimate:
    """A value and the bounds between which it lies with 95 % confidence."""

    value: float
    low: float
    high: float


def share(hits: int, of: int) -> Estimate | None:
    """Return a share with its Wilson score interval (Wilson, 1927), which also holds at 0 and 1; None of nothing."""
    if of == 0:
        return None
    p, z2 = hits / of, _Z**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return Estimate(p, min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half)))


def count(number: int) -> Estimate:
    """Return a number that was counted: there is nothing to guess."""
    return Estimate(number, number, number)


class Spread:
    """Whole numbers, in order."""

    def __init__(self, values: Iterable[int]) -> None:
        seen = Counter(values)  # Few differ, see `rounded`.
        self._values = sorted(seen)
        self._upto = list(accumulate(map(seen.__getitem__, self._values)))

    @property
    def n(self) -> int:
        """Return how many values there are."""
        return self._upto[-1] if self._upto else 0

    def percentile(self, p: int) -> Estimate | None:
        """Return the smallest value that at least `p` percent do not exceed; None of nothing.

        The interval is that between two ranks (Conover, Practical Nonparametric Statistics, 3.2): it supposes no
        shape of the distribution.
        """
        n, q = self.n, p / 100
        if not n:
            return None
        half = _Z * math.sqrt(n * q * (1 - q))
        rank = -(-n * p // 100)
        low, high = math.floor(n * q - half), math.ceil(n * q + half)
        return Estimate(self._ranked(rank), self._ranked(max(1, low)), self._ranked(min(n, high)))

    def mean(self) -> Estimate | None:
        """Return the mean with the interval of the normal distribution, within what was seen; None of nothing."""
        n = self.n
        if not n:
            return None
        counted = list(zip(self._values, _steps(self._upto), strict=True))
        mean = sum(value * times for value, times in counted) / n
        variance = sum(times * (value - mean) ** 2 for value, times in counted) / max(1, n - 1)
        half = _Z * math.sqrt(variance / n)
        return Estimate(mean, max(self._values[0], mean - half), min(self._values[-1], mean + half))

    def _ranked(self, rank: int) -> int:
        return self._values[bisect_left(self._upto, rank)]


def _steps(upto: Sequence[int]) -> list[int]:
    return [now - before for before, now in zip([0, *upto], upto, strict=False)]


def rounded(seconds: float) -> int:
    """Return whole seconds with at most three significant digits: nobody needs more, and few numbers differ."""
    whole = max(0, int(seconds))
    size: int = 10 ** max(0, len(str(whole)) - 3)
    return whole // size * size
