"""Excel, Parquet, SPSS and Stata files of the small study: what they hold, and what is wrong with them."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from plain_files import WRITERS, write_spss, write_stata

from pipeline.core.errors import UserError
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.decode import decode_answers
from pipeline.responses.files.apart import open_here
from pipeline.responses.files.as_text import text_column, text_of
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS
from pipeline.study import Study, load_study

Cells = dict[str, list[str | None]]
ReadFile = Callable[..., RawAnswers]
LABELS = {"M1": {1: "Disagree", 2: "Neither", 3: "Agree", 9: "Don't know"}}


@pytest.fixture
def rows(person: Callable, silent: Callable) -> Cells:
    """Return the cells of three people: all answered, nothing answered, don't know."""
    people = [
        person(id="a", w="0.5"),
        silent(id="b"),
        person(id="c", M1="9", D2_desired="9", NEW="8"),
    ]
    return {name: [each[name] or None for each in people] for name in people[0]}


@pytest.fixture
def read_file(tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> ReadFile:
    """Return a function that writes cells with a writer, and reads the file in this process."""
    for name in ("spss", "stata", "excel"):
        monkeypatch.setattr(f"pipeline.responses.readers.{name}.open_apart", open_here)

    def read(
        format: str, write: Callable, cells: Any, of: Study = study, **layout: Any
    ) -> RawAnswers:
        write(cells, tmp_path / "answers")
        changed = of.plan.responses.model_copy(update=layout)
        return READERS[format](tmp_path / "answers", "a.x", of.questionnaire, changed)

    return read


def refusal(read_file: ReadFile, *arguments: Any, **layout: Any) -> str:
    with pytest.raises(UserError) as refused:
        read_file(*arguments, **layout)
    return str(refused.value)


@pytest.mark.parametrize("writer", [name for name in WRITERS if name != "csv"])
def test_a_file_says_what_the_csv_says(read_file: ReadFile, rows: Cells, writer: str) -> None:
    csv, other = read_file(*WRITERS["csv"], rows), read_file(*WRITERS[writer], rows)
    assert other.codes.astype(object).equals(csv.codes.astype(object))
    assert other.respondent.tolist() == ["a", "b", "c"]
    assert other.weight.tolist() == [0.5, 1.0, 1.0]
    first = 2 if writer == "excel" else 1
    assert other.source_row.tolist() == [first, first + 1, first + 2]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"M1": ["1", "7", "2"]}, "column 'M1': '7' stands for no declared answer (1 row: row {}); allowed: 1, 2, 3, 9"),
        ({"M1": ["1", "Agree", "2"]}, "column 'M1': 'Agree' stands for no declared answer"),
        ({"N": ["1", "2.5", "3"]}, "column 'N': '2.5' is no whole number"),
        ({"id": ["a", None, "c"]}, "column 'id': an empty cell is no row id (1 row: row {})"),
        ({"w": ["1", None, "2"]}, "column 'w': an empty cell is no weight above 0 (1 row: row {})"),
        ({"lang": ["en", "nl", "en"]}, "column 'lang': 'nl' stands for no declared answer"),
        ({"X": ["1", "2", "3"]}, "the column 'X' is unknown"),
        ({"QVERSION": ["0a", "0b", None]}, "column 'QVERSION': '0a', '0b' is another version of the questionnaire than '"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_alike(
    read_file: ReadFile, rows: Cells, writer: str, change: Cells, told: str
) -> None:
    second = 3 if writer in {"csv", "excel"} else 2
    assert told.format(second) in refusal(read_file, *WRITERS[writer], rows | change)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_missing_column_is_told(read_file: ReadFile, rows: Cells, writer: str) -> None:
    del rows["M1"]
    assert refusal(read_file, *WRITERS[writer], rows) == "a.x: the column 'M1' is missing"


@pytest.mark.parametrize("writer", WRITERS)
def test_no_rows_are_told(read_file: ReadFile, rows: Cells, writer: str) -> None:
    told = refusal(read_file, *WRITERS[writer], {name: [] for name in rows})
    assert "no row" in told


@pytest.mark.parametrize("writer", WRITERS)
def test_this_version_and_those_listed_are_read(
    read_file: ReadFile, rows: Cells, writer: str, study: Study
) -> None:
    version = questionnaire_version(study.questionnaire)
    cells = rows | {"QVERSION": [version, None, "0123456789ab"]}
    raw = read_file(*WRITERS[writer], cells, versions=("0123456789ab",))
    assert len(raw.respondent) == 3


@pytest.mark.parametrize("writer", WRITERS)
def test_a_plan_must_name_the_row_ids(read_file: ReadFile, rows: Cells, writer: str) -> None:
    told = refusal(read_file, *WRITERS[writer], rows, respondent="")
    assert "add 'respondent: NAME' under 'responses' in analysis.yaml" in told


# ------------------------------------------------------------------------------- SPSS and Stata


def labelled(**labels: dict) -> Callable[[Cells, Path], None]:
    return lambda cells, path: write_spss(cells, path, variable_value_labels=LABELS | labels)


def test_value_labels_of_the_questionnaire_are_fine(read_file: ReadFile, rows: Cells) -> None:
    tools = {1: "Pen", 0: "not selected"}
    raw = read_file("spss", labelled(TOOLS_pen=tools, NEW={1: " yes ", 2: "Nee"}), rows)
    assert raw.codes["M1"].tolist() == ["1", float("nan"), "9"] or raw.codes["M1"].isna().sum() == 1


@pytest.mark.parametrize(
    "labels", [{3: "Dis"}, {1: "Completely wrong"}, {1: ""}, {5: "Agree"}, {1.5: "Agree"}]
)
def test_labels_in_other_words_are_fine(read_file: ReadFile, rows: Cells, labels: dict) -> None:
    assert len(read_file("spss", labelled(M1=labels), rows).codes) == 3


def test_two_options_of_one_text_are_no_contradiction(
    small: Callable, read_file: ReadFile, rows: Cells
) -> None:
    study = load_study("small", small(("text: {en: Neither}}", "text: {en: Agree}}")))
    labels = {1: "Disagree", 2: "Agree", 3: "Agree"}
    assert len(read_file("spss", labelled(M1=labels), rows, of=study).codes) == 3


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"M1": {1: "Agree", 3: "Disagree"}}, "column 'M1': 1 is labelled 'Agree', which is 3 in the questionnaire"),
        ({"NEW": {2: "YES"}}, "column 'NEW': 2 is labelled 'YES', which is y in the questionnaire"),
        ({"TOOLS_pen": {1: "App"}}, "column 'TOOLS_pen': 1 is labelled 'App', which is app in the questionnaire"),
        ({"view2": {2: "Agree"}}, "column 'view2': 2 is labelled 'Agree', which is 3"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", ["spss", "stata"])
def test_a_label_of_another_code_is_told(
    read_file: ReadFile, rows: Cells, labels: dict, told: str, format: str
) -> None:
    write = {"spss": write_spss, "stata": write_stata}[format]
    found = refusal(
        read_file,
        format,
        lambda cells, path: write(cells, path, variable_value_labels=labels),
        rows,
    )
    assert told in found
    assert "recode it where it was made, and export it again" in found


def test_a_label_that_spss_cut_is_told_too(
    small: Callable, read_file: ReadFile, rows: Cells
) -> None:
    long = "é" * 100
    study = load_study("small", small(("text: {en: Agree}}", f"text: {{en: {long}}}}}")))
    told = refusal(read_file, "spss", labelled(M1={1: long[:55]}), rows, of=study)
    assert "is labelled 'ééé" in told
    assert len(read_file("spss", labelled(M1={3: long[:55]}), rows, of=study).codes) == 3


def test_a_code_that_both_call_missing_is_kept(read_file: ReadFile, rows: Cells) -> None:
    def write(cells: Cells, path: Path) -> None:
        write_spss(cells, path, missing_ranges={"M1": [9], "NEW": [{"lo": 7, "hi": 8}]})

    raw = read_file("spss", write, rows)
    assert raw.codes["M1"].astype(object).fillna("-").tolist() == ["1", "-", "9"]
    assert raw.codes["NEW"].astype(object).fillna("-").tolist() == ["y", "-", "r"]


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ({"M1": [1]}, "column 'M1': '1' is declared missing in the file, and no missing answer in the questionnaire (1 row: row 1)"),
        ({"N": [{"lo": 3, "hi": 5}]}, "column 'N': '4' is declared missing in the file"),
        ({"WHY": ["because"]}, "column 'WHY': 'because' is declared missing in the file"),
        ({"S1": [30]}, "column 'S1': '30' is declared missing in the file"),
    ],
)  # fmt: skip
def test_an_answer_that_the_file_calls_missing_is_told(
    read_file: ReadFile, rows: Cells, ranges: dict, told: str
) -> None:
    def write(cells: Cells, path: Path) -> None:
        write_spss(cells, path, missing_ranges=ranges)

    assert told in refusal(read_file, "spss", write, rows)


