"""The difference of a predictor's average marginal effects on two yes-or-no outcomes of the same people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Missing
from pipeline.models.effects.averages import LINKS, average_slope
from pipeline.models.effects.bootstrap import Draws
from pipeline.models.nonlinear.cumulative import fit_logit
from pipeline.models.nonlinear.estimate import Estimate
from pipeline.models.stage.fits import Fit
from pipeline.models.stage.inference import INNER, CheckTest, MainTest
from pipeline.models.stage.specification import Prepared, on_rows

PENALTY = 1e-3
REFITS = 40


@dataclass(frozen=True)
class EffectDifference:
    """The difference with its percentile intervals.

    agrees : whether the difference on the latent scale, and that of the count cut above 1, have its sign.
    """

    main: MainTest
    check: CheckTest
    agrees: bool
    n: int
    groups: int


def effect_difference(
    name: str, fits: Sequence[Fit], plan: Plan, rng: np.random.Generator
) -> EffectDifference:
    """Return the first outcome's average marginal effect of a predictor less the second's.

    Both logits are of the rows that both models have, and are fitted again to every draw of organisations.
    The standardised difference divides each coefficient by the standard deviation of its latent outcome,
    sqrt(var(x b) + pi^2 / 3) (McKelvey & Zavoina 1975).

    Raises
    ------
    Finding
        A model without estimate, on its rows or on those of both; too few organisations.
    """
    samples = _same_rows(fits)
    clusters, terms = samples[0].sample.clusters, samples[0].sample.terms
    design, at = samples[0].sample.design, terms.index(name)
    estimates = [fit_logit(each.sample.outcome, design) for each in samples]
    own = np.eye(len(terms))[at]

    def difference(vectors: Sequence[np.ndarray], times: np.ndarray) -> np.ndarray:
        effects = [
            average_slope(LINKS["logit"], vector, design, own, times).estimate for vector in vectors
        ]
        return np.array([effects[0] - effects[1]])

    draws = (plan.missing or Missing()).mediation_bootstrap
    groups = int(clusters.max()) + 1
    fitted = [
        (each.sample.outcome, estimate.vector)
        for each, estimate in zip(samples, estimates, strict=True)
    ]
    times = rng.multinomial(groups, np.full(groups, 1 / groups), draws)[:, clusters]
    values = np.array(
        [
            difference([refit(y, design, start, count) for y, start in fitted], count)
            for count in times
        ]
    )
    drawn = Draws(difference([each.vector for each in estimates], np.ones(len(design))), values)
    low, high = drawn.interval(plan.confidence)[:, 0]
    inner_low, inner_high = drawn.interval(INNER)[:, 0]
    estimate, p = float(drawn.estimate[0]), float(drawn.p_values()[0])
    error = float(drawn.values.std(ddof=1))
    main = MainTest(estimate, error, np.nan, np.nan, p, low, high, inner_low, inner_high)
    others = [
        _standardised(estimates[0], design, at) - _standardised(estimates[1], design, at),
        *_other_cut(fits[0], samples[0], estimates[1], difference),
    ]
    agrees = all(np.sign(each) == np.sign(estimate) for each in others)
    return EffectDifference(main, CheckTest(p, p, low, high), agrees, len(design), groups)


def refit(
    outcome: np.ndarray, design: np.ndarray, start: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """Return a logit's coefficients when row i counts `times[i]` times, (p,).

    A draw of organisations may hold nobody with a control's code, or only people with one answer: the
    code's coefficient has no maximum then. A penalty of a thousandth of one person's information keeps it
    finite, which the others, with that of hundreds, do not feel, nor what is predicted of those drawn.
    """
    there = times > 0
    x, y, w = design[there], outcome[there], times[there]
    unit = np.sqrt((design**2).mean(axis=0))
    x = x / unit
    b = start * unit
    for _ in range(REFITS):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -40, 40)))
        information = (x * (w * p * (1 - p))[:, None]).T @ x + PENALTY * np.eye(len(b))
        step = np.linalg.solve(information, x.T @ (w * (y - p)) - PENALTY * b)
        b = b + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-7:
            break
    return np.asarray(b / unit)


def _same_rows(fits: Sequence[Fit]) -> list[Prepared]:
    """Return both models on the rows that both have."""
    prepared = [each.prepared for each in fits if each.prepared and each.fitted]
    if len(prepared) < len(fits):
        raise Finding("not_estimated", "a model has no estimate")
    rows = prepared[0].frame.index.intersection(prepared[1].frame.index)
    return [
        on_rows(fit.wanted, each, each.frame.index.isin(rows))
        for fit, each in zip(fits, prepared, strict=True)
    ]


def _standardised(estimate: Estimate, design: np.ndarray, at: int) -> float:
    """Return a coefficient in standard deviations of the latent outcome."""
    return float(estimate.vector[at] / np.sqrt((design @ estimate.vector).var() + np.pi**2 / 3))


def _other_cut(
    fit: Fit,
    prepared: Prepared,
    second: Estimate,
    difference: Callable[[Sequence[np.ndarray], np.ndarray], np.ndarray],
) -> list[float]:
    """Return the difference with a count cut above 1, not above 0; nothing where it is no count."""
    counts = prepared.frame[fit.wanted.outcome].to_numpy(dtype=float)
    if counts.max() <= 1:
        return []
    try:
        again = fit_logit((counts > 1).astype(float), prepared.sample.design)
    except Finding:
        return []
    return [float(difference([again.vector, second.vector], np.ones(len(counts)))[0])]
