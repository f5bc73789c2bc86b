"""The score bootstrap: equal to the wild cluster bootstrap in a linear model, and right in size.

Tolerances: 1e-10 for p values under enumeration (they are counts over 1,024), 1e-8 for statistics against
R's matrix inverse.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.counts import fit_negative_binomial
from pipeline.models.nonlinear.cumulative import fit_logit, fit_ordered
from pipeline.models.nonlinear.estimate import Estimate, WorkingRows
from pipeline.models.nonlinear.score_bootstrap import score_bootstrap

REFERENCE = Path(__file__).parents[2] / "reference"
GIVEN = Path(__file__).parents[4] / "shared" / "reference"
EVERY_SIGN = np.array(list(product([-1.0, 1.0], repeat=10)))


@dataclass(frozen=True)
class Normal:
    """Least squares as a likelihood: errors of variance 1."""

    y: np.ndarray
    design: np.ndarray

    def value(self, vector: np.ndarray) -> float:
        return -float(((self.y - self.design @ vector) ** 2).sum()) / 2

    def slope(self, vector: np.ndarray) -> np.ndarray:
        return self.scores(vector).sum(axis=0)

    def scores(self, vector: np.ndarray) -> np.ndarray:
        return (self.y - self.design @ vector)[:, None] * self.design

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        return self.design.T @ self.design

    def take(self, people: np.ndarray) -> Normal:
        return Normal(self.y[people], self.design[people])

    def reweigh(self, times: np.ndarray) -> Normal:
        root = np.sqrt(times)
        return Normal(root * self.y, root[:, None] * self.design)


def least_squares(y: np.ndarray, design: np.ndarray) -> Estimate:
    likelihood = Normal(y, design)
    vector = np.linalg.lstsq(design, y, rcond=None)[0]
    covariance = np.linalg.inv(design.T @ design)
    working = WorkingRows(design, y - design @ vector, np.arange(len(y)))
    slopes = np.arange(design.shape[1])
    scores = likelihood.scores(vector)
    return Estimate("ols", vector, covariance, 0.0, scores, working, slopes, likelihood)


@pytest.mark.skipif(not GIVEN.exists(), reason="the reference that came with the issue is not here")
@pytest.mark.parametrize("outcome", ["y", "ynull"])
def test_in_a_linear_model_it_is_the_restricted_wild_cluster_bootstrap(outcome: str) -> None:
    values = json.loads((GIVEN / "values" / "mlm.json").read_text())
    r = values["wild_cluster_bootstrap_enumerated"][f"x_on_{outcome}_year"]
    data = pd.read_csv(GIVEN / "data" / "PetersenCL_wild.csv")
    design = np.column_stack([np.ones(len(data)), data["x"]])
    clusters = data["year"].to_numpy() - 1
    found = score_bootstrap(
        least_squares(data[outcome].to_numpy(), design), clusters, np.array([0.0, 1]), EVERY_SIGN
    )
    correction = np.sqrt(10 / 9 * (len(data) - 1) / (len(data) - 2))
    name = "wild cluster bootstrap, enumerated (shared)"
    agrees("score bootstrap: t", found.statistic / correction, r["t"], reference=name, rel=1e-8)
    p_values, theirs = [found.p_value, found.p_strict], [r["p_two_sided_abs"], r["p_strict"]]
    agrees("score bootstrap: p, both rules", p_values, theirs, reference=name, abs=1e-10)
    quantiles = np.quantile(found.draws, [0.025, 0.5, 0.975]) / correction
    assert quantiles == pytest.approx(np.array(r["t_quantiles"]), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_contrasts_and_values_are_those_of_turned_residuals(value: float) -> None:
    """Brute force in a linear model: refit on outcomes made with turned residuals of the null."""
    generator = np.random.default_rng(7)
    clusters = np.repeat(np.arange(6), [3, 9, 4, 12, 6, 5])
    x = generator.normal(size=(39, 2)) + generator.normal(size=(6, 2))[clusters]
    y = x @ [0.4, 0.1] + generator.normal(size=6)[clusters] + generator.normal(size=39)
    design = np.column_stack([np.ones(39), x])
    contrast = np.array([0.0, 1, -1])
    signs = np.array(list(product([-1.0, 1.0], repeat=6)))
    found = score_bootstrap(least_squares(y, design), clusters, contrast, signs, value)
    inverse = np.linalg.inv(design.T @ design)
    free = np.linalg.lstsq(design, y, rcond=None)[0]
    pull = inverse @ contrast * (contrast @ free - value) / (contrast @ inverse @ contrast)
    null = free - pull
    for sign, draw in zip(signs, found.draws, strict=True):
        made = design @ null + (y - design @ null) * sign[clusters]
        again = inverse @ design.T @ made
        sums = pd.DataFrame((made - design @ again)[:, None] * design).groupby(clusters).sum()
        variance = contrast @ inverse @ sums.T @ sums @ inverse @ contrast
        assert draw == pytest.approx((contrast @ again - value) / np.sqrt(variance), rel=1e-8)


def data_of() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    data = pd.read_csv(REFERENCE / "nonlinear_data.csv")
    x = data[["x", "z", "kind"]].to_numpy(dtype=float)
    return data, x, data["cluster"].to_numpy() - 1


@pytest.mark.parametrize("kind", ["logit", "ologit", "negbin"])
def test_at_the_estimate_itself_nothing_is_far(kind: str) -> None:
    """With the null at the estimate the restricted scores are those of the fit, which add up to 0."""
    data, x, clusters = data_of()
    design = np.column_stack([np.ones(len(x)), x])
    if kind == "logit":
        estimate, at = fit_logit(data["yes"].to_numpy(float), design), 1
    elif kind == "ologit":
        estimate, at = fit_ordered(data["stage"].to_numpy(), x), 0
    else:
        estimate, at = fit_negative_binomial(data["count"].to_numpy(), design), 1
    contrast = np.eye(len(estimate.vector))[at]
    signs = np.where(np.random.default_rng(1).random((999, 16)) < 0.5, -1.0, 1.0)
    there = score_bootstrap(estimate, clusters, contrast, signs, float(estimate.vector[at]))
    assert abs(there.statistic) < 1e-6
    assert there.p_value > 0.99
    none = score_bootstrap(estimate, clusters, contrast, signs)
    sums = pd.DataFrame(estimate.scores).groupby(clusters).sum().to_numpy()
    sandwich = estimate.covariance @ sums.T @ sums @ estimate.covariance
    wald = estimate.vector[at] / np.sqrt(sandwich[at, at])
    assert none.statistic == pytest.approx(wald, rel=0.35)
    assert none.p_value < 0.05


def test_the_null_is_true_of_the_restricted_fit() -> None:
    """A difference of two slopes of ordered answers is tested where they are as far apart as stated."""
    data, x, clusters = data_of()
    estimate = fit_ordered(data["stage"].to_numpy(), x)
    contrast = np.array([1.0, 0, -1, 0, 0, 0, 0])
    signs = np.where(np.random.default_rng(2).random((499, 16)) < 0.5, -1.0, 1.0)
    found = score_bootstrap(estimate, clusters, contrast, signs, 0.2)
    joined = np.column_stack([x[:, 0] + x[:, 2], x[:, 1]])
    moved = score_bootstrap(estimate, clusters, contrast, signs, 0.0)
    assert found.statistic != pytest.approx(moved.statistic)
    null = fit_ordered(data["stage"].to_numpy(), joined)
    vector = np.concatenate([null.vector[[0, 1, 0]], null.vector[2:]])
    scores = estimate.likelihood.scores(vector).sum(axis=0)
    along = np.linalg.solve(estimate.likelihood.curvature(vector), contrast)
    assert np.sign(along @ scores) == np.sign(moved.statistic)


def test_one_group_has_no_bootstrap() -> None:
    data, x, _ = data_of()
    estimate = fit_ordered(data["stage"].to_numpy(), x)
    contrast = np.eye(len(estimate.vector))[0]
    with pytest.raises(Finding, match="too_few_groups"):
        score_bootstrap(estimate, np.zeros(len(x), dtype=int), contrast, np.ones((1, 1)))
