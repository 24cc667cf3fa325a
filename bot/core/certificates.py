"""Which threshold keeps a promise: at most a share `risk` of the automatic answers is wrong, with 90 % confidence.

Learn then Test (Angelopoulos et al., arXiv:2110.01052) with fixed-sequence testing: thresholds are tried from the
strictest to the loosest on a grid fixed before anybody looks at what was right, each by an exact binomial test of
“more than `risk` is wrong”, and the last one before the first failure is taken. Because each test is only reached
when all before it passed, the chance that the result breaks its promise is at most DELTA, however many are tried.

It holds while new messages are like the reviewed ones (exchangeable). Pure, standard library only.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.policy import share_of

DELTA = 0.1
_STEPS = 20  # Of 5 % of the cases each: a finer grid stops at the first early mistake.
_FIRST = (
    2.5  # The first test has this many times the cases that a perfect record needs, if there are as many.
)
_EXACT = 60  # Halvings of the interval in which a bound is looked for.


@dataclass(frozen=True)
class Reviewed:
    """An answer that a person has judged: how sure we were, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Certified:
    """A threshold, and what it rests on: of the `n` cases at or above it, so many were wrong.

    `bound` is the most that their share can be, with 90 % confidence.
    """

    threshold: float
    n: int
    wrong: int
    bound: float


@dataclass(frozen=True)
class NotYet:
    """Not even a perfect record would suffice: `needed` more reviewed answers are."""

    needed: int
    n: int


@dataclass(frozen=True)
class Refused:
    """Not even the surest `n` cases keep the promise; `wrong` of them were."""

    n: int
    wrong: int
    bound: float


Finding = Certified | NotYet | Refused


def binomial_cdf(k: int, n: int, p: float) -> float:
    """Return P(X <= k) for X ~ Binomial(n, p), exact up to rounding."""
    if k >= n or p <= 0:
        return 1.0
    if k < 0 or p >= 1:
        return 0.0
    return min(math.fsum(math.exp(_log_pmf(i, n, p)) for i in range(k + 1)), 1.0)


def _log_pmf(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)


def at_most(wrong: int, n: int, delta: float = DELTA) -> float:
    """Return the one-sided upper Clopper-Pearson bound on the share of wrong ones, missed with chance delta."""
    return _where(lambda p: binomial_cdf(wrong, n, p) <= delta) if wrong < n else 1.0


def at_least(wrong: int, n: int, delta: float = DELTA) -> float:
    """Return the one-sided lower Clopper-Pearson bound on the share of wrong ones."""
    return _where(lambda p: 1 - binomial_cdf(wrong - 1, n, p) > delta) if wrong > 0 else 0.0


def _where(reached: Callable[[float], bool]) -> float:
    """Return the smallest share for which a growing condition holds, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_EXACT):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def fewest(risk: float, delta: float = DELTA) -> int:
    """Return how many cases without a mistake prove a risk: 230 for 1 %, 76 for 3 %, 45 for 5 %."""
    return math.ceil(math.log(delta) / math.log1p(-risk) - 1e-9)


def certify(cases: Sequence[Reviewed], risk: float, delta: float = DELTA) -> Finding:
    """Return the lowest threshold that keeps the promise, or why there is none; `risk` lies between 0 and 1."""
    least = fewest(risk, delta)
    if len(cases) < least:
        return NotYet(least - len(cases), len(cases))
    passed: tuple[float, int, int] | None = None
    for threshold in _grid([case.confidence for case in cases], least):
        sent = [case.right for case in cases if case.confidence >= threshold]
        tried = threshold, len(sent), sent.count(False)
        if binomial_cdf(tried[2], tried[1], risk) > delta:
            return (
                _certified(*passed, delta)
                if passed
                else Refused(*tried[1:], at_most(tried[2], tried[1], delta))
            )
        passed = tried
    assert passed is not None, "The grid ends with all cases."  # noqa: S101
    return _certified(*passed, delta)


def _certified(threshold: float, n: int, wrong: int, delta: float) -> Certified:
    return Certified(threshold, n, wrong, at_most(wrong, n, delta))


def _grid(confidences: Iterable[float], least: int) -> Iterator[float]:
    """Yield thresholds from strict to loose; they depend on how sure the cases were, never on what was right."""
    ordered = sorted(confidences, reverse=True)
    first = min(max(len(ordered) / 2, least), _FIRST * least)
    for step in range(1, _STEPS + 1):
        place = math.ceil(len(ordered) * step / _STEPS)
        if place >= first:
            yield ordered[place - 1]


def naive(cases: Sequence[Reviewed], risk: float) -> float | None:
    """Return the lowest threshold with at most `risk` wrong among the cases themselves: it promises too much.

    Only benchmarks use it, to show what the certificate is for.
    """
    wrong, best = 0, None
    for place, case in enumerate(sorted(cases, key=lambda one: -one.confidence), start=1):
        wrong += not case.right
        best = case.confidence if wrong <= risk * place else best
    return best


def is_kept(key: str, propensity: float) -> bool:
    """Tell whether a reviewed answer stays in the sample, by a coin that always falls the same for a `key`.

    Of automatic answers people see only the share `propensity`; of those that wait for them, all. Keeping the same
    share of both makes one fair sample of all messages.
    """
    return share_of(key, "kept") < propensity
