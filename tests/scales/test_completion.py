"""From answers with holes to what is imputed, and from completed answers back to scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.scales.completion import Completion, Material, completion_of
from pipeline.scales.scores import score_scales
from pipeline.study import Study, load_study

QUESTIONNAIRE = """\
study: holes
languages: [en]
title: {en: Holes}
choices:
  agree:
    options:
      - {code: 1, text: {en: Disagree}}
      - {code: 2, text: {en: Neither}}
      - {code: 3, text: {en: Agree}}
      - {code: 9, text: {en: Don't know}, missing: dont_know}
    positive: [3]
    negative: [1]
  yesno:
    options:
      - {code: 1, text: {en: "Yes"}}
      - {code: 0, text: {en: "No"}}
      - {code: 9, text: {en: Don't know}, missing: dont_know}
  band:
    options:
      - {code: low, text: {en: Low}}
      - {code: mid, text: {en: Mid}}
      - {code: top, text: {en: Top}}
  years:
    options:
      - {code: 1, text: {en: Few}}
      - {code: 2, text: {en: Some}}
      - {code: 5, text: {en: Many}}
  orgs:
    organisations: true
sections:
  - id: all
    title: {en: All}
    questions:
      - {code: ORG, kind: single, choices: orgs, text: {en: Where}}
      - {code: NEW, kind: single, choices: yesno, text: {en: New}}
      - {code: N, kind: count, maximum: 50, show: NEW == 1, text: {en: Number}}
      - {code: BAND, kind: single, choices: band, text: {en: Band}}
      - {code: YEARS, kind: single, choices: years, text: {en: Years}}
      - code: QA
        kind: matrix
        choices: agree
        text: {en: A}
        rows: [{id: A1, text: {en: One}}, {id: A2, text: {en: Two}}]
      - code: QB
        kind: matrix
        choices: agree
        text: {en: B}
        rows: [{id: B1, text: {en: Three}}, {id: B2, text: {en: Four}}]
      - code: QC
        kind: matrix
        choices: agree
        show: NEW == 1
        text: {en: C}
        rows: [{id: C1, text: {en: Five}}, {id: C2, text: {en: Six}}]
      - code: QD
        kind: matrix
        choices: agree
        text: {en: D}
        rows: [{id: D1, text: {en: Seven}}, {id: D2, text: {en: Eight}}]
scales:
  a: {name: {en: A}, items: [A1, A2], reversed: [A2], needed: 1}
  b: {name: {en: B}, items: [B1, B2], needed: 2}
  c: {name: {en: C}, items: [C1, C2], needed: 1}
  d: {name: {en: D}, items: [D1, D2], needed: 1}
  both: {name: {en: Both}, kind: index, parts: [a, b], score: mean_z, needed: 2}
  many: {name: {en: Many}, kind: index, items: [B1, B2], score: count, at_least: 3, needed: 1}
"""
PLAN = """\
seed: 7
responses: {file: answers.csv, respondent: id}
organisation: {levels: [ORG]}
outcomes: [NEW, N]
controls: [BAND, YEARS, log_years]
categories: [YEARS]
derived: {log_years: {name: {en: Log}, question: YEARS, values: {1: 1, 2: 2, 5: 5}, log: true}}
"""
ITEMS = ("A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = tmp_path_factory.mktemp("holes")
    folder = root / "questionnaires" / "holes"
    folder.mkdir(parents=True)
    (folder / "questionnaire.yaml").write_text(QUESTIONNAIRE)
    (folder / "analysis.yaml").write_text(PLAN)
    (folder / "organisations.csv").write_text("code,name_en,type\nX,Ex,T\nY,Why,U\n")
    return load_study("holes", root)


@pytest.fixture
def material(study: Study) -> Material:
    """60 people; a hole at the start of each column; four did not know NEW, and were not asked C and N."""
    rng = np.random.default_rng(3)
    n = 60
    new = pd.array(rng.integers(0, 2, n), dtype="Int32")
    new[:6] = pd.NA
    columns: dict[str, object] = {
        "respondent": [str(k) for k in range(n)],
        "organisation": rng.choice(["X", "Y"], n),
        "language": "en",
        "weight": 1.0,
        "NEW": new,
        "NEW_missing": ["dont_know"] * 4 + ["empty"] * 2 + [None] * (n - 6),
        "BAND": pd.Categorical(
            [None, None, *rng.choice(["low", "mid", "top"], n - 2)], ["low", "mid", "top"]
        ),
        "YEARS": pd.array([pd.NA, *rng.choice([1, 2, 5], n - 1)], dtype="Int32"),
    }
    columns["ORG"] = columns["organisation"]
    asked = (new == 1).to_numpy(dtype=bool, na_value=False)
    for item in (*ITEMS, "N"):
        values = pd.array(rng.integers(1, 4, n), dtype="Int32")
        values[6:10] = pd.NA
        if item[0] in "CN":
            values[~asked] = pd.NA
        columns[item] = values
        columns[f"{item}_missing"] = np.where(pd.isna(values), "dont_know", None)
    responses = pd.DataFrame(columns)
    asked_all, plan = study.questionnaire, study.plan
    scores = score_scales(responses, asked_all, plan, study.organisations)
    return Material(responses, scores, asked_all, plan)


def variable(found: Completion, name: str):
    return found.data.variables[found.data.at(name)]


def test_scales_come_as_items_and_the_rest_as_it_is(material: Material) -> None:
    found = completion_of(material, ["NEW", "a", "BAND", "YEARS", "log_years"])
    assert found.data.names == ["NEW", "A1", "A2", "BAND", "YEARS", "log_years", "b", "d"]
    kinds = {each.name: each.kind for each in found.data.variables}
    assert kinds["NEW"] == kinds["BAND"] == "category"
    assert {kinds[k] for k in ("A1", "YEARS", "log_years", "b")} == {"number"}
    assert (variable(found, "A1").scale, variable(found, "b").scale) == ("a", "")
    assert [variable(found, k).reversed for k in ("A1", "A2")] == [False, True]


def test_parts_are_taken_apart_to_their_items(material: Material) -> None:
    found = completion_of(material, ["both"])
    assert found.data.names == ["A1", "A2", "B1", "B2", "d"]
    assert [v.scale for v in found.data.variables] == ["a", "a", "b", "b", ""]


def test_what_hangs_on_a_question_brings_the_question_along(material: Material) -> None:
    found = completion_of(material, ["c", "N"], ["N"])
    assert variable(found, "C1").asked_where == ("NEW", 1.0)
    assert variable(found, "N").asked_where == ("NEW", 1.0)
    fillable = found.data.fillable[:, found.data.at("C1")]
    new = material.responses["NEW"]
    asked_without = (new == 1).fillna(False) & material.responses["C1"].isna()
    expected = asked_without | new.isna()
    np.testing.assert_array_equal(fillable, expected.to_numpy(dtype=bool))


def test_an_outcome_that_is_not_known_is_closed_and_a_control_or_item_is_not(
    material: Material,
) -> None:
    found = completion_of(material, ["NEW", "a"], ["NEW"])
    closed = found.data.closed
    assert closed[:, found.data.at("NEW")].tolist() == [True] * 4 + [False] * 56
    assert not closed[:, found.data.at("A1")].any()
    assert not completion_of(material, ["NEW", "a"]).data.closed.any()


@pytest.mark.parametrize("needed", [["a", "b", "c", "d"], ["both", "many"]])
def test_scores_of_answers_as_they_are_are_the_scores(
    material: Material, needed: list[str]
) -> None:
    found = completion_of(material, needed)
    again = found.scores(found.data.values)
    pd.testing.assert_frame_equal(again, material.scores[needed], check_exact=False, rtol=1e-12)


def test_columns_come_back_in_their_types(material: Material) -> None:
    needed = ["NEW", "N", "BAND", "YEARS", "log_years"]
    found = completion_of(material, needed)
    again = found.scores(found.data.values)
    for name in ("BAND", "YEARS"):
        assert again[name].dtype == material.scores[name].dtype
        assert again[name].astype("object").equals(material.scores[name].astype("object"))
    for name in ("NEW", "N", "log_years"):
        expected = material.scores[name].to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_array_equal(again[name].to_numpy(dtype=float), expected)


def test_completed_items_give_the_score_by_hand(material: Material) -> None:
    found = completion_of(material, ["a", "both"])
    values = found.data.values.copy()
    values[0, found.data.columns(["A1", "A2", "B1", "B2"])] = [3, 2, 1, 2]
    again = found.scores(values)
    assert again["a"][0] == (3 + (4 - 2)) / 2
    a, b = material.scores["a"], material.scores["b"]
    by_hand = ((2.5 - a.mean()) / a.std() + (1.5 - b.mean()) / b.std()) / 2
    assert again["both"][0] == pytest.approx(by_hand)


def test_completed_answers_have_holes_only_where_nothing_was_asked(material: Material) -> None:
    """The whole way on the small study: impute, score; what was not asked stays empty."""
    from pipeline.models.imputation.impute import impute

    found = completion_of(material, ["NEW", "N", "c", "both", "BAND"], ["NEW", "N"])
    done = impute(found.data, np.random.SeedSequence(1).spawn(2))
    for each in done:
        scores = found.scores(each.values)
        assert scores["NEW"].isna().tolist() == [True] * 4 + [False] * 56
        assert not scores[["both", "BAND"]].isna().any(axis=None)
        not_asked = scores["NEW"] != 1
        assert (scores["c"].isna() == not_asked).all()


def test_completed_answers_come_back_in_their_types(material: Material) -> None:
    found = completion_of(material, ["NEW", "N", "BAND", "YEARS", "c", "log_years"])
    again = found.answers(found.data.values)
    assert list(again) == ["NEW", "N", "BAND", "YEARS", "C1", "C2"]
    for name in again:
        assert again[name].dtype == material.responses[name].dtype, name
        pd.testing.assert_series_equal(again[name], material.responses[name], check_names=False)
