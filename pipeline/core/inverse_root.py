"""The inverse square root of a diagonal matrix less one of low rank, applied to vectors.

The n by n matrix is never formed: its root is a sum of shifted inverses, and each of these is a diagonal
with a correction of low rank.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SINGULAR = 1e-10
NODES = 40


def inverse_root_times(
    diagonal: np.ndarray, columns: np.ndarray, inner: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """Return (D - N K N')^(+1/2) v, the symmetric root of the Moore-Penrose inverse, (n, m).

    Parameters
    ----------
    diagonal : (n,) positive, of D. columns : N, (n, q). inner : K, (q, q) symmetric and invertible, so
        that D - N K N' has no negative eigenvalue. vectors : v, (n, m).

    Notes
    -----
    B^(-1/2) = sum_j c_j (B + t_j)^-1 with the nodes of Hale, Higham & Trefethen (2008, method 3), exact to
    rounding for condition numbers up to 1e10. What spans the null space is put in as an eigenvector of its
    own and projected out of v. Agrees with an eigendecomposition (tests).
    """
    half = np.sqrt(diagonal)[:, None]
    orthonormal, triangle = np.linalg.qr(columns / half)
    values, directions = np.linalg.eigh(triangle @ inner @ triangle.T)
    left = 1 - values
    empty = left <= SINGULAR
    null = np.linalg.qr(orthonormal @ directions[:, empty] / half)[0]
    lowest = diagonal.min() * min(left[~empty].min(initial=1.0), 1.0)
    highest = diagonal.max() * max(left.max(initial=1.0), 1.0)
    wide = np.column_stack([columns, null])
    correction = _corrected(inner, null.shape[1], np.sqrt(lowest * highest))
    rest = vectors - null @ (null.T @ vectors)
    total = np.zeros_like(rest)
    for factor, shift in _nodes(lowest, highest):
        scaled = wide / (diagonal + shift)[:, None]
        plain = rest / (diagonal + shift)[:, None]
        total += factor * (
            plain - scaled @ np.linalg.solve(correction + wide.T @ scaled, scaled.T @ rest)
        )
    return total


def _corrected(inner: np.ndarray, extra: int, eigenvalue: float) -> np.ndarray:
    """Return the inverse of what stands between the columns: -K, and the null space's eigenvalue."""
    q = len(inner)
    both = np.zeros((q + extra, q + extra))
    both[:q, :q] = -np.linalg.inv(inner)
    both[range(q, q + extra), range(q, q + extra)] = 1 / eigenvalue
    return both


def _nodes(lowest: float, highest: float) -> Iterator[tuple[float, float]]:
    """Yield weights and shifts of the sum for a matrix with eigenvalues between these two."""
    from scipy.special import ellipj, ellipkm1

    modulus = min(lowest / highest, 1 - 1e-12)
    period = float(ellipkm1(modulus))
    at = (np.arange(NODES) + 0.5) * period / NODES
    sn, cn, dn, _ = ellipj(at, 1 - modulus)
    weights = 2 * period * np.sqrt(lowest) / (np.pi * NODES) * dn / cn**2
    return zip(weights.tolist(), (lowest * (sn / cn) ** 2).tolist(), strict=True)
