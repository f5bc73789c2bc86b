"""Logistic regression with errors clustered by organisation.

Tolerances: 1e-8 relative and absolute against R's glm (epsilon 1e-14) and sandwich 3.0-2; both stop
iterating a little before the maximum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import UserError
from pipeline.models.logistic import fit_logit

REFERENCE = Path(__file__).parents[1] / "reference"
CLOSE = {"rel": 1e-8, "abs": 1e-8}
QUANTITIES = ["estimate", "std_error", "statistic", "df", "p_value", "low", "high"]


def case_of(case: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = pd.read_csv(REFERENCE / "logit_data.csv")
    each = data[data["case"] == case]
    design = np.column_stack([np.ones(len(each)), each["x"], each["kind"] == "b"])
    return each["y"].to_numpy(dtype=float), design, each["cluster"].to_numpy()


@pytest.mark.parametrize("case", ["unequal", "equal"])
def test_agrees_with_glm_and_sandwich(case: str) -> None:
    r = pd.read_csv(REFERENCE / "logit.csv").pivot(index="case", columns="quantity", values="value")
    r = r.loc[[f"{case};{term}" for term in ("intercept", "x", "kind=b")]]
    found = fit_logit(*case_of(case), 0.95)
    for quantity in QUANTITIES:
        assert getattr(found, quantity) == pytest.approx(r[quantity].to_numpy(), **CLOSE), quantity


def test_units_of_predictors_do_not_matter() -> None:
    outcome, design, clusters = case_of("unequal")
    found, wide = (fit_logit(outcome, design * [1, s, 1], clusters, 0.95) for s in (1, 1e7))
    assert wide.statistic == pytest.approx(found.statistic, rel=1e-6)
    assert wide.estimate[1] * 1e7 == pytest.approx(found.estimate[1], rel=1e-6)


@pytest.mark.parametrize("outcome", [np.zeros(40), np.ones(40), np.arange(40) % 3.0])
def test_an_outcome_that_is_no_yes_or_no_is_refused(outcome: np.ndarray) -> None:
    design = np.column_stack([np.ones(40), np.linspace(-1, 1, 40)])
    with pytest.raises(UserError, match="takes the values 0 and 1, and both must occur"):
        fit_logit(outcome, design, np.arange(40) % 5, 0.95)


def test_separation_is_refused() -> None:
    x = np.linspace(-1, 1, 60)
    with pytest.raises(UserError, match="separates the outcome"):
        fit_logit((x > 0).astype(float), np.column_stack([np.ones(60), x]), np.arange(60) % 6, 0.95)
