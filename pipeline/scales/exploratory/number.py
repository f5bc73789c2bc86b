"""How many factors: parallel analysis, minimum average partial, very simple structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.complete import complete_rows, pearson
from pipeline.scales.exploratory.extract import (
    check_correlations,
    degrees_of_freedom,
    extract,
)
from pipeline.scales.exploratory.rotate import rotate


@dataclass(frozen=True)
class ParallelAnalysis:
    """Eigenvalues of the answers beside those of answers that have nothing in common; arrays (k,).

    Attributes
    ----------
    components, factors : of the correlations, and of the correlations with the communalities of one factor
        on the diagonal. chance_components, chance_factors : the quantile over random draws.
    n_components, n_factors : how many of the first exceed chance.
    """

    components: np.ndarray
    factors: np.ndarray
    chance_components: np.ndarray
    chance_factors: np.ndarray
    n_components: int
    n_factors: int


def parallel_analysis(
    items: np.ndarray,
    rng: np.random.Generator,
    *,
    correlate: Callable[[np.ndarray], np.ndarray] = pearson,
    draws: int = 200,
    quantile: float = 0.95,
) -> ParallelAnalysis:
    """Compare eigenvalues with those of the same answers, shuffled within each item.

    Parameters
    ----------
    items : (n, k) answers; complete rows are used, unweighted. correlate : gives (k, k) correlations of
        them, for example `lambda x: polychoric(x).correlations`. draws, quantile : of chance eigenvalues.

    Raises
    ------
    Finding : as `complete_rows` and `extract`; too_few_people (n <= k).

    Notes
    -----
    Horn (1965); shuffling keeps each item's distribution (Buja & Eyuboglu 1992); the upper quantile rather
    than the mean, Glorfeld (1995). R: `psych::fa.parallel(x, fm = "minres", quant = .95)`, whose resampling
    draws with replacement: alike within Monte-Carlo error.
    """
    x = complete_rows(items)
    if len(x) <= x.shape[1]:
        raise Finding("too_few_people", f"{len(x)} people are too few for {x.shape[1]} items")
    components, factors = _eigenvalues(correlate(x))
    drawn = [_eigenvalues(correlate(rng.permuted(x, axis=0))) for _ in range(draws)]
    chance_components, chance_factors = np.quantile(np.array(drawn), quantile, axis=0)
    return ParallelAnalysis(
        components,
        factors,
        chance_components,
        chance_factors,
        _how_many_first(components > chance_components),
        _how_many_first(factors > chance_factors),
    )


@dataclass(frozen=True)
class ParallelComponents:
    """Eigenvalues of correlations, those of shuffled answers, and how many first exceed them; (k,)."""

    n: int
    components: np.ndarray
    chance: np.ndarray
    suggested: int


def parallel_components(
    items: np.ndarray, rng: np.random.Generator, *, draws: int = 100, quantile: float = 0.95
) -> ParallelComponents:
    """Compare the components of Pearson correlations with chance: `parallel_analysis` without factors.

    Arguments, findings and sources as there; some ten times faster.
    """
    x = complete_rows(items)
    if len(x) <= x.shape[1]:
        raise Finding("too_few_people", f"{len(x)} people are too few for {x.shape[1]} items")
    components = np.linalg.eigvalsh(np.corrcoef(x, rowvar=False))[::-1]
    standard = (x - x.mean(axis=0)) / x.std(axis=0) / np.sqrt(len(x))
    shuffled = (rng.permuted(standard, axis=0) for _ in range(draws))
    drawn = np.linalg.eigvalsh(np.array([each.T @ each for each in shuffled]))[:, ::-1]
    chance = np.quantile(drawn, quantile, axis=0)
    return ParallelComponents(len(x), components, chance, _how_many_first(components > chance))


def _eigenvalues(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues of r, and of r with the communalities of one factor, largest first."""
    loadings = extract(r, 1, "minres").loadings
    reduced = r.copy()
    np.fill_diagonal(reduced, (loadings**2).sum(axis=1))
    return np.linalg.eigvalsh(r)[::-1], np.linalg.eigvalsh(reduced)[::-1]


def _how_many_first(larger: np.ndarray) -> int:
    return len(larger) if larger.all() else int(np.argmin(larger))


def average_partials(r: np.ndarray) -> np.ndarray:
    """Return the average squared partial correlation after 0, 1, .. k - 1 components, (k,).

    Velicer's (1976) minimum average partial: as many factors as the position of the smallest. NaN where
    nothing but rounding is left. R: `psych::vss(r)$map`, which begins at 1 component.
    """
    check_correlations(r, 1)
    k = len(r)
    values, vectors = np.linalg.eigh(r)
    components = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    averages = np.full(k, np.nan)
    for m in range(k):
        left = r - components[:, :m] @ components[:, :m].T
        spread = np.diag(left)
        if (spread <= 0).any():
            break
        partial = left / np.sqrt(np.outer(spread, spread))
        averages[m] = ((partial**2).sum() - k) / (k * (k - 1))
    return averages


@dataclass(frozen=True)
class SimpleStructure:
    """Very simple structure fit of 1, 2, .. factors, each (factors,), for the complexities 1 and 2."""

    complexity_1: np.ndarray
    complexity_2: np.ndarray


def very_simple_structure(r: np.ndarray, most: int) -> SimpleStructure:
    """Return how well the largest one and two loadings of each item reproduce the correlations.

    1 - sum of squared residuals / sum of squared correlations, with the diagonal, of minres factors rotated
    by varimax, for 1 to `most` factors, as far as these are identified. Revelle & Rocklin (1979). R:
    `psych::vss(r, n = most, fm = "minres", rotate = "varimax")$cfit.1`, `$cfit.2`.
    """
    check_correlations(r, 1)
    identified = [m for m in range(1, most + 1) if degrees_of_freedom(len(r), m) >= 0]
    fits = np.empty((len(identified), 2))
    for m in identified:
        loadings = rotate(extract(r, m, "minres").loadings, "varimax").loadings
        for complexity in (1, 2):
            simple = _largest(loadings, complexity)
            fits[m - 1, complexity - 1] = 1 - ((r - simple @ simple.T) ** 2).sum() / (r**2).sum()
    return SimpleStructure(fits[:, 0], fits[:, 1])


def _largest(loadings: np.ndarray, complexity: int) -> np.ndarray:
    """Return the loadings with all but the largest of each item set to 0."""
    rank = np.argsort(np.argsort(-np.abs(loadings), axis=1, kind="stable"), axis=1)
    return np.where(rank < complexity, loadings, 0.0)
