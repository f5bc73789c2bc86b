"""Random intercepts, of one level and of units within organisations, and their small-sample errors.

Tolerances: estimates and variances 1e-5 absolute and relative against lme4 1.1-31 with tight control and
against `mlm_tight`; Kenward-Roger errors and df 1e-4 relative (pbkrtest), Satterthwaite 1e-4 (lmerTest
differentiates numerically); CR2 1e-4 (clubSandwich works at lme4's variances).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation import agrees

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding, UserError
from pipeline.models.fitted import Sample
from pipeline.models.mixed import MixedModel, criterion, fit_mixed, fit_random_intercepts
from pipeline.models.nested_sums import between, nested_sums, squares_between, weigh
from pipeline.models.small_sample import small_sample
from pipeline.responses.clean import clean_answers
from pipeline.responses.source import read_answers
from pipeline.scales.scores import score_scales
from pipeline.study import Study

REFERENCE = Path(__file__).parents[1] / "reference"
SHARED = Path(__file__).parents[3] / "shared"
DATA = pd.read_csv(REFERENCE / "mixed_data.csv")
VALUES = pd.read_csv(REFERENCE / "mixed.csv").set_index(["case", "quantity"])["value"]
CASES = ("army", "outer", "units", "nothing")
CLOSE = {"rel": 1e-5, "abs": 1e-6}
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared here")


def codes(values: pd.Series) -> np.ndarray:
    return values.astype("category").cat.codes.to_numpy().astype(np.int64)


def sample_of(case: str) -> Sample:
    rows = DATA[DATA["case"] == ("units" if case == "outer" else case)]
    design = np.column_stack([np.ones(len(rows)), rows["x1"], rows["x2"], rows["kind"]])
    outer = codes(rows["outer"])
    units = (outer, codes(rows["inner"])) if case == "units" else (outer,)
    y = rows["y"].to_numpy()
    return Sample(y, design, ("intercept", "x1", "x2", "kind"), outer, units)


def variances_of(case: str) -> list[float]:
    names = ["var_outer", "var_Residual"]
    if case.startswith("units"):
        names = ["var_outer", "var_inner:outer", "var_Residual"]
    return [VALUES[case, name] for name in names]


def variances(model: MixedModel) -> list[float]:
    further = model.fitted.further
    return [further[f"tau2_{k}"] for k in range(len(model.ratios))] + [further["sigma2"]]


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_equals_lme4(case: str, reml: bool) -> None:
    model, name = fit_random_intercepts(sample_of(case), reml), case if reml else f"{case}_ml"
    expected = [VALUES[name, f"b_{k}"] for k in range(1, 5)]
    with_r = f"lme4::lmer, {'REML' if reml else 'ML'}, tight"
    agrees("random intercepts, slopes", model.fitted.estimate, expected, reference=with_r, **CLOSE)
    covariance = np.reshape([VALUES[name, f"v_{k}"] for k in range(1, 17)], (4, 4))
    found = model.fitted.covariance
    agrees("random intercepts, covariance", found, covariance, reference=with_r, **CLOSE)
    expected = variances_of(name)
    agrees("random intercepts, variances", variances(model), expected, reference=with_r, **CLOSE)
    loglik = VALUES[name, "loglik"]
    agrees("log likelihood", model.fitted.loglik, loglik, reference=with_r, abs=1e-7)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("case", CASES[:3])
def test_the_criterion_is_level_at_the_variances(case: str, reml: bool) -> None:
    """The likelihood is so flat that its last digit leaves the variances five."""
    sample = sample_of(case)
    ratios = fit_random_intercepts(sample, reml).ratios
    x = np.linalg.qr(sample.design)[0]
    columns = np.column_stack([x, sample.outcome - x @ (x.T @ sample.outcome)])
    sums = nested_sums(columns, sample.units)
    up, down = (
        [
            criterion(weigh(sums, ratios * (1 + step * own)), len(x), reml)
            for own in np.eye(len(ratios))
        ]
        for step in (1e-4, -1e-4)
    )
    assert np.abs(np.array(up) - down).max() < 2e-11


@pytest.mark.parametrize("case", CASES)
def test_small_sample_errors_equal_pbkrtest_and_lmertest(case: str) -> None:
    found = small_sample(fit_random_intercepts(sample_of(case)), np.eye(4))
    for quantity, name, values, reference in (
        ("kr_se", "Kenward-Roger error", found.std_error, "pbkrtest::vcovAdj"),
        ("kr_df", "Kenward-Roger df", found.df, "lmerTest, pbkrtest"),
        ("satt_df", "Satterthwaite's df", found.satterthwaite_df, "lmerTest"),
    ):
        expected = [VALUES[case, f"{quantity}_{k}"] for k in range(1, 5)]
        agrees(f"random intercepts, {name}", values, expected, reference=reference, rel=1e-4)


@pytest.mark.parametrize("case", CASES[:3])
def test_cr2_on_the_working_rows_equals_clubsandwich_on_the_model(case: str) -> None:
    fitted = fit_mixed(sample_of(case))
    found = cluster_robust(**vars(fitted.working)).every()
    for quantity, values in (("cr2_se", found.std_error), ("cr2_df", found.df)):
        expected = [VALUES[case, f"{quantity}_{k}"] for k in range(1, 5)]
        name = "df" if quantity == "cr2_df" else "error"
        reference = "clubSandwich::vcovCR on lmer"
        agrees(f"random intercepts, CR2 {name}", values, expected, reference=reference, rel=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_working_rows_are_those_of_the_estimate(case: str) -> None:
    fitted = fit_mixed(sample_of(case))
    working = fitted.working
    assert working.weights is not None
    assert working.target is not None
    rows = working.design * np.sqrt(working.weights)[:, None]
    np.testing.assert_allclose(rows.T @ (working.residual * np.sqrt(working.weights)), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.inv(rows.T @ rows), fitted.covariance, rtol=1e-8)
    np.testing.assert_allclose(working.weights * working.target, 1)
    np.testing.assert_allclose(fitted.scores.sum(axis=0), 0, atol=1e-6)


@needs_shared
@pytest.mark.parametrize("case", ["sleep_ri_REML", "sleep_null_REML", "bh_ri"])
def test_equals_the_tight_fits_of_the_reference(case: str) -> None:
    tight = json.loads((SHARED / "reference/values/mlm_tight.json").read_text())[case]
    if case == "bh_ri":
        rows = pd.read_csv(SHARED / "reference/data/bh1996.csv")
        mean = rows.groupby("GRP")["HRS"].transform("mean")
        y, group, columns = rows["WBEING"], rows["GRP"], [rows["HRS"], mean]
    else:
        rows = pd.read_csv(SHARED / "reference/data/sleepstudy.csv")
        y, group = rows["Reaction"], rows["Subject"]
        columns = [rows["Days"]] if case == "sleep_ri_REML" else []
    design = np.column_stack([np.ones(len(rows)), *columns])
    terms = tuple(f"b{k}" for k in range(design.shape[1]))
    fitted = fit_mixed(Sample(y.to_numpy(dtype=float), design, terms, codes(group)))
    for found, row in zip(fitted.estimate, tight["coef"], strict=True):
        assert found == pytest.approx(row["Estimate"], abs=1e-5)
    errors = np.sqrt(np.diag(fitted.covariance))
    for found, row in zip(errors, tight["coef"], strict=True):
        assert found == pytest.approx(row["Std. Error"], rel=1e-5)
    for name, row in zip(("tau2_0", "sigma2"), tight["varcorr"], strict=True):
        assert fitted.further[name] == pytest.approx(row["vcov"], rel=1e-5)
    assert -2 * fitted.loglik == pytest.approx(tight["crit"], abs=1e-6)


@needs_shared
def test_cr2_equals_the_reference() -> None:
    rows = pd.read_csv(SHARED / "reference/data/bh1996.csv")
    theirs = json.loads((SHARED / "reference/values/mlm.json").read_text())["bh_lmer_CR2"]
    mean = rows.groupby("GRP")["HRS"].transform("mean")
    design = np.column_stack([np.ones(len(rows)), rows["HRS"], mean])
    sample = Sample(rows["WBEING"].to_numpy(), design, ("a", "b", "c"), codes(rows["GRP"]))
    found = cluster_robust(**vars(fit_mixed(sample).working)).every()
    for k in range(3):
        assert found.std_error[k] == pytest.approx(theirs[k]["SE"], rel=1e-7)
        assert found.df[k] == pytest.approx(theirs[k]["df_Satt"], rel=1e-6)


@needs_shared
def test_satterthwaite_equals_the_reference() -> None:
    rows = pd.read_csv(SHARED / "reference/data/sleepstudy.csv")
    theirs = json.loads((SHARED / "reference/values/mlm.json").read_text())["sleep_ri_REML"]
    design = np.column_stack([np.ones(len(rows)), rows["Days"]])
    sample = Sample(
        rows["Reaction"].to_numpy(), design, ("intercept", "Days"), codes(rows["Subject"])
    )
    found = small_sample(fit_random_intercepts(sample), np.eye(2))
    for k in range(2):
        assert found.satterthwaite_df[k] == pytest.approx(theirs["coef"][k]["df"], rel=1e-4)
        assert found.df[k] == pytest.approx(theirs["KR"][k]["df"], rel=1e-4)
        assert found.std_error[k] == pytest.approx(theirs["KR"][k]["Std. Error"], rel=1e-5)


@pytest.mark.xdist_group("fevs-2018")
def test_federal_employees_of_2018_in_units_within_agencies(fevs: Study) -> None:
    """The model of issue 8, REML; its values were told with it."""
    study, names = fevs, ["cross_unit_collaboration", "senior_leadership", "work_life"]
    raw, _ = read_answers(study.paths.raw, study.paths.shown_raw, study.questionnaire, study.plan)
    answers = clean_answers(raw, study.questionnaire, study.plan).responses.assign(weight=1.0)
    scores = score_scales(answers, study.questionnaire, study.plan, study.organisations)
    rows = scores[["innovation", *names, "AGENCY", "LEVEL1"]].dropna()
    design = np.column_stack([np.ones(len(rows)), rows[names].astype(float)])
    agency, unit = (codes(rows[level].astype("str")) for level in ("AGENCY", "LEVEL1"))
    outcome = rows["innovation"].to_numpy(dtype=float)
    sample = Sample(outcome, design, ("intercept", *names), agency, (agency, unit))
    found = fit_random_intercepts(sample)
    given = "lme4::lmer on fevs-2018"
    slopes = [0.22788780, 0.22291621, 0.39123559, 0.24778266]
    agrees("random intercepts, slopes", found.fitted.estimate, slopes, reference=given, abs=1e-5)
    expected = [0.0052096187, 0.0057380715, 0.4333460441]
    agrees("random intercepts, variances", variances(found), expected, reference=given, abs=1e-5)


# ------------------------------------------------------------------------ sums against n by n matrices


@given(st.integers(0, 10_000), st.booleans(), st.floats(0, 3), st.floats(0, 3))
def test_sums_are_the_products_with_the_inverse(
    seed: int, nested: bool, first: float, second: float
) -> None:
    rng = np.random.default_rng(seed)
    inner = np.concatenate([np.arange(7), rng.integers(0, 7, 20)])
    outer = np.array([0, 0, 1, 1, 1, 2, 2])[inner]
    units = (outer, inner) if nested else (inner,)
    ratios = np.array([first, second] if nested else [first])
    z = [np.eye(int(each.max()) + 1)[each] for each in units]
    v = np.eye(27) + sum(r * each @ each.T for r, each in zip(ratios, z, strict=True))
    inverse, columns = np.linalg.inv(v), rng.normal(size=(27, 3))
    found = weigh(nested_sums(columns, units), ratios)
    np.testing.assert_allclose(found.log_det, np.linalg.slogdet(v)[1], atol=1e-9)
    np.testing.assert_allclose(found.cross, columns.T @ inverse @ columns, atol=1e-9)
    for k, each in enumerate(z):
        np.testing.assert_allclose(found.sums[k], each.T @ inverse @ columns, atol=1e-9)
        for at, other in enumerate(z):
            product = each.T @ inverse @ other
            probe = rng.normal(size=(product.shape[1], 2))
            np.testing.assert_allclose(between(found, k, at, probe), product @ probe, atol=1e-9)
            assert squares_between(found, k, at) == pytest.approx((product**2).sum())
        np.testing.assert_allclose(found.own[k], np.diag(each.T @ inverse @ each), atol=1e-9)


# ----------------------------------------------------------------------------------- degenerate input


def test_order_of_rows_and_units_of_measurement_do_not_matter() -> None:
    sample = sample_of("units")
    order = np.random.default_rng(1).permutation(len(sample.outcome))
    scale = np.array([1, 1e5, 1, 1])
    moved = Sample(
        sample.outcome[order] * 1e4,
        sample.design[order] * scale,
        sample.terms,
        sample.clusters[order],
        tuple(each[order] for each in sample.units),
    )
    first, second = fit_mixed(sample), fit_mixed(moved)
    np.testing.assert_allclose(second.estimate * scale / 1e4, first.estimate, rtol=1e-6)
    assert second.further["tau2_1"] == pytest.approx(first.further["tau2_1"] * 1e8, rel=1e-6)


def test_what_cannot_be_fitted_is_named() -> None:
    sample = sample_of("army")
    n = len(sample.outcome)
    one = Sample(sample.outcome, sample.design, sample.terms, np.zeros(n, dtype=np.int64))
    alone = Sample(sample.outcome, sample.design, sample.terms, np.arange(n))
    twice = Sample(
        sample.outcome, sample.design, sample.terms, sample.clusters, (sample.clusters,) * 2
    )
    perfect = Sample(sample.design @ np.ones(4), sample.design, sample.terms, sample.clusters)
    for broken, name in (
        (one, "too_few_groups"),
        (alone, "not_identified"),
        (twice, "not_identified"),
        (perfect, "constant_outcome"),
    ):
        with pytest.raises(Finding) as found:
            fit_mixed(broken)
        assert found.value.name == name


def test_weights_are_refused() -> None:
    sample = sample_of("army")
    with pytest.raises(UserError, match="no weighted form"):
        fit_mixed(Sample(*list(vars(sample).values())[:5], weights=np.ones(len(sample.outcome))))
