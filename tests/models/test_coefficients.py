"""The table of coefficients: which rows and terms go into a model, and which models are refused.

Values are those of `fit_ols`, which has tests of its own; they are compared exactly (1e-12).
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.design_matrix import design_matrix
from pipeline.core.errors import UserError
from pipeline.core.plan import Plan
from pipeline.models.coefficients import coefficients_table
from pipeline.models.linear import fit_ols


def plan_of(
    *models: dict, controls: tuple[str, ...] = (), levels: tuple[str, ...] = ("ORG",)
) -> Plan:
    declared = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": levels},
        "controls": controls,
        "models": [{"estimator": "ols", **model} for model in models],
        "confidence": 0.9,
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
    fit = fit_ols(rows["y"].to_numpy(), design, rows["ORG"].cat.codes.to_numpy(), 0.9)
    for column, ours in {
        **{name: name for name in ["estimate", "std_error", "statistic", "df", "p_value"]},
        **{"conf_low": "low", "conf_high": "high"},
    }.items():
        np.testing.assert_allclose(table[column], getattr(fit, ours), rtol=1e-12, err_msg=column)
    constant = {
        **{"model": "full", "outcome": "y", "estimator": "ols", "inference": "CR1"},
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
        assert (table["df"] == groups - 1).all()


def test_no_models_give_an_empty_table(scores: pd.DataFrame) -> None:
    assert len(coefficients_table(scores, plan_of())) == 0


# ----------------------------------------------------------------------------------------- refusals


def refusal(scores: pd.DataFrame, **model: object) -> str:
    declared = {"id": "m", "outcome": "y", "predictors": ["x"], **model}
    with pytest.raises(UserError) as error:
        coefficients_table(scores, plan_of(declared))
    return str(error.value)


def test_a_term_that_follows_from_others_is_named(scores: pd.DataFrame) -> None:
    doubled = scores.assign(half=scores["x"] / 2 + 1)
    assert refusal(doubled, predictors=["x", "Q", "half"]) == (
        "model m: half follows from the terms before it; leave it out"
    )


def test_a_constant_predictor_is_named(scores: pd.DataFrame) -> None:
    for constant in (0.0, 3.0):
        message = refusal(scores.assign(flat=constant), predictors=["flat", "x"])
        assert message == "model m: flat follows from the terms before it; leave it out"


def test_categories_that_hold_the_same_are_named(scores: pd.DataFrame) -> None:
    copied = scores.assign(COPY=scores["ROLE"].cat.rename_categories(str.upper))
    assert refusal(copied, predictors=["ROLE", "COPY"]) == (
        "model m: COPY=ONE, COPY=TEN follows from the terms before it; leave it out"
    )


def test_one_organisation_is_refused(scores: pd.DataFrame) -> None:
    one = scores[scores["ORG"] == "a"]
    message = "model m: fewer than two organisations have complete rows"
    assert refusal(one) == message
    elsewhere = scores.assign(x=scores["x"].where(scores["ORG"] == "b"))
    assert refusal(elsewhere) == message


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_no_more_rows_than_terms_are_refused(scores: pd.DataFrame, rows: int) -> None:
    few = scores.iloc[5 : 5 + rows]
    assert refusal(few) == f"model m: {rows} complete rows for 2 terms"


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
    z = coefficients_table(scores, plan_of({**model, "standardised": True}), ["x", "y"])
    z = z.set_index("term")
    assert z["unit"].tolist() == ["raw", "sd", "raw"]
    spread = scores[["x", "y"]].std()
    assert z.loc["x", "estimate"] == pytest.approx(raw["x"] * spread["x"] / spread["y"], rel=1e-9)
    assert z.loc["Q", "estimate"] == pytest.approx(raw["Q"] / spread["y"], rel=1e-9)
