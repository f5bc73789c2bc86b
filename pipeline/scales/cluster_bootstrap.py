"""Intervals from organisations drawn again, for anything that a covariance matrix says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.reliability import Estimate

REPLICATES_AT_ONCE = 100


def bootstrap_interval(
    items: np.ndarray,
    clusters: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    level: float,
    rng: np.random.Generator,
    replicates: int = 2000,
) -> Estimate:
    """Return a statistic with the percentile interval of whole organisations drawn with replacement.

    Parameters
    ----------
    items : (n, k) answers; rows with a NaN, or without an organisation, are left out. Unweighted.
    clusters : (n,) int, the organisation, -1 for none. statistic : from a stack (B, k, k) of covariance
        matrices to (B,) values, for example `alpha_of_covariance`.

    Returns
    -------
    The value of all rows, and the (1 -+ level)/2 quantiles of the replicates.

    Raises
    ------
    Finding : too_few_groups (fewer than two organisations); constant_replicate, where one has no value.

    Notes
    -----
    Each organisation gives its count, sums and cross-products, so that a replicate is a sum over
    organisations and not over people. Field & Welsh (2007) for drawing clusters only. R: `boot::boot` over
    `split(x, organisation)`, `quantile(type = 7)`.
    """
    used = ~np.isnan(items).any(axis=1) & (clusters >= 0)
    x, groups = items[used], np.unique(clusters[used], return_inverse=True)[1]
    count = int(groups.max(initial=-1)) + 1
    if count < 2:
        raise Finding("too_few_groups", f"{count} organisations answered; 2 are needed")
    sums = _sums_by_group(x - x.mean(axis=0), groups, count)
    value = statistic(_covariances(np.ones((1, count)), sums, x.shape[1]))
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=replicates)
    found = np.concatenate(
        [
            statistic(_covariances(drawn[start : start + REPLICATES_AT_ONCE], sums, x.shape[1]))
            for start in range(0, replicates, REPLICATES_AT_ONCE)
        ]
    )
    if np.isnan(found).any() or np.isnan(value).any():
        raise Finding(
            "constant_replicate", "with some organisations drawn, the answers do not vary"
        )
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(value[0]), float(low), float(high))


def _sums_by_group(x: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Return (groups, 1 + k + k^2): people, sums and cross-products."""
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups, minlength=count))
    return np.array(
        [
            np.concatenate([[len(each)], each.sum(axis=0), (each.T @ each).ravel()])
            for each in np.split(x[order], ends[:-1])
        ]
    )


def _covariances(times: np.ndarray, sums: np.ndarray, k: int) -> np.ndarray:
    """Return the covariance matrices (B, k, k) where each group is there (B, groups) `times`."""
    total = times @ sums
    n, first, second = total[:, 0], total[:, 1 : k + 1], total[:, k + 1 :].reshape(-1, k, k)
    mean = first / n[:, None]
    products = mean[:, :, None] * mean[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return (second - n[:, None, None] * products) / (n - 1)[:, None, None]
