"""The table of mediations, on answers whose paths are known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.models.mediation_table import Completed, mediation_table

HYPOTHESIS = {
    "id": "H9",
    "family": "f",
    "statement": {"en": "s"},
    "outcomes": ["y"],
    "predictors": ["x"],
    "beside": ["z"],
    "beside_mediator": ["w"],
    "mediator": "m",
    "expected": "+",
    "estimator": "mediation",
}


def plan(**missing: object) -> Plan:
    declared = {
        "seed": 5,
        "responses": {},
        "organisation": {"levels": ["ORG"]},
        "controls": ["KIND"],
        "hypotheses": [HYPOTHESIS],
        "missing": {"mediation_bootstrap": 200, **missing},
    }
    return Plan.model_validate_json(json.dumps(declared))


def scores(n: int = 1200, groups: int = 30, b: float = 0.4, seed: int = 2) -> pd.DataFrame:
    """a = .5, b, direct = .2 in units of x, m and y; y is asked of two in three."""
    rng = np.random.default_rng(seed)
    g = rng.integers(0, groups, n)
    x, w, z = rng.normal(size=(3, n))
    m = 0.5 * x + 0.3 * w + 0.3 * rng.normal(size=groups)[g] + rng.normal(size=n)
    y = 0.2 * x + b * m + 0.3 * z + rng.normal(size=n)
    y[rng.random(n) < 1 / 3] = np.nan
    kind = pd.Categorical(rng.choice(["a", "b", "c"], n))
    columns = {"ORG": pd.Categorical([f"o{k}" for k in g]), "x": x, "m": m, "y": y, "z": z}
    return pd.DataFrame({**columns, "w": w, "KIND": kind})


def table(frame: pd.DataFrame, frames: list[pd.DataFrame] | None = None, scored=()) -> pd.DataFrame:
    findings = Findings()
    found = mediation_table(Completed(frame, frames or [frame], scored), plan(), findings)
    return found.set_index("path").assign(findings=len(findings.table()))


def test_paths_are_those_the_answers_were_drawn_with() -> None:
    found = table(scores(20_000))
    for path, truth in {"a": 0.5, "b": 0.4, "direct": 0.2, "indirect": 0.2, "total": 0.4}.items():
        row = found.loc[path]
        assert abs(row["estimate"] - truth) < 4 * row["std_error"], path
        assert row["conf_low"] < row["estimate"] < row["conf_high"], path
    assert found.loc["proportion", "estimate"] == pytest.approx(0.5, abs=0.05)


def test_a_is_of_everyone_and_b_of_those_who_were_asked() -> None:
    frame = scores()
    found = table(frame)
    assert found.loc["a", "n"] == 1200
    assert found.loc["b", "n"] == frame["y"].notna().sum()
    assert (found["groups"] == 30).all()


def test_rows_are_least_squares_by_hand() -> None:
    frame = scores()
    found = table(frame)
    kinds = pd.get_dummies(frame["KIND"], drop_first=True).to_numpy(float)
    one = np.ones(len(frame))
    a = np.linalg.lstsq(np.column_stack([one, frame["x"], frame["w"], kinds]), frame["m"])[0]
    here = frame["y"].notna().to_numpy()
    design = np.column_stack([one, frame[["x", "m", "z"]], kinds])[here]
    b = np.linalg.lstsq(design, frame["y"][here])[0]
    assert found.loc["a", "estimate"] == pytest.approx(a[1])
    assert found.loc["b", "estimate"] == pytest.approx(b[2])
    assert found.loc["direct", "estimate"] == pytest.approx(b[1])
    assert found.loc["indirect", "estimate"] == pytest.approx(a[1] * b[2])


def test_scores_enter_as_z_scores_of_what_was_observed() -> None:
    """Constants are those of the observed scores in every completed data set."""
    frame = scores()
    moved = frame.assign(x=3 * frame["x"] + 1)
    raw, z = table(frame), table(moved, [moved, moved], scored=("x", "m", "y"))
    sd = frame[["x", "m", "y"]].std()
    assert z.loc["a", "estimate"] == pytest.approx(raw.loc["a", "estimate"] * sd["x"] / sd["m"])
    expected = raw.loc["indirect", "estimate"] * sd["x"] / sd["y"]
    assert z.loc["indirect", "estimate"] == pytest.approx(expected)
    other = table(frame, [moved], scored=("x", "m", "y"))
    assert other.loc["a", "estimate"] == pytest.approx(z.loc["a", "estimate"] / 3)


def test_completed_data_sets_are_averaged_and_their_draws_pooled() -> None:
    frames = [scores(seed=k) for k in (1, 2, 3)]
    found, alone = table(frames[0], frames), [table(each) for each in frames]
    mean = np.mean([each.loc["indirect", "estimate"] for each in alone])
    assert found.loc["indirect", "estimate"] == pytest.approx(mean)
    assert found.loc["indirect", ["draws", "imputations"]].tolist() == [600, 3]


def test_no_proportion_where_the_total_may_be_zero() -> None:
    frame = scores(400, b=-0.4)
    found = table(frame)
    assert found.loc["total", "conf_low"] < 0 < found.loc["total", "conf_high"]
    assert "proportion" not in found.index


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"y": 1.0}, "constant_outcome"),
        ({"y": np.nan}, "too_few_people"),
        ({"ORG": pd.Categorical(["one"] * 1200)}, "too_few_groups"),
    ],
)
def test_poor_answers_are_named_in_the_table(change: dict[str, object], finding: str) -> None:
    found = table(scores().assign(**change))
    assert found["finding"].tolist() == [finding]
    assert found["estimate"].isna().all()
    assert (found["findings"] == 1).all()
