"""The answers that the web page saves: one JSON file a respondent, a folder of them, or an array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.errors import nearest
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.json_text import (
    JsonSheets,
    in_short,
    json_head,
    raise_any,
    read_json_sheets,
    text_column,
)
from pipeline.responses.readers.values import (
    Faults,
    column_codes,
    known_codes,
    known_languages,
    unique_texts,
)

FORMAT = "psi-co web answers"
FORMAT_VERSION = 1


def read_web(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read what respondents saved from the web page.

    Returns
    -------
    All sheets, in the order of the files and in them. A column that a sheet does not have was never
    shown; null was shown and left empty. The seconds are those in which the page was in front.

    Raises
    ------
    UserError
        A file that is no JSON of the page; another study, or a version of its questionnaire that
        the plan does not name; a column, a section or a code that the questionnaire does not have;
        a respondent who stands there twice.
    """
    sheets = read_json_sheets(path, shown_as)
    columns = answer_columns(questionnaire)
    raise_any(_envelope_faults(sheets, shown_as, questionnaire, layout))
    names = [column.name for column in columns]
    raise_any(_answer_faults(sheets, shown_as, names, layout.ignore))
    answers = [sheet["answers"] for sheet in sheets.objects]
    faults = Faults(shown_as, sheets.places, "sheet")
    codes = {c.name: _codes(answers, c, shown_as, faults) for c in columns}
    respondent = _texts(sheets, "respondent", shown_as)
    language = known_languages(
        _texts(sheets, "language", shown_as), "language", questionnaire.languages, faults
    )
    people = unique_texts(respondent, "respondent", faults)
    faults.raise_any()
    size = len(answers)
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=people,
        language=language,
        weight=np.ones(size),
        source_row=np.arange(1, size + 1),
        pages=_pages(sheets, len(questionnaire.sections)),
        seconds=_seconds(sheets, questionnaire),
        token=np.full(size, None, dtype=object),
        organisation=np.full(size, None, dtype=object),
        unseen={name: np.array([name not in each for each in answers]) for name in names},
    )


def looks_like_web(path: Path) -> bool:
    """Say whether a file is one that the web page saved."""
    return f'"{FORMAT}"'.encode() in json_head(path)


def _envelope_faults(
    sheets: JsonSheets, shown: str, questionnaire: Questionnaire, layout: Responses
) -> Iterator[str]:
    """Yield the first thing that is wrong around the answers of each sheet."""
    versions = (questionnaire_version(questionnaire), *layout.versions)
    for sheet, place in zip(sheets.objects, sheets.places, strict=True):
        fault = _envelope_fault(sheet, questionnaire, versions)
        if fault:
            yield f"{shown}: sheet {place}: {fault}"


def _envelope_fault(
    sheet: Mapping[str, Any], questionnaire: Questionnaire, versions: Sequence[str]
) -> str:
    """Return what is wrong around the answers; the first of `versions` is the questionnaire's own."""
    if sheet.get("format") != FORMAT or sheet.get("format_version") != FORMAT_VERSION:
        return f"is none that psi-co's web page saved ('format' is not '{FORMAT}', version 1)"
    if sheet.get("study") != questionnaire.study:
        return f"is of the study {in_short(sheet.get('study'))}, not of '{questionnaire.study}'"
    if sheet.get("version") not in versions:
        return (
            f"was filled in with version {in_short(sheet.get('version'))} of the questionnaire, and "
            f"this one is '{versions[0]}'; if answers to the two can be compared, list the earlier one "
            "under 'versions' of 'responses' in analysis.yaml"
        )
    for name, (is_right, what) in _PARTS.items():
        if not is_right(sheet.get(name)):
            return f"'{name}' is not {what}"
    if sheet["pages"] > len(questionnaire.sections):
        return f"'pages' is {sheet['pages']}, and there are {len(questionnaire.sections)}"
    sections = [section.id for section in questionnaire.sections]
    strange = [name for name in sheet["seconds"] if name not in sections]
    if strange:
        return f"the section {in_short(strange[0])} is unknown{nearest(strange[0][:40], sections)}"
    return ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_seconds(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each < 1e9
        for each in value.values()
    )


_PARTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "respondent": (lambda value: isinstance(value, str), "a text"),
    "language": (lambda value: isinstance(value, str), "a text"),
    "submitted": (lambda value: value is None or isinstance(value, str), "a text or null"),
    "pages": (_is_whole, "a whole number"),
    "seconds": (_are_seconds, "an object with a number of seconds for each section"),
    "answers": (lambda value: isinstance(value, dict), "an object with the answers"),
}


def _answer_faults(
    sheets: JsonSheets, shown: str, names: Sequence[str], ignored: Sequence[str]
) -> Iterator[str]:
    """Yield a sentence for each column that is unknown, and for each answer that is no text."""
    known = set(names)
    for sheet, place in zip(sheets.objects, sheets.places, strict=True):
        for name, code in sheet["answers"].items():
            where = f"{shown}: sheet {place}: "
            if name not in known and name not in ignored:
                yield f"{where}the column {in_short(name)} is unknown{nearest(name[:40], known)}"
            elif not (code is None or isinstance(code, str)):
                yield f"{where}the answer to '{name}' is {in_short(code)}, and no text"


def _texts(sheets: JsonSheets, name: str, shown: str) -> Any:
    return text_column([sheet[name] for sheet in sheets.objects], shown, name)


def _codes(
    answers: Sequence[Mapping[str, str | None]], column: AnswerColumn, shown: str, faults: Faults
) -> pd.Categorical:
    values = text_column([each.get(column.name) for each in answers], shown, column.name)
    if column.option:
        return known_codes(values, {"0": "0", "1": "1"}, column.name, faults)
    return column_codes(values, column, column.name, faults, raw=False)


def _pages(sheets: JsonSheets, sections: int) -> np.ndarray:
    """Return (n,) how many pages were submitted; all of them where the whole was."""
    done = [sections if each["submitted"] else each["pages"] for each in sheets.objects]
    return np.array(done, dtype=np.int64)


def _seconds(sheets: JsonSheets, questionnaire: Questionnaire) -> np.ndarray:
    sections = [section.id for section in questionnaire.sections]
    rows = [[each["seconds"].get(name, np.nan) for name in sections] for each in sheets.objects]
    return np.array(rows, dtype=float)
