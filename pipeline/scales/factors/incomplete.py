"""Robust fit with missing answers: the fit there would be had nothing been missing.

The model, as estimated, is set against the EM moments as if they were complete answers, and that
statistic's mean under the model is worked out with and without normality (Zhang & Savalei 2023;
FIML-C, versions V3 and V6). R: `cfi.robust`, `rmsea.robust` of `cfa(missing = "fiml")`.
"""

from __future__ import annotations

import numpy as np

from pipeline.scales.factors.fit_indices import Measured
from pipeline.scales.factors.inverse import inverse
from pipeline.scales.factors.likelihood import Patterns
from pipeline.scales.factors.maximum_likelihood import Likelihood
from pipeline.scales.factors.robust import SaturatedSpread
from pipeline.scales.factors.saturated import Saturated, moment_information


def completed(
    at: Likelihood, df: int, free: Saturated, spread: SaturatedSpread, robust: bool
) -> Measured:
    """Return the statistic of complete answers with the same moments, and its mean per df.

    `spread` is that of the unrestricted moments; its products of scores are used if `robust`.
    """
    unrestricted = inverse(spread.information)
    by = moment_slopes(at)
    weighted = spread.information @ by
    bread = inverse(by.T @ weighted)
    left = np.eye(len(by)) - weighted @ bread @ by.T
    whole = _complete_information(free)
    if robust:
        gamma = unrestricted @ spread.meat @ unrestricted
        mean = float(((left @ whole @ left.T) * gamma).sum())
    else:
        mean = float(((left @ whole) * unrestricted).sum())
    return Measured(_complete_statistic(at, free), df, mean / df if df else np.nan)


def moment_slopes(at: Likelihood) -> np.ndarray:
    """Return how means, then covariances, of all groups move with the free parameters."""
    rows = []
    for own, by in at.slopes:
        part = np.zeros((len(by.left) * (len(by.left) + 3) // 2, len(at.cells)))
        part[:, own] = np.vstack([by.mean, by.covariance()])
        rows.append(part)
    return np.vstack(rows) @ at.parameters.spread()


def _complete_information(free: Saturated) -> np.ndarray:
    """Return the information of the moments of complete answers, in blocks by group."""
    blocks = []
    for covariance, at in zip(free.covariance, free.patterns, strict=True):
        one = Patterns(
            0.0,
            np.array([at.counts.sum()]),
            np.linalg.inv(covariance)[None],
            covariance[None],
            np.zeros((1, len(covariance))),
        )
        blocks.append(moment_information(one, observed=False))
    size = len(blocks[0])
    whole = np.zeros(2 * [size * len(blocks)])
    for g, block in enumerate(blocks):
        whole[g * size : (g + 1) * size, g * size : (g + 1) * size] = block
    return whole


def _complete_statistic(at: Likelihood, free: Saturated) -> float:
    total = 0.0
    for g, (covariance, mean) in enumerate(zip(free.covariance, free.mean, strict=True)):
        implied = at.implied.covariance[g]
        off = mean - at.implied.mean[g]
        about = np.linalg.solve(implied, covariance + np.outer(off, off))
        log_ratio = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(covariance)[1]
        total += at.sample.groups[g].n * float(log_ratio + np.trace(about) - len(mean))
    return total
