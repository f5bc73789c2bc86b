"""Estimates with errors of the design, against survey 4.1-1.

Tolerance: 1e-8 relative, of the shared reference values; 1e-10 of our own, raked ones 1e-8, since R stops
raking a little earlier.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.design import (
    Design,
    effective_n,
    estimate_mean,
    estimate_ratio,
    estimate_total,
    kish_design_effect,
    left_of_population,
    residuals_on_margins,
    variance_of_total,
)

Find = Callable[[str], Path]
SHARED = {"rel": 1e-8, "abs": 1e-8}
CLOSE = {"rel": 1e-10, "abs": 1e-10}


def schools(find: Find, name: str, stratum: str) -> tuple[pd.DataFrame, Design]:
    """Return a sample of the API schools with its design; without a stratum, one of all schools."""
    data = pd.read_csv(find(f"data/{name}.csv"))
    strata, names = pd.factorize(data[stratum] if stratum else np.zeros(len(data)), sort=True)
    sizes = [data["fpc"][strata == k].iloc[0] for k in range(len(names))]
    return data, Design(data["pw"].to_numpy(), strata, np.array(sizes, dtype=float))


@pytest.mark.parametrize(
    ("key", "name", "stratum"), [("ds", "apistrat", "stype"), ("sr", "apisrs", "")]
)
def test_agrees_with_the_shared_values_of_survey(
    shared_reference: Find, key: str, name: str, stratum: str
) -> None:
    r = json.loads(shared_reference("values/survey.json").read_text())
    data, design = schools(shared_reference, name, stratum)
    for column in ("api00", "api99"):
        found, expected = (
            estimate_mean(data[column].to_numpy(float), design, 0.95),
            r[f"{key}_svymean_api00"],
        )
        agrees(
            "design",
            found.value,
            expected["est"][column],
            reference="the shared values of survey",
            **SHARED,
        )
        agrees(
            "design: std error",
            found.std_error,
            expected["SE"][column],
            reference="the shared values of survey",
            **SHARED,
        )
        agrees(
            "design: design effect",
            found.design_effect,
            expected["deff"][column],
            reference="the shared values of survey",
            **SHARED,
        )
    found = estimate_mean(data["api00"].to_numpy(float), design, 0.95)
    assert found.df == r[f"{key}_confint"]["degf"]
    agrees(
        "design",
        [found.low, found.high],
        r[f"{key}_confint"]["t"]["values"][0],
        reference="the shared values of survey",
        **SHARED,
    )

    found = estimate_total(data["enroll"].to_numpy(float), design, 0.95)
    agrees(
        "design",
        found.value,
        r[f"{key}_svytotal_enroll"]["est"]["enroll"],
        reference="the shared values of survey",
        **SHARED,
    )
    agrees(
        "design: std error",
        found.std_error,
        r[f"{key}_svytotal_enroll"]["SE"][0],
        reference="the shared values of survey",
        **SHARED,
    )

    found = estimate_ratio(
        data["api.stu"].to_numpy(float), data["enroll"].to_numpy(float), design, 0.95
    )
    agrees(
        "design",
        found.value,
        r[f"{key}_svyratio"]["ratio"],
        reference="the shared values of survey",
        **SHARED,
    )
    agrees(
        "design",
        found.std_error**2,
        r[f"{key}_svyratio"]["var"],
        reference="the shared values of survey",
        **SHARED,
    )


@pytest.mark.parametrize(
    ("key", "name", "stratum"), [("ds", "apistrat", "stype"), ("sr", "apisrs", "")]
)
def test_shares_and_domains_agree_with_the_shared_values(
    shared_reference: Find, key: str, name: str, stratum: str
) -> None:
    r = json.loads(shared_reference("values/survey.json").read_text())
    data, design = schools(shared_reference, name, stratum)
    for row in r[f"{key}_svyby"]:
        kind = row["stype"]
        share = estimate_mean((data["stype"] == kind).to_numpy(float), design, 0.95)
        expected = r[f"{key}_svymean_stype"]
        agrees(
            "design",
            share.value,
            expected["est"][f"stype{kind}"],
            reference="survey, shared values",
            **SHARED,
        )
        agrees(
            "design: std error",
            share.std_error,
            expected["SE"][f"stype{kind}"],
            reference="survey, shared values",
            **SHARED,
        )
        domain = data["api99"].where(data["stype"] == kind).to_numpy(float)
        found = estimate_mean(domain, design, 0.95)
        agrees("design", found.value, row["api99"], reference="survey, shared values", **SHARED)
        agrees(
            "design: std error",
            found.std_error,
            row["se"],
            reference="survey, shared values",
            **SHARED,
        )


def test_the_mean_of_raked_weights_agrees_with_the_shared_values(shared_reference: Find) -> None:
    r = json.loads(shared_reference("values/survey.json").read_text())["rake_bfi"]
    data = pd.read_csv(shared_reference("data/bfi_raked_weights.csv"))
    bfi = pd.read_csv(shared_reference("data/bfi.csv")).set_index("id")
    margins = tuple(pd.factorize(data[name])[0] for name in ("gender", "education", "ageg"))
    weights, n = data["w_survey"].to_numpy(), len(data)
    design = Design(weights, np.zeros(n, dtype=int), None, np.ones(n), margins)
    found = estimate_mean(bfi["E3"].reindex(data["id"]).to_numpy(float), design, 0.95)
    agrees(
        "design",
        found.value,
        r["mean_E3"]["est"]["E3"],
        reference="survey, shared values",
        **SHARED,
    )
    agrees(
        "design: std error",
        found.std_error,
        r["mean_E3"]["SE"][0],
        reference="survey, shared values",
        **SHARED,
    )
    agrees(
        "design: kish design effect",
        kish_design_effect(weights),
        r["deff"],
        reference="survey, shared values",
        **SHARED,
    )
    agrees(
        "design: effective n",
        effective_n(weights),
        n / r["deff"],
        reference="survey, shared values",
        **SHARED,
    )


def ours(data: pd.DataFrame, population: bool) -> Design:
    strata = data["stratum"].to_numpy() - 1
    sizes = data.groupby("stratum")["population"].first().to_numpy(float) if population else None
    return Design(data["weight"].to_numpy(), strata, sizes)


@pytest.mark.parametrize("case", ["finite", "replaced"])
def test_strata_with_unequal_weights_and_one_of_a_single_person(from_r, case: str) -> None:
    data, r = from_r("design")
    design = ours(data, case == "finite")
    y, x, part = (data[name].to_numpy(float) for name in ("y", "x", "part"))
    found = estimate_mean(y, design, 0.95)
    for quantity in ("value", "std_error", "df", "low", "high", "design_effect"):
        assert getattr(found, quantity) == pytest.approx(r.loc[f"{case}_mean", quantity], **CLOSE)
    others = {
        "domain": estimate_mean(part, design, 0.95),
        "total": estimate_total(y, design, 0.95),
        "ratio": estimate_ratio(y, x, design, 0.95),
    }
    for name, each in others.items():
        assert each.value == pytest.approx(r.loc[f"{case}_{name}", "value"], **CLOSE), name
        assert each.std_error == pytest.approx(r.loc[f"{case}_{name}", "std_error"], **CLOSE), name


@pytest.mark.parametrize("case", ["equal", "unequal"])
def test_errors_after_raking(from_r, case: str) -> None:
    """Weights are raked here; test_raking.py compares them with R's own."""
    from pipeline.responses.weights.raking import Margin, rake

    data, r = from_r("design")
    targets = {"sex": {"f": 190, "m": 189}, "age": {"a": 100, "b": 140, "c": 139}}
    margins = [
        Margin(
            name,
            tuple(of),
            data[name].map(list(of).index).to_numpy(),
            np.array([*of.values()], float),
        )
        for name, of in targets.items()
    ]
    base = np.ones(len(data)) if case == "equal" else data["weight"].to_numpy()
    weights = rake(base, margins, 379, allowed=1e-9).weights
    strata = data["stratum"].to_numpy() - 1
    design = Design(weights, strata, None, base, tuple(each.cells for each in margins))
    found = estimate_mean(data["y"].to_numpy(float), design, 0.95)
    assert found.value == pytest.approx(r.loc[f"raked_{case}", "value"], **SHARED)
    assert found.std_error == pytest.approx(r.loc[f"raked_{case}", "std_error"], **SHARED)