def test_spss_ignores_capitals(read_file: ReadFile, rows: Cells) -> None:
    cells = {
        {"M1": "m1", "view2": "VIEW2", "id": "ID"}.get(name, name): v for name, v in rows.items()
    }
    assert (
        read_file("spss", write_spss, cells | {"Note": ["x"] * 3}, ignore=("NOTE",))
        .codes["M1"]
        .notna()
        .any()
    )
    told = refusal(read_file, "stata", write_stata, cells)
    assert "the column 'm1' is unknown; did you mean 'M1'?" in told


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("M1", "m1"), "the column 'm1' is unknown"),
        (("mone", "Mone"), "the column 'MONE' stands in the header twice"),
    ],
)
def test_two_columns_that_differ_in_capitals_are_told(
    small: Callable, read_file: ReadFile, rows: Cells, names: tuple, told: str
) -> None:
    study = load_study(
        "small", small(("{id: M1, text: {en: First}}", "{id: M1, raw: MONE, text: {en: First}}"))
    )
    if names[0] == "M1":
        study = load_study("small", small())
    cells = {name: values for name, values in rows.items() if name != "M1"}
    cells |= dict.fromkeys(names, rows["M1"])
    assert told in refusal(read_file, "spss", write_spss, cells, of=study)


def test_lettered_missing_values_of_stata_are_codes(
    small: Callable, read_file: ReadFile, rows: Cells
) -> None:
    import pyreadstat

    declared = (
        "{code: s, text: {en: Skipped}, raw: 7, missing: not_asked}",
        '{code: s, text: {en: Skipped}, raw: ".s", missing: not_asked}',
    )
    study = load_study("small", small(declared))

    def write(cells: Cells, path: Path, letter: str = "s") -> None:
        frame = pd.DataFrame({name: values for name, values in cells.items() if name != "NEW"})
        frame["NEW"] = pd.Series([1, letter, 2], dtype=object)
        pyreadstat.write_dta(
            frame,
            path,
            missing_user_values={"NEW": [letter]},
            variable_value_labels={"NEW": {1: "Yes"}},
        )

    raw = read_file("stata", write, rows, of=study)
    assert raw.codes["NEW"].tolist() == ["y", "s", "n"]
    told = refusal(read_file, "stata", lambda cells, path: write(cells, path, "q"), rows, of=study)
    assert "column 'NEW': '.q' stands for no declared answer" in told


