"""Logistic regression.

Tolerances: 1e-8 relative and absolute against R's glm (epsilon 1e-14) and sandwich 3.0-2; both stop
iterating a little before the maximum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding
from pipeline.models import ESTIMATORS
from pipeline.models.fitted import Sample

REFERENCE = Path(__file__).parents[1] / "reference"
CLOSE = {"rel": 1e-8, "abs": 1e-8}
fit_logit = ESTIMATORS["logit"]


def case_of(case: str, scale: float = 1) -> Sample:
    data = pd.read_csv(REFERENCE / "logit_data.csv")
    each = data[data["case"] == case]
    design = np.column_stack([np.ones(len(each)), scale * each["x"], each["kind"] == "b"])
    clusters = np.unique(each["cluster"], return_inverse=True)[1]
    return Sample(each["y"].to_numpy(dtype=float), design, ("intercept", "x", "kind=b"), clusters)


@pytest.mark.parametrize("case", ["unequal", "equal"])
def test_agrees_with_glm_and_sandwich(case: str) -> None:
    r = pd.read_csv(REFERENCE / "logit.csv").pivot(index="case", columns="quantity", values="value")
    r = r.loc[[f"{case};{term}" for term in ("intercept", "x", "kind=b")]]
    found = fit_logit(case_of(case))
    assert found.estimate == pytest.approx(r["estimate"].to_numpy(), **CLOSE)
    errors = cluster_robust(**vars(found.working), kind="CR1S").every()
    assert errors.std_error == pytest.approx(r["std_error"].to_numpy(), **CLOSE)
    np.testing.assert_allclose(found.scores.sum(axis=0), 0, atol=1e-6)


def test_units_of_predictors_do_not_matter() -> None:
    found, wide = (fit_logit(case_of("unequal", scale)) for scale in (1, 1e7))
    assert wide.estimate[1] * 1e7 == pytest.approx(found.estimate[1], rel=1e-6)
    errors, before = (cluster_robust(**vars(f.working)).every() for f in (wide, found))
    assert errors.std_error[1] * 1e7 == pytest.approx(before.std_error[1], rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_outcome_that_does_not_vary_is_named(value: float) -> None:
    design = np.column_stack([np.ones(40), np.linspace(-1, 1, 40)])
    sample = Sample(np.full(40, value), design, ("intercept", "x"), np.arange(40) % 5)
    with pytest.raises(Finding, match="constant_outcome"):
        fit_logit(sample)


def test_separation_is_named() -> None:
    x = np.linspace(-1, 1, 60)
    design = np.column_stack([np.ones(60), x])
    sample = Sample((x > 0).astype(float), design, ("intercept", "x"), np.arange(60) % 6)
    with pytest.raises(Finding, match="separat"):
        fit_logit(sample)
