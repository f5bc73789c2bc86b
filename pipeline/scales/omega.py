"""Reliability by the factors behind the items: omega, and alpha and omega of ordered answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.variance import ROUNDING
from pipeline.scales.complete import complete_rows
from pipeline.scales.exploratory.extract import LEAST_UNIQUE, extract
from pipeline.scales.exploratory.rotate import rotate
from pipeline.scales.polychoric import merge_categories, polychoric
from pipeline.scales.reliability import alpha_of_covariance, correlations_of

LARGEST_LOADING = float(np.sqrt(1 - LEAST_UNIQUE))
FIRST_GUESS = 0.8
MOST_SWEEPS = 1000
STEADY = 1e-9


@dataclass(frozen=True)
class SchmidLeiman:
    """What k items have of a general factor and of m groups of items beside it.

    Attributes
    ----------
    omega_h : share of the general factor in the variance of the sum of the standardised items.
    omega_total : of all factors. omega_limit : omega_h / omega_total. common : general share of the
        explained variance (ECV). general : (k,) loadings on the general factor; groups : (k, m) on the
        others. uniquenesses : (k,). heywood : factors (0 .. m - 1) that are nothing but the general one, an
        improper solution; heywood_items : items without uniqueness, likewise.
    """

    omega_h: float
    omega_total: float
    omega_limit: float
    common: float
    general: np.ndarray
    groups: np.ndarray
    uniquenesses: np.ndarray
    heywood: tuple[int, ...]
    heywood_items: tuple[int, ...]


def schmid_leiman(r: np.ndarray, n_factors: int = 3) -> SchmidLeiman:
    """Return omega hierarchical and total, by Schmid and Leiman's transformation.

    Parameters
    ----------
    r : (k, k) correlations, Pearson or polychoric, of items that have been turned to one direction: none is
        turned here. n_factors : groups of items, 3 or more.

    Raises
    ------
    Finding : not_identified (fewer than 3 groups, or too few items for them), and as `extract`, `rotate`.

    Notes
    -----
    Minimum residuals, direct quartimin from varimax, and one minimum-residual factor of the factors'
    correlations (Schmid & Leiman 1957; Zinbarg et al. 2005; Revelle & Zinbarg 2009). R:
    `psych::omega(r, n_factors, flip = FALSE)`, with `key` where items are to be turned.
    """
    if n_factors < 3:
        raise Finding("not_identified", "a general factor needs 3 groups of items or more")
    first = extract(r, n_factors, "minres")
    oblique = rotate(rotate(first.loadings, "varimax").loadings, "oblimin")
    second = extract(oblique.factor_correlations, 1, "minres")
    weight = second.loadings[:, 0]
    general = oblique.loadings @ weight
    groups = oblique.loadings * np.sqrt(np.maximum(1 - weight**2, 0))
    unique = 1 - (first.loadings**2).sum(axis=1)
    total = float(r.sum())
    if total <= ROUNDING:
        raise Finding("collinear_items", "the sum of the items does not vary")
    omega_h, omega_total = float(general.sum()) ** 2 / total, 1 - float(unique.sum()) / total
    squares = float((general**2).sum())
    return SchmidLeiman(
        omega_h,
        omega_total,
        omega_h / omega_total,
        squares / (squares + float((groups**2).sum())),
        general,
        groups,
        unique,
        second.heywood,
        first.heywood,
    )


def omega_of_loadings(loadings: np.ndarray, uniquenesses: np.ndarray) -> float:
    """Return (sum l)^2 / ((sum l)^2 + sum u) of one factor's loadings and unique variances, (k,) each.

    McDonald (1999, eq. 6.20b). Standardised or not, but both alike. NaN where both sums are 0.
    """
    common, unique = float(loadings.sum()) ** 2, float(uniquenesses.sum())
    return common / (common + unique) if common + unique > 0 else np.nan


def one_factor_omega(r: np.ndarray) -> float:
    """Return omega of the sum of standardised items, from one minimum-residual factor.

    r : (k, k) correlations of 3 items or more, turned to one direction. A Finding as for `extract`;
    heywood_case where an item is left no uniqueness. R: `l <- psych::fa(r)$loadings`,
    `sum(l)^2 / (sum(l)^2 + sum(1 - l^2))`.
    """
    found = extract(r, 1, "minres")
    if found.heywood:
        item = found.heywood[0]
        text = f"item {item + 1} is left without error by one factor"
        raise Finding("heywood_case", text, found.heywood)
    loadings = found.loadings[:, 0]
    return omega_of_loadings(loadings, 1 - loadings**2)


def omega_of_covariance(covariance: np.ndarray) -> np.ndarray:
    """Return `one_factor_omega` of each of a stack (.., k, k) of covariance matrices, for bootstraps.

    Loadings are found one by one, all matrices at once (Harman & Jones 1966), no uniqueness below .005.
    NaN for k < 3, an item without variance, or loadings that do not settle.
    """
    k = covariance.shape[-1]
    if k < 3:
        return np.full(covariance.shape[:-2], np.nan)
    r = correlations_of(covariance.reshape(-1, k, k))
    known = ~np.isnan(r).any(axis=(1, 2))
    omega = np.full(len(r), np.nan)
    loadings, settled = _one_factor_each(r[known])
    common, unique = loadings.sum(axis=1) ** 2, (1 - loadings**2).sum(axis=1)
    omega[known] = np.where(settled, common / (common + unique), np.nan)
    return omega.reshape(covariance.shape[:-2])


def _one_factor_each(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return minimum-residual loadings (B, k) of correlations (B, k, k), and which of them have settled."""
    values, vectors = np.linalg.eigh(r)
    loadings = vectors[:, :, -1] * np.sqrt(values[:, -1:]) * FIRST_GUESS
    settled = np.zeros(len(r), dtype=bool)
    for _ in range(MOST_SWEEPS):
        before = loadings.copy()
        for item in range(r.shape[1]):
            own = loadings[:, item]
            others = (loadings**2).sum(axis=1) - own**2
            shared = np.einsum("bk,bk->b", r[:, item], loadings) - own
            found = shared / np.maximum(others, ROUNDING)
            loadings[:, item] = np.clip(found, -LARGEST_LOADING, LARGEST_LOADING)
        settled = np.abs(loadings - before).max(axis=1, initial=0.0) < STEADY
        if settled.all():
            break
    return loadings, settled


@dataclass(frozen=True)
class OrdinalReliability:
    """Alpha and omega of the normal variables behind ordered answers; omega is NaN for two items."""

    alpha: float
    omega: float
    n: int


def ordinal_reliability(items: np.ndarray) -> OrdinalReliability:
    """Return alpha and one-factor omega of the polychoric correlations of complete rows.

    Parameters
    ----------
    items : (n, k) answers, turned to one direction; rows with a NaN are left out. Unweighted.

    Raises
    ------
    Finding : as `complete_rows`, `polychoric` and `one_factor_omega`; too_few_items (k < 2).

    Notes
    -----
    Zumbo, Gadermann & Zeisser (2007); Gadermann, Guhn & Zumbo (2012). They tell how well the variables
    behind the answers would measure, not the answers as they are scored (Chalmers 2018); for that see Green
    & Yang (2009) from a factor model. R: `psych::alpha(lavaan::lavCor(x, ordered = names(x)))`.
    """
    if items.shape[1] < 2:
        raise Finding("too_few_items", "one item has no reliability of this kind")
    complete = complete_rows(items)
    r = polychoric(merge_categories(complete)).correlations
    omega = one_factor_omega(r) if len(r) > 2 else np.nan
    return OrdinalReliability(float(alpha_of_covariance(r)), omega, len(complete))
