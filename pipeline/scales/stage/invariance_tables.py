"""Whether languages may be compared: the ladder of every scale, the gate, and the items that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.tables import make_table
from pipeline.scales.factors.dif import Dif, dif_of_items
from pipeline.scales.factors.dmacs import dmacs_of_items
from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.invariance import (
    ORDINAL_STEPS,
    STEPS,
    Refit,
    Rung,
    Step,
    climb,
    compare,
    likelihood_refit,
    ordinal_refit,
)
from pipeline.scales.factors.latent_means import latent_mean_differences
from pipeline.scales.factors.partial import Gate, open_gate
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.stage.model_tables import fit_columns
from pipeline.scales.stage.models import (
    Estimator,
    chosen_estimator,
    factor_model,
    ordinal_sample,
    people,
)
from pipeline.scales.stage.subjects import Material, Subject

Row = dict[str, object]
ALL = "all"


@dataclass(frozen=True)
class Comparison:
    """One scale over languages.

    Attributes
    ----------
    inside : labels of the languages in the ladder. groups : (n,) positions in `inside`, -1 for others.
    rungs, gate : None where `finding` stands in the way. dif : by item. dmacs : by item, the largest;
        of scales that are not fully invariant only.
    """

    subject: Subject
    estimator: Estimator
    inside: tuple[str, ...]
    groups: np.ndarray
    rungs: tuple[Rung, ...] = ()
    gate: Gate | None = None
    finding: str | None = None
    dif: tuple[Dif, ...] = ()
    dmacs: dict[str, float] | None = None

    @property
    def verdict(self) -> str:
        """What may be compared."""
        return self.gate.verdict if self.gate else "untested"


def compare_languages(material: Material, findings: Findings) -> list[Comparison]:
    """Climb the ladder of every scale of items, over the languages in which enough people answered."""
    if len(material.languages.labels) < 2:
        return []
    return [_compare(material, subject, findings) for subject in material.scales]


def _compare(material: Material, subject: Subject, findings: Findings) -> Comparison:
    found = ladder_of(material, subject, findings)
    if found.gate is None:
        return found
    limits = material.plan.invariance
    dif = dif_of_items(subject.values, found.groups, limits.dif_p, limits.dif_r2)
    found = replace(found, dif=tuple(dif))
    return replace(found, dmacs=_dmacs(found) if _differs(found) else None)


def ladder_of(material: Material, subject: Subject, findings: Findings) -> Comparison:
    """Climb the ladder of one scale and open its gate, as far as that goes; no DIF, no dMACS."""
    plan = material.plan
    inside, groups = _inside(material, subject)
    estimator = chosen_estimator(subject.values, plan.factors)
    bare = Comparison(subject, estimator, inside, groups)
    place, n = ("invariance", subject.name, ALL), people(subject.values[groups >= 0])

    def ladder() -> Comparison:
        if len(inside) < 2:
            text = (
                f"{len(inside)} languages have {plan.invariance.least_group} people; 2 are needed"
            )
            raise Finding("too_few_groups", text)
        if len(subject.items) < 3:
            raise Finding("not_identified", "one factor needs three items to be compared")
        refit, steps = _refit(material, bare)
        rungs = climb(refit, plan.invariance, steps)
        gate = open_gate(refit, rungs, steps, plan.invariance)
        return replace(bare, rungs=rungs, gate=gate)

    found, stop = findings.attempt(place, n, ladder, subject.items)
    if found is None:
        return replace(bare, finding=stop)
    for rung in found.rungs:
        for suspect in rung.fit.findings:
            stop = findings.note(place, n, suspect)
    return replace(found, finding=stop)


def _inside(material: Material, subject: Subject) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the languages in which enough people answered the scale, the largest first."""
    answered = ~np.isnan(subject.values).all(axis=1) & (material.clusters >= 0)
    codes = np.where(answered, material.languages.codes, -1)
    labels = material.languages.labels
    n = np.bincount(codes[codes >= 0], minlength=len(labels))
    order = [
        g for g in np.argsort(-n, kind="stable") if n[g] >= material.plan.invariance.least_group
    ]
    groups = np.full(len(codes), -1)
    for position, g in enumerate(order):
        groups[codes == g] = position
    return tuple(labels[g] for g in order), groups


def _refit(material: Material, each: Comparison) -> tuple[Refit, Sequence[Step]]:
    model = factor_model(each.subject, "one_factor")
    values, items = each.subject.values, each.subject.items
    if each.estimator == "wlsmv":
        limits = material.plan.factors
        sample = ordinal_sample(values, items, limits, each.groups, each.inside)
        return ordinal_refit(sample, model), ORDINAL_STEPS
    inside = each.groups >= 0
    answers = sum_up(
        values[inside],
        items,
        groups=each.groups[inside],
        names=each.inside,
        clusters=material.clusters[inside],
    )
    return likelihood_refit(answers, model), STEPS


def _differs(found: Comparison) -> bool:
    return found.verdict != "full" or any(each.flagged for each in found.dif)


