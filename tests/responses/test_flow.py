"""The way from invitations to answers, and the break-off curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.core.tables import make_table
from pipeline.responses.clean import Cleaned
from pipeline.responses.flow import breakoff_table, flow_table
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study, load_study


def cleaned(statuses: list[str], rejected: dict[int, str]) -> Cleaned:
    rows = [
        {
            "source_file": "",
            "source_row": row,
            "respondent": f"r{row - 1}",
            "rule": rule,
            "reason": "x",
        }
        for row, rule in rejected.items()
    ]
    rules = pd.Series(list(rejected.values()), dtype="object")
    steps = [
        {"rule": rule, "description": "x", "rows_before": 0, "rejected": int((rules == rule).sum())}
        | {"flagged": 0, "rows_after": 0}
        for rule in ("consent", "duplicates", "organisation", "completeness")
    ]
    return Cleaned(
        pd.DataFrame({"status": pd.Categorical(statuses, ["complete", "partial"])}),
        make_table(rows, "rejected"),
        make_table(steps, "attrition"),
        make_table([], "changes"),
        make_table([], "response_quality"),
    )


def test_a_flow_by_hand() -> None:
    people = pd.DataFrame(
        {"invited": [True] * 9 + [False], "started": [True] * 6 + [False] * 3 + [True]}
    )
    rejected = {2: "consent", 3: "consent", 4: "completeness"}
    table = flow_table(cleaned(["complete"] * 3 + ["partial"], rejected), people, listed=True)
    assert [tuple(row) for row in table.to_numpy()] == [
        ("invited", "all", 9),
        ("invited", "started", 6),
        ("invited", "silent", 3),
        ("read", "all", 7),
        ("read", "rejected", 3),
        ("read", "kept", 4),
        ("rejected", "consent", 2),
        ("rejected", "completeness", 1),
        ("kept", "all", 4),
        ("kept", "complete", 3),
        ("kept", "partial", 1),
    ]
    without = flow_table(cleaned(["complete"], {}), people, listed=False)
    assert without["block"].tolist() == ["read"] * 3 + ["kept"] * 3


def test_the_twin_adds_up(twin: Any) -> None:
    table = twin.results.tables["flow"].set_index(["block", "step"])["n"]
    assert table["invited"].drop("all").sum() == table["invited", "all"]
    assert table["read", "rejected"] + table["read", "kept"] == table["read", "all"]
    assert table["rejected"].sum() == table["read", "rejected"]
    assert table["kept"].drop("all").sum() == table["kept", "all"] == table["read", "kept"]


def test_a_curve_by_hand(read: Callable[..., RawAnswers], person: Callable, study: Study) -> None:
    """Three pages; of six, one did not consent and one is a repeat."""
    raw = replace(read(*[person()] * 6), pages=np.array([3, 0, 1, 1, 0, 3]))
    table = breakoff_table(
        raw, cleaned([], {6: "consent", 5: "duplicates", 4: "completeness"}), study.questionnaire
    )
    assert table["section"].tolist() == ["facts", "views", "more"]
    assert table["page"].tolist() == [1, 2, 3]
    assert table["n"].tolist() == [4] * 3
    assert table["left"].tolist() == [1, 1, 0]
    assert table["still_there"].tolist() == [75, 50, 50]


def test_a_file_that_does_not_tell_has_no_curve(
    read: Callable[..., RawAnswers], person: Callable, study: Study
) -> None:
    raw = read(*[person()] * 3)
    assert breakoff_table(raw, cleaned(["complete"] * 3, {}), study.questionnaire).empty


def test_nobody_leaves_at_a_page_that_is_not_for_them(
    read: Callable[..., RawAnswers], person: Callable, small: Callable[..., Path]
) -> None:
    """Two submitted the first page: the one who says no to NEW never met the second."""
    root = small(("title: {en: Views}", "title: {en: Views}\n    show: NEW == y"))
    questionnaire = load_study("small", root).questionnaire
    raw = replace(read(person(), person(NEW="2")), pages=np.array([1, 1]))
    table = breakoff_table(raw, cleaned([], {}), questionnaire)
    assert table["left"].tolist() == [0, 1, 1]


def test_the_curve_of_the_twin_is_as_planted(twin: Any) -> None:
    import json

    truth = json.loads((twin.study.paths.raw / "truth.json").read_text())
    stopped = pd.Series(
        [each["broke_off_in"] for each in truth["people"].values() if "broke_off_in" in each]
    ).value_counts()
    table = twin.results.tables["breakoff"].set_index("section")
    assert table["left"].sum() == pytest.approx(stopped.sum(), abs=len(truth["duplicates"]))
    # who was to stop on the page for innovators and is none, stops at the next one
    pages = {section.id: section.id for section in twin.study.questionnaire.sections}
    pages["diffusion"] = "partners"
    left, planted = (each.groupby(pages).sum() for each in (table["left"], stopped))
    for page in set(pages.values()):  # a repeat may be the one that is kept
        assert abs(left[page] - planted.get(page, 0)) <= 2, page
