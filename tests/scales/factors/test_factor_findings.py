"""Answers and models that cannot be fitted, or only suspiciously: named, and never a traceback."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import Finding
from pipeline.core.predeclared import Invariance
from pipeline.scales.factors.composites import composites, factor_pairs
from pipeline.scales.factors.fit import FactorFit, fit_ml
from pipeline.scales.factors.fit_ordinal import fit_wlsmv
from pipeline.scales.factors.invariance import STEPS, climb, likelihood_refit
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.ordinal_sample import sum_up_ordinal
from pipeline.scales.factors.partial import open_gate
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.factors.score_tests import modification_indices
from pipeline.scales.factors.standardised import standardise

ONE = FactorModel({"f": ("a", "b", "c", "d")})
PEOPLE = 300


def answers(k: int = 4, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    x = np.outer(generator.standard_normal(PEOPLE), np.linspace(0.9, 0.6, k))
    x += 0.7 * generator.standard_normal(x.shape)
    return np.clip(np.round(3 + x), 1, 5)


def describe_all(fit: FactorFit) -> FactorFit:
    """Ask all there is of a fit: none of it may fail."""
    standardise(fit.parameters, fit.covariance)
    modification_indices(fit.at)
    composites(fit)
    factor_pairs(fit)
    return fit


def of_numbers(x: np.ndarray, model: FactorModel = ONE, **sample) -> FactorFit:
    return describe_all(fit_ml(sum_up(x, model.items, **sample), model, robust=True))


def of_codes(x: np.ndarray, model: FactorModel = ONE, **sample) -> FactorFit:
    return describe_all(fit_wlsmv(sum_up_ordinal(x - 1, model.items, **sample), model))


def put(x: np.ndarray, column: int, values: np.ndarray | float) -> np.ndarray:
    changed = x.copy()
    changed[:, column] = values
    return changed


X = answers()
HALVES = np.repeat([0, 1], PEOPLE // 2)
TWELVE = np.repeat([0, 1], [PEOPLE - 12, 12])
THREE = np.repeat([0, 1], [PEOPLE - 3, 3])
NAMES = {"names": ("nl", "en")}


@pytest.mark.parametrize("fit", [of_numbers, of_codes])
@pytest.mark.parametrize(
    ("x", "sample", "name", "text"),
    [
        pytest.param(put(X, 1, 3.0), {}, "constant_item", "alike by all: b", id="constant"),
        pytest.param(X[:4], {}, "too_few_people", "4 people answered; 4 items need 5", id="n = k"),
        pytest.param(X * np.nan, {}, "no_answers", "nobody answered any", id="all missing"),
        pytest.param(put(X, 2, np.nan), {}, "no_answers", "nobody answered c", id="item missing"),
        pytest.param(put(X, 3, X[:, 0]), {}, "collinear_items", "one follows", id="twice the same"),
        pytest.param(
            X, {"groups": THREE, **NAMES}, "too_few_people", "3 people in group en", id="group of 3"
        ),
        pytest.param(
            X, {"groups": HALVES * 0, **NAMES}, "too_few_people", "0 people in group en", id="empty"
        ),
        pytest.param(
            np.where(HALVES[:, None] * (np.arange(4) == 1) == 1, 4.0, X),
            {"groups": HALVES, **NAMES},
            "constant_item",
            "in group en: b",
            id="constant in a group",
        ),
    ],
)
def test_answers_that_cannot_be_fitted(
    fit: Callable[..., FactorFit], x: np.ndarray, sample: dict, name: str, text: str
) -> None:
    with pytest.raises(Finding, match=text) as found:
        fit(x, **sample)
    assert found.value.name == name


def test_items_that_add_up() -> None:
    """Three items give the fourth; each pair of them is fine."""
    with pytest.raises(Finding, match="a, b, c, d") as found:
        of_numbers(put(X, 3, X[:, 0] + X[:, 1] - X[:, 2]))
    assert found.value.name == "collinear_items"
    assert found.value.items == (0, 1, 2, 3)


def test_items_that_nobody_answered_together() -> None:
    x = X.copy()
    x[:150, 0], x[150:, 1] = np.nan, np.nan
    with pytest.raises(Finding, match="both a and b") as found:
        of_numbers(x)
    assert found.value.name == "no_answers"
    with pytest.raises(Finding):
        of_codes(x)


def test_too_much_missing_for_moments() -> None:
    x = np.where(np.random.default_rng(3).random((12, 4)) < 0.35, np.nan, X[:12])
    with pytest.raises(Finding) as found:
        of_numbers(x)
    assert found.value.name in {"not_converged", "no_answers", "collinear_items"}


def test_an_empty_category_in_one_group() -> None:
    x = X.copy()
    x[HALVES == 1, 0] = np.maximum(x[HALVES == 1, 0], 2)
    with pytest.raises(Finding, match="in group en gave answer 0 of a: merge") as found:
        of_codes(x, groups=HALVES, **NAMES)
    assert (found.value.name, found.value.items) == ("empty_category", (0,))


def test_a_group_of_twelve_is_fitted_or_named() -> None:
    fit = of_numbers(X, groups=TWELVE, **NAMES)
    assert fit.fit.sizes == (288, 12)
    with pytest.raises(Finding, match="in group en") as found:
        of_codes(X, groups=TWELVE, **NAMES)
    assert found.value.name == "empty_category"


@pytest.mark.parametrize(
    ("clusters", "raises"), [(np.zeros(PEOPLE, dtype=int), True), (np.arange(PEOPLE) % 8, False)]
)
def test_too_few_organisations(clusters: np.ndarray, raises: bool) -> None:
    if raises:
        with pytest.raises(Finding, match="one organisation"):
            of_numbers(X, clusters=clusters)
        return
    (finding,) = of_numbers(X, clusters=clusters).findings
    assert finding.name == "too_few_groups"
    assert "8 organisations and 12 parameters" in str(finding)


# ------------------------------------------------------------------------------------------------- models


def test_more_parameters_than_moments() -> None:
    model = FactorModel({"f": ("a", "b")})
    for fit in (of_numbers, of_codes):
        with pytest.raises(Finding, match="parameters, the answers only") as found:
            fit(X[:, :2], model)
        assert found.value.name == "not_identified"


@pytest.mark.parametrize(
    ("model", "named"),
    [
        pytest.param(
            FactorModel({"f": ("a", "b"), "g": ("c", "d")}, correlated=False),
            {"f=~b", "f~~f", "a~~a", "b~~b"},
            id="two items, uncorrelated",
        ),
        pytest.param(
            FactorModel({"f": ("a", "b", "c"), "g": ("d", "e", "h")}, {"s": ("f", "g")}),
            {"s=~g", "f~~f", "g~~g", "s~~s"},
            id="second order above two",
        ),
    ],
)
def test_parameters_that_cannot_be_told_apart_are_named(
    model: FactorModel, named: set[str]
) -> None:
    fit = of_numbers(answers(len(model.items)), model)
    (text,) = [str(each) for each in fit.findings if each.name == "not_identified"]
    assert all(name in text for name in named)
    assert np.isnan(fit.std_error[fit.parameters.moving]).all()


def test_heywood_case_is_named() -> None:
    generator = np.random.default_rng(3)
    factor = generator.standard_normal(80)
    x = np.outer(factor, [1, 0.5, 0.4, 0.3])
    x += generator.standard_normal(x.shape) * np.array([0.01, 1, 1, 1])
    names = [(each.name, str(each)) for each in of_numbers(x).findings]
    assert [name for name, _ in names] == ["heywood_case", "heywood_case"]
    assert "negative variance" in names[0][1]
    assert "a~~a" in names[0][1]
    assert "loading above one" in names[1][1]
    assert "f=~a" in names[1][1]


def test_impossible_factor_covariances_are_named() -> None:
    """Two factors of what is one: their correlation comes out above one."""
    for seed in range(20):
        model = FactorModel({"f": ("a", "b"), "g": ("c", "d")})
        fit = of_numbers(answers(seed=seed), model)
        r = [each.r for each in factor_pairs(fit)]
        impossible = "impossible_factors" in {each.name for each in fit.findings}
        assert impossible is (abs(r[0]) > 1 + 1e-6)


def test_no_optimum_is_named_and_stops_the_ladder() -> None:
    """Noise: the likelihood rises for ever as a variance goes to 0 and its loadings to infinity."""
    model = FactorModel({"f": ("a", "b", "c"), "g": ("d", "e", "h")})
    for seed in range(1, 5):
        fit = of_numbers(np.random.default_rng(seed).standard_normal((40, 6)), model)
        if "not_converged" in {finding.name for finding in fit.findings}:
            break
    else:
        pytest.fail("every draw of noise had an optimum")
    from pipeline.scales.factors.invariance import Change, passes

    change = Change(0.0, 0.0, 0.0, None)
    assert not passes("metric", fit, fit, change, Invariance())
    fine = dataclasses.replace(fit, findings=())
    assert passes("metric", fine, fine, change, Invariance())


# --------------------------------------------------------------------------------------------- invariance


@settings(max_examples=15)
@given(
    st.lists(st.floats(-6, 6), min_size=4, max_size=4),
    st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4),
)
def test_units_of_the_answers_do_not_matter(powers: list[float], shifts: list[float]) -> None:
    scale = 10.0 ** np.array(powers)
    x = X.copy()
    x[::7, 2] = np.nan
    plain = of_numbers(x)
    stretched = of_numbers(x * scale + np.array(shifts) * scale)
    assert stretched.fit.chisq.statistic == pytest.approx(plain.fit.chisq.statistic, rel=1e-5)
    assert stretched.fit.scaled is not None
    assert plain.fit.scaled is not None
    assert stretched.fit.scaled.scaling == pytest.approx(plain.fit.scaled.scaling, rel=1e-5)
    assert stretched.fit.robust.cfi == pytest.approx(plain.fit.robust.cfi, rel=1e-5)
    standard = [standardise(fit.parameters, fit.covariance) for fit in (plain, stretched)]
    loading = plain.parameters.kind == 0
    assert standard[1].value[loading] == pytest.approx(standard[0].value[loading], rel=1e-4)
    assert standard[1].std_error[loading] == pytest.approx(standard[0].std_error[loading], rel=1e-3)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(5, 40), st.integers(2, 5), st.floats(0, 0.5))
def test_any_small_answers_end_in_a_fit_or_a_finding(
    seed: int, n: int, categories: int, missing: float
) -> None:
    """Whatever few people answer, the ladder and its gate give a value or a name."""
    generator = np.random.default_rng(seed)
    x = generator.integers(1, categories + 1, (n, 4)).astype(float)
    x[generator.random(x.shape) < missing] = np.nan
    groups = generator.integers(0, 2, n)
    for fit in (of_numbers, of_codes):
        with contextlib.suppress(Finding):
            assert np.isfinite(fit(x).fit.chisq.statistic)
    with contextlib.suppress(Finding):
        refit = likelihood_refit(sum_up(x, ONE.items, groups=groups, **NAMES), ONE)
        rungs = climb(refit, Invariance())
        assert open_gate(refit, rungs, STEPS, Invariance()).verdict in {"full", "partial", "none"}
