"""The surface of an outcome over current and desired: a quadratic in both (Edwards & Parry 1993)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.design_matrix import redundant_columns
from pipeline.core.errors import Finding
from pipeline.core.gap_contracts import ALONG_LINES, COEFFICIENTS, PLACES

PARAMETERS = (*COEFFICIENTS, *ALONG_LINES, *PLACES)
TERMS = len(COEFFICIENTS)
STEP = 1e-30
FLAT = 1e-12


@dataclass(frozen=True)
class Surface:
    """A fitted surface; arrays (16,) in the order of `PARAMETERS`, NaN where one has no value.

    `std_error` is CR2 by the delta method, `df` Satterthwaite's.
    """

    n: int
    groups: int
    estimate: np.ndarray
    std_error: np.ndarray
    df: np.ndarray


@dataclass(frozen=True)
class SurfaceData:
    """Complete rows of one model: `outcome` (n,), `design` (n, p) of full rank, `clusters` (n,) from 0.

    The first six columns are 1, C, D, C squared, C D, D squared; then come controls.
    """

    outcome: np.ndarray
    design: np.ndarray
    clusters: np.ndarray

    @property
    def groups(self) -> int:
        """How many organisations there are."""
        return int(self.clusters.max(initial=-1)) + 1


def surface_data(
    outcome: np.ndarray,
    ratings: tuple[np.ndarray, np.ndarray],
    controls: np.ndarray,
    clusters: np.ndarray,
) -> tuple[SurfaceData, list[int]]:
    """Return what a surface is fitted to, and the positions of controls that follow from other terms.

    Parameters
    ----------
    outcome : (n,); ratings : current and desired (n,) each, less their centre; controls : (n, k) without
        a constant; clusters : (n,) int. No missing values. Controls that follow from others are left out:
        the surface is the same.

    Raises
    ------
    Finding : too_few_people, too_few_groups, constant_outcome, collinear_items (the ratings take too few
        values, or follow from each other, for a quadratic in both).
    """
    c, d = ratings
    terms = np.column_stack([np.ones(len(c)), c, d, c**2, c * d, d**2])
    places = np.unique(clusters, return_inverse=True)[1]
    groups = int(places.max(initial=-1)) + 1
    if groups < 2:
        raise Finding("too_few_groups", f"{groups} organisations hold no comparison")
    if len(c) > TERMS and redundant_columns(terms):
        raise Finding("collinear_items", "current and desired vary too little for a quadratic")
    design = np.hstack([terms, controls])
    redundant = redundant_columns(design)
    kept = [k for k in range(design.shape[1]) if k not in redundant or k < TERMS]
    if len(c) <= len(kept):
        raise Finding("too_few_people", f"{len(c)} complete rows for {len(kept)} terms")
    if not np.ptp(outcome) > FLAT * np.abs(outcome).max(initial=0):
        raise Finding("constant_outcome", "everyone has the same outcome")
    data = SurfaceData(outcome, design[:, kept], places)
    return data, [k - TERMS for k in redundant if k >= TERMS]


def fit_surface(data: SurfaceData) -> Surface:
    """Fit Z = b0 + b1 C + b2 D + b3 C^2 + b4 C D + b5 D^2 + controls by ordinary least squares.

    Unweighted. Errors are CR2 by organisation with Satterthwaite's df; those of the derived parameters by
    the delta method, exact for a1-a5. R: `lm`, `clubSandwich::vcovCR(type = "CR2")`,
    `linear_contrast(test = "Satterthwaite")`; parameters as in `RSA::RSA(model = "full")`.
    """
    from statsmodels.regression.linear_model import OLS

    unit = np.sqrt(
        (data.design**2).mean(axis=0)
    )  # columns of like size, or the inverse loses digits
    fit = OLS(data.outcome, data.design / unit).fit()
    b = (fit.params / unit)[:TERMS]
    estimate = surface_parameters(b)
    slopes = np.zeros((len(PARAMETERS), len(unit)))
    slopes[:, :TERMS] = gradients(b)
    known = np.isfinite(slopes).all(axis=1) & np.isfinite(estimate)
    robust = cluster_robust(data.design / unit, fit.resid, data.clusters)
    found = robust.contrast(np.where(known[:, None], slopes, 0) / unit)
    return Surface(
        len(data.outcome),
        data.groups,
        estimate,
        np.where(known, found.std_error, np.nan),
        np.where(known, found.df, np.nan),
    )


def surface_parameters(b: np.ndarray) -> np.ndarray:
    """Return (..., 16) parameters of coefficients (..., 6) b0 .. b5, as named in `PARAMETERS`.

    a1 = b1 + b2, a2 = b3 + b4 + b5, a3 = b1 - b2, a4 = b3 - b4 + b5 (Shanock et al. 2010), a5 = b3 - b5
    (Humberg, Nestler & Back 2019); shift -a3 / (2 a4); the stationary point, where both slopes are 0;
    slope p11 and intercept p10 of the first principal axis D = p10 + p11 C (Edwards & Parry 1993, eqs.
    12-18). NaN where a denominator is 0.
    """
    _, b1, b2, b3, b4, b5 = np.moveaxis(b, -1, 0)
    a1, a2, a3, a4, a5 = b1 + b2, b3 + b4 + b5, b1 - b2, b3 - b4 + b5, b3 - b5
    bend = 4 * b3 * b5 - b4**2
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = -a3 / (2 * a4)
        c0, d0 = (b2 * b4 - 2 * b1 * b5) / bend, (b1 * b4 - 2 * b2 * b3) / bend
        root = np.sqrt(a5**2 + b4**2)
        p11 = np.where(a5.real > 0, b4 / (root + a5), (root - a5) / b4)
        p10 = d0 - p11 * c0
        all_of = [a1, a2, a3, a4, a5, shift, c0, d0, p10, p11]
        found = np.concatenate([b, np.stack(all_of, axis=-1)], axis=-1)
    return np.where(np.isfinite(found), found, np.nan)


def gradients(b: np.ndarray) -> np.ndarray:
    """Return the derivatives (16, 6) of the parameters at (6,) b, to the last digit.

    By a step in the imaginary direction, which subtracts nothing (Squire & Trapp 1998).
    """
    steps = b + 1j * STEP * np.eye(TERMS)
    return np.asarray(surface_parameters(steps).imag.T / STEP)
