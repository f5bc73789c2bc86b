"""The tables of models: which rows and terms go into one, and what is said of one that has no estimate.

Values are those of `fit_ols` and `cluster_robust`, which have tests of their own; they are compared
exactly (1e-12).
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.design_matrix import design_matrix
from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.models.fitted import Sample
from pipeline.models.linear import fit_ols
from pipeline.models.stage import stage
from pipeline.models.stage.specification import Ground


def model_tables(
    scores: pd.DataFrame,
    plan: Plan,
    scored: tuple[str, ...] = (),
    among: dict[str, np.ndarray] | None = None,
) -> dict[str, pd.DataFrame]:
    findings = Findings()
    tables = stage.model_tables(Ground(scores, plan, scored, among or {}), findings)
    return {**tables, "findings": findings.table()}


def coefficients_table(
    scores: pd.DataFrame, plan: Plan, scored: tuple[str, ...] = ()
) -> pd.DataFrame:
    return model_tables(scores, plan, scored)["coefficients"]


def plan_of(
    *models: dict,
    controls: tuple[str, ...] = (),
    levels: tuple[str, ...] = ("ORG",),
    least_df: float = 2,
) -> Plan:
    declared = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": levels},
        "controls": controls,
        "models": [{"estimator": "ols", **model} for model in models],
        "confidence": 0.9,
        "inference": {"least_df": least_df},
    }
    return Plan.model_validate_json(json.dumps(declared))


@pytest.fixture
def scores() -> pd.DataFrame:
    generator = np.random.default_rng(20261121)
    frame = pd.DataFrame(
        {
            "ORG": pd.Categorical(generator.choice(["a", "b", "c", "d"], 40)),
            "UNIT": pd.Categorical(generator.choice(["u", "v", "w"], 40)),
            "y": generator.normal(size=40),
            "x": generator.normal(size=40),
            "Q": pd.array(generator.integers(1, 6, 40), dtype="Int32"),
            "ROLE": pd.Categorical(
                generator.choice(["two", "one", "ten"], 40), categories=["two", "one", "six", "ten"]
            ),
        }
    )
    frame.loc[0, "y"] = frame.loc[1, "x"] = np.nan
    frame.loc[2, "Q"] = pd.NA
    frame.loc[3, "ROLE"] = frame.loc[4, "ORG"] = None
    return frame


FULL = {
    "id": "full",
    "outcome": "y",
    "predictors": ["x", "Q", "ROLE"],
    "hypothesis": "H1",
    "status": "confirmatory",
}


# ----------------------------------------------------------------------------------- design matrix


def test_design_matrix_with_categories() -> None:
    frame = pd.DataFrame(
        {
            "x": [0.5, 1, 2, 4],
            "Q": pd.array([1, 2, 3, 5], dtype="Int32"),
            "ROLE": pd.Categorical(list("bcab"), categories=["z", "b", "a", "q", "c"]),
        }
    )
    terms, design = design_matrix(frame, ["Q", "ROLE", "x"])
    assert terms == ["intercept", "Q", "ROLE=a", "ROLE=c", "x"]
    assert design.T.tolist() == [
        [1, 1, 1, 1],
        [1, 2, 3, 5],
        [0, 0, 1, 0],
        [0, 1, 0, 0],
        [0.5, 1, 2, 4],
    ]


def test_design_matrix_without_predictors_is_the_intercept() -> None:
    terms, design = design_matrix(pd.DataFrame({"x": [3.0, 4]}), [])
    assert terms == ["intercept"]
    assert design.tolist() == [[1], [1]]


def test_a_category_that_occurs_alone_gives_no_term() -> None:
    frame = pd.DataFrame({"ROLE": pd.Categorical(["b", "b"], categories=["a", "b"])})
    assert design_matrix(frame, ["ROLE"])[0] == ["intercept"]


# ------------------------------------------------------------------------------------------- table


def test_every_column_of_the_table(scores: pd.DataFrame) -> None:
    table = coefficients_table(scores, plan_of(FULL))
    assert table["term"].tolist() == ["intercept", "x", "Q", "ROLE=one", "ROLE=ten"]
    rows = scores.dropna(subset=["y", "x", "Q", "ROLE", "ORG"])
    assert len(rows) == 35
    design = np.column_stack(
        [
            np.ones(35),
            rows["x"],
            rows["Q"].astype(float),
            rows["ROLE"] == "one",
            rows["ROLE"] == "ten",
        ]
    ).astype(float)
    clusters = rows["ORG"].cat.codes.to_numpy().astype(int)
    fit = fit_ols(Sample(rows["y"].to_numpy(), design, ("",) * 5, clusters))
    errors = cluster_robust(**vars(fit.working)).every()
    t = fit.estimate / errors.std_error
    tested = errors.df >= 2
    assert tested.any()
    half = stats.t.ppf(0.95, errors.df) * errors.std_error
    for column, values in {
        "estimate": fit.estimate,
        "std_error": errors.std_error,
        "statistic": t,
        "df": errors.df,
        "p_value": np.where(tested, 2 * stats.t.sf(np.abs(t), errors.df), np.nan),
        "conf_low": np.where(tested, fit.estimate - half, np.nan),
        "conf_high": np.where(tested, fit.estimate + half, np.nan),
    }.items():
        np.testing.assert_allclose(table[column], values, rtol=1e-9, err_msg=column)
    assert table["finding"].notna().tolist() == (~tested).tolist()
    constant = {
        **{"model": "full", "outcome": "y", "estimator": "ols", "inference": "CR2"},
        **{"hypothesis": "H1", "status": "confirmatory", "n": 35, "groups": 4, "conf_level": 0.9},
    }
    for column, value in constant.items():
        assert (table[column] == value).all(), column


def test_controls_of_the_plan_count_unless_the_model_names_its_own(scores: pd.DataFrame) -> None:
    model = {"id": "m", "outcome": "y", "predictors": ["x"]}
    plan = plan_of(
        model,
        {**model, "id": "bare", "controls": []},
        {**model, "id": "own", "controls": ["ROLE"]},
        controls=("Q",),
    )
    terms = coefficients_table(scores, plan).groupby("model", sort=False)["term"].apply(list)
    assert terms.to_dict() == {
        "m": ["intercept", "x", "Q"],
        "bare": ["intercept", "x"],
        "own": ["intercept", "x", "ROLE=one", "ROLE=ten"],
    }


def test_errors_are_clustered_by_the_outermost_level(scores: pd.DataFrame) -> None:
    model = {"id": "m", "outcome": "y", "predictors": ["x"]}
    for levels, groups in ((("ORG", "UNIT"), 4), (("UNIT", "ORG"), 3)):
        table = coefficients_table(scores, plan_of(model, levels=levels))
        assert (table["groups"] == groups).all()


def test_no_models_give_an_empty_table(scores: pd.DataFrame) -> None:
    assert len(coefficients_table(scores, plan_of())) == 0


# ----------------------------------------------------------------------- models without an estimate


def found_in(scores: pd.DataFrame, **model: object) -> tuple[str, str, str]:
    """Return the name, items and message of what stands in the way of a model; another one is fitted."""
    declared = {"id": "m", "outcome": "y", "predictors": ["x"], **model}
    other = {"id": "other", "outcome": "y", "predictors": ["fine"]}
    fine = scores.assign(fine=np.arange(len(scores)) % 7.0)
    tables = model_tables(fine, plan_of(declared, other))
    assert set(tables["coefficients"]["model"]) <= {"other"}
    fit, found = tables["model_fit"].set_index("model"), tables["findings"]
    row = found[found["target"] == "m"].iloc[0]
    assert row["output"] == "model_fit"
    assert fit.loc["m", "finding"] == row["finding"]
    assert np.isnan(fit.loc["m", "loglik"])
    return row["finding"], row["items"], row["message"]


def test_a_term_that_follows_from_others_is_named(scores: pd.DataFrame) -> None:
    doubled = scores.assign(half=scores["x"] / 2 + 1)
    message = "half follows from the terms before it"
    name, _, text = found_in(doubled, predictors=["x", "Q", "half"])
    assert (name, text) == ("collinear_terms", message)


def test_a_constant_predictor_is_named(scores: pd.DataFrame) -> None:
    for constant in (0.0, 3.0):
        found = found_in(scores.assign(flat=constant), predictors=["flat", "x"])
        assert found[2] == "flat follows from the terms before it"


def test_categories_that_hold_the_same_are_named(scores: pd.DataFrame) -> None:
    copied = scores.assign(COPY=scores["ROLE"].cat.rename_categories(str.upper))
    found = found_in(copied, predictors=["ROLE", "COPY"])
    assert found[2] == "COPY=ONE, COPY=TEN follows from the terms before it"


def test_one_organisation_is_named(scores: pd.DataFrame) -> None:
    one = scores[scores["ORG"] == "a"]
    assert found_in(one)[0] == "too_few_groups"
    elsewhere = scores.assign(x=scores["x"].where(scores["ORG"] == "b"))
    assert found_in(elsewhere)[0] == "too_few_groups"


def test_an_outcome_that_does_not_vary_is_named(scores: pd.DataFrame) -> None:
    assert found_in(scores.assign(y=2.0))[0] == "constant_outcome"


def test_nobody_or_no_more_rows_than_terms_are_named(scores: pd.DataFrame) -> None:
    assert found_in(scores.assign(x=np.nan))[0] == "no_answers"
    first = [np.flatnonzero(scores["ORG"] == name)[2] for name in ("a", "b")]
    two = scores.assign(x=scores["x"].where(np.isin(np.arange(len(scores)), first)))
    assert found_in(two)[0] == "too_few_people"


def test_an_organisation_without_a_complete_row_is_named_and_the_rest_is_fitted(
    scores: pd.DataFrame,
) -> None:
    gap = scores.assign(x=scores["x"].where(scores["ORG"] != "b"))
    tables = model_tables(gap, plan_of({"id": "m", "outcome": "y", "predictors": ["x"]}))
    assert tables["model_fit"]["finding"].tolist() == ["absent_for_organisation"]
    assert tables["findings"]["message"].tolist() == ["no complete row in b"]
    assert (tables["coefficients"]["groups"] == 3).all()


def test_too_few_degrees_of_freedom_give_no_test(scores: pd.DataFrame) -> None:
    strict = plan_of({"id": "m", "outcome": "y", "predictors": ["x"]}, least_df=50)
    table = coefficients_table(scores, strict)
    assert (table["finding"] == "too_few_degrees").all()
    assert table[["p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert table[["estimate", "std_error", "df"]].notna().all(axis=None)


def test_a_model_among_some_has_these_alone(scores: pd.DataFrame) -> None:
    model = {"id": "m", "outcome": "y", "predictors": ["x"], "among": "Q == 1"}
    among = {"Q == 1": (scores["Q"] > 2).to_numpy(dtype=bool, na_value=False)}
    table = model_tables(scores, plan_of(model), (), among)["coefficients"]
    rows = scores.dropna(subset=["y", "x", "ORG"])
    assert (table["n"] == (rows["Q"] > 2).sum()).all()


def test_q_values_are_over_exploratory_terms_that_are_no_controls(scores: pd.DataFrame) -> None:
    models = [{**FULL, "id": each[0], "status": each} for each in ("confirmatory", "exploratory")]
    table = coefficients_table(scores, plan_of(*models, controls=("ROLE",)))
    known = table[table["q_value"].notna()]
    assert known["model"].tolist() == ["e"] * len(known)
    assert set(known["term"]) <= {"x", "Q"}
    assert stats.false_discovery_control(known["p_value"]) == pytest.approx(known["q_value"])


def test_predictors_in_very_different_units_are_no_redundancy(scores: pd.DataFrame) -> None:
    wide = scores.assign(big=1e6 * scores["x"], small=1e-3 * scores["Q"].astype(float))
    plan = plan_of({"id": "m", "outcome": "y", "predictors": ["big", "small"]})
    table = coefficients_table(wide, plan).set_index("term")
    usual = plan_of({"id": "m", "outcome": "y", "predictors": ["x", "small"]})
    expected = coefficients_table(wide, usual).set_index("term")
    for column in ("statistic", "p_value"):
        assert table.loc["big", column] == pytest.approx(expected.loc["x", column], rel=1e-5)
        assert table.loc["small", column] == pytest.approx(expected.loc["small", column], rel=1e-5)


def test_a_code_speaks_of_the_fewer_of_its_two_groups(scores: pd.DataFrame) -> None:
    table = coefficients_table(scores, plan_of(FULL)).set_index("term")
    roles = scores.dropna(subset=["y", "x", "Q", "ROLE", "ORG"])["ROLE"].value_counts()
    reference = table.loc["ROLE=one", "reference"]
    assert table.loc["ROLE=one", "n_term"] == min(roles["one"], roles[reference])
    assert table.loc[["intercept", "x", "Q"], "n_term"].tolist() == [35, 35, 35]
    assert table["unit"].tolist() == ["raw", "raw", "raw", "code", "code"]


def test_a_code_of_too_few_people_is_hidden_though_the_model_is_large() -> None:
    from pipeline.report.disclosure import publish

    people = {"y": np.sin(np.arange(60)), "x": np.cos(np.arange(60) ** 2), "Q": 1.0}
    roles = pd.Categorical(["b"] * 3 + ["a"] * 57)
    frame = pd.DataFrame(people).assign(ROLE=roles, ORG=pd.Categorical(np.arange(60) % 6))
    plan = plan_of({"id": "m", "outcome": "y", "predictors": ["x"], "controls": ["ROLE"]})
    table = publish({"coefficients": coefficients_table(frame, plan)}, 10)["coefficients"]
    hidden = table.set_index("term").loc["ROLE=b"]
    assert (
        hidden[["n_term", "estimate", "std_error", "statistic", "p_value", "conf_low"]].isna().all()
    )
    assert hidden[["n", "groups"]].tolist() == [60, 6]
    assert table["estimate"].notna().sum() == 2


def test_a_standardised_model_takes_scores_as_z_scores_and_questions_as_they_are(
    scores: pd.DataFrame,
) -> None:
    model = {"id": "m", "outcome": "y", "predictors": ["x", "Q"], "controls": []}
    raw = coefficients_table(scores, plan_of(model)).set_index("term")["estimate"]
    z = coefficients_table(scores, plan_of({**model, "standardised": True}), ("x", "y"))
    z = z.set_index("term")
    assert z["unit"].tolist() == ["raw", "sd", "raw"]
    spread = scores[["x", "y"]].std()
    assert z.loc["x", "estimate"] == pytest.approx(raw["x"] * spread["x"] / spread["y"], rel=1e-9)
    assert z.loc["Q", "estimate"] == pytest.approx(raw["Q"] / spread["y"], rel=1e-9)
