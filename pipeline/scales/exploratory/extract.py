"""Loadings before rotation: minimum residuals, maximum likelihood, principal axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import ROUNDING

LEAST_UNIQUE = 0.005
MOST_STEPS = 5000
STEADY = 1e-10
FLAT = 1e-9
NEARLY_FLAT = 1e-6
SINGULAR = 1e-10

Method = Literal["minres", "ml", "principal_axis"]


@dataclass(frozen=True)
class Extraction:
    """Factors as they come out, largest first, their loadings adding up to a positive number.

    Attributes
    ----------
    loadings : (k, m), orthogonal factors. uniquenesses : (k,), at least 0.005. heywood : items whose
        uniqueness lies at that bound, an improper solution.
    """

    loadings: np.ndarray
    uniquenesses: np.ndarray
    heywood: tuple[int, ...]


def extract(r: np.ndarray, n_factors: int, method: Method) -> Extraction:
    """Return the unrotated loadings of a correlation matrix.

    Parameters
    ----------
    r : (k, k) Pearson or polychoric correlations. n_factors : 1 or more. method : `minres` makes the
        off-diagonal residuals least in squares (Harman & Jones 1966), `ml` is maximum likelihood (Joreskog
        1967), `principal_axis` repeats the eigenvalues with communalities on the diagonal until these stay.

    Raises
    ------
    Finding : not_identified (more parameters than correlations), collinear_items (items that correlate 1,
        or for `ml` a matrix that is not positive definite), constant_item (NaN in r), not_converged.

    Notes
    -----
    R: `psych::fa(r, n_factors, rotate = "none", fm = "minres" | "ml" | "pa")`, whose principal axis stops
    when communalities change by .001 together.
    """
    check_correlations(r, n_factors)
    if method == "principal_axis":
        loadings, unique = _principal_axis(r, n_factors)
    else:
        if method == "ml":
            require_positive_definite(r)
        loadings, unique = _minimise(r, n_factors, *CRITERIA[method])
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    heywood = np.flatnonzero(unique <= LEAST_UNIQUE * (1 + 1e-6))
    return Extraction(loadings * sign, unique, tuple(int(item) for item in heywood))


def check_correlations(r: np.ndarray, n_factors: int) -> None:
    """Refuse a matrix from which so many factors cannot be had; `extract` says how."""
    k = len(r)
    absent = np.flatnonzero(np.isnan(r).all(axis=0) | np.isnan(np.diag(r)))
    if len(absent):
        raise Finding("constant_item", f"item {absent[0] + 1} has no correlations", absent)
    if degrees_of_freedom(k, n_factors) < 0:
        raise Finding("not_identified", f"{n_factors} factors are too many for {k} items")
    first, second = np.nonzero(np.triu(np.abs(r) > 1 - SINGULAR, 1))
    if len(first):
        pair = [first[0], second[0]]
        raise Finding("collinear_items", f"items {pair[0] + 1} and {pair[1] + 1} correlate 1", pair)


def degrees_of_freedom(k: int, n_factors: int) -> int:
    """Return how many correlations more there are than free parameters."""
    return ((k - n_factors) ** 2 - (k + n_factors)) // 2


def squared_multiple_correlations(r: np.ndarray) -> np.ndarray:
    """Return each item's R^2 from the others, (k,); collinear_items where r cannot be inverted."""
    require_positive_definite(r)
    return 1 - 1 / np.diag(np.linalg.inv(r))


def require_positive_definite(r: np.ndarray) -> None:
    """Raise collinear_items where an item follows from others, or pairs do not go together."""
    if np.linalg.eigvalsh(r)[0] < SINGULAR:
        raise Finding("collinear_items", "the correlation matrix is not positive definite")


Criterion = Callable[[np.ndarray, np.ndarray, int], "Place"]
Loadings = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Place:
    """A criterion at given uniquenesses: value, and slope (k,) and curve (k, k) to their logarithms."""

    value: float
    slope: np.ndarray
    curve: np.ndarray


def _minimise(
    r: np.ndarray, n_factors: int, criterion: Criterion, loadings: Loadings
) -> tuple[np.ndarray, np.ndarray]:
    """Return loadings and uniquenesses at the least criterion, by Newton's steps inside the bounds."""
    lowest = np.log(LEAST_UNIQUE)
    at = np.log(np.clip(_first_uniquenesses(r), LEAST_UNIQUE, 1))
    here = criterion(r, np.exp(at), n_factors)
    for _ in range(MOST_STEPS):
        held = ((at <= lowest) & (here.slope > 0)) | ((at >= 0) & (here.slope < 0))
        steepness = np.abs(here.slope[~held]).max(initial=0.0)
        step = _newton_step(here, ~held)
        size = 1.0
        there = here
        while size > STEADY:
            tried = np.clip(at + size * step, lowest, 0)
            there = criterion(r, np.exp(tried), n_factors)
            if there.value < here.value:
                break
            size /= 2
        if steepness < FLAT or (there.value >= here.value and steepness < NEARLY_FLAT):
            return loadings(r, np.exp(at), n_factors), np.exp(at)
        if there.value >= here.value:
            break
        at, here = tried, there
    raise Finding("not_converged", f"no minimum was found for {n_factors} factors")


