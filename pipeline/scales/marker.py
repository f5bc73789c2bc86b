"""Correlations without what a marker, that should have nothing to do with them, shares with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.student import two_sided_p
from pipeline.core.variance import varies


@dataclass(frozen=True)
class Marked:
    """Correlations (k, k) before and after the marker's is taken out, and their p values.

    Attributes
    ----------
    n : people. marker_r : the correlation that stands for the common method. r, p_value, adjusted,
        p_adjusted : (k, k); the diagonal means nothing.
    """

    n: int
    marker_r: float
    r: np.ndarray
    p_value: np.ndarray
    adjusted: np.ndarray
    p_adjusted: np.ndarray


def take_out_marker(values: np.ndarray, marker: np.ndarray) -> Marked:
    """Adjust correlations for a method common to all of them, by a marker.

    Parameters
    ----------
    values : (n, k) scores. marker : (n,) a score that theory ties to none of them. People with a missing
        one are left out. Unweighted; people are taken as independent.

    Returns
    -------
    The common method's r_M is the smallest positive correlation of the marker with a score, 0 where none
    is positive; r becomes (r - r_M) / (1 - r_M), with t = r / sqrt((1 - r^2) / (n - 3)).

    Raises
    ------
    Finding : fewer than 5 people with all scores; a score that does not vary among them.

    Notes
    -----
    Lindell & Whitney (2001), equations 4 and 5. The same as a partial correlation, the method's loading
    on every score being sqrt(r_M). R: `(r - m) / (1 - m)` of `stats::cor`, `ppcor::pcor` of scores with
    such a method.
    """
    every = np.column_stack([values, marker])
    whole = every[~np.isnan(every).any(axis=1)]
    n = len(whole)
    if n < 5:
        raise Finding("too_few_people", f"{n} people have all scores and the marker; 5 are needed")
    constant = np.flatnonzero(~varies(whole))
    if len(constant):
        raise Finding("constant_score", "a score is the same for everyone", constant)
    r = np.corrcoef(whole, rowvar=False)
    with_marker = r[:-1, -1]
    positive = with_marker[with_marker > 0]
    shared = float(positive.min()) if len(positive) else 0.0
    between = r[:-1, :-1]
    adjusted = (between - shared) / (1 - shared)
    return Marked(n, shared, between, _p(between, n - 2), adjusted, _p(adjusted, n - 3))


def _p(r: np.ndarray, df: int) -> np.ndarray:
    square = np.minimum(r**2, 1 - 1e-15)
    return np.asarray(two_sided_p(r * np.sqrt(df / (1 - square)), df))
