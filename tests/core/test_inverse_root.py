"""The root of a diagonal less a matrix of low rank.

Tolerance: 1e-9 relative to the largest value, against an eigendecomposition.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.inverse_root import inverse_root_times


def by_eigenvalues(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    values, directions = np.linalg.eigh(matrix)
    there = values > 1e-10 * values.max()
    half = np.where(there, np.where(there, values, 1) ** -0.5, 0)
    return np.asarray(directions * half @ directions.T @ vectors)


def projection(diagonal: np.ndarray, columns: np.ndarray, share: float) -> np.ndarray:
    """Return K so that D - N K N' is D^(1/2) (I - share P) D^(1/2), P the projection on N."""
    return share * np.linalg.inv(columns.T @ (columns / diagonal[:, None]))


@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.999, 1.0]), st.integers(1, 4))
def test_it_equals_the_eigendecomposition(seed: int, share: float, q: int) -> None:
    rng = np.random.default_rng(seed)
    d, n, v = rng.uniform(0.1, 9, 12), rng.normal(size=(12, q)), rng.normal(size=(12, 3))
    k = projection(d, n, share)
    expected = by_eigenvalues(np.diag(d) - n @ k @ n.T, v)
    found = inverse_root_times(d, n, k, v)
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("spread", [1.0, 1e4, 1e8])
def test_a_diagonal_gives_its_own_root(spread: float) -> None:
    d = np.geomspace(1, spread, 9)
    found = inverse_root_times(d, np.zeros((9, 1)), np.eye(1), np.eye(9))
    np.testing.assert_allclose(found, np.diag(d**-0.5), rtol=1e-9, atol=1e-12)
