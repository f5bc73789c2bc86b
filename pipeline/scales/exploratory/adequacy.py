"""Whether correlations hold enough in common for factors: Kaiser-Meyer-Olkin, and Bartlett's test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.extract import require_positive_definite


@dataclass(frozen=True)
class Adequacy:
    """Kaiser-Meyer-Olkin measure, 0 to 1: `overall`, and (k,) `items`."""

    overall: float
    items: np.ndarray


@dataclass(frozen=True)
class Sphericity:
    """Bartlett's test that no item correlates with another."""

    chi_square: float
    df: int
    p_value: float


def sampling_adequacy(r: np.ndarray) -> Adequacy:
    """Return sum of r^2 / (sum of r^2 + sum of partial r^2), off the diagonal, of (k, k) correlations.

    Kaiser & Rice (1974). collinear_items where r is not positive definite; NaN where no item correlates. R:
    `psych::KMO(r)`.
    """
    require_positive_definite(r)
    inverse = np.linalg.inv(r)
    scale = 1 / np.sqrt(np.diag(inverse))
    off = ~np.eye(len(r), dtype=bool)
    squares, partial = (r**2) * off, (inverse * np.outer(scale, scale)) ** 2 * off
    with np.errstate(invalid="ignore"):
        overall = squares.sum() / (squares.sum() + partial.sum())
        items = squares.sum(axis=0) / (squares.sum(axis=0) + partial.sum(axis=0))
    return Adequacy(float(overall), items)


def sphericity(r: np.ndarray, n: int) -> Sphericity:
    """Return Bartlett's (1951) test of (k, k) Pearson correlations of n people.

    -(n - 1 - (2k + 5)/6) ln det r, chi-square on k (k - 1)/2. collinear_items where r is not positive
    definite, too_few_people for n <= k. R: `psych::cortest.bartlett(r, n)`.
    """
    from scipy.special import chdtrc

    k = len(r)
    if n <= k:
        raise Finding("too_few_people", f"{n} people are too few for {k} items")
    require_positive_definite(r)
    chi_square = -(n - 1 - (2 * k + 5) / 6) * float(np.linalg.slogdet(r)[1])
    df = k * (k - 1) // 2
    return Sphericity(chi_square, df, float(chdtrc(df, chi_square)))
