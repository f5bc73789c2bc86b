"""People sorted into groups."""

from __future__ import annotations

import pandas as pd

from pipeline.core.grouping import everyone, group_by, groupings


def members(grouping: object) -> dict[str, list[int]]:
    return {label: list(map(int, rows)) for label, rows in grouping.members()}


def test_declared_order_is_kept_and_empty_categories_are_none() -> None:
    values = pd.Series(pd.Categorical(["nl", "fr", None, "nl"], categories=["fr", "en", "nl"]))
    assert members(group_by(values, "language")) == {"language=fr": [1], "language=nl": [0, 3]}


def test_other_values_are_sorted_and_missing_ones_are_in_no_group() -> None:
    values = pd.Series(["b", None, "a", "b"], dtype="str")
    assert members(group_by(values, "ROLE")) == {"ROLE=a": [2], "ROLE=b": [0, 3]}


def test_everyone_comes_first() -> None:
    frame = pd.DataFrame({"ROLE": ["b", "a"]})
    assert [each.labels for each in groupings(frame, ["ROLE"])] == [("all",), ("ROLE=a", "ROLE=b")]
    assert members(everyone(3)) == {"all": [0, 1, 2]}


def test_nobody_is_in_no_group() -> None:
    assert members(group_by(pd.Series([], dtype="str"), "ROLE")) == {}
    assert members(everyone(0)) == {"all": []}
