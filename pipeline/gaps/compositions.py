"""Shares of a whole, compared by their ratios (Aitchison 1986): only these say what shares mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def close(parts: np.ndarray, total: float = 100.0) -> np.ndarray:
    """Return (..., D) parts scaled to add up to `total`. R: `compositions::clo`."""
    return np.asarray(total * parts / parts.sum(axis=-1, keepdims=True))


def replace_zeros(shares: np.ndarray, zero: float, total: float = 100.0) -> np.ndarray:
    """Return (n, D) shares of `total` in which a 0 is `zero`, and the others keep their ratios.

    Multiplicative replacement (Martín-Fernández, Barceló-Vidal & Pawlowsky-Glahn 2003, eq. 6): a share
    that is not 0 is multiplied by 1 - (zeros * zero) / total. R: `zCompositions::multRepl` with
    `label = 0, frac = 1` and `dl = zero`.

    >>> replace_zeros(np.array([[0.0, 20, 0, 80]]), 0.5).tolist()
    [[0.5, 19.8, 0.5, 79.2]]
    """
    empty = shares == 0
    left = 1 - zero * empty.sum(axis=1, keepdims=True) / total
    return np.where(empty, zero, shares * left)


def centred_log_ratios(shares: np.ndarray) -> np.ndarray:
    """Return ln(x_j / geometric mean of x), (n, D), of positive shares. R: `compositions::clr`."""
    logs = np.log(shares)
    return np.asarray(logs - logs.mean(axis=-1, keepdims=True))


def pivot_balances(shares: np.ndarray) -> np.ndarray:
    """Return each share's balance against the geometric mean of the others, (n, D).

    sqrt((D - 1) / D) ln(x_j / g(x_-j)): the first isometric log-ratio coordinate where share j comes first
    (Egozcue et al. 2003; Fišerová & Hron 2011), sqrt(D / (D - 1)) times the centred log-ratio. R:
    `robCompositions::pivotCoord(x, pivotvar = j)[, 1]`.
    """
    parts = shares.shape[-1]
    return np.asarray(np.sqrt(parts / (parts - 1)) * centred_log_ratios(shares))


def orthonormal_coordinates(shares: np.ndarray) -> np.ndarray:
    """Return isometric log-ratio coordinates, (n, D - 1), in Helmert's basis. R: `compositions::ilr`."""
    parts = shares.shape[-1]
    basis = np.zeros((parts, parts - 1))
    for k in range(1, parts):
        basis[:k, k - 1], basis[k, k - 1] = 1 / k, -1
        basis[:, k - 1] *= np.sqrt(k / (k + 1))
    return np.asarray(centred_log_ratios(shares) @ basis)


def centre(shares: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted geometric means closed to 100, (D,). R: `compositions::mean(acomp(x))`."""
    return close(np.exp(weights @ np.log(shares) / weights.sum()))


@dataclass(frozen=True)
class Variation:
    """How shares vary: `log_ratio[i, j]` the mean of ln(x_i / x_j), `variance` its variance, (D, D).

    `total` is the total variance, that of the shares around their centre by Aitchison's distance.
    """

    log_ratio: np.ndarray
    variance: np.ndarray
    total: float


def variation(shares: np.ndarray, weights: np.ndarray) -> Variation:
    """Return the variation matrix of (n, D) positive shares and the total variance.

    Weighted by (n,) positive weights; variances are times n / (n - 1), NaN for one person.
    total = sum of all variances / (2 D) (Aitchison 1986, section 4.4). R: `compositions::variation`,
    `mvar`.
    """
    n, parts = shares.shape
    logs = np.log(shares)
    ratios = logs[:, :, None] - logs[:, None, :]
    w = weights / weights.sum()
    mean = np.tensordot(w, ratios, 1)
    factor = n / (n - 1) if n > 1 else np.nan
    variance = factor * np.tensordot(w, (ratios - mean) ** 2, 1)
    return Variation(mean, variance, float(variance.sum() / (2 * parts)))
