"""Which items stand in the way of comparing means, and what may be compared without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.predeclared import Invariance
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.invariance import Refit, Rung, Step, compare, passes
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind, Parameters
from pipeline.scales.factors.score_tests import ScoreTest, score_test

Verdict = Literal["full", "partial", "none"]
"""Whether means may be compared: of the scale as it is, without the items that differ, or not at all."""


@dataclass(frozen=True)
class Release:
    """One step of freeing: the test of each item still held equal, and the one that was freed.

    `tests` by item; `freed` is empty where no test was significant, or no item could be spared.
    """

    tests: dict[str, ScoreTest]
    freed: str


@dataclass(frozen=True)
class Gate:
    """What may be compared.

    Attributes
    ----------
    verdict. freed : items whose intercepts differ, in the order found. releases : how they were found.
    fit : the scalar model without their restrictions; the full one where the verdict is `none`.
    bias : (G,) sum of the freed items' intercept shifts over the scale's items: by how much a group's
        scale mean is off, against the first group, in points of the answers (of ordinal answers: of
        the latent responses).
    """

    verdict: Verdict
    freed: tuple[str, ...]
    releases: tuple[Release, ...]
    fit: FactorFit
    bias: np.ndarray


def open_gate(
    refit: Refit,
    rungs: Sequence[Rung],
    steps: Sequence[Step],
    limits: Invariance,
    alpha: float = 0.05,
) -> Gate:
    """Say whether means may be compared; where the scalar level fails, free items one at a time.

    The item with the largest joint score test of its G - 1 equal intercepts is freed if its p value is
    below `alpha` / items still held equal (Holm's first step), and its factor keeps `limits.
    invariant_items`; until the step from the metric level holds (Byrne, Shavelson & Muthen 1989).

    Parameters
    ----------
    refit, rungs, steps : as for `climb`, and what it returned. The score tests are robust, by organisation
        where the sample has them.
    """
    at = {rung.level: rung for rung in rungs}
    metric, scalar = at["metric"], at["scalar"]
    below = all(rung.passes for rung in rungs[1 : rungs.index(scalar)])
    if not below or scalar.passes:
        verdict: Verdict = "full" if below else "none"
        return Gate(verdict, (), (), scalar.fit, _no_bias(scalar.fit))
    equal = dict(steps)["scalar"]
    fit = scalar.fit
    freed: list[str] = []
    releases: list[Release] = []
    while True:
        release = release_next(fit, freed, limits.invariant_items, alpha)
        releases.append(release)
        if not release.freed:
            return Gate("none", (), tuple(releases), scalar.fit, _no_bias(scalar.fit))
        freed.append(release.freed)
        fit = refit(Equality(equal, intercepts_of=tuple(freed)))
        if passes("scalar", fit, metric.fit, compare(fit, metric.fit), limits):
            return Gate("partial", tuple(freed), tuple(releases), fit, mean_bias(fit))


def release_next(
    fit: FactorFit, freed: Sequence[str], invariant_items: int, alpha: float
) -> Release:
    """Test each item's equal intercepts, and say which to free next, if any."""
    held = [item for item in fit.model.items if item not in freed]
    tests = {
        item: score_test(fit.at, intercept_cells(fit.parameters, item), robust=True)
        for item in held
    }
    first = max(held, key=lambda item: tests[item].statistic)
    significant = tests[first].p_value < alpha / len(held)
    spared = _spared(fit.model, [*freed, first], invariant_items)
    return Release(tests, first if significant and spared else "")


def intercept_cells(parameters: Parameters, item: str) -> np.ndarray:
    """Return the positions of an item's intercepts in all groups but the first."""
    at = (parameters.kind == Kind.INTERCEPT) & (parameters.group > 0)
    return np.flatnonzero(at & (parameters.row == parameters.items.index(item)))


def mean_bias(fit: FactorFit) -> np.ndarray:
    """Return the sum of intercepts less the first group's, over the number of items, (G,)."""
    parameters = fit.parameters
    at = parameters.kind == Kind.INTERCEPT
    intercepts = np.zeros((len(parameters.groups), len(parameters.items)))
    intercepts[parameters.group[at], parameters.row[at]] = parameters.value[at]
    return (intercepts - intercepts[0]).mean(axis=1)


def _no_bias(fit: FactorFit) -> np.ndarray:
    return np.zeros(len(fit.parameters.groups))


def _spared(model: FactorModel, freed: Sequence[str], invariant_items: int) -> bool:
    """Say whether every factor keeps enough items that are not freed."""
    return all(len(set(items) - set(freed)) >= invariant_items for items in model.factors.values())
