"""What a hypothesis comes to, by the plan's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.multiplicity import holm

Verdict = Literal[
    "supported",
    "smaller_than_of_interest",
    "opposite",
    "undecided",
    "no_meaningful_relation",
    "not_supported",
]


@dataclass(frozen=True)
class Evidence:
    """What a verdict is made of.

    Attributes
    ----------
    estimate. expected : the sign, 1 or -1. p_main, p_check : adjusted p by CR2 and by the bootstrap; NaN
        where there is no such test. low, high : the 90 % interval. smallest : the smallest effect of
        interest, or None. holds : whether the conditions beside the p value are met. agrees : whether the
        forms of the estimate that must agree in sign do.
    """

    estimate: float
    expected: int
    p_main: float
    p_check: float
    low: float
    high: float
    smallest: float | None = None
    holds: bool = True
    agrees: bool = True


def verdict(evidence: Evidence, alpha: float = 0.05) -> Verdict | None:
    """Return the verdict on one hypothesis; None without an estimate.

    Both p values below alpha: supported, in the expected direction (smaller than of interest where the
    90 % interval lies inside the bounds too), opposite in the other. One of them: undecided, as without a
    test by CR2 or by the bootstrap. Neither: no meaningful relation where the 90 % interval lies inside the
    bounds (Lakens 2017), else not supported.
    """
    if np.isnan(evidence.estimate):
        return None
    below = [p < alpha for p in (evidence.p_main, evidence.p_check)]
    untested = bool(np.isnan([evidence.p_main, evidence.p_check]).any())
    if untested or below[0] != below[1] or not evidence.agrees:
        return "undecided"
    if below[0]:
        if evidence.estimate * evidence.expected < 0:
            return "opposite"
        if not evidence.holds:
            return "not_supported"
        return "smaller_than_of_interest" if _trivial(evidence) else "supported"
    return "no_meaningful_relation" if _trivial(evidence) else "not_supported"


def _trivial(evidence: Evidence) -> bool:
    """Say whether the 90 % interval lies inside the bounds of what is of no interest."""
    bound = evidence.smallest
    return bound is not None and bool(-bound < evidence.low and evidence.high < bound)


def holm_of_all(p_values: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p values of a family, in which who has none counts as not rejected.

    A hypothesis that could not be tested makes the others' tests no easier.
    """
    adjusted = holm(np.where(np.isnan(p_values), 1.0, p_values))
    return np.where(np.isnan(p_values), np.nan, adjusted)
