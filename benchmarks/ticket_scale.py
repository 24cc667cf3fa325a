"""Confidences that are true of whole tickets, not only of bare questions: two numbers for the log-odds (Platt 1999).

People who write explain more than a labelled question does, so that an article which was found is more often the
right one. The scale is fitted on confidences of tickets that come from models without their articles.
"""

from dataclasses import dataclass, replace

import numpy as np

from bot.answering.confidence import Logistic, fit_logistic, sigmoid
from bot.answering.learning import OUT_OF_SCOPE

_L2 = 1.0


@dataclass(frozen=True)
class Scale:
    """What the log-odds of a confidence are multiplied by, and what is added."""

    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def fitted(cls, confidences: np.ndarray, right: np.ndarray, inside: np.ndarray) -> "Scale":
        """Fit it on tickets; those that no article answers count for their share. Nothing to learn: no change."""
        if right.all() or not right.any() or inside.all() or not inside.any():
            return cls()
        share = np.where(inside, (1 - OUT_OF_SCOPE) / inside.sum(), OUT_OF_SCOPE / (~inside).sum())
        odds = _log_odds(confidences)[:, None]
        means, scales, weights, bias = fit_logistic(odds, right.astype(float), _L2, [1], share * len(right))
        slope = float(weights[0] / scales[0])
        return cls(slope, bias - slope * float(means[0]))

    def __call__(self, confidences: np.ndarray) -> np.ndarray:
        return np.asarray(sigmoid(self.slope * _log_odds(confidences) + self.shift))

    def of(self, model: Logistic) -> Logistic:
        """Return the model with the scale taken into its weights."""
        weights = tuple(self.slope * weight for weight in model.weights)
        return replace(model, weights=weights, bias=self.slope * model.bias + self.shift)


def scaled(
    confidences: np.ndarray, right: np.ndarray, fold: np.ndarray, inside: np.ndarray, tickets: np.ndarray
) -> np.ndarray:
    """Return confidences that are true of tickets, each by a scale that was fitted without its fold."""
    made = np.zeros(len(confidences))
    for held in map(int, np.unique(fold)):
        used, asked = tickets & (fold != held), fold == held
        made[asked] = Scale.fitted(confidences[used], right[used], inside[used])(confidences[asked])
    return made


def _log_odds(confidences: np.ndarray) -> np.ndarray:
    clipped = np.clip(confidences, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped / (1 - clipped)))
