"""Maximum likelihood: estimates, errors and fit equal lavaan's.

Tolerances: estimates and errors 1e-4, relative and absolute (lavaan stops when its likelihood stands
still, which leaves weak loadings loose in the fifth digit; ours are within 1e-6 standard errors of the
optimum). Fit measures 1e-4 relative, closer than the 1e-3 asked for; chi-square 1e-3 absolute; p values
of tails 1e-3 relative and 1e-9 absolute. The same with missing answers, although lavaan's EM stops at 1e-5.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from beside_lavaan import (
    BIG_FIVE,
    HOLZINGER,
    ONE,
    THREE,
    FromR,
    Shared,
    cell_names,
    check_numbers,
    name_fit,
    of_parameters,
)

from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.layout import Equality
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.factors.standardised import standardise

CLOSE = {"rel": 1e-4, "abs": 1e-4}
TAIL = {"rel": 1e-3, "abs": 1e-9}
ABSOLUTE = {"chisq", "chisq.scaled"}
LEVELS = {
    "configural": Equality(),
    "metric": Equality(("loadings",)),
    "scalar": Equality(("loadings", "intercepts")),
    "strict": Equality(("loadings", "intercepts", "residuals")),
}


def check_measures(what: str, fit: FactorFit, expected: dict[str, float]) -> None:
    """Check fit measures; those that R gives and we do not are not looked at."""
    found = name_fit(fit).measures
    tails = {name: value for name, value in expected.items() if "pvalue" in name}
    rest = {name: value for name, value in expected.items() if name not in tails}
    check_numbers(what, found, rest, rel=1e-4, abs=1e-6)
    if tails:
        check_numbers(what, found, tails, **TAIL)
    for name in ABSOLUTE & set(expected) & set(found):
        assert found[name] == pytest.approx(expected[name], abs=1e-3), (what, name)


def check_fit(what: str, fit: FactorFit, from_r: FromR, standard: bool = True) -> None:
    """Check a fit against a case of `factors.R`."""
    named, r = name_fit(fit), from_r.case(what)
    check_numbers(what, named.estimates, r.named("est"), **CLOSE)
    check_numbers(what, named.errors, r.named("se"), **CLOSE)
    check_measures(what, fit, r.named("fit"))
    if standard:
        found = standardise(fit.parameters, fit.covariance)
        names = cell_names(fit)
        values = dict(zip(names, found.value, strict=True))
        errors = dict(zip(names, found.std_error, strict=True))
        check_numbers(what, values, r.named("std"), **CLOSE)
        check_numbers(what, errors, r.named("std_se"), **CLOSE)


# ------------------------------------------------------------------------------- values of this repository

SECOND = FactorModel(THREE.factors, second_order={"h": ("a", "b", "c")})
MODELS = {
    "correlated": THREE,
    "residuals": FactorModel(THREE.factors, residuals=(("y3", "y7"),)),
    "second_order": SECOND,
    "second_order_unit": FactorModel(SECOND.factors, SECOND.second_order, scale="unit"),
    "method": FactorModel(THREE.factors, general="m", scale="unit"),
    "bifactor": FactorModel(THREE.factors, general="g", correlated=False, scale="unit"),
}


@pytest.mark.parametrize("case", MODELS)
def test_one_group_agrees_with_lavaan(factors_r: FromR, case: str) -> None:
    model = MODELS[case]
    check_fit(case, fit_ml(factors_r.sample(model), model), factors_r)


def test_a_method_that_all_items_share_alike_agrees_with_lavaan(factors_r: FromR) -> None:
    model = FactorModel(THREE.factors, general="m", equal_general=True, scale="unit")
    values = pd.read_csv(Path(__file__).parents[2] / "reference/method_factor.csv")
    fit = fit_ml(factors_r.sample(model), model)
    check_fit("method_equal", fit, FromR(factors_r.data, values), standard=False)


def test_robust_agrees_with_lavaan(factors_r: FromR) -> None:
    check_fit("one_factor_robust", fit_ml(factors_r.sample(ONE), ONE, robust=True), factors_r)


def test_by_organisation_agrees_with_lavaan(factors_r: FromR) -> None:
    fit = fit_ml(factors_r.sample(THREE, orgs=True), THREE, robust=True)
    check_fit("clustered", fit, factors_r)


@pytest.mark.parametrize(
    ("case", "robust", "orgs"),
    [
        ("missing", False, False),
        ("missing_robust", True, False),
        ("missing_clustered", True, True),
    ],
)
def test_missing_answers_agree_with_lavaan(
    factors_r: FromR, case: str, robust: bool, orgs: bool
) -> None:
    sample = factors_r.sample(THREE, "holes", orgs=orgs)
    check_fit(case, fit_ml(sample, THREE, robust=robust), factors_r)


@pytest.mark.parametrize("level", LEVELS)
def test_groups_agree_with_lavaan(factors_r: FromR, level: str) -> None:
    fit = fit_ml(factors_r.sample(THREE, groups=True), THREE, equality=LEVELS[level])
    check_fit(f"groups_{level}", fit, factors_r)


@pytest.mark.parametrize("level", LEVELS)
def test_groups_with_missing_answers_agree_with_lavaan(factors_r: FromR, level: str) -> None:
    sample = factors_r.sample(ONE, "holes", groups=True)
    fit = fit_ml(sample, ONE, equality=LEVELS[level], robust=True)
    check_fit(f"groups_missing_{level}", fit, factors_r)


def test_a_freed_intercept_agrees_with_lavaan(factors_r: FromR) -> None:
    freed = Equality(("loadings", "intercepts"), intercepts_of=("y2",))
    fit = fit_ml(factors_r.sample(ONE, groups=True), ONE, equality=freed)
    check_fit("groups_partial", fit, factors_r)


def test_organisations_that_span_groups_are_one_cluster(factors_r: FromR) -> None:
    """R's values are put together from lavaan's scores, summed over groups, and its information."""
    sample = factors_r.sample(ONE, groups=True, orgs=True)
    fit = fit_ml(sample, ONE, equality=LEVELS["scalar"], robust=True)
    r = factors_r.case("groups_clustered")
    check_numbers("errors", name_fit(fit).errors, r.named("se"), **CLOSE)
    assert fit.fit.scaled is not None
    assert fit.fit.scaled.scaling == pytest.approx(r.of["scaling"], rel=1e-5)


# ---------------------------------------------------------------------------------------- shared values


def check_shared(fit: FactorFit, expected: dict) -> None:
    named = name_fit(fit)
    check_numbers("estimates", named.estimates, of_parameters(expected["par"], "est"), **CLOSE)
    check_numbers("errors", named.errors, of_parameters(expected["par"], "se"), **CLOSE)
    check_measures("fit", fit, {k: v for k, v in expected["fit"].items() if v is not None})
    if "std_solution" in expected:
        found = standardise(fit.parameters, fit.covariance)
        names = cell_names(fit)
        for values, column in ((found.value, "est.std"), (found.std_error, "se")):
            r = of_parameters(expected["std_solution"], column)
            check_numbers(column, dict(zip(names, values, strict=True)), r, **CLOSE)


def fit_frame(frame: pd.DataFrame, model: FactorModel, robust: bool = False) -> FactorFit:
    return fit_ml(
        sum_up(frame[list(model.items)].to_numpy(dtype=float), model.items), model, robust=robust
    )


@pytest.mark.parametrize(
    ("case", "data", "robust"),
    [
        ("HS_ML", "HolzingerSwineford1939", False),
        ("HS_MLR", "HolzingerSwineford1939", True),
        ("HSmiss_FIML", "HS1939_missing", False),
    ],
)
def test_holzinger_swineford(shared: Callable[[str], Shared], case: str, data: str, robust: bool):
    reference = shared("cfa")
    check_shared(fit_frame(reference.data(data), HOLZINGER, robust), reference.values[case])


def test_holzinger_swineford_in_other_models(shared: Callable[[str], Shared]) -> None:
    reference = shared("cfa")
    data = reference.data("HolzingerSwineford1939")
    models = {
        "HS_ML_stdlv": FactorModel(HOLZINGER.factors, scale="unit"),
        "HS_1factor_ML": FactorModel({"g": HOLZINGER.items}),
        "HS_second_order": FactorModel(HOLZINGER.factors, {"g": tuple(HOLZINGER.factors)}),
    }
    for case, model in models.items():
        check_shared(fit_frame(data, model), reference.values[case])


@pytest.mark.parametrize(
    ("case", "robust", "complete"),
    [
        ("bfi_ML_complete", False, True),
        ("bfi_MLR_complete", True, True),
        ("bfi_FIML", False, False),
        ("bfi_FIML_MLR", True, False),
    ],
)
def test_big_five(shared: Callable[[str], Shared], case: str, robust: bool, complete: bool) -> None:
    reference = shared("cfa")
    frame = reference.data("bfi")[list(BIG_FIVE.items)]
    fit = fit_frame(frame.dropna() if complete else frame, BIG_FIVE, robust)
    assert fit.findings == ()
    check_shared(fit, reference.values[case])


# ------------------------------------------------------------------------------------------- invariances


def test_order_and_unit_of_items_do_not_matter(factors_r: FromR) -> None:
    rows = factors_r.data[factors_r.data["case"] == "holes"]
    turned = FactorModel({f: items[::-1] for f, items in reversed(THREE.factors.items())})
    plain = fit_frame(rows, THREE, robust=True)
    other = fit_frame(rows * 10 + 7 if False else _stretched(rows), turned, robust=True)
    assert other.fit.chisq.statistic == pytest.approx(plain.fit.chisq.statistic, rel=1e-7)
    assert other.fit.robust.cfi == pytest.approx(plain.fit.robust.cfi, rel=1e-7)
    assert other.fit.srmr == pytest.approx(plain.fit.srmr, rel=1e-6)


def _stretched(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{item: 10 * rows[item] + 7 for item in THREE.items})


def test_marker_and_unit_are_the_same_model(factors_r: FromR) -> None:
    sample = factors_r.sample(THREE, groups=True)
    unit = FactorModel(THREE.factors, scale="unit")
    for equality in LEVELS.values():
        first = fit_ml(sample, THREE, equality=equality).fit
        second = fit_ml(sample, unit, equality=equality).fit
        assert second.chisq.statistic == pytest.approx(first.chisq.statistic, rel=1e-8)
        assert second.n_parameters == first.n_parameters


def test_people_without_answers_and_without_a_group_are_left_out(factors_r: FromR) -> None:
    rows = factors_r.data[factors_r.data["case"] == "complete"][list(ONE.items)].to_numpy(float)
    blank = np.vstack([rows, np.full((3, 4), np.nan), rows[:5] + 1, rows[:5] - 1])
    groups = np.concatenate([np.zeros(len(rows) + 3, dtype=int), np.full(5, -1), np.zeros(5, int)])
    orgs = np.concatenate([np.arange(len(rows) + 8) % 40, np.full(5, -1)])
    found = fit_ml(sum_up(blank, ONE.items, groups=groups, clusters=orgs), ONE).fit
    assert found.n == len(rows)
    plain = fit_ml(sum_up(rows, ONE.items, clusters=np.arange(len(rows)) % 40), ONE).fit
    assert found.chisq.statistic == pytest.approx(plain.chisq.statistic, rel=1e-10)


def test_planted_loadings_come_back() -> None:
    """1,000 draws' worth of people in one: errors of about .005, so .02 is four of them."""
    generator = np.random.default_rng(20261123)
    planted = {"a": (0.8, 0.7, 0.6, 0.5), "b": (0.75, 0.65, 0.7, 0.55)}
    factors = generator.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=40_000)
    values = np.hstack(
        [
            np.outer(factors[:, k], loadings)
            + generator.standard_normal((40_000, 4)) * np.sqrt(1 - np.square(loadings))
            for k, loadings in enumerate(planted.values())
        ]
    )
    model = FactorModel({f: tuple(f"{f}{k}" for k in range(4)) for f in planted}, scale="unit")
    fit = fit_ml(sum_up(values, model.items), model)
    found = name_fit(fit).estimates
    for factor, loadings in planted.items():
        for k, loading in enumerate(loadings):
            assert found[f"{factor}=~{factor}{k}.1"] == pytest.approx(loading, abs=0.02)
    assert found["a~~b.1"] == pytest.approx(0.4, abs=0.02)
    assert fit.findings == ()
