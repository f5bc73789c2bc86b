"""Newton's method on a log likelihood with its observed curvature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

REACHED = 1e-18
"""Squared distance to the optimum, in standard errors, at which it counts as reached."""
STALLED = 1e-10
"""The same, where rounding allows no further rise."""
MOST_STEPS = 100
MOST_DAMPING = 1e10


class Likelihood(Protocol):
    """A log likelihood of a vector of q parameters."""

    def value(self, vector: np.ndarray) -> float:
        """Return the log likelihood; -inf where it is not defined."""
        ...

    def slope(self, vector: np.ndarray) -> np.ndarray:
        """Return the gradient, (q,)."""
        ...

    def curvature(self, vector: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (q, q)."""
        ...


class PersonLikelihood(Likelihood, Protocol):
    """One that is a sum over n people."""

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Return each person's part of the gradient, (n, q)."""
        ...

    def take(self, people: np.ndarray) -> PersonLikelihood:
        """Return the likelihood of some people, (m,) int or (n,) bool."""
        ...

    def reweigh(self, times: np.ndarray) -> PersonLikelihood:
        """Return the likelihood in which each person counts so many times more, (n,)."""
        ...


@dataclass(frozen=True)
class Restricted:
    """A likelihood of free parameters: its vector is origin + basis times them."""

    whole: Likelihood
    origin: np.ndarray
    basis: np.ndarray

    @classmethod
    def by(cls, whole: Likelihood, contrast: np.ndarray, value: float) -> Restricted:
        """Return the likelihood where contrast (q,) times the vector is `value`."""
        basis = np.linalg.svd(contrast[None, :])[2][1:].T
        return cls(whole, contrast * value / (contrast @ contrast), basis)

    def vector(self, free: np.ndarray) -> np.ndarray:
        """Return the whole vector."""
        return self.origin + self.basis @ free

    def value(self, free: np.ndarray) -> float:
        """Return the log likelihood."""
        return self.whole.value(self.vector(free))

    def slope(self, free: np.ndarray) -> np.ndarray:
        """Return the gradient by the free parameters."""
        return self.whole.slope(self.vector(free)) @ self.basis

    def curvature(self, free: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives by the free parameters."""
        return self.basis.T @ self.whole.curvature(self.vector(free)) @ self.basis


@dataclass(frozen=True)
class Optimum:
    """Where a climb ended: the vector (q,), the value there, and whether it is a maximum."""

    vector: np.ndarray
    value: float
    converged: bool


def maximise(likelihood: Likelihood, start: np.ndarray) -> Optimum:
    """Climb from `start`, where the likelihood must be defined, until rounding allows no more.

    Steps are Newton's, damped after Levenberg & Marquardt where they do not rise. Distances are in standard
    errors, so that units do not matter.
    """
    vector, value, damping = start, likelihood.value(start), 0.0
    for _ in range(MOST_STEPS):
        slope, curvature = likelihood.slope(vector), likelihood.curvature(vector)
        whole = solve(curvature, slope)
        distance = float(slope @ whole)
        if 0 <= distance < REACHED:
            return Optimum(vector, value, True)
        while damping < MOST_DAMPING:
            step = whole if damping == 0 else solve(curvature, slope, damping)
            there = likelihood.value(vector + step)
            if there > value:
                break
            if 0 <= distance < STALLED:
                return Optimum(vector + step, value, True)  # what is left is rounding of the value
            damping = max(10 * damping, 1e-4)
        else:
            return Optimum(vector, value, False)
        vector, value, damping = vector + step, there, damping / 100 if damping > 1e-4 else 0.0
    return Optimum(vector, value, False)


def solve(curvature: np.ndarray, slope: np.ndarray, damping: float = 0.0) -> np.ndarray:
    """Return curvature^-1 slope, both scaled by the curvature's diagonal; least squares where singular."""
    size = np.abs(np.diag(curvature))
    scale = 1 / np.sqrt(np.where(size > 0, size, 1.0))
    scaled = curvature * scale[:, None] * scale + damping * np.eye(len(scale))
    try:
        return scale * np.linalg.solve(scaled, scale * slope)
    except np.linalg.LinAlgError:
        return scale * np.linalg.lstsq(scaled, scale * slope, rcond=1e-12)[0]


def determined(curvature: np.ndarray) -> bool:
    """Say whether every parameter has a curvature of its own: none follows from the others."""
    size = np.diag(curvature)
    if size.min() <= 0:
        return False
    scaled = curvature / np.sqrt(size[:, None] * size)
    return bool(np.linalg.eigvalsh(scaled)[0] > 1e-10)


def determined_columns(curvature: np.ndarray) -> np.ndarray:
    """Return which parameters, (q,) bool, are known beside those before them: the others follow from these.

    Gaussian elimination of the curvature, scaled by its diagonal.
    """
    size = np.diag(curvature)
    scale = 1 / np.sqrt(np.where(size > 0, size, 1.0))
    left = curvature * scale[:, None] * scale
    known = np.zeros(len(left), dtype=bool)
    for k in range(len(left)):
        known[k] = left[k, k] > 1e-8
        if known[k]:
            left = left - np.outer(left[:, k], left[k]) / left[k, k]
    return known


def inverse(curvature: np.ndarray) -> np.ndarray:
    """Return the inverse of a positive definite matrix, scaled by its diagonal first."""
    scale = 1 / np.sqrt(np.diag(curvature))
    return np.linalg.inv(curvature * scale[:, None] * scale) * scale[:, None] * scale
