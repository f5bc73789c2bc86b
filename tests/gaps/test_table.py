"""The tables of gaps: what stands in a row, and what each odd kind of answers is called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.gaps.group import look_at_group
from pipeline.gaps.sums import sum_pairs
from pipeline.gaps.table import method_tables
from pipeline.gaps.targets import Target, pairs_of

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}, "groups": ["ROLE"],'
    ' "gaps": {"methods": ["gap", "mwds", "rdm", "ipa"], "bootstrap": 200}}'
)
TARGETS = [
    Target("A", "item", "first", 1, 5),
    Target("B", "item", "first", 1, 5),
    Target("s", "scale", "first", 1, 5),
]
Made = tuple[dict[str, pd.DataFrame], pd.DataFrame]


def ratings(people: int = 60, organisations: int = 6, seed: int = 1) -> pd.DataFrame:
    """Return answers of people whose organisations differ."""
    rng = np.random.default_rng(seed)
    org = np.arange(people) % organisations
    current = np.clip(np.round(2.5 + 0.5 * (org % 3)[:, None] + rng.normal(size=(people, 2))), 1, 4)
    desired = np.clip(current + rng.integers(0, 3, (people, 2)), 1, 5)
    return pd.DataFrame(
        {
            "A_current": current[:, 0],
            "A_desired": desired[:, 0],
            "B_current": current[:, 1],
            "B_desired": desired[:, 1],
            "s_current": current.mean(axis=1),
            "s_desired": desired.mean(axis=1),
            "ORG": [f"o{k}" for k in org],
            "ROLE": pd.Categorical(np.where(np.arange(people) % 4 == 0, "m", "s")),
            "weight": 1.0,
        }
    )


def make(*frames: pd.DataFrame) -> Made:
    findings = Findings()
    made = method_tables(frames, TARGETS, PLAN, findings)
    return made, findings.table()


def named(found: pd.DataFrame, group: str = "all", target: str = "A") -> list[str]:
    rows = found[(found["target"] == target) & (found["group"] == group)]
    return rows["finding"].tolist()


def row(made: dict[str, pd.DataFrame], table: str = "gaps", **keys: str) -> pd.Series:
    """Return the one row of a table with these keys, of item A and everyone unless told."""
    frame = made[table]
    for name, value in ({"target": "A", "group": "all"} | keys).items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_rows_are_targets_by_group_and_their_numbers_are_those_of_numpy() -> None:
    frame = ratings()
    made, found = make(frame)
    gaps = made["gaps"]
    groups = ["all", "ROLE=m", "ROLE=s", *(f"ORG=o{k}" for k in range(6))]
    assert gaps["target"].tolist() == [name for name in "ABs" for _ in groups]
    assert gaps["group"].tolist() == groups * 3
    assert found.empty
    difference = frame["A_desired"] - frame["A_current"]
    overall = row(made)
    assert overall["estimate"] == pytest.approx(difference.mean())
    assert overall["effect_size"] == pytest.approx(difference.mean() / difference.std())
    assert overall["wanting"] == pytest.approx(100 * (difference > 0).mean())
    assert (overall["n"], overall["groups"], overall["inference"]) == (60, 6, "CR2")
    own = row(made, group="ORG=o1")
    inside = difference[frame["ORG"] == "o1"]
    assert own["estimate"] == pytest.approx(inside.mean())
    assert own["inference"] == "HC2"
    assert own["std_error"] == pytest.approx(inside.std() / np.sqrt(len(inside)))
    assert row(made, "priorities", group="ORG=o1", method="gap")["units"] == "people"


def test_every_way_to_an_interval_stands_beside_the_main_one() -> None:
    made, _ = make(ratings())
    rows = made["gap_intervals"].query("target == 'A' and group == 'all'").set_index("inference")
    assert list(rows.index) == ["cr2", "bootstrap_t", "percentile", "two_stage", "signed_rank"]
    main = row(made)
    assert rows.loc["cr2", "conf_low"] == main["conf_low"]
    assert (
        rows.loc["bootstrap_t", "conf_low"]
        < main["estimate"]
        < rows.loc["bootstrap_t", "conf_high"]
    )
    assert 1 / 201 <= rows.loc["bootstrap_t", "p_value"] <= 0.05
    assert rows.loc["signed_rank", "p_value"] < 0.05
    by_role = made["gap_intervals"].query("group == 'ROLE=s'")
    assert "two_stage" not in set(by_role["inference"])


def test_a_gap_far_from_0_has_the_least_p_that_replicates_can_give() -> None:
    frame = ratings()
    frame["A_desired"] = frame["A_current"] + 3 + 0.01 * (np.arange(60) % 7)
    rows = make(frame)[0]["gap_intervals"].query("target == 'A' and group == 'all'")
    p_value = rows.set_index("inference").loc["bootstrap_t", "p_value"]
    known = 200 - np.arange(4)  # a replicate of one organisation alone has no error
    assert p_value in 1 / (1 + known)


def test_no_p_below_the_least_degrees_of_freedom() -> None:
    made, _ = make(ratings(organisations=3))
    assert row(made)["df"] == pytest.approx(2)
    assert row(made)[["conf_low", "std_error"]].notna().all()
    assert row(made)[["p_value", "p_adjusted"]].isna().all()
    assert row(make(ratings())[0])["p_value"] < 0.05


def test_the_same_seed_gives_the_same_tables() -> None:
    first, again = make(ratings())[0], make(ratings())[0]
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])


def test_imputed_pairs_are_pooled() -> None:
    frame, other = ratings(), ratings()
    other["A_desired"] = np.minimum(other["A_desired"] + (np.arange(60) % 10 == 0), 5)
    one, two = make(frame)[0], make(other)[0]
    both, _ = make(frame, other)
    gaps = [row(each)["estimate"] for each in (one, two)]
    errors = [row(each)["std_error"] for each in (one, two)]
    assert row(both)["estimate"] == pytest.approx(np.mean(gaps))
    total = np.mean(np.square(errors)) + 1.5 * np.var(gaps, ddof=1)
    assert row(both)["std_error"] == pytest.approx(np.sqrt(total))
    assert row(both)["df"] < row(one)["df"]


def test_differences_of_imputed_gaps_are_as_unsure_as_the_imputations() -> None:
    one, two = (
        sum_pairs(pairs_of(ratings(seed=seed), TARGETS), TARGETS, np.arange(60) % 6, 6)
        for seed in (1, 2)
    )
    seed = np.random.SeedSequence(1)
    alone = [look_at_group([each], False, 50, seed) for each in (one, two)]
    items = np.array([0, 1])
    apart = [each.differences(items, "gap") for each in alone]
    both = look_at_group([one, two], False, 50, seed).differences(items, "gap")
    values = np.array([each.value[0] for each in apart])
    within = np.mean([each.std_error[0] ** 2 for each in apart])
    assert both.value[0] == pytest.approx(values.mean())
    assert both.std_error[0] == pytest.approx(np.sqrt(within + 1.5 * values.var(ddof=1)))
    assert both.studentised.shape == (50, 1)


def test_ranks_agree_with_the_scores_and_their_intervals_hold_them() -> None:
    made, _ = make(ratings())
    for method in ("gap", "mwds", "rdm"):
        rows = made["priorities"].query("group == 'all' and level == 'item'")
        rows = rows[rows["method"] == method]
        best = rows.loc[rows["score"].idxmax()]
        assert best["rank"] == 1
        assert (rows["rank_low"] <= rows["rank"]).all()
        assert (rows["rank"] <= rows["rank_high"]).all()
    together = made["method_agreement"].query("method_a == 'all' and group == 'all'")
    assert together["level"].tolist() == ["item"], "one scale has nothing to agree on"


def test_one_organisation_is_told_and_its_people_are_drawn() -> None:
    made, found = make(ratings(organisations=1))
    assert named(found) == ["too_few_groups"]
    assert named(found, "ORG=o0") == []
    assert row(made)["finding"] == "too_few_groups"
    assert row(made)["inference"] == "HC2"
    assert row(made)["std_error"] > 0
    assert made["gap_intervals"].empty
    assert row(made, "priorities", method="gap")["units"] == "people"


def test_an_organisation_of_one_has_a_gap_and_nothing_beside_it() -> None:
    frame = ratings()
    frame.loc[0, "ORG"] = "alone"
    made, found = make(frame)
    assert named(found, "ORG=alone") == ["too_few_people"]
    own = row(made, group="ORG=alone")
    assert own["estimate"] == frame.loc[0, "A_desired"] - frame.loc[0, "A_current"]
    assert own[["std_error", "conf_low", "p_value", "effect_size"]].isna().all()
    ranked = row(made, "priorities", group="ORG=alone", method="gap")
    assert ranked[["conf_low", "rank_low", "rank_high", "top5_probability"]].isna().all()


def test_everyone_equal_has_no_error_and_no_surely_better_rank() -> None:
    frame = ratings()
    frame[["A_current", "B_current"]], frame["A_desired"], frame["B_desired"] = 2.0, 4.0, 3.0
    made, found = make(frame)
    assert named(found) == ["constant_item"]
    assert row(made)["estimate"] == 2
    assert row(made)[["std_error", "conf_low", "p_value", "effect_size"]].isna().all()
    ranked = row(made, "priorities", method="gap")
    assert (ranked["rank_low"], ranked["rank_high"]) == (1, 2)
    again = made["gap_intervals"].query("target == 'A' and group == 'all'").set_index("inference")
    assert again.loc["bootstrap_t", ["p_value", "conf_low"]].isna().all()


def test_all_at_the_ceiling_is_a_lower_bound() -> None:
    frame = ratings()
    frame["A_desired"] = 5.0
    made, found = make(frame)
    assert named(found) == ["all_at_ceiling"]
    assert bool(row(made)["lower_bound"])
    assert row(made)["ceiling"] == 100
    assert not bool(row(made, target="B")["lower_bound"])
    assert row(made)["std_error"] > 0


def test_what_a_few_people_answered_is_no_finding() -> None:
    frame = ratings(people=45, organisations=5)
    frame["A_desired"] = 5.0
    frame.loc[frame["ORG"] == "o1", "A_current"] = 2.0
    _, found = make(frame)
    assert named(found) == ["all_at_ceiling"]
    assert named(found, "ORG=o1") == []
    _, found = make(ratings(organisations=5).assign(A_desired=5.0))
    assert named(found, "ORG=o1") == ["all_at_ceiling"], "ten people or more may be told of"


def test_no_pairs_are_told_and_the_other_targets_stand() -> None:
    frame = ratings()
    frame["A_desired"] = np.nan
    made, found = make(frame)
    assert named(found) == ["no_answers"]
    own = row(made)
    assert own["n"] == 0
    assert (
        own[["current", "estimate", "std_error", "wanting", "ceiling", "lower_bound"]].isna().all()
    )
    ranked = row(made, "priorities", method="gap")
    assert ranked[["score", "rank", "rank_low", "top5_probability"]].isna().all()
    other = row(made, "priorities", target="B", method="gap")
    assert (other["rank"], other["rank_low"], other["rank_high"]) == (1, 1, 1)


def test_weights_of_zero_are_told() -> None:
    frame = ratings()
    frame.loc[:9, "weight"] = 0.0
    made, found = make(frame)
    assert named(found) == ["no_weight"]
    assert row(made)["n"] == 50
    assert row(made)["estimate"] == pytest.approx(
        (frame["A_desired"] - frame["A_current"])[10:].mean()
    )
    frame["weight"] = 0.0
    made, found = make(frame)
    assert set(named(found)) == {"no_weight"}
    assert row(made)[["estimate", "std_error", "desired"]].isna().all()


def test_people_without_an_organisation_are_in_no_group() -> None:
    frame = ratings()
    frame.loc[:4, "ORG"] = None
    made, _ = make(frame)
    assert row(made)["n"] == 55


def test_a_study_that_rates_nothing_twice_has_empty_tables() -> None:
    findings = Findings()
    made = method_tables([ratings()], [], PLAN, findings)
    assert all(table.empty for table in made.values())


def test_a_plan_without_gaps_has_gaps_alone() -> None:
    plan = PLAN.model_copy(update={"gaps": None})
    made = method_tables([ratings()], TARGETS, plan, Findings())
    assert len(made["gaps"]) == 27
    assert made["priorities"].empty
