"""Hypotheses from scores to verdicts, on drawn answers whose truth is known.

Estimates are those of the estimators, tests those of the modules that make them, which have tests of
their own; here is that the right ones are asked for, and what becomes of those that cannot be had.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.pooling import pool
from pipeline.models import ESTIMATORS
from pipeline.models.effects.averages import LINKS, average_slope
from pipeline.models.nonlinear.cumulative import fit_logit
from pipeline.models.stage import stage
from pipeline.models.stage.effect_difference import refit
from pipeline.models.stage.planned import planned_models
from pipeline.models.stage.specification import Ground, prepare
from pipeline.models.verdict import holm_of_all

N, GROUPS = 900, 18
SCORES = ["x", "w", "m", "y", "z", "breadth"]


def hypothesis_of(name: str, **declared: object) -> dict[str, object]:
    usual = {
        "id": name,
        "family": "one",
        "statement": {"nl": f"{name} in woorden", "en": f"{name} in words"},
        "outcomes": ["y"],
        "predictors": ["x"],
        "expected": "+",
        "estimator": "ols",
        "smallest": 0.05,
    }
    return {**usual, **declared}


HYPOTHESES = [
    hypothesis_of("H1", estimator="logit", outcomes=["YES"], beside=["w"]),
    hypothesis_of(
        "H2",
        estimator="negbin",
        outcomes=["COUNT"],
        predictors=["breadth"],
        among="YES == 1",
        tests="square",
        ends=[0, 8],
        counted_from=1,
        expected="-",
        smallest=None,
    ),
    hypothesis_of(
        "H3", estimator="ologit", outcomes=["STAGE"], predictors=["x", "w"], tests="difference"
    ),
    hypothesis_of("H4", family="two", beside=["w"]),
    hypothesis_of("H5", family="two", estimator="mixed", beside=["w"]),
    hypothesis_of("H6", family="two", predictors=["x"], moderator="w", tests="product"),
    hypothesis_of("H7", family="three", predictors=["w"], beside=["x"]),
    hypothesis_of("H8", family="three", expected="-", beside=["w"]),
    hypothesis_of(
        "H12", outcomes=["COUNT", "YES"], estimator="logit", tests="effect_difference", beside=["w"]
    ),
    hypothesis_of(
        "H9",
        family="four",
        outcomes=["z"],
        mediator="m",
        beside_mediator=["w"],
        estimator="mediation",
        tests="indirect",
        among="YES == 1",
        smallest=0.0025,
    ),
]


def plan_of(*hypotheses: dict[str, object], **inference: object) -> Plan:
    declared = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": ["ORG"]},
        "controls": ["ROLE"],
        "hypotheses": hypotheses or HYPOTHESES,
        "inference": {"wild_draws": 499, **inference},
        "missing": {"mediation_bootstrap": 60},
    }
    return Plan.model_validate_json(json.dumps(declared))


def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(20261122)
    org = np.sort(rng.integers(0, GROUPS, N))
    x, w = rng.normal(size=(2, N)) + 0.3 * rng.normal(size=(2, GROUPS))[:, org]
    breadth = rng.integers(0, 9, N).astype(float)
    shared = 0.3 * rng.normal(size=GROUPS)[org]
    latent = 0.8 * x + shared + rng.logistic(size=N)
    mean = np.exp(0.3 + 0.7 * breadth - 0.09 * breadth**2)
    frame = pd.DataFrame(
        {
            "ORG": pd.Categorical([f"o{k:02d}" for k in org]),
            "ROLE": pd.Categorical(rng.choice(["a", "b", "c"], N)),
            "x": x,
            "w": w,
            "m": 0.5 * x + rng.normal(size=N),
            "y": 0.5 * x + shared + rng.normal(size=N),
            "breadth": breadth,
            "YES": (latent > 0).astype(float),
            "STAGE": np.digitize(0.6 * x + shared + rng.logistic(size=N), [-1, 0, 1.5]) + 1.0,
        }
    )
    frame["COUNT"] = np.where(frame["YES"] == 1, 1.0 + rng.poisson(mean), 0.0)
    frame.loc[rng.choice(N, 30, replace=False), "w"] = np.nan
    frame["z"] = 0.4 * frame["m"] + shared + rng.normal(size=N)
    return frame


def ground_of(frame: pd.DataFrame, plan: Plan) -> Ground:
    return Ground(frame, plan, SCORES, {"YES == 1": (frame["YES"] == 1).to_numpy()})


def run(frame: pd.DataFrame, plan: Plan) -> dict[str, pd.DataFrame]:
    findings = Findings()
    return {**stage.model_tables(ground_of(frame, plan), findings), "findings": findings.table()}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return drawn()


@pytest.fixture(scope="module")
def tables(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return run(frame, plan_of())


@pytest.fixture(scope="module")
def found(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["hypotheses"].set_index("hypothesis")


def test_verdicts_follow_the_truth(found: pd.DataFrame) -> None:
    assert found["verdict"].to_dict() == {
        "H1": "supported",
        "H2": "supported",
        "H3": "supported",
        "H4": "supported",
        "H5": "supported",
        "H6": found.loc["H6", "verdict"],
        "H7": found.loc["H7", "verdict"],
        "H8": "opposite",
        "H12": found.loc["H12", "verdict"],
        "H9": "supported",
    }
    nothing = {"not_supported", "no_meaningful_relation"}
    assert {found.loc["H6", "verdict"], found.loc["H7", "verdict"]} <= nothing


def test_every_column_says_what_was_declared(found: pd.DataFrame) -> None:
    assert found.loc["H3", "focal"] == "x - w"
    assert found.loc["H6", "focal"] == "x*w"
    assert found.loc["H2", "focal"] == "breadth^2"
    assert found.loc["H12", "focal"] == "x: COUNT - YES"
    assert found.loc["H12", "outcome"] == "COUNT;YES"
    assert found.loc["H1", "statement"] == "H1 in woorden"
    assert found.loc["H1", ["equivalence_low", "equivalence_high"]].tolist() == [-0.05, 0.05]
    assert pd.isna(found.loc["H2", "equivalence_low"])
    assert (found["groups"] == GROUPS).all()


@pytest.mark.parametrize("name", ["H1", "H3", "H4", "H5"])
def test_the_main_test_is_cr2_on_the_models_rows(
    name: str, frame: pd.DataFrame, found: pd.DataFrame
) -> None:
    plan = plan_of()
    hypothesis = next(each for each in plan.hypotheses if each.id == name)
    (model,) = planned_models(hypothesis, plan)
    fitted = ESTIMATORS[model.estimator](prepare(model, ground_of(frame, plan)).sample)
    contrast = np.zeros(len(fitted.terms))
    contrast[fitted.at("x")] = 1
    if name == "H3":
        contrast[fitted.at("w")] = -1
    errors = cluster_robust(**vars(fitted.working)).contrast(contrast)
    row = found.loc[name]
    assert row["estimate"] == pytest.approx(contrast @ fitted.estimate, rel=1e-9)
    assert row["std_error"] == pytest.approx(errors.std_error[0], rel=1e-9)
    assert row["df"] == pytest.approx(errors.df[0], rel=1e-9)
    assert row["conf_low"] < row["inner_low"] < row["inner_high"] < row["conf_high"]
    assert row["without_low"] < row["estimate"] < row["without_high"]
    assert 1 < row["effective_groups"] <= GROUPS
    assert row["third_estimate"] == pytest.approx(row["estimate"], rel=0.3)
    assert row["third_p"] < 0.01


def test_p_values_are_adjusted_within_families_and_for_either_test(found: pd.DataFrame) -> None:
    for _, family in found.groupby("family"):
        for raw, adjusted in (("p_value", "p_adjusted"), ("p_bootstrap", "p_bootstrap_adjusted")):
            expected = holm_of_all(family[raw].to_numpy())
            np.testing.assert_allclose(family[adjusted].to_numpy(), expected)


def test_an_inverted_u_has_the_largest_p_of_all_that_must_hold(
    frame: pd.DataFrame, found: pd.DataFrame
) -> None:
    row = found.loc["H2"]
    assert row["estimate"] < 0
    assert row["n"] == (frame["YES"] == 1).sum()
    mean = np.exp(2 - 0.7 * frame["breadth"] + 0.09 * frame["breadth"] ** 2)
    counts = 1.0 + np.random.default_rng(4).poisson(mean)
    upright = frame.assign(COUNT=np.where(frame["YES"] == 1, counts, 0.0))
    again = run(upright, plan_of(HYPOTHESES[1]))["hypotheses"].iloc[0]
    assert again["estimate"] > 0
    assert again["p_value"] == again["p_bootstrap"] == 1
    assert again["verdict"] == "not_supported"


def test_a_rise_alone_is_no_inverted_u(frame: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    mean = np.exp(0.5 * np.sqrt(frame["breadth"]))
    rising = frame.assign(COUNT=np.where(frame["YES"] == 1, 1.0 + rng.poisson(mean), 0.0))
    row = run(rising, plan_of(HYPOTHESES[1]))["hypotheses"].iloc[0]
    assert row["verdict"] in {"not_supported", "undecided"}


def test_effects_on_two_outcomes_are_of_the_same_people(
    frame: pd.DataFrame, tables: dict[str, pd.DataFrame], found: pd.DataFrame
) -> None:
    fit = tables["model_fit"].set_index("model")
    assert fit.loc["H12_COUNT", "n"] == fit.loc["H12_YES", "n"] == found.loc["H12", "n"]
    assert found.loc["H12", "p_value"] == found.loc["H12", "p_bootstrap"]
    # of a count that is above 0 just where the answer is yes, both effects are the same
    assert found.loc["H12", "estimate"] == pytest.approx(0, abs=1e-9)


def test_a_difference_of_effects_by_hand(frame: pd.DataFrame) -> None:
    other = frame.assign(COUNT=(frame["y"] > 0.5) * 1.0)
    plan = plan_of(HYPOTHESES[8])
    row = run(other, plan)["hypotheses"].iloc[0]
    models = planned_models(plan.hypotheses[0], plan)
    effects = []
    for model in models:
        sample = prepare(model, ground_of(other, plan)).sample
        estimate = fit_logit(sample.outcome, sample.design)
        own = np.eye(len(sample.terms))[sample.terms.index("x")]
        effects.append(average_slope(LINKS["logit"], estimate.vector, sample.design, own).estimate)
    assert row["estimate"] == pytest.approx(effects[0] - effects[1], rel=1e-9)
    assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_a_refit_is_the_maximum_and_survives_a_code_that_nobody_has(frame: pd.DataFrame) -> None:
    plan = plan_of(HYPOTHESES[0])
    (model,) = planned_models(plan.hypotheses[0], plan)
    sample = prepare(model, ground_of(frame, plan)).sample
    estimate = fit_logit(sample.outcome, sample.design).vector
    once = refit(sample.outcome, sample.design, estimate * 0, np.ones(len(sample.outcome)))
    np.testing.assert_allclose(once, estimate, rtol=1e-3, atol=1e-5)
    code = sample.design[:, sample.terms.index("ROLE=c")]
    without = refit(sample.outcome, sample.design, estimate, 1 - code)
    kept = [k for k, term in enumerate(sample.terms) if term != "ROLE=c"]
    there = code == 0
    alone = fit_logit(sample.outcome[there], sample.design[np.ix_(there, kept)]).vector
    np.testing.assert_allclose(without[kept], alone, rtol=1e-3, atol=1e-5)


def test_an_indirect_effect_is_the_product_of_its_models_coefficients(
    frame: pd.DataFrame, tables: dict[str, pd.DataFrame], found: pd.DataFrame
) -> None:
    terms = tables["coefficients"].set_index(["model", "term"])["estimate"]
    row = found.loc["H9"]
    assert row["estimate"] == pytest.approx(terms["H9_a", "x"] * terms["H9_b", "m"], rel=1e-9)
    assert row["n"] == (frame["YES"] == 1).sum()
    assert row["focal"] == "x -> m -> z"
    assert row["p_value"] == row["p_bootstrap"] == pytest.approx(2 / 61)
    assert row["conf_low"] < row["inner_low"] < row["estimate"] < row["inner_high"]
    fit = tables["model_fit"].set_index("model")
    assert fit.loc["H9_a", "n"] == frame["w"].notna().sum()


def test_models_stand_in_the_tables_with_their_status(tables: dict[str, pd.DataFrame]) -> None:
    fit = tables["model_fit"].set_index("model")["status"]
    assert fit["H5"] == "confirmatory"
    assert fit["H5_means"] == "exploratory"
    terms = tables["coefficients"].groupby("model")["term"].apply(list)
    assert {"x@mean", "w@mean"} <= set(terms["H5_means"])
    assert "x*w" in terms["H6"]
    assert terms["H3"][-1] == "cut3"


def test_the_same_draws_whatever_else_is_tested(frame: pd.DataFrame) -> None:
    alone = run(frame, plan_of(HYPOTHESES[0]))["hypotheses"].iloc[0]
    beside = run(frame, plan_of(*HYPOTHESES[:2]))["hypotheses"].iloc[0]
    assert alone["p_bootstrap"] == beside["p_bootstrap"]


# ------------------------------------------------------------------------------------- completed answers


def completed_of(frame: pd.DataFrame, m: int) -> list[pd.DataFrame]:
    """Return the frame with the holes of `w` filled at random."""
    rng = np.random.default_rng(8)
    draws = [rng.normal(size=len(frame)) for _ in range(m)]
    return [frame.assign(w=frame["w"].where(frame["w"].notna(), each)) for each in draws]


def test_completed_answers_are_pooled_by_rubins_rules(frame: pd.DataFrame) -> None:
    plan, sets = plan_of(*[HYPOTHESES[k] for k in (0, 3)]), completed_of(frame, 4)
    ground = ground_of(frame, plan)
    tables = stage.model_tables(ground, Findings(), [ground.completed(each) for each in sets])
    row = tables["hypotheses"].set_index("hypothesis").loc["H4"]
    assert row["n"] == N
    (model,) = planned_models(plan.hypotheses[1], plan)
    fits = [ESTIMATORS["ols"](prepare(model, ground.completed(each)).sample) for each in sets]
    at = fits[0].at("x")
    errors = [cluster_robust(**vars(each.working)).every() for each in fits]
    pooled = pool(
        np.array([[each.estimate[at]] for each in fits]),
        np.array([[[each.std_error[at] ** 2]] for each in errors]),
        np.array([[each.df[at]] for each in errors]),
    )
    assert row["estimate"] == pytest.approx(pooled.estimate[0], rel=1e-9)
    assert row["std_error"] == pytest.approx(pooled.std_error[0], rel=1e-9)
    assert row["df"] == pytest.approx(pooled.df[0], rel=1e-9)
    assert row["p_value"] == pytest.approx(pooled.p_value[0], rel=1e-6)
    term = tables["coefficients"].set_index(["model", "term"]).loc[("H4", "x")]
    assert term["std_error"] == pytest.approx(row["std_error"], rel=1e-9)
    fit = tables["model_fit"].set_index("model")
    assert fit.loc["H4", "imputations"] == 4
    assert fit.loc["H4", "loglik"] == pytest.approx(np.mean([each.loglik for each in fits]))


def test_constants_of_z_scores_are_those_of_what_was_answered(frame: pd.DataFrame) -> None:
    plan = plan_of()
    ground = ground_of(frame, plan)
    filled = completed_of(frame, 2)[0].assign(x=frame["x"] * 3)
    z = ground.completed(filled).standardised
    expected = (3 * frame["x"] - frame["x"].mean()) / frame["x"].std()
    np.testing.assert_allclose(z["x"], expected)


def test_one_completed_set_is_no_imputation(frame: pd.DataFrame) -> None:
    plan = plan_of(HYPOTHESES[3])
    ground = ground_of(frame, plan)
    alone = stage.model_tables(ground, Findings(), [ground.completed(frame)])
    assert alone["model_fit"]["imputations"].isna().all()
    assert alone["hypotheses"]["n"].tolist() == [N - frame["w"].isna().sum()]


def test_a_completed_set_without_an_estimate_is_left_out_and_named(frame: pd.DataFrame) -> None:
    sets, findings = completed_of(frame, 3), Findings()
    sets[1] = sets[1].assign(y=1.0)
    plan = plan_of(HYPOTHESES[3])
    ground = ground_of(frame, plan)
    tables = stage.model_tables(ground, findings, [ground.completed(each) for each in sets])
    assert tables["model_fit"]["imputations"].tolist() == [2]
    assert tables["model_fit"]["finding"].tolist() == ["completed_left_out"]
    told = findings.table().set_index("finding")["message"]
    assert told["completed_left_out"] == "1 of 3 completed data sets are left out"


# ------------------------------------------------------------------------------------ degenerate answers


def test_what_cannot_be_tested_is_named_and_the_rest_is(frame: pd.DataFrame) -> None:
    flat = frame.assign(YES=1.0)
    tables = run(flat, plan_of(*[HYPOTHESES[k] for k in (0, 3, 8)]))
    rows = tables["hypotheses"].set_index("hypothesis")
    assert rows.loc["H1", "finding"] == "constant_outcome"
    assert rows.loc["H12", "finding"] == "not_estimated"
    assert rows.loc[["H1", "H12"], "verdict"].isna().all()
    assert rows.loc["H4", "verdict"] == "supported"
    assert set(tables["findings"]["target"]) == {"H1", "H12", "H12_COUNT", "H12_YES"} - (
        {"H12_COUNT"} if (tables["findings"]["target"] != "H12_COUNT").all() else set()
    )


def test_too_few_degrees_of_freedom_are_undecided(frame: pd.DataFrame) -> None:
    row = run(frame, plan_of(HYPOTHESES[3], least_df=500))["hypotheses"].iloc[0]
    assert row["finding"] == "too_few_degrees"
    assert pd.isna(row["p_value"])
    assert row["verdict"] == "undecided"


def test_a_code_that_separates_leaves_its_people_out(frame: pd.DataFrame) -> None:
    rare = frame.copy()
    rare["ROLE"] = pd.Categorical(np.where(np.arange(N) % 200 == 0, "d", frame["ROLE"]))
    rare.loc[rare["ROLE"] == "d", "YES"] = 1.0
    tables = run(rare, plan_of(HYPOTHESES[0]))
    row = tables["hypotheses"].iloc[0]
    kept = rare[rare["ROLE"] != "d"].dropna(subset=["x", "w"])
    assert row["n"] == len(kept)
    assert row["finding"] == "code_left_out"
    assert row["verdict"] == "supported"
    assert "ROLE=d" not in set(tables["coefficients"]["term"])
    told = " ".join(tables["findings"]["message"])
    assert "ROLE=d" not in told
    assert "a code of ROLE" in told


def test_one_organisation_is_named(frame: pd.DataFrame) -> None:
    tables = run(frame[frame["ORG"] == "o03"], plan_of(HYPOTHESES[3]))
    assert tables["hypotheses"]["finding"].tolist() == ["too_few_groups"]
    assert tables["hypotheses"]["verdict"].isna().all()
