"""What a model says of a term that enters with its square: rows of `effects.csv`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.predeclared import Hypothesis
from pipeline.core.student import t_quantile
from pipeline.models.stage.effect_rows import Named, Row, effect_keys
from pipeline.models.stage.inverted_u import InvertedU, inverted_u
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground


def parabola_rows(hypothesis: Hypothesis, pooled: PooledFit, ground: Ground) -> Iterator[Row]:
    """Yield the turning point, the slopes at the ends, and the two lines of a hypothesis on a square.

    The turning point and the places are in the predictor's own unit; slopes are coefficients per standard
    deviation, with one-sided p at the ends and two-sided p of the lines. A set of turning points without
    ends is the finding `no_bounds`; what the answers do not allow is a row with its finding.
    """
    fit, name, level = pooled.first, hypothesis.predictors[0], ground.plan.confidence
    base: Row = {"n": None if fit.fitted is None else fit.fitted.n, "conf_level": level}
    try:
        found = inverted_u(hypothesis, pooled, ground)
    except Finding as finding:
        lost = effect_keys(fit, Named("turning_point", name, "all"))
        yield {**lost, **base, "finding": finding.name}
        return
    column = (ground.scores if ground.observed is None else ground.observed)[name]
    centre, deviation = float(column.mean()), float(column.std())
    bounded = found.turns.kind == "interval"
    yield {
        **effect_keys(fit, Named("turning_point", name, "all")),
        **base,
        "estimate": centre + deviation * found.turns.estimate,
        "conf_low": centre + deviation * found.turns.low if bounded else np.nan,
        "conf_high": centre + deviation * found.turns.high if bounded else np.nan,
        "finding": None if bounded else "no_bounds",
    }
    for named, values in _slopes(found, name, (centre, deviation), level):
        yield {**effect_keys(fit, named), **base, **values}


def _slopes(
    found: InvertedU, name: str, scale: tuple[float, float], level: float
) -> Iterator[tuple[Named, Row]]:
    centre, deviation = scale
    ends, lines = found.ends, found.lines
    for effect, end, slope, error, p in (
        ("low_slope", found.least, ends.low, ends.low_error, ends.low_p),
        ("high_slope", found.most, ends.high, ends.high_error, ends.high_p),
    ):
        named = Named(effect, name, f"{name}={centre + deviation * end:g}")
        yield named, {"estimate": slope, "std_error": error, "p_value": p}
    if lines is None:
        return
    at = f"{name}={centre + deviation * lines.at:.6g}"
    for effect, line in (("line_before", lines.before), ("line_after", lines.after)):
        half = t_quantile(line.df, level) * line.std_error
        yield (
            Named(effect, name, at),
            {
                "estimate": line.slope,
                "std_error": line.std_error,
                "df": line.df,
                "p_value": line.p_value,
                "conf_low": line.slope - half,
                "conf_high": line.slope + half,
            },
        )
