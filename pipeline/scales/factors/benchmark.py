"""What every model of the same answers is measured against: no restrictions, and no correlations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.scales.factors.fit_indices import ChiSquare, Measured, chi_square
from pipeline.scales.factors.incomplete import completed
from pipeline.scales.factors.maximum_likelihood import Likelihood, likelihood
from pipeline.scales.factors.parameters import Kind, Parameters
from pipeline.scales.factors.robust import (
    SaturatedSpread,
    complete_trace,
    sandwich,
    saturated_spread,
)
from pipeline.scales.factors.sample import Sample
from pipeline.scales.factors.saturated import Saturated, saturated


@dataclass(frozen=True)
class Benchmark:
    """The unrestricted model and the one without correlations, each worked out once, when asked for.

    Means are modelled with several groups, missing answers or organisations, as lavaan does.
    """

    sample: Sample

    @property
    def means(self) -> bool:
        """Say whether means are modelled."""
        sample = self.sample
        return len(sample.groups) > 1 or not sample.complete or sample.clustered

    @property
    def n_moments(self) -> int:
        """Return how many moments the unrestricted model has."""
        p = len(self.sample.items)
        return len(self.sample.groups) * (p * (p + 1) // 2 + (p if self.means else 0))

    @cached_property
    def saturated(self) -> Saturated:
        """Return the unrestricted moments."""
        return saturated(self.sample)

    @cached_property
    def spread(self) -> SaturatedSpread:
        """Return the information and the scores of the unrestricted moments."""
        return saturated_spread(self.sample, self.saturated)

    @cached_property
    def trace(self) -> float:
        """Return the trace of the unrestricted moments, for scaling."""
        if self.sample.complete:
            return complete_trace(self.sample, self.saturated, self.means)
        return self.spread.trace

    @cached_property
    def uncorrelated(self) -> Likelihood:
        """Return the model without correlations at its optimum."""
        return uncorrelated(self.sample, self.means)

    @cached_property
    def uncorrelated_trace(self) -> float:
        """Return the trace of the model without correlations, for scaling."""
        return sandwich(self.uncorrelated).trace

    def test(
        self, at: Likelihood, trace: float | None = None
    ) -> tuple[ChiSquare, ChiSquare | None]:
        """Return the likelihood ratio test of a model, and its scaled form given the model's trace.

        Yuan & Bentler (2000) as Mplus has it: the statistic over (trace without restrictions - the
        model's) / df. R: `test = "yuan.bentler.mplus"`. None where the scaling is not positive.
        """
        df = self.n_moments - at.parameters.n_free
        statistic = max(2 * (self.saturated.log_likelihood - at.log_likelihood), 0.0)
        plain = chi_square(statistic, df)
        if trace is None or df == 0:
            return plain, None
        scaling = (self.trace - trace) / df
        return plain, chi_square(statistic, df, scaling) if scaling > 0 else None

    @cached_property
    def baseline(self) -> ChiSquare:
        """Return the test of no correlations."""
        return self.test(self.uncorrelated)[0]

    @cached_property
    def baseline_scaled(self) -> ChiSquare | None:
        """Return the scaled test of no correlations."""
        return self.test(self.uncorrelated, self.uncorrelated_trace)[1]

    def corrected(self, at: Likelihood, scaled: ChiSquare | None, robust: bool) -> Measured:
        """Return the statistic that robust indices take, with its mean per degree of freedom.

        With complete answers it is the plain one with the scaling; NaN where there is none.
        """
        plain = self.test(at)[0]
        if plain.df == 0:
            return Measured(0.0, 0)
        if self.sample.complete:
            return Measured(plain.statistic, plain.df, scaled.scaling if scaled else np.nan)
        return completed(at, plain.df, self.saturated, self.spread, robust)

    @cached_property
    def baseline_corrected(self) -> Measured:
        """Return the same of the model without correlations."""
        return self.corrected(self.uncorrelated, self.baseline_scaled, True)

    @cached_property
    def baseline_corrected_normal(self) -> Measured:
        """Return the same under normality."""
        return self.corrected(self.uncorrelated, None, False)


def uncorrelated(sample: Sample, means: bool) -> Likelihood:
    """Return the likelihood of uncorrelated items at its optimum, which is each item's own."""
    kinds = [Kind.RESIDUAL, Kind.INTERCEPT] if means else [Kind.RESIDUAL]
    shape = (len(sample.groups), len(kinds), len(sample.items))
    group, kind, item = (each.ravel() for each in np.indices(shape))
    own = [(np.nanvar(g.values, axis=0), np.nanmean(g.values, axis=0)) for g in sample.groups]
    cells = Parameters(
        sample.items,
        (),
        sample.names,
        kind=np.array(kinds)[kind],
        group=group,
        row=item,
        column=np.where(kind == 0, item, 0),
        free=np.arange(len(kind)),
        value=np.array(own)[:, : len(kinds)].ravel(),
    )
    found = likelihood(sample, cells)
    if found is None:
        raise ValueError("an item without variance got past the checks")
    return found
