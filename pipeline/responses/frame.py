"""The list of invited people, by which a token tells the organisation. No message holds a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.values import Faults, known_codes

FRAME = ("token", "organisation", "language", "level", "gender", "age")
SHOWN_ROWS = 5


def read_frame(path: Path, shown_as: str, questionnaire: Questionnaire) -> pd.DataFrame:
    """Read the sampling frame: one row an invited token, all columns text, empty for unknown.

    Raises
    ------
    UserError
        The file is faulty, a token is missing or stands in it twice, or an organisation is not listed.
    """
    read = read_csv_text(path, shown_as, Responses(), FRAME)
    frame = read.cells.to_pandas()
    _check_tokens(frame["token"], read.lines, shown_as)
    faults = Faults(shown_as, read.lines)
    known_codes(read.cells.column("organisation"), _listed(questionnaire), "organisation", faults)
    faults.raise_any()
    return frame


def with_organisations(
    raw: RawAnswers, frame: pd.DataFrame, shown_as: str, layout: Responses
) -> RawAnswers:
    """Return the answers with the organisation of each token; missing where there is no token.

    Raises
    ------
    UserError
        A token that the frame does not have, and that is none of a test; it is counted, and not shown.
    """
    known = dict(zip(frame["token"], frame["organisation"], strict=True))
    given = [each for each in raw.token if isinstance(each, str) and each]
    strange = sum(each not in known and not layout.is_test(each) for each in given)
    if strange:
        raise UserError(
            f"{shown_as}: {strange} of the answers have a token that is not in it; is it the list of "
            "this survey's participants?"
        )
    return replace(
        raw, organisation=np.array([known.get(each) for each in raw.token], dtype=object)
    )


def _listed(questionnaire: Questionnaire) -> Mapping[str, str]:
    """Return the codes of all organisations of the study, as a reader of codes takes them."""
    sets = (each for each in questionnaire.choices.values() if each.organisations)
    return {code: code for each in sets for code in each.valid_codes}


def _check_tokens(tokens: pd.Series, lines: np.ndarray, shown_as: str) -> None:
    empty = tokens.isna() | tokens.eq("")
    for wrong, what in (
        (empty, "no token"),
        (tokens.duplicated(keep=False) & ~empty, "a token used twice"),
    ):
        rows = lines[wrong.to_numpy()]
        if len(rows):
            listed = ", ".join(map(str, rows[:SHOWN_ROWS])) + (
                ", ..." if len(rows) > SHOWN_ROWS else ""
            )
            raise UserError(f"{shown_as}: {what} (rows: {len(rows)}, namely {listed})")
