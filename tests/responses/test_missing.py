"""Missing answers counted: by hand, and whatever the answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.responses.decode import decode_answers
from pipeline.responses.missing import missing_table
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study

KINDS = ("unseen", "empty", "dont_know", "refused")


@pytest.fixture(scope="session")
def table_of(read: Callable[..., RawAnswers], study: Study) -> Callable[..., pd.DataFrame]:
    """Return a function that describes what is missing in rows of the small study."""

    def describe(*rows: dict[str, str]) -> pd.DataFrame:
        answers = decode_answers(read(*rows), study.questionnaire, study.plan)
        return missing_table(answers, study.questionnaire, study.plan)

    return describe


def row(table: pd.DataFrame, target: str, group: str = "all") -> dict:
    found = table[(table["target"] == target) & (table["group"] == group)]
    assert len(found) == 1
    return found.iloc[0].to_dict()


def test_each_kind_by_hand(table_of: Callable, person: Callable) -> None:
    """N is asked of those who say yes to NEW; its 99 is don't know."""
    table = table_of(
        person(),
        person(N=""),
        person(N="99"),
        person(NEW="2", N="", WHY=""),
        person(NEW="8", N="", WHY=""),
    )
    n = row(table, "N")
    assert (n["level"], n["n"], n["asked"]) == ("item", 3, 3)
    assert [n[f"n_{kind}"] for kind in KINDS] == [2, 1, 1, 0]
    assert (n["unseen"], n["n_missing"]) == (40, 2)
    assert [n[kind] for kind in ("empty", "dont_know", "refused", "missing")] == pytest.approx(
        [100 / 3, 100 / 3, 0, 200 / 3]
    )
    new = row(table, "NEW")
    assert (new["asked"], new["n_refused"], new["refused"]) == (5, 1, 20)


def test_a_dual_rating_is_two_and_a_multiple_choice_one(
    table_of: Callable, person: Callable
) -> None:
    table = table_of(
        person(D1_desired=""), person(TOOLS_pen="", TOOLS_app="", TOOLS_none="", WHY="")
    )
    items = set(table.loc[table["level"] == "item", "target"])
    assert {"D1_current", "D1_desired", "TOOLS"} <= items
    assert not {"TOOLS_pen", "D1"} & items
    assert row(table, "D1_desired")["n_empty"] == 1
    assert row(table, "D1_current")["n_empty"] == 0
    assert row(table, "TOOLS")["n_empty"] == 1


def test_a_page_adds_up_its_items_and_leaves_out_own_words(
    table_of: Callable, person: Callable
) -> None:
    table = table_of(person(), person(WHY="", WARM=""), person(NEW="2", N="", WHY=""))
    page, asked = row(table, "facts"), ("ORG", "NEW", "TOOLS", "N", "WARM")
    for name in ("asked", "n_missing", *(f"n_{kind}" for kind in KINDS)):
        assert page[name] == sum(row(table, item)[name] for item in asked), name
    assert (page["n"], page["asked"], page["n_empty"]) == (3, 14, 1)


def test_groups_are_those_of_the_plan(table_of: Callable, person: Callable) -> None:
    table = table_of(person(), person(NEW="2", N="", WHY="", M1=""), person(M1="9"))
    assert set(table["group"]) == {"all", "language=en", "NEW=y", "NEW=n"}
    assert row(table, "M1", "NEW=n")["missing"] == 100
    assert row(table, "M1", "NEW=y")["missing"] == 50
    assert row(table, "N", "NEW=n")["unseen"] == 100
    assert np.isnan(row(table, "N", "NEW=n")["empty"])


CELLS = {
    "M1": ["", "1", "9"],
    "NEW": ["", "1", "2", "8", "7"],
    "N": ["", "3", "99"],
    "HAPPY": ["", "2"],
}
people = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(held) for name, held in CELLS.items()}),
    min_size=1,
    max_size=12,
)


@given(rows=people)
def test_everyone_is_in_one_kind_or_answered(
    rows: list, table_of: Callable, person: Callable
) -> None:
    table = table_of(*(person(**each) for each in rows))
    items = table[(table["level"] == "item") & (table["group"] == "all")]
    assert (items["asked"] + items["n_unseen"] == len(rows)).all()
    assert (items["n_missing"] == items[["n_empty", "n_dont_know", "n_refused"]].sum(axis=1)).all()
    assert (items["n_missing"] <= items["asked"]).all()
    assert (items["n"] == items["asked"]).all()
    by_language = table[(table["level"] == "item") & (table["group"] == "language=en")]
    assert by_language["n_missing"].tolist() == items["n_missing"].tolist()
