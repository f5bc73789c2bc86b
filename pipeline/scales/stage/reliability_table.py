"""The table of reliability: every coefficient of every scale, overall, by language and by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.predeclared import Reliability
from pipeline.core.tables import make_table
from pipeline.scales.cluster_bootstrap import bootstrap_interval
from pipeline.scales.complete import complete_rows
from pipeline.scales.exploratory.extract import degrees_of_freedom
from pipeline.scales.factors.composites import composites
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.omega import omega_of_covariance, ordinal_reliability, schmid_leiman
from pipeline.scales.reliability import (
    Estimate,
    alpha,
    alpha_of_covariance,
    alpha_std,
    average_r,
    measurement_error,
    spearman_brown,
)
from pipeline.scales.stage.models import Fitted, chosen_estimator, of_kind, people, plain_fit
from pipeline.scales.stage.subjects import Material, Subject

Row = dict[str, object]
EVERYONE = "all"
"""The interval of omega takes seconds of all groups; it is told of everyone only."""
GROUPS_OF_GENERAL_FACTOR = 3
FEWEST_FOR_GENERAL = 9
"""Three groups of three items: fewer leave Schmid and Leiman's solution without a test of itself."""
BOOTSTRAPPED = {
    "alpha": alpha_of_covariance,
    "omega_total": omega_of_covariance,
}


@dataclass(frozen=True)
class Part:
    """A scale in a group: its name, its people's answers and organisations, where findings go."""

    subject: Subject
    group: str
    values: np.ndarray
    clusters: np.ndarray
    place: tuple[str, str, str]
    level: float

    @property
    def complete(self) -> np.ndarray:
        """The rows without a missing answer, (n, k)."""
        return self.values[~np.isnan(self.values).any(axis=1)]


def reliability_table(
    material: Material, models: Sequence[Fitted], findings: Findings
) -> pd.DataFrame:
    """Return `reliability.csv`, unweighted.

    All coefficients for everyone and for each language; alpha, its standardised kin and the average
    correlation for the plan's other groups. Intervals come from organisations drawn again.
    """
    rows: list[Row] = []
    for subject in material.scales:
        for grouping in material.splits:
            full = grouping.labels == ("all",) or grouping.labels == material.languages.labels
            for group, members in grouping.members():
                part = Part(
                    subject,
                    group,
                    subject.values[members],
                    material.clusters[members],
                    ("reliability", subject.name, group),
                    material.plan.confidence,
                )
                rows += _rows(part, material, findings, full)
    rows += _second_order_rows(models)
    return make_table(rows, "reliability")


def _rows(part: Part, material: Material, findings: Findings, full: bool) -> Iterator[Row]:
    x, level = part.complete, part.level
    n, finding = len(x), None
    try:
        complete_rows(part.values)
    except Finding as found:
        finding = findings.note(part.place, n, found, part.subject.items)
    raw = alpha(x, level)
    rng = material.generator("reliability", f"{part.subject.name} {part.group}")

    def drawn(statistic: str) -> Row:
        if not full or finding:
            return {}
        return _interval(part, statistic, material.plan.reliability.bootstrap, rng, findings)

    feldt = {"feldt_low": raw.low, "feldt_high": raw.high}
    yield _row(part, "alpha", n, raw.value, finding) | feldt | drawn("alpha")
    yield _row(part, "alpha_std", n, alpha_std(x, level).value, finding)
    yield _row(part, "average_r", n, average_r(x, level).value, finding)
    if full:
        yield from _more(part, material, findings, finding, raw, drawn)


def _more(
    part: Part,
    material: Material,
    findings: Findings,
    finding: str | None,
    raw: Estimate,
    drawn: Callable[[str], Row],
) -> Iterator[Row]:
    """Give what is told overall and by language only."""
    x, limits = part.complete, material.plan.reliability
    n, k = x.shape
    yield _row(part, "sem", n, measurement_error(x, raw.value), finding)
    if k == 2:
        found = spearman_brown(x, part.level)
        interval = {"conf_low": found.low, "conf_high": found.high, "conf_level": part.level}
        row = _row(part, "spearman_brown", n, found.value, finding) | interval
        yield row | {"interval": "fisher_z", "verdict": verdict(found.value, limits)}
    if finding:
        return
    ordinal, stop = findings.attempt(
        part.place, n, lambda: ordinal_reliability(part.values), part.subject.items
    )
    values = (ordinal.alpha, ordinal.omega) if ordinal else (np.nan, np.nan)
    yield _row(part, "ordinal_alpha", n, values[0], stop)
    if k > 2:
        yield _row(part, "ordinal_omega", n, values[1], stop)
        yield from _factor_rows(part, material, findings, drawn)
    if k >= FEWEST_FOR_GENERAL and degrees_of_freedom(k, GROUPS_OF_GENERAL_FACTOR) > 0:
        yield _general_row(part, findings)