# ------------------------------------------------------------------------------- without R


def test_the_variance_is_that_of_all_samples_that_could_have_been_drawn() -> None:
    """Every sample of 2 of 4 and 3 of 5 people: the variances' mean is the variance of the totals."""
    from itertools import combinations, product

    population = [np.array([1.0, 4, 6, 7]), np.array([2.0, 2, 5, 9, 3])]
    totals, variances = [], []
    for a, b in product(combinations(population[0], 2), combinations(population[1], 3)):
        values, strata = np.array([*a, *b]), np.array([0, 0, 1, 1, 1])
        design = Design(np.array([2.0, 2, *[5 / 3] * 3]), strata, np.array([4.0, 5.0]))
        totals.append(design.weights @ values)
        variances.append(variance_of_total(values, design))
    assert np.mean(variances) == pytest.approx(np.var(totals))


@given(st.integers(0, 10_000), st.floats(0.01, 1000))
def test_units_of_weights_do_not_matter_and_rows_have_no_order(seed: int, unit: float) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(4, 40))
    y, strata = generator.normal(3, 1, n), generator.integers(0, 3, n)
    weights = generator.uniform(0.5, 4, n)
    first = estimate_mean(y, Design(weights, strata), 0.9)
    order = generator.permutation(n)
    again = estimate_mean(y[order], Design(unit * weights[order], strata[order]), 0.9)
    assert vars(again) == pytest.approx(vars(first), rel=1e-9, abs=1e-9, nan_ok=True)


