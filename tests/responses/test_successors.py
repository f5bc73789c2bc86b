"""Organisations that were merged or renamed: people are moved, and every move is listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import UserError
from pipeline.core.tables import make_table
from pipeline.questionnaire.organisations import Organisation
from pipeline.responses.raw import RawAnswers
from pipeline.responses.successors import follow_successors, with_moves
from pipeline.study import Study


def organisation(code: str, until: str = "", successor: str = "") -> Organisation:
    day = date.fromisoformat(until) if until else None
    return Organisation(code, {"en": code}, "", "", "", 1, None, None, day, successor)


MERGED = (
    organisation("A1", "2025-12-31", "B1"),
    organisation("B1"),
    organisation("ZZ", "2025-12-31"),
)


def field(raw: RawAnswers, day: str, organisation: list[str | None]) -> RawAnswers:
    started = np.array([day] * len(raw.source_row), dtype="datetime64[s]")
    return replace(raw, started=started, organisation=np.array(organisation, dtype=object))


def invited(*codes: str) -> pd.DataFrame:
    organisations = pd.Categorical(codes, categories=["A1", "B1", "ZZ"])
    return pd.DataFrame(
        {"token": [f"t{k}" for k in range(len(codes))], "organisation": organisations}
    )


def test_answers_and_list_are_moved_and_every_move_is_told(
    read: Callable[..., RawAnswers], person: Callable, study: Study
) -> None:
    raw = field(
        read(person(), person(ORG="B1"), person(ORG="A1")), "2026-03-01", ["A1", None, None]
    )
    answers, people, moved = follow_successors(raw, invited("A1", "B1"), MERGED, study.plan)
    assert answers.organisation.tolist() == ["B1", None, None]
    assert answers.codes["ORG"].tolist() == ["B1"] * 3
    assert list(answers.codes["ORG"].cat.categories) == list(raw.codes["ORG"].cat.categories)
    assert people is not None
    assert people["organisation"].tolist() == ["B1", "B1"]
    assert moved[["source_row", "before", "after"]].to_numpy().tolist() == [
        [2, "A1", "B1"],
        [4, "A1", "B1"],
    ]
    assert set(moved["rule"]) == {"successor"}
    other = {
        "source_file": "",
        "source_row": 3,
        "column": "N",
        "rule": "bounds",
        "before": "99",
        "after": None,
    }
    changes = with_moves(make_table([other], "changes"), moved)
    assert changes["source_row"].tolist() == [2, 3, 4]


def test_before_the_merger_nobody_is_moved(
    read: Callable[..., RawAnswers], person: Callable, study: Study
) -> None:
    raw = field(read(person()), "2025-12-31", ["A1"])
    answers, people, moved = follow_successors(raw, invited("A1", "ZZ"), MERGED, study.plan)
    assert answers is raw
    assert people is not None
    assert people["organisation"].tolist() == ["A1", "ZZ"]
    assert moved.empty
    assert with_moves(make_table([], "changes"), moved).empty


@pytest.mark.parametrize("place", ["list", "answer"])
def test_an_organisation_that_ended_without_successor_is_told(
    read: Callable[..., RawAnswers], person: Callable, study: Study, place: str
) -> None:
    raw = field(read(person(ORG="ZZ" if place == "answer" else "B1")), "2026-03-01", [None])
    people = invited("B1", "ZZ" if place == "list" else "B1")
    message = "people are of ZZ, which ended on 2025-12-31; name its 'successor'"
    with pytest.raises(UserError, match=message):
        follow_successors(raw, people, MERGED, study.plan)


def test_one_that_nobody_is_of_is_no_fault(
    read: Callable[..., RawAnswers], person: Callable, study: Study
) -> None:
    raw = field(read(person(ORG="B1")), "2026-03-01", [None])
    assert follow_successors(raw, None, MERGED, study.plan)[0].codes["ORG"].tolist() == ["B1"]
