"""The stage from ratings given twice to tables, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.gaps.difference_reliability import gap_reliability_table, with_reliability
from pipeline.gaps.organisations import organisation_gaps_table
from pipeline.gaps.portfolio import portfolio_tables
from pipeline.gaps.surface_tables import surface_tables
from pipeline.gaps.table import method_tables
from pipeline.gaps.targets import Target


@dataclass(frozen=True)
class Ratings:
    """What was rated twice.

    `frame` has one row a respondent: `<target>_current`, `<target>_desired`, all scores, the organisation
    levels and type, `weight`, `design_weight`, and the plan's groups. `targets` are items, then scales;
    `shares` the items of each question that asks for shares of 100. `completed` are copies of `frame`
    in each of which missing ratings are imputed; without any, complete pairs are used.
    """

    frame: pd.DataFrame
    targets: Sequence[Target]
    shares: Mapping[str, Sequence[str]]
    completed: Sequence[pd.DataFrame] = ()

    @property
    def items(self) -> list[str]:
        """The names of the items that are rated twice."""
        return [each.name for each in self.targets if each.level == "item"]

    @property
    def scales(self) -> list[str]:
        """The names of the scales that are rated twice."""
        return [each.name for each in self.targets if each.level == "scale"]


def gap_tables(
    ratings: Ratings, measured: Mapping[str, pd.DataFrame], plan: Plan, findings: Findings
) -> dict[str, pd.DataFrame]:
    """Return the tables of gaps, by name; what the answers do not allow is a finding.

    `measured` are the tables of how well the scales measure.
    """
    frame, items, scales = ratings.frame, ratings.items, ratings.scales
    tables = method_tables(ratings.completed or [frame], ratings.targets, plan, findings)
    reliability = gap_reliability_table(frame, items, scales, measured, plan, findings)
    return {
        **tables,
        "gaps": with_reliability(tables["gaps"], reliability),
        "gap_reliability": reliability,
        "organisation_gaps": organisation_gaps_table(frame, items, scales, plan, findings),
        **surface_tables(frame, items, scales, plan, findings),
        **portfolio_tables(frame, ratings.shares, plan, findings),
    }
