"""Mediation: an indirect effect by two regressions, with organisations resampled.

Cross-sectional mediation can be biased either way (Maxwell & Cole 2007): results are "consistent with".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from pipeline.core.errors import Finding

FEWEST_GROUPS = 3
DRAWS_AT_ONCE = 500


@dataclass(frozen=True)
class Regression:
    """One path's regression on its own rows.

    outcome : (n,). design : (n, p) with its intercept. clusters : (n,) int below G, the same organisations
    in both regressions.
    """

    outcome: np.ndarray
    design: np.ndarray
    clusters: np.ndarray


@dataclass(frozen=True)
class MediationSample:
    """The two regressions of a mediation; no missing values, unweighted.

    Attributes
    ----------
    mediator : the mediator on the predictor and what stands beside it. outcome : the outcome on predictor,
        mediator and what stands beside them; it may be of fewer people. groups : organisations G.
    x_in_mediator, x_in_outcome, mediator_in_outcome : columns of the predictor and the mediator.
    """

    mediator: Regression
    outcome: Regression
    groups: int
    x_in_mediator: int
    x_in_outcome: int
    mediator_in_outcome: int


@dataclass(frozen=True)
class Paths:
    """Coefficients (r,) of the paths: a, predictor on mediator; b, mediator on outcome; direct."""

    a: np.ndarray
    b: np.ndarray
    direct: np.ndarray

    @property
    def indirect(self) -> np.ndarray:
        """A times b."""
        return self.a * self.b

    @property
    def total(self) -> np.ndarray:
        """Direct plus indirect; the slope without the mediator where both have the same terms."""
        return self.direct + self.indirect

    def named(self) -> dict[str, np.ndarray]:
        """Return all five by name."""
        names = ("a", "b", "direct", "indirect", "total")
        return {name: getattr(self, name) for name in names}


def mediation_paths(sample: MediationSample) -> Paths:
    """Return the paths of a sample, (1,) each. R: `lm` twice."""
    return resampled_paths(sample, np.ones((1, sample.groups)))


def resampled_paths(sample: MediationSample, counts: np.ndarray) -> Paths:
    """Return the paths with each organisation taken as often as `counts` (R, G) says, (R,) each.

    Both regressions are fitted anew from sums per organisation; one taken twice counts as two. A column
    that vanishes in a draw (a rare answer) is left out of it.
    """
    a, outcome = [], []
    for first in range(0, len(counts), DRAWS_AT_ONCE):
        some = counts[first : first + DRAWS_AT_ONCE]
        a.append(_coefficients(sample.mediator, sample.groups, some)[:, sample.x_in_mediator])
        outcome.append(_coefficients(sample.outcome, sample.groups, some))
    b = np.concatenate(outcome)
    return Paths(np.concatenate(a), b[:, sample.mediator_in_outcome], b[:, sample.x_in_outcome])


def draw_counts(groups: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of G organisations is taken in each of R draws with replacement, (R, G).

    Raises
    ------
    Finding
        `too_few_groups`: fewer than three organisations cannot be resampled.
    """
    if groups < FEWEST_GROUPS:
        raise Finding("too_few_groups", f"{groups} organisations: too few to resample")
    return rng.multinomial(groups, np.full(groups, 1 / groups), draws).astype(float)


def bootstrap_paths(
    samples: Sequence[MediationSample], draws: int, seed: np.random.SeedSequence
) -> Paths:
    """Return the paths in `draws` resamples of the organisations of each completed data set, pooled.

    The percentiles of all draws together hold the doubt of sampling and of imputation: MI-Boot, pooled
    (Schomaker & Heumann 2018). One data set without holes gives the plain percentile bootstrap.
    """
    children = seed.spawn(len(samples))
    found = [
        resampled_paths(each, draw_counts(each.groups, draws, np.random.default_rng(child)))
        for each, child in zip(samples, children, strict=True)
    ]
    return Paths(*(np.concatenate([getattr(f, k) for f in found]) for k in ("a", "b", "direct")))


