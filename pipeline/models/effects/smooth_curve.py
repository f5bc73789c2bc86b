"""A smooth curve of counts by one quantity, beside others that enter as lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding

MOST_KNOTS = 10
MOST_STEPS = 200


@dataclass(frozen=True)
class Curve:
    """The curve at the distinct values of the quantity, others at their means, on the log scale.

    Attributes
    ----------
    at : (u,) the values. height, std_error : (u,). edf : effective degrees of freedom of the whole model.
    """

    at: np.ndarray
    height: np.ndarray
    std_error: np.ndarray
    edf: float


def smooth_counts(
    outcome: np.ndarray, quantity: np.ndarray, others: np.ndarray, theta: float
) -> Curve:
    """Return the penalised regression spline of negative binomial counts with a given size.

    Parameters
    ----------
    outcome : (n,) whole numbers from 0. quantity : (n,), four different values or more. others : (n, k),
        no intercept. theta : the size, inf for Poisson. No missing values, unweighted.

    Returns
    -------
    A cubic regression spline with a knot at each distinct value, or at ten quantiles of them, whose
    smoothness has the least UBRE score (the scale is known). Errors are Bayesian.

    Raises
    ------
    Finding : too_few_values; not_converged.

    Notes
    -----
    Wood (2017), sections 5.3.1 and 6.2. R: `mgcv::gam(y ~ z + s(x, bs = "cr", k = min(10, distinct)),
    family = negbin(theta))`.
    """
    from scipy.interpolate import CubicSpline
    from scipy.optimize import minimize_scalar

    values = np.unique(quantity)
    if len(values) < 4:
        raise Finding("too_few_values", f"{len(values)} different values make no curve")
    knots = np.quantile(values, np.linspace(0, 1, min(MOST_KNOTS, len(values))))
    basis = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    lines = others - others.mean(axis=0)
    design = np.column_stack([lines, basis(quantity)])
    penalty = np.zeros((design.shape[1],) * 2)
    penalty[lines.shape[1] :, lines.shape[1] :] = _roughness(basis, knots)
    penalty *= np.trace(design.T @ design) / np.trace(penalty)
    problem = _Penalised(outcome.astype(float), design, penalty, theta)
    best = minimize_scalar(
        lambda log: problem.fit(log).ubre,
        bounds=(-18, 12),
        method="bounded",
        options={"xatol": 1e-6},
    )
    fit = problem.fit(float(best.x))
    rows = np.column_stack([np.zeros((len(values), lines.shape[1])), basis(values)])
    variance = np.einsum("ij,jk,ik->i", rows, fit.covariance, rows)
    return Curve(values, rows @ fit.vector, np.sqrt(variance), fit.edf)


def _roughness(basis, knots: np.ndarray) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Return the integral of products of second derivatives, which are lines between knots."""
    second = basis(knots, 2)
    gaps = np.diff(knots)
    left, right = second[:-1], second[1:]
    both = np.einsum("g,gi,gj->ij", gaps / 6, left, right)
    ends = sum(np.einsum("g,gi,gj->ij", gaps / 3, each, each) for each in (left, right))
    return ends + both + both.T


@dataclass(frozen=True)
class _Fit:
    vector: np.ndarray
    covariance: np.ndarray
    edf: float
    ubre: float


@dataclass(frozen=True)
class _Penalised:
    y: np.ndarray
    design: np.ndarray
    penalty: np.ndarray
    theta: float

    def fit(self, log_smoothness: float) -> _Fit:
        """Return the penalised maximum for one smoothness, by scoring with halved steps."""
        penalty = np.exp(log_smoothness) * self.penalty
        vector = np.linalg.lstsq(self.design, np.log(self.y + 0.5), rcond=None)[0]
        loss = self._loss(vector, penalty)
        for _ in range(MOST_STEPS):
            information, slope = self._information(vector), self._slope(vector)
            step = np.linalg.solve(information + penalty, slope - penalty @ vector)
            for halving in 0.5 ** np.arange(20):
                there = self._loss(vector + halving * step, penalty)
                if there <= loss:
                    break
            else:
                break
            vector, settled, loss = vector + halving * step, loss - there < 1e-12, there
            if settled:
                break
        else:
            raise Finding("not_converged", "no smooth curve was found")
        return self._of(vector, penalty)

    def _of(self, vector: np.ndarray, penalty: np.ndarray) -> _Fit:
        covariance = np.linalg.inv(self._information(vector) + penalty)
        edf = float(np.trace(covariance @ self._information(vector)))
        n = len(self.y)
        return _Fit(vector, covariance, edf, self._deviance(vector) / n + 2 * edf / n - 1)

    def _loss(self, vector: np.ndarray, penalty: np.ndarray) -> float:
        return self._deviance(vector) + float(vector @ penalty @ vector)

    def _deviance(self, vector: np.ndarray) -> float:
        mean = np.exp(np.minimum(self.design @ vector, 100))
        y = self.y
        own = y * np.log(np.maximum(y, 1) / mean)
        if np.isinf(self.theta):
            return float(2 * (own - (y - mean)).sum())
        return float(
            2 * (own - (y + self.theta) * np.log((y + self.theta) / (mean + self.theta))).sum()
        )

    def _slope(self, vector: np.ndarray) -> np.ndarray:
        mean = np.exp(self.design @ vector)
        return ((self.y - mean) / (1 + mean / self.theta)) @ self.design

    def _information(self, vector: np.ndarray) -> np.ndarray:
        mean = np.exp(self.design @ vector)
        return (self.design * (mean / (1 + mean / self.theta))[:, None]).T @ self.design
