"""Reading a file of answers: what is right comes in as it is, what is wrong is named."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import UserError
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study, load_study

Read = Callable[..., RawAnswers]
Person = Callable[..., dict[str, str]]
TextOf = Callable[..., str]


def refusal(read: Read, *content: object, **layout: object) -> str:
    with pytest.raises(UserError) as refused:
        read(*content, **layout)
    return str(refused.value)


def test_a_file_comes_in_as_it_is(read: Read, person: Person, silent: Person) -> None:
    raw = read(person(id="a", w="0.5"), silent(id="b"))
    assert raw.respondent.tolist() == ["a", "b"]
    assert raw.weight.tolist() == [0.5, 1.0]
    assert raw.language.tolist() == ["en", "en"]
    assert raw.source_row.tolist() == [2, 3]
    first = raw.codes.iloc[0]
    assert first[["ORG", "NEW", "TOOLS_pen", "TOOLS_app"]].tolist() == ["A1", "y", "1", "0"]
    assert first[["N", "WARM", "WHY", "M2", "D2_desired"]].tolist() == [
        "4",
        "-2.5",
        "because",
        "2",
        "9",
    ]
    assert raw.codes.iloc[1].isna().all()


@pytest.mark.parametrize(
    "pack",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: gzip.compress(text[:200].encode()) + gzip.compress(text[200:].encode()),
        lambda text: re.sub(r"([^,\n]+)", r'"\1"', text).encode(),
        lambda text: text.replace(",,", ',"",').encode(),
    ],
    ids=["mark", "windows", "no last end", "gzip", "two gzips", "quoted", "quoted empty"],
)
def test_it_comes_in_the_same_however_it_is_packed(
    read: Read, person: Person, silent: Person, text_of: TextOf, pack: Callable[[str], bytes]
) -> None:
    rows = [person(WHY="é 😀"), silent()]
    plain, packed = read(*rows), read(pack(text_of(*rows)))
    assert packed.codes.astype(object).equals(plain.codes.astype(object))


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("latin-1", ";"), ("utf-16", "\t"), ("utf-8", "|")]
)
def test_another_layout_is_read_where_it_is_declared(
    read: Read, person: Person, text_of: TextOf, encoding: str, delimiter: str
) -> None:
    text = text_of(person(WHY="é")).replace(",", delimiter)
    raw = read(text.encode(encoding), encoding=encoding, delimiter=delimiter)
    assert raw.codes["WHY"].tolist() == ["é"]


def test_columns_come_in_any_order_and_ignored_ones_are_not_read(
    read: Read, person: Person
) -> None:
    row = {"note": "?", **dict(reversed(person().items()))}
    raw = read(",".join(row) + "\n" + ",".join(row.values()) + "\n", ignore=("note",))
    assert raw.codes["M1"].tolist() == ["1"]
    assert "note" not in raw.codes


@pytest.mark.parametrize("text", ["NA", "nan", "null", "None", " x ", "a,b", "a\nb", '"', "=1+1"])
def test_text_answers_are_kept_to_the_letter(read: Read, person: Person, text: str) -> None:
    assert read(person(WHY=text)).codes["WHY"].tolist() == [text]


# ------------------------------------------------------------------------- the file as a whole


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: b"", "answers.csv: the file is empty"),
        (lambda text: b"\n \n", "answers.csv: the file is empty"),
        (lambda text: text.split("\n")[0] + "\n", "there is a header and no row below it"),
        (
            lambda text: gzip.compress(text.encode())[:-9],
            "the compressed file is cut off or damaged; copy or download it again",
        ),
        (lambda text: gzip.compress(text.encode())[:7], "the compressed file is cut off"),
        (lambda text: gzip.compress(text.encode()) + b"more", "the compressed file is cut off"),
        (
            lambda text: text.replace("because", "é").encode("latin-1"),
            "row 2 is not utf-8; it looks like latin-1: save the file as UTF-8, or declare "
            "'encoding: latin-1' under 'responses' in analysis.yaml",
        ),
        (lambda text: text.encode("utf-16"), "row 1 is not utf-8; it looks like utf-16"),
        (lambda text: text.encode("utf-16-be"), "holds NUL characters; it is no CSV text in utf-8"),
        (lambda text: text.replace("because", "be\0cause"), "holds NUL characters"),
        (
            lambda text: text.replace(",", ";"),
            "the header has no ','; the delimiter looks like a semicolon: declare 'delimiter: \";\"'",
        ),
        (lambda text: text.replace(",", "\t"), "the delimiter looks like a tab"),
        (lambda text: text.replace(",", "|"), "the delimiter looks like a vertical bar"),
        (lambda text: text.replace(",M1,", ","), "the column 'M1' is missing"),
        (lambda text: text.replace(",M1,", ",M11,"), "the column 'M1' is missing; did you mean 'M11'?"),
        (
            lambda text: text.replace(",M1,", ",M11,"),
            "the column 'M11' is unknown; did you mean 'M1'?; list it under 'ignore' in analysis.yaml",
        ),
        (lambda text: text.replace(",M1,", ",m1,"), "the column 'm1' is unknown; did you mean 'M1'?"),
        (lambda text: text.replace(",M1,", ",M1,M1,"), "the column 'M1' stands in the header twice"),
        (lambda text: text + "r2,en,1,A1\n", "row 3 has 4 cells, the header has 20 (1 such rows)"),
        (lambda text: text.rstrip("\n") + ",,\n", "row 2 has 22 cells, the header has 20"),
        (lambda text: text[:-30], "cells, the header has 20 (1 such rows); is the file cut off?"),
        (lambda text: text.replace("because", '"because'), "answers.csv: "),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused(
    read: Read, person: Person, text_of: TextOf, spoil: Callable[[str], object], message: str
) -> None:
    assert message in refusal(read, spoil(text_of(person())))


def test_an_absent_file_is_named(study: Study, tmp_path: Path) -> None:
    from pipeline.responses.readers.plain_csv import read_plain_csv

    with pytest.raises(UserError, match=r"a\.csv: the file does not exist"):
        read_plain_csv(tmp_path / "a.csv", "a.csv", study.questionnaire, study.plan.responses)


# --------------------------------------------------------------------------------- its cells


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"M1": "7"}, "column 'M1': '7' stands for no declared answer (1 row: row 3); allowed: 1, 2, 3, 9"),
        ({"M1": "1.0"}, "column 'M1': '1.0' stands for no declared answer"),
        ({"M1": " 1"}, "column 'M1': ' 1' stands for no declared answer"),
        ({"M1": "01"}, "column 'M1': '01' stands for no declared answer"),
        ({"M1": "z" * 99}, f"column 'M1': '{'z' * 20}...' stands for"),
        ({"view2": "7"}, "column 'view2': '7' stands for no declared answer"),
        ({"NEW": "y"}, "column 'NEW': 'y' stands for no declared answer (1 row: row 3); allowed: 1, 2, 7, 8"),
        ({"D1_desired": "4"}, "column 'D1_desired': '4' stands for no declared answer"),
        ({"TOOLS_app": "yes"}, "column 'TOOLS_app': 'yes' stands for no declared answer (1 row: row 3); allowed: 0, 1"),
        ({"ORG": "A2"}, "column 'ORG': 'A2' stands for no declared answer"),
        ({"lang": "nl"}, "column 'lang': 'nl' stands for no declared answer (1 row: row 3); allowed: en"),
        ({"lang": ""}, "column 'lang': an empty cell is no language of the study (1 row: row 3)"),
        ({"N": "1.0"}, "column 'N': '1.0' is no whole number (1 row: row 3)"),
        ({"N": "many"}, "column 'N': 'many' is no whole number"),
        ({"N": "9" * 5000}, "is no whole number"),
        ({"WARM": "1,5"}, "column 'WARM': '1,5' is no number"),
        ({"WARM": "nan"}, "column 'WARM': 'nan' is no number"),
        ({"WARM": "inf"}, "column 'WARM': 'inf' is no number"),
        ({"w": "0"}, "column 'w': '0' is no weight above 0 (1 row: row 3)"),
        ({"w": "-1"}, "column 'w': '-1' is no weight above 0"),
        ({"w": ""}, "column 'w': an empty cell is no weight above 0"),
        ({"w": "inf"}, "column 'w': 'inf' is no weight above 0"),
        ({"w": "nan"}, "column 'w': 'nan' is no weight above 0"),
        ({"w": "heavy"}, "column 'w': 'heavy' is no weight above 0"),
        ({"id": ""}, "column 'id': an empty cell is no row id (1 row: row 3)"),
        ({"id": "a"}, "column 'id': 'a' is a row id used twice (2 rows: row 2, 3)"),
    ],
)  # fmt: skip
def test_a_faulty_cell_is_named_with_its_row(
    read: Read, person: Person, change: dict, message: str
) -> None:
    told = refusal(read, person(id="a"), person(**({"id": "b"} | change)), person(id="c"))
    assert message in told
    assert len(told.splitlines()) == 1


def test_many_faulty_cells_are_counted_and_the_first_are_listed(read: Read, person: Person) -> None:
    rows = [person(M1="1" if i % 3 else f"x{i}") for i in range(30)]
    assert refusal(read, *rows) == (
        "answers.csv: column 'M1': 'x0', 'x3', 'x6', 'x9', 'x12', ... stands for no declared answer "
        "(10 rows: row 2, 5, 8, 11, 14, ...); allowed: 1, 2, 3, 9"
    )


def test_faults_of_several_columns_are_told_at_once(read: Read, person: Person) -> None:
    told = refusal(
        read, person(id="a", M1="7", w="0"), person(id="a", N="x", TOOLS_pen="2", lang="nl")
    )
    assert [line.split("'")[1] for line in told.splitlines()] == [
        *("TOOLS_pen", "N", "M1", "id", "lang", "w")
    ]


def test_faults_of_the_header_are_told_at_once(read: Read, person: Person, text_of: TextOf) -> None:
    text = text_of(person()).replace(",M1,", ",M11,M11,").replace(",w,", ",")
    assert len(refusal(read, text).splitlines()) >= 4  # w and M1 missing, M11 unknown and doubled


def test_the_survey_of_2018_is_read_whole(fevs: Study) -> None:
    from pipeline.responses.clean import clean_answers
    from pipeline.responses.source import read_answers

    raw, source = read_answers(fevs.paths.raw, fevs.paths.shown_raw, fevs.questionnaire, fevs.plan)
    assert len(raw.codes) == 101_881
    assert not source.simulated
    cleaned = clean_answers(raw, fevs.questionnaire, fevs.plan)
    assert len(cleaned.responses) == 101_881
    assert len(cleaned.rejected) == 0
    assert (cleaned.responses["status"] == "complete").all()


# ------------------------------------------------------------------------------------ known bugs


def test_an_unclosed_quote_never_swallows_rows(read: Read, person: Person) -> None:
    names = sorted(person(), key=lambda name: name == "WHY")  # the text comes last
    rows = [person(id="a", WHY='"oops'), person(id="b"), person(id="c")]
    lines = [",".join(row[name] for name in names) for row in rows]
    refusal(read, "\n".join([",".join(names), *lines]) + "\n")


def test_a_header_without_line_end_has_no_row_below_it(
    read: Read, person: Person, text_of: TextOf
) -> None:
    assert "no row below it" in refusal(read, text_of(person()).splitlines()[0])


@pytest.mark.parametrize(
    "spoil", [lambda text: text.replace("\n", "\r"), lambda text: '{"a": "' + "x" * 200_000]
)
def test_what_is_no_csv_is_no_traceback(
    read: Read, person: Person, text_of: TextOf, spoil: Callable[[str], str]
) -> None:
    refusal(read, spoil(text_of(person())))


@pytest.mark.parametrize("change", [{"N": "1_0"}, {"N": "٣"}, {"N": " 5 "}, {"WARM": "0_1"}])
def test_a_number_is_digits(read: Read, person: Person, change: dict) -> None:
    refusal(read, person(**change))


def test_two_faults_of_one_column_are_both_told(read: Read, person: Person) -> None:
    told = refusal(read, person(id="a"), person(id="a"), person(id=""))
    assert "is no row id" in told
    assert "is a row id used twice" in told


@pytest.mark.parametrize(
    "spoil",
    [lambda text: text.replace("\nr2", "\n\n\nr2"), lambda text: text.replace("a;b", '"a\nb"')],
    ids=["empty lines", "line end in a cell"],
)
def test_the_source_row_is_the_line_of_the_file(
    read: Read, person: Person, text_of: TextOf, spoil: Callable[[str], str]
) -> None:
    content = spoil(text_of(person(WHY="a;b"), person()))
    lines = content.split("\n")
    assert [lines[row - 1][:3] for row in read(content).source_row] == ["r1,", "r2,"]


@pytest.mark.parametrize("delimiter", [";", "|", "\t"])
def test_the_advice_on_delimiters_works(
    read: Read, person: Person, text_of: TextOf, small: Callable[..., Path], delimiter: str
) -> None:
    told = refusal(read, text_of(person()).replace(",", delimiter))
    advice = told[told.index("'delimiter: ") + 1 : told.index("' under")]
    root = small(("respondent: id", f"respondent: id, {advice}"))
    assert load_study("small", root).plan.responses.delimiter == delimiter
