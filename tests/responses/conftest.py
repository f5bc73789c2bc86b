"""What the tests of answers share: files with answers to the small study."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.plain_csv import read_plain_csv
from pipeline.study import Study

ROOT = Path(__file__).parents[2]

Row = dict[str, str]
PERSON = {
    "id": "r1",
    "lang": "en",
    "w": "1",
    "ORG": "A1",
    "NEW": "1",
    "TOOLS_pen": "1",
    "TOOLS_app": "0",
    "TOOLS_none": "0",
    "N": "4",
    "WARM": "-2.5",
    "WHY": "because",
    "M1": "1",
    "view2": "2",
    "D1_current": "1",
    "D1_desired": "3",
    "D2_current": "2",
    "D2_desired": "9",
    "S1": "30",
    "S2": "70",
    "HAPPY": "3",
}
SILENT = {name: "" for name in PERSON if name not in {"id", "lang", "w"}}


@pytest.fixture(scope="session")
def person() -> Callable[..., Row]:
    """Return a function that gives the row of someone who answered everything but for changes."""

    def make(**changes: str) -> Row:
        assert set(changes) <= set(PERSON)
        return PERSON | changes

    return make


@pytest.fixture(scope="session")
def silent() -> Callable[..., Row]:
    """Return a function that gives the row of someone who answered nothing but the changes."""

    def make(**changes: str) -> Row:
        assert set(changes) <= set(PERSON)
        return PERSON | SILENT | changes

    return make


def as_csv(rows: list[Row]) -> str:
    """Return rows as CSV text; where all have the id r1, they are numbered."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(PERSON), lineterminator="\n")
    writer.writeheader()
    numbered = len({row["id"] for row in rows}) < len(rows) and {row["id"] for row in rows} == {
        "r1"
    }
    writer.writerows(
        row | {"id": f"r{number}"} if numbered else row for number, row in enumerate(rows, 1)
    )
    return file.getvalue()


@pytest.fixture(scope="session")
def text_of() -> Callable[..., str]:
    """Return a function that gives the CSV text of rows."""
    return lambda *rows: as_csv(list(rows))


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory, study: Study) -> Callable[..., RawAnswers]:
    """Return a function that reads rows, or the bytes or text of a file, with a layout to change."""
    path = tmp_path_factory.mktemp("read") / "answers.csv"

    def reader(*content: Row | str | bytes, **layout: object) -> RawAnswers:
        rows = [each for each in content if isinstance(each, dict)]
        whole = as_csv(rows) if rows or not content else content[0]
        path.write_bytes(whole.encode() if isinstance(whole, str) else bytes(whole))
        changed = study.plan.responses.model_copy(update=layout)
        return read_plain_csv(path, "answers.csv", study.questionnaire, changed)

    return reader
