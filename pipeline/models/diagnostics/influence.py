"""What a single organisation does to a model: estimates without it, and how it differs from the model."""

from __future__ import annotations

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.nonlinear.newton import determined, maximise, solve


def one_step_without(estimate: Estimate, clusters: np.ndarray) -> np.ndarray:
    """Return the parameters after one Newton step without each organisation, (G, q).

    Parameters
    ----------
    estimate : a fit by maximum likelihood to n people. clusters : (n,) int from 0 without gaps.

    Notes
    -----
    Pregibon (1981), for organisations: with s_g and H_g an organisation's score and information, the step
    is -(H - H_g)^-1 s_g. NaN where the rest does not determine every parameter.
    """
    whole = estimate.likelihood.curvature(estimate.vector)
    made = np.full((int(clusters.max()) + 1, len(estimate.vector)), np.nan)
    for g in range(len(made)):
        own = estimate.likelihood.take(clusters == g)
        rest = whole - own.curvature(estimate.vector)
        if determined(rest):
            made[g] = estimate.vector - solve(rest, own.slope(estimate.vector))
    return made


def refitted_without(estimate: Estimate, clusters: np.ndarray) -> np.ndarray:
    """Return the parameters fitted without each organisation, (G, q); NaN where they have no fit."""
    made = np.full((int(clusters.max()) + 1, len(estimate.vector)), np.nan)
    for g in range(len(made)):
        rest = estimate.likelihood.take(clusters != g)
        if determined(rest.curvature(estimate.vector)):
            optimum = maximise(rest, estimate.vector)
            if optimum.converged and determined(rest.curvature(optimum.vector)):
                made[g] = optimum.vector
    return made


def dfbetas(estimate: Estimate, without: np.ndarray, std_error: np.ndarray) -> np.ndarray:
    """Return how far parameters move when an organisation leaves, in standard errors, (G, q).

    Positive where the organisation pulls the estimate up. `without` : (G, q) of either function above;
    std_error : (q,).
    """
    return (estimate.vector - without) / std_error


def organisation_residuals(estimate: Estimate, clusters: np.ndarray) -> np.ndarray:
    """Return how far each organisation lies above or below what the model predicts, as z, (G,).

    The efficient score of a shift of the organisation's own: its sum of residuals over their standard
    error, the other parameters being estimated. Positive where the outcome is higher than predicted.

    Raises
    ------
    Finding : not_estimated, for a kind of model without a shift.

    Notes
    -----
    Rao (1948), with the expected information; a count's size is held fixed. R: `statmod::glm.scoretest(fit,
    organisation == g)`.
    """
    rows, shift = estimate.working, _shift(estimate)
    whole = rows.design.T @ rows.design
    made = np.full(int(clusters.max()) + 1, np.nan)
    for g in range(len(made)):
        at = clusters[rows.person] == g
        moved = rows.design[at] @ shift
        pull = moved @ rows.design[at]
        variance = moved @ moved - pull @ solve(whole, pull)
        if variance > 1e-10 * (moved @ moved):
            made[g] = moved @ rows.residual[at] / np.sqrt(variance)
    return made


def _shift(estimate: Estimate) -> np.ndarray:
    """Return the direction in which everyone's linear predictor rises by 1."""
    shift = np.zeros(estimate.working.design.shape[1])
    if estimate.kind == "ologit":
        shift[len(estimate.slopes) :] = -1.0
        return shift
    if estimate.kind not in ("logit", "negbin", "poisson"):
        raise Finding("not_estimated", f"organisations have no shift in a model '{estimate.kind}'")
    shift[0] = 1.0
    return shift
