"""The bivariate normal distribution on many tables of answers at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FAR = 38.0
LEAST = 1e-15
TINY = 1e-300


def bivariate_cdf(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return P(X <= h, Y <= k) of standard normal X and Y with correlation r, |r| < 1.

    The arrays broadcast; h and k may be infinite. By Owen's T function (Owen 1956), absolute error about
    1e-16. R: `mvtnorm::pmvnorm`, `pbivnorm::pbivnorm`.
    """
    from scipy.special import ndtr, owens_t

    h, k = _off_zero(h), _off_zero(k)
    s = np.sqrt((1 - r) * (1 + r))
    with np.errstate(over="ignore"):
        t = owens_t(h, (k - h * r) / (h * s)) + owens_t(k, (h - k * r) / (k * s))
    return (ndtr(h) + ndtr(k)) / 2 - t - np.where((h < 0) != (k < 0), 0.5, 0.0)


def _off_zero(x: np.ndarray) -> np.ndarray:
    """Keep x finite and not 0, where Owen's arguments have no value but a limit."""
    x = np.clip(x, -FAR, FAR)
    return np.where(np.abs(x) < TINY, TINY, x)


def bivariate_density(h: np.ndarray, k: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return the density of standard normals with correlation r, |r| < 1, at (h, k); 0 at infinity."""
    h, k, s2 = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR), (1 - r) * (1 + r)
    return np.exp(-(h * h - 2 * r * h * k + k * k) / (2 * s2)) / (2 * np.pi * np.sqrt(s2))


def normal_density(x: np.ndarray) -> np.ndarray:
    """Return the standard normal density; 0 at infinity."""
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


@dataclass(frozen=True)
class Cells:
    """The cells of tables of answers under bivariate normality, each array (tables, rows, columns).

    Attributes
    ----------
    p : probability, at least 1e-15. by_r, by_r2 : its first and second derivative to the correlation.
    """

    p: np.ndarray
    by_r: np.ndarray
    by_r2: np.ndarray


def cells(row_cuts: np.ndarray, column_cuts: np.ndarray, r: np.ndarray) -> Cells:
    """Return the probabilities of the cells and how they change with the correlation.

    Parameters
    ----------
    row_cuts : (tables, rows + 1) thresholds from -inf to inf; column_cuts likewise. A table with fewer
        rows repeats inf, which makes cells that never occur. r : (tables,) correlations, |r| < 1.

    Notes
    -----
    d Phi2 / dr = phi2 (Plackett 1954); d phi2 / dr = phi2 [r + (1 + r^2) h k / s^2 - r (h^2 + k^2) / s^2]
    / s^2 with s^2 = 1 - r^2.
    """
    h, k, rho = row_cuts[:, :, None], column_cuts[:, None, :], r[:, None, None]
    density, s2 = bivariate_density(h, k, rho), 1 - rho * rho
    h, k = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR)
    slope = (rho + (h * k * (1 + rho * rho) - rho * (h * h + k * k)) / s2) / s2
    return Cells(
        np.maximum(corners(bivariate_cdf(h, k, rho)), LEAST),
        corners(density),
        corners(density * slope),
    )


def corners(grid: np.ndarray) -> np.ndarray:
    """Return what lies in each cell, from a function's values at the corners of the cells."""
    return np.diff(np.diff(grid, axis=-1), axis=-2)


def cells_by_cut(cuts: np.ndarray, other_cuts: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return how cells change when a row's upper cut moves, (tables, rows, columns).

    The cell below the cut grows by this, the next cell shrinks by it: phi(h) [Phi((k - r h)/s)] between
    the column's cuts. Arguments as for `cells`; the cut at inf does not move: 0.
    """
    from scipy.special import ndtr

    h, rho = np.clip(cuts[:, 1:, None], -FAR, FAR), r[:, None, None]
    k = np.clip(other_cuts[:, None, :], -FAR, FAR)
    return normal_density(h) * np.diff(ndtr((k - rho * h) / np.sqrt(1 - rho * rho)), axis=-1)
