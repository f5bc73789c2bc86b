"""How unusual a combination of answers is: Mahalanobis' distance over the answers a person gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

CELLS_AT_ONCE = 4_000_000
MOST_ITERATIONS = 1000
LEAST_OWN_SHARE = 1e-9  # of the variance of a column, after all others


@dataclass(frozen=True)
class Moments:
    """Means of groups (g, k), and the covariance (k, k) within them; `n` rows they are made of."""

    mean: np.ndarray
    covariance: np.ndarray
    n: int


@dataclass(frozen=True)
class Distances:
    """Squared distances of n people (n,), NaN for who answered nothing; answers they are over (n,)."""

    squared: np.ndarray
    answers: np.ndarray

    @property
    def p_value(self) -> np.ndarray:
        """(n,) the share of a chi-square with `answers` degrees of freedom that lies above."""
        from scipy.special import chdtrc

        return np.asarray(chdtrc(np.maximum(self.answers, 1), self.squared))


def em_moments(x: np.ndarray, group: np.ndarray, tolerance: float = 1e-6) -> Moments:
    """Estimate means and covariance of normal data with missing values, by maximum likelihood (EM).

    Parameters
    ----------
    x : (n, k) NaN for missing; every column varies. group : (n,) number of each row's group, from 0; groups
        have means of their own and one covariance.
    tolerance : stop when no mean and no covariance moves by more, in standard deviations.

    Raises
    ------
    numpy.linalg.LinAlgError
        A column is a combination of others.

    Notes
    -----
    Dempster, Laird & Rubin (1977); divided by n. Rows with k missing values cost one k x k inverse: of the
    part of the inverse covariance that belongs to them. With one group, equals the unrestricted moments of
    `lavaan` with `missing = "fiml"` in R; on complete rows, `cov(x) * (n - 1) / n`.
    """
    counts = np.bincount(group)
    gaps = list(_gaps(x))
    given = ~np.isnan(x)
    centre = np.where(given, x, 0).sum(axis=0) / given.sum(axis=0)
    mean = np.tile(centre, (len(counts), 1))
    covariance = np.diag(np.where(given, (x - centre) ** 2, 0).sum(axis=0) / given.sum(axis=0))
    for _ in range(MOST_ITERATIONS):
        deviation = np.where(given, x - mean[group], 0)
        spread = _fill(deviation, gaps, _inverse(covariance))
        shift = _group_sums(deviation, group, len(counts)) / counts[:, None]
        deviation -= shift[group]
        new = (deviation.T @ deviation + spread) / len(x)
        scale = np.sqrt(np.diag(new))
        moved = max(
            np.abs(shift / scale).max(), np.abs((new - covariance) / np.outer(scale, scale)).max()
        )
        mean, covariance = mean + shift, new
        if moved <= tolerance:
            break
    _inverse(covariance)
    return Moments(mean, covariance, len(x))


def squared_distances(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> Distances:
    """Return squared Mahalanobis distances, each over the answers that the person gave.

    Parameters
    ----------
    x : (n, k) NaN for missing. mean : (k,) or (n, k). covariance : (k, k).

    Raises
    ------
    numpy.linalg.LinAlgError
        The covariance has no inverse.

    Notes
    -----
    d_o' S_oo^-1 d_o over the observed part o. With the inverse P of S and u = P d (d = 0 where
    missing), it equals d'u - u_m' P_mm^-1 u_m. Equals `mahalanobis(x, mean, S)` in R, and on
    complete rows with their mean and `cov(x)`, `careless::mahad(x)`.
    """
    given = ~np.isnan(x)
    inverse = _inverse(covariance)
    deviation = np.where(given, x - mean, 0)
    through = deviation @ inverse
    squared = np.einsum("ij,ij->i", deviation, through)
    for rows, missing in _gaps(x):
        block = inverse[missing[:, :, None], missing[:, None, :]]
        unseen = through[rows[:, None], missing]
        solved = np.linalg.solve(block, unseen[:, :, None])[:, :, 0]
        squared[rows] -= np.einsum("ij,ij->i", unseen, solved)
    answers = given.sum(axis=1)
    return Distances(np.where(answers > 0, np.clip(squared, 0, None), np.nan), answers)


def _gaps(x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows (r,) with as many missing values, and the columns of these (r, q); some at a time."""
    missing = np.isnan(x)
    counts = missing.sum(axis=1)
    for count in np.unique(counts[counts > 0]).tolist():
        rows = np.flatnonzero(counts == count)
        columns = np.nonzero(missing[rows])[1].reshape(len(rows), count)
        step = max(1, CELLS_AT_ONCE // count**2)
        for start in range(0, len(rows), step):
            yield rows[start : start + step], columns[start : start + step]


def _fill(
    deviation: np.ndarray, gaps: list[tuple[np.ndarray, np.ndarray]], inverse: np.ndarray
) -> np.ndarray:
    """Put the expected values into missing cells of `deviation`; return their summed covariance (k, k)."""
    k = len(inverse)
    spread = np.zeros(k * k)
    through = deviation @ inverse
    for rows, missing in gaps:
        around = np.linalg.inv(inverse[missing[:, :, None], missing[:, None, :]])
        unseen = through[rows[:, None], missing]
        deviation[rows[:, None], missing] = -np.einsum("ijk,ik->ij", around, unseen)
        cell = missing[:, :, None] * k + missing[:, None, :]
        spread += np.bincount(cell.ravel(), around.ravel(), minlength=k * k)
    return spread.reshape(k, k)


def _group_sums(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    return np.array([values[group == each].sum(axis=0) for each in range(groups)])


def _inverse(covariance: np.ndarray) -> np.ndarray:
    """Return the inverse of a covariance; refused where a column follows from those before it."""
    scale = np.sqrt(np.diag(covariance))
    root = np.linalg.cholesky(covariance / np.outer(scale, scale))
    if (np.diag(root) ** 2 < LEAST_OWN_SHARE).any():
        raise np.linalg.LinAlgError("a column is a combination of others")
    return np.linalg.inv(covariance)
