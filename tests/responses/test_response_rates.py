"""Response rates: AAPOR's formulas by hand, and tables whose numbers add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.plan import Plan
from pipeline.responses.dispositions import DISPOSITIONS
from pipeline.responses.response_rates import response_rates, response_rates_table

COUNTS = dict(zip(DISPOSITIONS, (50, 10, 5, 15, 4, 20, 30, 96), strict=True))
PLAN = Plan.model_validate_json(
    '{"seed": 1, "organisation": {"levels": ["ORG"]}, "responses": {"file": "a", "frame": "f",'
    ' "in_frame": {"LEVEL": "level", "LANG": "language"}}}'
)


def test_the_definitions_by_hand() -> None:
    """180 are eligible for sure, 20 are not; of the 30 unknown, 180/200 are taken to be."""
    found = response_rates(np.array([COUNTS[name] for name in DISPOSITIONS]), 84)
    unknown = 0.9 * 30
    assert found.rr == pytest.approx(
        [50 / 210, 60 / 210, 50 / (180 + unknown), 60 / (180 + unknown), 50 / 180, 60 / 180]
    )
    assert found.cooperation == pytest.approx(50 / (50 + 10 + 5 + 15 + 4))
    assert found.break_off == pytest.approx(5 / 84)


def test_nobody_has_no_rates() -> None:
    found = response_rates(np.zeros(8, dtype=int), 0)
    assert np.isnan([*found.rr, found.cooperation, found.break_off]).all()


@given(st.lists(st.integers(0, 500), min_size=8, max_size=8))
def test_rates_are_shares_in_their_order(counts: list[int]) -> None:
    rr = response_rates(np.array(counts), sum(counts[:5])).rr
    known = dict(zip(DISPOSITIONS, counts, strict=True))
    if sum(counts) == known["ineligible"]:
        assert np.isnan(rr).all()
    elif not np.isnan(rr).any():
        assert all(0 <= each <= 1 for each in rr)
        assert rr[0] <= rr[2] <= rr[4]
        assert rr[1] <= rr[3] <= rr[5]
        assert all(rr[k] <= rr[k + 1] for k in (0, 2, 4))
        if known["bounced"] == 0:
            assert len(set(rr[::2])) == len(set(rr[1::2])) == 1


def people(counts: dict[str, int], organisation: str, level: str, language: str) -> pd.DataFrame:
    names = [name for name, count in counts.items() for _ in range(count)]
    return pd.DataFrame(
        {
            "organisation": organisation,
            "language": pd.Categorical([language] * len(names), ["nl", "fr"]),
            "level": pd.Categorical([level] * len(names), ["A", "B"]),
            "invited": True,
            "started": [name not in {"silent", "bounced", "ineligible"} for name in names],
            "disposition": pd.Categorical(names, DISPOSITIONS),
        }
    )


EVERYONE = pd.concat(
    [
        people(COUNTS, "A1", "A", "nl"),
        people({"complete": 3, "silent": 7}, "A1", "B", "fr"),
        people({"complete": 11, "silent": 9}, "B1", "B", "fr"),
        people({"complete": 2}, "B1", "A", "nl").assign(invited=False, started=True),
    ],
    ignore_index=True,
)


def test_a_table_by_hand() -> None:
    table = response_rates_table(EVERYONE, ["A1", "B1", "C1"], PLAN, listed=True)
    assert list(dict.fromkeys(table["organisation"])) == ["all", "A1", "B1"]
    groups = table.loc[table["organisation"] == "A1", "group"].tolist()
    assert groups == ["all", "language=nl", "language=fr", "LEVEL=A", "LEVEL=B"]
    rows = table.set_index(["organisation", "group"])
    a1 = rows.loc[("A1", "all")]
    assert (a1["invited"], a1["started"], a1["n"], a1["completed"]) == (240, 87, 63, 53)
    assert a1["rate"] == pytest.approx(100 * 63 / 220)
    assert a1["break_off_rate"] == pytest.approx(100 * 5 / 87)
    assert a1["uninvited"] == 0
    b1 = rows.loc[("B1", "all")]
    assert (b1["invited"], b1["n"], b1["uninvited"]) == (20, 11, 2)
    assert rows.loc[("all", "all"), "uninvited"] == 2
    assert pd.isna(rows.loc[("B1", "language=fr"), "uninvited"])
    assert rows.loc[("A1", "LEVEL=B"), "rr1"] == pytest.approx(30)
    assert set(table["basis"]) == {"frame"}


def test_organisations_and_groups_add_up_to_all() -> None:
    table = response_rates_table(EVERYONE, ["A1", "B1"], PLAN, listed=True)
    numbers = ["n", "invited", "started", "completed", "partial", "silent", "bounced", "other"]
    for group, rows in table.groupby("group"):
        total = rows.loc[rows["organisation"] == "all", numbers].iloc[0]
        parts = rows.loc[rows["organisation"] != "all", numbers].sum()
        assert (total == parts).all(), group
    for _, rows in table.groupby("organisation"):
        own = rows.set_index("group")[numbers]
        for name in ("language", "LEVEL"):
            parts = own[own.index.str.startswith(name)].sum()
            assert (own.loc["all"] == parts).all()


def test_without_a_list_nobody_knows_who_did_not_come() -> None:
    came = EVERYONE[EVERYONE["started"]].assign(invited=False)[
        ["organisation", "invited", "started", "disposition"]
    ]
    table = response_rates_table(came, ["A1", "B1"], PLAN, listed=False)
    assert table["group"].tolist() == ["all"] * 3
    assert set(table["basis"]) == {"answers"}
    unknown = ["invited", "silent", "bounced", "rate", *(f"rr{k}" for k in range(1, 7))]
    assert table[unknown].isna().all(axis=None)
    a1 = table[table["organisation"] == "A1"].iloc[0]
    assert (a1["started"], a1["n"]) == (87, 63)
    assert a1["coop1"] == pytest.approx(100 * 53 / 87)


def test_the_twin_is_accounted_for(twin: Any) -> None:
    table = twin.results.tables["response_rates"]
    parts = [
        "completed",
        "partial",
        "broke_off",
        "refused",
        "other",
        "silent",
        "bounced",
        "ineligible",
    ]
    assert (table[parts].sum(axis=1) == table["invited"]).all()
    assert (table["n"] == table["completed"] + table["partial"]).all()
    everyone = table[(table["organisation"] == "all") & (table["group"] == "all")].iloc[0]
    kept = len(twin.results.cleaned.responses)
    careless = (twin.results.cleaned.rejected["rule"] == "careless").sum()
    assert everyone["n"] == kept + careless
