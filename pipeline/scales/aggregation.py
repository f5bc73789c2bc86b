"""Whether a mean over people says something of their organisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.predeclared import Aggregation as Limits
from pipeline.scales.agreement import IntraclassCorrelation
from pipeline.scales.within_group import WithinGroup

LARGEST_P = 0.05


@dataclass(frozen=True)
class Aggregation:
    """The three criteria of the analysis plan, section 5, and whether all are met.

    Attributes
    ----------
    median_n : the middle size of the organisations. reliability : of the mean of so many people, n ICC(1) /
        (1 + (n - 1) ICC(1)). median_rwg : uniform null, over organisations that have one. organisational
        : ICC(1) is significant (p < .05), and it, reliability and median_rwg reach the plan's limits; a
        criterion that is NaN is not met.
    """

    median_n: float
    reliability: float
    median_rwg: float
    organisational: bool


def aggregation(icc: IntraclassCorrelation, agreement: WithinGroup, limits: Limits) -> Aggregation:
    """Judge a score by its ICC(1) and the agreement within the same organisations."""
    sizes = agreement.n[agreement.n > 0]
    median_n = float(np.median(sizes)) if len(sizes) else np.nan
    known = agreement.rwg_uniform[~np.isnan(agreement.rwg_uniform)]
    median_rwg = float(np.median(known)) if len(known) else np.nan
    reliability = median_n * icc.icc1 / (1 + (median_n - 1) * icc.icc1)
    criteria = (
        icc.p_value < LARGEST_P,
        icc.icc1 >= limits.icc1,
        reliability >= limits.reliability,
        median_rwg >= limits.rwg,
    )
    return Aggregation(median_n, reliability, median_rwg, all(criteria))
