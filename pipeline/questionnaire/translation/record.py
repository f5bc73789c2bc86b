"""The status of each translation, kept in `translations.csv` beside the questionnaire.

A translation goes through the steps of TRAPD (Harkness 2003): a draft is translated, then reviewed,
then adjudicated. The source that it was made from is kept as a hash, so that a later change shows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Problem, ProblemsFound, nearest
from pipeline.core.formulas import defused, restored
from pipeline.core.yaml_text import YamlText
from pipeline.questionnaire.translation.strings import String, source_hash

STATUSES = ("draft", "reviewed", "adjudicated")
COLUMNS = ("language", "string", "source", "status", "note")
FILE = "translations.csv"


@dataclass(frozen=True)
class Status:
    """How far one translation is: its step, the hash of its source, and a note."""

    source: str
    status: str
    note: str
    line: int = 0


Record = dict[tuple[str, str], Status]


def read_record(folder: Path, shown_as: str) -> Record:
    """Read `translations.csv`: the status of a string by language and name; empty without the file.

    Raises
    ------
    ProblemsFound
        It is no such table, a status is unknown, or a string stands in it twice.
    """
    path, shown = folder / FILE, f"{shown_as}/{FILE}"
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ProblemsFound([Problem(shown, 1, f"not a table in UTF-8: {error}")]) from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ProblemsFound([Problem(shown, 1, f"the columns are not {', '.join(COLUMNS)}")])
    problems = list(_row_problems(rows, shown))
    if problems:
        raise ProblemsFound(problems)
    return {
        (row["language"], row["string"]): Status(
            row["source"], row["status"], restored(row["note"]), line
        )
        for line, row in rows
    }


def _row_problems(rows: Sequence[tuple[int, dict[str, str]]], shown: str) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        if None in row or None in row.values():
            yield Problem(shown, line, "has more or fewer cells than the header")
            continue
        if row["status"] not in STATUSES:
            hint = nearest(row["status"], STATUSES)
            yield Problem(shown, line, f"unknown status '{row['status']}'{hint}")
        first = seen.setdefault((row["language"], row["string"]), line)
        if first != line:
            yield Problem(shown, line, f"{row['string']} stands here twice; first on line {first}")


def record_text(record: Mapping[tuple[str, str], Status], strings: Sequence[String]) -> str:
    """Return `translations.csv`: by language, in the order of the questionnaire."""
    order = {string.name: k for k, string in enumerate(strings)}
    kept = sorted(
        (key for key in record if key[1] in order), key=lambda key: (key[0], order[key[1]])
    )
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key in kept:
        status = record[key]
        writer.writerow([*key, status.source, status.status, defused(status.note)])
    return target.getvalue()


def stale_problems(
    record: Mapping[tuple[str, str], Status],
    strings: Sequence[String],
    text: YamlText,
    languages: Sequence[str],
) -> Iterator[Problem]:
    """Yield a problem for each translation whose source was changed after it was made."""
    base = languages[0]
    for string in strings:
        for language in languages[1:]:
            status = record.get((language, string.name))
            if status and status.source != source_hash(string.texts[base]):
                yield text.problem(
                    (*string.location, language),
                    f"{string.name}: the translation in '{language}' is stale: its source in "
                    f"'{base}' was changed since; 'psico translate export', have it looked at, import",
                )
