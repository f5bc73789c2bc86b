"""How items of different scales correlate, against items of the same scale (HTMT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding

CELLS = 4_000_000
"""Numbers held at once while bootstrapping."""


@dataclass(frozen=True)
class Ratio:
    """HTMT of scales, each array (scales, scales) with 1 on the diagonal.

    `value`; `low` and `high` : its bootstrap interval, of equal tails.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def htmt(
    correlation: np.ndarray, scales: Sequence[np.ndarray], geometric: bool = False
) -> np.ndarray:
    """Return the heterotrait-monotrait ratio of every pair of scales, (..., scales, scales).

    Parameters
    ----------
    correlation : (..., p, p) of items. scales : positions of each scale's items, two or more.
        geometric : geometric means instead of arithmetic ones (HTMT2).

    Notes
    -----
    Mean absolute correlation between the scales over the geometric mean of those within each (Henseler,
    Ringle & Sarstedt 2015; absolute: Roemer, Schuberth & Henseler 2021, whose HTMT2 is geometric). R:
    `semTools::htmt(model, data, htmt2 = geometric)`.
    """
    size = np.abs(correlation)
    size = np.log(size) if geometric else size
    means = np.empty((*size.shape[:-2], len(scales), len(scales)))
    for a, first in enumerate(scales):
        for b, second in enumerate(scales):
            block = size[..., first[:, None], second[None, :]]
            if a == b:
                i, j = np.tril_indices(len(first), -1)
                means[..., a, b] = block[..., i, j].mean(axis=-1)
            else:
                means[..., a, b] = block.mean(axis=(-2, -1))
    means = np.exp(means) if geometric else means
    within = np.diagonal(means, axis1=-2, axis2=-1)
    return means / np.sqrt(within[..., :, None] * within[..., None, :])


def htmt_interval(
    values: np.ndarray,
    scales: Sequence[np.ndarray],
    clusters: np.ndarray,
    *,
    draws: int,
    level: float,
    generator: np.random.Generator,
) -> Ratio:
    """Return HTMT with a percentile interval from resampled organisations.

    Parameters
    ----------
    values : (n, p) answers, reversed items turned; each correlation takes the people who answered both
        items (pairwise). clusters : (n,) int, the organisation, resampled whole; -1 for none: left out.
        draws : resamples, of which those without a correlation (an item constant) do not count.
        Unweighted.

    Raises
    ------
    Finding : a scale of fewer than two items; a correlation that cannot be computed.
    """
    if min(map(len, scales)) < 2:
        raise Finding("too_few_items", "HTMT needs two items or more in every scale")
    sums = _cluster_sums(values[clusters >= 0], clusters[clusters >= 0])
    value = htmt(_correlations(sums.sum(axis=0)[None])[0], scales)
    if not np.isfinite(value).all():
        raise Finding("constant_item", "an item does not vary, or was never answered with another")
    count = len(sums)
    flat = sums.reshape(count, -1)
    found = []
    for start in range(0, draws, max(1, CELLS // flat.shape[1])):
        size = min(max(1, CELLS // flat.shape[1]), draws - start)
        times = generator.multinomial(count, np.full(count, 1 / count), size=size).astype(float)
        drawn = (times @ flat).reshape(size, *sums.shape[1:])
        found.append(htmt(_correlations(drawn), scales))
    ratios = np.concatenate(found)
    usable = ratios[np.isfinite(ratios).all(axis=(1, 2))]
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Ratio(value, low, high)


def _cluster_sums(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return what correlations are made of, (clusters, 4, p, p).

    For each pair of items: the people who answered both, and their sums of the first, of its square, and
    of the product.
    """
    answered = (~np.isnan(values)).astype(float)
    x = np.where(answered > 0, values - np.nanmean(values, axis=0), 0.0)
    labels = np.unique(clusters, return_inverse=True)[1]
    found = []
    for cluster in range(labels.max() + 1):
        own, seen = x[labels == cluster], answered[labels == cluster]
        found.append([seen.T @ seen, own.T @ seen, (own**2).T @ seen, own.T @ own])
    return np.array(found)


def _correlations(sums: np.ndarray) -> np.ndarray:
    """Return pairwise correlations, (draws, p, p), from (draws, 4, p, p) sums; NaN where there is none."""
    n, first, square, product = (sums[:, part] for part in range(4))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = square / n - (first / n) ** 2
        covariance = product / n - first * first.transpose(0, 2, 1) / n**2
        return covariance / np.sqrt(spread * spread.transpose(0, 2, 1))
