"""Times the reading of answers, 100,000 people x 250 questions, in every plain format.

`python benchmarks/read_plain_answers.py`. The files are made first, which takes longer than reading them.
Excel is timed on a tenth of the rows.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.clean import clean_answers
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS


def questionnaire(questions: int) -> Questionnaire:
    """Return one organisation question and `questions` - 1 rows of a matrix."""
    rows = [{"id": f"Q{k}", "text": {"en": "a"}} for k in range(questions - 1)]
    options = [{"code": str(k), "text": {"en": str(k)}} for k in range(1, 6)]
    unknown = {"code": "99", "text": {"en": "Don't know"}, "missing": "dont_know"}
    one = {"code": "ORG", "kind": "single", "choices": "orgs", "text": {"en": "a"}}
    grid = {"code": "M", "kind": "matrix", "choices": "agree", "text": {"en": "a"}, "rows": rows}
    named = [{"code": code, "text": {"en": code}} for code in ("A", "B", "C")]
    declared = {
        "study": "many",
        "languages": ["en"],
        "title": {"en": "a"},
        "choices": {"agree": {"options": [*options, unknown]}, "orgs": {"options": named}},
        "sections": [{"id": "one", "title": {"en": "a"}, "questions": [one, grid]}],
    }
    return Questionnaire.model_validate_json(json.dumps(declared))


def answers(people: int, questions: int) -> pd.DataFrame:
    """Return answers as numbers with gaps, one in fifty empty, the organisation as text."""
    rng = np.random.default_rng(1)
    codes = np.array([1, 2, 3, 4, 5, 99, np.nan])
    drawn = codes[rng.choice(7, size=(people, questions - 1), p=[0.19] * 5 + [0.03, 0.02])]
    frame = pd.DataFrame(drawn, columns=[f"Q{k}" for k in range(questions - 1)])
    frame.insert(0, "ORG", rng.choice(["A", "B", "C"], people))
    frame.insert(0, "id", [f"r{k}" for k in range(people)])
    return frame


def write(frame: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Write the answers in every format."""
    import pyreadstat

    files = {name: folder / name for name in ("csv", "parquet", "spss", "stata")}
    frame.astype(dict.fromkeys(frame.columns[2:], "Int64")).to_csv(files["csv"], index=False)
    frame.to_parquet(files["parquet"])
    pyreadstat.write_sav(frame, files["spss"])
    pyreadstat.write_dta(frame, files["stata"])
    return files


def write_excel(frame: pd.DataFrame, path: Path) -> None:
    """Write the answers as a workbook, row by row."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(frame.columns))
        for at, row in enumerate(frame.itertuples(index=False, name=None), 1):
            sheet.write_row(at, 0, ["" if cell != cell else cell for cell in row])


PLAN = Plan.model_validate_json(
    json.dumps({"seed": 1, "responses": {"respondent": "id"}, "organisation": {"levels": ["ORG"]}})
)


def timed(name: str, path: Path, asked: Questionnaire, what: str) -> RawAnswers:
    """Read a file, show how long it took, and return what was read."""
    start, busy = time.perf_counter(), processor_seconds()
    raw = READERS[name](path, name, asked, PLAN.responses)
    took, busy = time.perf_counter() - start, processor_seconds() - busy
    size = path.stat().st_size / 1e6
    print(f"{what:<44} {took:8.2f} s   {busy:8.2f} s of processor   {size:7.1f} MB")
    return raw


def processor_seconds() -> float:
    """Return what this process and those that it started have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        asked, frame = questionnaire(250), answers(100_000, 250)
        for name, path in write(frame, folder).items():
            timed(name, path, asked, f"{name}, 100,000 x 250 (aim 10 s)")
        write_excel(frame.head(10_000), folder / "excel")
        timed("excel", folder / "excel", asked, "excel, 10,000 x 250")
        asked, path = questionnaire(100), folder / "million"
        answers(1_000_000, 100).to_parquet(path)
        start = time.perf_counter()
        raw = timed("parquet", path, asked, "parquet, 1,000,000 x 100")
        clean_answers(decode_answers(raw, asked, PLAN), asked, PLAN)
        print(f"{'read, decoded, cleaned (aim 15 s)':<44} {time.perf_counter() - start:8.2f} s")


if __name__ == "__main__":
    main()
