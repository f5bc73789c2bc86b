"""Moments of cut normals equal numerical integration, and draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.simulation.cut_normals import (
    covariances,
    hermite_coefficients,
    score_icc,
    share_for_icc,
    variances,
)
from pipeline.simulation.measurement import rounding_cuts

CUTS = np.array([rounding_cuts(3.6, 0.95, (1, 5)), rounding_cuts(2.0, 0.8, (1, 5))])


def integrated(rho: float) -> float:
    """Return E[g(X) h(Y)] - E[g] E[h] on a fine grid of X, with Y given X in closed form."""
    from scipy.special import ndtr

    x = np.linspace(-9, 9, 200_001)
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    first = 1 + (x[:, None] > CUTS[0]).sum(axis=1)
    second = 1 + ndtr((rho * x[:, None] - CUTS[1]) / np.sqrt(1 - rho**2)).sum(axis=1)
    return float((weight * first * second).sum() - (weight * first).sum() * (weight * second).sum())


@pytest.mark.parametrize("rho", [-0.6, -0.1, 0.0, 0.05, 0.3, 0.6, 0.7])
def test_covariances_equal_numerical_integration(rho: float) -> None:
    a = hermite_coefficients(CUTS)
    found = covariances(a[0], a[1], np.array(rho))
    assert found == pytest.approx(integrated(rho), abs=2e-4)


def test_means_and_variances_equal_probabilities() -> None:
    from scipy.stats import norm

    for cuts, a, variance in zip(CUTS, hermite_coefficients(CUTS), variances(CUTS), strict=True):
        share = np.diff(np.concatenate([[0], norm.cdf(cuts), [1]]))
        mean = (share * np.arange(1, 6)).sum()
        assert a[0] == pytest.approx(mean)
        assert variance == pytest.approx((share * np.arange(1, 6) ** 2).sum() - mean**2)
        assert (a[1:] ** 2).sum() == pytest.approx(variance, rel=0.15)  # the series at rho = 1


@given(st.floats(0.01, 0.25), st.integers(2, 8), st.floats(0.5, 0.85))
def test_the_share_gives_back_the_icc(icc: float, k: int, loading: float) -> None:
    load, cuts = np.full(k, loading), np.tile(CUTS[0], (k, 1))
    share = share_for_icc(load, cuts, icc)
    assert share is not None
    assert icc < share < 1
    assert score_icc(load, cuts, share) == pytest.approx(icc, abs=1e-7)


def test_no_share_gives_an_icc_above_reliability() -> None:
    assert share_for_icc(np.full(3, 0.6), np.tile(CUTS[0], (3, 1)), 0.9) is None
    assert share_for_icc(np.full(3, 0.6), np.tile(CUTS[0], (3, 1)), 0.0) == 0.0
