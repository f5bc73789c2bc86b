"""LimeSurvey's export with codes: pages, tokens and empty answers, and how it can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import UserError
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.clean import clean_answers
from pipeline.responses.completeness import answered_share
from pipeline.responses.decode import decode_answers
from pipeline.responses.frame import read_frame, with_organisations
from pipeline.responses.readers.limesurvey import read_limesurvey
from pipeline.responses.source import read_answers
from pipeline.study import Study, load_study

QUESTIONNAIRE = """\
study: lime
languages: [nl, fr]
title: {nl: a, fr: b}
choices:
  agree:
    options:
      - {code: 1, text: {nl: a, fr: b}}
      - {code: 2, text: {nl: a, fr: b}}
      - {code: 99, text: {nl: a, fr: b}, missing: dont_know}
  tools:
    options:
      - {code: pen, text: {nl: a, fr: b}}
      - {code: app, text: {nl: a, fr: b}}
  orgs:
    organisations: true
sections:
  - id: one
    title: {nl: a, fr: b}
    questions:
      - {code: OK, kind: single, choices: agree, text: {nl: a, fr: b}}
      - {code: HELLO, kind: display, text: {nl: a, fr: b}}
      - code: MAT
        kind: matrix
        choices: agree
        text: {nl: a, fr: b}
        rows:
          - {id: M1, text: {nl: a, fr: b}}
          - {id: M2, text: {nl: a, fr: b}, show: OK == 1}
  - id: two
    title: {nl: a, fr: b}
    questions:
      - {code: TOOLS, kind: multiple, choices: tools, text: {nl: a, fr: b}}
      - {code: N, kind: count, maximum: 50, text: {nl: a, fr: b}}
      - code: DUA
        kind: dual
        choices: agree
        current: {nl: a, fr: b}
        desired: {nl: a, fr: b}
        text: {nl: a, fr: b}
        rows: [{id: D1, text: {nl: a, fr: b}}]
      - {code: ORG, kind: single, choices: orgs, text: {nl: a, fr: b}}
"""
PLAN = """\
seed: 1
responses: {format: limesurvey, file: export.csv, frame: frame.csv}
organisation: {levels: [ORG]}
cleaning:
  consent: {question: OK, code: 1}
  duplicates: {same: [], share: 0.95, answered: 10}