def _factor_rows(
    part: Part, material: Material, findings: Findings, drawn: Callable[[str], Row]
) -> Iterator[Row]:
    """Give omega, composite reliability and average variance of one factor."""
    limits, n = material.plan.factors, people(part.values)
    estimator = chosen_estimator(part.subject.values, limits)
    fit, stop = findings.attempt(
        part.place,
        n,
        lambda: plain_fit(part.values, part.subject, estimator, limits),
        part.subject.items,
    )
    for suspect in fit.findings if fit else ():
        stop = findings.note(part.place, n, suspect)
    omega, ave, cr = _of_factor(fit) if fit else (np.nan,) * 3
    named = {"verdict": verdict(omega, material.plan.reliability)}
    interval = drawn("omega_total") if fit and part.group == EVERYONE else {}
    yield _row(part, "omega_total", n, omega, stop) | interval | named
    yield _row(part, "ave", n, ave, stop)
    yield _row(part, "cr", n, cr, stop)


def _of_factor(fit: FactorFit) -> tuple[float, float, float]:
    """Return omega, average variance, and composite reliability from standardised loadings."""
    found = composites(fit)[0]
    common = fit.implied.total[0][:, 0] ** 2 * fit.implied.latent_covariance[0, 0, 0]
    loadings = np.sign(fit.implied.total[0][:, 0]) * np.sqrt(
        common / np.diag(fit.implied.covariance[0])
    )
    shared = float(loadings.sum()) ** 2
    cr = shared / (shared + float((1 - loadings**2).sum()))
    return found.omega, found.ave_standard, cr


def _general_row(part: Part, findings: Findings) -> Row:
    x = part.complete
    found, stop = findings.attempt(
        part.place,
        len(x),
        lambda: schmid_leiman(np.corrcoef(x, rowvar=False)),
        part.subject.items,
    )
    if found and (found.heywood or found.heywood_items):
        finding = Finding("heywood_case", "a factor or an item is left nothing of its own")
        stop = findings.note(part.place, len(x), finding)
    return _row(part, "omega_h", len(x), found.omega_h if found else np.nan, stop)


def _interval(
    part: Part, statistic: str, replicates: int, rng: np.random.Generator, findings: Findings
) -> Row:
    """Return the ends of an interval; of omega, those of the standardised items' one factor."""
    found, _ = findings.attempt(
        part.place,
        len(part.complete),
        lambda: bootstrap_interval(
            part.values,
            part.clusters,
            BOOTSTRAPPED[statistic],
            level=part.level,
            rng=rng,
            replicates=replicates,
        ),
    )
    if found is None:
        return {}
    return {
        "conf_low": found.low,
        "conf_high": found.high,
        "conf_level": part.level,
        "interval": "organisations",
    }


def _second_order_rows(models: Sequence[Fitted]) -> Iterator[Row]:
    """Give what a second-order factor explains of the sum of all items, and the sum's reliability."""
    for model in of_kind(list(models), "second_order"):
        if model.usable is None:
            continue
        fit = model.usable
        general = next(each for each in composites(fit) if each.factor == model.subject.name)
        whole = float(fit.implied.covariance[0].sum())
        unique = float(np.diag(fit.implied.residual[0]).sum())
        shared = {
            "scale": model.subject.name,
            "group": "all",
            "n_items": len(model.subject.items),
            "n": fit.fit.n,
            "finding": model.suspect,
        }
        yield shared | {"statistic": "omega_h", "estimate": general.omega}
        if model.estimator == "mlr":
            yield shared | {"statistic": "omega_total", "estimate": 1 - unique / whole}


def _row(part: Part, statistic: str, n: int, value: float, finding: str | None) -> Row:
    return {
        "scale": part.subject.name,
        "statistic": statistic,
        "group": part.group,
        "n_items": len(part.subject.items),
        "n": n,
        "estimate": value,
        "finding": finding,
    }


def verdict(reliability: float, limits: Reliability) -> str | None:
    """Return what a scale may be used for: as a score, to compare groups, or item by item."""
    if np.isnan(reliability):
        return None
    if reliability >= limits.use:
        return "score"
    return "groups" if reliability >= limits.groups_only else "items"