def _newton_step(here: Place, free: np.ndarray) -> np.ndarray:
    """Return the step of the free uniquenesses; where the curve bends down, it is taken as bending up."""
    values, vectors = np.linalg.eigh(here.curve[np.ix_(free, free)])
    size = np.maximum(np.abs(values), NEARLY_FLAT)
    step = np.zeros(len(free))
    step[free] = -vectors @ ((vectors.T @ here.slope[free]) / size)
    return step


def _first_uniquenesses(r: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(1 - squared_multiple_correlations(r))
    except Finding:
        return np.full(len(r), 0.5)


def _largest_first(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(matrix)
    return values[::-1], vectors[:, ::-1]


def _minres(r: np.ndarray, unique: np.ndarray, n_factors: int) -> Place:
    """Half the sum of squared residuals, with Joreskog's (1977) derivatives."""
    values, vectors = _largest_first(r - np.diag(unique))
    left = (np.arange(len(r)) >= n_factors) | (values <= 0)
    kept = np.where(left, values, 0.0)
    slope = -unique * (vectors**2 @ kept)
    share = 2 * kept[:, None] / _apart(values)
    weight = np.where(left[:, None] & left[None, :], 1.0, np.where(left[:, None] & ~left, share, 0))
    curve = np.outer(unique, unique) * _curve(vectors, weight) + np.diag(slope)
    return Place(float(kept @ kept) / 2, slope, curve)


def _apart(values: np.ndarray) -> np.ndarray:
    """Return how far eigenvalues lie apart, (k, k); infinitely far where they coincide."""
    difference = values[:, None] - values[None, :]
    return np.where(np.abs(difference) > ROUNDING, difference, np.inf)


def _curve(vectors: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the sum over pairs of eigenvectors of weight times (v_j * v_l)(v_j * v_l)', (k, k)."""
    products = (vectors[:, :, None] * vectors[:, None, :]).reshape(len(vectors), -1)
    return np.asarray((products * weight.ravel()) @ products.T)


def _minres_loadings(r: np.ndarray, unique: np.ndarray, n_factors: int) -> np.ndarray:
    values, vectors = _largest_first(r - np.diag(unique))
    return np.asarray(vectors[:, :n_factors] * np.sqrt(np.maximum(values[:n_factors], 0)))


def _likelihood(r: np.ndarray, unique: np.ndarray, n_factors: int) -> Place:
    """The discrepancy of maximum likelihood, with Joreskog's (1977) derivatives."""
    scale = 1 / np.sqrt(unique)
    values, vectors = _largest_first(r * np.outer(scale, scale))
    values = np.maximum(values, ROUNDING)
    left = np.arange(len(r)) >= n_factors
    kept, both = np.where(left, values - 1, 0.0), values[:, None] + values[None, :]
    share = kept[:, None] * both / _apart(values)
    weight = np.where(left[:, None] & left, both / 2, np.where(left[:, None] & ~left, share, 0))
    value = float((kept - np.log1p(kept)).sum())
    return Place(value, -(vectors**2) @ kept, _curve(vectors, weight))


def _likelihood_loadings(r: np.ndarray, unique: np.ndarray, n_factors: int) -> np.ndarray:
    scale = 1 / np.sqrt(unique)
    values, vectors = _largest_first(r * np.outer(scale, scale))
    size = np.sqrt(np.maximum(values[:n_factors] - 1, 0))
    return np.asarray(vectors[:, :n_factors] * size / scale[:, None])


CRITERIA: dict[str, tuple[Criterion, Loadings]] = {
    "minres": (_minres, _minres_loadings),
    "ml": (_likelihood, _likelihood_loadings),
}


def _principal_axis(r: np.ndarray, n_factors: int) -> tuple[np.ndarray, np.ndarray]:
    communality = 1 - _first_uniquenesses(r)
    for _ in range(MOST_STEPS):
        loadings = _minres_loadings(r, 1 - communality, n_factors)
        found = np.minimum((loadings**2).sum(axis=1), 1 - LEAST_UNIQUE)
        moved = np.abs(found - communality).max()
        communality = found
        if moved < STEADY:
            return loadings, 1 - communality
    raise Finding("not_converged", f"communalities of {n_factors} factors do not settle")
