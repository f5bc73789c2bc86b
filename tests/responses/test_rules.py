"""Each cleaning rule on answers to the small study: what it rejects, flags, and sets to missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UserError
from pipeline.core.plan import Duplicates, Responses
from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.duplicates import repeats
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rules import RULES
from pipeline.study import Study, load_study


@pytest.fixture
def cleaned(
    read: Callable[..., RawAnswers], person: Callable, small: Callable, study: Study
) -> Callable[..., Cleaned]:
    """Return a function that cleans rows by the small plan with something added to it."""

    def clean(*changes: dict[str, str], plan: str = "", **facts: object) -> Cleaned:
        planned = load_study("small", small(("seed: 7", f"seed: 7\n{plan}"))) if plan else study
        raw = replace(read(*(person(**change) for change in changes)), **facts)
        return clean_answers(raw, planned.questionnaire, planned.plan)

    return clean


def changes(found: Cleaned) -> list[tuple]:
    table = found.changes.drop(columns=["source_file", "after"])
    return list(table.itertuples(index=False, name=None))


def step(found: Cleaned, rule: str) -> list[int]:
    row = found.attrition.set_index("rule").loc[rule]
    return [row["rejected"], row["flagged"]]


def days(*texts: str | None) -> np.ndarray:
    return np.array([text or "NaT" for text in texts], dtype="datetime64[s]")


def test_each_rule_says_its_reason_in_one_line() -> None:
    for name, rule in RULES.items():
        assert name.isidentifier()
        assert 10 < len(rule.description) < 80
        assert "\n" not in rule.description


# ---------------------------------------------------------------------------------- tests, the field


def test_patterns_tell_the_tokens_of_tests() -> None:
    layout = Responses(test_tokens=("test_*", "preview"))
    told = [layout.is_test(each) for each in ("test_1", "a", "preview", "a test_", "Test_1")]
    assert told == [True, False, True, False, False]


def test_tests_are_rejected_before_anything_else_of_them_is_looked_at(
    read: Callable, person: Callable, study: Study
) -> None:
    responses = study.plan.responses.model_copy(update={"test_tokens": ("test_*",)})
    plan = study.plan.model_copy(update={"responses": responses})
    tokens = np.array(["test_1", "test_1", "a"], dtype=object)
    raw = replace(read(person(), person(ORG=""), person()), token=tokens)
    found = clean_answers(raw, study.questionnaire, plan)
    assert found.rejected[["source_row", "rule", "reason"]].to_numpy().tolist() == [
        [2, "tests", "the token of a test"],
        [3, "tests", "the token of a test"],
    ]


FIELD = "cleaning: {field: {opens: 2026-11-23, closes: 2026-12-18}}"


def test_what_was_started_outside_the_field_is_rejected(cleaned) -> None:
    started = days(
        "2026-11-22T23:59:59",
        "2026-11-23T00:00:00",
        "2026-12-18T23:59:59",
        "2026-12-19T00:00:00",
        None,
        None,
    )
    submitted = days(None, "2026-12-30T00:00:00", None, None, "2026-11-01T10:00:00", None)
    found = cleaned(*[{}] * 6, plan=FIELD, started=started, submitted=submitted)
    assert found.rejected[["source_row", "rule"]].to_numpy().tolist() == [
        [2, "field"],
        [5, "field"],
        [6, "field"],
    ]
    told = "given on 2026-11-22, the field was open from 2026-11-23 to 2026-12-18"
    assert found.rejected["reason"].iloc[0] == told
    assert step(found, "field") == [3, 1]  # nobody knows when the last one was given


def test_the_moment_of_sending_off_will_do(cleaned) -> None:
    submitted = days("2026-11-22T10:00:00", "2026-11-23T10:00:00")
    assert step(cleaned({}, {}, plan=FIELD, submitted=submitted), "field") == [1, 0]


def test_a_field_without_moments_is_told(cleaned) -> None:
    with pytest.raises(UserError) as error:
        cleaned({}, plan=FIELD)
    told = "questionnaires/small/analysis.yaml: cleaning: 'field' says when the field was open, and"
    assert str(error.value).startswith(told)


# --------------------------------------------------------------------------------------- organisation


def test_the_frame_decides_and_another_answer_is_flagged(cleaned) -> None:
    organisation = np.array(["A1", "A1", "A1", None, "XX"], dtype=object)
    found = cleaned({}, {"ORG": "B1"}, {"ORG": ""}, {"ORG": "B1"}, {}, organisation=organisation)
    assert found.responses["organisation"].tolist() == ["A1", "A1", "A1", "B1"]
    assert step(found, "organisation") == [1, 1]


# -------------------------------------------------------------------------------------------- numbers


def test_numbers_out_of_bounds_are_set_to_missing_and_listed(cleaned) -> None:
    found = cleaned(
        {"N": "51"},
        {"N": "-1", "WARM": "5.01"},
        {"N": "50", "WARM": "-5", "S1": "100"},
        {"S2": "101"},
    )
    assert changes(found) == [
        (2, "N", "bounds", "51"),
        (2, "WHY", "not_asked", "because"),  # asked for N > 3
        (3, "N", "bounds", "-1"),
        (3, "WARM", "bounds", "5.01"),
        (3, "WHY", "not_asked", "because"),
        (5, "S2", "bounds", "101"),
    ]
    assert step(found, "bounds") == [0, 3]
    assert len(found.responses) == 4
    assert found.responses["N"].isna().tolist() == [True, True, False, False]
    assert found.responses["N_missing"].tolist()[:2] == ["empty", "empty"]


IMPLAUSIBLE = (
    "derived: {size: {name: {en: Size}, question: NEW, values: {y: 5, n: 100}, log: true}}\n"
    "cleaning: {implausible: {counts: [N], size: size, percentile: 80, times: 3}}"
)


def test_counts_are_implausible_above_both_a_percentile_and_the_unit(cleaned) -> None:
    rows = [{"N": str(n)} for n in (4, 5, 5, 5, 5, 6, 7, 8, 9, 20)]
    found = cleaned(*rows, {"N": "99", "WHY": ""}, plan=IMPLAUSIBLE)
    assert changes(found)[-2:] == [
        (11, "N", "implausible", "20"),
        (11, "WHY", "not_asked", "because"),
    ]
    assert step(found, "implausible") == [0, 1]
    # the percentile is about 8; up to 15 is within three times the unit of five
    found = cleaned(*rows[:-1], {"N": "15"}, plan=IMPLAUSIBLE)
    assert changes(found) == []
    # and 16 is within the percentile where many are as high
    found = cleaned(*[{"N": "16"}] * 9, {"N": "4"}, plan=IMPLAUSIBLE)
    assert changes(found) == []


def test_a_count_stays_where_the_size_of_the_unit_is_unknown(cleaned) -> None:
    rows = [{"N": str(n), "NEW": "8", "WHY": ""} for n in (1, 2, 3, 4, 5, 50)]
    found = cleaned(*rows, plan=IMPLAUSIBLE)
    assert {rule for _, _, rule, _ in changes(found)} == {"not_asked"}
    assert step(found, "implausible") == [0, 0]


# ------------------------------------------------------------------------------------- contradictions


def test_contradictions_are_flagged_and_what_is_named_is_set_to_missing(cleaned) -> None:
    plan = (
        "checks:\n  - {id: a, when: NEW == n and N > 0, blank: N}\n"
        "  - {id: b, when: WARM > 2 and HAPPY == 1}\n  - {id: c, when: NEW == n, blank: D1}"
    )
    found = cleaned(
        {"NEW": "2", "WHY": ""},
        {"WARM": "3", "HAPPY": "1"},
        {"NEW": "2", "N": "0", "WHY": "", "D1_current": ""},
        plan=plan,
    )
    assert changes(found) == [
        (2, "N", "contradictions", "4"),
        (2, "D1_current", "contradictions", "1"),
        (2, "D1_desired", "contradictions", "3"),
        (4, "N", "not_asked", "0"),
        (4, "D1_desired", "contradictions", "3"),
    ]
    assert step(found, "contradictions") == [0, 3]
    assert len(found.responses) == 3


def test_answers_to_what_was_not_asked_are_set_to_missing(cleaned) -> None:
    found = cleaned({"NEW": "2"}, {"NEW": "", "N": "99"}, {"NEW": "1"}, {"N": "3", "WHY": ""})
    assert changes(found) == [
        (2, "N", "not_asked", "4"),
        (2, "WHY", "not_asked", "because"),  # asked for N > 3, which is gone
        (3, "N", "not_asked", "99"),
        (3, "WHY", "not_asked", "because"),
    ]
    assert found.responses["N_missing"].tolist()[:2] == ["unseen", "unseen"]
    assert step(found, "not_asked") == [0, 2]


def test_what_the_file_calls_shown_counts_as_unseen_once_it_is_gone(cleaned) -> None:
    unseen = {"N": np.array([False, False])}
    found = cleaned({"NEW": "2", "WHY": ""}, {"N": "", "WHY": ""}, unseen=unseen)
    assert found.responses["N_missing"].tolist() == ["unseen", "empty"]
    assert not unseen["N"].any()  # what was read is left as it is


def test_a_code_that_says_not_asked_may_stay(
    read: Callable, person: Callable, small: Callable
) -> None:
    shown = ("{code: NEW, kind: single", "{code: NEW, kind: single, show: ORG == A1")
    study = load_study("small", small(shown))
    raw = read(person(ORG="B1", NEW="7", N="", WHY=""), person(ORG="B1", NEW="1", N="", WHY=""))
    found = clean_answers(raw, study.questionnaire, study.plan)
    assert changes(found) == [(3, "NEW", "not_asked", "y")]


def test_what_was_read_is_left_as_it_is(read, person, study) -> None:
    raw = read(person(N="51"), person(ORG=""))
    before = raw.codes.copy()
    clean_answers(raw, study.questionnaire, study.plan)
    pd.testing.assert_frame_equal(raw.codes, before)


# ----------------------------------------------------------------------------------------- duplicates


def in_plain_words(ratings: np.ndarray, block: np.ndarray, rule: Duplicates) -> list[bool]:
    found: list[bool] = []
    for i in range(len(ratings)):
        repeat = False
        for j in range(i):
            both = (ratings[i] >= 0) & (ratings[j] >= 0)
            equal = int(((ratings[i] == ratings[j]) & both).sum())
            enough = both.sum() >= rule.answered and equal >= rule.share * both.sum() - 1e-9
            repeat |= bool(block[i] == block[j] and not found[j] and enough)
        found.append(repeat)
    return found


@given(
    seed=st.integers(0, 10_000),
    share=st.sampled_from([0.6, 0.8, 0.95, 1.0]),
    noise=st.sampled_from([0.0, 0.03, 0.3]),
)
def test_repeats_are_those_found_in_plain_words(seed: int, share: float, noise: float) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 200)), int(rng.integers(10, 90))
    people = rng.integers(0, 5, (max(1, n // 3), k))
    ratings = people[rng.integers(0, len(people), n)]
    changed = rng.random((n, k)) < noise
    ratings[changed] = rng.integers(0, 5, changed.sum())
    ratings[rng.random((n, k)) < 0.1] = -1
    block = np.sort(rng.integers(0, int(rng.integers(1, n + 1)), n))
    rule = Duplicates(share=share, answered=10)
    found = repeats(ratings.astype(np.int16), np.arange(n), block, rule)
    assert found.tolist() == in_plain_words(ratings, block, rule)


def test_a_row_that_is_alike_a_repeat_alone_is_kept() -> None:
    first = np.zeros(20, dtype=np.int16)
    second, third = first.copy(), first.copy()
    second[0] = third[[0, 1]] = 1  # the third is alike the second, not the first
    rule = Duplicates(share=0.95, answered=10)
    found = repeats(np.array([first, second, third]), np.arange(3), np.zeros(3), rule)
    assert found.tolist() == [False, True, False]


def test_repeats_are_found_far_apart_in_a_large_block() -> None:
    ratings = np.random.default_rng(1).integers(0, 5, (700, 70)).astype(np.int16)
    ratings[[300, 699]] = ratings[[5, 299]]
    block = np.repeat([0, 1], [600, 100])
    found = repeats(ratings, np.arange(700), block, Duplicates(answered=60))
    assert np.flatnonzero(found).tolist() == [300]
    found = repeats(ratings, np.arange(700), np.zeros(700), Duplicates(answered=60))
    assert np.flatnonzero(found).tolist() == [300, 699]


def test_only_people_who_say_the_same_of_themselves_are_compared(
    read: Callable, person: Callable, small: Callable
) -> None:
    """Ten ratings answered alike, twelve rows; what differs is who they are."""
    rows = "".join(f"          - {{id: X{k}, text: {{en: x}}}}\n" for k in range(10))
    more = (
        "          - {id: M1, text: {en: First}}\n",
        "          - {id: M1, text: {en: First}}\n" + rows,
    )
    plan = "seed: 7\ncleaning: {duplicates: {same: [NEW], share: 0.9, answered: 10}}"
    study = load_study("small", small(("seed: 7", plan), more))
    raw = read_more(study, read(*[person() for _ in range(6)]))
    codes = raw.codes.copy()
    codes.loc[1, "NEW"] = "n"
    codes.loc[2, "ORG"] = "B1"
    codes.loc[[3, 4], "NEW"] = "r"  # would not say, twice: the same
    codes.loc[5, "X9"] = "3"
    codes.loc[[1, 3, 4], ["N", "WHY"]] = np.nan
    found = clean_answers(replace(raw, codes=codes), study.questionnaire, study.plan)
    assert found.rejected["source_row"].tolist() == [6, 7]


def read_more(study: Study, raw: RawAnswers) -> RawAnswers:
    """Return answers with the columns that a changed study has beside those of the file."""
    codes = raw.codes.copy()
    for column in answer_columns(study.questionnaire):
        if column.name not in codes:
            codes[column.name] = pd.Categorical(["1"] * len(codes), categories=["1", "2", "3", "9"])
    return replace(raw, codes=codes)


def test_of_duplicates_the_most_complete_then_the_first_is_kept(cleaned) -> None:
    tokens = np.array(["a", "a", "a", "b", "b", "", "", None, None], dtype=object)
    found = cleaned(
        {"M1": ""}, {}, {}, {}, {"M1": ""}, {}, {}, {}, {},
        token=tokens,
        plan="cleaning: {duplicates: {}}",
    )  # fmt: skip
    assert found.rejected[["source_row", "reason"]].to_numpy().tolist() == [
        [2, "the token of another row"],
        [4, "the token of another row"],
        [6, "the token of another row"],
    ]
