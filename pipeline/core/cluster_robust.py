"""Errors of a least-squares fit that respect organisations, few and unequal as they may be.

CR0 to CR3 with Satterthwaite's degrees of freedom (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018). An
organisation of n_g people is worked on through the p columns of the design: no matrix is n_g by n_g.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

Kind = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]
SINGULAR = 1e-10


class Contrasts(NamedTuple):
    """Errors of m linear combinations of the coefficients: (m,) each; df NaN where nothing varies."""

    std_error: np.ndarray
    df: np.ndarray


@dataclass(frozen=True)
class ClusterRobust:
    """The covariance of p coefficients, and what its degrees of freedom are made of.

    Attributes
    ----------
    covariance : (p, p). groups : organisations G.
    pull : (p, p), brings a contrast to the coordinates in which the design is orthonormal.
    inner : (G, q, p) and weight : (q, q); products : (G, p, p): see `_Reduced`.
    """

    covariance: np.ndarray
    groups: int
    pull: np.ndarray
    inner: np.ndarray
    weight: np.ndarray
    products: np.ndarray

    def contrast(self, combination: np.ndarray) -> Contrasts:
        """Return errors and Satterthwaite's df of combinations of coefficients, (p,) or (m, p).

        df = 2 E(V)^2 / Var(V) of the estimated variance V, were the working covariance true and the
        errors normal. R: `clubSandwich::linear_contrast`, `coef_test(test = "Satterthwaite")`.
        """
        rows = np.atleast_2d(combination)
        variance = np.einsum("mi,ij,mj->m", rows, self.covariance, rows)
        df = np.array([self._df(row) for row in rows])
        return Contrasts(np.sqrt(np.maximum(variance, 0)), df)

    def every(self) -> Contrasts:
        """Return errors and df of each coefficient, (p,)."""
        return self.contrast(np.eye(len(self.covariance)))

    def _df(self, row: np.ndarray) -> float:
        """Return (tr P)^2 / tr(P^2) with P = diag(d) - Z K Z' of G rows, never formed."""
        pulled = self.pull @ row
        z = self.inner @ pulled
        d = np.einsum("i,gij,j->g", pulled, self.products, pulled)
        kz = z @ self.weight
        shared = np.einsum("gq,gq->g", kz, z)
        crossed = self.weight @ (z.T @ z)
        trace = d.sum() - shared.sum()
        squares = d @ d - 2 * d @ shared + np.einsum("ij,ji->", crossed, crossed)
        return float(trace**2 / squares) if squares > 0 else np.nan


def cluster_robust(
    design: np.ndarray,
    residual: np.ndarray,
    clusters: np.ndarray,
    weights: np.ndarray | None = None,
    kind: Kind = "CR2",
    target: np.ndarray | None = None,
) -> ClusterRobust:
    """Return the cluster-robust covariance of a (weighted) least-squares fit.

    Parameters
    ----------
    design : (n, p) of full rank; fixed effects of organisations absorbed first. residual : (n,), at the
        estimate. clusters : (n,) int from 0 without gaps. No missing values.
    weights : (n,) positive, of the fit; None for ordinary least squares.
    kind : CR0, the sandwich; CR1, times G/(G-1); CR1S, times G/(G-1) (n-1)/(n-p) besides; CR2, unbiased if
        the working covariance is true; CR3, close to the jackknife.
    target : (n,) variances of the rows, up to a constant, in the working covariance; None: all equal.
        Rows are first divided by their roots. With weights 1 / target this is least squares on
        W^(1/2) X, which is how a non-linear model's last step enters.

    Returns
    -------
    V = M [sum_g X_g' W_g A_g e_g e_g' A_g W_g X_g] M with M = (X'WX)^-1 and, for CR2, A_g the symmetric
    root of the Moore-Penrose inverse of the covariance that the working model gives the residuals of g.
    R: `clubSandwich::vcovCR(lm(..., weights), cluster, type)`; for weights 1 / target that of the
    `lm` of W^(1/2) y on W^(1/2) X (its `glm` method takes another root, `D'(D V D')^(-1/2) D`).
    """
    x, e, w = design, residual, weights
    if target is not None:
        scale = 1 / np.sqrt(target)
        x, e = x * scale[:, None], e * scale
        w = (np.ones(len(e)) if w is None else w) * target
        w = None if np.ptp(w) < 1e-12 * w.max() else w
    root = x if w is None else x * np.sqrt(w)[:, None]
    triangle = _triangle(root)
    unit = x @ np.linalg.inv(triangle)
    weight = _working(unit, w)
    pieces = [_reduced(rows, weight, kind) for rows in _by_cluster(_columns(unit, e, w), clusters)]
    scores = np.array([piece.score for piece in pieces]) * np.sqrt(_factor(kind, design, clusters))
    inverse = np.linalg.inv(triangle)
    return ClusterRobust(
        covariance=inverse @ (scores.T @ scores) @ inverse.T,
        groups=len(pieces),
        pull=inverse.T,
        inner=np.array([piece.inner for piece in pieces]),
        weight=weight,
        products=np.array([piece.products for piece in pieces]),
    )


