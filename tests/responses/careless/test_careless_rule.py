"""Indices become flags, flags a verdict; the table that is kept tells enough to judge otherwise."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.contracts import FLAGS, TABLES
from pipeline.core.errors import UserError
from pipeline.core.predeclared import Careless
from pipeline.core.tables import check_table, read_table, write_table
from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.careless import indices as indices_module
from pipeline.responses.careless.indices import careless_indices
from pipeline.responses.careless.rule import careless_flags, find_careless, is_careless
from pipeline.responses.clean import clean_answers
from pipeline.responses.rows import gather
from pipeline.study import load_study

CARELESS = Careless(choices="agree")
CALM = {
    "attention_errors": 0.0,
    "seconds_per_item": 5.0,
    "time_share": 1.0,
    "longest_mixed_run": 4.0,
    "uniform_pages": 0.0,
    "even_odd": 0.8,
    "mahalanobis_p": 0.5,
}
A, T, L, E, M = (
    {"attention_errors": 1.0},
    {"seconds_per_item": 1.9},
    {"longest_mixed_run": 12.0},
    {"even_odd": 0.29},
    {"mahalanobis_p": 0.0009},
)


def one(**changes: float) -> pd.DataFrame:
    return pd.DataFrame([CALM | changes])


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({}, None),
        ({"attention_errors": 1}, "attention"),
        ({"attention_errors": np.nan}, None),
        ({"seconds_per_item": 1.99}, "speed"),
        ({"seconds_per_item": 2.0}, None),
        ({"time_share": 0.33}, "speed"),
        ({"time_share": 1 / 3}, None),
        ({"longest_mixed_run": 12}, "identical"),
        ({"longest_mixed_run": 11}, None),
        ({"uniform_pages": 3}, "identical"),
        ({"uniform_pages": 2}, None),
        ({"even_odd": 0.299}, "even_odd"),
        ({"even_odd": 0.30}, None),
        ({"mahalanobis_p": 0.00099}, "mahalanobis"),
        ({"mahalanobis_p": 0.001}, None),
        (dict.fromkeys(CALM, np.nan), None),
    ],
)
def test_an_index_beyond_its_threshold_raises_its_flag(change: dict, flag: str | None) -> None:
    flags = careless_flags(one(**change), CARELESS)
    assert list(flags) == list(FLAGS)
    assert flags.columns[flags.iloc[0]].tolist() == ([flag] if flag else [])


@pytest.mark.parametrize(
    ("raised", "verdict"),
    [
        ([A], False),
        ([M], False),
        ([A, T], True),
        ([A, L], True),
        ([A, E], True),
        ([A, M], True),
        ([T, L], False),
        ([E, M], False),
        ([T, L, E], True),
        ([L, E, M], True),
        ([T, E, M], True),
        ([{"seconds_per_item": 1.0}], False),
        ([{"seconds_per_item": 0.99}], True),
    ],
)
def test_who_is_careless(raised: list[dict], verdict: bool) -> None:
    indices = one(**{key: value for each in raised for key, value in each.items()})
    flags = careless_flags(indices, CARELESS)
    assert is_careless(flags, indices, CARELESS).tolist() == [verdict]


def straight(raw, rows, code="3"):
    """Give some people one answer throughout, the attention check too."""
    names = [name for name in raw.codes if name.startswith("Q") or name == "CHECK"]
    codes = raw.codes.copy()
    codes.loc[rows, names] = code
    return replace(raw, codes=codes)


def test_careless_people_are_rejected_and_everyone_is_measured(nine, people) -> None:
    raw = straight(people(nine, 400), [7, 8])
    seconds = raw.seconds.copy()
    seconds[9] /= 15
    cleaned = clean_answers(replace(raw, seconds=seconds), nine.questionnaire, nine.plan)
    lost = cleaned.rejected.set_index("source_row")
    assert lost.index.tolist() == [9, 10, 11]
    assert set(lost["rule"]) == {"careless"}
    assert lost.loc[9, "reason"].startswith("attention, identical")
    assert lost.loc[11, "reason"].startswith("speed (0.6")
    quality = cleaned.response_quality.set_index("respondent")
    assert len(quality) == 400
    assert quality.index[quality["verdict"] == "careless"].tolist() == ["r7", "r8", "r9"]
    assert quality.loc["r7", "flags"] == "attention;identical"
    assert quality.loc["r9", "flags"] == "speed"
    assert quality.loc["r7", ["longest_run", "uniform_pages", "variability"]].tolist() == [36, 3, 0]
    step = cleaned.attrition.set_index("rule").loc["careless"]
    raised = quality["flags"].notna() & (quality["verdict"] == "kept")
    assert (step["rejected"], step["flagged"]) == (3, raised.sum())
    assert len(cleaned.responses) == 397


def test_the_verdict_can_be_worked_out_again_from_the_file(nine, people, tmp_path: Path) -> None:
    raw = straight(people(nine, 400), range(5))
    cleaned = clean_answers(raw, nine.questionnaire, nine.plan)
    path = tmp_path / "response_quality.csv"
    write_table(cleaned.response_quality, path)
    kept = read_table(path)
    flags = careless_flags(kept, nine.plan.careless).astype(bool)
    again = is_careless(flags, kept, nine.plan.careless)
    assert (again == (kept["verdict"] == "careless")).all()
    named = flags.apply(lambda row: ";".join(flags.columns[row]), axis=1)
    assert (named == kept["flags"].fillna("")).all()


def test_every_alternative_of_the_plan_can_be_tried_on_the_indices() -> None:
    study = load_study("psi-co", Path(__file__).parents[3])
    grid = study.plan.sensitivity.cleaning
    plan = study.plan.careless
    table = one(answered=0.9)
    off = {"even_odd": -1.0, "mahalanobis": 0.0}
    tried = set()
    for attention, seconds, run, halves, p, combination in product(
        *(getattr(grid, name) for name in list(type(grid).model_fields)[:6])
    ):
        rule = plan.model_copy(
            update={
                "seconds": float(seconds),
                "identical_run": int(run),
                "even_odd": off["even_odd"] if halves == "off" else float(halves),
                "mahalanobis_p": off["mahalanobis"] if p == "off" else float(p),
            }
        )
        flags = careless_flags(table, rule)
        flags["attention"] &= attention == "use"
        several = {"any": 1, "two": 2, "three": 3, "none": 9}[combination]
        tried.add(bool((flags.sum(axis=1) >= several).iloc[0]))
    assert tried == {False}
    assert "answered" in TABLES["response_quality"].names  # for completeness
    raised = one(**A, **L, even_odd=-1, mahalanobis_p=0.0)
    assert not careless_flags(raised, rule)[["even_odd", "mahalanobis"]].any(axis=None)


# ------------------------------------------------------------------------------- how they are measured


def measured(study, raw, **plan):
    careless = study.plan.careless.model_copy(update=plan)
    rows = gather(raw, study.questionnaire, study.plan)
    return careless_indices(rows, careless).set_index("respondent")


@pytest.mark.parametrize(("code", "errors"), [("2", 0), ("3", 1), ("99", 1), (None, 1)])
def test_any_other_answer_to_a_check_is_an_error(nine, people, changed, code, errors) -> None:
    raw = changed(people(nine, 5), CHECK={0: code})
    assert measured(nine, raw)["attention_errors"].tolist() == [errors, 0, 0, 0, 0]


def test_a_check_that_was_not_shown_is_no_error(nine, people, changed) -> None:
    raw = changed(people(nine, 3), CHECK={0: None, 1: None})
    raw = replace(raw, pages=np.array([2, 3, 5]))  # the check is on the third page
    assert measured(nine, raw)["attention_errors"].tolist()[1:] == [1, 0]
    assert np.isnan(measured(nine, raw)["attention_errors"].iloc[0])


def test_seconds_are_divided_by_the_answers_asked_for(nine, people, changed) -> None:
    raw = people(nine, 2)
    seconds = np.array([[8.0, 24, 39, 36, 5], [8, 24, 39, 36, 5]])
    raw = changed(replace(raw, seconds=seconds), NEW={1: "0"}, N={1: None})
    found = measured(nine, raw)["seconds_per_item"]
    # 4 on the first page (the dual rating twice), 12, 13 with the check, 12, 1; three without N
    assert found.tolist() == [np.median([2, 2, 3, 3, 5]), np.median([8 / 3, 2, 3, 3, 5])]
    raw = replace(raw, pages=np.array([2, 5]))
    assert measured(nine, raw)["seconds_per_item"].iloc[0] == 2


def test_outcomes_have_no_say(nine, people, changed) -> None:
    raw = people(nine, 300)
    other = changed(raw, D1_current=dict.fromkeys(range(100), "5"), N=dict.fromkeys(range(50)))
    one, two = measured(nine, raw), measured(nine, other)
    pd.testing.assert_frame_equal(one.drop(columns="answered"), two.drop(columns="answered"))


def test_the_order_of_rows_does_not_matter(nine, people) -> None:
    raw = people(nine, 300)
    order = np.random.default_rng(1).permutation(300)
    one, two = measured(nine, raw), measured(nine, raw.take(order))
    pd.testing.assert_frame_equal(two.loc[one.index], one, rtol=1e-6)


def test_rows_are_measured_some_at_a_time(nine, people, monkeypatch) -> None:
    raw = people(nine, 300)
    one = measured(nine, raw)
    monkeypatch.setattr(indices_module, "ROWS_AT_ONCE", 77)
    pd.testing.assert_frame_equal(measured(nine, raw), one, rtol=1e-9)


def test_turning_questions_and_declaring_it_changes_no_judgement(nine, people) -> None:
    raw = people(nine, 300)
    turned = {"s0": ("Q01", "Q04"), "s1": ("Q12", "Q14")}
    codes, scales = raw.codes.copy(), dict(nine.questionnaire.scales)
    for scale, items in turned.items():
        around = dict(zip("12345", "54321", strict=True))
        codes[items[0]] = codes[items[0]].cat.rename_categories(around)
        scales[scale] = scales[scale].model_copy(update={"reversed": items})
    other = replace(nine, questionnaire=nine.questionnaire.model_copy(update={"scales": scales}))
    one, two = measured(nine, raw), measured(other, replace(raw, codes=codes))
    for index in ("even_odd", "mahalanobis", "mahalanobis_p"):
        pd.testing.assert_series_equal(two[index], one[index], rtol=1e-4)


def test_a_small_language_shares_the_covariance_of_all(nine, people) -> None:
    raw = people(nine, 400)
    found = measured(nine, raw)["mahalanobis"]
    assert found.notna().all()
    mean = found.groupby(raw.language).mean()
    assert mean.to_dict() == pytest.approx({"nl": 34, "fr": 34}, rel=0.1)


def test_a_small_language_has_means_of_its_own(nine, people) -> None:
    raw = people(nine, 400)
    french = raw.language == "fr"
    higher = dict(zip("12345", "23455", strict=True))
    names = [f"Q{scale}1" for scale in range(9)]
    codes = raw.codes.copy()
    for name in names:
        codes.loc[french, name] = codes.loc[french, name].map(higher)
    found = measured(nine, replace(raw, codes=codes))["mahalanobis"]
    mean = found.groupby(raw.language).mean()
    assert mean.to_dict() == pytest.approx({"nl": 34, "fr": 34}, rel=0.1)


def test_pairs_are_those_beyond_the_declared_correlations(nine, people) -> None:
    raw = people(nine, 300)
    usual = measured(nine, raw, synonym_r=0.3, antonym_r=-0.3)
    assert usual["synonyms"].mean() > 0.3 > -0.3 > usual["antonyms"].mean()
    none = measured(nine, raw, synonym_r=0.3, antonym_r=-0.99)
    assert none["antonyms"].isna().all()
    pd.testing.assert_series_equal(none["synonyms"], usual["synonyms"])


def test_time_on_pages_that_were_not_sent_off_does_not_count(nine, people) -> None:
    raw = replace(people(nine, 3), seconds=np.array([[10.0] * 5] * 3), pages=np.array([5, 5, 2]))
    assert measured(nine, raw)["time_share"].tolist() == [1, 1, 0.4]


def test_with_few_rows_there_is_no_distance(nine, people) -> None:
    assert measured(nine, people(nine, 179))["mahalanobis"].isna().all()
    assert measured(nine, people(nine, 180))["mahalanobis"].notna().all()
    assert measured(nine, people(nine, 180))["mahalanobis_answers"].between(25, 36).all()


def test_moments_come_from_random_rows_of_a_large_language(nine, people) -> None:
    raw = people(nine, 900)
    whole, part = measured(nine, raw), measured(nine, raw, mahalanobis_rows=300)
    again = measured(nine, raw, mahalanobis_rows=300)
    pd.testing.assert_frame_equal(part, again)
    assert (whole["mahalanobis"] != part["mahalanobis"]).all()
    assert np.corrcoef(whole["mahalanobis"], part["mahalanobis"])[0, 1] > 0.85


def test_halves_need_enough_scales(nine, people) -> None:
    raw = people(nine, 20, missing=0)
    codes = raw.codes.copy()
    codes.loc[0, [f"Q{s}{k}" for s in (0, 1) for k in (1, 3)]] = None
    found = measured(nine, replace(raw, codes=codes))["even_odd"]
    assert np.isnan(found.iloc[0])
    assert found.iloc[1:].notna().all()


def test_answers_that_follow_from_others_are_told(nine, people) -> None:
    raw = people(nine, 300, missing=0)
    with pytest.raises(UserError, match="36 questions from Q01 to Q84 have no covariance that can"):
        measured(nine, replace(raw, codes=raw.codes.assign(Q02=raw.codes["Q01"])))


def test_a_question_that_all_answer_alike_is_left_out_of_the_distance(nine, people) -> None:
    raw = people(nine, 300, missing=0)
    codes = raw.codes.assign(
        Q02=pd.Categorical(["4"] * 300, categories=raw.codes["Q02"].cat.categories)
    )
    found = measured(nine, replace(raw, codes=codes))
    assert (found["mahalanobis_answers"] == 35).all()


def test_without_a_declared_rule_nobody_is_looked_at(nine, people) -> None:
    plan = nine.plan.model_copy(update={"careless": None})
    cleaned = clean_answers(people(nine, 30), nine.questionnaire, plan)
    assert len(cleaned.response_quality) == len(cleaned.rejected) == 0
    rows = gather(people(nine, 30).take(np.array([], dtype=int)), nine.questionnaire, nine.plan)
    assert find_careless(rows).quality is None


def test_the_table_keeps_its_contract(nine, people) -> None:
    cleaned = clean_answers(people(nine, 60), nine.questionnaire, nine.plan)
    check_table(cleaned.response_quality, TABLES["response_quality"])
    ratings = [c for c in answer_columns(nine.questionnaire) if c.name.startswith("Q")]
    assert cleaned.response_quality["longest_run"].between(1, len(ratings)).all()
