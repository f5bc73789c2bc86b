"""The model without restrictions: means and covariances as they are, by EM where answers are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.factors.likelihood import Patterns, at_moments, constant
from pipeline.scales.factors.moments import Slopes
from pipeline.scales.factors.sample import GroupSample, Sample, check_collinear, in_group

EM_CLOSE = 1e-9
"""Largest change of a moment, in standard deviations, at which EM stops."""
EM_STEPS = 2000


@dataclass(frozen=True)
class Saturated:
    """Moments without restrictions: (G, p, p) `covariance` and (G, p) `mean`, divisor n.

    `patterns` is the likelihood at them by group, `log_likelihood` that of all groups.
    """

    covariance: np.ndarray
    mean: np.ndarray
    patterns: tuple[Patterns, ...]
    log_likelihood: float


def saturated(sample: Sample) -> Saturated:
    """Return the maximum likelihood moments of each group (missing at random).

    R: `lavInspect(fit, "h1")`; lavaan stops its EM earlier (`em.h1.tol`).
    """
    found = [_moments(group) for group in sample.groups]
    covariance, mean = (np.array(each) for each in zip(*found, strict=True))
    patterns = []
    for name, group, s, m in zip(sample.names, sample.groups, covariance, mean, strict=True):
        sd = np.sqrt(np.diag(s))
        check_collinear(s / sd / sd[:, None], sample.items, in_group(name))
        patterns.append(_at(group, s, m))
    minus_two = sum(
        at.minus_log + constant(group) for at, group in zip(patterns, sample.groups, strict=True)
    )
    return Saturated(covariance, mean, tuple(patterns), -0.5 * minus_two)


def _moments(group: GroupSample) -> tuple[np.ndarray, np.ndarray]:
    if group.complete:
        return group.covariances[0], group.means[0]
    mean, sd = np.nanmean(group.values, axis=0), np.nanstd(group.values, axis=0)
    covariance = np.diag(sd**2)
    share = group.counts / group.n
    for _ in range(EM_STEPS):
        new_covariance, new_mean = _em_step(group, share, covariance, mean)
        moved = np.abs(new_covariance - covariance) / sd / sd[:, None]
        change = max(moved.max(), (np.abs(new_mean - mean) / sd).max())
        covariance, mean = new_covariance, new_mean
        if change < EM_CLOSE:
            return covariance, mean
    text = "too much is missing: means and covariances of the answers cannot be estimated"
    raise Finding("not_converged", text)


def _em_step(
    group: GroupSample, share: np.ndarray, covariance: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return new moments: those expected of the whole rows, given what was observed of them."""
    at = _at(group, covariance, mean)
    regress = covariance @ at.inverse
    expected = mean + (regress @ at.deviation[..., None])[..., 0]
    new_mean = share @ expected
    off = expected - new_mean
    within = regress @ group.covariances @ regress.transpose(0, 2, 1)
    unknown = covariance - regress @ covariance
    new = np.einsum("r,rij->ij", share, within + unknown) + (off.T * share) @ off
    return (new + new.T) / 2, new_mean


def _at(group: GroupSample, covariance: np.ndarray, mean: np.ndarray) -> Patterns:
    at = at_moments(group, covariance, mean)
    if at is None:
        raise Finding("collinear_items", "some items follow exactly from others")
    return at


def free_moments(p: int) -> Slopes:
    """Return the slopes of p means, then the lower triangle row by row, as parameters of their own."""
    i, j = np.tril_indices(p)
    unit, none = np.eye(p), np.zeros((p, p))
    right = unit[:, j] * np.where(i == j, 0.5, 1.0)
    return Slopes(
        np.hstack([none, unit[:, i]]),
        np.hstack([none, right]),
        np.hstack([unit, np.zeros((p, len(i)))]),
    )


def moment_information(at: Patterns, observed: bool) -> np.ndarray:
    """Return the information of means, then covariances row by row, (p + p*, p + p*).

    The same as `observed_information(at, free_moments(p))`, or the expected one, made of one
    product of matrices over all patterns.
    """
    p = at.inverse.shape[1]
    pull = 2 * at.inverse @ at.about @ at.inverse - at.inverse if observed else at.inverse
    weighted = (at.inverse * at.counts[:, None, None]).reshape(-1, p * p)
    product = (weighted.T @ pull.reshape(-1, p * p)).reshape(4 * [p])
    i, j = np.tril_indices(p)
    half = np.where(i == j, 0.5, 1.0)
    a, b, c, d = i[:, None], j[:, None], i[None, :], j[None, :]
    both = product[a, c, b, d] + product[a, d, b, c] + product[b, c, a, d] + product[b, d, a, c]
    both *= 0.25 * half[:, None] * half
    found = np.zeros(2 * [p + len(i)])
    found[p:, p:] = both + both.T
    found[:p, :p] = weighted.sum(axis=0).reshape(p, p)
    if observed:
        towards = (at.inverse @ at.deviation[..., None])[..., 0]
        mixed = (weighted.T @ towards).reshape(p, p, p)
        found[:p, p:] = (mixed[:, i, j] + mixed[:, j, i]) * half
        found[p:, :p] = found[:p, p:].T
    return found
