"""The normal likelihood by patterns of answered items: value, gradient, information, scores.

With complete answers there is one pattern. All are sums over people, not means. Notation of one pattern:
P = inverse of the covariance of what was observed, padded with 0; T = covariance about the model's
means; Q = P T P; d = observed means minus the model's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.moments import Slopes
from pipeline.scales.factors.sample import GroupSample

CHUNK = 64
"""Patterns whose cross-products are held in memory at once."""


@dataclass(frozen=True)
class Patterns:
    """The likelihood of one group at given moments.

    Attributes
    ----------
    minus_log : -2 log-likelihood without its constant. counts : (R,) people.
    inverse : (R, p, p) P. about : (R, p, p) T. deviation : (R, p) d; 0 where means are not modelled.
    """

    minus_log: float
    counts: np.ndarray
    inverse: np.ndarray
    about: np.ndarray
    deviation: np.ndarray

    def gradient_of_moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return d(-log L) = tr(gradient d covariance) + gradient' d mean: (p, p) and (p,)."""
        weighted = self.inverse * self.counts[:, None, None]
        pull = (weighted @ self.about @ self.inverse).sum(axis=0)
        mean = np.einsum("rij,rj->i", weighted, self.deviation)
        return 0.5 * (weighted.sum(axis=0) - pull), -mean


def at_moments(
    sample: GroupSample, covariance: np.ndarray, mean: np.ndarray | None
) -> Patterns | None:
    """Return the likelihood at moments; None where the covariance is not positive definite.

    `mean` is None where means are not modelled (complete answers only).
    """
    seen = sample.observed
    both = seen[:, :, None] & seen[:, None, :]
    padded = np.where(both, covariance, np.eye(len(covariance)))
    try:
        root = np.linalg.cholesky(padded)
    except np.linalg.LinAlgError:
        return None
    log_det = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    inverse = np.where(both, np.linalg.inv(padded), 0.0)
    deviation = np.zeros(seen.shape) if mean is None else np.where(seen, sample.means - mean, 0.0)
    about = sample.covariances + deviation[:, :, None] * deviation[:, None, :]
    trace = np.einsum("rij,rij->r", inverse, about)
    minus_log = float(sample.counts @ (log_det + trace))
    return Patterns(minus_log, sample.counts, inverse, about, deviation)


def constant(sample: GroupSample) -> float:
    """Return what -2 log-likelihood leaves out: log(2 pi) for every answer."""
    return float(np.log(2 * np.pi) * (sample.counts @ sample.observed.sum(axis=1)))


def gradient(at: Patterns, by: Slopes) -> np.ndarray:
    """Return the derivative of -log L by cell, (cells,)."""
    covariance, mean = at.gradient_of_moments()
    return 2 * np.einsum("ic,ic->c", by.left, covariance @ by.right) + mean @ by.mean


def expected_information(at: Patterns, by: Slopes) -> np.ndarray:
    """Return the expected information, (cells, cells), given who answered which item."""
    total = np.zeros(2 * [by.left.shape[1]])
    for part in _chunks(len(at.counts)):
        inverse, n = at.inverse[part], at.counts[part, None, None]
        right, mean = inverse @ by.right, inverse @ by.mean
        crossed = by.left.T @ right
        total += (n * crossed.transpose(0, 2, 1) * crossed).sum(axis=0)
        total += (n * (by.right.T @ right) * (by.left.T @ (inverse @ by.left))).sum(axis=0)
        total += (n * (by.mean.T @ mean)).sum(axis=0)
    return total


def observed_information(at: Patterns, by: Slopes) -> np.ndarray:
    """Return the observed information, (cells, cells), but for the moments' second derivatives."""
    total = np.zeros(2 * [by.left.shape[1]])
    for part in _chunks(len(at.counts)):
        inverse, n = at.inverse[part], at.counts[part, None, None]
        pull = 2 * inverse @ at.about[part] @ inverse - inverse
        lr, ll, rr = (_cross(*pair, inverse) for pair in _pairs(by))
        lr_pull, ll_pull, rr_pull = (_cross(*pair, pull) for pair in _pairs(by))
        both = rr * ll_pull + ll * rr_pull
        both += lr.transpose(0, 2, 1) * lr_pull + lr * lr_pull.transpose(0, 2, 1)
        total += (0.5 * n * both).sum(axis=0)
        towards = (inverse @ at.deviation[part][..., None])[..., 0]
        along_left, along_right = towards @ by.left, towards @ by.right
        mean_by = inverse @ by.mean
        mixed = (mean_by.transpose(0, 2, 1) @ by.left) * along_right[:, None, :]
        mixed += (mean_by.transpose(0, 2, 1) @ by.right) * along_left[:, None, :]
        mixed = (n * mixed).sum(axis=0)
        total += mixed + mixed.T + (n * (by.mean.T @ mean_by)).sum(axis=0)
    return total


def scores(sample: GroupSample, at: Patterns, by: Slopes) -> np.ndarray:
    """Return each person's derivative of +log L by cell, (n, cells)."""
    mean = np.repeat(sample.means - at.deviation, sample.counts, axis=0)
    off = np.where(np.isnan(sample.values), 0.0, sample.values - mean)
    parts = np.split(off, np.cumsum(sample.counts)[:-1])
    towards = np.concatenate(
        [part @ inverse for part, inverse in zip(parts, at.inverse, strict=True)]
    )
    level = np.array([(by.left * (inverse @ by.right)).sum(axis=0) for inverse in at.inverse])
    return (towards @ by.left) * (towards @ by.right) - level[sample.pattern] + towards @ by.mean


def _pairs(by: Slopes) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return (by.left, by.right), (by.left, by.left), (by.right, by.right)


def _cross(a: np.ndarray, b: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return a.T @ (middle @ b)


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]
