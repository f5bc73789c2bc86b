"""What is left of the scales' correlations without a method that they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind
from pipeline.scales.factors.standardised import standardise
from pipeline.scales.marker import Marked, take_out_marker
from pipeline.scales.stage.models import Fitted, chosen_estimator, fitted, together
from pipeline.scales.stage.subjects import Material

Row = dict[str, object]
WITHOUT, WITH, METHOD = "common_method_without", "common_method_with", "common_method"


def method_models(material: Material, findings: Findings) -> list[Fitted]:
    """Fit the plan's scales as correlated factors, without and with a latent method factor.

    Every item loads on the method factor too, all alike (loadings of 1, its variance is free); it does
    not correlate with the scales (Podsakoff et al. 2003, figure 3A; equal loadings: Williams et al. 2010,
    Method-C). Free loadings are not identified where there is no common method, which is what one hopes
    for. A negative variance is a finding: nothing is left that the items have in common. None where
    the plan declares no `method`.
    """
    method = material.plan.method
    if method is None:
        return []
    items = {each.name: each.items for each in material.scales if each.name in method.scales}
    factors = {name: items[name] for name in method.scales}
    subject = together(METHOD, material, factors)
    chosen = chosen_estimator(subject.values, material.plan.factors)
    without = Fitted(WITHOUT, subject, "correlated", chosen, True, None, None)
    beside = Fitted(WITH, subject, "method", chosen, True, None, None)
    return [
        fitted(material, without, FactorModel(factors, scale="unit"), findings),
        fitted(material, beside, _with_method(factors), findings),
    ]


def _with_method(factors: dict[str, tuple[str, ...]]) -> FactorModel:
    return FactorModel(factors, general=METHOD, equal_general=True, scale="unit")


def method_variance_table(
    models: Sequence[Fitted], scores: pd.DataFrame, plan: Plan, findings: Findings
) -> pd.DataFrame:
    """Return `method_variance.csv`: correlations before and after a common method is taken out.

    By the latent method factor, correlations of the scales' factors; by the plan's marker, those of
    their scores.
    """
    if plan.method is None:
        return make_table([], "method_variance")
    rows = _latent_rows(models, plan.method.scales, 1 - plan.confidence)
    if plan.method.marker:
        rows += _marker_rows(scores, plan, findings)
    return make_table(rows, "method_variance")


def _latent_rows(models: Sequence[Fitted], scales: Sequence[str], alpha: float) -> list[Row]:
    without, beside = models
    first, second = without.usable, beside.usable
    share = _method_share(second) if second else np.nan
    found = second is not None and _latent(second, METHOD, METHOD, one_sided=True)[1] < alpha
    rows: list[Row] = []
    for a, b in combinations(scales, 2):
        before, p_before = _latent(first, a, b)
        after, p_after = _latent(second, a, b)
        rows.append(
            {
                "approach": "latent_factor",
                "scale_a": a,
                "scale_b": b,
                "n": beside.fit.fit.n if beside.fit else None,
                "r": before,
                "p_value": p_before,
                "adjusted": after,
                "p_adjusted": p_after,
                "method_share": share,
                "verdict": verdict((before, p_before), (after, p_after), alpha, found),
                "finding": without.suspect or beside.suspect,
            }
        )
    return rows


def _latent(fit: FactorFit | None, a: str, b: str, one_sided: bool = False) -> tuple[float, float]:
    """Return the covariance of two factors (correlation, if of unit variance) and its p value."""
    from scipy.special import ndtr

    if fit is None:
        return np.nan, np.nan
    cells, both = fit.parameters, {fit.parameters.latents.index(name) for name in (a, b)}
    (at,) = (
        cell
        for cell in np.flatnonzero(cells.kind == Kind.LATENT)
        if {int(cells.row[cell]), int(cells.column[cell])} == both
    )
    r, error = float(cells.value[at]), float(fit.std_error[at])
    if not error > 0:
        return r, np.nan
    return r, float(ndtr(-r / error) if one_sided else 2 * ndtr(-abs(r) / error))


def _method_share(fit: FactorFit) -> float:
    """Return the share of the items' variance that the method factor takes, on average."""
    cells, column = fit.parameters, fit.parameters.latents.index(METHOD)
    own = (cells.kind == Kind.LOADING) & (cells.column == column)
    variance = float(fit.implied.latent_covariance[0, column, column])
    return (
        float((standardise(cells, fit.covariance).value[own] ** 2).mean()) if variance > 0 else 0.0
    )


def _marker_rows(scores: pd.DataFrame, plan: Plan, findings: Findings) -> list[Row]:
    assert plan.method is not None
    marker, names = plan.method.marker, plan.method.scales
    values = scores[[*names, marker]].to_numpy(dtype=float)
    place = ("method_variance", marker, "all")

    def compute() -> Marked:
        return take_out_marker(values[:, :-1], values[:, -1])

    n = int((~np.isnan(values).any(axis=1)).sum())
    found, stop = findings.attempt(place, n, compute, (*names, marker))
    return [_marker_row(found, (i, j), names, plan, n, stop) for i, j in _pairs(len(names))]


def _pairs(count: int) -> list[tuple[int, int]]:
    return list(combinations(range(count), 2))


def _marker_row(
    found: Marked | None,
    pair: tuple[int, int],
    names: Sequence[str],
    plan: Plan,
    n: int,
    stop: str | None,
) -> Row:
    row: Row = {
        "approach": "marker",
        "scale_a": names[pair[0]],
        "scale_b": names[pair[1]],
        "n": n,
        "finding": stop,
    }
    if found is None:
        return row
    before = float(found.r[pair]), float(found.p_value[pair])
    after = float(found.adjusted[pair]), float(found.p_adjusted[pair])
    return row | {
        "r": before[0],
        "p_value": before[1],
        "adjusted": after[0],
        "p_adjusted": after[1],
        "method_share": found.marker_r,
        "verdict": verdict(before, after, 1 - plan.confidence, found.marker_r > 0),
    }


def verdict(
    before: tuple[float, float], after: tuple[float, float], alpha: float, method: bool
) -> str | None:
    """Return whether a significant correlation (r, p value) is one of the same sign afterwards.

    `none` where it was not significant before; `no_method` where there is no sign of a common method.
    """
    if np.isnan([*before, *after]).any():
        return None
    if before[1] >= alpha:
        return "none"
    if not method:
        return "no_method"
    return "stands" if after[1] < alpha and before[0] * after[0] > 0 else "falls"
