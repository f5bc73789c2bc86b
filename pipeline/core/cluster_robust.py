"""Errors of a least-squares fit that respect organisations, few and unequal as they may be.

CR0 to CR3 with Satterthwaite's degrees of freedom (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018). An
organisation of n_g people is worked on through the p columns of the design: no matrix is n_g by n_g.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from pipeline.core.inverse_root import SINGULAR, inverse_root_times

Kind = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]


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
    inner : (G, q, p), weight : (q, q), products : (G, p, p): see `_Piece` and `_Working`.
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
        stated = np.abs(np.diag(self.weight)).max() * (pulled @ pulled)
        return float(trace**2 / squares) if trace > SINGULAR * stated else np.nan


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

    Returns
    -------
    V = M [sum_g X_g' W_g A_g e_g e_g' A_g W_g X_g] M with M = (X'WX)^-1. For CR2 A_g = D_g B_g^(+1/2) D_g
    with D the roots of the target, and B_g^(+1/2) the symmetric root of the Moore-Penrose inverse of
    D_g V_g D_g, V_g the covariance that the working model gives the residuals of g.
    R: `clubSandwich::vcovCR(lm(..., weights), cluster, type)`; for
    `glm`, (d mu / d eta) X and y - mu with weights 1 / Var(y) and Var(y) as the target.

    Notes
    -----
    A non-linear model by W^(1/2) X and W^(1/2) (z - eta), with neither weights nor target, has the root of
    (I - H_g) of these rows: unbiased under the same working covariance as clubSandwich's for `glm`, equal
    for CR0, CR1 and CR3, and not quite for CR2.
    """
    w = np.ones(len(residual)) if weights is None else weights
    phi = np.ones(len(residual)) if target is None else target
    triangle = np.linalg.qr(design * np.sqrt(w)[:, None], mode="r")
    inverse = np.linalg.inv(triangle)
    working = _working(design @ inverse, w, phi)
    factor = _factor(kind, design, clusters)
    pieces = [_piece(working.of(at), residual[at], kind, factor) for at in _members(clusters)]
    scores = np.array([piece.score for piece in pieces])
    return ClusterRobust(
        covariance=inverse @ (scores.T @ scores) @ inverse.T,
        groups=len(pieces),
        pull=inverse.T,
        inner=np.array([piece.inner for piece in pieces]),
        weight=working.inner,
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


class _Piece(NamedTuple):
    """What one organisation adds, by contrast b in the coordinates where the design is orthonormal.

    The estimate of a contrast moves by a_g' e_g with a_g = A_g W_g X_g M c. score : (p,), a_g' e_g. inner :
    (q, p), N_g' a_g. products : (p, p), a_g' Phi_g a_g.
    """

    score: np.ndarray
    inner: np.ndarray
    products: np.ndarray


class _Working(NamedTuple):
    """Rows of a fit whose residuals have the covariance Phi - N K N' if the working model is true.

    columns : N, (n, q). inner : K, (q, q). weighted : W X, (n, p). weights, target : (n,).
    """

    columns: np.ndarray
    inner: np.ndarray
    weighted: np.ndarray
    weights: np.ndarray
    target: np.ndarray

    def of(self, at: np.ndarray) -> _Working:
        """Return the rows of one organisation."""
        columns, inner, weighted, weights, target = self
        return _Working(columns[at], inner, weighted[at], weights[at], target[at])


def _working(unit: np.ndarray, w: np.ndarray, phi: np.ndarray) -> _Working:
    """Return the working model of rows (n, p) whose weighted cross product is the identity."""
    weighted, p = unit * w[:, None], unit.shape[1]
    scale = w * phi
    if np.ptp(scale) <= 1e-12 * scale.max():
        return _Working(unit, scale[0] * np.eye(p), weighted, w, phi)
    moved = unit * scale[:, None]
    inner = np.block([[-weighted.T @ moved, np.eye(p)], [np.eye(p), np.zeros((p, p))]])
    return _Working(np.column_stack([unit, moved]), inner, weighted, w, phi)


def _members(clusters: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(clusters, kind="stable")
    bounds = np.searchsorted(clusters[order], np.arange(int(clusters.max()) + 2))
    return [order[start:end] for start, end in pairwise(bounds)]


def _piece(working: _Working, residual: np.ndarray, kind: Kind, factor: float) -> _Piece:
    if kind == "CR2":
        a = _half(working)
    elif kind == "CR3":
        gram = working.columns[:, : working.weighted.shape[1]].T @ working.weighted
        values, vectors = np.linalg.eigh(gram)
        a = working.weighted @ (vectors * _power(1 - values, -1) @ vectors.T)
    else:
        a = working.weighted * factor
    return _Piece(a.T @ residual, working.columns.T @ a, a.T @ (a * working.target[:, None]))


def _half(working: _Working) -> np.ndarray:
    """Return A W X of CR2, (n, p)."""
    n, k, weighted, _, phi = working
    if np.ptp(phi) > 1e-12 * phi.max():
        root = np.sqrt(phi)[:, None]
        return root * inverse_root_times(phi**2, root * n, k, root * weighted)
    basis, triangle = np.linalg.qr(n)
    values, vectors = np.linalg.eigh(triangle @ k @ triangle.T / phi[0])
    directions = basis @ vectors
    return weighted + directions * (_power(1 - values, -0.5) - 1) @ (directions.T @ weighted)


def _power(values: np.ndarray, exponent: float) -> np.ndarray:
    """Return values to a negative power; 0 where they are 0 but for rounding (Moore and Penrose)."""
    there = values > SINGULAR
    return np.where(there, np.where(there, values, 1) ** exponent, 0)


def _factor(kind: Kind, design: np.ndarray, clusters: np.ndarray) -> float:
    """Return the root of what the sandwich is multiplied by."""
    n, p = design.shape
    groups = int(clusters.max()) + 1
    if kind not in {"CR1", "CR1S"} or groups < 2:
        return 1.0
    return float(np.sqrt(groups / (groups - 1) * ((n - 1) / (n - p) if kind == "CR1S" else 1)))
