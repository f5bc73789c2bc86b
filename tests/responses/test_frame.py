"""The list of invited people: codes or names of organisations, what it may tell, what is told of faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import UserError
from pipeline.responses.frame import read_frame, read_invited
from pipeline.study import Study, load_study

OLD = "responses: {file: answers.csv, respondent: id, language: lang, weight: w}"
PLAN = "responses: {format: limesurvey, file: a.csv, frame: f.csv, in_frame: {NEW: level}}"
GOOD = "token,organisation,language,level\nt1,A1,en,y\nt2,B1,en,n\nt3,ZZ,,\n"


@pytest.fixture
def listed(small: Callable[..., Path]) -> Study:
    return load_study("small", small((OLD, PLAN)))


def read(study: Study, text: str) -> pd.DataFrame:
    path = study.paths.root / "f.csv"
    path.write_text(text, encoding="utf-8")
    return read_frame(path, "raw/f.csv", study.questionnaire, study.plan.responses)


def test_codes_are_read_and_empty_cells_are_unknown(listed: Study) -> None:
    found = read(listed, GOOD)
    assert list(found) == ["token", "organisation", "language", "level"]
    assert found["token"].tolist() == ["t1", "t2", "t3"]
    assert found["level"].astype("object").tolist()[:2] == ["y", "n"]
    assert found.loc[2, ["language", "level"]].isna().all()


def test_an_organisation_may_stand_there_by_its_name(listed: Study) -> None:
    found = read(listed, GOOD.replace("t1,A1", "t1,Alfa").replace("t2,B1", "t2, BETA "))
    assert found["organisation"].tolist() == ["A1", "B1", "ZZ"]


def test_a_name_that_two_organisations_share_is_no_name(small: Callable[..., Path]) -> None:
    study = load_study("small", small((OLD, PLAN), ("B1,Beta,A1", "B1,Alfa,A1")))
    with pytest.raises(UserError, match="'Alfa' stands for no declared answer"):
        read(study, GOOD.replace("t1,A1", "t1,Alfa"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "t2,B1",
            "t2,Betta",
            "raw/f.csv: column 'organisation': 'Betta' stands for no declared answer "
            "(1 row: row 3); did you mean 'Beta'?",
        ),
        ("t2,B1", "t2,B2", "'B2' stands for no declared answer (1 row: row 3); allowed: A1, Alfa"),
        ("en,y", "en,Y", "column 'level': 'Y' stands for no declared answer"),
        ("en,y", "de,y", "column 'language': 'de' stands for no declared answer"),
        ("t2,", "t1,", "raw/f.csv: a token used twice (rows: 2, namely 2, 3)"),
        ("t2,", ",", "raw/f.csv: no token (rows: 1, namely 3)"),
        (",level", ",levle", "the column 'level' is missing; did you mean 'levle'?"),
        (",language,", ",tongue,", "the column 'tongue' is unknown"),
    ],
)
def test_faults_are_told(listed: Study, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        read(listed, GOOD.replace(old, new))
    assert message in str(refused.value)


def test_it_may_tell_who_could_not_be_reached(listed: Study) -> None:
    text = "token,organisation,level,contact\nt1,A1,y,bounced\nt2,B1,n,\nt3,ZZ,,ineligible\n"
    found = read(listed, text)["contact"].astype("object")
    assert found.tolist()[::2] == ["bounced", "ineligible"]
    assert pd.isna(found[1])
    with pytest.raises(UserError, match="'gone' stands for no declared answer"):
        read(listed, text.replace("bounced", "gone"))


def test_a_study_without_a_list_has_none(study: Study) -> None:
    assert read_invited(study.paths.raw, "raw", study.questionnaire, study.plan) is None
