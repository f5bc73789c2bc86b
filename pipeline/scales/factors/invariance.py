"""Whether a scale measures the same in several groups: a ladder of models, each with more held equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.predeclared import Invariance
from pipeline.scales.factors.benchmark import Benchmark
from pipeline.scales.factors.difference import difference_test
from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.fit_indices import ChiSquare
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.layout import Equal, Equality
from pipeline.scales.factors.least_squares import LeastSquares
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import OrdinalSample
from pipeline.scales.factors.sample import Sample

Level = Literal["configural", "thresholds", "metric", "scalar", "strict"]
Step = tuple[Level, tuple[Equal, ...]]
Refit = Callable[[Equality], FactorFit]

STEPS: tuple[Step, ...] = (
    ("configural", ()),
    ("metric", ("loadings",)),
    ("scalar", ("loadings", "intercepts")),
    ("strict", ("loadings", "intercepts", "residuals")),
)
ORDINAL_STEPS: tuple[Step, ...] = (
    ("configural", ()),
    ("thresholds", ("thresholds",)),
    ("metric", ("thresholds", "loadings")),
    ("scalar", ("thresholds", "loadings", "intercepts")),
    ("strict", ("thresholds", "loadings", "intercepts", "residuals")),
)
"""Wu & Estabrook (2016): thresholds first, since without them the rest has no scale."""
FEWEST_DF = 3
"""A comparison that starts from fewer degrees of freedom does not use RMSEA (Kenny et al. 2015)."""


@dataclass(frozen=True)
class Change:
    """How fit changes by a step: after less before, so that worse is negative for CFI only.

    `test` is that of the added restrictions, None where there is none.
    """

    cfi: float
    rmsea: float
    srmr: float
    test: ChiSquare | None


@dataclass(frozen=True)
class Rung:
    """One level of the ladder; the first has no change and no verdict of its own."""

    level: Level
    fit: FactorFit
    change: Change | None
    passes: bool | None


def likelihood_refit(sample: Sample, model: FactorModel, robust: bool = True) -> Refit:
    """Return the function that fits a level by maximum likelihood, the benchmark made once."""
    benchmark = Benchmark(sample)

    def refit(equality: Equality) -> FactorFit:
        return fit_ml(sample, model, equality=equality, robust=robust, benchmark=benchmark)

    return refit


def ordinal_refit(sample: OrdinalSample, model: FactorModel) -> Refit:
    """Return the function that fits a level by least squares on polychoric correlations."""

    def refit(equality: Equality) -> FactorFit:
        return fit_wlsmv(sample, model, scaling="theta", equality=equality)

    return refit


def climb(refit: Refit, limits: Invariance, steps: Sequence[Step] = STEPS) -> tuple[Rung, ...]:
    """Fit every level and compare it with the one before. R: `cfa(group =, group.equal =)`.

    A step passes when CFI falls by no more than `limits.delta_cfi`, and RMSEA rises by no more than
    `delta_rmsea` or SRMR by no more than its limit (Chen 2007; Cheung & Rensvold 2002); `judged` says
    which CFI and RMSEA. RMSEA does not count where the step starts from fewer than 3 degrees of freedom.
    A model that has not converged or is not identified never passes.
    """
    rungs: list[Rung] = []
    for level, equal in steps:
        fit = refit(Equality(equal))
        if not rungs:
            rungs.append(Rung(level, fit, None, None))
            continue
        before = rungs[-1].fit
        change = compare(fit, before)
        rungs.append(Rung(level, fit, change, passes(level, fit, before, change, limits)))
    return tuple(rungs)


def compare(after: FactorFit, before: FactorFit) -> Change:
    """Return how fit changes from one model to a more restricted one."""
    cfi, rmsea = judged(after)
    cfi_before, rmsea_before = judged(before)
    return Change(
        cfi - cfi_before,
        rmsea - rmsea_before,
        after.fit.srmr - before.fit.srmr,
        difference_test(after, before),
    )


def judged(fit: FactorFit) -> tuple[float, float]:
    """Return the CFI and RMSEA that judge a model: 1 and 0 without degrees of freedom.

    The robust ones where errors are robust or answers missing; after least squares the scaled ones,
    since robust ones are of correlations alone, and blind to thresholds and intercepts.
    """
    if fit.fit.chisq.df == 0:
        return 1.0, 0.0
    if isinstance(fit.at, LeastSquares):
        chosen = fit.fit.scaled_indices
    elif fit.fit.baseline_scaled or np.isfinite(fit.fit.robust.cfi):
        chosen = fit.fit.robust
    else:
        chosen = fit.fit.plain
    return chosen.cfi, chosen.rmsea


def passes(
    level: Level, after: FactorFit, before: FactorFit, change: Change, limits: Invariance
) -> bool:
    """Say whether a step holds, by the limits of its level."""
    broken = {"not_converged", "not_identified"}
    if any(finding.name in broken for fit in (after, before) for finding in fit.findings):
        return False
    loose = level in {"thresholds", "metric"}
    most_srmr = limits.delta_srmr_metric if loose else limits.delta_srmr_scalar
    by_rmsea = before.fit.chisq.df >= FEWEST_DF and change.rmsea <= limits.delta_rmsea
    return bool(change.cfi >= -limits.delta_cfi and (by_rmsea or change.srmr <= most_srmr))
