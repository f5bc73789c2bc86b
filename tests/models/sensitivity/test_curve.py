"""The specification curve: each choice is the model it names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from varied_plan import make_plan

from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.models.sensitivity.choices import Choice, choices_of, controls_of, specified
from pipeline.models.sensitivity.curve import Answers, specification_rows

COMPLETE = ("complete", "mean", "core")
IMPUTED = ("imputed", "mean", "core")


def curve(scores: pd.DataFrame, plan: Plan, imputed: list[pd.DataFrame] | None = None):
    frames = {COMPLETE: [(scores, {})]}
    if imputed:
        frames[IMPUTED] = [(each, {}) for each in imputed]
    table = pd.DataFrame(specification_rows(Answers(frames, plan), Workers()))
    return table.set_index(["model", "specification"])


def at(table: pd.DataFrame, model: str, **chosen: str) -> pd.Series:
    named = {"controls": "full", "weights": "no", "missing": "complete", "clusters": "CR2"}
    choice = Choice(**{**named, "score": "mean", "modules": "core", **chosen})
    return table.loc[(model, choice.text)]


def least_squares(scores: pd.DataFrame, names: list[str], weights: np.ndarray | None = None):
    X = np.column_stack([np.ones(len(scores)), pd.get_dummies(scores[names], drop_first=True)])
    root = np.ones(len(scores)) if weights is None else np.sqrt(weights)
    return np.linalg.lstsq(X.astype(float) * root[:, None], scores["y"] * root)[0]


def test_all_choices_are_made_of_what_is_given(scores: pd.DataFrame, plan: Plan) -> None:
    assert len(choices_of(plan)) == 3 * 2 * 2 * 3
    table = curve(scores, plan)
    assert len(table) == 3 * 18
    assert table.index.is_unique
    assert {text.split(";")[2] for _, text in table.index} == {"missing=complete"}


def test_a_choice_is_the_model_it_names(scores: pd.DataFrame, plan: Plan) -> None:
    table = curve(scores, plan)
    by_hand = {
        "none": least_squares(scores, ["x", "z"]),
        "basic": least_squares(scores, ["x", "z", "KIND"]),
        "full": least_squares(scores, ["x", "z", "KIND", "AGE"]),
    }
    for controls, expected in by_hand.items():
        assert at(table, "H2", controls=controls)["estimate"] == pytest.approx(expected[1])
    weighted = least_squares(scores, ["x", "z", "KIND", "AGE"], scores["weight"].to_numpy())
    assert at(table, "H2", weights="yes")["estimate"] == pytest.approx(weighted[1])
    fixed = least_squares(scores, ["x", "z", "KIND", "AGE", "ORG"])
    assert at(table, "H2", clusters="fixed")["estimate"] == pytest.approx(fixed[1])


def test_effects_are_found_in_every_choice(scores: pd.DataFrame, plan: Plan) -> None:
    table = curve(scores, plan)
    for model, truth in {"H1": 0.5, "H2": 0.5, "H3": 0.0}.items():
        rows = table.loc[model].dropna(subset=["estimate"])
        assert (abs(rows["estimate"] - truth) < 4 * rows["std_error"]).all(), model
        assert (rows["conf_low"] < rows["estimate"]).all()
        assert ((rows["p_value"] < 0.001) == (truth > 0)).all(), model


def test_what_has_no_form_is_named(scores: pd.DataFrame, plan: Plan) -> None:
    table = curve(scores, plan)
    row = at(table, "H1", clusters="mixed", weights="yes")
    assert row["finding"] == "not_estimated"
    assert np.isnan(row["estimate"])
    flat = curve(scores.assign(y=1.0), plan).loc["H2"]
    assert flat["estimate"].isna().all()
    assert flat["finding"].notna().all()


def test_varied_names_what_differs_from_the_main_analysis() -> None:
    main = Choice("full", "no", "imputed", "CR2", "mean", "core")
    assert main.varied == ""
    assert Choice("none", "no", "complete", "CR2", "mean", "core").varied == "controls;missing"


def test_completed_answers_are_pooled(scores: pd.DataFrame, plan: Plan) -> None:
    """Three frames whose slopes differ: their mean, and an error that is larger than any one's."""
    frames = [scores.assign(y=scores["y"] + shift * scores["x"]) for shift in (-0.1, 0.0, 0.1)]
    table = curve(scores, plan, frames)
    pooled, alone = at(table, "H2", missing="imputed"), at(table, "H2")
    assert pooled["estimate"] == pytest.approx(alone["estimate"])
    between = np.var([-0.1, 0, 0.1], ddof=1) * 4 / 3
    assert pooled["std_error"] ** 2 == pytest.approx(alone["std_error"] ** 2 + between)


def test_workers_do_not_change_the_curve(scores: pd.DataFrame, plan: Plan) -> None:
    answers = Answers({COMPLETE: [(scores, {})]}, plan)
    alone = pd.DataFrame(specification_rows(answers, Workers()))
    together = pd.DataFrame(specification_rows(answers, Workers(processes=2)))
    pd.testing.assert_frame_equal(alone, together)


def test_basic_controls_are_those_that_are_raked_to(plan: Plan) -> None:
    assert controls_of("basic", plan) == ("KIND",)
    with_type = make_plan(controls=["KIND", "AGE", "organisation_type"])
    assert controls_of("basic", with_type) == ("KIND", "organisation_type")


def test_fixed_effects_take_the_place_of_the_type() -> None:
    plan = make_plan(controls=["KIND", "organisation_type"])
    choice = Choice("full", "no", "complete", "fixed", "mean", "core")
    linear = specified(plan.hypotheses[1], choice, plan)
    assert (linear.estimator, linear.controls) == ("fixed", ("KIND",))
    logit = specified(plan.hypotheses[0], choice, plan)
    assert (logit.estimator, logit.controls) == ("logit", ("KIND", "ORG"))


def test_a_plan_without_choices_has_its_main_analysis_on_both_answers() -> None:
    plan = make_plan(sensitivity=None)
    assert [each.varied for each in choices_of(plan)] == ["", "missing"]
