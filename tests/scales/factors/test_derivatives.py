"""Analytic derivatives equal differences. Tolerance 1e-6: central differences lose half the digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from beside_lavaan import THREE, FromR, OrdinalFromR

from pipeline.scales.factors.fit import fit_ml
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.least_squares import LeastSquares, implied_statistics, least_squares
from pipeline.scales.factors.likelihood import expected_information, observed_information
from pipeline.scales.factors.maximum_likelihood import Likelihood, likelihood
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.moments import moments
from pipeline.scales.factors.saturated import free_moments, moment_information, saturated
from pipeline.scales.factors.score_tests import with_candidates

STEP = 1e-5
CLOSE = {"rel": 1e-6, "abs": 1e-5}
MODELS = {
    "second order": FactorModel(THREE.factors, second_order={"h": ("a", "b", "c")}),
    "bifactor": FactorModel(THREE.factors, general="g", correlated=False, scale="unit"),
    "residuals": FactorModel(THREE.factors, residuals=(("y3", "y7"),)),
}


def difference(
    function: Callable[[np.ndarray], np.ndarray], at: np.ndarray, entries: np.ndarray
) -> np.ndarray:
    """Return derivatives of a function by central differences, a row for each of some entries."""
    rows = []
    for k in entries:
        step = STEP * (np.arange(len(at)) == k)
        rows.append((function(at + step) - function(at - step)) / (2 * STEP))
    return np.array(rows)


def off_optimum(from_r: FromR, model: FactorModel, case: str) -> Likelihood:
    """Return the likelihood near its optimum, every cell moved a little.

    Complete answers are those of three groups; their left-out loadings and covariances are moved too.
    """
    complete = case == "complete"
    fit = fit_ml(from_r.sample(model, case, groups=complete), model)
    cells = with_candidates(fit.parameters) if complete else fit.parameters
    moved = 0.03 * np.random.default_rng(3).standard_normal(len(cells.value))
    cells = replace(cells, value=cells.value + moved, free=np.arange(len(cells.value)))
    found = likelihood(fit.at.sample, cells)
    assert found is not None
    return found


@pytest.mark.parametrize("case", ["complete", "holes"])
@pytest.mark.parametrize("name", MODELS)
def test_likelihood(factors_r: FromR, name: str, case: str) -> None:
    at = off_optimum(factors_r, MODELS[name], case)

    def there(vector: np.ndarray) -> Likelihood:
        found = likelihood(at.sample, at.parameters.at(vector))
        assert found is not None
        return found

    centre = at.parameters.vector()
    some = np.random.default_rng(4).choice(len(centre), 25, replace=False)
    slope = difference(lambda vector: np.array(there(vector).value), centre, some)
    assert at.slope()[some] == pytest.approx(slope, rel=1e-5, abs=1e-3)
    curvature = difference(lambda vector: there(vector).slope(), centre, some)
    assert at.observed()[some] == pytest.approx(curvature, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("case", ["complete", "holes"])
def test_scores_add_up_to_the_gradient(factors_r: FromR, case: str) -> None:
    at = off_optimum(factors_r, MODELS["bifactor"], case)
    assert at.cell_scores().sum(axis=0) == pytest.approx(-at.cell_gradient(), rel=1e-8, abs=1e-6)


def test_expected_information_is_the_mean_of_the_observed() -> None:
    """At a model that is true, of complete normal answers; 200,000 people, so about 1 %."""
    generator = np.random.default_rng(8)
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    x = np.outer(generator.standard_normal(200_000), loadings)
    x += generator.standard_normal(x.shape) * np.sqrt(1 - loadings**2)
    from pipeline.scales.factors.sample import sum_up

    model = FactorModel({"f": ("i", "j", "k", "l")}, scale="unit")
    fit = fit_ml(sum_up(x, model.items), model)
    assert fit.at.cell_observed() == pytest.approx(fit.at.cell_information(), rel=0.02, abs=500)


@pytest.mark.parametrize("case", ["complete", "holes"])
def test_information_of_moments(factors_r: FromR, case: str) -> None:
    """The product of matrices equals the general form."""
    sample = factors_r.sample(THREE, case)
    at = saturated(sample).patterns[0]
    by = free_moments(len(sample.items))
    for observed, general in ((True, observed_information), (False, expected_information)):
        found = moment_information(at, observed)
        assert found == pytest.approx(general(at, by), rel=1e-9, abs=1e-6)


def test_saturated_moments_are_an_optimum(factors_r: FromR) -> None:
    """The likelihood's gradient vanishes at the EM moments: below 1e-4 standard errors."""
    at = saturated(factors_r.sample(THREE, "holes")).patterns[0]
    covariance, mean = at.gradient_of_moments()
    information = np.diag(moment_information(at, observed=False))
    assert (mean**2 / information[: len(mean)]).max() < 1e-8
    i, j = np.tril_indices(len(mean))
    slope = np.where(i == j, 1, 2) * covariance[i, j]
    assert (slope**2 / information[len(mean) :]).max() < 1e-8


@pytest.mark.parametrize("scaling", ["delta", "theta"])
def test_least_squares(ordinal_r: OrdinalFromR, scaling) -> None:
    model = FactorModel(
        {"a": ("y1", "y2", "y3", "y4"), "b": ("y5", "y6", "y7", "y8")}, residuals=(("y3", "y6"),)
    )
    equality = Equality(("thresholds", "loadings", "intercepts"))
    sample = ordinal_r.ordinal(model, groups=True)
    fit = fit_wlsmv(sample, model, scaling=scaling, equality=equality)
    moved = 0.05 * np.random.default_rng(2).standard_normal(len(fit.parameters.value))
    cells = replace(fit.parameters, value=fit.parameters.value + moved, free=np.arange(len(moved)))

    def there(vector: np.ndarray) -> LeastSquares:
        found = least_squares(sample, cells.at(vector))
        assert found is not None
        return found

    at, every = there(cells.vector()), np.arange(len(cells.value))
    slope = difference(lambda vector: np.array(there(vector).value), cells.vector(), every)
    assert at.slope() == pytest.approx(slope, rel=1e-5, abs=1e-3)
    for g in (0, 1):

        def statistics(vector: np.ndarray, g: int = g) -> np.ndarray:
            placed = cells.at(vector)
            return implied_statistics(placed, moments(placed), g)

        assert (
            pytest.approx(difference(statistics, cells.vector(), every), **CLOSE) == at.slopes[g].T
        )
