"""Reliability of a difference. Tolerance 1e-12: one closed form written in two ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from validation import agrees

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.gaps.difference_reliability import (
    difference_reliability,
    error_covariances,
    gap_reliability_table,
    with_reliability,
)

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}, "gaps": {"methods": ["gap"]}}'
)


def test_edwards_example() -> None:
    """Edwards (2001): reliabilities of .75 and a correlation of .50 leave .50."""
    found = difference_reliability((1, 1), (0.75, 0.75), 0.5)
    agrees("reliability of a difference", found, 0.5, reference="Edwards 2001", abs=1e-15)


@pytest.mark.parametrize("case", ["complete", "missing"])
def test_agrees_with_a_linear_combination(from_r, case: str) -> None:
    data, expected = from_r("difference_reliability")
    x, r = data.query("case == @case"), expected.loc[case]
    scores = pd.concat(
        [
            x[[f"I{k}_{side}" for k in range(1, 5)]].mean(axis=1, skipna=False)
            for side in ("current", "desired")
        ],
        axis=1,
    ).dropna()
    sds = tuple(scores.std())
    both = scores.corr().iloc[0, 1]
    own = (0.81, 0.68)
    table = pd.DataFrame(
        {
            "scale": "s",
            "item": [f"I{k}" for k in range(1, 5)],
            "estimate": [r[f"covariance_{k}"] for k in range(1, 5)],
        }
    )
    common = error_covariances(table)["s"]
    found = [difference_reliability(sds, own, both, c) for c in (0.0, common)]
    agrees(
        "reliability of a difference",
        found,
        r[["alone", "together"]].to_list(),
        reference="true by all variance of a linear combination",
        rel=1e-12,
    )


def test_unrelated_measures_are_as_reliable_as_their_mean() -> None:
    assert difference_reliability((1, 1), (0.9, 0.7), 0.0) == pytest.approx(0.8)
    assert difference_reliability((2, 2), (1.0, 1.0), 0.9) == pytest.approx(1.0)
    assert difference_reliability((1, 1), (0.5, 0.5), 0.8) < 0
    assert np.isnan(difference_reliability((1, 1), (0.9, 0.9), 1.0))


def measured(**loadings: float) -> dict[str, pd.DataFrame]:
    omega = [
        {"scale": f"s_{side}", "statistic": statistic, "group": group, "estimate": value}
        for side in ("current", "desired")
        for statistic, group, value in (
            ("alpha", "all", 0.1),
            ("omega_total", "all", 0.9),
            ("omega_total", "language=fr", 0.2),
        )
    ]
    rows = [
        {"model": model, "factor": "s_" + side, "item": f"A_{side}", "std_estimate": estimate}
        for side, value in loadings.items()
        for model, estimate in (("all_one_factor", 0.3), (f"s_{side}", value))
    ]
    covariances = {"scale": "s", "item": ["A", "B"], "estimate": [0.10, 0.06]}
    return {
        "reliability": make_table(omega, "reliability"),
        "loadings": make_table(rows, "loadings"),
        "error_covariances": make_table(
            pd.DataFrame(covariances).to_dict("records"), "error_covariances"
        ),
    }


def ratings() -> pd.DataFrame:
    generator = np.random.default_rng(8)
    current = generator.normal(size=(200, 2))
    desired = 0.4 * current + generator.normal(size=(200, 2))
    return pd.DataFrame(
        np.hstack([current, desired]), columns=["A_current", "s_current", "A_desired", "s_desired"]
    )


def table(frame: pd.DataFrame, **loadings: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    findings = Findings()
    made = gap_reliability_table(frame, ["A"], ["s"], measured(**loadings), PLAN, findings)
    return made.set_index("target"), findings.table()


def test_the_table_takes_each_reliability_from_its_place() -> None:
    frame = ratings()
    frame.loc[0, "A_desired"] = np.nan
    made, findings = table(frame, current=0.8, desired=0.7)
    assert findings.empty
    item, scale = made.loc["A"], made.loc["s"]
    assert item[["n", "source", "usable"]].to_list() == [199, "squared_loading", "group_only"]
    assert item[["reliability_current", "reliability_desired"]].to_list() == pytest.approx(
        [0.64, 0.49]
    )
    assert scale[["n", "source", "usable"]].to_list() == [200, "omega", "person"]
    assert scale[["reliability_current", "reliability_desired"]].to_list() == [0.9, 0.9]
    assert item["error_covariance"] == 0.10
    assert scale["error_covariance"] == pytest.approx(0.04)
    sds = tuple(frame[["s_current", "s_desired"]].std())
    r = frame["s_current"].corr(frame["s_desired"])
    assert scale["reliability"] == pytest.approx(difference_reliability(sds, (0.9, 0.9), r))
    assert scale["reliability_correlated"] == pytest.approx(
        difference_reliability(sds, (0.9, 0.9), r, 0.04)
    )


def test_what_the_answers_do_not_tell_is_a_finding() -> None:
    def found(frame: pd.DataFrame, **loadings: float) -> list[str]:
        made, findings = table(frame, **loadings)
        assert made.loc["A", ["reliability", "usable"]].isna().all()
        assert made.loc["A", "finding"] == findings["finding"].iloc[0]
        return findings.loc[findings["target"] == "A", "finding"].to_list()

    frame, both = ratings(), {"current": 0.8, "desired": 0.7}
    assert found(frame.assign(A_desired=5.0), **both) == ["constant_item"]
    assert found(frame.assign(A_desired=frame["A_current"] + 1), **both) == ["constant_item"]
    assert found(frame.assign(A_desired=np.nan), **both) == ["too_few_people"]
    assert found(frame, current=1.1, desired=0.7) == ["heywood_case"]
    assert found(frame, current=0.8) == ["no_reliability"]


def test_every_group_of_a_target_carries_its_reliability() -> None:
    gaps = make_table(
        [
            {"target": target, "level": level, "group": group}
            for target, level in (("A", "item"), ("s", "scale"), ("unknown", "item"))
            for group in ("all", "ROLE=m")
        ],
        "gaps",
    )
    made, _ = table(ratings(), current=0.8, desired=0.7)
    found = with_reliability(gaps, made.reset_index())
    expected = [made.loc[name, "reliability"] for name in ("A", "A", "s", "s")]
    assert found["reliability"].to_list()[:4] == expected
    assert found["usable"].to_list()[:4] == ["group_only"] * 2 + ["person"] * 2
    assert found.loc[4:, ["reliability", "usable"]].isna().all(axis=None)
    assert found["group"].to_list() == gaps["group"].to_list()
