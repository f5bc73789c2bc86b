"""Numbers by predictive mean matching, with an intercept for each organisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtrs

from pipeline.core.errors import Finding
from pipeline.models.imputation.chain import Chain
from pipeline.models.imputation.layout import Target

DONORS = 5
RIDGE = 1e-5  # of the diagonal, as mice has it: collinear predictors share their coefficient
FIRST_VISITS = 3
RATIO = 0  # place of the ratio of variances in the memory of a target


def impute_number(chain: Chain, target: Target, rng: np.random.Generator) -> None:
    """Fill a number's holes with values of people whose expected value is close.

    Bayesian regression of the number on its predictors, with organisations as random intercepts: the
    people without it get the value expected by drawn coefficients and intercepts, those with it the one
    expected by the estimates (type 1 matching); one of the five closest lends its value. What is expected
    of an organisation's lenders is their own mean, not the shrunken one: lenders whose shrunken mean is
    wanted would lend values further out, and organisations would come to differ too much.
    Rubin (1986), Little (1988), van Buuren (2018, 3.4 and 7.6). R: `mice` "pmm", `miceadds` "2l.pmm".
    """
    rows = chain.asked_rows(target)
    if not len(rows):
        return
    sample = _sample(chain, target)
    sweeps = 1 if (target.place, RATIO) in chain.memory else FIRST_VISITS
    ratio = float(chain.memory.get((target.place, RATIO), np.array(0.05)))
    for _ in range(sweeps):
        drawn = _draw(sample, ratio, rng)
        ratio = drawn.ratio
    chain.memory[target.place, RATIO] = np.array(ratio)
    cluster = chain.layout.cluster
    known = _expected(chain, target, drawn.estimate) + drawn.level[cluster]
    wanted = chain.work[np.ix_(rows, target.predictors)] @ drawn.coefficients
    wanted += drawn.intercepts[cluster[rows]]
    lenders = np.flatnonzero(target.observed)
    chosen = match(known[lenders], wanted, rng)
    chain.write(target, rows, chain.values[lenders[chosen], target.place])


def match(known: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, for each expected value in `wanted` (r,), one of the five closest in `known` (d,).

    Which of equally close ones count among the five is left to chance. R: `mice:::matchindex`.
    """
    shuffled = rng.permutation(len(known))
    order = shuffled[np.argsort(known[shuffled], kind="stable")]
    level = known[order]
    k = min(DONORS, len(known))
    middle = np.searchsorted(level, wanted)
    first = np.clip(middle - k, 0, len(level) - min(2 * k, len(level)))
    window = first[:, None] + np.arange(min(2 * k, len(level)))
    distance = np.abs(level[window] - wanted[:, None])
    closest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    pick = closest[np.arange(len(wanted)), rng.integers(0, k, len(wanted))]
    return order[window[np.arange(len(wanted)), pick]]


@dataclass(frozen=True)
class _Sample:
    """The observed rows of a regression as sums: p predictors, G organisations.

    cross : (p, p) X'X. product : (p,) X'y. square : y'y. sums : (G, p) of X. totals : (G,) of y.
    sizes : (G,) rows.
    """

    cross: np.ndarray
    product: np.ndarray
    square: float
    sums: np.ndarray
    totals: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True)
class _Drawn:
    """Estimates, what organisations lie above them (not shrunken), and one draw of everything."""

    estimate: np.ndarray
    level: np.ndarray
    coefficients: np.ndarray
    intercepts: np.ndarray
    ratio: float


def _sample(chain: Chain, target: Target) -> _Sample:
    """Take the rows without the number out of the sums over all rows."""
    columns, own, rows = target.predictors, target.columns[0], target.unobserved
    out, y = chain.work[np.ix_(rows, columns)], chain.work[rows, own]
    cross = chain.cross[np.ix_(columns, columns)] - out.T @ out
    product = chain.cross[columns, own] - out.T @ y
    square = chain.cross[own, own] - y @ y
    cluster = chain.layout.cluster[rows]
    groups = len(chain.sums)
    sums, totals = chain.sums[:, columns].copy(), chain.sums[:, own].copy()
    if len(rows):
        starts = np.flatnonzero(np.r_[True, np.diff(cluster) > 0])
        sums[cluster[starts]] -= np.add.reduceat(out, starts, axis=0)
        totals -= np.bincount(cluster, y, groups)
    sizes = np.bincount(chain.layout.cluster[target.observed], minlength=groups)
    return _Sample(cross, product, float(square), sums, totals, sizes)


def _draw(sample: _Sample, ratio: float, rng: np.random.Generator) -> _Drawn:
    """Draw residual variance, coefficients, intercepts and the ratio of the variances, in this order.

    Given the ratio, coefficients are drawn with the intercepts integrated out; flat priors on coefficients,
    log residual variance and the standard deviation of the intercepts (Gelman 2006).
    """
    n, p = int(sample.sizes.sum()), len(sample.product)
    groups = int((sample.sizes > 0).sum())
    if groups < 3:
        ratio = 0.0
    shrink = ratio / (1 + sample.sizes * ratio)
    cross = sample.cross - sample.sums.T @ (shrink[:, None] * sample.sums)
    product = sample.product - sample.sums.T @ (shrink * sample.totals)
    square = sample.square - shrink @ sample.totals**2
    flat = np.diag(sample.cross) - sample.cross[0] ** 2 / max(n, 1) <= 1e-9 * max(n, 1)
    flat[0] = False
    cross[flat, :] = cross[:, flat] = product[flat] = 0
    diagonal = np.einsum("ii->i", cross)
    diagonal += RIDGE * diagonal
    diagonal[flat] = 1e12  # a predictor that does not vary gets no coefficient
    root, failed = dpotrf(cross, lower=1, clean=0)
    if failed:
        raise Finding("not_converged", "the predictors of an imputed answer have no regression")
    estimate = dpotrs(root, product, lower=1)[0]
    rest = max(square - estimate @ product, 1e-12)
    variance = rest / rng.chisquare(max(n - p, 1))
    drawn = estimate + np.sqrt(variance) * dtrtrs(root, rng.standard_normal(p), 1, 1)[0]
    level = (sample.totals - sample.sums @ estimate) / np.maximum(sample.sizes, 1)
    intercepts = shrink * (sample.totals - sample.sums @ drawn)
    intercepts += np.sqrt(variance * shrink) * rng.standard_normal(len(shrink))
    if groups >= 3:
        there = sample.sizes > 0
        between = (intercepts[there] ** 2).sum() / rng.chisquare(groups - 1)
        ratio = float(np.clip(between / variance, 1e-6, 1e2))
    return _Drawn(estimate, level * (groups >= 3), drawn, intercepts, ratio)


def _expected(chain: Chain, target: Target, coefficients: np.ndarray) -> np.ndarray:
    whole = np.zeros(chain.work.shape[1])
    whole[target.predictors] = coefficients
    return chain.work @ whole
