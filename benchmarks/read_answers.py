"""Times reading 100,000 answers to psi-co out of LimeSurvey's export, beside plain readers of CSV.

`python benchmarks/read_answers.py`; aim: 10 s. The rows are those of the simulated psi-co, repeated under
new ids. pandas and pyarrow read the same file in the same run, and check nothing.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.csv

ROOT = Path(__file__).parents[1]
ROWS = 100_000
RECORD_END = b"\r\n"


def repeated(content: bytes, rows: int) -> bytes:
    """Return an export with `rows` rows: those of `content`, again and again, with ids of their own."""
    header, *records = content.strip().split(RECORD_END)
    rest = [record.partition(b",")[2] for record in records]
    made = (b'"%d",%s' % (k + 1, rest[k % len(rest)]) for k in range(rows))
    return RECORD_END.join([header, *made]) + RECORD_END * 2


def show(what: str, work: Callable[[], object], against: str) -> None:
    start = time.perf_counter()
    work()
    print(f"{what:<58} {time.perf_counter() - start:8.2f} s   {against}")


def main() -> None:
    from pipeline.responses.decode import decode_answers
    from pipeline.responses.readers.limesurvey import read_limesurvey
    from pipeline.study import load_study

    study = load_study("psi-co", ROOT)
    asked, plan = study.questionnaire, study.plan
    original = study.paths.raw / plan.responses.file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.csv"
        path.write_bytes(repeated(gzip.decompress(original.read_bytes()), ROWS))
        frame = Path(folder) / plan.responses.frame
        frame.write_bytes((study.paths.raw / plan.responses.frame).read_bytes())
        raw = []
        columns = len(pd.read_csv(path, nrows=1).columns)
        print(f"{ROWS:,} rows, {columns} columns, {path.stat().st_size / 1e6:.0f} MB")
        show("pandas.read_csv, all as text", lambda: pd.read_csv(path, dtype=str), "reference")
        show("pyarrow.csv.read_csv", lambda: pyarrow.csv.read_csv(path), "reference")
        read = lambda: raw.append(read_limesurvey(path, "x", asked, plan.responses))  # noqa: E731
        show("read_limesurvey, checked, with what was never shown", read, "aim 10 s")
        show("decode_answers", lambda: decode_answers(raw[0], asked, plan), "")


if __name__ == "__main__":
    main()
