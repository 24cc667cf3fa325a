"""What verdicts teach about the confidence: how much surer, or less sure, it should be. Pure.

Platt's scaling of a probability that is there already: logit(p') = offset + slope * logit(p), fitted with a prior
that trusts the answerer (offset 0, slope 1), so that ten verdicts move little and a thousand move much. It is only
taken when it foretells verdicts it was not fitted on better than what is in force does: checked in five parts, each
foretold by a fit on the others.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.certificates import Reviewed

FEWEST = 100
PARTS = 5
SETTING = "recalibration"
_OFFSET_SPREAD, _SLOPE_SPREAD = 1.0, 0.5
_LEAST_SLOPE = 0.1  # Whatever the verdicts say, surer stays surer.
_EDGE = 1e-3
_CLOSE = 1e-7
_WORTH = 0.002  # In nats a verdict: below this a change is noise.


@dataclass(frozen=True)
class Recalibration:
    """A map from the answerer's confidence to the one that is shown and acted upon; `n` verdicts taught it."""

    offset: float = 0.0
    slope: float = 1.0
    n: int = 0

    def __call__(self, confidence: float) -> float:
        """Return what a confidence becomes; without verdicts, itself."""
        return _sigmoid(self.offset + self.slope * _logit(confidence)) if self.n else confidence

    def before(self, shown: float) -> float:
        """Return the confidence that becomes `shown`."""
        return _sigmoid((_logit(shown) - self.offset) / self.slope) if self.n else shown

    @classmethod
    def stored(cls, value: Any) -> "Recalibration":
        """Read what `as_value` wrote; nothing is the map that changes nothing."""
        return cls(**value) if isinstance(value, Mapping) else cls()

    def as_value(self) -> dict[str, float]:
        """Return what is kept as a setting."""
        return {"offset": round(self.offset, 6), "slope": round(self.slope, 6), "n": self.n}


def better(cases: Sequence[Reviewed], current: Recalibration) -> Recalibration | None:
    """Return a map that foretells verdicts better than the current one, or None; `cases` are as the answerer said."""
    if len(cases) < FEWEST:
        return None
    foretold = 0.0
    for part in range(PARTS):
        others = [case for i, case in enumerate(cases) if i % PARTS != part]
        foretold += _loss(fit(others), cases[part::PARTS])
    gain = (_loss(current, cases) - foretold) / len(cases)
    return fit(cases) if gain > _WORTH else None


def fit(cases: Sequence[Reviewed]) -> Recalibration:
    """Fit offset and slope by Newton's method on the penalised likelihood, which is concave."""
    told = [(_logit(case.confidence), float(case.right)) for case in cases]
    offset, slope = 0.0, 1.0
    for _ in range(30):
        g0, g1 = -offset / _OFFSET_SPREAD**2, -(slope - 1) / _SLOPE_SPREAD**2
        h00, h01, h11 = 1 / _OFFSET_SPREAD**2, 0.0, 1 / _SLOPE_SPREAD**2
        for x, y in told:
            p = _sigmoid(offset + slope * x)
            spread = p * (1 - p)
            g0, g1 = g0 + y - p, g1 + (y - p) * x
            h00, h01, h11 = h00 + spread, h01 + spread * x, h11 + spread * x * x
        area = h00 * h11 - h01 * h01
        d0, d1 = (g0 * h11 - g1 * h01) / area, (g1 * h00 - g0 * h01) / area
        held = min(
            1.0, 0.5 / max(abs(d0), abs(d1), 1e-12)
        )  # A whole step may overshoot where the curve is flat.
        offset, slope = offset + held * d0, slope + held * d1
        if max(abs(d0), abs(d1)) < _CLOSE:
            break
    return Recalibration(offset, max(slope, _LEAST_SLOPE), len(cases))


def _loss(model: Recalibration, cases: Sequence[Reviewed]) -> float:
    """Return how surprised a map is by verdicts, in nats."""
    told = ((min(max(model(case.confidence), _EDGE), 1 - _EDGE), case.right) for case in cases)
    return -math.fsum(math.log(p if right else 1 - p) for p, right in told)


def _logit(p: float) -> float:
    inside = min(max(p, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))


def _sigmoid(z: float) -> float:
    return min(max(0.5 * (1 + math.tanh(z / 2)), 0.0), 1 - _EDGE)