# --------------------------------------------------------------------------------------- Excel


def with_sheets(
    cells: Cells, path: Path, *more: tuple[str, list[list[Any]]], top: int = 0, left: int = 0
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("answers")
        for at, (name, values) in enumerate(cells.items(), left):
            sheet.write_column(top, at, [name, *values])
        for name, block in more:
            other = book.add_worksheet(name)
            for row, values in enumerate(block):
                other.write_row(row, 0, values)


def test_texts_in_a_sheet_stay_texts(read_file: ReadFile, rows: Cells) -> None:
    cells = rows | {"WHY": ["007", "=1+1", "1e5"], "id": ["01", "1", "1.0"]}
    raw = read_file(*WRITERS["excel"], cells)
    assert raw.codes["WHY"].tolist() == ["007", "=1+1", "1e5"]
    assert raw.respondent.tolist() == ["01", "1", "1.0"]


def test_blank_rows_and_an_empty_sheet_are_no_matter(
    read_file: ReadFile, rows: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.responses.files.workbook.ROWS_AT_ONCE", 2)
    blank = {name: [values[0], None, None, *values[1:]] for name, values in rows.items()}
    raw = read_file("excel", lambda c, p: with_sheets(c, p, ("empty", [])), blank)
    assert raw.respondent.tolist() == ["a", "b", "c"]
    assert raw.source_row.tolist() == [2, 5, 6]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda c, p: with_sheets(c, p, ("codes", [["x"]])), "the sheets 'answers', 'codes' have cells; leave only the one with answers"),
        (lambda c, p: with_sheets(c, p, top=1), "the first row of the sheet is no header"),
        (lambda c, p: with_sheets({}, p), "the workbook has no cells"),
        (lambda c, p: with_sheets(c, p, left=1), "the column '' is unknown"),
        (lambda c, p: with_sheets(c | {"": ["x", None, None]}, p), "row 2 has cells to the right of the header"),
        (lambda c, p: with_sheets(c | {"M1 ": c["M1"]}, p), "the column 'M1 ' is unknown"),
        (lambda c, p: with_sheets(c | {"WHY": [date(2026, 1, 2), None, None]}, p), "the column 'WHY' holds dates or times"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_no_table_of_answers_is_told(
    read_file: ReadFile, rows: Cells, spoil: Callable, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import functools

    import xlsxwriter

    made = functools.partial(xlsxwriter.Workbook, options={"default_date_format": "yyyy-mm-dd"})
    monkeypatch.setattr(xlsxwriter, "Workbook", made)
    assert told in refusal(read_file, "excel", spoil, rows)


def test_a_doubled_heading_is_told(read_file: ReadFile, rows: Cells) -> None:
    import xlsxwriter

    def write(cells: Cells, path: Path) -> None:
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet().write_row(0, 0, ["M1", "M1"])

    assert "the column 'M1' stands in the header twice" in refusal(read_file, "excel", write, rows)


def test_a_cell_in_error_is_told(read_file: ReadFile, rows: Cells) -> None:
    import xlsxwriter

    def write(cells: Cells, path: Path) -> None:
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write(0, 0, "M1")
            sheet.write_formula(1, 0, "=NA()", None, "#N/A")

    assert "cells in error, such as #N/A" in refusal(read_file, "excel", write, rows)


# ------------------------------------------------------------------------------------- Parquet


def as_parquet(**columns: pa.Array) -> Callable[[Cells, Path], None]:
    def write(cells: Cells, path: Path) -> None:
        import pyarrow.parquet

        table = {name: pa.array(values, pa.string()) for name, values in cells.items()}
        pyarrow.parquet.write_table(pa.table(table | columns), path)

    return write


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, None, 9], pa.int8()),
        pa.array([1, None, 9], pa.uint64()),
        pa.array([1.0, float("nan"), 9.0], pa.float32()),
        pa.array([1.0, None, 9.0], pa.float64()),
        pa.array(["1", "", "9"], pa.large_string()),
        pa.array(["1", "", "9"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), pa.array([9, 1, 55])),
        pa.array([1, None, 9]).cast(pa.decimal128(22, 2)),
    ],
    ids=lambda values: str(values.type),
)
def test_codes_of_any_type_are_the_same_codes(
    read_file: ReadFile, rows: Cells, values: pa.Array
) -> None:
    raw = read_file("parquet", as_parquet(M1=values), rows)
    assert raw.codes["M1"].astype(object).fillna("-").tolist() == ["1", "-", "9"]


