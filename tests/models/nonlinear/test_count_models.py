"""Counts against R.

Tolerances: 1e-8 relative and absolute against glm and MASS::glm.nb (epsilon 1e-14); 1e-7 for errors of
pscl::hurdle, whose second derivatives are numerical.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.models.fitted import Sample
from pipeline.models.nonlinear.counts import (
    NegativeBinomial,
    fit_hurdle,
    fit_negative_binomial,
    fit_poisson,
    fit_truncated,
)
from pipeline.models.nonlinear.estimators import negative_binomial

REFERENCE = Path(__file__).parents[2] / "reference"
CLOSE = {"rel": 1e-8, "abs": 1e-8}
TERMS = ["intercept", "x", "z", "kind"]


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "nonlinear_data.csv")


@pytest.fixture(scope="module")
def r() -> pd.Series:
    table = pd.read_csv(REFERENCE / "nonlinear.csv")
    return table.set_index(["case", "quantity"])["value"]


def design_of(data: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(data)), data[["x", "z", "kind"]]])


def by_term(r: pd.Series, case: str, quantity: str, terms: list[str] = TERMS) -> np.ndarray:
    return np.array([r[f"{case};{term}", quantity] for term in terms])


def test_poisson_agrees_with_glm(data: pd.DataFrame, r: pd.Series) -> None:
    found = fit_poisson(data["count"].to_numpy(), design_of(data))
    assert found.vector == pytest.approx(by_term(r, "poisson", "estimate"), **CLOSE)
    errors = np.sqrt(np.diag(found.covariance))
    assert errors == pytest.approx(by_term(r, "poisson", "std_error"), **CLOSE)


def test_negative_binomial_agrees_with_glm_nb(data: pd.DataFrame, r: pd.Series) -> None:
    found = fit_negative_binomial(data["count"].to_numpy(), design_of(data))
    name, theirs = "MASS::glm.nb", by_term(r, "negbin", "estimate")
    agrees("negative binomial: coefficients", found.vector[:-1], theirs, reference=name, **CLOSE)
    size = np.exp(found.vector[-1])
    agrees("negative binomial: theta", size, r["negbin", "theta"], reference=name, **CLOSE)
    assert found.log_likelihood == pytest.approx(r["negbin", "log_likelihood"], rel=1e-12)
    rows = found.working.design
    errors = np.sqrt(np.diag(np.linalg.inv(rows.T @ rows)))
    theirs = by_term(r, "negbin", "std_error")
    agrees("negative binomial: errors", errors, theirs, reference=name, **CLOSE)
    pulls = rows * found.working.residual[:, None]
    assert pulls == pytest.approx(found.scores[:, :-1], abs=1e-10)
    assert found.scores.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-8)


def test_hurdle_agrees_with_pscl(data: pd.DataFrame, r: pd.Series) -> None:
    design = design_of(data)
    found = fit_hurdle(data["volume"].to_numpy(), design, design[:, [0, 1, 3]])
    name, theirs = "pscl::hurdle", by_term(r, "hurdle_count", "estimate")
    agrees("hurdle: counts above 0", found.count.vector[:-1], theirs, reference=name, **CLOSE)
    size = np.exp(found.count.vector[-1])
    agrees("hurdle: theta", size, r["hurdle", "theta"], reference=name, **CLOSE)
    errors = np.sqrt(np.diag(found.count.covariance))[:-1]
    assert errors == pytest.approx(by_term(r, "hurdle_count", "std_error"), rel=1e-6)
    terms = ["intercept", "x", "kind"]
    estimate = by_term(r, "hurdle_zero", "estimate", terms)
    assert found.zero.vector == pytest.approx(estimate, **CLOSE)
    assert found.log_likelihood == pytest.approx(r["hurdle", "log_likelihood"], rel=1e-10)
    pulls = found.count.working.design * found.count.working.residual[:, None]
    assert pulls == pytest.approx(found.count.scores[:, :-1], abs=1e-9)


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("log_size", [-1.0, 0.4, 9.5])
def test_derivatives_are_those_of_the_likelihood(
    data: pd.DataFrame, truncated: bool, log_size: float
) -> None:
    y = data["volume"].to_numpy(float)
    used = y >= int(truncated)
    weights = np.linspace(0.5, 2, used.sum())
    likelihood = NegativeBinomial(y[used], design_of(data)[used], weights, truncated)
    at = np.array([0.2, 0.1, -0.3, 0.2, log_size])
    slope = approx_fprime(at, likelihood.value, 1e-7)
    assert likelihood.slope(at) == pytest.approx(slope, rel=1e-4, abs=1e-3)
    curvature = -approx_fprime(at, likelihood.slope, 1e-7)
    assert likelihood.curvature(at) == pytest.approx(curvature, rel=1e-4, abs=1e-3)
    assert likelihood.scores(at).sum(axis=0) == pytest.approx(likelihood.slope(at), abs=1e-9)
    own = NegativeBinomial(y[used][:1], design_of(data)[used][:1], np.ones(1), truncated)
    assert own.value(at) == pytest.approx(log_probability(y[used][0], own.design[0], at, truncated))


def log_probability(y: float, row: np.ndarray, at: np.ndarray, truncated: bool) -> float:
    from scipy.stats import nbinom

    mean, theta = np.exp(row @ at[:-1]), np.exp(at[-1])
    each = nbinom(theta, theta / (theta + mean))
    return float(each.logpmf(y) - (np.log1p(-each.pmf(0)) if truncated else 0))


def test_information_of_truncated_counts_is_the_variance_of_their_score(data: pd.DataFrame) -> None:
    counts = np.arange(1, 4000.0)
    for mean, theta in ((0.3, 0.8), (2.5, 1.4), (6.0, 40.0)):
        at = np.array([np.log(mean), np.log(theta)])
        each = NegativeBinomial(counts, np.ones((len(counts), 1)), np.ones(len(counts)), True)
        p = np.exp([log_probability(y, np.ones(1), at, True) for y in counts])
        slope, information = each.along_eta(at)
        assert p @ slope == pytest.approx(0, abs=1e-8)
        assert information[0] == pytest.approx(p @ slope**2, rel=1e-8)


def test_weights_count_rows(data: pd.DataFrame) -> None:
    times = np.arange(len(data)) % 3
    y, x = data["count"].to_numpy(), design_of(data)
    counted = fit_negative_binomial(y, x, times.astype(float))
    repeated = fit_negative_binomial(np.repeat(y, times), np.repeat(x, times, axis=0))
    assert counted.vector == pytest.approx(repeated.vector, rel=1e-8)
    y = y + 1
    counted = fit_truncated(y, x, times.astype(float))
    repeated = fit_truncated(np.repeat(y, times), np.repeat(x, times, axis=0))
    assert counted.vector == pytest.approx(repeated.vector, rel=1e-6)


def test_the_shape_of_the_registry(data: pd.DataFrame, r: pd.Series) -> None:
    clusters = data["cluster"].to_numpy() - 1
    outcome = data["count"].to_numpy(float)
    found = negative_binomial(Sample(outcome, design_of(data), tuple(TERMS), clusters))
    assert found.terms == tuple(TERMS)
    assert found.further["theta"] == pytest.approx(r["negbin", "theta"])
    assert (found.n, found.groups, found.parameters) == (305, 16, 5)
    assert found.scores.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-8)


# ---------------------------------------------------------------------------------------- findings


def test_counts_that_vary_less_than_poisson_are_named() -> None:
    y, x = 1 + np.arange(60) % 2, np.column_stack([np.ones(60), np.sin(np.arange(60.0))])
    found = fit_negative_binomial(y, x)
    assert found.findings == ("no_overdispersion",)
    assert np.exp(found.vector[-1]) == pytest.approx(1e6)
    assert found.vector[:-1] == pytest.approx(fit_poisson(y, x).vector, rel=1e-12)
    assert np.isnan(found.covariance[-1]).all()
    limit, near = found.likelihood, found.vector + 0.01
    assert limit.slope(near) == pytest.approx(approx_fprime(near, limit.value, 1e-7), abs=1e-4)
    curvature = -approx_fprime(near, limit.slope, 1e-7)
    assert limit.curvature(near) == pytest.approx(curvature, rel=1e-4, abs=1e-4)
    assert limit.scores(near).sum(axis=0) == pytest.approx(limit.slope(near))
    some = limit.take(np.arange(60) < 30).reweigh(np.full(30, 2.0))
    assert some.scores(near).sum(axis=0) == pytest.approx(2 * limit.scores(near)[:30].sum(axis=0))


@pytest.mark.parametrize("fit", [fit_poisson, fit_negative_binomial])
def test_a_group_without_any_is_named(fit) -> None:
    group = (np.arange(80) < 6).astype(float)
    y = np.where(group > 0, 0, np.arange(80) ** 2 % 7)
    x = np.column_stack([np.ones(80), np.sin(np.arange(80.0)), group])
    with pytest.raises(Finding, match="separation") as found:
        fit(y, x)
    assert found.value.items == (2,)


@pytest.mark.parametrize("y", [np.zeros(30), np.full(30, 4)])
def test_counts_that_do_not_vary_are_named(y: np.ndarray) -> None:
    with pytest.raises(Finding, match="constant_outcome: every count is"):
        fit_negative_binomial(y, np.ones((30, 1)))


def test_what_is_no_count_is_a_bug() -> None:
    for y in (np.array([0.5, 1, 2]), np.array([-1.0, 1, 2])):
        with pytest.raises(ValueError, match="whole numbers from 0"):
            fit_poisson(y, np.ones((3, 1)))
    with pytest.raises(ValueError, match="1 or more"):
        fit_truncated(np.array([0, 1, 2]), np.ones((3, 1)))
