"""Factor models of the scales: which estimator, how well they fit, what the items load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.predeclared import Factors
from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import OrdinalSample, sum_up_ordinal
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.polychoric import merge_categories
from pipeline.scales.stage.subjects import Material, Subject

Estimator = Literal["mlr", "wlsmv"]
Kind = Literal["one_factor", "correlated", "second_order", "planned", "method"]
ESTIMATORS: tuple[Estimator, ...] = ("mlr", "wlsmv")


@dataclass(frozen=True)
class Fitted:
    """A model of a scale by one estimator; `fit` is None where a finding stands in the way.

    `chosen` says whether the plan judges by this estimator. `suspect` is the name of the first finding.
    """

    name: str
    subject: Subject
    kind: Kind
    estimator: Estimator
    chosen: bool
    fit: FactorFit | None
    suspect: str | None

    @property
    def usable(self) -> FactorFit | None:
        """The fit, where its estimates mean something: found, and the only ones possible."""
        broken = {"not_converged", "not_identified"}
        if self.fit is None or any(each.name in broken for each in self.fit.findings):
            return None
        return self.fit


def chosen_estimator(values: np.ndarray, limits: Factors) -> Estimator:
    """Return how the plan fits answers (n, k): least squares where they are far from numbers.

    That is, where an item has fewer than `fewest_categories` answers that anybody gave, or is skewed by
    more than `most_skew` (adjusted, SPSS).
    """
    for column in values.T:
        x = column[~np.isnan(column)]
        if 1 < len(np.unique(x)) < limits.fewest_categories or abs(_skew(x)) > limits.most_skew:
            return "wlsmv"
    return "mlr"


def _skew(x: np.ndarray) -> float:
    n = len(x)
    if n < 3 or x.std() == 0:
        return 0.0
    centred = x - x.mean()
    size = float((centred**3).mean() / (centred**2).mean() ** 1.5)
    return size * float(np.sqrt(n * (n - 1))) / (n - 2)


def ordinal_sample(
    values: np.ndarray,
    items: tuple[str, ...],
    limits: Factors,
    groups: np.ndarray | None = None,
    names: tuple[str, ...] = ("all",),
) -> OrdinalSample:
    """Return answers as least squares takes them, categories below the plan's share merged."""
    used = np.ones(len(values), dtype=bool) if groups is None else groups >= 0
    codes = merge_categories(values[used], limits.merged_category).astype(float)
    codes[codes < 0] = np.nan
    return sum_up_ordinal(
        codes, items, groups=None if groups is None else groups[used], names=names
    )


def fit_models(material: Material, findings: Findings) -> list[Fitted]:
    """Fit one factor to each scale of items; and to each scale made of others, what the plan compares.

    A scale of two items has no model: one factor needs three.
    """
    found: list[Fitted] = []
    for subject in material.subjects:
        chosen = chosen_estimator(subject.values, material.plan.factors)
        for kind in _kinds(subject):
            name = f"{subject.name}_{kind}" if subject.composite else subject.name
            bare = Fitted(name, subject, kind, chosen, True, None, None)
            for estimator in ESTIMATORS if kind == "one_factor" else (chosen,):
                tried = replace(bare, estimator=estimator, chosen=estimator == chosen)
                found.append(fitted(material, tried, factor_model(subject, kind), findings))
    return [*found, *_planned_models(material, findings)]


def _planned_models(material: Material, findings: Findings) -> Iterator[Fitted]:
    """Fit the models that the plan writes as lists of items."""
    for planned in material.plan.factor_models:
        subject = together(planned.id, material, planned.factors)
        model = FactorModel(
            planned.factors,
            planned.above,
            general=planned.general,
            correlated=planned.correlated,
            residuals=planned.residuals,
            scale="unit",
        )
        chosen = chosen_estimator(subject.values, material.plan.factors)
        bare = Fitted(planned.id, subject, "planned", chosen, True, None, None)
        yield fitted(material, bare, model, findings)


def together(name: str, material: Material, factors: Mapping[str, Sequence[str]]) -> Subject:
    """Return the items of several factors side by side, each once."""
    answers = {
        item: subject.values[:, at]
        for subject in material.scales
        for at, item in enumerate(subject.items)
    }
    items = tuple(dict.fromkeys(item for each in factors.values() for item in each))
    places = {
        factor: np.array([items.index(item) for item in each]) for factor, each in factors.items()
    }
    values = np.column_stack([answers[item] for item in items])
    return Subject(name, items, values, places, options=0)


def _kinds(subject: Subject) -> tuple[Kind, ...]:
    if not subject.composite:
        return ("one_factor",) if len(subject.items) > 2 else ()
    if len(subject.part_of) < 3:
        return ("one_factor", "correlated")
    return ("one_factor", "correlated", "second_order")


def factor_model(subject: Subject, kind: Kind) -> FactorModel:
    """Return the model of a scale; factors have variance 1."""
    if kind == "one_factor":
        return FactorModel({subject.name: subject.items}, scale="unit")
    parts = {
        name: tuple(subject.items[at] for at in places) for name, places in subject.part_of.items()
    }
    above = {subject.name: tuple(parts)} if kind == "second_order" else {}
    return FactorModel(parts, above, scale="unit")


def fitted(material: Material, bare: Fitted, model: FactorModel, findings: Findings) -> Fitted:
    """Fit a model to its subject's answers by its estimator; `bare` says all but the fit."""
    subject, n = bare.subject, people(bare.subject.values)

    def compute() -> FactorFit:
        if bare.estimator == "wlsmv":
            sample = ordinal_sample(subject.values, subject.items, material.plan.factors)
            return fit_wlsmv(sample, model)
        inside = material.clusters >= 0
        clusters = material.clusters[inside]
        answers = sum_up(subject.values[inside], subject.items, clusters=clusters)
        return fit_ml(answers, model, robust=True)

    place = ("factor_fit", bare.name, "all")
    fit, suspect = findings.attempt(place, n, compute, subject.items)
    for finding in fit.findings if fit else ():
        suspect = findings.note(place, n, finding) if suspect is None else suspect
        findings.note(place, n, finding)
    return replace(bare, fit=fit, suspect=suspect)


def people(values: np.ndarray) -> int:
    """Return how many of (n, k) answered any item."""
    return int((~np.isnan(values).all(axis=1)).sum())


def plain_fit(
    values: np.ndarray, subject: Subject, estimator: Estimator, limits: Factors
) -> FactorFit:
    """Fit one factor to some people's answers, for its estimates only; a Finding as `fit_ml`.

    Raises
    ------
    Finding : as `fit_ml`, `fit_wlsmv`; also where the estimates mean nothing.
    """
    model = factor_model(subject, "one_factor")
    if estimator == "wlsmv":
        fit = fit_wlsmv(ordinal_sample(values, subject.items, limits), model)
    else:
        fit = fit_ml(sum_up(values, subject.items), model)
    for finding in fit.findings:
        if finding.name in {"not_converged", "not_identified"}:
            raise Finding(finding.name, str(finding).partition(": ")[2], finding.items)
    return fit


def of_kind(models: list[Fitted], kind: Kind) -> Iterator[Fitted]:
    """Return the models of a kind by the estimator that the plan judges by."""
    return (each for each in models if each.kind == kind and each.chosen)