def whiten(
    design: np.ndarray, residual: np.ndarray, blocks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows whose plain least squares is that of several weighted rows a person.

    Parameters
    ----------
    design : (n, k, p), residual : (n, k) : z - eta; blocks : (n, k, k), each person's symmetric,
        positive semi-definite working weights W_i.

    Returns
    -------
    W_i^(1/2) X_i as (n k, p) and W_i^(1/2) e_i as (n k,), by the symmetric root; the rows of a person stand
    together.
    """
    values, vectors = np.linalg.eigh(blocks)
    half = np.sqrt(np.maximum(values, 0))[:, None, :] * vectors @ np.swapaxes(vectors, 1, 2)
    rows = (half @ design).reshape(-1, design.shape[2])
    return rows, np.einsum("nij,nj->ni", half, residual).reshape(-1)


class _Reduced(NamedTuple):
    """One organisation, brought to at most q dimensions.

    The vector a_g = A_g W_g X_g M c of a contrast lies in the span of N_g, the (n_g, q) columns that the
    covariance of its residuals, I - N_g K N_g', is made of. With N_g = Q R it is Q C b, b the contrast.
    score : (p,) C' Q' e_g. inner : (q, p), N_g' a_g of every b. products : (p, p), a_g' a_g likewise.
    """

    score: np.ndarray
    inner: np.ndarray
    products: np.ndarray


def _columns(unit: np.ndarray, residual: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return [N, e]: N the design, and the weighted design beside it where weights are not equal."""
    weighted = () if weights is None else (unit * weights[:, None],)
    return np.column_stack([unit, *weighted, residual])


def _working(unit: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return K, (q, q): residuals of equal variances have the covariance I - N K N'."""
    p = unit.shape[1]
    if weights is None:
        return np.eye(p)
    weighted = unit * weights[:, None]
    return np.block([[-weighted.T @ weighted, np.eye(p)], [np.eye(p), np.zeros((p, p))]])


def _by_cluster(rows: np.ndarray, clusters: np.ndarray) -> Iterator[np.ndarray]:
    order = np.argsort(clusters, kind="stable")
    bounds = np.searchsorted(clusters[order], np.arange(int(clusters.max()) + 2))
    sorted_rows = rows[order]
    for start, end in pairwise(bounds):
        yield sorted_rows[start:end]


def _reduced(rows: np.ndarray, weight: np.ndarray, kind: Kind) -> _Reduced:
    q = len(weight)
    triangle = _triangle(rows)[:q]
    n_columns, residual = triangle[:, :q], triangle[:, q]
    p = q if np.array_equal(weight, np.eye(q)) else q // 2
    weighted = n_columns[:, q - p :]
    if kind == "CR2":
        values, vectors = np.linalg.eigh(n_columns @ weight @ n_columns.T)
        root = vectors * _power(1 - values, -0.5) @ vectors.T
        vector = root @ weighted
    elif kind == "CR3":
        values, vectors = np.linalg.eigh(n_columns[:, :p].T @ weighted)
        vector = weighted @ (vectors * _power(1 - values, -1) @ vectors.T)
    else:
        vector = weighted
    return _Reduced(vector.T @ residual, n_columns.T @ vector, vector.T @ vector)


def _triangle(rows: np.ndarray) -> np.ndarray:
    """Return R of rows = Q R."""
    return np.asarray(np.linalg.qr(rows, mode="r"))


def _power(values: np.ndarray, exponent: float) -> np.ndarray:
    """Return values to a negative power; 0 where they are 0 but for rounding (Moore and Penrose)."""
    there = values > SINGULAR
    return np.where(there, np.where(there, values, 1) ** exponent, 0)


def _factor(kind: Kind, design: np.ndarray, clusters: np.ndarray) -> float:
    """Return what the sandwich is multiplied by."""
    n, p = design.shape
    groups = int(clusters.max()) + 1
    if kind not in {"CR1", "CR1S"} or groups < 2:
        return 1.0
    return groups / (groups - 1) * ((n - 1) / (n - p) if kind == "CR1S" else 1)
