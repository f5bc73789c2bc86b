"""The list of invited people: to whom a token was sent, and what is known of them; none is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.core.errors import UserError
from pipeline.core.plan import Plan, Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.values import Faults, known_codes

PLAIN = Responses()
SHOWN_ROWS = 5
REQUIRED = ("token", "organisation")
OPTIONAL = ("language", "level", "gender", "age", "contact")
CONTACTS = {"bounced": "bounced", "ineligible": "ineligible"}


def read_frame(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses = PLAIN
) -> pd.DataFrame:
    """Read the list of invited people: one row a token.

    Returns
    -------
    `token` and `organisation`, the latter as a code though the file may hold its name; then, where the
    file has them, `language`, `level`, `gender`, `age` as codes of the questions that the plan's
    `in_frame` names, and `contact` (`bounced`: no such address; `ineligible`: works there no more).
    Missing where the file's cell is empty.

    Raises
    ------
    UserError
        The file is faulty, a token is missing or stands in it twice, an organisation is not listed (the
        nearest one is named), a code is none of its question, or a column of `in_frame` is not there.
    """
    needed = [*REQUIRED, *dict.fromkeys(layout.in_frame.values())]
    also = re.compile("|".join(OPTIONAL))
    plain = Responses(file=path.name)
    read = read_csv_text(path, shown_as, plain, needed, also)
    table, faults = read.cells, Faults(shown_as, read.lines)
    tokens = table.column("token").to_pandas()
    _check_tokens(tokens, read.lines, shown_as)
    columns: dict[str, object] = {"token": tokens.astype("object")}
    listed = _listed(questionnaire, table.column("organisation"))
    allowed = {"organisation": listed, "contact": CONTACTS}
    allowed |= _question_codes(questionnaire, layout)
    for name in (*REQUIRED[1:], *OPTIONAL):
        if name in table.column_names:
            columns[name] = known_codes(table.column(name), allowed.get(name), name, faults)
    faults.raise_any()
    return pd.DataFrame(columns)


def read_invited(
    folder: Path, shown_as: str, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame | None:
    """Read the list of invited people of a study as `read_frame` does; None where the plan names none."""
    name = plan.responses.frame
    if not name:
        return None
    return read_frame(folder / name, f"{shown_as}/{name}", questionnaire, plan.responses)


def with_organisations(
    raw: RawAnswers, frame: pd.DataFrame, shown_as: str, layout: Responses
) -> RawAnswers:
    """Return the answers with the organisation of each token; missing where there is no token.

    Raises
    ------
    UserError
        A token that the frame does not have, and that is none of a test; it is counted, and not shown.
    """
    known = dict(zip(frame["token"], frame["organisation"].astype("object"), strict=True))
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


def _question_codes(questionnaire: Questionnaire, layout: Responses) -> dict[str, dict[str, str]]:
    """Return for each column the codes that it may hold."""
    allowed = {"language": {each: each for each in questionnaire.languages}}
    for question, column in layout.in_frame.items():
        choices = questionnaire.items[question].choices
        allowed[column] = {code: code for code in (choices.valid_codes if choices else ())}
    return allowed


def _listed(questionnaire: Questionnaire, values: pa.ChunkedArray) -> dict[str, str]:
    """Return the code of every organisation by its code, and by its name in any language.

    Capitals and spaces in names do not matter; a name that two organisations share is no name.
    """
    sets = [each for each in questionnaire.choices.values() if each.organisations]
    options = [o for each in sets for o in each.options if not o.missing]
    by_name: dict[str, set[str]] = {}
    for option in options:
        for name in option.text.values():
            by_name.setdefault(_plain(name), set()).add(option.code)
    own = {name: next(iter(codes)) for name, codes in by_name.items() if len(codes) == 1}
    spelled = {
        text: own[_plain(text)] for text in values.unique().to_pylist() if _plain(text) in own
    }
    names = {name: o.code for o in options for name in o.text.values() if _plain(name) in own}
    return {**names, **spelled, **{option.code: option.code for option in options}}


def _plain(name: str | None) -> str:
    return " ".join((name or "").casefold().split())
