"""What draws say of power: shares and their errors, by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import Finding
from pipeline.core.plan import Plan
from pipeline.models.power import QUANTITIES, Design, found_in_draw, power_row
from pipeline.models.stage.specification import Ground

HYPOTHESIS = {
    "id": "H1",
    "family": "f",
    "statement": {"en": "s"},
    "outcomes": ["y"],
    "predictors": ["x"],
    "expected": "+",
    "estimator": "ols",
}


def plan(**changed: object) -> Plan:
    declared = {
        "seed": 5,
        "responses": {},
        "organisation": {"levels": ["ORG"]},
        "hypotheses": [{**HYPOTHESIS, **changed}],
    }
    return Plan.model_validate_json(json.dumps(declared))


def found(estimates: list[float], p_values: list[float]) -> dict[str, np.ndarray]:
    estimate = np.array(estimates)
    values = {"n": 100.0, "groups": 9.0, "std_error": 0.1, "df": 7.0}
    arrays = {name: np.full(len(estimate), value) for name, value in values.items()}
    return {
        **arrays,
        "estimate": estimate,
        "p_value": np.array(p_values),
        "low": estimate - 0.2,
        "high": estimate + np.where(np.isnan(p_values), np.nan, 0.2),
    }


def row(estimates: list[float], p_values: list[float], **changed: object) -> dict[str, object]:
    declared = plan(**changed)
    return power_row(declared.hypotheses[0], Design(9, 100), found(estimates, p_values), declared)


def test_power_is_the_share_that_is_significant_with_the_expected_sign() -> None:
    told = row([0.3, 0.2, -0.4, 0.1], [0.01, 0.04, 0.001, 0.2])
    assert told["power"] == 0.5
    assert told["monte_carlo_error"] == pytest.approx(0.25)
    assert row([0.3, 0.2, -0.4, 0.1], [0.01, 0.04, 0.001, 0.2], expected="-")["power"] == 0.25


def test_no_p_value_and_no_estimate_count_as_not_found() -> None:
    told = row([0.3, np.nan, 0.4, 0.4], [0.01, np.nan, np.nan, 0.01])
    assert (told["power"], told["estimated"], told["draws"]) == (0.5, 3, 4)
    assert told["half_width"] == pytest.approx(0.2)
    nothing = row([np.nan, np.nan], [np.nan, np.nan])
    assert (nothing["power"], nothing["estimated"]) == (0.0, 0)
    assert "estimate" not in nothing


def test_estimates_are_described() -> None:
    told = row([0.1, 0.3], [0.5, 0.5])
    assert told["estimate"] == pytest.approx(0.2)
    assert told["spread"] == pytest.approx(np.sqrt(0.02))


def scores(slope: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(20), 15)
    x = rng.normal(size=300)
    y = slope * x + rng.normal(size=300)
    return pd.DataFrame({"ORG": pd.Categorical([f"o{k}" for k in g]), "x": x, "y": y})


def test_one_draw_is_tested_as_the_plan_has_it() -> None:
    declared = plan()
    told = found_in_draw(declared.hypotheses[0], Ground(scores(0.5), declared))
    assert set(told) == set(QUANTITIES)
    assert abs(told["estimate"] - 0.5) < 4 * told["std_error"]
    assert told["p_value"] < 0.001
    assert (told["n"], told["groups"]) == (300, 20)


def test_a_draw_without_an_estimate_is_missing() -> None:
    declared = plan()
    told = found_in_draw(declared.hypotheses[0], Ground(scores(0.5).assign(x=1.0), declared))
    assert all(np.isnan(value) for value in told.values())


def test_a_hypothesis_of_several_models_is_refused() -> None:
    declared = plan(estimator="mediation", tests="indirect", mediator="m")
    with pytest.raises(Finding, match="H1 tests no coefficient of one model"):
        found_in_draw(declared.hypotheses[0], Ground(scores(0.5), declared))
