"""The tables of sensitivity: every curve summed up, and what an unmeasured cause would need."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from varied_plan import make_plan

from pipeline.core.contracts import TABLES
from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.core.tables import check_table
from pipeline.models.sensitivity.curve import Answers
from pipeline.models.sensitivity.stage import least_squares, sensitivity_tables

COMPLETE = ("complete", "mean", "core")


def hypotheses(**found: tuple[float, float, float]) -> pd.DataFrame:
    rows = [
        {"hypothesis": name, "n": 900, "estimate": e, "conf_low": low, "conf_high": high}
        for name, (e, low, high) in found.items()
    ]
    return pd.DataFrame(rows)


def tables(scores: pd.DataFrame, plan: Plan, *, full: bool = False) -> dict[str, pd.DataFrame]:
    tested = hypotheses(H1=(0.5, 0.3, 0.7), H2=(0.5, 0.4, 0.6), H3=(0.0, -0.1, 0.1))
    answers = Answers({COMPLETE: [(scores, {})]}, plan)
    return sensitivity_tables(answers, None, tested, Workers(), full=full)


def test_curves_are_summed_up(scores: pd.DataFrame, plan: Plan) -> None:
    made = tables(scores, plan)
    for name, table in made.items():
        check_table(table, TABLES[name])
    curve = made["sensitivity"]
    summed = made["robustness"].set_index(["model", "kind"])
    for model in ("H1", "H2", "H3"):
        inside = curve[curve["model"] == model]
        row = summed.loc[(model, "specification")]
        assert row["choices"] == len(inside) == 18
        assert row["median"] == pytest.approx(inside["estimate"].median())
        assert row["significant"] == pytest.approx((inside["p_value"].dropna() < 0.05).mean())
        assert bool(row["robust"]) == (model != "H3")
    assert made["robustness"]["joint_median_p"].isna().all()


def test_unmeasured_causes_stand_beside(scores: pd.DataFrame, plan: Plan) -> None:
    summed = tables(scores, plan)["robustness"].set_index(["model", "kind"])
    logit, linear = summed.loc[("H1", "unmeasured")], summed.loc[("H2", "unmeasured")]
    ratio = np.exp(0.25)
    assert logit["e_value"] == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    assert np.isnan(logit["partial_r2"])
    assert 0.1 < linear["partial_r2"] < 0.4
    assert summed.loc[("H3", "unmeasured")]["e_value_limit"] == 1


def test_partial_r2_is_the_share_that_the_predictor_adds(scores: pd.DataFrame, plan: Plan) -> None:
    from pipeline.models.sensitivity.confounding import robustness

    answers = Answers({COMPLETE: [(scores, {})]}, plan)
    t, df = least_squares(answers, plan)["H2"]
    dummies = pd.get_dummies(scores[["KIND", "AGE"]], drop_first=True).to_numpy(float)
    rest = np.column_stack([np.ones(len(scores)), scores["z"], dummies])
    whole = np.column_stack([rest, scores["x"]])

    def unexplained(X: np.ndarray) -> float:
        return float(((scores["y"] - X @ np.linalg.lstsq(X, scores["y"])[0]) ** 2).sum())

    share = 1 - unexplained(whole) / unexplained(rest)
    assert robustness(t, df, 0.05).partial_r2 == pytest.approx(share)


def test_with_all_of_it_the_joint_test_stands_in_the_table(scores: pd.DataFrame) -> None:
    plan = make_plan(
        sensitivity={"specifications": {"controls": ["none", "full"]}, "permutations": 20}
    )
    summed = tables(scores, plan, full=True)["robustness"].set_index(["model", "kind"])
    assert summed.loc[("H2", "specification"), "joint_median_p"] == pytest.approx(1 / 21)


def test_without_choices_nothing_is_varied(scores: pd.DataFrame) -> None:
    made = tables(scores, make_plan(sensitivity=None))
    assert made["sensitivity"].empty
