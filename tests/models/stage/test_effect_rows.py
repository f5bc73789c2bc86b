"""Rows of effects, diagnostics, rootogram and calibration of fitted models.

Numbers are those of the array functions, which have tests of their own; they are compared by refitting and
by moving rows by hand (1e-6, 1e-4 for slopes taken as differences).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis
from pipeline.core.tables import make_table
from pipeline.models.stage.effect_rows import GRID, Drawn, effect_rows
from pipeline.models.stage.effect_tables import effect_tables
from pipeline.models.stage.fit_checks import calibration_rows, diagnostic_rows, rootogram_rows
from pipeline.models.stage.fits import Fit, fit_model
from pipeline.models.stage.parabola_rows import parabola_rows
from pipeline.models.stage.partial_odds import refit_partial_odds
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground, Specification
from pipeline.models.stage.tables import coefficients_table

REFERENCE = Path(__file__).parents[2] / "reference"
LEVEL = 0.95


def plan_of() -> Plan:
    declared = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": ["cluster"]},
        "confidence": LEVEL,
    }
    return Plan.model_validate_json(json.dumps(declared))


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    data = pd.read_csv(REFERENCE / "nonlinear_data.csv")
    kind = pd.Categorical(np.where(data["kind"] > 0, "b", "a"))
    breadth = np.resize(np.arange(9.0), len(data))
    waves = pd.read_csv(REFERENCE / "effects_data.csv")["y"]
    frame = data.assign(kind=kind, breadth=breadth, waves=waves)
    return frame.assign(cluster=pd.Categorical(data["cluster"]))


def fit_of(scores: pd.DataFrame, **wanted: object) -> Fit:
    declared = {
        "id": "m",
        "outcome": "yes",
        "estimator": "logit",
        "predictors": ("x", "z"),
        "controls": ("kind",),
        "status": "confirmatory",
        "standardised": True,
        "hypothesis": "H1",
        **wanted,
    }
    ground = Ground(scores, plan_of(), ("x", "z", "breadth"))
    fit = fit_model(Specification(**declared), ground, Findings())  # type: ignore[arg-type]
    assert fit.fitted is not None
    return fit


def one(fit: Fit) -> PooledFit:
    return PooledFit(fit.wanted, (fit,))


def by_place(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).set_index(["effect", "term", "at"])


def probability(fit: Fit, **at: float) -> float:
    """Return the mean prediction of a logit with a product where predictors are moved."""
    assert fit.prepared is not None
    assert fit.fitted is not None
    frame, b = (
        fit.prepared.frame.assign(**at),
        dict(zip(fit.fitted.terms, fit.fitted.estimate, strict=True)),
    )
    eta = b["intercept"] + b["x"] * frame["x"] + b["z"] * frame["z"]
    eta += b["kind=b"] * (frame["kind"] == "b") + b.get("x*z", 0) * frame["x"] * frame["z"]
    return float((1 / (1 + np.exp(-eta))).mean())


def test_effects_of_a_logit_with_a_product(scores: pd.DataFrame) -> None:
    fit = fit_of(scores, products=(("x", "z"),))
    drawn = Drawn(60, np.random.default_rng(1))
    rows = effect_rows(one(fit), LEVEL, 2, drawn)
    make_table(rows, "effects")
    found = by_place(rows)
    assert len(found) == 2 + 2 + 3 * len(GRID)
    frame = fit.prepared.frame  # type: ignore[union-attr]
    up, down = (probability(fit, x=frame["x"] + step) for step in (1e-4, -1e-4))
    assert found.loc[("slope", "x", "all"), "estimate"] == pytest.approx((up - down) / 2e-4)
    corners = [probability(fit, x=x, z=z) for x, z in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    second = corners[0] - corners[1] - corners[2] + corners[3]
    assert found.loc[("second_difference", "x*z", "all"), "estimate"] == pytest.approx(second)
    at = found.loc[("prediction", "x*z", "x=-1;z=0.5"), "estimate"]
    assert at == pytest.approx(probability(fit, x=-1, z=0.5))
    up, down = (probability(fit, x=frame["x"] + step, z=1.5) for step in (1e-4, -1e-4))
    assert found.loc[("slope", "x", "z=1.5"), "estimate"] == pytest.approx((up - down) / 2e-4)
    step = 0.01
    moved = [
        probability(fit, x=frame["x"] + a * step, z=frame["z"] + b * step)
        for a, b in ((1, 1), (-1, 1), (1, -1), (-1, -1))
    ]
    cross = (moved[0] - moved[1] - moved[2] + moved[3]) / (4 * step**2)
    estimate = found.loc[("cross_slope", "x*z", "all"), "estimate"]
    assert estimate == pytest.approx(cross, abs=1e-4)
    assert (found["bootstrap_low"] < found["estimate"]).all()
    assert (found["estimate"] < found["bootstrap_high"]).all()
    assert (found["conf_low"] < found["estimate"]).all()
    assert found["hypothesis"].eq("H1").all()


def test_effects_of_ordered_answers_and_counts(scores: pd.DataFrame) -> None:
    ordered = by_place(
        effect_rows(one(fit_of(scores, outcome="stage", estimator="ologit")), LEVEL, 2, None)
    )
    assert ordered.index.tolist() == [
        ("slope", term, f">{k}") for term in ("x", "z") for k in range(1, 5)
    ]
    assert "bootstrap_low" not in ordered
    fit = fit_of(scores, outcome="count", estimator="negbin", standardised=False)
    counts = by_place(effect_rows(one(fit), LEVEL, 2, Drawn(30, np.random.default_rng(2))))
    assert counts.index.tolist() == [("slope", "x", "all"), ("slope", "z", "all")]
    sample, b = fit.prepared.sample, fit.fitted.estimate  # type: ignore[union-attr]
    mean = np.exp(sample.design @ b).mean()
    assert counts.loc[("slope", "x", "all"), "estimate"] == pytest.approx(b[1] * mean)


def test_the_slope_of_a_square_is_of_both_its_terms(scores: pd.DataFrame) -> None:
    wanted = {"outcome": "waves", "estimator": "negbin", "predictors": ("breadth",)}
    fit = fit_of(scores, **wanted, products=(("breadth", "breadth"),), standardised=False)
    found = by_place(effect_rows(one(fit), LEVEL, 2, None))
    assert found.index.tolist() == [("slope", "breadth", "all")]
    sample, b = fit.prepared.sample, fit.fitted.estimate  # type: ignore[union-attr]
    breadth = sample.design[:, 1]

    def mean(step: float) -> float:
        moved = sample.design.copy()
        moved[:, 1], moved[:, -1] = breadth + step, (breadth + step) ** 2
        return float(np.exp(moved @ b).mean())

    expected = (mean(1e-5) - mean(-1e-5)) / 2e-5
    assert found["estimate"].iloc[0] == pytest.approx(expected, rel=1e-6)


def test_a_linear_model_has_no_rows(scores: pd.DataFrame) -> None:
    fit = fit_of(scores, outcome="count", estimator="ols")
    assert effect_rows(one(fit), LEVEL, 2, None) == []
    assert list(rootogram_rows(fit)) == list(calibration_rows(fit, LEVEL)) == []
    assert [row["check"] for row in diagnostic_rows(fit, 5)] == ["vif:x", "vif:z"]


def test_few_degrees_of_freedom_leave_no_test(scores: pd.DataFrame) -> None:
    found = by_place(effect_rows(one(fit_of(scores)), LEVEL, 1000, None))
    assert found[["p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert found["estimate"].notna().all()
    assert (found["finding"] == "too_few_degrees").all()


def hypothesis_of(**declared: object) -> Hypothesis:
    return Hypothesis.model_validate_json(
        json.dumps(
            {
                "id": "H2",
                "family": "f",
                "statement": {"en": "s"},
                "outcomes": ["waves"],
                "predictors": ["breadth"],
                "expected": "-",
                "estimator": "negbin",
                "tests": "square",
                "ends": [0, 8],
                **declared,
            }
        )
    )


def test_a_parabola_in_its_own_unit(scores: pd.DataFrame) -> None:
    ground = Ground(scores, plan_of(), ("x", "z", "breadth"))
    wanted = {"outcome": "waves", "estimator": "negbin", "predictors": ("breadth",)}
    wanted["products"] = (("breadth", "breadth"),)
    fit = fit_of(scores, **wanted)
    table = make_table(list(parabola_rows(hypothesis_of(), one(fit), ground)), "effects")
    effects = ["turning_point", "low_slope", "high_slope", "line_before", "line_after"]
    assert table["effect"].tolist() == effects
    assert table["at"].tolist()[:3] == ["all", "breadth=0", "breadth=8"]
    raw = fit_of(scores, **wanted, standardised=False)
    b1, b2 = raw.fitted.estimate[1], raw.fitted.estimate[-1]  # type: ignore[union-attr]
    point = table.iloc[0]
    assert point["estimate"] == pytest.approx(-b1 / (2 * b2), rel=1e-5)
    assert 0 < point["conf_low"] < point["estimate"] < point["conf_high"] < 8
    spread = scores["breadth"].std()
    assert table["estimate"].iloc[1] == pytest.approx(b1 * spread, rel=1e-5)
    assert table["p_value"].iloc[1:4].max() < 0.05
    flat = fit_of(scores, **{**wanted, "outcome": "count"})
    unbounded = next(parabola_rows(hypothesis_of(), one(flat), ground))
    assert unbounded["finding"] == "no_bounds"
    lost = next(parabola_rows(hypothesis_of(), one(Fit(flat.wanted)), ground))
    assert lost["finding"] == "not_estimated"


def test_odds_that_are_not_proportional_are_fitted_again() -> None:
    generator = np.random.default_rng(11)
    x, z = generator.normal(size=(2, 900))
    noise = generator.logistic(size=900)
    high = (x + noise > -1) & (x - 1.5 * z + noise > 1)
    stage = np.where(x + noise <= -1, 0, 1 + high)
    organisation = pd.Categorical(np.arange(900) % 20)
    kind = pd.Categorical(np.where(np.arange(900) % 3, "a", "b"))
    frame = pd.DataFrame({"x": x, "z": z, "stage": stage, "kind": kind, "cluster": organisation})
    fit = fit_of(frame, outcome="stage", estimator="ologit")
    again = refit_partial_odds(fit, Findings())
    assert again is not None
    fitted = again.fitted
    assert fitted is not None
    assert fitted.terms[:3] == ("x", "kind=b", "z@cut1")
    assert (again.wanted.id, again.wanted.status) == ("m_partial", "exploratory")
    first, second = fitted.estimate[2:4]
    assert abs(first) < 0.3
    assert second < -0.7
    table = coefficients_table([one(again)], plan_of(), ("x", "z"))
    assert table.set_index("term").loc["z@cut2", "unit"] == "sd"
    assert refit_partial_odds(again, Findings()) is None
    assert effect_rows(one(again), LEVEL, 2, None) == []


def test_proportional_odds_are_left(scores: pd.DataFrame) -> None:
    fit = fit_of(scores, outcome="stage", estimator="ologit")
    assert refit_partial_odds(fit, Findings()) is None
    assert refit_partial_odds(fit_of(scores), Findings()) is None


def test_checks_of_each_kind_of_model(scores: pd.DataFrame) -> None:
    checks = {}
    for estimator, outcome in (("logit", "yes"), ("ologit", "stage"), ("negbin", "count")):
        rows = list(diagnostic_rows(fit_of(scores, outcome=outcome, estimator=estimator), 5))
        make_table(rows, "diagnostics")
        checks[estimator] = {row["check"]: row for row in rows}
    shared = ["vif:x", "vif:z"], ["residual", "dfbetas:x", "dfbetas:z"]
    assert list(checks["logit"]) == [*shared[0], "calibration", *shared[1]]
    assert list(checks["ologit"]) == [*shared[0], "brant", "brant:x", "brant:z", *shared[1]]
    counts = ["poisson_dispersion", "overdispersion", "zeros"]
    assert list(checks["negbin"]) == [*shared[0], *counts, *shared[1]]
    assert checks["negbin"]["poisson_dispersion"]["statistic"] == pytest.approx(2.36, abs=0.01)
    assert checks["logit"]["vif:x"]["verdict"] == "fine"


def test_a_check_without_a_value_is_named(scores: pd.DataFrame) -> None:
    rare = scores["stage"].eq(3) & scores["x"].gt(1)
    fit = fit_of(
        scores.assign(rare=rare.astype(float)),
        outcome="stage",
        estimator="ologit",
        predictors=("x", "rare"),
    )
    found = {row["check"]: row.get("finding") for row in diagnostic_rows(fit, 5)}
    assert found["brant"] == "separation"
    assert found["residual"] is None


def test_checks_of_very_small_models_are_named(scores: pd.DataFrame) -> None:
    bare = fit_of(scores, predictors=(), controls=())
    found = {row["check"]: row for row in diagnostic_rows(bare, 5)}
    assert found["calibration"]["finding"] == "too_few_values"
    assert list(found) == ["calibration", "residual"]
    assert effect_rows(one(bare), LEVEL, 2, None) == []
    halves = scores.assign(cluster=pd.Categorical(np.where(scores["kind"] == "a", "p", "q")))
    told = {row["check"]: row for row in diagnostic_rows(fit_of(halves), 5)}
    assert told["residual"]["finding"] == "not_estimated"


def test_rootogram_and_calibration(scores: pd.DataFrame) -> None:
    fit = fit_of(scores, outcome="count", estimator="negbin")
    bars = make_table(list(rootogram_rows(fit)), "rootogram")
    assert bars["count"].iloc[-1] == "12+"
    assert bars["n"].sum() == fit.fitted.n  # type: ignore[union-attr]
    assert bars["expected"].sum() == pytest.approx(fit.fitted.n)  # type: ignore[union-attr]
    for estimator, outcome, places in (
        ("logit", "yes", ["all"]),
        ("ologit", "stage", [f">{k}" for k in range(1, 5)]),
        ("negbin", "count", ["all"]),
    ):
        each = fit_of(scores, outcome=outcome, estimator=estimator)
        table = make_table(list(calibration_rows(each, LEVEL)), "calibration")
        assert table["at"].drop_duplicates().tolist() == places
        for _, rows in table.groupby("at"):
            assert rows["n"].sum() == len(scores)
            assert rows["predicted"].is_monotonic_increasing
            observed = (rows["n"] * rows["observed"]).sum()
            if estimator != "ologit":
                assert observed == pytest.approx(scores[outcome].sum())


def test_completed_data_sets_are_pooled_by_rubins_rules(scores: pd.DataFrame) -> None:
    moved = scores.assign(x=scores["x"] + 0.3 * np.sin(np.arange(len(scores))))
    fits = tuple(fit_of(each) for each in (scores, moved))
    both = by_place(effect_rows(PooledFit(fits[0].wanted, fits, completed=True), LEVEL, 2, None))
    apart = [by_place(effect_rows(one(fit), LEVEL, 2, None)) for fit in fits]
    place = ("slope", "x", "all")
    estimates = [each.loc[place, "estimate"] for each in apart]
    errors = [each.loc[place, "std_error"] for each in apart]
    assert both.loc[place, "estimate"] == pytest.approx(np.mean(estimates))
    total = np.mean(np.square(errors)) + 1.5 * np.var(estimates, ddof=1)
    assert both.loc[place, "std_error"] == pytest.approx(np.sqrt(total))
    drawn = Drawn(30, np.random.default_rng(4))
    found = by_place(effect_rows(PooledFit(fits[0].wanted, fits), LEVEL, 2, drawn))
    assert (found["bootstrap_low"] < found["bootstrap_high"]).all()
    turned = (fits[0], fit_of(scores.assign(x=-scores["x"])))
    found = by_place(effect_rows(PooledFit(fits[0].wanted, turned), LEVEL, 2, drawn))
    low, high = found.loc[place, ["bootstrap_low", "bootstrap_high"]]
    assert low < -0.05 < 0.05 < high


def test_counts_and_cuts_are_told_as_they_were_answered(scores: pd.DataFrame) -> None:
    moved = fit_of(
        scores.assign(count=scores["count"] + 1),
        outcome="count",
        estimator="negbin",
        counted_from=1,
    )
    plain = fit_of(scores, outcome="count", estimator="negbin")
    bars = [make_table(list(rootogram_rows(each)), "rootogram") for each in (plain, moved)]
    assert (bars[1]["least"] - bars[0]["least"]).tolist() == [1] * 13
    assert bars[1]["count"].iloc[-1] == "13+"
    assert bars[1]["n"].tolist() == bars[0]["n"].tolist()
    groups = [
        make_table(list(calibration_rows(each, LEVEL)), "calibration") for each in (plain, moved)
    ]
    for name in ("predicted", "observed", "conf_low", "conf_high"):
        assert (groups[1][name] - groups[0][name]).to_numpy() == pytest.approx(
            np.ones(10), abs=1e-5
        )
    some = fit_of(scores, outcome="count", any_at_all=True)
    assert {row["at"] for row in calibration_rows(some, LEVEL)} == {">0"}
    assert {row["at"] for row in effect_rows(one(some), LEVEL, 2, None)} == {">0"}


def test_every_table_of_several_models_is_the_same_each_time(scores: pd.DataFrame) -> None:
    fits = [
        one(fit_of(scores)),
        one(fit_of(scores, id="n", outcome="count", estimator="negbin")),
        one(fit_of(scores, id="o", outcome="count", estimator="ols", status="exploratory")),
    ]
    ground = Ground(scores, plan_of(), ("x", "z"))
    first, again = (
        effect_tables(fits, [], ground, np.random.SeedSequence(7), draws=20) for _ in range(2)
    )
    assert list(first) == ["effects", "diagnostics", "rootogram", "calibration"]
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
    assert first["effects"]["model"].drop_duplicates().tolist() == ["m", "n"]
