"""An inverted U (a hypothesis that tests a square): all that must hold beside the square's sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.predeclared import Hypothesis
from pipeline.models.effects.turning_point import EndSlopes, TurningPoint, end_slopes, turning_point
from pipeline.models.effects.two_lines import TwoLines, two_lines
from pipeline.models.stage.fits import Fit
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import INTERCEPT, Ground, product_term


@dataclass(frozen=True)
class InvertedU:
    """The tests of a parabola, in standard deviations of the predictor.

    turns : where it does, with Fieller's set. ends : slopes at both ends, one-sided. lines : a line up to a
    break and one after it, of the first data set; lines_p : their larger p, the median over those sets that
    allow them, NaN without most of them. least, most : the ends of the scale.
    """

    turns: TurningPoint
    ends: EndSlopes
    lines: TwoLines | None
    lines_p: float
    least: float
    most: float

    @property
    def p_value(self) -> float:
        """The larger p of the end slopes, doubled, and of the two lines; NaN without lines."""
        return float(np.maximum(min(2 * self.ends.p_value, 1.0), self.lines_p))

    @property
    def inside(self) -> bool:
        """Whether the turning point and its whole confidence set lie between the ends."""
        return self.turns.inside(self.least, self.most)


def inverted_u(hypothesis: Hypothesis, fit: PooledFit, ground: Ground) -> InvertedU:
    """Return the tests of the square's parabola; ends of the scale are brought to z-scores.

    Raises
    ------
    Finding
        No estimate, or no variation where lines could break.
    """
    if not fit.terms:
        raise Finding("not_estimated", "the model has no estimate")
    if hypothesis.ends is None:
        raise Finding("not_estimated", "the hypothesis declares no ends")
    name, plan = hypothesis.predictors[0], ground.plan
    at = [fit.terms.index(name), fit.terms.index(product_term(name, name))]
    observed = ground.scores if ground.observed is None else ground.observed
    least, most = ((end - observed[name].mean()) / observed[name].std() for end in hypothesis.ends)
    rows = np.zeros((4, len(fit.terms)))
    rows[:2, at[0]] = 1
    rows[:2, at[1]] = 2 * np.array([least, most])
    rows[[2, 3], at] = 1
    pooled = fit.combinations(rows)
    b1, b2 = (float(each) for each in pooled.estimate[2:])
    covariance, df = pooled.covariance[2:, 2:], pooled.df
    lines = [_lines(each, at) for each in fit.fits]
    found = [each.p_value for each in lines if each is not None]
    return InvertedU(
        turning_point(b1, b2, covariance, float(df[2:].min()), plan.confidence),
        end_slopes(b1, b2, covariance, (least, most), (float(df[0]), float(df[1]))),
        lines[0],
        float(np.median(found)) if 2 * len(found) > len(lines) else np.nan,
        least,
        most,
    )


def _lines(fit: Fit, at: list[int]) -> TwoLines | None:
    """Return the lines of one data set; None where the counts allow none, or are no counts."""
    if fit.prepared is None or fit.wanted.estimator != "negbin":
        return None
    sample = fit.prepared.sample
    others = [k for k, term in enumerate(sample.terms) if k not in at and term != INTERCEPT]
    quantity = sample.design[:, at[0]]
    try:
        return two_lines(sample.outcome, quantity, sample.design[:, others], sample.clusters)
    except Finding:
        return None


def largest_p(p_value: float, found: InvertedU) -> float:
    """Return the p value of the intersection: that of a negative square, or a larger one beside it."""
    return float(np.maximum(p_value, found.p_value))
