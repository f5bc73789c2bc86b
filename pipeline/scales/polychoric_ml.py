"""The polychoric correlation of two items by full maximum likelihood, thresholds and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.bivariate_normal import (
    FAR,
    bivariate_density,
    cells,
    cells_by_cut,
    normal_density,
)
from pipeline.scales.polychoric import BOUND, answer_codes, pair_tables, polychoric

MOST_STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class PolychoricPair:
    """The correlation of two items with everything that was estimated beside it.

    Attributes
    ----------
    r, std_error : the correlation. cuts : thresholds of the first and second item, ascending.
    covariance : of r, the first item's thresholds, the second's, in this order. n : people who answered
        both. chi_square, df, p_value : likelihood-ratio test that the two are cut bivariate normals; df is
        0 and p NaN for two items of two categories.
    """

    r: float
    std_error: float
    cuts: tuple[np.ndarray, np.ndarray]
    covariance: np.ndarray
    n: int
    chi_square: float
    df: int
    p_value: float


def polychoric_ml(codes: np.ndarray) -> PolychoricPair:
    """Return the polychoric (or tetrachoric) correlation of two items by maximum likelihood.

    Parameters
    ----------
    codes : (n, 2) as for `polychoric`; rows with a missing answer are left out. Unweighted.

    Raises
    ------
    Finding : as `polychoric`, and not_converged.

    Notes
    -----
    Olsson (1979). Newton's method from the two-step estimates; errors from the observed information. R:
    `polycor::polychor(x, y, ML = TRUE, std.err = TRUE)`, whose Hessian is by finite differences.
    """
    codes = answer_codes(codes)
    codes = answer_codes(codes[(codes >= 0).all(axis=1)])
    start = polychoric(codes)
    shape = [len(cuts) + 1 for cuts in start.thresholds]
    counts = pair_tables(codes).counts[0, : shape[0], : shape[1]]
    theta = np.concatenate([[start.correlations[0, 1]], *start.thresholds])
    theta, information = _climb(counts, theta)
    covariance = np.linalg.inv(information)
    chi_square, df, p_value = _fit(counts, _log_likelihood(counts, theta))
    return PolychoricPair(
        float(theta[0]),
        float(np.sqrt(covariance[0, 0])),
        (theta[1 : shape[0]], theta[shape[0] :]),
        covariance,
        len(codes),
        chi_square,
        df,
        p_value,
    )


def _climb(counts: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the maximum and the observed information there; steps are halved until they climb."""
    height = _log_likelihood(counts, theta)
    for _ in range(MOST_STEPS):
        gradient, information = _derivatives(counts, theta)
        step = np.linalg.solve(information, gradient)
        while _log_likelihood(counts, theta + step) < height and np.abs(step).max() > TOLERANCE:
            step = step / 2
        theta = theta + step
        height = _log_likelihood(counts, theta)
        if np.abs(step).max() <= TOLERANCE:
            return theta, _derivatives(counts, theta)[1]
    raise Finding("not_converged", "no maximum of the likelihood of two items was found")


def _with_infinity(
    counts: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cuts of rows and columns as `cells` takes them, and the correlation, for one table."""
    inner = np.split(theta[1:], [counts.shape[0] - 1])
    rows, columns = (np.concatenate([[-np.inf], cuts, [np.inf]])[None] for cuts in inner)
    return rows, columns, theta[:1]


def _log_likelihood(counts: np.ndarray, theta: np.ndarray) -> float:
    """Return -inf where theta is no set of correlation and ascending cuts."""
    rows, columns, r = _with_infinity(counts, theta)
    if abs(theta[0]) >= BOUND or (np.diff(rows) <= 0).any() or (np.diff(columns) <= 0).any():
        return -np.inf
    return float((counts * np.log(cells(rows, columns, r).p[0])).sum())


def _derivatives(counts: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient and the observed information, minus the matrix of second derivatives."""
    rows, columns, r = _with_infinity(counts, theta)
    cell = cells(rows, columns, r)
    p = cell.p[0]
    by_rows = _spread(cells_by_cut(rows, columns, r)[0])
    by_columns = np.swapaxes(_spread(cells_by_cut(columns, rows, r)[0]), 1, 2)
    jacobian = np.concatenate([cell.by_r, by_rows, by_columns]).reshape(len(theta), -1)
    weight = (counts / p).ravel()
    curved = _curvature(counts / p, rows[0], columns[0], float(theta[0]))
    return jacobian @ weight, (jacobian * (weight / p.ravel())) @ jacobian.T - curved


def _spread(moved: np.ndarray) -> np.ndarray:
    """Return how each inner row cut moves each cell, (rows - 1, rows, columns)."""
    count = len(moved) - 1
    change = np.zeros((count, *moved.shape))
    at = np.arange(count)
    change[at, at] = moved[:-1]
    change[at, at + 1] = -moved[:-1]
    return change


def _curvature(weight: np.ndarray, rows: np.ndarray, columns: np.ndarray, r: float) -> np.ndarray:
    """Return the sum over cells of weight times the second derivatives of the cell's probability.

    A cell is a difference of Phi2 at its corners, so each corner gathers the weights around it.
    """
    from scipy.special import ndtr

    at = np.pad(weight, 1)
    at = at[:-1, :-1] - at[1:, :-1] - at[:-1, 1:] + at[1:, 1:]
    h, k = np.clip(rows, -FAR, FAR)[:, None], np.clip(columns, -FAR, FAR)[None, :]
    s2 = 1 - r * r
    density = bivariate_density(h, k, np.array(r))
    hh = -h * normal_density(h) * ndtr((k - r * h) / np.sqrt(s2)) - r * density
    kk = -k * normal_density(k) * ndtr((h - r * k) / np.sqrt(s2)) - r * density
    rr = density * (r + (h * k * (1 + r * r) - r * (h * h + k * k)) / s2) / s2
    hr, kr = (at * density * (r * k - h) / s2, at * density * (r * h - k) / s2)
    inner = slice(1, -1)
    top = np.concatenate([[(at * rr).sum()], hr.sum(axis=1)[inner], kr.sum(axis=0)[inner]])
    cross = (at * density)[inner, inner]
    corner = np.block(
        [
            [np.diag((at * hh).sum(axis=1)[inner]), cross],
            [cross.T, np.diag((at * kk).sum(axis=0)[inner])],
        ]
    )
    return np.vstack([top, np.column_stack([top[1:], corner])])


def _fit(counts: np.ndarray, height: float) -> tuple[float, int, float]:
    """Return chi-square, df and p of the table against what two cut normals would give."""
    from scipy.special import chdtrc, xlogy

    chi_square = 2 * float(xlogy(counts, counts / counts.sum()).sum() - height)
    df = counts.size - sum(counts.shape)
    return chi_square, df, float(chdtrc(df, chi_square)) if df > 0 else np.nan
