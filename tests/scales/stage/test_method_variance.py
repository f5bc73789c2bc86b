"""The plan's own factor models, the correlations it expects, and a method common to all items.

Three scales of four items, 900 people in 30 organisations; `method` adds to every answer what these
have in common.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.grouping import everyone, group_by
from pipeline.core.plan import Plan
from pipeline.scales.stage.expectations_table import expectations_table
from pipeline.scales.stage.method_variance import method_models, method_variance_table, verdict
from pipeline.scales.stage.model_tables import factor_fit_table, loadings_table
from pipeline.scales.stage.models import fit_models
from pipeline.scales.stage.subjects import Material, Subject

N = 900
LOADS = np.array([0.5, 0.65, 0.8, 0.95])
R = np.array([[1, 0.4, 0.0], [0.4, 1, 0.3], [0.0, 0.3, 1]])
ITEMS = {name: tuple(f"{name.upper()}{k}" for k in range(1, 5)) for name in "abc"}


def plan_with(**parts: object) -> Plan:
    plan = {
        "seed": 1,
        "responses": {"file": "tiny.csv", "respondent": "id"},
        "organisation": {"levels": ["ORG"]},
        **parts,
    }
    return Plan.model_validate_json(json.dumps(plan))


def material_of(plan: Plan, method: float = 0.0, seed: int = 3) -> tuple[Material, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal(np.zeros(3), R, N)
    shared = method * rng.normal(size=(N, 1))
    subjects = tuple(
        Subject(
            name,
            ITEMS[name],
            factors[:, [k]] * LOADS + rng.normal(size=(N, 4)) * 0.6 + shared,
            {name: np.arange(4)},
            5,
        )
        for k, name in enumerate(ITEMS)
    )
    organisation = pd.Series([f"o{k % 30}" for k in range(N)])
    scores = pd.DataFrame({each.name: each.values.mean(axis=1) for each in subjects})
    scores = scores.assign(ORG=organisation, marker=rng.normal(size=N) + shared[:, 0])
    clusters = group_by(organisation, "organisation").codes
    alone = everyone(N)
    return Material(subjects, clusters, alone, (alone,), plan), scores


def methods(method: float, **more: object) -> pd.DataFrame:
    plan = plan_with(method={"scales": ["a", "b", "c"], **more})
    material, scores = material_of(plan, method)
    findings = Findings()
    table = method_variance_table(method_models(material, findings), scores, plan, findings)
    return table.set_index(["approach", "scale_a", "scale_b"])


def test_a_common_method_is_found_and_taken_out() -> None:
    table = methods(0.6)
    assert list(table.index) == [("latent_factor", *pair) for pair in ("ab", "ac", "bc")]
    assert (table["r"].to_numpy() > np.array([0.55, 0.25, 0.5])).all()
    assert np.abs(table["adjusted"].to_numpy() - [0.4, 0, 0.3]).max() < 0.15
    assert table["method_share"].between(0.15, 0.45).all()
    assert table.loc[("latent_factor", "a", "c"), "verdict"] == "falls"
    assert table.loc[("latent_factor", "a", "b"), "verdict"] == "stands"


def test_without_a_common_method_nothing_is_said_to_fall() -> None:
    table = methods(0.0)
    assert table["verdict"].tolist() == ["no_method", "none", "no_method"]
    assert table["method_share"].max() < 0.05


def test_a_marker_takes_out_what_it_shares() -> None:
    table = methods(0.9, marker="marker").loc["marker"]
    assert (table["adjusted"] < table["r"]).all()
    assert table["method_share"].nunique() == 1
    assert table.loc[("a", "b"), "verdict"] == "stands"
    assert set(methods(0.9).reset_index()["approach"]) == {"latent_factor"}


def test_a_plan_without_a_method_has_an_empty_table() -> None:
    plan = plan_with()
    material, scores = material_of(plan)
    assert method_models(material, Findings()) == []
    assert method_variance_table([], scores, plan, Findings()).empty


def test_a_marker_that_does_not_vary_is_a_finding() -> None:
    plan = plan_with(method={"scales": ["a", "b"], "marker": "marker"})
    material, scores = material_of(plan)
    findings = Findings()
    models = method_models(material, findings)
    table = method_variance_table(models, scores.assign(marker=3.0), plan, findings)
    row = table[table["approach"].eq("marker")].iloc[0]
    assert (row["finding"], pd.isna(row["adjusted"])) == ("constant_score", True)
    assert "constant_score" in findings.table()["finding"].tolist()


@pytest.mark.parametrize(
    ("before", "after", "method", "expected"),
    [
        ((0.3, 0.01), (0.2, 0.01), True, "stands"),
        ((0.3, 0.01), (0.2, 0.06), True, "falls"),
        ((0.3, 0.01), (-0.2, 0.01), True, "falls"),
        ((0.3, 0.01), (0.2, 0.06), False, "no_method"),
        ((0.1, 0.20), (0.2, 0.01), True, "none"),
        ((np.nan, 0.20), (0.2, 0.01), True, None),
    ],
)
def test_verdicts(before, after, method: bool, expected: str | None) -> None:
    assert verdict(before, after, 0.05, method) == expected


# ------------------------------------------------------------------------------------- expectations


def test_correlations_are_held_against_what_is_expected() -> None:
    pairs = [("a", "b", "+"), ("b", "c", "-"), ("a", "c", "+")]
    plan = plan_with(expectations=[{"scores": [a, b], "sign": s} for a, b, s in pairs])
    _, scores = material_of(plan)
    table = expectations_table(scores, plan, Findings())
    assert table["verdict"].tolist() == ["as_expected", "opposite", "undecided"]
    assert table["expected"].tolist() == ["positive", "negative", "positive"]
    assert table["estimate"].to_numpy() == pytest.approx(
        [scores[a].corr(scores[b]) for a, b, _ in pairs]
    )
    assert (table["groups"] == 30).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"a": 3.0}, "constant_score"),
        ({"a": np.nan}, "too_few_people"),
        ({"ORG": "o1"}, "too_few_groups"),
        ({"ORG": None}, "too_few_people"),
    ],
)
def test_an_expectation_without_an_interval_is_a_finding(change: dict, name: str) -> None:
    plan = plan_with(expectations=[{"scores": ["a", "b"], "sign": "+"}])
    _, scores = material_of(plan)
    findings = Findings()
    row = expectations_table(scores.assign(**change), plan, findings).iloc[0]
    assert (row["finding"], pd.isna(row["verdict"])) == (name, True)
    assert findings.table()["target"].tolist() == ["a b"]


# ------------------------------------------------------------------------------------- planned models


def planned(**parts: object) -> tuple[pd.Series, pd.DataFrame]:
    """Return the row of fit and the loadings of a model that the plan writes as lists of items."""
    plan = plan_with(factor_models=[{"id": "mine", "factors": ITEMS, **parts}])
    material, _ = material_of(plan, 0.5)
    findings = Findings()
    models = fit_models(material, findings)
    fits = factor_fit_table(models, {"model": "floor", "estimator": "minres"}, plan.factors)
    loadings = loadings_table(models, plan)
    return fits.set_index("model").loc["mine"], loadings[loadings["model"].eq("mine")]


def test_correlated_factors_as_lists_of_items() -> None:
    row, loadings = planned()
    assert (row["kind"], row["n_items"], row["df"], row["verdict"]) == (
        "planned",
        12,
        51,
        "acceptable",
    )
    assert loadings["item"].tolist() == [item for items in ITEMS.values() for item in items]


def test_a_bifactor_model_as_lists_of_items() -> None:
    row, loadings = planned(general="g", correlated=False)
    assert row["df"] == 54 - 12
    assert set(loadings["factor"]) == {"a", "b", "c", "g"}
    assert len(loadings[loadings["factor"].eq("g")]) == 12


def test_a_second_order_model_with_a_residual_covariance_as_lists_of_items() -> None:
    row, loadings = planned(above={"h": ["a", "b", "c"]}, residuals=[["A1", "C2"]])
    assert row["df"] == 50
    assert loadings.loc[loadings["factor"].eq("h"), "item"].tolist() == ["a", "b", "c"]