def test_categories_that_nobody_chose_are_none(
    read_file: ReadFile, rows: Cells, study: Study
) -> None:
    ages = pd.Categorical(["4", None, "5"], categories=["5", "too many", "4"])
    raw = read_file("parquet", as_parquet(N=pa.array(ages)), rows)
    answers = decode_answers(raw, study.questionnaire, study.plan)
    assert answers["N"].fillna(-1).tolist() == [4, -1, 5]


def test_truth_values_are_ticks(read_file: ReadFile, rows: Cells) -> None:
    raw = read_file("parquet", as_parquet(TOOLS_pen=pa.array([True, None, False])), rows)
    assert raw.codes["TOOLS_pen"].astype(object).fillna("-").tolist() == ["1", "-", "0"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pa.array([date(2026, 1, 2)] * 3), "the column 'M1' holds dates or times"),
        (
            pa.array([[1], [2], [3]]),
            "the column 'M1' holds lists or records; an answer is one value",
        ),
        (pa.array([{"a": 1}] * 3), "the column 'M1' holds lists or records"),
        (pa.array([b"1", b"2", b"\xff"]), "'M1' holds bytes; write them as text"),
    ],
)
def test_what_is_no_answer_is_told(
    read_file: ReadFile, rows: Cells, values: pa.Array, told: str
) -> None:
    assert told in refusal(read_file, "parquet", as_parquet(M1=values), rows)


def test_columns_that_are_not_wanted_may_hold_anything(read_file: ReadFile, rows: Cells) -> None:
    write = as_parquet(when=pa.array([date(2026, 1, 2)] * 3), list=pa.array([[1], [2], [3]]))
    assert len(read_file("parquet", write, rows, ignore=("when", "list")).codes) == 3


# -------------------------------------------------------------------------------- values as text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"), (-0.0, "0"), (2.5, "2.5"), (1e15, "1000000000000000.0"), (float("nan"), None), (float("inf"), "inf"),
        (True, "1"), (False, "0"), (7, "7"), ("", None), ("007", "007"), (None, None), (" ", " "), (0.1, "0.1"),
    ],
)  # fmt: skip
def test_a_value_is_the_text_of_a_csv_file(value: object, text: str | None) -> None:
    assert text_of(value) == text


def test_single_precision_is_read_as_it_was_meant() -> None:
    column = text_column(pa.array([0.1, 2.5, 3.0, None], pa.float32()))
    assert column.to_pylist() == ["0.1", "2.5", "3", None]


def test_a_column_without_a_value_is_empty() -> None:
    assert text_column(pa.array([None, None])).to_pylist() == [None, None]
    assert text_column(pa.chunked_array([], pa.int64())).to_pylist() == []
