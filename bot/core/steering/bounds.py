"""When a channel goes back to people by itself: the share of bad outcomes is proven to be beyond its bound. Pure.

Proven means that the one-sided exact (Clopper-Pearson) bound on the true share at DRIFT is already beyond the limit,
and that there are enough outcomes for somebody to believe it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.certificates import at_least, at_most
from bot.core.model import Rules
from bot.core.policy import percent
from bot.core.steering.outcomes import SATISFIED, Outcome

DRIFT = 0.05  # The chance to be wrong about one bound in one look.
FEWEST_CHECKED, FEWEST_ANSWERED, FEWEST_RATED = 10, 30, 15


@dataclass(frozen=True)
class Break:
    """A bound that is broken: `bad` of `n` outcomes were, against the share `bound` that may be."""

    name: str
    n: int
    bad: int
    bound: float

    @property
    def text(self) -> str:
        """Say it in a sentence for people."""
        return _SAID[self.name].format(bad=self.bad, n=self.n, bound=percent(self.bound))


_SAID = {
    "wrong": "{bad} of the {n} newest checked automatic answers were wrong; at most {bound} may be",
    "reopened": "in {bad} of the {n} newest conversations that were answered by themselves the customer came back; "
    "at most {bound} may",
    "satisfied": "{bad} of the {n} newest ratings of automatic answers were bad; at least {bound} must be good",
}


def broken(checked: Sequence[bool], outcomes: Sequence[Outcome], rules: Rules) -> Break | None:
    """Return the first bound that is proven to be broken; `checked` says of each checked answer whether it was right.

    A promise (`risk`) counts instead of the bound on wrong answers, from the first checked answer on.
    """
    wrong = rules.wrong if rules.risk is None else rules.risk
    fewest = FEWEST_CHECKED if rules.risk is None else 1
    rated = [one.score >= SATISFIED for one in outcomes if one.score is not None]
    tests = (
        _too_many("wrong", checked.count(False), len(checked), wrong, fewest),
        _too_many(
            "reopened", sum(o.reopened for o in outcomes), len(outcomes), rules.reopened, FEWEST_ANSWERED
        ),
        _too_few("satisfied", rated.count(True), len(rated), rules.satisfied, FEWEST_RATED),
    )
    return next(filter(None, tests), None)


def _too_many(name: str, bad: int, n: int, bound: float | None, fewest: int) -> Break | None:
    if bound is None or n < fewest or at_least(bad, n, DRIFT) <= bound:
        return None
    return Break(name, n, bad, bound)


def _too_few(name: str, good: int, n: int, bound: float | None, fewest: int) -> Break | None:
    if bound is None or n < fewest or at_most(good, n, DRIFT) >= bound:
        return None
    return Break(name, n, n - good, bound)
