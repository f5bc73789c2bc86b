"""Cleaning: no row is lost unaccounted for, and cleaning twice is cleaning once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.predeclared import LogicalCheck
from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.completeness import answered_share
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rules import RULES
from pipeline.study import Study, load_study

# what the cells of a file with answers to the small study may hold; an empty one is no answer
CELLS = {
    "ORG": ["A1", "B1", "ZZ"],
    "NEW": ["1", "2", "7", "8"],
    **{name: ["0", "1"] for name in ("TOOLS_pen", "TOOLS_app", "TOOLS_none")},
    "N": ["0", "4", "99", "51"],
    "WARM": ["-5", "2.5", "5.1"],
    "WHY": ["because"],
    **{name: ["1", "2", "3", "9"] for name in ("M1", "view2", "D1_current", "D1_desired", "HAPPY")},
    **{name: ["30", "70", "101"] for name in ("S1", "S2")},
}
people = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(["", *held]) for name, held in CELLS.items()}),
    min_size=1,
    max_size=15,
)
Answers = Callable[..., RawAnswers]


def clean(raw: RawAnswers, study: Study) -> Cleaned:
    return clean_answers(raw, study.questionnaire, study.plan)


@pytest.fixture(scope="session")
def answers(read: Callable[..., RawAnswers], silent: Callable) -> Answers:
    """Return a function that reads rows."""
    return lambda *rows: read(*(silent() | row for row in rows))


@pytest.fixture(scope="session")
def bounded(study: Study) -> Study:
    """Return the small study with a plan that looks for everything it can."""
    checks = (LogicalCheck(id="both", when="NEW == n and N >= 0", blank="N"),)
    plan = study.plan.model_copy(update={"checks": checks})
    return replace(study, plan=plan)


@given(rows=people)
def test_every_row_is_kept_or_rejected_once_with_a_reason(
    rows: list[dict], answers: Answers, bounded: Study
) -> None:
    raw = answers(*rows)
    cleaned = clean(raw, bounded)
    kept, lost = set(cleaned.responses["source_row"]), set(cleaned.rejected["source_row"])
    assert kept | lost == set(raw.source_row)
    assert not kept & lost
    assert len(cleaned.responses) + len(cleaned.rejected) == len(rows)
    assert set(cleaned.rejected["rule"]) <= set(RULES)
    assert cleaned.rejected["reason"].str.len().gt(0).all()

    steps = cleaned.attrition
    assert list(steps["rule"]) == list(RULES)
    assert (steps["rows_before"] - steps["rejected"] == steps["rows_after"]).all()
    assert (steps["flagged"] <= steps["rows_after"]).all()
    assert steps["rows_before"].iloc[0] == len(rows)
    assert list(steps["rows_before"])[1:] == list(steps["rows_after"])[:-1]
    assert steps["rows_after"].iloc[-1] == len(cleaned.responses)
    rejected = cleaned.rejected["rule"].value_counts()
    assert {rule: n for rule, n in zip(steps["rule"], steps["rejected"], strict=True) if n} == (
        rejected.to_dict()
    )


@given(rows=people)
def test_every_changed_cell_is_listed_and_no_other_changed(
    rows: list[dict], answers: Answers, bounded: Study
) -> None:
    raw = answers(*rows)
    cleaned = clean(raw, bounded)
    columns = [column.name for column in answer_columns(bounded.questionnaire)]
    before = decode_answers(raw, bounded.questionnaire, bounded.plan).set_index("source_row")
    after = cleaned.responses.set_index("source_row")[columns]
    codes = raw.codes.set_axis(raw.source_row)
    for change in cleaned.changes.itertuples():
        assert change.before == codes.loc[change.source_row, change.column]
        assert pd.isna(change.after)
        assert change.source_row not in after.index or pd.isna(
            after.loc[change.source_row, change.column]
        )
        before.loc[change.source_row, change.column] = pd.NA
    pd.testing.assert_frame_equal(after, before.loc[after.index, columns])


@given(rows=people)
def test_cleaning_twice_is_cleaning_once(
    rows: list[dict], answers: Answers, bounded: Study
) -> None:
    raw = answers(*rows)
    once = clean(raw, bounded)
    kept = np.isin(raw.source_row, once.responses["source_row"])
    cleaned_raw = raw.take(np.flatnonzero(kept))
    codes = cleaned_raw.codes.copy()
    for change in once.changes.itertuples():
        codes.loc[cleaned_raw.source_row == change.source_row, change.column] = np.nan
    twice = clean(replace(cleaned_raw, codes=codes), bounded)
    assert len(twice.rejected) == len(twice.changes) == 0
    pd.testing.assert_frame_equal(twice.responses, once.responses)


@given(rows=people, seed=st.integers(0, 100))
def test_the_order_of_rows_does_not_matter(
    rows: list[dict], seed: int, answers: Answers, bounded: Study
) -> None:
    raw = answers(*rows)
    order = np.random.default_rng(seed).permutation(len(rows))
    one, other = clean(raw, bounded), clean(raw.take(order), bounded)
    pd.testing.assert_frame_equal(other.attrition, one.attrition)
    for name in ("responses", "rejected", "changes"):
        by_row = getattr(other, name).sort_values("source_row", kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(by_row, getattr(one, name))


# the core ratings: M1, M2, and D1 and D2 twice; HAPPY is in an optional section
@pytest.mark.parametrize(
    ("change", "share"),
    [
        ({}, 0.0),
        ({"M1": "1"}, 1 / 6),
        ({"M1": "9"}, 1 / 6),  # don't know is an answer
        ({"D1_current": "1"}, 1 / 6),
        ({"D1_current": "1", "D1_desired": "9"}, 2 / 6),
        ({"HAPPY": "1", "N": "3", "NEW": "1", "S1": "50", "WARM": "1"}, 0.0),
        (
            dict.fromkeys(
                ["M1", "view2", "D1_current", "D1_desired", "D2_current", "D2_desired"], "2"
            ),
            1.0,
        ),
    ],
)
def test_answered_share(
    answers: Answers, silent: Callable, study: Study, change: dict, share: float
) -> None:
    found = answered_share(answers(silent(**change)).codes, study.questionnaire)
    assert found.tolist() == pytest.approx([share])


def test_a_question_that_was_not_asked_does_not_count(
    read: Callable[..., RawAnswers], silent: Callable, small: Callable
) -> None:
    study = load_study("small", small(("- code: D\n", "- code: D\n        show: NEW == y\n")))
    raw = read(
        silent(M1="1", NEW="2"),
        silent(M1="1", NEW="1"),
        silent(NEW="2"),
        silent(M1="1", NEW="2", D1_current="1"),
    )
    share = answered_share(raw.codes, study.questionnaire)
    assert share.tolist() == pytest.approx([1 / 2, 1 / 6, 0, 1 / 2])


def test_rows_are_rejected_by_the_first_rule_that_finds_them(
    answers: Answers, person: Callable, silent: Callable, study: Study
) -> None:
    most = person(D1_current="", D1_desired="", D2_current="")  # 3 of 6 answered
    cleaned = clean(answers(person(), silent(), silent(ORG="A1"), person(ORG=""), most), study)
    assert cleaned.rejected[["source_row", "rule", "reason"]].to_numpy().tolist() == [
        [3, "organisation", "no listed organisation (ORG)"],
        [4, "completeness", "0 % answered, 50 % needed"],
        [5, "organisation", "no listed organisation (ORG)"],
    ]
    steps = cleaned.attrition.set_index("rule")[["rows_before", "rejected", "rows_after"]]
    assert steps.loc["organisation"].tolist() == [5, 2, 3]
    assert steps.loc["completeness"].tolist() == [3, 1, 2]
    assert cleaned.responses["status"].tolist() == ["complete", "partial"]


@pytest.mark.parametrize(("partial", "kept"), [(0.0, 2), (0.5, 2), (0.51, 1), (1.0, 1)])
def test_the_thresholds_are_those_of_the_plan(
    read: Callable[..., RawAnswers],
    person: Callable,
    small: Callable,
    partial: float,
    kept: int,
) -> None:
    cleaning = f"seed: 7\ncleaning: {{partial: {partial}, complete: 1.0}}"
    study = load_study("small", small(("seed: 7", cleaning)))
    raw = read(person(), person(D1_current="", D1_desired="", D2_current=""))
    assert len(clean(raw, study).responses) == kept
