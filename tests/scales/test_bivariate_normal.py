"""The bivariate normal distribution.

Tolerances: 1e-14 against scipy's quadrature, which is asked for 1e-14; derivatives 1e-8 against central
differences, whose own error is of that size.
"""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.scales.bivariate_normal import (
    bivariate_cdf,
    bivariate_density,
    cells,
    cells_by_cut,
    corners,
)

ROW_CUTS = np.array([[-np.inf, -1.2, 0.0, 0.9, np.inf], [-np.inf, 0.3, np.inf, np.inf, np.inf]])
COLUMN_CUTS = np.array([[-np.inf, -0.4, 0.0, 2.5, np.inf], [-np.inf, -1.0, 1.0, np.inf, np.inf]])
RHO = np.array([0.6, -0.85])


def test_agrees_with_quadrature() -> None:
    from scipy.stats import multivariate_normal

    generator = np.random.default_rng(1)
    for _ in range(50):
        h, k = 1.5 * generator.normal(size=2)
        r = np.tanh(1.5 * generator.normal())
        normal = multivariate_normal(cov=[[1, r], [r, 1]], allow_singular=True)
        normal.abseps = normal.releps = 1e-14
        assert bivariate_cdf(h, k, r) == pytest.approx(normal.cdf([h, k]), abs=1e-14)
        assert bivariate_density(h, k, r) == pytest.approx(normal.pdf([h, k]), rel=1e-12)


@pytest.mark.parametrize("r", [-0.999, -0.5, 0.0, 0.5, 0.999])
def test_at_the_middle(r: float) -> None:
    """Sheppard (1899): P(X <= 0, Y <= 0) = 1/4 + asin(r) / 2 pi."""
    zero = np.array(0.0)
    expected = 0.25 + np.arcsin(r) / (2 * np.pi)
    assert bivariate_cdf(zero, zero, np.array(r)) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("r", [-0.9, 0.0, 0.7])
@pytest.mark.parametrize("k", [-2.0, 0.0, 0.3])
def test_at_infinity(k: float, r: float) -> None:
    from scipy.special import ndtr

    for h, expected in ((np.inf, ndtr(k)), (-np.inf, 0)):
        assert bivariate_cdf(h, k, r) == pytest.approx(expected, abs=1e-15)
        assert bivariate_cdf(k, h, r) == pytest.approx(expected, abs=1e-15)
        assert bivariate_density(h, k, r) == pytest.approx(0, abs=1e-200)


def test_cells_add_up_to_the_margins() -> None:
    from scipy.special import ndtr

    p = cells(ROW_CUTS, COLUMN_CUTS, RHO).p
    assert p.sum(axis=2) == pytest.approx(np.diff(ndtr(ROW_CUTS)), abs=1e-14)
    assert p.sum(axis=1) == pytest.approx(np.diff(ndtr(COLUMN_CUTS)), abs=1e-14)


def test_derivatives_to_the_correlation() -> None:
    step = 1e-5
    found = cells(ROW_CUTS, COLUMN_CUTS, RHO)
    up, down = (cells(ROW_CUTS, COLUMN_CUTS, RHO + d) for d in (step, -step))
    assert found.by_r == pytest.approx((up.p - down.p) / (2 * step), abs=1e-8)
    assert found.by_r2 == pytest.approx((up.by_r - down.by_r) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_derivatives_to_a_cut(cut: int) -> None:
    step, rows, columns, r = 1e-5, ROW_CUTS[:1], COLUMN_CUTS[:1], RHO[:1]
    moved = np.zeros_like(rows)
    moved[0, cut] = step
    up, down = (
        corners(bivariate_cdf(each[:, :, None], columns[:, None, :], r[:, None, None]))
        for each in (rows + moved, rows - moved)
    )
    slope = ((up - down) / (2 * step))[0]
    found = cells_by_cut(rows, columns, r)[0, cut - 1]
    assert found == pytest.approx(slope[cut - 1], abs=1e-8)
    assert -found == pytest.approx(slope[cut], abs=1e-8)