def test_a_constant_and_what_margins_explain_have_no_error() -> None:
    cells = np.array([0, 1, 1, 0, 2, 2])
    base, strata = np.array([1.0, 2, 3, 1, 1, 2]), np.zeros(6, dtype=int)
    assert estimate_mean(np.full(6, 4.0), Design(base, strata), 0.95).std_error == 0
    design = Design(base, strata, None, base, (cells,))
    explained = estimate_mean(cells.astype(float), design, 0.95)
    assert explained.std_error == pytest.approx(0, abs=1e-12)
    assert estimate_mean(cells.astype(float), Design(base, strata), 0.95).std_error > 0.1


def test_residuals_are_those_of_a_weighted_regression_on_the_cells() -> None:
    generator = np.random.default_rng(20261121)
    y, w = generator.normal(size=60), generator.uniform(0.5, 3, 60)
    a, b = generator.integers(0, 3, 60), generator.integers(0, 4, 60)
    dummies = np.column_stack([np.eye(3)[a], np.eye(4)[b]])
    root = np.sqrt(w)[:, None]
    fitted = dummies @ np.linalg.lstsq(root * dummies, root[:, 0] * y, rcond=None)[0]
    assert residuals_on_margins(y, w, (a, b), 200) == pytest.approx(y - fitted, abs=1e-10)


def test_who_is_in_no_cell_keeps_the_value() -> None:
    y, cells = np.array([1.0, 3, 10]), np.array([0, 0, -1])
    assert residuals_on_margins(y, np.ones(3), (cells,)).tolist() == [-1, 1, 10]


def test_nobody_and_one_person() -> None:
    nobody = estimate_mean(np.full(3, np.nan), Design(np.ones(3), np.zeros(3, dtype=int)), 0.95)
    assert nobody.n == 0
    assert np.isnan([nobody.value, nobody.std_error, nobody.low]).all()
    one = estimate_mean(np.array([2.0]), Design(np.ones(1), np.zeros(1, dtype=int)), 0.95)
    assert (one.n, one.value, one.df) == (1, 2, 0)
    assert np.isnan([one.std_error, one.low, one.design_effect]).all()
    nothing = estimate_ratio(
        np.ones(2), np.zeros(2), Design(np.ones(2), np.zeros(2, dtype=int)), 0.95
    )
    assert np.isnan(nothing.value)


def test_everyone_asked_leaves_no_error_in_a_census() -> None:
    design = Design(np.ones(4), np.zeros(4, dtype=int), np.array([4.0]))
    assert estimate_mean(np.array([1.0, 2, 3, 4]), design, 0.95).std_error == 0


def test_what_is_left_of_a_population() -> None:
    found = left_of_population(np.array([10.0, 10, 10, 1, 12]), np.array([1000.0, 20, 10, 1, 8]))
    assert found == pytest.approx([990 / 999, 10 / 19, 1 / 9, 1, 1 / 7])


def test_kish_by_hand() -> None:
    weights = np.array([1.0, 1, 4])
    assert kish_design_effect(weights) == pytest.approx(3 * 18 / 36)
    assert effective_n(weights) == pytest.approx(2)
    assert np.isnan(kish_design_effect(np.empty(0)))
    assert effective_n(np.empty(0)) == 0
