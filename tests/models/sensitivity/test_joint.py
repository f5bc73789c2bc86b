"""The joint test of a curve: high where there is an effect, and of its size where there is none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from varied_plan import hypothesis, make_plan

from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.models.sensitivity.curve import Answers
from pipeline.models.sensitivity.joint import (
    as_extreme,
    drawn_curve,
    forced_specifications,
    joint_tests,
    summary,
)

COMPLETE = ("complete", "mean", "core")
VARIED = {
    "specifications": {"controls": ["none", "full"], "weights": ["no", "yes"]},
    "permutations": 40,
}


def plan() -> Plan:
    found = [
        hypothesis("H1", "yes", "logit"),
        hypothesis("H2", "y", "ols"),
        hypothesis("H3", "y", "ols", predictors=["none"]),
        hypothesis("H4", "level", "ologit"),
        hypothesis("H5", "count", "negbin"),
    ]
    return make_plan(hypotheses=found, sensitivity=VARIED)


@pytest.fixture
def answers(scores: pd.DataFrame) -> Answers:
    rng = np.random.default_rng(9)
    logistic = 0.5 * scores["x"] + rng.logistic(size=len(scores))
    level = np.searchsorted([-1.0, 0.3, 1.5], logistic).astype(float) + 1
    rate = rng.gamma(2, 0.5, len(scores)) * np.exp(0.3 + 0.4 * scores["x"])
    full = scores.assign(level=level, count=rng.poisson(rate).astype(float))
    return Answers({COMPLETE: [(full, {})]}, plan())


def test_effects_are_told_from_none(answers: Answers) -> None:
    found = joint_tests(answers, Workers())
    assert set(found) == {"H1", "H2", "H3", "H4", "H5"}
    for name in ("H1", "H2", "H4", "H5"):
        assert max(found[name]) <= 3 / 41, name
    assert found["H3"][0] > 0.05
    assert found["H3"][1] > 0.05


@pytest.mark.parametrize("name", ["H1", "H2", "H4", "H5"])
def test_without_the_effect_estimates_lie_around_zero(answers: Answers, name: str) -> None:
    """60 draws: their mean is within 4 of its errors of 0, and their spread is that of the estimate."""
    (tested,) = (each for each in answers.plan.hypotheses if each.id == name)
    forced = forced_specifications(tested, answers)
    assert len(forced) == 4
    drawn = np.array(
        [drawn_curve(forced, np.random.default_rng(k), answers.plan)[0] for k in range(60)]
    )
    mean, spread = np.nanmean(drawn, axis=0), np.nanstd(drawn, axis=0, ddof=1)
    assert (np.abs(mean) < 4 * spread / np.sqrt(60)).all()
    assert (np.array([each.estimate for each in forced]) > 2 * spread).all()


def test_drawn_outcomes_keep_their_shape(answers: Answers) -> None:
    """Of the model without the effect: as many of each answer as were given, within 4 errors."""
    from pipeline.models.sensitivity.joint import _without_effect

    for name in ("H1", "H4", "H5"):
        (tested,) = (each for each in answers.plan.hypotheses if each.id == name)
        each = forced_specifications(tested, answers)[0]
        given = each.sample.outcome
        rng = np.random.default_rng(2)
        drawn = np.concatenate([_without_effect(each, rng.random(len(given))) for _ in range(30)])
        for value in np.unique(given)[:4]:
            share = (given == value).mean()
            error = np.sqrt(share * (1 - share) / len(given))
            assert (drawn == value).mean() == pytest.approx(share, abs=4 * error), (name, value)


def test_workers_do_not_change_it(answers: Answers) -> None:
    small = Answers(
        answers.frames, make_plan(hypotheses=[hypothesis("H2", "y", "ols")], sensitivity=VARIED)
    )
    assert joint_tests(small, Workers(processes=2)) == joint_tests(small, Workers())


def test_extremes_are_counted_with_the_curve_itself() -> None:
    drawn = np.array([0.1, 0.5, 0.7, np.nan])
    assert as_extreme(drawn, 0.5) == pytest.approx(3 / 4)
    assert as_extreme(drawn, 0.9) == pytest.approx(1 / 4)


def test_a_share_counts_the_expected_sign_alone() -> None:
    declared = plan()
    values, p = np.array([0.2, -0.3, 0.1, np.nan]), np.array([0.01, 0.01, 0.4, np.nan])
    assert summary(values, p, declared.hypotheses[0], declared) == (0.1, pytest.approx(1 / 3))
    assert np.isnan(summary(values[3:], p[3:], declared.hypotheses[0], declared)).all()
