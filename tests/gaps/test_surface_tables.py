"""Tables of response surfaces; the statistics have their references in test_surface."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.gap_contracts import CONDITIONS
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Gaps
from pipeline.gaps.surface import PARAMETERS, fit_surface, surface_data
from pipeline.gaps.surface_bootstrap import draw_organisations, percentiles, redrawn_surfaces
from pipeline.gaps.surface_tables import surface_tables

PLAN = Plan.model_validate_json(
    '{"seed": 1, "responses": {"file": "a.csv", "respondent": "id"},'
    ' "organisation": {"levels": ["ORG"]}, "controls": ["AGE", "ROLE"],'
    ' "gaps": {"methods": ["surface"], "bootstrap": 60, "surface": {"outcomes": ["y", "z"]}}}'
)


def ratings(n: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(11)
    current, desired = (generator.integers(1, 6, n).astype(float) for _ in range(2))
    g = np.arange(n) % 12
    frame = pd.DataFrame(
        {
            "A_current": current,
            "A_desired": desired,
            "s_current": current + generator.normal(size=n) / 9,
            "s_desired": desired + generator.normal(size=n) / 9,
            "AGE": generator.normal(40, 9, n),
            "ROLE": pd.Categorical(generator.choice(["m", "p", "s"], n), ["m", "none", "p", "s"]),
            "ORG": pd.Categorical([f"o{each}" for each in g]),
            "weight": generator.uniform(0.5, 2, n),
        }
    )
    away = (current - desired) ** 2
    frame["y"] = 3 - 0.5 * away + generator.normal(size=n) + generator.normal(size=12)[g]
    frame["z"] = generator.normal(size=n)
    frame.loc[:30, "z"] = np.nan
    frame.loc[20:40, "A_desired"] = np.nan
    frame.loc[35:50, "AGE"] = np.nan
    return frame


def tables(frame: pd.DataFrame, plan: Plan = PLAN) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    findings = Findings()
    return surface_tables(frame, ["A"], ["s"], plan, findings), findings.table()


def test_a_row_for_every_parameter_and_condition() -> None:
    frame = ratings()
    made, findings = tables(frame)
    assert findings.empty
    surface = made["response_surface"].set_index(["target", "outcome", "parameter"])
    assert list(surface.index) == [(t, o, p) for t in "As" for o in "yz" for p in PARAMETERS]
    assert surface.loc[("A", "z"), "n"].unique().tolist() == [400 - 51]
    assert surface.loc[("A", "y"), "n"].unique().tolist() == [400 - 31]
    used = frame.dropna(subset=["A_desired", "AGE"])
    z = ((used["y"] - frame["y"].mean()) / frame["y"].std()).to_numpy()
    controls = [used["AGE"], used["ROLE"] == "p", used["ROLE"] == "s"]
    pair = tuple(used[f"A_{side}"].to_numpy() - 3 for side in ("current", "desired"))
    data, _ = surface_data(
        z, pair, np.column_stack(controls).astype(float), used["ORG"].cat.codes.to_numpy()
    )
    expected = fit_surface(data)
    row = surface.loc[("A", "y")]
    assert row["estimate"].to_numpy() == pytest.approx(expected.estimate, rel=1e-9)
    assert row["std_error"].to_numpy() == pytest.approx(expected.std_error, rel=1e-9)
    assert ((row["conf_low"] < row["estimate"]) & (row["estimate"] < row["conf_high"])).all()
    assert row.loc["a4", "p_value"] < 0.001
    assert row["p_value"].notna().to_list() == [name[0] in "ab" for name in PARAMETERS]
    assert row["boot_low"].notna().to_list() == [name != "b0" for name in PARAMETERS]
    assert (row["draws"].iloc[1:] == 60).all()
    assert row["q_value"].to_numpy() == pytest.approx(row["p_value"], nan_ok=True)
    congruence = made["congruence"].set_index(["target", "outcome", "condition"])
    assert congruence.loc[("A", "y")].index.to_list() == list(CONDITIONS)
    assert congruence.loc[("A", "y", "a4"), "holds"]
    assert congruence.loc[("A", "y", "sides"), "estimate"] > 30


def test_tests_of_a_parameter_are_adjusted_over_items() -> None:
    frame = ratings()
    frame["B_current"], frame["B_desired"] = (
        frame["A_desired"],
        frame["A_current"].sample(frac=1, random_state=1).to_numpy(),
    )
    made = surface_tables(frame, ["A", "B"], ["s"], PLAN, Findings())["response_surface"]
    a4 = made.query("parameter == 'a4' and outcome == 'y'").set_index("target")
    p = a4["p_value"]
    assert a4.loc["A", "q_value"] == pytest.approx(min(2 * p["A"], max(p["A"], p["B"])))
    assert a4.loc["s", "q_value"] == p["s"]


def test_weights_and_order_of_rows_change_nothing() -> None:
    frame = ratings()
    made, _ = tables(frame)
    other, _ = tables(frame.assign(weight=1.0).sample(frac=1, random_state=2))
    for name in ("response_surface", "congruence"):
        numbers = made[name].select_dtypes("number").to_numpy(dtype=float)
        theirs = other[name].select_dtypes("number").to_numpy(dtype=float)
        assert numbers == pytest.approx(theirs, rel=1e-5, abs=1e-7, nan_ok=True)


def test_organisations_without_answers_are_drawn_for_nothing() -> None:
    """Everyone of o0 misses y, some people have no organisation: neither is in a draw."""
    frame = ratings()
    frame.loc[frame["ORG"] == "o0", "y"] = np.nan
    frame.loc[frame.index[-20:], "ORG"] = np.nan
    made, _ = tables(frame)
    row = made["response_surface"].set_index(["target", "outcome", "parameter"]).loc[("s", "y")]
    used = frame.dropna(subset=["y", "ORG", "AGE"])
    assert (row["n"] == len(used)).all()
    assert (row["groups"] == 11).all()
    z = ((used["y"] - frame["y"].mean()) / frame["y"].std()).to_numpy()
    controls = [used["AGE"], used["ROLE"] == "p", used["ROLE"] == "s"]
    pair = tuple(used[f"s_{side}"].to_numpy() - 3 for side in ("current", "desired"))
    codes = used["ORG"].cat.codes.to_numpy()
    data, _ = surface_data(z, pair, np.column_stack(controls).astype(float), codes)
    rng = np.random.default_rng([PLAN.seed, zlib.crc32(b"response_surface")])
    drawn = redrawn_surfaces(data, draw_organisations(12, 60, rng)[:, 1:])
    low, high, counts = percentiles(drawn, 0.95)
    assert row["boot_low"].to_numpy()[1:] == pytest.approx(low[1:], rel=1e-6)
    assert row["boot_high"].to_numpy()[1:] == pytest.approx(high[1:], rel=1e-6)
    assert row["draws"].to_list()[1:] == counts[1:].tolist()


def test_halves_are_rounded_up() -> None:
    frame = ratings(60).assign(s_current=2.5, s_desired=4.49)
    pairs = tables(frame)[0]["gap_pairs"].query("target == 's' and n > 0")
    assert pairs[["current", "desired", "n"]].values.tolist() == [[3, 4, 60]]
    frame = frame.assign(s_current=2.45)
    pairs = tables(frame)[0]["gap_pairs"].query("target == 's' and n > 0")
    assert pairs["current"].to_list() == [2]


def test_pairs_are_counted_in_whole_points() -> None:
    made, _ = tables(ratings())
    pairs = made["gap_pairs"]
    assert pairs.groupby("target").size().to_dict() == {"A": 25, "s": 25}
    a = pairs.query("target == 'A'")
    assert a["n"].sum() == 400 - 21
    assert a["percent"].sum() == pytest.approx(100)
    frame = ratings()
    cell = a.query("current == 2 and desired == 5")["n"].item()
    assert cell == int(((frame["A_current"] == 2) & (frame["A_desired"] == 5)).sum())


def test_nearly_all_on_one_side_is_a_finding() -> None:
    frame = ratings()
    frame["A_desired"] = np.maximum(frame["A_desired"], frame["A_current"])
    made, findings = tables(frame)
    verdicts = made["congruence"].query("target == 'A' and condition in ['sides', 'broad']")
    assert not verdicts["holds"].any()
    assert set(verdicts["finding"]) == {"one_sided_pairs"}
    assert findings[["output", "target"]].values.tolist() == [
        ["congruence", "A y"],
        ["congruence", "A z"],
    ]
    assert made["response_surface"].query("target == 'A'")["estimate"].notna().all()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"A_current": 2.0}, "collinear_items"),
        ({"A_current": 2.0, "A_desired": 4.0}, "collinear_items"),
        ({"ORG": pd.Categorical(["o1"] * 400)}, "too_few_groups"),
        ({"A_desired": np.nan}, "too_few_groups"),
        ({"y": 3.3, "z": 0.0}, "constant_outcome"),
    ],
)
def test_what_holds_no_surface_is_a_finding(change: dict[str, object], finding: str) -> None:
    made, findings = tables(ratings().assign(**change))
    for name in ("response_surface", "congruence"):
        table = made[name].query("target == 'A'")
        assert set(table["finding"]) == {finding}
        assert table["estimate"].isna().all()
    assert len(table) == 2 * len(CONDITIONS)
    assert table["holds"].isna().all()
    assert finding in set(findings["finding"])


def test_desired_equal_to_current_is_a_finding() -> None:
    frame = ratings()
    made, _ = tables(frame.assign(A_desired=frame["A_current"]))
    assert set(made["response_surface"].query("target == 'A'")["finding"]) == {"collinear_items"}


def test_a_control_that_follows_from_others_is_named() -> None:
    frame = ratings()
    frame["AGE"] = (frame["ROLE"] == "p").astype(float)
    made, findings = tables(frame)
    assert made["response_surface"]["estimate"].notna().all()
    assert set(findings["finding"]) == {"collinear_terms"}
    assert findings["message"].str.startswith("ROLE=p follows from the other terms").all()


def test_few_degrees_of_freedom_give_no_test() -> None:
    frame = ratings()
    frame["ORG"] = pd.Categorical(np.where(np.arange(400) % 3 == 0, "a", "b"))
    made, _ = tables(frame)
    few = made["response_surface"].query("df < 4")
    assert len(few) > 0
    assert few["p_value"].isna().all()


def test_no_surface_is_made_where_none_is_declared() -> None:
    for gaps in (None, Gaps(methods=("surface",)), Gaps(methods=("gap",))):
        made, findings = tables(ratings(), PLAN.model_copy(update={"gaps": gaps}))
        assert findings.empty
        assert all(table.empty for table in made.values())
