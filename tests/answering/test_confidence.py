import json
from dataclasses import replace
from math import exp

import numpy as np
import pytest

from bot.answering.confidence import (
    FEATURES,
    SHIPPED,
    SHIPPED_BY_KIND,
    SIGNS,
    Calibration,
    fit_logistic,
    fit_ranking,
    sigmoid,
)
from bot.answering.index import VIEWS, Index
from bot.answering.vectors import KINDS
from tests.answering.library import ARTICLES


def test_shipped_weights_say_where_they_come_from():
    told = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert told["out_of_fold"]["n"] > 400
    assert told["date"] >= "2026-11-23"
    assert tuple(told["features"]) == FEATURES
    assert tuple(told["views"]) == VIEWS


def test_shipped_weights_only_speak_in_the_direction_that_makes_sense():
    weights = np.array(json.loads(SHIPPED.read_text(encoding="utf-8"))["first"]["weights"])
    assert (weights * SIGNS >= 0).all()
    assert np.count_nonzero(weights) >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_weights_for_other_text_vectors_are_refused(kind, tmp_path):
    told = json.loads(SHIPPED_BY_KIND[kind].read_text(encoding="utf-8"))
    (tmp_path / "c.json").write_text(json.dumps({**told, "vectors": None}))
    assert Calibration.load(SHIPPED_BY_KIND[kind], kind).first.weights
    for path, other in (
        (SHIPPED_BY_KIND[kind], next(k for k in KINDS if k != kind)),
        (tmp_path / "c.json", kind),
    ):
        with pytest.raises(ValueError, match=f"{path.name} was not fitted for {other} vectors"):
            Calibration.load(path, other)


def test_weights_for_other_features_are_refused(tmp_path):
    told = json.loads(SHIPPED.read_text(encoding="utf-8")) | {"features": ["other"]}
    (tmp_path / "c.json").write_text(json.dumps(told))
    with pytest.raises(ValueError, match=r"c\.json was fitted for other features"):
        Calibration.load(tmp_path / "c.json")


def test_confidence_is_the_logistic_of_the_contributions(index):
    calibration = Calibration.load()
    ranking = calibration.rank(index.search("is there gluten in the rye bread"))
    total = sum(calibration.contributions(ranking).values()) + calibration.first.bias
    free = replace(calibration, ceiling=1.0)
    assert free.confidence(ranking) == pytest.approx(1 / (1 + exp(-total)))


@pytest.mark.parametrize(
    "question", ["is there gluten in the rye bread", "money", "who is the king of spain"]
)
def test_one_of_the_first_articles_is_at_least_as_likely_as_the_first(index, question):
    calibration = Calibration.load()
    ranking = calibration.rank(index.search(question))
    assert calibration.confidence(ranking) <= calibration.among_first(ranking) <= 1


def test_confidence_never_exceeds_what_the_data_can_vouch_for(index):
    ranking = Calibration.load().rank(index.search("is there gluten in the rye bread"))
    assert 0.9 < Calibration.load().ceiling < 1.0
    assert replace(Calibration.load(), ceiling=0.3).confidence(ranking) == 0.3


def test_known_question_is_sure_and_a_foreign_one_is_not(index):
    calibration = Calibration.load()

    def sure(question):
        return calibration.confidence(calibration.rank(index.search(question)))

    assert sure("is there gluten in the rye bread?") > 0.9
    assert sure("which political party should I vote for") < 0.3
    assert sure("how do I repair my paddleboard") < 0.5


def test_ranking_with_one_article(vectors):
    calibration = Calibration.load()
    ranking = calibration.rank(Index(ARTICLES[:1], vectors).search("bread"))
    assert ranking.order == (0,)
    assert 0 <= calibration.confidence(ranking) <= 1


def simulated(n=4000, seed=1):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 3))
    p = sigmoid(2.0 * x[:, 0] - 1.0 * x[:, 1] + 0.5)
    return x, (generator.random(n) < p).astype(float), p


def test_logistic_regression_recovers_what_made_the_labels():
    x, y, p = simulated()
    means, scales, weights, bias = fit_logistic(x, y, l2=0.01)
    assert (weights / scales) == pytest.approx([2.0, -1.0, 0.0], abs=0.15)
    fitted = sigmoid((x - means) / scales @ weights + bias)
    assert np.abs(fitted - p).mean() < 0.03


def test_stronger_prior_gives_smaller_weights():
    x, y, _ = simulated(500)
    loose, tight = (np.abs(fit_logistic(x, y, l2)[2]).sum() for l2 in (0.1, 100.0))
    assert tight < loose


def test_feature_against_its_sign_is_dropped():
    x, y, _ = simulated()
    _, _, weights, _ = fit_logistic(x, y, 1.0, signs=(1, 1, 1))
    assert weights[1] == 0
    assert weights[0] > 1


def test_separable_and_constant_data_do_not_break_the_fit():
    x = np.column_stack([np.arange(20.0), np.ones(20)])
    _, _, weights, bias = fit_logistic(x, (x[:, 0] > 10).astype(float), l2=1.0)
    assert np.isfinite([*weights, bias]).all()


def test_ranking_weights_follow_the_view_that_knows():
    generator = np.random.default_rng(2)
    answers = generator.integers(0, 5, 400)
    views = generator.normal(size=(400, 2, 5))
    views[np.arange(400), 0, answers] += 2
    weights = fit_ranking(views, answers, l2=1.0)
    assert weights[0] > 1
    assert abs(weights[1]) < 0.2
