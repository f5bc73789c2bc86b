"""Writes answers as the programs that psi-co reads from would: CSV, Excel, Parquet, SPSS, Stata."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from random_studies import Sheet

from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire

Cells = dict[str, list[str | None]]


def plain_plan(questionnaire: Questionnaire, **responses: object) -> Plan:
    """Return the least plan with which answers to a questionnaire are read and decoded."""
    layout = {"respondent": "id", "language": "lang", **responses}
    levels = [answer_columns(questionnaire)[0].name]
    return Plan.model_validate_json(
        json.dumps({"seed": 1, "responses": layout, "organisation": {"levels": levels}})
    )


def sheet_cells(questionnaire: Questionnaire, people: Sequence[Sheet]) -> Cells:
    """Return the cells of a plain file by column, in raw values; None for an empty cell."""
    cells: Cells = {
        "id": [sheet.respondent for sheet in people],
        "lang": [sheet.language for sheet in people],
    }
    for column in answer_columns(questionnaire):
        raws = raw_values(column)
        given = [sheet.answers.get(column.name) for sheet in people]
        cells[column.in_csv] = [
            raws.get(code, code) if code is not None else None for code in given
        ]
    return cells


def raw_values(column: AnswerColumn) -> dict[str, str]:
    if column.option or column.item.choices is None:
        return {}
    return {each.code: each.raw or each.code for each in column.item.choices.options}


def typed(cells: Cells) -> pd.DataFrame:
    """Return cells as a program that knows numbers holds them: 3.0 where every cell is a number."""
    return pd.DataFrame({name: _typed(values) for name, values in cells.items()})


def _typed(values: list[str | None]) -> Any:
    given = [each for each in values if each is not None]
    if given and all(str(_number(each)) == each or f"{_number(each):g}" == each for each in given):
        return [float("nan") if each is None else float(each) for each in values]
    return pd.array(values, dtype="str")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def write_csv(cells: Cells, path: Path) -> None:
    pd.DataFrame(cells).to_csv(path, index=False)


def write_excel(cells: Cells, path: Path) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("answers")
        sheet.write_row(0, 0, list(cells))
        for at, values in enumerate(typed(cells).to_dict("list").values()):
            for row, value in enumerate(values, 1):
                if value == value and value is not None:
                    write = sheet.write_string if isinstance(value, str) else sheet.write_number
                    write(row, at, value)


def write_parquet(cells: Cells, path: Path) -> None:
    typed(cells).to_parquet(path)


def write_parquet_texts(cells: Cells, path: Path) -> None:
    pd.DataFrame(cells, dtype="str").astype("category").to_parquet(path)


def write_spss(cells: Cells, path: Path, **options: Any) -> None:
    import pyreadstat

    pyreadstat.write_sav(typed(cells), path, **options)


def write_zsav(cells: Cells, path: Path) -> None:
    write_spss(cells, path, compress=True)


def write_stata(cells: Cells, path: Path, **options: Any) -> None:
    import pyreadstat

    pyreadstat.write_dta(typed(cells), path, **options)


WRITERS: dict[str, tuple[str, Callable[[Cells, Path], None]]] = {
    "csv": ("csv", write_csv),
    "excel": ("excel", write_excel),
    "parquet": ("parquet", write_parquet),
    "parquet of categories": ("parquet", write_parquet_texts),
    "sav": ("spss", write_spss),
    "zsav": ("spss", write_zsav),
    "dta": ("stata", write_stata),
}
