"""Ordered logits whose odds are not proportional: fitted again with slopes of their own at each cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.models.diagnostics.proportional_odds import brant_of_interest
from pipeline.models.nonlinear.estimators import partial_odds, without_intercept
from pipeline.models.stage.fits import Fit

LEAST_P = 0.05


def refit_partial_odds(fit: Fit, findings: Findings) -> Fit | None:
    """Return a confirmatory ordered logit with free slopes where Brant's test says so; None where not.

    Free are the terms of interest whose own test has p < .05. The model is exploratory and named
    `<model>_partial`; one without an estimate has a finding.
    """
    if fit.fitted is None or fit.prepared is None or fit.fitted.estimator != "ologit":
        return None
    if fit.wanted.status != "confirmatory":
        return None
    sample = fit.prepared.sample
    design, terms = without_intercept(sample)
    interest = np.array([term in fit.wanted.of_interest for term in terms])
    try:
        tests, kept = brant_of_interest(sample.outcome, design, interest)
    except Finding:
        return None  # told in `diagnostics`
    named = [term for term, there in zip(terms, kept, strict=True) if there]
    differ = {
        term
        for term, test in zip(named, tests.columns, strict=True)
        if term in fit.wanted.of_interest and test.p_value < LEAST_P
    }
    if not differ:
        return None
    wanted = replace(
        fit.wanted,
        id=f"{fit.wanted.id}_partial",
        estimator="partial_ologit",
        status="exploratory",
    )
    free = np.array([term in differ for term in sample.terms])
    place = ("model_fit", wanted.id, "all")
    fitted, name = findings.attempt(
        place, len(sample.outcome), lambda: partial_odds(sample, free), terms
    )
    if fitted is None:
        return Fit(wanted, fit.prepared, finding=name)
    return Fit(wanted, fit.prepared, fitted, cluster_robust(**vars(fitted.working)))
