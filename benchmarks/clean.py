"""Times reading a CSV of 1,000,000 x 100 ratings, cleaning it, and measuring every careless index.

`python benchmarks/clean.py [ROWS]`; aims: 60 s and 4 GB for all of it, 15 s for cleaning without indices.
Processor seconds stand beside those on the wall: other work on the machine slows only the latter.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does

import numpy as np

ROWS = 1_000_000
SCALES, ITEMS = 20, 5
DEMOGRAPHICS = {"ORG": 50, "TONGUE": 3, "LEVEL": 4, "GENDER": 3, "AGE": 5}
ANSWERS = np.array(["1", "2", "3", "4", "5", "99", ""])


def questionnaire() -> str:
    def one(text: str) -> str:
        return f"{{en: {text}}}"

    def options(codes: list[str]) -> str:
        return "".join(f"      - {{code: {code}, text: {one(code + 'x')}}}\n" for code in codes)

    choices = "".join(
        f"  {name.lower()}:\n    nominal: true\n    options:\n"
        + options([f"{name[0]}{k}" for k in range(count)])
        for name, count in DEMOGRAPHICS.items()
    )
    pages = "".join(
        f"  - id: page{k}\n    title: {one('Page')}\n    questions:\n"
        f"      - code: M{k}\n        kind: matrix\n        choices: agree\n"
        f"        text: {one('Matrix')}\n        rows:\n"
        + "".join(
            f"          - {{id: Q{k}i{i}, text: {one('Item')}}}\n" for i in range(1, ITEMS + 1)
        )
        for k in range(SCALES)
    )
    who = "".join(
        f"      - {{code: {name}, kind: single, choices: {name.lower()}, text: {one('Who')}}}\n"
        for name in DEMOGRAPHICS
    )
    scales = "".join(
        f"  s{k}:\n    name: {one('Scale')}\n    needed: 3\n    reversed: [Q{k}i{ITEMS}]\n"
        f"    items: [{', '.join(f'Q{k}i{i}' for i in range(1, ITEMS + 1))}]\n"
        for k in range(SCALES)
    )
    return (
        f"study: many\nlanguages: [en]\ntitle: {one('Many')}\nchoices:\n  agree:\n    options:\n"
        + options(["1", "2", "3", "4", "5"])
        + f"      - {{code: 99, text: {one('Unsure')}, missing: dont_know}}\n{choices}"
        + f"sections:\n{pages}  - id: who\n    title: {one('You')}\n    questions:\n{who}"
        + f"scales:\n{scales}"
    )


PLAN = """\
seed: 1
responses: {file: answers.csv, respondent: id}
organisation: {levels: [ORG]}
cleaning:
  duplicates: {same: [TONGUE, LEVEL, GENDER, AGE]}
careless: {choices: agree}
"""


def write_answers(path: Path, rows: int) -> None:
    """Draw ratings with 3 % empty and 4 % don't know; one in a hundred people answers at random."""
    import pyarrow as pa
    import pyarrow.csv

    rng = np.random.default_rng(1)
    columns: dict[str, object] = {"id": np.arange(1, rows + 1).astype(str)}
    general = 0.5 * rng.normal(size=rows).astype(np.float32)
    careless = rng.random(rows) < 0.01
    for scale in range(SCALES):
        trait = general + rng.normal(size=rows).astype(np.float32)
        for item in range(1, ITEMS + 1):
            sign = -1 if item == ITEMS else 1
            own = 0.9 * rng.normal(size=rows).astype(np.float32)
            place = np.clip(np.rint(2 + sign * 0.8 * trait + own), 0, 4).astype(np.int8)
            place[careless] = rng.integers(0, 5, careless.sum())
            drawn = rng.random(rows)
            place[drawn < 0.04] = 5
            place[(drawn >= 0.04) & (drawn < 0.07)] = 6
            columns[f"Q{scale}i{item}"] = ANSWERS[place]
    for name, count in DEMOGRAPHICS.items():
        codes = np.array([f"{name[0]}{k}" for k in range(count)])
        columns[name] = codes[rng.integers(0, count, rows)]
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="none"))


def timed(what: str, aim: str, work: Callable[[], Any]) -> Any:
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    took, busy = time.perf_counter() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:<46} {took:7.1f} s {busy:7.1f} s of processor {memory:6.2f} GB at most   {aim}")
    return result


def main(rows: int) -> None:
    from pipeline.responses.clean import clean_answers
    from pipeline.responses.readers import READERS
    from pipeline.study import load_study

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        own = root / "questionnaires" / "many"
        own.mkdir(parents=True)
        (own / "questionnaire.yaml").write_text(questionnaire(), encoding="utf-8")
        (own / "analysis.yaml").write_text(PLAN, encoding="utf-8")
        path = root / "answers.csv"
        drawing = get_context("spawn").Process(target=write_answers, args=(path, rows))
        drawing.start()  # apart, so that its memory is not counted
        drawing.join()
        study = load_study("many", root)
        asked, plan = study.questionnaire, study.plan
        began = time.process_time()
        raw = timed(
            f"read CSV, {rows:,} x 100",
            "",
            lambda: READERS["csv"](path, path.name, asked, plan.responses),
        )
        read = time.process_time()
        without = plan.model_copy(update={"careless": None})
        timed("clean, no indices", "aim 15 s", lambda: clean_answers(raw, asked, without))
        middle = time.process_time()
        found = timed("clean, all indices", "", lambda: clean_answers(raw, asked, plan))
        whole = read - began + time.process_time() - middle
        print(f"read, cleaned, all indices: {whole:.1f} s of processor, aim 60 s and 4 GB")
        print(found.attrition[["rule", "rejected", "flagged"]].to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
