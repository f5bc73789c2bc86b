"""Robust indices of ordinal answers: the normal likelihood ratio of their polychoric correlations.

That statistic is not chi-square distributed, as polychoric correlations are no covariances of normal
answers and the estimates are not its optimum; what its mean is under the model can be worked out.
"""

from __future__ import annotations

import numpy as np

from pipeline.scales.factors.fit_indices import NO_INDICES, Indices, Measured, indices
from pipeline.scales.factors.least_squares import LeastSquares, implied_correlation

LEAST_EIGENVALUE = 1e-8


def robust_indices(at: LeastSquares, bread: np.ndarray, df: int, baseline_df: int) -> Indices:
    """Return indices of the normal likelihood ratio of the correlations, corrected for what they are.

    Savalei (2021), who calls them cat-ML; R: `cfi.robust` of a WLSMV fit.
    """
    value = baseline = mean = baseline_mean = 0.0
    left, right = [], []
    for g, (group, by) in enumerate(zip(at.sample.groups, at.free_slopes(), strict=True)):
        implied = implied_correlation(at.implied, g)
        sign, log_det = np.linalg.slogdet(group.correlation)
        sign_implied, log_det_implied = np.linalg.slogdet(implied)
        if (
            min(sign, sign_implied) <= 0
            or np.linalg.eigvalsh(group.correlation)[0] < LEAST_EIGENVALUE
        ):
            return NO_INDICES
        inverse = np.linalg.inv(implied)
        p = len(implied)
        value += group.n * float(
            log_det_implied - log_det + (inverse * group.correlation).sum() - p
        )
        baseline -= group.n * float(log_det)
        left.append(by[group.n_thresholds :])
        right.append(_correlation_information(inverse))
        baseline_mean += float(np.trace(group.correlation_gamma))
    mean = _corrected_mean(at, bread, left, right)
    robust = Measured(value, df, mean / df) if df else Measured(value, df)
    return indices(
        robust,
        Measured(baseline, baseline_df, baseline_mean / baseline_df),
        at.sample.n - len(left),
        len(left),
    )


def _correlation_information(inverse: np.ndarray) -> np.ndarray:
    """Return the normal information of correlations alone, for one person, from their inverse."""
    i, j = np.triu_indices(len(inverse), 1)
    return (
        inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)]
        + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    )


def _corrected_mean(
    at: LeastSquares, bread: np.ndarray, slopes: list[np.ndarray], information: list[np.ndarray]
) -> float:
    """Return tr(M' V M Gamma), with M = I - D (D' W D)^-1 D' W on the correlations of all groups."""
    groups = at.sample.groups
    whole = np.vstack(slopes)
    weight = np.concatenate([g.weight / np.diag(g.correlation_gamma) for g in groups])
    residual = np.eye(len(whole)) - whole @ bread @ (whole * weight[:, None]).T
    gamma, v = np.zeros_like(residual), np.zeros_like(residual)
    first = 0
    for group, own in zip(groups, information, strict=True):
        at_group = slice(first, first + len(own))
        gamma[at_group, at_group] = group.correlation_gamma / group.n
        v[at_group, at_group] = group.n * own
        first += len(own)
    return float(((residual.T @ v @ residual) * gamma).sum())
