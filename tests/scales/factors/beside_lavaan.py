"""Fits in lavaan's words, to lay beside its own; models and answers that several tests fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from validation import agrees

from pipeline.scales.factors.fit import FactorFit
from pipeline.scales.factors.fit_indices import ChiSquare
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import OrdinalSample, sum_up_ordinal
from pipeline.scales.factors.sample import Sample, sum_up

LANGUAGES = ("en", "fr", "nl")
THREE = FactorModel(
    {
        "a": ("y1", "y2", "y3", "y4"),
        "b": ("y5", "y6", "y7", "y8"),
        "c": ("y9", "y10", "y11", "y12"),
    }
)
ONE = FactorModel({"a": ("y1", "y2", "y3", "y4")})
HOLZINGER = FactorModel(
    {"visual": ("x1", "x2", "x3"), "textual": ("x4", "x5", "x6"), "speed": ("x7", "x8", "x9")}
)
BIG_FIVE = FactorModel({f: tuple(f"{f}{k}" for k in range(1, 6)) for f in "ACENO"})


@dataclass(frozen=True)
class Named:
    """A fit in lavaan's words: estimates and errors by name, and `fitMeasures`."""

    estimates: dict[str, float]
    errors: dict[str, float]
    measures: dict[str, float]


def name_fit(fit: FactorFit) -> Named:
    """Return a fit in lavaan's words; names of parameters end in the number of their group."""
    cells = fit.parameters
    names = [_numbered(fit, cell) for cell in range(len(cells.kind))]
    values = {name: float(value) for name, value in zip(names, cells.value, strict=True)}
    errors = {name: float(error) for name, error in zip(names, fit.std_error, strict=True)}
    return Named(values, errors, _measures(fit))


def cell_names(fit: FactorFit) -> list[str]:
    """Return the cells' names, each ending in the number of its group."""
    return [_numbered(fit, cell) for cell in range(len(fit.parameters.kind))]


def _numbered(fit: FactorFit, cell: int) -> str:
    cells = fit.parameters
    name = cells.name(cell)
    if len(cells.groups) > 1:
        name = name.removesuffix(f".{cells.groups[cells.group[cell]]}")
    return f"{name}.{cells.group[cell] + 1}"


def _measures(fit: FactorFit) -> dict[str, float]:
    of = fit.fit
    found = {
        "npar": of.n_parameters,
        "logl": of.log_likelihood,
        "aic": of.aic,
        "bic": of.bic,
        "srmr": of.srmr,
        "srmr_bentler_nomean": of.srmr_covariances,
        **_test("", of.chisq, ""),
        **_test("baseline.", of.baseline, ""),
        **_test("", of.scaled, ".scaled"),
        **_test("baseline.", of.baseline_scaled, ".scaled"),
    }
    if of.scaled:
        found["chisq.scaling.factor"] = of.scaled.scaling
    ends = {"": of.plain, ".scaled": of.scaled_indices, ".robust": of.robust}
    for end, indices in ends.items():
        found |= {f"cfi{end}": indices.cfi, f"tli{end}": indices.tli, f"rmsea{end}": indices.rmsea}
        found[f"rmsea.ci.lower{end}"] = indices.rmsea_low
        found[f"rmsea.ci.upper{end}"] = indices.rmsea_high
    return found


def _test(start: str, test: ChiSquare | None, end: str) -> dict[str, float]:
    if test is None:
        return {}
    return {
        f"{start}chisq{end}": test.statistic,
        f"{start}df{end}": test.df,
        f"{start}pvalue{end}": test.p_value,
    }


def turned(name: str) -> str:
    """Return `x~~y.1` as `y~~x.1`: lavaan and we may name a covariance's ends in either order."""
    ends, _, group = name.rpartition(".")
    first, _, second = ends.partition("~~")
    return f"{second}~~{first}.{group}"


def check_numbers(
    what: str, found: Mapping[str, float], expected: Mapping[str, float], **tolerance: float
) -> None:
    """Check every number that R has and we do; at least one."""
    pairs = {}
    for name, value in expected.items():
        ours = name if name in found else turned(name)
        if ours in found and not pd.isna(value):
            pairs[name] = (found[ours], value)
    assert pairs, what
    wrong = {
        name: pair for name, pair in pairs.items() if pair[0] != pytest.approx(pair[1], **tolerance)
    }
    assert not wrong, (what, wrong)
    ours, theirs = zip(*pairs.values(), strict=True)
    statistic = f"factor model: {what.replace('_', ' ')}"
    agrees(statistic, ours, theirs, reference="lavaan::cfa", **tolerance)


@dataclass(frozen=True)
class Shared:
    """The shared reference values of a topic, and its input files."""

    values: dict[str, Any]
    find: Callable[[str], Path]

    def data(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.find(f"data/{name}.csv"))


def of_parameters(rows: list[dict[str, Any]], column: str) -> dict[str, float]:
    """Return a column of lavaan's parameter table by name."""
    return {
        f"{row['lhs']}{row['op']}{row['rhs']}.{row.get('group', 1)}": row[column] for row in rows
    }


@dataclass(frozen=True)
class Values:
    """R's values of one case, by what they are of."""

    of: pd.Series

    def named(self, kind: str) -> dict[str, float]:
        """Return e.g. the estimates (`est`), by name."""
        start = f"{kind} "
        mine = self.of[self.of.index.str.startswith(start)]
        return dict(zip(mine.index.str.removeprefix(start), mine, strict=True))


@dataclass(frozen=True)
class FromR:
    """The answers of a topic, with the values that R gives for them."""

    data: pd.DataFrame
    values: pd.DataFrame

    def case(self, name: str) -> Values:
        rows = self.values[self.values["case"] == name]
        assert len(rows), f"no case {name}"
        return Values(rows.set_index("quantity")["value"])

    def sample(
        self,
        model: FactorModel,
        case: str = "complete",
        *,
        groups: bool = False,
        orgs: bool = False,
    ) -> Sample:
        rows = self.data[self.data["case"] == case]
        language = rows["lang"].map({name: k for k, name in enumerate(LANGUAGES)})
        return sum_up(
            rows[list(model.items)].to_numpy(dtype=float),
            model.items,
            groups=language.to_numpy() if groups else None,
            names=LANGUAGES if groups else ("all",),
            clusters=rows["org"].to_numpy() if orgs else None,
        )


@dataclass(frozen=True)
class OrdinalFromR(FromR):
    """Ordinal answers of two groups, with the values that R gives for them."""

    def ordinal(
        self, model: FactorModel, case: str = "complete", groups: bool = False
    ) -> OrdinalSample:
        rows = self.data[self.data["case"] == case]
        return sum_up_ordinal(
            rows[list(model.items)].to_numpy(dtype=float),
            model.items,
            groups=(rows["group"] == "two").to_numpy(dtype=int) if groups else None,
            names=("one", "two") if groups else ("all",),
        )
