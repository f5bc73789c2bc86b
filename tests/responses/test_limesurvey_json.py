"""LimeSurvey's JSON export: the same answers as its CSV, and how a file can be wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.limesurvey_json import read_limesurvey_json
from pipeline.responses.recognise import recognise_format
from pipeline.study import Study

META = {"id": 1, "submitdate": "2026-01-01", "lastpage": 3, "startlanguage": "en", "seed": 7}
ANSWERS = {
    "ORG": "A1", "NEW": "y", "TOOLS[pen]": "Y", "TOOLS[app]": "", "TOOLS[none]": "", "N": 4, "WARM": 2.5,
    "WHY": "so\r\nthere", "M[M1]": "1", "M[M2]": "9", "D[D1][1]": "", "D[D1][2]": "2", "D[D2][1]": "1",
    "D[D2][2]": "2", "S[S1]": "40", "S[S2]": "60", "HAPPY": None,
}  # fmt: skip


@pytest.fixture
def read(study: Study, tmp_path: Path) -> Callable[..., RawAnswers]:
    def reader(content: Any, **layout: Any) -> RawAnswers:
        path = tmp_path / "export.json"
        whole = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(whole)
        asked = Responses(file=path.name, format="limesurvey-json", **layout)
        return read_limesurvey_json(path, "raw/export.json", study.questionnaire, asked)

    return reader


def responses(**changes: Any) -> dict[str, Any]:
    kept = {**META, **ANSWERS, **changes}
    return {"responses": [{name: value for name, value in kept.items() if value is not ...}]}


def test_values_are_read_as_the_csv_has_them(read) -> None:
    raw = read(responses())
    found = raw.codes.astype("object").iloc[0].to_dict()
    assert raw.respondent.tolist() == ["1"]
    assert raw.pages.tolist() == [3]
    assert (found["N"], found["WARM"], found["WHY"]) == ("4", "2.5", "so\nthere")
    assert (found["TOOLS_pen"], found["TOOLS_app"], found["D1_desired"]) == ("1", "0", "2")
    assert raw.unseen["HAPPY"].tolist() == [True]
    assert raw.unseen["D1_current"].tolist() == [False]
    assert raw.source_row.tolist() == [1]


def test_the_file_is_recognised_by_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.txt"
    path.write_text(json.dumps(responses()))
    assert recognise_format(path, "answers.txt") == "limesurvey-json"
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert recognise_format(path, "answers.txt") == "limesurvey-json"


def test_a_response_under_its_id_and_a_packed_file_are_read_alike(read) -> None:
    (response,) = responses()["responses"]
    packed = gzip.compress(json.dumps({"responses": [{"1": response}]}).encode())
    assert read(packed).codes.equals(read(responses()).codes)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"responses": [{"id": 1', "raw/export.json: no whole JSON file"),
        (b"[" * 100_000, "no whole JSON file"),
        (b"   ", "the file is empty"),
        (b'{"responses": []}', "there are no responses in it"),
        (b"[1, 2]", "no list of 'responses', as LimeSurvey's JSON export has it"),
        (b'{"responses": {"id": 1}}', "no list of 'responses'"),
        (b'{"responses": [1]}', "a response is no object of columns and values"),
        (b"\xff\xfe{", "is not utf-8"),
        (b"id,submitdate\n1,2\n", "no whole JSON file"),
        (b'{"surveyid": 1, "responses": null}', "no list of 'responses'"),
    ],
)
def test_a_file_that_is_no_export_is_told(read, content: bytes, told: str) -> None:
    with pytest.raises(UserError) as error:
        read(content)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"NEW": ...}, "the column 'NEW' is missing"),
        ({"Age": "3"}, "the column 'Age' is unknown"),
        ({"NEW": "z"}, "column 'NEW': 'z' stands for no declared answer"),
        ({"NEW": "Yes"}, "column 'NEW' holds 'Yes', the text of an answer and not its code"),
        ({"NEW": True}, "column 'NEW': 'True' is neither a text nor a number"),
        ({"NEW": ["y"]}, "is neither a text nor a number"),
        ({"N": 5.1}, "column 'N': '5.1' is no whole number (1 row: row 1)"),
        ({"lastpage": 9}, "column 'lastpage': '9' is no page from 0 to 3"),
        ({"QVERSION": "0123456789ab"}, "is another version of the questionnaire than"),
    ],
)
def test_a_wrong_response_is_told(read, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as error:
        read(responses(**changes))
    assert told in str(error.value)


def test_a_column_that_is_not_needed_is_left_out(read) -> None:
    assert read(responses(Age=["3"]), ignore=("Age",)).respondent.tolist() == ["1"]


def test_headings_with_texts_say_how_to_export(read) -> None:
    renamed = {f"What about {name}": value for name, value in ANSWERS.items()}
    with pytest.raises(UserError, match="choose 'Question code' for headings and 'Answer codes'"):
        read({"responses": [META | renamed]})
