"""How the errors of an item that is rated twice go together: one answering style, one wording."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.tables import make_table
from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.parameters import Kind
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.stage.models import people
from pipeline.scales.stage.subjects import Material, Subject

Row = dict[str, object]
SIDES = ("_current", "_desired")
UNUSABLE = {"not_converged", "not_identified"}


def error_covariances_table(material: Material, findings: Findings) -> pd.DataFrame:
    """Return `error_covariances.csv`: of each scale rated twice, by maximum likelihood, unweighted.

    Two factors, how it is and how it should be, that correlate; the residuals of the same item correlate
    too. Missing answers by full information; the errors take everyone as drawn alone (there are more
    parameters than organisations). R: `lavaan::cfa(missing = "ml", information = "observed")` with
    `A_current ~~ A_desired` for every item.
    """
    subjects = {each.name: each for each in material.scales}
    rows: list[Row] = []
    for name, current in subjects.items():
        scale = name.removesuffix(SIDES[0])
        desired = subjects.get(f"{scale}{SIDES[1]}")
        if scale != name and desired is not None:
            rows += _rows(scale, current, desired, findings)
    return make_table(rows, "error_covariances")


def _rows(scale: str, current: Subject, desired: Subject, findings: Findings) -> Iterator[Row]:
    items = (*current.items, *desired.items)
    pairs = tuple(zip(current.items, desired.items, strict=True))
    factors = {current.name: current.items, desired.name: desired.items}
    values = np.hstack([current.values, desired.values])
    model = FactorModel(factors, residuals=pairs, scale="unit")
    place = ("error_covariances", scale, "all")
    n = people(values)

    def compute() -> FactorFit:
        return fit_ml(sum_up(values, items), model)

    fit, name = findings.attempt(place, n, compute, items)
    for finding in fit.findings if fit else ():
        name = findings.note(place, n, finding) if finding.name in UNUSABLE or not name else name
    broken = fit is None or any(finding.name in UNUSABLE for finding in fit.findings)
    covariances = {} if broken or fit is None else residual_covariances(fit)
    for one, two in pairs:
        value, error = covariances.get(frozenset((one, two)), (np.nan, np.nan))
        item = one.removesuffix(SIDES[0])
        yield {"scale": scale, "item": item, "n": n, "estimate": value, "std_error": error} | {
            "finding": name
        }


def residual_covariances(fit: FactorFit) -> dict[frozenset[str], tuple[float, float]]:
    """Return the covariance of every pair of residuals that is free, with its standard error."""
    p, errors = fit.parameters, fit.std_error
    apart = np.flatnonzero((p.kind == Kind.RESIDUAL) & (p.row != p.column))
    return {
        frozenset((p.items[p.row[k]], p.items[p.column[k]])): (float(p.value[k]), float(errors[k]))
        for k in apart
    }
