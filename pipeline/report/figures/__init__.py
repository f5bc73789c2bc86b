"""Figures, drawn from published tables; `FIGURES` lists every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.report.drawing import Drawing
from pipeline.report.figures.answers import draw_answers, split_answers
from pipeline.report.figures.breakoff import draw_breakoff, split_breakoff
from pipeline.report.figures.calibration import draw_calibration, split_calibration
from pipeline.report.figures.careless import draw_careless, split_careless
from pipeline.report.figures.coefficients import draw_coefficients, split_coefficients
from pipeline.report.figures.correlations import draw_correlations, split_correlations
from pipeline.report.figures.flow import draw_flow, split_flow
from pipeline.report.figures.gaps import draw_gaps, split_gaps
from pipeline.report.figures.heatmap import draw_heatmap, split_heatmap
from pipeline.report.figures.interaction import draw_interaction, split_interaction
from pipeline.report.figures.invariance import draw_invariance, split_invariance
from pipeline.report.figures.loadings import draw_loadings, split_loadings
from pipeline.report.figures.missing import draw_missing, split_missing
from pipeline.report.figures.organisation_means import draw_organisation_means, split_means
from pipeline.report.figures.portfolio import draw_portfolio, split_portfolio
from pipeline.report.figures.power import draw_power, split_power
from pipeline.report.figures.principles import draw_principles, split_principles
from pipeline.report.figures.priorities import draw_priorities, split_priorities, with_ratings
from pipeline.report.figures.ranks import draw_ranks, split_ranks, with_agreement
from pipeline.report.figures.reliability import draw_reliability, split_reliability
from pipeline.report.figures.rootogram import draw_rootogram, split_rootogram
from pipeline.report.figures.scree import draw_scree, split_scree
from pipeline.report.figures.surface import draw_surface, split_surface, with_pairs
from pipeline.report.figures.validity import draw_validity, split_validity
from pipeline.report.figures.weights import draw_weights, split_weights
from pipeline.report.wording import Wording


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure: the table it draws from, how that is split into figures, how one is drawn.

    `join` makes what is drawn from several tables, where one does not hold it.
    """

    table: str
    split: Callable[[pd.DataFrame, Wording], Iterator[tuple[str, pd.DataFrame]]]
    draw: Callable[[pd.DataFrame, Wording], Drawing]
    join: Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame] | None = None

    def source(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Return what `split` takes: the table, or what `join` makes of several."""
        return self.join(tables) if self.join else tables[self.table]


FIGURES: dict[str, FigureKind] = {
    "flow": FigureKind("flow", split_flow, draw_flow),
    "break-off": FigureKind("breakoff", split_breakoff, draw_breakoff),
    "missing": FigureKind("missing", split_missing, draw_missing),
    "weights": FigureKind("weight_distribution", split_weights, draw_weights),
    "power": FigureKind("power", split_power, draw_power),
    "answers": FigureKind("answers", split_answers, draw_answers),
    "reliability": FigureKind("reliability", split_reliability, draw_reliability),
    "loadings": FigureKind("loadings", split_loadings, draw_loadings),
    "scree": FigureKind("scree", split_scree, draw_scree),
    "validity": FigureKind("validity", split_validity, draw_validity),
    "invariance": FigureKind("invariance", split_invariance, draw_invariance),
    "organisation-means": FigureKind("organisation_means", split_means, draw_organisation_means),
    "gaps": FigureKind("gaps", split_gaps, draw_gaps),
    "principles": FigureKind("gaps", split_principles, draw_principles),
    "ranks": FigureKind("priorities", split_ranks, draw_ranks, with_agreement),
    "priorities": FigureKind("priorities", split_priorities, draw_priorities, with_ratings),
    "heatmap": FigureKind("organisation_gaps", split_heatmap, draw_heatmap),
    "surface": FigureKind("response_surface", split_surface, draw_surface, with_pairs),
    "portfolio": FigureKind("portfolio", split_portfolio, draw_portfolio),
    "correlations": FigureKind("correlations", split_correlations, draw_correlations),
    "coefficients": FigureKind("coefficients", split_coefficients, draw_coefficients),
    "interaction": FigureKind("effects", split_interaction, draw_interaction),
    "rootogram": FigureKind("rootogram", split_rootogram, draw_rootogram),
    "calibration": FigureKind("calibration", split_calibration, draw_calibration),
    "careless": FigureKind("careless_confusion", split_careless, draw_careless),
}
