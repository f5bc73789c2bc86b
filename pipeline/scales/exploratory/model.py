"""An exploratory factor model of a correlation matrix, and how well it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.extract import (
    SINGULAR,
    Method,
    degrees_of_freedom,
    extract,
)
from pipeline.scales.exploratory.rotate import Rotation, rotate

RMSEA_LEVEL = 0.90


@dataclass(frozen=True)
class FactorFit:
    """How well factors reproduce the correlations.

    Attributes
    ----------
    chi_square, df, p_value : likelihood ratio, corrected by Bartlett (1951); NaN where the correlations or
        the model are not positive definite, p also for df = 0. rmsea, rmsea_low, rmsea_high : with its 90 %
        interval; tli, bic : Tucker & Lewis (1973), chi_square - df ln n; NaN for df = 0. rms : root mean
        square of the off-diagonal residuals.
    """

    chi_square: float
    df: int
    p_value: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    tli: float
    bic: float
    rms: float


@dataclass(frozen=True)
class Exploratory:
    """A rotated factor model of k items and m factors, the factor that explains most first.

    Attributes
    ----------
    loadings : (k, m) pattern. factor_correlations : (m, m). communalities, uniquenesses : (k,), that add up
        to 1. explained : (m,) sums of squares of the factors. heywood : items whose uniqueness stands at
        its lower bound of .005: the solution is improper. n : people.
    """

    loadings: np.ndarray
    factor_correlations: np.ndarray
    communalities: np.ndarray
    uniquenesses: np.ndarray
    explained: np.ndarray
    heywood: tuple[int, ...]
    n: int
    fit: FactorFit

    @property
    def structure(self) -> np.ndarray:
        """Correlations of items with factors, (k, m)."""
        return np.asarray(self.loadings @ self.factor_correlations)


def explore(
    r: np.ndarray,
    n_factors: int,
    n: int,
    *,
    method: Method = "minres",
    rotation: Rotation = "oblimin",
) -> Exploratory:
    """Return an exploratory factor model.

    Parameters
    ----------
    r : (k, k) correlations of complete rows, Pearson or polychoric; n : the people behind them. method,
        rotation : see `extract` and `rotate`.

    Raises
    ------
    Finding : as `extract` and `rotate`, and too_few_people (n <= k).

    Notes
    -----
    R: `psych::fa(r, n_factors, n.obs = n, fm, rotate)`. Its RMSEA divides by n where this one, as Steiger
    (1990), divides by n - 1.
    """
    if n <= len(r):
        raise Finding("too_few_people", f"{n} people are too few for {len(r)} items")
    found = extract(r, n_factors, method)
    rotated = rotate(found.loadings, rotation)
    communalities = (found.loadings**2).sum(axis=1)
    return Exploratory(
        rotated.loadings,
        rotated.factor_correlations,
        communalities,
        1 - communalities,
        rotated.explained,
        found.heywood,
        n,
        fit_of(r, found.loadings, n),
    )


def fit_of(r: np.ndarray, loadings: np.ndarray, n: int) -> FactorFit:
    """Return the fit of unrotated loadings (k, m) to correlations of n people."""
    k, m = loadings.shape
    df = degrees_of_freedom(k, m)
    implied = loadings @ loadings.T
    np.fill_diagonal(implied, 1)
    rms = float(np.sqrt(((r - implied) ** 2).sum() / (k * (k - 1)))) if k > 1 else np.nan
    correction = n - 1 - (2 * k + 5) / 6
    misfit, misfit_of_none = _discrepancy(r, implied), _discrepancy(r, np.eye(k))
    chi_square = max(misfit * (correction - 2 * m / 3), 0.0)
    if df == 0 or np.isnan(misfit):
        return FactorFit(chi_square, df, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, rms)
    from scipy.special import chdtrc

    per_df, none_per_df = misfit / df, misfit_of_none * 2 / (k * (k - 1))
    low, high = _rmsea_interval(chi_square, df, n)
    return FactorFit(
        chi_square,
        df,
        float(chdtrc(df, chi_square)),
        float(np.sqrt(max(chi_square / df - 1, 0) / (n - 1))),
        low,
        high,
        (none_per_df - per_df) / (none_per_df - 1 / (correction - 2 * m / 3)),
        chi_square - df * float(np.log(n)),
        rms,
    )


def _discrepancy(r: np.ndarray, implied: np.ndarray) -> float:
    """Return tr(M^-1 R) - ln det(M^-1 R) - k; NaN where either is not positive definite."""
    if min(np.linalg.eigvalsh(r)[0], np.linalg.eigvalsh(implied)[0]) < SINGULAR:
        return np.nan
    ratio = np.linalg.solve(implied, r)
    return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(r))


def _rmsea_interval(chi_square: float, df: int, n: int) -> tuple[float, float]:
    """Return the ends whose noncentral chi-square has 5 % beyond (Steiger 1990); 0 where there is none."""
    from scipy.special import chndtr, chndtrinc

    ends = []
    for share in ((1 + RMSEA_LEVEL) / 2, (1 - RMSEA_LEVEL) / 2):
        outside = chndtr(chi_square, df, 0) <= share
        ends.append(0.0 if outside else float(chndtrinc(chi_square, df, share)))
    low, high = (float(np.sqrt(end / (df * (n - 1)))) for end in ends)
    return low, high
