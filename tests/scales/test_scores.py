"""Scale scores.

Tolerances: scores of whole numbers by hand are exact to 1e-12 (a sum divided by a count).
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import rating_suffixes, score_columns
from pipeline.questionnaire.model import Scale
from pipeline.scales.scores import (
    combine,
    reversed_items,
    score_scales,
)

NAN = np.nan
STUDY = """
study: tiny
languages: [en]
title: {en: Tiny}
choices:
  five:
    options:
      - {code: 1, text: {en: Never}}
      - {code: 2, text: {en: Seldom}}
      - {code: 3, text: {en: Sometimes}}
      - {code: 4, text: {en: Often}}
      - {code: 5, text: {en: Always}}
      - {code: 99, text: {en: Don't know}, missing: dont_know}
  zero_to_ten:
    options:
      - {code: 0, text: {en: Not}}
      - {code: 5, text: {en: Half}}
      - {code: 10, text: {en: All}}
  place:
    options:
      - {code: a, text: {en: A}}
      - {code: b, text: {en: B}}
sections:
  - id: only
    title: {en: Only}
    questions:
      - {code: ORG, kind: single, choices: place, text: {en: Where}}
      - code: M
        kind: matrix
        choices: five
        text: {en: How often}
        rows:
          - {id: A, text: {en: A}}
          - {id: B, text: {en: B}}
          - {id: C, text: {en: C}}
          - {id: D, text: {en: D}}
      - {code: T, kind: single, choices: zero_to_ten, text: {en: How much}}
      - code: R
        kind: dual
        choices: five
        text: {en: Twice}
        current: {en: Now}
        desired: {en: Wanted}
        rows:
          - {id: E, text: {en: E}}
          - {id: F, text: {en: F}}
scales:
  whole: {name: {en: Whole}, kind: index, parts: [halves, mean], needed: 1}
  halves: {name: {en: Halves}, kind: index, parts: [mean, other], needed: 2}
  mean: {name: {en: Mean}, items: [A, B, C], reversed: [B], needed: 2}
  other: {name: {en: Other}, items: [C, D], needed: 2}
  tens: {name: {en: Tens}, kind: index, items: [T], reversed: [T], needed: 1}
  sum: {name: {en: Sum}, items: [A, B, C, D], reversed: [D], needed: 3, score: sum}
  count: {name: {en: Count}, items: [A, B, C, D], needed: 1, score: count, at_least: 4}
  mean_z: {name: {en: Z}, kind: index, items: [A, D], needed: 1, score: mean_z}
  twice: {name: {en: Twice}, items: [E, F], reversed: [F], needed: 1}
  page: {name: {en: Page}, kind: block, items: [A, E]}
"""
ANSWERS = """
ORG A B C D T  E_current E_desired F_current F_desired
a   1 1 1 1 0  1 5 2 4
a   5 1 5 5 10 3 . 4 1
b   2 4 . 3 5  . . . 2
b   . ? 3 . .  2 2 . .
b   3 3 3 ! 0  5 5 5 5
"""
ANSWER = st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0, 5.0])
FOUR = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(4)), elements=ANSWER)


@pytest.fixture(scope="module")
def study(tiny):
    return tiny(STUDY, ANSWERS)


def responses_of(answers: np.ndarray) -> pd.DataFrame:
    """Return responses with these answers to A, B, C, D; all else is not answered."""
    n = len(answers)
    columns: dict[str, object] = {
        "respondent": [f"r{k}" for k in range(n)],
        "organisation": "a",
        "language": "en",
        "weight": 1.0,
        "ORG": pd.Categorical(["a"] * n),
    }
    names = ["A", "B", "C", "D", "T", "E_current", "E_desired", "F_current", "F_desired"]
    filled = np.full((n, len(names)), NAN)
    filled[:, :4] = answers
    columns |= {
        name: pd.array(values, dtype="Int32") for name, values in zip(names, filled.T, strict=True)
    }
    return pd.DataFrame(columns)


def scores_of(study, answers: np.ndarray) -> pd.DataFrame:
    return score_scales(responses_of(answers), study.questionnaire, study.plan)


# ---------------------------------------------------------------------------------------- by hand


def test_every_score_by_hand(study) -> None:
    found = score_scales(study.responses, study.questionnaire, study.plan)
    a, d = np.array([1, 5, 2, NAN, 3]), np.array([1, 5, 3, NAN, NAN])
    z = np.stack([(v - np.nanmean(v)) / np.nanstd(v, ddof=1) for v in (a, d)])
    expected = {
        "whole": [7 / 3 * 0.5 + 5 / 6, 5, 2, NAN, 3],
        "halves": [5 / 3, 5, NAN, NAN, NAN],
        "mean": [7 / 3, 5, 2, NAN, 3],
        "other": [1, 5, NAN, NAN, NAN],
        "tens": [10, 0, 5, NAN, 10],
        "sum": [1 + 1 + 1 + 5, 5 + 1 + 5 + 1, (2 + 4 + 3) / 3 * 4, NAN, 9 / 3 * 4],
        "count": [0, 3, 4 / 3, 0, 0],
        "mean_z": [*z[:, :3].mean(axis=0), NAN, z[0, 4]],
        "twice_current": [2.5, 2.5, NAN, 2, 3],
        "twice_desired": [3.5, 5, 4, 2, 3],
    }
    for name, values in expected.items():
        assert found[name].to_numpy() == pytest.approx(
            np.array(values), rel=1e-12, abs=1e-12, nan_ok=True
        ), name


def test_columns_stand_in_the_order_of_the_questionnaire(study) -> None:
    plan = study.plan.model_dump() | {"controls": ("A",), "outcomes": ("D", "mean")}
    plan = Plan.model_validate_json(json.dumps(plan))
    found = score_scales(study.responses, study.questionnaire, plan)
    assert list(found) == [
        *["respondent", "organisation", "language", "weight", "ORG"],
        *["whole", "halves", "mean", "other", "tens", "sum", "count", "mean_z"],
        *["twice_current", "twice_desired", "D", "A"],
    ]
    pd.testing.assert_series_equal(found["D"], study.responses["D"])
    assert len(found) == len(study.responses)


def test_names_and_suffixes(study) -> None:
    asked = study.questionnaire
    assert score_columns(asked, "mean") == ["mean"]
    assert score_columns(asked, "twice") == ["twice_current", "twice_desired"]
    assert score_columns(asked, "page") == []
    assert rating_suffixes(asked, "whole") == [""]
    assert rating_suffixes(asked, "twice") == ["_current", "_desired"]


def test_the_weight_of_a_person_does_not_move_a_score(study) -> None:
    heavy = study.responses.assign(weight=np.arange(1, 6.0))
    found = score_scales(heavy, study.questionnaire, study.plan)
    expected = score_scales(study.responses, study.questionnaire, study.plan)
    pd.testing.assert_frame_equal(found.drop(columns="weight"), expected.drop(columns="weight"))


# --------------------------------------------------------------------------------------- reversal


def test_reversal_uses_the_declared_range_not_the_observed(study) -> None:
    answers = np.array([[3, 2, 3, 3], [3, 3, 3, 3.0]])
    turned = reversed_items(responses_of(answers), study.questionnaire, "mean", "")
    assert turned[:, 1].tolist() == [4, 3]
    tens = pd.DataFrame({"T": pd.array([5, None, 10], dtype="Int32")})
    turned = reversed_items(tens, study.questionnaire, "tens", "")
    assert turned[:, 0] == pytest.approx(np.array([5, NAN, 0]), nan_ok=True)


@given(FOUR)
def test_reversing_twice_changes_nothing(study, answers: np.ndarray) -> None:
    once = reversed_items(responses_of(answers), study.questionnaire, "sum", "")
    twice = reversed_items(responses_of(once), study.questionnaire, "sum", "")
    np.testing.assert_array_equal(twice, answers)
    np.testing.assert_array_equal(once[:, :3], answers[:, :3])
    np.testing.assert_array_equal(once[:, 3], 6 - answers[:, 3])


def test_reversed_scores_agree_with_psych(shared_reference) -> None:
    """psych::scoreItems(impute = "none"): the mean of what was answered, reversed on 1-6."""
    bfi = pd.read_csv(shared_reference("data/bfi.csv"))
    expected = pd.read_csv(shared_reference("data/bfi_scores_none.csv"))
    scales = json.loads(shared_reference("values/alpha_omega.json").read_text())["scales"]
    assert (bfi["id"] == expected["id"]).all()
    for name, column in zip(scales, expected.columns[1:], strict=True):
        keys = scales[name]["keys"]
        x = bfi[[key.removeprefix("-") for key in keys]].to_numpy(dtype=float)
        turned = [key.startswith("-") for key in keys]
        x[:, turned] = 7 - x[:, turned]
        scale = scale_of("mean", needed=1, items=5)
        assert combine(x, scale) == pytest.approx(
            expected[column].to_numpy(), rel=1e-12, abs=1e-12, nan_ok=True
        )


# ----------------------------------------------------------------------------------------- combine


def scale_of(score: str, needed: int, items: int = 4, at_least: int | None = None) -> Scale:
    declared = {
        "name": {"en": "Any"},
        "items": list("ABCDEFGH"[:items]),
        "needed": needed,
        "score": score,
        "at_least": at_least,
    }
    return Scale.model_validate_json(json.dumps(declared))


SCORES = {
    "mean": (1, 5, None),
    "sum": (4, 20, None),
    "count": (0, 4, 4),
}


@given(FOUR, st.sampled_from(sorted(SCORES)), st.integers(1, 4))
def test_scores_keep_their_bounds_and_need_enough_answers(answers, score, needed) -> None:
    lowest, highest, at_least = SCORES[score]
    found = combine(answers, scale_of(score, needed, at_least=at_least))
    there = found[~np.isnan(found)]
    assert ((lowest - 1e-12 <= there) & (there <= highest + 1e-12)).all()
    np.testing.assert_array_equal(np.isnan(found), (~np.isnan(answers)).sum(axis=1) < needed)


@given(FOUR, st.sampled_from(sorted(SCORES)), st.randoms(use_true_random=False))
def test_a_score_is_one_persons_own_and_items_have_no_order(answers, score, random) -> None:
    scale = scale_of(score, 2, at_least=SCORES[score][2])
    found = combine(answers, scale)
    items = list(range(4))
    random.shuffle(items)
    np.testing.assert_allclose(combine(answers[:, items], scale), found, rtol=1e-12)
    alone = [combine(row[None, :], scale)[0] for row in answers]
    np.testing.assert_allclose(alone, found, rtol=1e-12)


@given(FOUR)
def test_a_missing_item_never_counts_as_zero(answers: np.ndarray) -> None:
    """Sum and count are what they would be if the missing items were like the answered ones."""
    answered = (~np.isnan(answers)).sum(axis=1)
    for score, at_least in (("sum", None), ("count", 4)):
        values = answers if score == "sum" else np.where(np.isnan(answers), NAN, answers >= 4)
        found = combine(answers, scale_of(score, 1, at_least=at_least))
        for k, row in enumerate(values):
            expected = np.nansum(row) * 4 / answered[k] if answered[k] else NAN
            assert found[k] == pytest.approx(expected, nan_ok=True)


def test_count_of_answers_that_are_all_high() -> None:
    answers = np.array([[5, NAN, NAN, NAN], [4, 4, NAN, 5], [3, NAN, 3, NAN]])
    assert combine(answers, scale_of("count", 1, at_least=4)).tolist() == [4, 4, 0]


@given(FOUR)
def test_mean_z_is_the_mean_of_z_scores(answers: np.ndarray) -> None:
    frame = pd.DataFrame(answers)
    sd = frame.std(ddof=1).fillna(0)
    z = (frame - frame.mean()) / sd.where(sd > 1e-12, 1)
    found = combine(answers, scale_of("mean_z", 2))
    enough = frame.notna().sum(axis=1) >= 2
    expected = z.mean(axis=1).where(enough).to_numpy()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_mean_z_of_an_item_without_variance_is_zero() -> None:
    answers = np.array([[3, 1], [3, 3], [3, NAN], [NAN, 5.0]])
    found = combine(answers, scale_of("mean_z", 1, items=2))
    assert found == pytest.approx(np.array([-0.5, 0, 0, 1]))


@pytest.mark.parametrize("constant", [10 / 3, 0.1])
@pytest.mark.parametrize("n", [6, 7, 13, 50])
def test_mean_z_of_a_part_without_variance_is_zero(constant: float, n: int) -> None:
    found = combine(np.full((n, 1), constant), scale_of("mean_z", 1, items=1))
    assert found == pytest.approx(np.zeros(n))


# ------------------------------------------------------------------------------------ second order


@given(FOUR)
def test_a_score_of_scores_is_the_mean_of_its_parts(study, answers: np.ndarray) -> None:
    found = scores_of(study, answers)
    halves = found[["mean", "other"]]
    expected = halves.mean(axis=1).where(halves.notna().all(axis=1))
    np.testing.assert_allclose(found["halves"], expected, rtol=1e-12)
    np.testing.assert_allclose(found["whole"], found[["halves", "mean"]].mean(axis=1), rtol=1e-12)