def _dmacs(found: Comparison) -> dict[str, float] | None:
    """Return each item's largest dMACS, of answers taken as numbers."""
    if found.estimator == "wlsmv":
        return None
    inside = found.groups >= 0
    answers = sum_up(
        found.subject.values[inside],
        found.subject.items,
        groups=found.groups[inside],
        names=found.inside,
    )
    refit = likelihood_refit(answers, factor_model(found.subject, "one_factor"), robust=False)
    by_group = dmacs_of_items(refit, found.rungs[0].fit)
    return {
        item: max(value for (of, _), value in by_group.items() if of == item)
        for item in found.subject.items
    }


def invariance_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return `invariance.csv`: every level of every ladder; one row where there is none."""
    rows = [row for each in comparisons for row in _ladder_rows(each)]
    return make_table(rows, "invariance")


def _ladder_rows(each: Comparison) -> Iterator[Row]:
    shared: Row = {
        "scale": each.subject.name,
        "estimator": each.estimator,
        "languages": ";".join(_code(label) for label in each.inside),
        "n": people(each.subject.values[each.groups >= 0]),
        "verdict": each.verdict,
        "finding": each.finding,
    }
    if not each.rungs:
        yield shared | {"level": "configural"}
    before: FactorFit | None = None
    for rung in each.rungs:
        if rung.level == "strict" and each.gate and each.gate.verdict == "partial" and before:
            yield shared | _partial_row(each, each.gate)
        yield shared | _rung_row(rung)
        before = rung.fit


def _rung_row(rung: Rung) -> Row:
    row = {"level": rung.level, "passes": rung.passes, **fit_columns(rung.fit)}
    if rung.change is None:
        return row
    return row | _deltas(rung.change.cfi, rung.change.rmsea, rung.change.srmr)


def _partial_row(each: Comparison, gate: Gate) -> Row:
    metric = next(rung for rung in each.rungs if rung.level == "metric")
    change = compare(gate.fit, metric.fit)
    return {
        "level": "partial",
        "passes": True,
        "freed_items": ";".join(gate.freed),
        **fit_columns(gate.fit),
        **_deltas(change.cfi, change.rmsea, change.srmr),
    }


def _deltas(cfi: float, rmsea: float, srmr: float) -> Row:
    return {"delta_cfi": cfi, "delta_rmsea": rmsea, "delta_srmr": srmr}


def _code(label: str) -> str:
    return label.partition("=")[2]


def comparability_table(comparisons: Sequence[Comparison], material: Material) -> pd.DataFrame:
    """Return `comparability.csv`: for each scale and language, whether its mean may be compared."""
    rows = [row for each in comparisons for row in _gate_rows(each, material)]
    return make_table(rows, "comparability")


def _gate_rows(each: Comparison, material: Material) -> Iterator[Row]:
    freed = each.gate.freed if each.gate else ()
    means = (
        {} if each.verdict not in {"full", "partial"} or not each.gate else _means(each.gate.fit)
    )
    for g, label in enumerate(material.languages.labels):
        at = each.inside.index(label) if label in each.inside else -1
        values = each.subject.values[material.languages.codes == g]
        tested = at >= 0 and each.gate is not None
        with_all, without = _with_and_without(each.subject, values, freed if tested else ())
        yield {
            "scale": each.subject.name,
            "group": label,
            "n": people(values),
            "gate": at >= 0,
            "verdict": each.verdict if tested else "untested",
            "freed_items": ";".join(freed) if tested and freed else None,
            "mean_bias": each.gate.bias[at] if tested and each.gate else np.nan,
            "latent_difference": means.get(label, (np.nan, np.nan))[0],
            "latent_std_error": means.get(label, (np.nan, np.nan))[1],
            "without_freed": without,
            "with_all": with_all,
            "finding": each.finding,
        }


def _means(fit: FactorFit) -> dict[str, tuple[float, float]]:
    found = {
        each.group: (each.standard, each.standard_error) for each in latent_mean_differences(fit)
    }
    return {fit.parameters.groups[0]: (0.0, np.nan), **found}


def _with_and_without(
    subject: Subject, values: np.ndarray, freed: Sequence[str]
) -> tuple[float, float]:
    """Return the mean score of people who answered everything, with all items and without the freed."""
    if not freed:
        return np.nan, np.nan
    x = values[~np.isnan(values).any(axis=1)]
    kept = [at for at, item in enumerate(subject.items) if item not in freed]
    return (float(x.mean()), float(x[:, kept].mean())) if len(x) else (np.nan, np.nan)


def item_invariance_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return `item_invariance.csv`: score tests, DIF and dMACS of every item whose scale was compared."""
    rows = [row for each in comparisons if each.gate for row in _item_rows(each, each.gate)]
    return make_table(rows, "item_invariance")


def _item_rows(each: Comparison, gate: Gate) -> Iterator[Row]:
    tests = {item: test for release in gate.releases for item, test in release.tests.items()}
    for item, dif in zip(each.subject.items, each.dif, strict=True):
        yield {
            "scale": each.subject.name,
            "item": item,
            "n": dif.n,
            "freed": item in gate.freed,
            "score_statistic": tests[item].statistic if item in tests else np.nan,
            "score_p": tests[item].p_value if item in tests else np.nan,
            "dif_p": dif.p_adjusted,
            "dif_r2": dif.r2_change,
            "dif": None if dif.finding else dif.flagged,
            "dmacs": (each.dmacs or {}).get(item, np.nan),
        }
