"""Whether a model with restrictions fits worse than one without them."""

from __future__ import annotations

import numpy as np

from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.fit_indices import ChiSquare, chi_square
from pipeline.scales.factors.inverse import inverse
from pipeline.scales.factors.least_squares import LeastSquares


def difference_test(restricted: FactorFit, free: FactorFit) -> ChiSquare | None:
    """Return the test of the restrictions of nested models of the same answers.

    After maximum likelihood the difference of the chi-squares, scaled where they are (Satorra & Bentler
    2001); after least squares adjusted in mean and variance (Satorra 2000). None where both have the
    same degrees of freedom, or where the scaling comes out negative. R: `lavaan::lavTestLRT(free,
    restricted)`.
    """
    df = restricted.fit.chisq.df - free.fit.chisq.df
    if df <= 0:
        return None
    difference = restricted.fit.chisq.statistic - free.fit.chisq.statistic
    if isinstance(restricted.at, LeastSquares) and isinstance(free.at, LeastSquares):
        return _adjusted(difference, df, restricted.at, free.at)
    if restricted.fit.scaled is None and free.fit.scaled is None:
        return chi_square(difference, df)
    scaling = (_weighted_scaling(restricted) - _weighted_scaling(free)) / df
    return chi_square(difference, df, scaling) if scaling > 0 else None


def _weighted_scaling(fit: FactorFit) -> float:
    """Return the scaling factor times df; 0 without degrees of freedom, which have none."""
    if fit.fit.chisq.df == 0:
        return 0.0
    return fit.fit.scaled.scaling * fit.fit.scaled.df if fit.fit.scaled else np.nan


def _adjusted(
    difference: float, df: int, restricted: LeastSquares, free: LeastSquares
) -> ChiSquare | None:
    """Return the difference with the mean and variance of chi-square.

    The restrictions are the directions of the free model's parameters that the restricted model's
    slopes do not reach.
    """
    wide, narrow = (np.vstack(at.free_slopes()) for at in (free, restricted))
    reached = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    left = np.linalg.svd(reached)[0][:, reached.shape[1] :].T
    bread = inverse(free.curvature())
    spread = free.parameters.spread()
    weighted = left @ bread
    middle = weighted.T @ inverse(weighted @ left.T) @ weighted
    product = middle @ (spread.T @ free.cell_meat() @ spread)
    first, second = float(np.trace(product)), float((product * product.T).sum())
    if second <= 0:
        return None
    a = float(np.sqrt(df / second))
    return chi_square(difference, df, 1 / a, df - a * first)
