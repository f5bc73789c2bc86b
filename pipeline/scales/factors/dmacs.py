"""How much an item's answers differ between groups at the same standing on the factor (dMACS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.invariance import Refit
from pipeline.scales.factors.layout import Equality


@dataclass(frozen=True)
class Line:
    """An item's expected answer in a group: intercept + loading x factor."""

    intercept: float
    loading: float


def dmacs(reference: Line, focal: Line, mean: float, variance: float, sd: float) -> float:
    """Return the root mean squared distance of two lines over the focal group, in item deviations.

    `mean` and `variance` are the focal group's on the factor, taken as normal; `sd` is the item's,
    pooled over both groups. Nye & Drasgow (2011, eq. 3), whose integral has this closed form.
    """
    level = reference.intercept - focal.intercept
    slope = reference.loading - focal.loading
    return float(np.sqrt((level + slope * mean) ** 2 + slope**2 * variance) / sd)


def dmacs_of_items(refit: Refit, fit: FactorFit) -> dict[tuple[str, str], float]:
    """Return dMACS by item and group (all but the first) of a scale with one factor.

    Each item's loading and intercept are set free in turn, those of the others being held equal, so that
    the others link the groups. `refit` must fit a model with factor variances of 1 (`unit`: a marker's
    loading cannot be free); `fit` is any fit of the same answers, for the observed deviations. These
    are pooled as (sum of (n - 1) sd) / (sum of n - 1), and come from EM moments where answers are
    missing.
    """
    if fit.model.scale != "unit" or len(fit.model.latents) != 1:
        raise ValueError("dMACS takes one factor with variance 1 in the first group")
    found = {}
    sd = np.sqrt(np.diagonal(fit.observed, axis1=1, axis2=2))
    weight = np.array(fit.fit.sizes) - 1.0
    for i, item in enumerate(fit.model.items):
        freed = Equality(("loadings", "intercepts"), loadings_of=(item,), intercepts_of=(item,))
        implied = refit(freed).implied
        loading, latent = implied.loadings[:, i, 0], implied.latent_covariance[:, 0, 0]
        intercept = implied.mean[:, i] - loading * implied.latent_mean[:, 0]
        lines = [Line(*each) for each in zip(intercept, loading, strict=True)]
        for g in range(1, len(lines)):
            pooled = (weight[[0, g]] @ sd[[0, g], i]) / weight[[0, g]].sum()
            value = dmacs(lines[0], lines[g], implied.latent_mean[g, 0], latent[g], pooled)
            found[item, fit.parameters.groups[g]] = value
    return found
