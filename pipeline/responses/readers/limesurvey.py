"""LimeSurvey's CSV export with question codes and answer codes, and the frame of invited people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import UserError
from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.csv_text import read_csv_text
from pipeline.responses.readers.peek import header_cells
from pipeline.responses.readers.values import (
    Faults,
    column_codes,
    known_codes,
    known_languages,
    unique_texts,
)

FULL_HEADINGS = ("Response ID Date submitted", "Antwoord ID Datum", "ID de la réponse Date")
META = ("id", "submitdate", "lastpage", "startlanguage")
OTHERS = re.compile(
    r"token|seed|startdate|datestamp|ipaddr|refurl|interviewtime|groupTime\d+|\w+Time"
)
PAGE_TIME = re.compile(r"groupTime\d+")
NOT_TICKED = "(shown and not ticked)"
FRAME = ("token", "organisation", "language", "level", "gender", "age")


def looks_like_limesurvey(path: Path) -> bool:
    """Say whether a file is a CSV export of LimeSurvey, however its headings are worded."""
    header = header_cells(path)
    return {"lastpage", "startlanguage"} <= set(header) or any(
        " ".join(header[:4]).startswith(words) for words in FULL_HEADINGS
    )


def read_limesurvey(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read LimeSurvey's CSV with codes (`,` or `;`), and the frame that lies beside it.

    Returns
    -------
    All rows of the file. A page counts as submitted up to `lastpage`, and all of them where there is a
    `submitdate`. The organisation is that of the token's row in the frame.

    Raises
    ------
    UserError
        As for a plain CSV; also headings that are question texts instead of codes, and a token that
        the frame does not have.
    """
    columns = answer_columns(questionnaire)
    displays = [q.code for s in questionnaire.sections for q in s.questions if q.kind == "display"]
    wanted = [*META, *(column.in_limesurvey for column in columns)]
    read = read_csv_text(path, shown_as, layout, wanted, _is_known(displays), _hint)
    table, faults = read.cells, Faults(shown_as, read.lines)
    codes = {c.name: _codes(table.column(c.in_limesurvey), c, faults) for c in columns}
    respondent = unique_texts(table.column("id"), "id", faults)
    language = known_languages(
        table.column("startlanguage"), "startlanguage", questionnaire.languages, faults
    )
    pages = _pages(table, len(questionnaire.sections), faults)
    faults.raise_any()
    token = _tokens(table)
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=respondent,
        language=language,
        weight=np.ones(table.num_rows),
        source_row=read.lines,
        pages=pages,
        seconds=_seconds(table, questionnaire, shown_as),
        token=token,
        organisation=_organisations(token, path, shown_as, layout, _listed(questionnaire)),
    )


def _is_known(displays: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of columns that are kept out of the answers, or used apart from them."""
    return re.compile("|".join([OTHERS.pattern, *map(re.escape, displays)]))


def _hint(header: Sequence[str]) -> str:
    """Say how to export properly, where headings look like texts."""
    if sum(" " in column for column in header) < 3:
        return ""
    return (
        "\nThe headings look like question texts. In LimeSurvey's export choose 'Question code' for "
        "headings and 'Answer codes' for answers."
    )


def _codes(values: pa.ChunkedArray, column: AnswerColumn, faults: Faults) -> pd.Categorical:
    if column.option:
        seen = pc.if_else(pc.equal(values, ""), NOT_TICKED, values)
        return known_codes(seen, {"Y": "1", NOT_TICKED: "0"}, column.in_limesurvey, faults)
    return column_codes(values, column, column.in_limesurvey, faults, raw=False)


def _tokens(table: pa.Table) -> np.ndarray:
    """Return (n,) the token of each row; an anonymous survey has none."""
    if "token" not in table.column_names:
        return np.full(table.num_rows, None, dtype=object)
    return np.asarray(table.column("token").to_pandas(), dtype=object)


def _pages(table: pa.Table, sections: int, faults: Faults) -> np.ndarray:
    """Return (n,) how many pages were submitted."""
    last = table.column("lastpage")
    number = pd.to_numeric(last.to_pandas(), errors="coerce")
    wrong = (number.isna() & last.to_pandas().notna()) | (number > sections) | (number < 0)
    wrong |= number.mod(1) > 0
    faults.note("lastpage", wrong.to_numpy(), last, f"is no page from 0 to {sections}")
    submitted = table.column("submitdate").to_pandas().fillna("").ne("").to_numpy()
    return np.where(submitted, sections, number.fillna(0).to_numpy()).astype(np.int64)


def _seconds(table: pa.Table, questionnaire: Questionnaire, shown: str) -> np.ndarray:
    times = [name for name in table.column_names if PAGE_TIME.fullmatch(name)]
    if not times:
        return np.full((table.num_rows, len(questionnaire.sections)), np.nan)
    if len(times) != len(questionnaire.sections):
        raise UserError(
            f"{shown}: {len(times)} page times (groupTime...) for {len(questionnaire.sections)} pages"
        )
    columns = [pd.to_numeric(table.column(name).to_pandas(), errors="coerce") for name in times]
    return np.column_stack([column.to_numpy(dtype=float) for column in columns])


def _listed(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the codes of all organisations of the study, as a reader of codes takes them."""
    sets = (each for each in questionnaire.choices.values() if each.organisations)
    return {code: code for each in sets for code in each.valid_codes}


def _organisations(
    token: np.ndarray, path: Path, shown: str, layout: Responses, listed: Mapping[str, str]
) -> np.ndarray:
    """Return (n,) the organisation of each token in the frame; missing without frame or token."""
    if not layout.frame:
        return np.full(len(token), None, dtype=object)
    frame_path = path.with_name(layout.frame)
    shown_frame = f"{Path(shown).parent.as_posix()}/{layout.frame}"
    frame = read_frame(frame_path, shown_frame, listed)
    known = dict(zip(frame["token"], frame["organisation"], strict=True))
    given = [each for each in token if isinstance(each, str) and each]
    strange = [each for each in given if each not in known]
    if strange:
        raise UserError(f"{shown}: {len(strange)} tokens are not in {shown_frame}")
    return np.array([known.get(each) for each in token], dtype=object)


def read_frame(path: Path, shown_as: str, listed: Mapping[str, str]) -> pd.DataFrame:
    """Read the sampling frame: one row an invited token, all columns text, empty for unknown.

    Raises
    ------
    UserError
        The file is faulty, a token is missing or stands in it twice, or an organisation is not `listed`.
    """
    layout = Responses(file=path.name)
    read = read_csv_text(path, shown_as, layout, FRAME)
    faults = Faults(shown_as, read.lines)
    unique_texts(read.cells.column("token"), "token", faults)
    known_codes(read.cells.column("organisation"), listed, "organisation", faults)
    faults.raise_any()
    return read.cells.to_pandas()
