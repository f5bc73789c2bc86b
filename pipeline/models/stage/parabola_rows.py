"""What a model says of a term that enters with its square: rows of `effects.csv`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.student import t_quantile
from pipeline.models.effects.turning_point import EndSlopes, TurningPoint, end_slopes, turning_point
from pipeline.models.effects.two_lines import TwoLines, two_lines
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.stage.effect_rows import Named, Row, effect_keys
from pipeline.models.stage.fits import Fit


class Parabola:
    """A term and its square in a fitted model, with where they enter.

    `scale` is the centre and standard deviation by which the term was made a z-score, (0, 1) where it
    enters as it is; `ends` are the lowest and highest value before that.
    """

    def __init__(
        self, fit: Fit, term: str, ends: tuple[float, float], scale: tuple[float, float]
    ) -> None:
        if fit.fitted is None or fit.robust is None or fit.prepared is None:
            raise Finding("not_estimated", "the model has no estimates")
        self.fitted: Fitted = fit.fitted
        self.sample: Sample = fit.prepared.sample
        self.term = term
        self.ends, self.scale = ends, scale
        at = [self.fitted.at(term), self.fitted.at(f"{term}^2")]
        self.linear, self.square = (float(self.fitted.estimate[k]) for k in at)
        self.covariance = fit.robust.covariance[np.ix_(at, at)]
        places = [(end - scale[0]) / scale[1] for end in ends]
        rows = np.zeros((4, len(self.fitted.terms)))
        rows[[0, 1], at] = 1.0
        rows[[2, 3], at[0]] = 1.0
        rows[[2, 3], at[1]] = [2 * place for place in places]
        self.df = [float(df) for df in fit.robust.contrast(rows).df]
        self.places = (places[0], places[1])

    def turning_point(self, level: float) -> TurningPoint:
        """Return where it turns, in the term's own unit, with Fieller's set by t at the smaller df."""
        found = turning_point(self.linear, self.square, self.covariance, min(self.df[:2]), level)
        centre, deviation = self.scale
        own = [centre + deviation * each for each in (found.estimate, found.low, found.high)]
        return TurningPoint(own[0], own[1], own[2], found.kind)

    def end_slopes(self) -> EndSlopes:
        """Return the slopes at the ends and their one-sided tests, with Satterthwaite's df."""
        df = (self.df[2], self.df[3])
        return end_slopes(self.linear, self.square, self.covariance, self.places, df)

    def two_lines(self) -> TwoLines:
        """Return the two-lines test on the same rows; the break in the term's own unit."""
        names = self.sample.terms
        kept = [
            k for k, t in enumerate(names) if t not in ("intercept", self.term, f"{self.term}^2")
        ]
        centre, deviation = self.scale
        quantity = centre + deviation * self.sample.design[:, names.index(self.term)]
        others = self.sample.design[:, kept]
        return two_lines(self.sample.outcome, quantity, others, self.sample.clusters)


def parabola_rows(fit: Fit, parabola: Parabola, level: float) -> Iterator[Row]:
    """Yield the turning point, the slopes at the ends, and, of counts, the two lines.

    What the answers do not allow is a row with its finding. Slopes at the ends are coefficients' (on the
    log or logit scale, by the unit that entered), with one-sided p; so are the lines', by the term's own
    unit, with two-sided p.
    """
    term = parabola.term
    base: Row = {"n": parabola.fitted.n, "conf_level": level}
    point = parabola.turning_point(level)
    bounded = point.kind == "interval"
    yield {
        **effect_keys(fit, Named("turning_point", term, "all")),
        **base,
        "estimate": point.estimate,
        "df": min(parabola.df[:2]),
        "conf_low": point.low if bounded else np.nan,
        "conf_high": point.high if bounded else np.nan,
        "finding": None if bounded else "no_bounds",
    }
    ends = parabola.end_slopes()
    sides = (
        ("low_slope", ends.low, ends.low_error, ends.low_p, 0),
        ("high_slope", ends.high, ends.high_error, ends.high_p, 1),
    )
    for name, slope, error, p, k in sides:
        df = parabola.df[2 + k]
        half = t_quantile(df, level) * error
        yield {
            **effect_keys(fit, Named(name, term, f"{term}={parabola.ends[k]:g}")),
            **base,
            "estimate": slope,
            "std_error": error,
            "df": df,
            "p_value": p,
            "conf_low": slope - half,
            "conf_high": slope + half,
        }
    if parabola.fitted.estimator == "negbin":
        yield from _line_rows(fit, parabola, level)


def _line_rows(fit: Fit, parabola: Parabola, level: float) -> Iterator[Row]:
    base: Row = {"n": parabola.fitted.n, "conf_level": level}
    names = ("line_before", "line_after")
    try:
        lines = parabola.two_lines()
    except Finding as finding:
        for name in names:
            named = effect_keys(fit, Named(name, parabola.term, "all"))
            yield {**named, **base, "finding": finding.name}
        return
    for name, line in zip(names, (lines.before, lines.after), strict=True):
        half = t_quantile(line.df, level) * line.std_error
        yield {
            **effect_keys(fit, Named(name, parabola.term, f"{parabola.term}={lines.at:.6g}")),
            **base,
            "estimate": line.slope,
            "std_error": line.std_error,
            "df": line.df,
            "p_value": line.p_value,
            "conf_low": line.slope - half,
            "conf_high": line.slope + half,
        }
