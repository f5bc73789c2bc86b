"""Surfaces of organisations drawn again, from sums per organisation."""

from __future__ import annotations

import numpy as np

from pipeline.gaps.surface import TERMS, SurfaceData, surface_parameters

AT_ONCE = 250
RIDGE = 1e-12
"""A control that nobody of a draw has, or that tells organisations apart which were not drawn, takes any
coefficient: this takes the smallest. It moves the surface by less than 1e-9 of itself."""
BEYOND = 1e6


def draw_organisations(groups: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each organisation is in each draw of as many with replacement, (draws, groups)."""
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=draws)


def redrawn_surfaces(data: SurfaceData, times: np.ndarray) -> np.ndarray:
    """Return the parameters (B, 16) of the surface where each organisation is there (B, G) `times`.

    NaN where a parameter has no value, or a draw leaves the surface itself without one. Controls are fitted
    anew in every draw. R: `boot::boot` over organisations with `lm`.
    """
    unit = np.sqrt((data.design**2).mean(axis=0) * len(data.outcome))
    squares, products = _sums(data, unit)
    p = len(unit)
    loose = RIDGE * np.diag((np.arange(p) >= TERMS).astype(float))
    found = np.empty((len(times), TERMS))
    for start in range(0, len(times), AT_ONCE):
        some = times[start : start + AT_ONCE].astype(float)
        left = (some @ squares).reshape(-1, p, p) + loose
        found[start : start + AT_ONCE] = _solved(left, some @ products)[:, :TERMS]
    there: np.ndarray = np.all(np.abs(found) < BEYOND, axis=1)
    return surface_parameters(np.where(there[:, None], found / unit[:TERMS], np.nan))


def percentiles(drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return low and high percentiles of (B, 16) draws, and how many have a value, (16,) each."""
    counts = np.isfinite(drawn).sum(axis=0)
    enough = counts >= 2
    filled = np.where(enough, drawn, 0)
    low, high = np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan), counts


def _sums(data: SurfaceData, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return X'X (G, p^2) and X'y (G, p) of every organisation."""
    order = np.argsort(data.clusters, kind="stable")
    ends = np.cumsum(np.bincount(data.clusters))[:-1]
    x, y = (data.design / unit)[order], data.outcome[order]
    pairs = list(zip(np.split(x, ends), np.split(y, ends), strict=True))
    return np.array([(a.T @ a).ravel() for a, _ in pairs]), np.array([a.T @ b for a, b in pairs])


def _solved(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the solutions (B, p); NaN for a system without one."""
    try:
        return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.array([_one(a, b) for a, b in zip(left, right, strict=True)])


def _one(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(np.linalg.solve(left, right))
    except np.linalg.LinAlgError:
        return np.full(len(right), np.nan)
