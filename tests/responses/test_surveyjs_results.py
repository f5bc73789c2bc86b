"""Results of SurveyJS: what they leave out, what they hold in other types, and how they can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_studies import assert_same_answers, questionnaires, sheets
from surveyjs_results import result_of

from pipeline.core.errors import UserError
from pipeline.core.plan import Organisations, Plan, Responses
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.readers import READERS
from pipeline.responses.readers.surveyjs import looks_like_surveyjs, read_surveyjs
from pipeline.study import Study

Result = dict[str, Any]
Make = Callable[..., Result]


@given(st.data())
def test_what_is_returned_reads_back_equal(tmp_path_factory, data) -> None:
    questionnaire = data.draw(questionnaires().filter(answer_columns))
    people = [each for each in data.draw(sheets(questionnaire)) if each.submitted]
    if not people:
        return
    path = tmp_path_factory.mktemp("surveyjs") / "results.json"
    results = [result_of(questionnaire, sheet) for sheet in people]
    path.write_text(json.dumps(results, ensure_ascii=data.draw(st.booleans())), encoding="utf-8")
    levels = (answer_columns(questionnaire)[0].name,)
    layout = Responses(file="results.json", respondent="id")
    plan = Plan(seed=1, responses=layout, organisation=Organisations(levels=levels))
    raw = read_surveyjs(path, "results.json", questionnaire, layout)
    table = decode_answers(raw, questionnaire, plan)
    assert_same_answers(table, questionnaire, people, tells_unticked=False)


@pytest.fixture
def result(study: Study) -> Make:
    """Return a function that gives the result of someone, with changes; None takes a key out."""

    def make(**changes: Any) -> Result:
        whole = {
            "ORG": "A1",
            "NEW": "y",
            "TOOLS": ["pen", "app"],
            "N": 4,
            "WARM": -2.5,
            "WHY": "because",
            "M": {"M1": "1"},
            "D": {"D1": {"current": "1", "desired": "3"}},
            "S": {"S1": {"share": 30}, "S2": {"share": 70}},
            "S-total": {"share": 100},
            "QVERSION": questionnaire_version(study.questionnaire),
            "QLANGUAGE": "en",
        } | changes
        return {key: value for key, value in whole.items() if value is not None}

    return make


@pytest.fixture
def read(tmp_path: Path, study: Study) -> Callable[..., Any]:
    """Return a function that reads results from one file."""

    def reader(*results: Result, **layout: Any) -> Any:
        path = tmp_path / "results.json"
        path.write_text(json.dumps(results), encoding="utf-8")
        changed = study.plan.responses.model_copy(update={"respondent": ""} | layout)
        return read_surveyjs(path, "results.json", study.questionnaire, changed)

    return reader


def refusal(read: Callable[..., Any], *results: Result, **layout: Any) -> str:
    with pytest.raises(UserError) as refused:
        read(*results, **layout)
    return str(refused.value)


def test_every_kind_is_read(read, result: Make, study: Study) -> None:
    raw = read(result())
    row = raw.codes.astype("object").iloc[0].to_dict()
    assert {name: code for name, code in row.items() if isinstance(code, str)} == {
        "ORG": "A1",
        "NEW": "y",
        "TOOLS_pen": "1",
        "TOOLS_app": "1",
        "TOOLS_none": "0",
        "N": "4",
        "WARM": "-2.5",
        "WHY": "because",
        "M1": "1",
        "D1_current": "1",
        "D1_desired": "3",
        "S1": "30",
        "S2": "70",
    }
    assert raw.language.tolist() == ["en"]
    assert raw.respondent.tolist() == ["1"]
    assert raw.pages.tolist() == [3]
    table = decode_answers(raw, study.questionnaire, study.plan).iloc[0]
    assert table["M2_missing"] == "empty"


def test_numbers_may_come_as_text_and_codes_as_numbers(read, result: Make) -> None:
    raw = read(result(N="4", WARM=3.0, M={"M1": 2, "M2": 9.0}))
    row = raw.codes.astype("object").iloc[0]
    assert (row["N"], row["WARM"], row["M1"], row["M2"]) == ("4", "3", "2", "9")


def test_nothing_ticked_is_not_answered(read, result: Make) -> None:
    raw = read(result(TOOLS=None), result(TOOLS=[]), result(TOOLS=["none"]))
    assert raw.codes["TOOLS_none"].astype("object").isna().tolist() == [True, True, False]


@pytest.mark.parametrize("key", ["", "person"])
def test_respondents_are_told_apart_by_key_or_position(read, result: Make, key: str) -> None:
    added = {"person": "p7"} if key else {}
    raw = read(result(**added), result(**({"person": 8} if key else {})), respondent=key)
    assert raw.respondent.tolist() == (["p7", "8"] if key else ["1", "2"])


def test_a_folder_tells_respondents_apart_by_file(
    tmp_path: Path, result: Make, study: Study
) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.json").write_text(json.dumps(result()))
    layout = study.plan.responses.model_copy(update={"respondent": ""})
    raw = read_surveyjs(tmp_path, "folder", study.questionnaire, layout)
    assert raw.respondent.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"QVERSION": "0123456789ab"}, "'0123456789ab' is another version of the questionnaire"),
        ({"QLANGUAGE": "nl"}, "column 'QLANGUAGE': 'nl' stands for no declared answer"),
        ({"QLANGUAGE": None}, "column 'QLANGUAGE': an empty cell is no language"),
        ({"NEWS": "y"}, "sheet 1: the answer \"NEWS\" is unknown; did you mean 'NEW'?"),
        ({"M": {"M11": "1"}}, "sheet 1: the answer M.\"M11\" is unknown; did you mean 'M1'?"),
        ({"D": {"D1": {"now": "1"}}}, 'sheet 1: the answer D.D1."now" is unknown'),
        ({"S-totals": 1}, 'sheet 1: the answer "S-totals" is unknown'),
        ({"M-total": 1}, 'sheet 1: the answer "M-total" is unknown'),
        ({"M": "1"}, 'sheet 1: the answer to M is "1", and no object of rows'),
        ({"D": {"D1": "1"}}, 'sheet 1: the answer to D.D1 is "1", and no object of rows'),
        ({"M": {"M1": "7"}}, "column 'M.M1': '7' stands for no declared answer (1 sheet: sheet 1)"),
        ({"NEW": "Yes"}, "column 'NEW': 'Yes' stands for no declared answer"),
        ({"NEW": True}, "column 'NEW': 'true' is neither a text nor a number"),
        ({"WHY": ["a"]}, "column 'WHY': '[\"a\"]' is neither a text nor a number"),
        ({"WHY": {"a": 1}}, "column 'WHY': '{\"a\": 1}' is neither a text nor a number"),
        ({"TOOLS": ["pen", "Pen"]}, "column 'TOOLS': 'Pen' stands for no declared answer"),
        ({"TOOLS": "pen"}, "column 'TOOLS': '\"pen\"' stands for no declared answer"),
        ({"N": 1.5}, "column 'N': '1.5' is no whole number"),
        ({"S": {"S1": {"share": "half"}}}, "column 'S.S1.share': 'half' is no number"),
    ],
)
def test_what_is_wrong_with_a_result_is_told(
    read, result: Make, changes: dict[str, Any], told: str
) -> None:
    assert told in refusal(read, result(**changes))


def test_a_strange_tick_is_told_once(read, result: Make) -> None:
    assert len(refusal(read, result(TOOLS=["x"])).splitlines()) == 1


def test_earlier_versions_and_further_keys_that_the_plan_names_are_read(read, result: Make) -> None:
    old = result(QVERSION="0123456789ab", surveyId=7)
    raw = read(old, versions=("0123456789ab",), ignore=("surveyId",))
    assert len(raw.respondent) == 1
    assert "'surveyId' is unknown" not in refusal(read, old)


def test_one_person_twice_is_told(read, result: Make) -> None:
    told = refusal(read, result(person="p"), result(person="p"), respondent="person")
    assert "'p' is a row id used twice (2 sheets: sheet 1, 2)" in told


def test_results_are_recognised(tmp_path: Path, result: Make) -> None:
    path = tmp_path / "results.json"
    for content, is_it in (
        (json.dumps([result()]), True),
        (json.dumps(result()), True),
        ('{"format": "psi-co web answers"}', False),
        ('"QLANGUAGE",1', False),
    ):
        path.write_text(content)
        assert looks_like_surveyjs(path) == is_it, content
    assert not looks_like_surveyjs(tmp_path / "absent.json")


def test_it_is_registered() -> None:
    assert READERS["surveyjs"] is read_surveyjs
