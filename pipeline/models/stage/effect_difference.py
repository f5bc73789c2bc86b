"""The difference of a predictor's average marginal effects on two yes-or-no outcomes of the same people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Missing
from pipeline.models.effects.averages import LINKS, average_slope
from pipeline.models.effects.bootstrap import Draws
from pipeline.models.nonlinear.cumulative import fit_logit
from pipeline.models.stage.fits import Fit
from pipeline.models.stage.inference import INNER, CheckTest, MainTest
from pipeline.models.stage.specification import on_rows

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
    name: str, sets: Sequence[Sequence[Fit]], plan: Plan, rng: np.random.Generator
) -> EffectDifference:
    """Return the first outcome's average marginal effect of a predictor less the second's.

    Both logits are of the rows that both models have, and are fitted again to every draw of organisations.
    Of completed data sets, `sets` of two fits each, estimates are means, and their draws, as many
    together as the plan has it, are pooled (Schomaker & Heumann 2018). The latent difference divides each
    coefficient by the standard deviation of its latent outcome, sqrt(var(x b) + pi^2 / 3) (McKelvey &
    Zavoina 1975).

    Raises
    ------
    Finding
        A model without estimate, on its rows or on those of both; too few organisations.
    """
    pairs = [_pair(fits, name) for fits in sets]
    groups = int(pairs[0].clusters.max()) + 1
    draws = -(-(plan.missing or Missing()).mediation_bootstrap // len(pairs))
    values = np.concatenate([each.draws(draws, groups, rng) for each in pairs])
    estimate = float(np.mean([each.difference() for each in pairs]))
    drawn = Draws(np.array([estimate]), values)
    low, high = drawn.interval(plan.confidence)[:, 0]
    inner_low, inner_high = drawn.interval(INNER)[:, 0]
    p, error = float(drawn.p_values()[0]), float(values.std(ddof=1))
    main = MainTest(estimate, error, np.nan, np.nan, p, low, high, inner_low, inner_high)
    forms = zip(*(each.other_forms() for each in pairs), strict=True)
    agrees = all(np.sign(np.mean(form)) == np.sign(estimate) for form in forms)
    return EffectDifference(main, CheckTest(p, p, low, high), agrees, len(pairs[0].design), groups)


@dataclass(frozen=True)
class _Pair:
    """Both logits on the rows that both models have; `first`, `second` their coefficients."""

    design: np.ndarray
    clusters: np.ndarray
    at: int
    outcomes: tuple[np.ndarray, np.ndarray]
    first: np.ndarray
    second: np.ndarray
    counts: np.ndarray

    def difference(
        self, vectors: Sequence[np.ndarray] = (), times: np.ndarray | None = None
    ) -> float:
        own = np.eye(self.design.shape[1])[self.at]
        one, two = (
            average_slope(LINKS["logit"], each, self.design, own, times).estimate
            for each in vectors or (self.first, self.second)
        )
        return one - two

    def draws(self, number: int, groups: int, rng: np.random.Generator) -> np.ndarray:
        """Return the difference in draws of organisations, (number, 1)."""
        drawn = rng.multinomial(groups, np.full(groups, 1 / groups), number)
        values = []
        for times in drawn[:, self.clusters]:
            both = zip(self.outcomes, (self.first, self.second), strict=True)
            vectors = [refit(outcome, self.design, start, times) for outcome, start in both]
            values.append([self.difference(vectors, times)])
        return np.array(values)

    def other_forms(self) -> list[float]:
        """Return the difference on the latent scale, and of a count that with another cut: above 1."""
        scales = [
            np.sqrt((self.design @ each).var() + np.pi**2 / 3) for each in (self.first, self.second)
        ]
        latent = self.first[self.at] / scales[0] - self.second[self.at] / scales[1]
        if self.counts.max() <= 1:
            return [float(latent)]
        again = fit_logit((self.counts > 1).astype(float), self.design).vector
        return [float(latent), self.difference((again, self.second))]


def _pair(fits: Sequence[Fit], name: str) -> _Pair:
    prepared = [each.prepared for each in fits if each.prepared and each.fitted]
    if len(prepared) < len(fits):
        raise Finding("not_estimated", "a model has no estimate")
    rows = prepared[0].frame.index.intersection(prepared[1].frame.index)
    first, second = (
        on_rows(fit.wanted, each, each.frame.index.isin(rows))
        for fit, each in zip(fits, prepared, strict=True)
    )
    design, outcomes = first.sample.design, (first.sample.outcome, second.sample.outcome)
    return _Pair(
        design=design,
        clusters=first.sample.clusters,
        at=first.sample.terms.index(name),
        outcomes=outcomes,
        first=fit_logit(outcomes[0], design).vector,
        second=fit_logit(outcomes[1], design).vector,
        counts=first.frame[fits[0].wanted.outcome].to_numpy(dtype=float),
    )


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
