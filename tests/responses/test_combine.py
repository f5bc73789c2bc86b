"""Answers of several files end to end: codes, what was never shown, and what stands in two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.responses.combine import combine_answers, repeats
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study

Read = Callable[..., RawAnswers]


def test_one_file_stays_as_it_is(read: Read, person: Callable, study: Study) -> None:
    raw = read(person(id="a"), person(id="b"))
    whole = combine_answers({"1.csv": raw}, study.questionnaire)
    assert whole.codes is raw.codes
    assert whole.source_file is not None
    assert whole.source_file.tolist() == ["1.csv", "1.csv"]
    assert repeats({"1.csv": raw}, whole, study.plan) == []


def test_the_whole_is_what_one_file_with_all_rows_is(
    read: Read, person: Callable, silent: Callable, study: Study
) -> None:
    """Texts and numbers have other lists of codes in each file."""
    people = [
        person(id="a", WHY="x", N="3"),
        silent(id="b"),
        person(id="c", WHY="y", N="4", M1="9"),
        person(id="d", WHY="x", N="1", WARM="2"),
    ]
    one = decode_answers(read(*people), study.questionnaire, study.plan)
    parts = {"1": read(people[0], people[1]), "2": read(people[2]), "3": read(people[3])}
    whole = combine_answers(parts, study.questionnaire)
    several = decode_answers(whole, study.questionnaire, study.plan)
    own = ["source_file", "source_row"]
    pd.testing.assert_frame_equal(
        several.drop(columns=own), one.drop(columns=own), check_categorical=False
    )
    assert several["source_row"].tolist() == [2, 3, 2, 2]


def test_moments_are_unknown_for_a_file_that_tells_none(
    read: Read, person: Callable, study: Study
) -> None:
    noon = np.array(["2026-11-23T12:00:00"], dtype="datetime64[s]")
    one, other = replace(read(person(id="a")), started=noon), read(person(id="b"))
    whole = combine_answers({"1": other, "2": one}, study.questionnaire)
    assert np.isnat(whole.started).tolist() == [True, False]
    assert whole.started[1] == noon[0]
    assert whole.submitted is None


def test_where_one_file_tells_what_was_unseen_conditions_tell_it_for_the_other(
    read: Read, person: Callable, study: Study
) -> None:
    """N is put to those who answered NEW with y: the second of each file was not asked, says the plan."""
    rows = [person(id="a", N=""), person(id="b", N="", NEW="2")]
    told = replace(read(*rows), unseen={"N": np.array([True, False])})
    later = read(*(row | {"id": row["id"] * 2} for row in rows))
    for files in ({"1": told, "2": later}, {"2": later, "1": told}):
        whole = combine_answers(files, study.questionnaire)
        answers = decode_answers(whole, study.questionnaire, study.plan)
        why = dict(zip(answers["respondent"], answers["N_missing"], strict=True))
        assert why == {"a": "unseen", "b": "empty", "aa": "empty", "bb": "unseen"}
        assert answers["WHY_missing"].notna().tolist() == [False] * 4


def test_pages_that_were_not_reached_are_unseen_too(
    read: Read, person: Callable, study: Study
) -> None:
    told = replace(read(person(id="a", M1="")), unseen={"M1": np.array([False])})
    left = replace(read(person(id="b", M1="")), pages=np.array([1]))
    whole = combine_answers({"1": told, "2": left}, study.questionnaire)
    answers = decode_answers(whole, study.questionnaire, study.plan)
    assert answers["M1_missing"].tolist() == ["empty", "unseen"]


def test_tokens_of_two_files_are_counted_once(read: Read, person: Callable, study: Study) -> None:
    tokens = [["t1", "t1", "t2", "", None], ["t2", "t3", "", "", None]]
    parts = {
        str(number): replace(
            read(*(person(id=f"{number}{k}", M1=str(number + 1)) for k in range(5))),
            token=np.array(these, dtype=object),
        )
        for number, these in enumerate(tokens)
    }
    whole = combine_answers(parts, study.questionnaire)
    assert repeats(parts, whole, study.plan) == [
        "1 people answered in more than one file: the plan declares no cleaning rule for duplicates, so "
        "that each row counts"
    ]
