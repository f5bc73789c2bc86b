"""Response surfaces of every target and outcome, what they say of congruence, and where pairs lie."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.design_matrix import design_matrix
from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.gap_contracts import ALONG_LINES, COEFFICIENTS, CONDITIONS
from pipeline.core.grouping import group_by
from pipeline.core.multiplicity import benjamini_hochberg
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Inference
from pipeline.core.predeclared import Surface as SurfacePlan
from pipeline.core.student import t_quantile, two_sided_p
from pipeline.core.tables import make_table
from pipeline.core.variance import varies
from pipeline.gaps.congruence import congruence_conditions
from pipeline.gaps.surface import PARAMETERS, Surface, SurfaceData, fit_surface, surface_data
from pipeline.gaps.surface_bootstrap import draw_organisations, percentiles, redrawn_surfaces

Row = dict[str, object]
SIDES = ("current", "desired")
TESTED = (*COEFFICIENTS, *ALONG_LINES)


def surface_tables(
    ratings: pd.DataFrame,
    items: Sequence[str],
    scales: Sequence[str],
    plan: Plan,
    findings: Findings,
) -> dict[str, pd.DataFrame]:
    """Return `response_surface`, `congruence` and `gap_pairs`; empty where the plan declares no surface.

    Unweighted, of people with both ratings, the outcome and all controls. Outcomes are z-scores over
    everyone who has one. The same draws of organisations serve all models.
    """
    tables: dict[str, list[Row]] = {"response_surface": [], "congruence": [], "gap_pairs": []}
    rule = plan.gaps.surface if plan.gaps and "surface" in plan.gaps.methods else None
    if rule:
        tables["gap_pairs"] = list(_pair_rows(ratings, (*items, *scales)))
        models = _Models(ratings, plan, rule, findings)
        for target in (*items, *scales):
            level = "item" if target in items else "scale"
            for outcome in rule.outcomes:
                key: Row = {"target": target, "outcome": outcome, "level": level}
                surface, congruence = models.rows(target, outcome)
                tables["response_surface"] += [
                    {**key, "centre": rule.centre, **row} for row in surface
                ]
                tables["congruence"] += [{**key, **row} for row in congruence]
    made = {name: make_table(rows, name) for name, rows in tables.items()}
    surfaces = made["response_surface"]
    p_value, q_value = surfaces["p_value"].to_numpy(), np.full(len(surfaces), np.nan)
    for family in surfaces.groupby(["level", "outcome", "parameter"]).indices.values():
        q_value[family] = benjamini_hochberg(p_value[family])
    return {**made, "response_surface": surfaces.assign(q_value=q_value)}


class _Models:
    """The models of a plan, one at a time, on the columns that all share."""

    def __init__(
        self, ratings: pd.DataFrame, plan: Plan, rule: SurfacePlan, findings: Findings
    ) -> None:
        self.plan, self.rule, self.findings = plan, rule, findings
        self.ratings = ratings
        self.controls = list(plan.controls if rule.controls is None else rule.controls)
        self.organisations = group_by(ratings[plan.organisation.levels[0]], "organisation")
        seed = [plan.seed, zlib.crc32(b"response_surface")]
        self.times = draw_organisations(
            max(len(self.organisations.labels), 1),
            plan.gaps.bootstrap if plan.gaps else 0,
            np.random.default_rng(seed),
        )
        self.outcomes = {name: _standardised(ratings[name]) for name in rule.outcomes}
        known = ratings[self.controls].notna().all(axis=1).to_numpy()
        self.complete = known & (self.organisations.codes >= 0)

    def rows(self, target: str, outcome: str) -> tuple[list[Row], list[Row]]:
        """Return the rows of one target and outcome in both tables."""
        columns = [f"{target}_{side}" for side in SIDES]
        pair = self.ratings[columns].to_numpy(dtype=float, na_value=np.nan)
        values = self.outcomes[outcome]
        used = self.complete & ~np.isnan(pair).any(axis=1) & ~np.isnan(values)
        n = int(used.sum())
        place = f"{target} {outcome}"

        def compute() -> tuple[Surface, np.ndarray]:
            data = self._data(pair[used], values[used], used, place)
            there = np.unique(self.organisations.codes[used])
            return fit_surface(data), redrawn_surfaces(data, self.times[:, there])

        found, finding = self.findings.attempt(("response_surface", place, "all"), n, compute)
        if found is None:
            empty: Row = {"n": n, "finding": finding}
            return (
                [{**empty, "parameter": name} for name in PARAMETERS],
                [{**empty, "condition": name} for name in CONDITIONS],
            )
        surface, drawn = found
        return (
            list(_parameter_rows(surface, drawn, self.plan)),
            self._congruence(surface, drawn, _rarer_side(pair[used]), place),
        )

    def _data(
        self, pair: np.ndarray, outcome: np.ndarray, used: np.ndarray, place: str
    ) -> SurfaceData:
        terms, design = design_matrix(self.ratings.loc[used, self.controls], self.controls)
        clusters = self.organisations.codes[used]
        centred = (pair[:, 0] - self.rule.centre, pair[:, 1] - self.rule.centre)
        data, redundant = surface_data(outcome, centred, design[:, 1:], clusters)
        if redundant:
            named = ", ".join(terms[1 + k] for k in redundant)
            self.findings.note(
                ("response_surface", place, "all"),
                len(pair),
                Finding("collinear_terms", f"{named} follows from the other terms; left out"),
            )
        return data

    def _congruence(
        self, surface: Surface, drawn: np.ndarray, sides: float, place: str
    ) -> list[Row]:
        conditions = congruence_conditions(surface, drawn, sides, self.rule, self.plan.confidence)
        finding = None
        if not conditions[0].holds:
            finding = self.findings.note(
                ("congruence", place, "all"),
                surface.n,
                Finding(
                    "one_sided_pairs",
                    f"{100 * sides:.1f} % of pairs lie on the rarer side; no claim is made",
                ),
            )
        return [
            {
                "condition": each.name,
                "n": surface.n,
                "estimate": each.value,
                "interval": each.interval,
                "conf_low": each.low,
                "conf_high": each.high,
                "conf_level": each.level,
                "bound_low": each.bound_low,
                "bound_high": each.bound_high,
                "holds": each.holds,
                "finding": finding if each.name in ("sides", "broad", "strict") else None,
            }
            for each in conditions
        ]


def _standardised(values: pd.Series) -> np.ndarray:
    """Return (n,) z-scores (n - 1); zeros where everyone has the same value, which a model then finds."""
    x = values.to_numpy(dtype=float)
    known = x[~np.isnan(x)]
    if not varies(x):
        return np.asarray(x * 0)
    return np.asarray((x - known.mean()) / known.std(ddof=1))


def _rarer_side(pair: np.ndarray) -> float:
    """Return the share of (n, 2) pairs with C < D or with C > D, whichever is smaller."""
    gap = pair[:, 1] - pair[:, 0]
    return float(min((gap > 1e-9).mean(), (gap < -1e-9).mean()))


def _parameter_rows(surface: Surface, drawn: np.ndarray, plan: Plan) -> Iterator[Row]:
    """Give the row of each parameter; no test below the plan's least degrees of freedom.

    The constant is that of the controls' first codes, which are not in every draw: it is not drawn again.
    """
    level, least = plan.confidence, (plan.inference or Inference()).least_df
    low, high, counts = percentiles(drawn, level)
    for k, name in enumerate(PARAMETERS):
        value, error, df = surface.estimate[k], surface.std_error[k], surface.df[k]
        half = t_quantile(df, level) * error
        redrawn: Row = {"boot_low": low[k], "boot_high": high[k], "draws": counts[k]}
        tested = name in TESTED and error > 0 and df >= least
        yield {
            "parameter": name,
            "n": surface.n,
            "groups": surface.groups,
            "estimate": value,
            "std_error": error,
            "df": df,
            "p_value": float(two_sided_p(value / error, df)) if tested else np.nan,
            "conf_low": value - half,
            "conf_high": value + half,
            "conf_level": level,
            **({} if name == "b0" else redrawn),
        }


def _pair_rows(ratings: pd.DataFrame, targets: Sequence[str]) -> Iterator[Row]:
    """Give the people of every pair of whole points, from the lowest rating anywhere to the highest."""
    columns = [f"{target}_{side}" for target in targets for side in SIDES]
    points = np.floor(ratings[columns].to_numpy(dtype=float, na_value=np.nan) + 0.5)
    if np.isnan(points).all():
        return
    low, high = int(np.nanmin(points)), int(np.nanmax(points))
    many = high - low + 1
    for k, target in enumerate(targets):
        pair = points[:, 2 * k : 2 * k + 2]
        pair = pair[~np.isnan(pair).any(axis=1)].astype(int) - low
        counts = np.bincount(pair @ [many, 1], minlength=many**2)
        for cell, n in enumerate(counts):
            yield {
                "target": target,
                "current": low + cell // many,
                "desired": low + cell % many,
                "n": n,
                "percent": 100 * n / len(pair) if len(pair) else np.nan,
            }
