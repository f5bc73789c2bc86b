"""Inverting information matrices, whose parameters have units of their own."""

from __future__ import annotations

import numpy as np

SINGULAR = 1e-11
"""Share of the largest eigenvalue, on a unit diagonal, below which a direction counts as flat."""


def unit_scale(matrix: np.ndarray) -> np.ndarray:
    """Return what turns the diagonal of a symmetric matrix into ones, (q,); 0 where it is not positive."""
    diagonal = np.diag(matrix)
    return np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1)), 0.0)


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a symmetric matrix; flat directions, which have none, are left at 0.

    The rank is told after scaling to a unit diagonal, so that it does not depend on the units.
    """
    scale = unit_scale(matrix)
    scaled = matrix * scale * scale[:, None]
    return np.linalg.pinv(scaled, rcond=SINGULAR, hermitian=True) * scale * scale[:, None]
