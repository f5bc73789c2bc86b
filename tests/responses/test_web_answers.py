"""What the web page saved: one file, a folder, an array, and how each of them can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.core.errors import UserError
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.readers import READERS, json_text
from pipeline.responses.readers.web import looks_like_web, read_web
from pipeline.study import Study

Saved = dict[str, Any]
Make = Callable[..., Saved]
ANSWERS = {"ORG": "A1", "NEW": "y", "N": "4", "WHY": "because", "M1": "1", "M2": None}


@pytest.fixture
def sheet(study: Study) -> Make:
    """Return a function that gives what the page saves for someone, with changes."""

    def make(**changes: Any) -> Saved:
        return {
            "format": "psi-co web answers",
            "format_version": 1,
            "study": "small",
            "version": questionnaire_version(study.questionnaire),
            "respondent": "0123456789abcdef0123",
            "language": "en",
            "started": "2026-11-21T10:00:00.000Z",
            "submitted": None,
            "pages": 2,
            "seconds": {"facts": 12.5, "views": 3},
            "answers": ANSWERS,
        } | changes

    return make


@pytest.fixture
def read(tmp_path: Path, study: Study) -> Callable[..., Any]:
    """Return a function that reads a text, bytes, or values as JSON, from one file."""

    def reader(content: Any, **layout: Any) -> Any:
        path = tmp_path / "saved.json"
        as_bytes = content if isinstance(content, bytes) else None
        text = content if isinstance(content, str) else json.dumps(content) if not as_bytes else ""
        path.write_bytes(as_bytes or text.encode("utf-8", "surrogatepass"))
        changed = study.plan.responses.model_copy(update=layout)
        return read_web(path, "saved.json", study.questionnaire, changed)

    return reader


def refusal(read: Callable[..., Any], content: Any, **layout: Any) -> str:
    with pytest.raises(UserError) as refused:
        read(content, **layout)
    return str(refused.value)


def test_unseen_empty_and_answered_stay_apart(read, sheet: Make, study: Study) -> None:
    raw = read(sheet())
    table = decode_answers(raw, study.questionnaire, study.plan).iloc[0]
    assert (table["N"], table["WHY"], table["M1"]) == (4, "because", 1)
    assert table["M2_missing"] == "empty"
    assert table["WARM_missing"] == "unseen"  # its page was submitted, and it was not on it
    assert table["HAPPY_missing"] == "unseen"
    assert raw.pages.tolist() == [2]
    assert raw.seconds[0, :2].tolist() == [12.5, 3]
    assert np.isnan(raw.seconds[0, 2])
    assert raw.organisation.tolist() == [None]
    assert table["organisation"] == "A1"


def test_who_submitted_the_whole_submitted_every_page(read, sheet: Make) -> None:
    assert read(sheet(submitted="2026-11-21T10:20:00.000Z")).pages.tolist() == [3]


def test_an_array_is_read_in_its_order(read, sheet: Make) -> None:
    raw = read([sheet(respondent="b"), sheet(respondent="a")])
    assert raw.respondent.tolist() == ["b", "a"]
    assert raw.source_row.tolist() == [1, 2]


def test_a_folder_is_read_in_the_order_of_its_names(
    tmp_path: Path, sheet: Make, study: Study
) -> None:
    for name, content in {
        "2.json": sheet(respondent="b"),
        "1.json": sheet(respondent="a"),
        "3.json": [sheet(respondent="c"), sheet(respondent="d")],
        "notes.txt": "nothing",
        ".4.json": "hidden",
    }.items():
        (tmp_path / name).write_text(json.dumps(content))
    raw = read_web(tmp_path, "folder", study.questionnaire, study.plan.responses)
    assert raw.respondent.tolist() == ["a", "b", "c", "d"]


def test_faults_in_a_folder_name_the_file(tmp_path: Path, sheet: Make, study: Study) -> None:
    (tmp_path / "1.json").write_text(json.dumps(sheet(respondent="a")))
    (tmp_path / "2.json").write_text(json.dumps(sheet(answers={"M1": "7"})))
    with pytest.raises(UserError) as refused:
        read_web(tmp_path, "folder", study.questionnaire, study.plan.responses)
    assert str(refused.value) == (
        "folder: column 'M1': '7' stands for no declared answer (1 sheet: sheet 2.json)"
        "; allowed: 1, 2, 3, 9"
    )
    (tmp_path / "2.json").write_text("{")
    with pytest.raises(UserError, match=r"folder/2\.json:1: is no JSON"):
        read_web(tmp_path, "folder", study.questionnaire, study.plan.responses)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": "other"}, "sheet 1: is none that psi-co's web page saved"),
        ({"format_version": 2}, "sheet 1: is none that psi-co's web page saved"),
        ({"study": "psi-co"}, "sheet 1: is of the study \"psi-co\", not of 'small'"),
        ({"version": "0123456789ab"}, 'was filled in with version "0123456789ab"'),
        ({"pages": 4}, "'pages' is 4, and there are 3"),
        ({"pages": -1}, "'pages' is not a whole number"),
        ({"pages": True}, "'pages' is not a whole number"),
        ({"pages": 1.5}, "'pages' is not a whole number"),
        ({"seconds": {"fact": 1}}, "the section \"fact\" is unknown; did you mean 'facts'?"),
        ({"seconds": {"facts": "1"}}, "'seconds' is not an object with a number of seconds"),
        ({"seconds": {"facts": -1}}, "'seconds' is not an object with a number of seconds"),
        ({"seconds": None}, "'seconds' is not an object with a number of seconds"),
        ({"answers": []}, "'answers' is not an object with the answers"),
        ({"submitted": 1}, "'submitted' is not a text or null"),
        ({"respondent": 7}, "'respondent' is not a text"),
        ({"respondent": ""}, "column 'respondent': an empty cell is no row id"),
        ({"language": "nl"}, "column 'language': 'nl' stands for no declared answer"),
        ({"language": ""}, "column 'language': an empty cell is no language of the study"),
        ({"answers": {"M11": "1"}}, "the column \"M11\" is unknown; did you mean 'M1'?"),
        ({"answers": {"M1": 1}}, "the answer to 'M1' is 1, and no text"),
        ({"answers": {"M1": ["1"]}}, "the answer to 'M1' is [\"1\"], and no text"),
        ({"answers": {"TOOLS_pen": "Y"}}, "column 'TOOLS_pen': 'Y' stands for no declared answer"),
        ({"answers": {"N": "1.5"}}, "column 'N': '1.5' is no whole number"),
        ({"answers": {"S1": "101 %"}}, "column 'S1': '101 %' is no number"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_told(
    read, sheet: Make, changes: dict[str, Any], told: str
) -> None:
    assert told in refusal(read, sheet(**changes))


def test_earlier_versions_that_the_plan_names_are_read(read, sheet: Make) -> None:
    old = sheet(version="0123456789ab")
    assert read(old, versions=("0123456789ab",)).respondent.tolist() == ["0123456789abcdef0123"]
    assert "under 'versions' of 'responses'" in refusal(read, old)


def test_columns_that_the_plan_ignores_are_not_read(read, sheet: Make) -> None:
    raw = read(sheet(answers={"GONE": "1"}), ignore=("GONE",))
    assert "GONE" not in raw.codes


def test_one_person_in_two_files_is_told(read, sheet: Make) -> None:
    told = refusal(read, [sheet(), sheet()])
    assert "'0123456789abcdef0123' is a row id used twice (2 sheets: sheet 1, 2)" in told


def test_many_faults_are_told_in_a_few_lines(read, sheet: Make) -> None:
    told = refusal(read, sheet(answers={f"X{k}": "1" for k in range(1000)}))
    assert len(told.splitlines()) == 11
    assert told.endswith("... and more like these")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "saved.json: the file is empty"),
        (" \n", "saved.json: the file is empty"),
        ('{"format": ', "saved.json:1: is no JSON (expecting value, column 12); is the file cut off"),
        ("id,M1\n1,2\n", "saved.json:1: is no JSON"),
        ("[]", "saved.json: the array is empty"),
        ("3", "saved.json: sheet 1 is 3, and no object"),
        ("[{}, null]", "saved.json: sheet 2 is null, and no object"),
        ('{"a": 1, "a": 2}', "saved.json: 'a' stands twice in one object"),
        ('{"a": NaN}', "saved.json: holds NaN, which is no JSON"),
        ('{"a": -Infinity}', "saved.json: holds -Infinity, which is no JSON"),
        ("[" * 100_000, "saved.json: is nested too deep"),
        ('{"a":' * 100_000, "saved.json: is nested too deep"),
        ("9" * 5000, "saved.json: holds a number with thousands of digits"),
        (b"\x89PNG\r\n\x1a\n\xff", "saved.json: is not UTF-8 but something else"),
        ("{}".encode("utf-16"), "saved.json: is not UTF-8 but utf-16"),
        (b"\x00\x01", "saved.json:1: is no JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_told(read, content: Any, told: str) -> None:
    assert refusal(read, content).startswith(told)


def test_half_a_character_is_told(read, sheet: Make) -> None:
    told = refusal(read, sheet(answers={"WHY": "a\ud83d"}))
    assert told == "saved.json: 'WHY' holds half a character (a lone surrogate)"
    assert "\\ud83d" in refusal(read, sheet(answers={"\ud83d": "1"}))


def test_a_file_that_is_too_large_is_told(read, sheet: Make, monkeypatch) -> None:
    monkeypatch.setattr(json_text, "MAXIMUM_BYTES", 100)
    assert refusal(read, sheet()) == "saved.json: larger than 0 MB"


@pytest.mark.parametrize("name", ["absent.json", "empty"])
def test_what_is_not_there_is_told(tmp_path: Path, study: Study, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"does not exist|holds no file"):
        read_web(tmp_path / name, name, study.questionnaire, study.plan.responses)


def test_the_page_is_recognised_by_what_it_saves(tmp_path: Path, sheet: Make) -> None:
    path = tmp_path / "saved.json"
    for content, is_it in (
        (json.dumps(sheet()), True),
        ("\ufeff" + json.dumps([sheet()], indent=1), True),
        ('{"responses": []}', False),
        ("id,a\n1,psi-co web answers", False),
        ("", False),
    ):
        path.write_text(content, encoding="utf-8")
        assert looks_like_web(path) == is_it, content
    assert not looks_like_web(tmp_path / "absent")
    assert not looks_like_web(tmp_path)


def test_it_is_registered() -> None:
    assert READERS["web"] is read_web
