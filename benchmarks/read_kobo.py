"""Times reading 100,000 answers to psi-co out of KoboToolbox's CSV, beside a plain reader of CSV.

`python benchmarks/read_kobo.py`; aim: 10 s. The codes are drawn at random. Excel is timed on a tenth of
the rows.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv

from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.readers.kobo import read_kobo
from pipeline.study import load_study

ROOT = Path(__file__).parents[1]
ROWS = 100_000


def drawn(questionnaire: Questionnaire, rows: int) -> pd.DataFrame:
    """Return an export with groups in its headings, one cell in twenty empty."""
    rng = np.random.default_rng(1)
    cells = {
        f"page_1/group/{column.in_xlsform}": rng.choice(codes(column), rows)
        for column in answer_columns(questionnaire)
    }
    meta = {
        "LANGUAGE": rng.choice(questionnaire.languages, rows),
        "QVERSION": np.repeat(questionnaire_version(questionnaire), rows),
        "_uuid": np.array([f"id-{k}" for k in range(rows)]),
        "_submission_time": np.repeat("2026-11-23T09:20:00", rows),
    }
    return pd.DataFrame({**cells, **meta})


def codes(column: AnswerColumn) -> list[str]:
    item = column.item
    if item.kind in {"count", "number", "shares"}:
        return ["", "0", "7", "20"]
    options = [option.code for option in item.choices.options] if item.choices else ["some words"]
    return [*(["0", "1"] if column.option else options) * 3, ""]


def show(what: str, work: Callable[[], object], against: str) -> None:
    start = time.perf_counter()
    work()
    print(f"{what:<58} {time.perf_counter() - start:8.2f} s   {against}")


def main() -> None:
    questionnaire, layout = load_study("psi-co", ROOT).questionnaire, Responses(format="kobo")
    with tempfile.TemporaryDirectory() as folder:
        table = drawn(questionnaire, ROWS)
        path, book = Path(folder) / "export.csv", Path(folder) / "export.xlsx"
        table.to_csv(path, sep=";", index=False, quoting=1)
        table.head(ROWS // 10).to_excel(book, index=False, engine="xlsxwriter")
        print(f"{ROWS:,} rows, {len(table.columns)} columns, {path.stat().st_size / 1e6:.0f} MB")
        semicolons = pyarrow.csv.ParseOptions(delimiter=";")
        plain = lambda: pyarrow.csv.read_csv(path, parse_options=semicolons)  # noqa: E731
        show("pyarrow.csv.read_csv", plain, "reference")
        show("read_kobo, CSV", lambda: read_kobo(path, "x", questionnaire, layout), "aim 10 s")
        show("read_kobo, Excel, a tenth", lambda: read_kobo(book, "x", questionnaire, layout), "")


if __name__ == "__main__":
    main()
