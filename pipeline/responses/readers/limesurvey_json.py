"""LimeSurvey's JSON export with codes: the same cells as its CSV, null where nothing was shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import CsvTable, check_header, text_content
from pipeline.responses.readers.limesurvey import limesurvey_answers
from pipeline.responses.readers.limesurvey_headings import (
    META,
    known_columns,
    limesurvey_headings,
)
from pipeline.responses.readers.peek import first_text

RESPONSES = "responses"
STARTS = re.compile(r'\s*\{\s*"responses"\s*:')


def looks_like_limesurvey_json(path: Path) -> bool:
    """Say whether a file starts like a JSON export of LimeSurvey."""
    return STARTS.match(first_text(path)) is not None


def read_limesurvey_json(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read LimeSurvey's JSON with codes; row 1 is the first response.

    Raises
    ------
    UserError
        The file is no whole JSON file of LimeSurvey's; and as for its CSV.
    """
    responses = _responses(text_content(path, shown_as, layout.encoding), shown_as)
    header = list(dict.fromkeys(name for response in responses for name in response))
    headings = limesurvey_headings(header, questionnaire, shown_as)
    also = known_columns(questionnaire)
    check_header(header, [*META, *headings.values()], layout, shown_as, also)
    wanted = [name for name in header if name not in layout.ignore]
    cells = {name: _texts(responses, name, shown_as) for name in wanted}
    read = CsvTable(pa.table(cells), np.arange(1, len(responses) + 1))
    return limesurvey_answers(read, headings, shown_as, questionnaire, layout)


def _responses(content: bytes, shown: str) -> list[dict[str, Any]]:
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{shown}: no whole JSON file ({error}); is it cut off?") from None
    responses = whole.get(RESPONSES) if isinstance(whole, dict) else None
    if not isinstance(responses, list):
        raise UserError(f"{shown}: no list of '{RESPONSES}', as LimeSurvey's JSON export has it")
    if not responses:
        raise UserError(f"{shown}: there are no responses in it")
    if not all(isinstance(response, dict) for response in responses):
        raise UserError(f"{shown}: a response is no object of columns and values")
    return [_unwrapped(response) for response in responses]


def _unwrapped(response: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a response; LimeSurvey before version 4 put them under its id."""
    inner = next(iter(response.values()), None)
    return inner if len(response) == 1 and isinstance(inner, dict) else response


def _texts(responses: list[dict[str, Any]], name: str, shown: str) -> pa.ChunkedArray:
    try:
        values = [_text(response.get(name)) for response in responses]
    except TypeError as error:
        raise UserError(f"{shown}: column '{name}': {error}") from None
    return pa.chunked_array([values], pa.string())


def _text(value: object) -> str | None:
    """Return a value as the CSV export writes it: line ends as one character, numbers as digits."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return None if value is None else str(value)
    raise TypeError(f"{str(value)[:40]!r} is neither a text nor a number")
