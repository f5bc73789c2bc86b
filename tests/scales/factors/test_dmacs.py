"""dMACS. Tolerance 1e-9 against the integral that defines it, done numerically by R."""

from __future__ import annotations

import numpy as np
import pytest
from beside_lavaan import ONE, FromR
from validation import agrees

from pipeline.scales.factors.dmacs import Line, dmacs, dmacs_of_items
from pipeline.scales.factors.fit import fit_ml
from pipeline.scales.factors.invariance import likelihood_refit
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.sample import sum_up

UNIT = FactorModel(ONE.factors, scale="unit")


def test_agrees_with_the_integral(from_r) -> None:
    _, values = from_r("dif")
    expected = values.loc["dmacs"].dropna()
    assert len(expected) == 3
    for name, value in expected.items():
        intercept, other, loading, other_loading, mean, variance, sd = map(float, name.split())
        lines = Line(intercept, loading), Line(other, other_loading)
        agrees(
            "dmacs", dmacs(*lines, mean, variance, sd), value, reference="the integral", rel=1e-9
        )


def test_finds_the_shift_that_was_planted() -> None:
    """Item 2 is .5 higher in the second group, all else equal: dMACS = .5, and nearly 0 elsewhere.

    20,000 people: an intercept is known to about .015, so .06 is four errors. Where another item is
    free, item 2 pulls the factor's mean by about .5 / 7 / .65 = .1.
    """
    generator = np.random.default_rng(20261127)
    model = FactorModel({"f": tuple(f"i{k}" for k in range(8))}, scale="unit")
    loadings = np.linspace(0.8, 0.5, 8)
    values = np.outer(generator.standard_normal(20_000), loadings)
    values += generator.standard_normal(values.shape) * np.sqrt(1 - loadings**2)
    groups = np.repeat([0, 1], 10_000)
    values[groups == 1, 1] += 0.5
    sample = sum_up(values, model.items, groups=groups, names=("one", "two"))
    found = dmacs_of_items(likelihood_refit(sample, model), fit_ml(sample, model))
    assert found.pop(("i1", "two")) == pytest.approx(0.5, abs=0.06)
    assert max(found.values()) < 0.15


def test_takes_the_estimates_with_one_item_free(factors_r: FromR) -> None:
    sample = factors_r.sample(UNIT, groups=True)
    refit = likelihood_refit(sample, UNIT)
    freed = Equality(("loadings", "intercepts"), loadings_of=("y2",), intercepts_of=("y2",))
    implied = refit(freed).implied
    sd = np.array([group.values[:, 1].std() for group in sample.groups])
    n = np.array([group.n for group in sample.groups]) - 1
    loading = implied.loadings[:, 1, 0]
    intercept = implied.mean[:, 1] - loading * implied.latent_mean[:, 0]
    eta = np.linspace(-12, 12, 200_001)
    for g in (1, 2):
        mean, variance = implied.latent_mean[g, 0], implied.latent_covariance[g, 0, 0]
        density = np.exp(-((eta - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        off = intercept[0] - intercept[g] + (loading[0] - loading[g]) * eta
        pooled = (n[[0, g]] * sd[[0, g]]).sum() / n[[0, g]].sum()
        expected = np.sqrt((off**2 * density).sum() * (eta[1] - eta[0])) / pooled
        found = dmacs_of_items(refit, fit_ml(sample, UNIT))
        assert found["y2", ("en", "fr", "nl")[g]] == pytest.approx(expected, rel=1e-6)


def test_a_marker_cannot_be_free(factors_r: FromR) -> None:
    sample = factors_r.sample(ONE, groups=True)
    with pytest.raises(ValueError, match="one factor with variance 1"):
        dmacs_of_items(likelihood_refit(sample, ONE), fit_ml(sample, ONE))