def percentile_interval(draws: np.ndarray, level: float) -> tuple[float, float]:
    """Return the ends of the percentile interval. R: `quantile(draws, type = 7)`."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def percentile_p(draws: np.ndarray) -> float:
    """Return the two-sided p value of draws (R,) against 0.

    2 min{[1 + #(draws <= 0)] / (R + 1), [1 + #(draws >= 0)] / (R + 1)}, at most 1.
    """
    fewest = min((draws <= 0).sum(), (draws >= 0).sum())
    return float(min(1.0, 2 * (1 + fewest) / (len(draws) + 1)))


def _coefficients(regression: Regression, groups: int, counts: np.ndarray) -> np.ndarray:
    """Return (R, p) least-squares coefficients with organisations counted."""
    design, outcome, clusters = regression.design, regression.outcome, regression.clusters
    p = design.shape[1]
    unit = np.sqrt((design**2).mean(axis=0))
    scaled = design / np.where(unit > 0, unit, 1)
    order = np.argsort(clusters, kind="stable")
    bounds = np.searchsorted(clusters[order], np.arange(groups + 1))
    cross, product = np.zeros((groups, p, p)), np.zeros((groups, p))
    for g in range(groups):
        rows = order[bounds[g] : bounds[g + 1]]
        cross[g] = scaled[rows].T @ scaled[rows]
        product[g] = scaled[rows].T @ outcome[rows]
    summed = (counts @ cross.reshape(groups, -1)).reshape(-1, p, p)
    solution = _solved(summed, counts @ product)
    return np.asarray(solution / np.where(unit > 0, unit, 1))


def _solved(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve (R, p, p) symmetric systems for (R, p); those short of rank by the pseudo-inverse."""
    solution = np.empty_like(right)
    for k, matrix in enumerate(matrices):
        root, failed = dpotrf(matrix, lower=1)
        pivots = np.diagonal(root) ** 2
        if failed or (pivots <= 1e-11 * np.diagonal(matrix)).any():
            solution[k] = np.linalg.pinv(matrix, rcond=1e-11, hermitian=True) @ right[k]
        else:
            solution[k] = dpotrs(root, right[k], lower=1)[0]
    return solution


def rho_without_indirect(
    predictor: np.ndarray, mediator: np.ndarray, outcome: np.ndarray, beside: np.ndarray
) -> float:
    """Return the correlation rho of the two errors at which the indirect effect is zero.

    Parameters
    ----------
    predictor, mediator, outcome : (n,). beside : (n, k) what stands beside them, intercept included, the
        same in both regressions. No missing values, unweighted.

    Notes
    -----
    An unmeasured cause of both, which makes the errors of mediator and outcome correlate by rho, would do
    away with the indirect effect: the correlation of what the mediator and what the outcome have left, once
    predictor and the rest are taken out. Its square is the product of the shares of their unexplained
    variance that such a cause would have to explain (Imai, Keele & Tingley 2010, eq. 8 and 4.2; Imai,
    Keele & Yamamoto 2010, theorem 4). R: `mediation::medsens`, `err.cr.d` at zero.
    """
    design = np.column_stack([beside, predictor])
    left = [y - design @ np.linalg.lstsq(design, y)[0] for y in (mediator, outcome)]
    size = np.sqrt((left[0] @ left[0]) * (left[1] @ left[1]))
    if size < 1e-12 * len(mediator):
        raise Finding("collinear_items", "the predictor explains mediator or outcome in full")
    return float(left[0] @ left[1] / size)


@dataclass(frozen=True)
class Reimputed:
    """An estimate from resamples of organisations, each imputed twice."""

    estimate: float
    std_error: float
    df: float
    draws: int


def pool_reimputed(estimates: np.ndarray) -> Reimputed:
    """Pool an estimate over R resamples with D imputations in each, (R, D).

    The variance between resamples, freed of that within, is that of the estimate; the interval is a t
    interval (von Hippel & Bartlett 2021, eq. 11-14). R: `bootImpute::bootImputeAnalyse`.
    """
    draws, each = estimates.shape
    means = estimates.mean(axis=1)
    within = ((estimates - means[:, None]) ** 2).sum() / (draws * (each - 1))
    between = each * means.var(ddof=1)
    spread = max((between - within) / each, 0.0)
    variance = (1 + 1 / draws) * spread + within / (draws * each)
    doubt = ((draws + 1) / (draws * each)) ** 2 * between**2 / (draws - 1)
    doubt += within**2 / (draws * each**2 * (each - 1))
    df = max(3.0, variance**2 / doubt) if doubt > 0 else np.inf
    return Reimputed(float(means.mean()), float(np.sqrt(variance)), float(df), draws)
