"""Errors of an item that is rated twice. Tolerances as in test_fit_ml: both stop where they may."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.findings import Findings
from pipeline.core.grouping import everyone
from pipeline.core.plan import Plan
from pipeline.scales.stage.paired_errors import error_covariances_table
from pipeline.scales.stage.subjects import Material, Subject

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}}'
)


def material(values: np.ndarray) -> Material:
    subjects = []
    for k, side in enumerate(("current", "desired")):
        items = tuple(f"I{i}_{side}" for i in range(1, 5))
        block = values[:, 4 * k : 4 * k + 4]
        subjects.append(Subject(f"s_{side}", items, block, {f"s_{side}": np.arange(4)}, 5))
    alone = Subject("other", ("X", "Y"), values[:, :2], {"other": np.arange(2)}, 5)
    n = len(values)
    everybody = everyone(n)
    return Material((*subjects, alone), np.arange(n) % 20, everybody, (everybody,), PLAN)


@pytest.mark.parametrize("case", ["complete", "missing"])
def test_agrees_with_lavaan(from_r, case: str) -> None:
    data, expected = from_r("difference_reliability")
    values = data.query("case == @case").drop(columns="case").to_numpy(dtype=float)
    findings = Findings()
    made = error_covariances_table(material(values), findings)
    assert findings.table().empty
    assert made["item"].to_list() == ["I1", "I2", "I3", "I4"]
    r = expected.loc[case]
    for name, column in {"covariance": "estimate", "error": "std_error"}.items():
        theirs = r[[f"{name}_{k}" for k in range(1, 5)]].to_numpy()
        agrees(
            f"errors of an item asked twice, {name}",
            made[column].to_numpy(),
            theirs,
            reference="lavaan::cfa",
            rel=1e-4,
            abs=1e-6,
        )


def test_a_constant_rating_is_a_finding(from_r) -> None:
    values = from_r("difference_reliability")[0].query("case == 'complete'")
    values = values.drop(columns="case").to_numpy(dtype=float)
    values[:, 5] = 4
    findings = Findings()
    made = error_covariances_table(material(values), findings)
    assert made["estimate"].isna().all()
    assert set(made["finding"]) == {"constant_item"}
    assert findings.table()["items"].to_list() == ["I2_desired"]
