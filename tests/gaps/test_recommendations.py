"""The first plays of organisations, from tables of a few rows: whose answers, which order, what is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.core.shrinkage import shrunken_means
from pipeline.gaps.recommendations import recommendations_table
from pipeline.gaps.signals import signals_table
from pipeline.report.disclosure import publish

TARGETS = ["G1", "G2", "G3", "G4", "G5", "G6", "G7"]
PLAN = Plan(seed=1, responses=Responses(), organisation=Organisations(levels=("ORG",)))
TYPES = {"big": "x", "mid": "x", "few": "x", "tiny": "y", "kid": "z", "mum": "z", "lone": "w"}
SIZES = {"big": 60, "mid": 30, "few": 9, "tiny": 4, "kid": 7, "mum": 12, "lone": 5}
GAPS = {"G1": 1.0, "G2": 0.9, "G3": 0.8, "G4": 0.7, "G5": 0.6, "G6": 0.5, "G7": -0.1}


def people(sizes: dict[str, int]) -> pd.DataFrame:
    """Return people whose gaps are those of `GAPS`, and half a point around them."""
    rows = []
    for code, count in sizes.items():
        for k in range(count):
            noise = 0.5 if k % 2 else -0.5
            pair = {
                f"{target}_{side}": 2.0 + (gap + noise if side == "desired" else 0.0)
                for target, gap in GAPS.items()
                for side in ("current", "desired")
            }
            who = {"ORG": code, "organisation_type": TYPES.get(code, "x"), "weight": 1.0}
            rows.append({**who, **pair})
    return pd.DataFrame(rows)


def tables(sizes: dict[str, int] = SIZES, **changes: Any) -> dict[str, pd.DataFrame]:
    own = [
        {
            "target": target,
            "organisation_level": "ORG",
            "organisation": code,
            "residual": code.startswith("Z"),
            "organisation_type": TYPES.get(code, "x"),
            "n": n,
            "current": 2.0,
            "desired": 2.0 + gap,
            "estimate": gap,
            "conf_low": gap - 0.4,
            "conf_high": gap + 0.4,
            "eb_mean": gap - 0.05,
            "eb_low": gap - 0.3,
            "eb_high": gap + 0.2,
        }
        for target, gap in GAPS.items()
        for code, n in sizes.items()
    ]
    everyone = [
        {"target": target, "group": "all", "n": sum(sizes.values()), "estimate": gap}
        | {"current": 2.0, "desired": 2.0 + gap, "conf_low": gap - 0.1, "conf_high": gap + 0.1}
        for target, gap in GAPS.items()
    ]
    priorities = [
        {"target": "G1", "method": method, "group": group, "top5_probability": p}
        for method, group, p in (
            ("gap", "all", 0.99),
            ("mwds", "ORG=big", 0.11),
            ("gap", "ORG=big", 0.77),
            ("gap", "organisation_type=x", 0.55),
        )
    ]
    link = {"language": "en", "kind": "obstacle", "strength": 0.2, "most": 0.3, "reason": "So."}
    links = [
        {"signal": "risk", "play": "G2", "weight": 1.0} | link,
        {"signal": "silo", "play": "G2", "weight": 0.5} | link,
        {"signal": "silo", "play": "G6", "weight": 1.0} | link,
    ]
    links += [each | {"language": "fr"} for each in links]
    return {
        "organisation_gaps": pd.DataFrame(own),
        "gaps": pd.DataFrame(everyone),
        "priorities": pd.DataFrame(priorities),
        "signals": pd.DataFrame(
            [
                {"signal": signal, "organisation": code, "deviation": 0.0}
                for signal in ("risk", "silo")
                for code in sizes
            ]
        ),
        "play_links": pd.DataFrame(links),
        "plays": pd.DataFrame({"play": TARGETS}),
        **changes,
    }


def signals(**deviations: float) -> pd.DataFrame:
    rows = [
        {"signal": signal, "organisation": "big", "deviation": by}
        for signal, by in deviations.items()
    ]
    return pd.DataFrame(rows)


def recommended(
    given: dict[str, pd.DataFrame],
    sizes: dict[str, int] = SIZES,
    parents: dict[str, str] | None = None,
    plan: Plan = PLAN,
) -> pd.DataFrame:
    return recommendations_table(people(sizes), given, parents or {"kid": "mum"}, plan)


def of(found: pd.DataFrame, organisation: str) -> pd.DataFrame:
    return found[found["organisation"] == organisation].reset_index(drop=True)


def test_the_first_five_are_the_largest_shrunken_gaps() -> None:
    big = of(recommended(tables()), "big")
    assert big["target"].tolist() == TARGETS[:5]
    assert big["rank"].tolist() == big["rank_by_gap"].tolist() == [1, 2, 3, 4, 5]
    assert set(big["reason"]) == {"gap"}
    assert set(big["basis"]) == {"organisation"}
    assert big["estimate"].tolist() == pytest.approx([0.95, 0.85, 0.75, 0.65, 0.55])
    assert big["conf_low"].tolist() == pytest.approx([0.7, 0.6, 0.5, 0.4, 0.3])
    assert big["desired"].tolist() == pytest.approx([3.0, 2.9, 2.8, 2.7, 2.6])
    assert big["top5_probability"].tolist()[0] == 0.77
    assert big["signals"].isna().all()


def test_everyone_goes_by_the_gaps_of_everyone() -> None:
    everyone = of(recommended(tables(signals=signals(risk=3.0))), "all")
    assert everyone["estimate"].tolist() == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])
    assert everyone["top5_probability"].tolist()[0] == 0.99
    assert (everyone["adjustment"] == 0).all()


def test_signals_move_a_play_by_strength_weight_and_deviation() -> None:
    big = of(recommended(tables(signals=signals(risk=0.4, silo=0.6))), "big")
    assert big["target"].tolist() == ["G2", "G1", "G3", "G4", "G6"]
    assert big["reason"].tolist() == ["moved_up", "moved_down", "gap", "gap", "brought_in"]
    moved = big.set_index("target")
    assert moved.loc["G2", "adjustment"] == pytest.approx(0.2 * 0.4 + 0.2 * 0.5 * 0.6)
    assert moved.loc["G6", "adjustment"] == pytest.approx(0.2 * 0.6)
    assert moved.loc["G1", "adjustment"] == 0
    assert moved.loc["G2", "signals"] == "risk=+0.080;silo=+0.060"
    assert moved.loc["G6", "rank_by_gap"] == 6


def test_what_is_lacking_less_moves_down() -> None:
    big = of(recommended(tables(signals=signals(risk=-0.6))), "big")
    assert big["target"].tolist() == ["G1", "G3", "G2", "G4", "G5"]
    assert big.set_index("target").loc["G2", "reason"] == "moved_down"
    assert big.set_index("target").loc["G2", "signals"] == "risk=-0.120"


@pytest.mark.parametrize(("deviation", "limit"), [(9.0, 0.3), (-9.0, -0.3)])
def test_all_signals_together_move_a_play_no_further_than_declared(
    deviation: float, limit: float
) -> None:
    big = of(recommended(tables(signals=signals(risk=deviation, silo=deviation))), "big")
    every = big.set_index("target")["adjustment"]
    assert every.get("G2", limit) == pytest.approx(limit)
    assert every.abs().max() <= 0.3 + 1e-12


def test_a_signal_without_a_value_moves_nothing() -> None:
    big = of(recommended(tables(signals=signals(risk=np.nan))), "big")
    assert (big["adjustment"] == 0).all()


def test_as_large_gaps_keep_the_order_of_the_plays() -> None:
    given = tables()
    given["organisation_gaps"]["eb_mean"] = 0.5
    big = of(recommended(given), "big")
    assert big["target"].tolist() == TARGETS[:5]


def test_too_few_people_get_the_plays_of_those_with_the_same_parent() -> None:
    sizes = dict(SIZES, mum=9, sis=11)
    found = recommended(tables(sizes), sizes, {"kid": "mum", "sis": "mum"})
    kid, mum = of(found, "kid"), of(found, "mum")
    assert set(kid["basis"]) == set(mum["basis"]) == {"parent"}
    assert set(kid["basis_name"]) == {"mum"}
    assert kid["n"].tolist() == [27] * 5
    assert kid["estimate"].tolist() == pytest.approx(
        [
            people(sizes).query("ORG in ['kid', 'mum', 'sis']")[f"{t}_desired"].mean() - 2
            for t in TARGETS[:5]
        ]
    )
    assert (kid["adjustment"] == 0).all()


def test_a_rest_that_could_be_worked_out_by_subtraction_is_not_told() -> None:
    """kid (7) and mum (12) together are 19; mum stands for itself, so that 7 would be left."""
    kid = of(recommended(tables()), "kid")
    assert kid["basis"].tolist() == ["none"]
    assert kid["target"].tolist() == ["none"]
    assert kid["reason"].tolist() == ["too_few"]
    assert kid[["n", "rank", "estimate"]].isna().all(axis=None)


def test_the_type_stands_in_where_the_parent_cannot() -> None:
    sizes = dict(SIZES, few=9, also=8)
    few = of(recommended(tables(sizes), sizes), "few")
    assert set(few["basis"]) == {"type"}
    assert set(few["basis_name"]) == {"x"}
    assert few["n"].tolist() == [107] * 5
    assert few["top5_probability"].tolist()[0] == 0.55


def test_one_that_is_nearly_all_of_a_whole_does_not_lend_its_answers() -> None:
    sizes = {"big": 200, "few": 9, "also": 8}
    assert of(recommended(tables(sizes), sizes, {}), "few")["basis"].tolist() == ["none"]
    sizes = {"big": 60, "few": 9, "also": 8}
    assert of(recommended(tables(sizes), sizes, {}), "few")["basis"].tolist()[0] == "type"


def test_statements_that_too_few_answered_are_left_out() -> None:
    given = tables()
    few = (given["organisation_gaps"]["organisation"] == "big") & (
        given["organisation_gaps"]["target"] == "G1"
    )
    given["organisation_gaps"].loc[few, "n"] = 9
    assert of(recommended(given), "big")["target"].tolist() == ["G2", "G3", "G4", "G5", "G6"]


def test_no_row_of_an_organisation_stands_for_too_few() -> None:
    for minimum in (10, 30):
        plan = PLAN.model_copy(update={"minimum_cell": minimum})
        found = recommended(tables(), plan=plan)
        told = found[found["basis"] != "none"]
        assert (told["n"] >= minimum).all()
        assert found.loc[found["basis"] == "none", "target"].eq("none").all()
        out = publish({"recommendations": found}, minimum)
        pd.testing.assert_frame_equal(
            out["recommendations"], found.assign(rank=found["rank"]), check_dtype=False
        )


def test_without_a_model_of_organisations_their_own_gaps_are_used() -> None:
    given = tables()
    given["organisation_gaps"][["eb_mean", "eb_low", "eb_high"]] = np.nan
    big = of(recommended(given), "big")
    assert big["estimate"].tolist() == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])
    assert big["conf_low"].tolist() == pytest.approx([0.6, 0.5, 0.4, 0.3, 0.2])


def test_where_nothing_is_wanted_there_is_no_play() -> None:
    given = tables()
    given["organisation_gaps"]["eb_mean"] = 0.0
    big = of(recommended(given), "big")
    assert big["reason"].tolist() == ["no_gap"]
    assert big["basis"].tolist() == ["organisation"]
    assert big["n"].tolist() == [60]


def test_residual_units_get_none() -> None:
    sizes = dict(SIZES, ZZ=40)
    assert "ZZ" not in set(recommended(tables(sizes), sizes)["organisation"])


def test_without_plays_there_is_an_empty_table() -> None:
    given = tables(plays=pd.DataFrame({"play": []}), play_links=tables()["play_links"].iloc[:0])
    assert len(recommended(given)) == 0


def test_without_sharpening_the_gaps_alone_decide() -> None:
    given = tables(play_links=tables()["play_links"].iloc[:0], signals=signals(risk=3.0))
    assert set(of(recommended(given), "big")["reason"]) == {"gap"}


# ----------------------------------------------------------------------------------------- signals


def answers(seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    codes = np.repeat(["a", "b", "c", "d"], [40, 30, 20, 5])
    shift = np.repeat([0.0, 0.8, -0.5, 0.3], [40, 30, 20, 5])
    lacks = pd.DataFrame(
        {"risk": draw.normal(3 + shift, 1.0), "used": draw.integers(0, 2, 95) * 1.0}
    )
    lacks.loc[::10, "risk"] = np.nan
    return lacks, pd.DataFrame({"ORG": codes, "weight": draw.uniform(0.5, 2, 95)})


def test_a_deviation_is_that_of_the_shrunken_mean_in_people_s_spread() -> None:
    lacks, who = answers()
    findings = Findings()
    found = signals_table(lacks, who, {"risk": "obstacle", "used": "instrument"}, PLAN, findings)
    codes = np.repeat([0, 1, 2, 3], [40, 30, 20, 5])
    model = shrunken_means(lacks["risk"].to_numpy(), codes, 4, 0.95)
    risk = found[found["signal"] == "risk"]
    spread = np.sqrt(model.components.between + model.components.within)
    assert risk["deviation"].to_numpy() == pytest.approx(
        (model.mean - model.components.mu) / spread
    )
    assert risk["n"].tolist() == [36, 27, 18, 4]
    assert risk["kind"].eq("obstacle").all()
    mine = (codes == 1) & lacks["risk"].notna()
    mean = np.average(lacks.loc[mine, "risk"], weights=who.loc[mine, "weight"])
    assert risk["estimate"].tolist()[1] == pytest.approx(mean)


def test_a_signal_that_everybody_gives_alike_is_a_finding() -> None:
    lacks, who = answers()
    lacks["used"] = 1.0
    findings = Findings()
    found = signals_table(lacks, who, {"risk": "obstacle", "used": "instrument"}, PLAN, findings)
    used = found[found["signal"] == "used"]
    assert used["deviation"].isna().all()
    assert set(used["finding"]) == {"constant_item"}
    told = findings.table()
    assert told["output"].tolist() == ["signals"]
    assert told["target"].tolist() == ["used"]


def test_one_organisation_has_no_average_to_differ_from() -> None:
    lacks, who = answers()
    who["ORG"] = "a"
    found = signals_table(lacks, who, {"risk": "obstacle"}, PLAN, Findings())
    assert found["finding"].tolist() == ["too_few_groups"]
    assert found["estimate"].notna().all()
