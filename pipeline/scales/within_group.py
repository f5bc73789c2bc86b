"""How much the people of an organisation agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SLIGHT_SKEW = 1.34
"""Null variance of a slightly skewed choice among five options, and no other number."""


@dataclass(frozen=True)
class WithinGroup:
    """Agreement in each of G groups, arrays (G,); NaN where fewer people than asked answered every item.

    Attributes
    ----------
    n : people. rwg_uniform, rwg_skewed : rwg(j), from 0 to 1, against answers drawn from all options alike
        and from a slightly skewed choice (NaN where no null variance is known). rwg_star : r*wg(j), below 0
        where people differ more than by chance. ad_mean, ad_median : average deviation from the group's
        mean and median of an item, in answer points.
    """

    n: np.ndarray
    rwg_uniform: np.ndarray
    rwg_skewed: np.ndarray
    rwg_star: np.ndarray
    ad_mean: np.ndarray
    ad_median: np.ndarray


def within_group_agreement(
    items: np.ndarray,
    groups: np.ndarray,
    n_groups: int,
    *,
    options: int,
    least: int = 10,
    skewed_null: float = SLIGHT_SKEW,
) -> WithinGroup:
    """Return agreement within each group, over one item or several.

    Parameters
    ----------
    items : (n, j) answers 1 .. options, reversed items turned; rows with a NaN are left out. Unweighted.
    groups : (n,) int, 0 .. n_groups - 1, -1 for none. least : smallest group, at least 2, that gets values.
    skewed_null : null variance of a slightly skewed choice among five options.

    Returns
    -------
    With s the mean over items of the variance (by n - 1) and v the null variance: rwg(j) = j (1 - s/v) /
    (j (1 - s/v) + s/v), 0 where s > v; r*wg = 1 - s/v with the uniform v = (options^2 - 1) / 12.

    Notes
    -----
    James, Demaree & Wolf (1984); Lindell, Brandt & Whitney (1999); skewed v 1.34 for five options, LeBreton
    & Senter (2008); average deviation Burke & Dunlap (2002). R: `multilevel::rwg.j`, `rwg.j.lindell`,
    `ad.m(type = "mean" | "median")`; for one item `rwg`.
    """
    used = ~np.isnan(items).any(axis=1) & (groups >= 0)
    x, g = items[used], groups[used]
    n = np.bincount(g, minlength=n_groups)
    spread, ad_mean, ad_median = np.full((3, n_groups), np.nan)
    order = np.argsort(g, kind="stable")
    for group, each in enumerate(np.split(x[order], np.cumsum(n)[:-1])):
        if n[group] >= max(least, 2):
            spread[group] = each.var(axis=0, ddof=1).mean()
            ad_mean[group] = np.abs(each - each.mean(axis=0)).mean()
            ad_median[group] = np.abs(each - np.median(each, axis=0)).mean()
    uniform = (options**2 - 1) / 12
    skewed = skewed_null if options == 5 else np.nan
    j = x.shape[1]
    return WithinGroup(
        n,
        _rwg(spread / uniform, j),
        _rwg(spread / skewed, j),
        1 - spread / uniform,
        ad_mean,
        ad_median,
    )


def _rwg(share: np.ndarray, j: int) -> np.ndarray:
    """Return rwg(j) of the mean variance as a share of the null variance."""
    share = np.minimum(share, 1)
    return j * (1 - share) / (j * (1 - share) + share)


def largest_deviation(options: int) -> float:
    """Return the average deviation up to which people are said to agree, options / 6.

    Burke & Dunlap (2002).
    """
    return options / 6
