"""Cleaning rules taken together: who is kept by which, and that everyone kept alike is fitted once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.models.sensitivity.multiverse import Everyone, cleaning_rows, kept_by, universes

BASE = {
    "attention": "use",
    "seconds": "2",
    "identical_run": "12",
    "even_odd": "0.30",
    "mahalanobis": "0.001",
    "combination": "any",
    "completeness": "0.5",
}
CAREFUL = {
    "answered": 1.0,
    "attention_errors": 0,
    "seconds_per_item": 6.0,
    "time_share": 1.0,
    "longest_mixed_run": 3,
    "uniform_pages": 0,
    "even_odd": 0.9,
    "mahalanobis_p": 0.5,
}


def everyone(plan: Plan, *people: dict[str, float | None]) -> Everyone:
    quality = pd.DataFrame([{**CAREFUL, **each} for each in people])
    return Everyone(pd.DataFrame({"x": range(len(people))}), {}, quality, plan)


PEOPLE = {
    "careful": {},
    "attention": {"attention_errors": 1},
    "fast": {"seconds_per_item": 1.5},
    "hurried": {"time_share": 0.2},
    "run": {"longest_mixed_run": 12},
    "uniform": {"uniform_pages": 3},
    "odd": {"even_odd": 0.1},
    "far": {"mahalanobis_p": 0.0005},
    "part": {"answered": 0.6},
    "several": {"attention_errors": 1, "seconds_per_item": 0.5, "even_odd": -1.0},
    "unknown": {"even_odd": None, "mahalanobis_p": None, "seconds_per_item": None},
}


@pytest.mark.parametrize(
    ("changed", "excluded"),
    [
        ({}, "attention fast hurried run uniform odd far several"),
        ({"attention": "ignore"}, "fast hurried run uniform odd far several"),
        ({"seconds": "1"}, "attention hurried run uniform odd far several"),
        ({"identical_run": "15"}, "attention fast hurried uniform odd far several"),
        ({"even_odd": "off"}, "attention fast hurried run uniform far several"),
        ({"even_odd": "0.0"}, "attention fast hurried run uniform far several"),
        ({"mahalanobis": "off"}, "attention fast hurried run uniform odd several"),
        ({"combination": "two"}, "several"),
        ({"combination": "three"}, "several"),
        ({"combination": "three", "attention": "ignore"}, ""),
        ({"combination": "none"}, ""),
        ({"combination": "none", "completeness": "0.8"}, "part"),
    ],
)
def test_rules_exclude_whom_they_name(plan: Plan, changed: dict[str, str], excluded: str) -> None:
    kept = kept_by({**BASE, **changed}, everyone(plan, *PEOPLE.values()))
    assert {name for name, each in zip(PEOPLE, kept, strict=True) if not each} == set(
        excluded.split()
    )


def test_every_universe_has_a_row_and_those_alike_are_fitted_once(
    plan: Plan, scores: pd.DataFrame, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    quality = pd.DataFrame([CAREFUL] * len(scores))
    quality.loc[rng.random(len(scores)) < 0.1, "attention_errors"] = 1
    quality.loc[rng.random(len(scores)) < 0.1, "seconds_per_item"] = 2.0
    people = Everyone(scores, {}, quality, plan)
    rows = pd.DataFrame(cleaning_rows(people, Workers(folder=tmp_path)))
    assert len(rows) == 3 * len(list(universes(plan))) == 3 * 24
    masks = {kept_by(each, people).tobytes() for each in universes(plan)}
    assert len(list((tmp_path / "cleaning").iterdir())) == len(masks) < 24
    h2 = rows[rows["model"] == "H2"]
    everybody = h2[h2["specification"].str.contains("combination=none")]
    assert (everybody["n"] == len(scores)).all()
    assert h2["estimate"].nunique() == len(masks)
    assert (rows.loc[rows["model"] == "H2", "p_value"] < 0.001).all()


def test_a_plan_without_cleaning_rules_has_no_universes(plan: Plan) -> None:
    without = plan.sensitivity.model_copy(update={"cleaning": None})
    assert list(universes(plan.model_copy(update={"sensitivity": without}))) == []