"""
HEADER = (
    "id,submitdate,lastpage,startlanguage,seed,token,startdate,datestamp,OK,HELLO,MAT[M1],MAT[M2],"
    "TOOLS[pen],TOOLS[app],N,DUA[D1][1],DUA[D1][2],ORG,interviewtime,groupTime11,groupTime12"
)
FRAME = "token,organisation,language,level,gender,age\nt1,A,nl,,,\nt2,B,fr,,,\nt3,A,nl,,,\n"
ROWS = [
    row.replace('"d"', '"2026-01-01"')
    for row in (
        '"1","2026-01-01","2","nl","7","t1","d","d","1","","2","99","Y","","3","1","2","B","60","20","40"',
        '"2",,"1","fr","7","t2","d","d","1","","","2",,,,,,,"20","20",',
        '"3",,,"fr","7","t3","d","d",,,,,,,,,,,,,',
    )
]


@pytest.fixture
def lime(tmp_path: Path) -> Study:
    folder = tmp_path / "questionnaires" / "lime"
    folder.mkdir(parents=True)
    (folder / "questionnaire.yaml").write_text(QUESTIONNAIRE)
    (folder / "analysis.yaml").write_text(PLAN)
    (folder / "organisations.csv").write_text("code,name_nl,name_fr\nA,a,a\nB,b,b\n")
    return load_study("lime", tmp_path)


def read(lime: Study, tmp_path: Path, rows: list[str], header: str = HEADER, frame: str = FRAME):
    text = "\ufeff" + "\r\n".join([header, *rows]) + "\r\n\r\n"
    (tmp_path / "export.csv").write_bytes(text.encode("utf-8"))
    (tmp_path / "frame.csv").write_text(frame)
    raw = read_limesurvey(
        tmp_path / "export.csv", "raw/export.csv", lime.questionnaire, lime.plan.responses
    )
    people = read_frame(tmp_path / "frame.csv", "raw/frame.csv", lime.questionnaire)
    return with_organisations(raw, people, "raw/frame.csv", lime.plan.responses)


def decoded(lime: Study, tmp_path: Path, rows: list[str] = ROWS):
    raw = read(lime, tmp_path, rows)
    return decode_answers(raw, lime.questionnaire, lime.plan)


def test_pages_tokens_and_times_are_read(lime, tmp_path):
    raw = read(lime, tmp_path, ROWS)
    assert raw.respondent.tolist() == ["1", "2", "3"]
    assert raw.language.tolist() == ["nl", "fr", "fr"]
    assert raw.pages.tolist() == [2, 1, 0]
    assert raw.organisation.tolist() == ["A", "B", "A"]
    assert raw.seconds[0].tolist() == [20, 40]
    assert np.isnan(raw.seconds[2]).all()


def test_moments_are_read_and_the_day_that_stands_for_none_is_none(lime, tmp_path):
    rows = [
        ROWS[0].replace("2026-01-01", "2026-01-02 09:30:15", 2),
        ROWS[1],
        ROWS[0].replace('"1","2026-01-01"', '"4","1980-01-01 00:00:00"').replace('"t1"', '"t3"'),
    ]
    raw = read(lime, tmp_path, rows)
    assert raw.started.astype(str).tolist() == [
        *("2026-01-02T09:30:15", "2026-01-01T00:00:00", "2026-01-01T00:00:00")
    ]
    assert raw.submitted.astype(str).tolist() == ["2026-01-02T09:30:15", "NaT", "NaT"]
    assert raw.pages.tolist() == [2, 1, 2]  # sent off, though nobody knows when
    header = HEADER.replace("startdate,", "")
    without = [row.replace('"2026-01-01",', "", 1) for row in (ROWS[1],)]
    assert read(lime, tmp_path, without, header).started is None


def test_unseen_empty_and_dont_know_stay_apart(lime, tmp_path):
    answers = decoded(lime, tmp_path)
    assert answers["M1_missing"].tolist()[1:] == ["empty", "unseen"]
    assert answers["M2_missing"].tolist()[0] == "dont_know"
    assert answers["N_missing"].tolist()[1] == "unseen"
    assert answers["TOOLS_pen"].tolist()[0]
    assert not answers["TOOLS_app"].tolist()[0]
    assert answers["D1_desired"].tolist()[0] == 2


def test_the_frame_tells_the_organisation_not_the_answer(lime, tmp_path):
    answers = decoded(lime, tmp_path)
    assert answers["organisation"].tolist() == ["A", "B", "A"]
    assert answers["ORG"].astype("object").tolist()[0] == "B"


def test_a_page_that_was_never_reached_counts_as_not_answered(lime, tmp_path):
    # row 1 answered all of M1, M2, D1 twice; row 2 only M2 of those four
    share = answered_share(read(lime, tmp_path, ROWS).codes, lime.questionnaire)
    assert share.tolist()[:2] == [1, 0.25]


def test_semicolons_are_read_alike(lime, tmp_path):
    rows = [row.replace(",", ";") for row in ROWS]
    raw = read(lime, tmp_path, rows, HEADER.replace(",", ";"))
    assert raw.codes.equals(read(lime, tmp_path, ROWS).codes)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("MAT[M1]", "Matrix [Row 1]", "the column 'Matrix [Row 1]' is unknown"),
        ("MAT[M1]", "MAT[M9]", "the column 'MAT[M1]' is missing; did you mean 'MAT[M9]'?"),
        ("groupTime12", "groupTime11x", "the column 'groupTime11x' is unknown"),
        (",groupTime12", "", "cells, the header has"),
    ],
)
def test_a_wrong_header_is_told(lime, tmp_path, old, new, told):
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, HEADER.replace(old, new))
    assert told in str(error.value)


def test_question_texts_as_headings_say_how_to_export(lime, tmp_path):
    header = HEADER.replace("MAT[M1]", "A b c").replace("MAT[M2]", "D e").replace("OK", "F g")
    with pytest.raises(UserError, match="choose 'Question code' for headings and 'Answer codes'"):
        read(lime, tmp_path, ROWS, header)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"1","","2","99"', '"Ja","","2","99"', "column 'OK': 'Ja' stands for no declared"),
        ('"Y",""', '"Ja",""', "column 'TOOLS[pen]': 'Ja' stands for no declared answer"),
        ('"2","nl"', '"9","nl"', "column 'lastpage': '9' is no page from 0 to 2 (1 row: row 2)"),
        ('"nl"', '"de"', "column 'startlanguage': 'de' stands for no declared answer"),
        ('"3","1","2"', '"51x","1","2"', "column 'N': '51x' is no whole number"),
        ('"1","2026-01-01"', '"1","1/2/2026"', "column 'submitdate': '1/2/2026' is no moment like"),
        ('"t1"', '"t9"', "raw/frame.csv: 1 of the answers have a token that is not in it"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told(lime, tmp_path, old, new, told):
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, [ROWS[0].replace(old, new, 1), *ROWS[1:]])
    assert told in str(error.value)


def test_a_token_twice_in_the_frame_is_told(lime, tmp_path):
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, frame=FRAME + "t1,B,fr,,,\n")
    assert str(error.value) == "raw/frame.csv: a token used twice (rows: 2, namely 2, 5)"


VARIABLES = HEADER.replace("[1]", "_0").replace("[2]", "_1").replace("[", "_").replace("]", "")


def test_headings_can_be_variables_of_expressions(lime, tmp_path):
    assert "DUA_D1_0,DUA_D1_1" in VARIABLES
    raw = read(lime, tmp_path, ROWS, VARIABLES)
    assert raw.codes.equals(read(lime, tmp_path, ROWS).codes)


def test_headings_of_both_sorts_are_not_mixed(lime, tmp_path):
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, VARIABLES.replace("MAT_M1", "MAT[M1]"))
    assert "the column 'MAT_M1' is missing; did you mean 'MAT[M1]'?" in str(error.value)


@pytest.mark.parametrize(
    "heading",
    ["{} question text", "{}. In your unit", "What do y.. [{}]"],
    ids=["full", "code and text", "abbreviated"],
)
def test_headings_with_texts_are_one_error_that_says_how_to_export(lime, tmp_path, heading):
    names = HEADER.split(",")
    header = ",".join(names[:8] + [heading.format(name) for name in names[8:]])
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, header)
    assert str(error.value).count("\n") == 0
    assert "0 of 9 columns of answers are there" in str(error.value)
    assert "choose 'Question code' for headings and 'Answer codes' for answers" in str(error.value)


def test_the_answers_to_another_questionnaire_are_one_error(lime, tmp_path):
    header = HEADER.replace("MAT", "OTHER").replace("DUA", "ELSE").replace("TOOLS", "THINGS")
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, header)
    assert "3 of 9 columns of answers are there" in str(error.value)  # OK, N and ORG
    assert "the headings read 'OTHER[M1]', 'OTHER[M2]', 'THINGS[pen]', ...: if" in str(error.value)
    assert "the answers are those of another questionnaire" in str(error.value)


def test_answer_texts_are_one_error_that_says_how_to_export(lime, tmp_path):
    text = (
        '"1","2026-01-01","2","nl","7","t1",,"d","a","","a","b","Ja","","3","a","b","B","6","2","4"'
    )
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, [text, *ROWS[1:]])
    assert str(error.value).startswith(
        "raw/export.csv: column 'OK' holds 'a', the text of an answer"
    )
    assert "choose 'Question code' for headings and 'Answer codes' for answers" in str(error.value)


def versioned(lime, tmp_path, *versions, **layout):
    rows = [f'{row},"{version}"' for row, version in zip(ROWS, versions, strict=True)]
    changed = lime.plan.responses.model_copy(update=layout)
    text = "\n".join([f"{HEADER},QVERSION", *rows]).replace(',"(null)"', ",")
    (tmp_path / "export.csv").write_text(text)
    (tmp_path / "frame.csv").write_text(FRAME)
    path = tmp_path / "export.csv"
    return read_limesurvey(path, "raw/export.csv", lime.questionnaire, changed)


def test_answers_to_this_version_are_read_and_a_row_that_went_nowhere_has_none(lime, tmp_path):
    version = questionnaire_version(lime.questionnaire)
    assert len(versioned(lime, tmp_path, version, "", "(null)").respondent) == 3


def test_answers_to_another_version_are_refused_unless_it_is_listed(lime, tmp_path):
    version = questionnaire_version(lime.questionnaire)
    with pytest.raises(UserError) as error:
        versioned(lime, tmp_path, version, "0123456789ab", "0123456789ab")
    told = str(error.value)
    assert f"'0123456789ab' is another version of the questionnaire than '{version}'" in told
    assert "(2 rows: row 3, 4)" in told
    assert "list the version under 'versions'" in told
    listed = ("0123456789ab",)
    found = versioned(lime, tmp_path, version, *listed * 2, versions=listed)
    assert len(found.respondent) == 3


def test_the_cells_say_what_was_never_shown(lime, tmp_path):
    unseen = read(lime, tmp_path, ROWS).unseen
    assert "N" not in unseen
    assert unseen["M1"].tolist() == [False, False, True]
    assert unseen["M2"].tolist() == [False, False, True]
    assert unseen["TOOLS_pen"].tolist() == unseen["TOOLS_app"].tolist() == [False, True, True]


def test_an_exclusive_option_switched_the_others_off_though_they_were_shown(lime, tmp_path):
    row = ROWS[0].replace('"Y",""', '"Y",')
    raw = read(lime, tmp_path, [row, *ROWS[1:]])
    assert raw.codes["TOOLS_app"].astype("object").tolist()[0] == "0"
    assert not raw.unseen["TOOLS_app"][0]


def test_a_file_that_lost_the_difference_says_nothing_of_what_was_never_shown(lime, tmp_path):
    unquoted = [row.replace('""', "") for row in ROWS]
    assert read(lime, tmp_path, unquoted).unseen == {}
    quoted = [",".join(cell or '""' for cell in row.split(",")) for row in ROWS]
    raw = read(lime, tmp_path, quoted)
    assert raw.unseen == {}
    assert raw.codes["TOOLS_app"].astype("object").tolist()[0] == "0"
    assert raw.codes["TOOLS_app"].isna().tolist() == [False, True, True]
    assert raw.pages.tolist() == [2, 1, 0]


def test_consent_duplicates_and_breakoffs_are_rejected_in_order(lime, tmp_path):
    again = ROWS[0].replace('"1",', '"4",', 1).replace('"99","Y"', ',"Y"')
    refused = (
        ROWS[0].replace('"1",', '"5",', 1).replace('"t1"', '"t3"').replace('01","1"', '01","2"')
    )
    raw = read(lime, tmp_path, [again, *ROWS, refused])
    found = clean_answers(raw, lime.questionnaire, lime.plan)
    assert found.responses["respondent"].tolist() == ["1"]
    rules = found.rejected.set_index("respondent")["rule"].to_dict()
    assert rules == {"3": "consent", "5": "consent", "4": "duplicates", "2": "completeness"}
    assert found.attrition["rows_before"].tolist() == [5, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1]
    assert "token" not in found.responses


def test_rows_are_near_identical_from_95_percent_of_60_answers_on():
    from pipeline.core.plan import Duplicates
    from pipeline.responses.duplicates import repeats

    base = np.arange(100, dtype=np.int16) % 5
    five_changed, six_changed = base.copy(), base.copy()
    five_changed[:5] += 1
    six_changed[:6] += 1
    rule = Duplicates(share=0.95, answered=60)
    ratings = np.array([base, five_changed, six_changed, np.where(np.arange(100) < 59, base, -1)])
    assert repeats(ratings, np.arange(4), np.zeros(4), rule).tolist() == [False, True, False, False]


def test_the_export_of_psi_co_is_read(tmp_path):
    root = Path(__file__).parents[2]
    raw = root / "data" / "raw" / "psi-co"
    if not raw.is_dir():
        pytest.skip("data/raw/psi-co is not drawn yet")
    study = load_study("psi-co", root)
    found, _ = read_answers(raw, "raw", study.questionnaire, study.plan)
    assert len(found.respondent) > 2500
    assert set(found.organisation) <= {each.code for each in study.organisations}


def test_an_anonymous_survey_has_no_tokens(lime, tmp_path):
    rows = [ROWS[0].replace('"t1",', "")]
    raw = read(lime, tmp_path, rows, HEADER.replace("token,", ""))
    assert raw.respondent.tolist() == ["1"]


def test_a_page_is_a_whole_number(lime, tmp_path):
    with pytest.raises(UserError, match="is no page"):
        read(lime, tmp_path, [ROWS[1].replace('"1","fr"', '"1.5","fr"')])


def test_an_organisation_of_the_frame_that_is_not_listed_is_told(lime, tmp_path):
    with pytest.raises(UserError) as error:
        read(lime, tmp_path, ROWS, frame=FRAME.replace("t2,B", "t2,BX"))
    assert "raw/frame.csv: column 'organisation': 'BX' stands for no declared answer" in str(
        error.value
    )
    assert "(1 row: row 3)" in str(error.value)
