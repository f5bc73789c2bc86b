"""What a file itself says of its values, held against the questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.questionnaire.columns import AnswerColumn
from pipeline.questionnaire.model import Option
from pipeline.responses.readers.values import Faults

CUT_AT = 110


def other_meanings(
    labels: Mapping[str, Mapping[str, str]], columns: Sequence[AnswerColumn], shown_as: str
) -> list[str]:
    """Return a problem for each value whose label is what another code of the questionnaire says.

    A label in other words than the questionnaire's is no problem: only one that is the text of another
    option, in any language, shows that the codes were changed. SPSS cuts labels at 120 bytes; a long one
    counts as the text that it begins.
    """
    return [
        f"{shown_as}: column '{column.in_csv}': {problem}; the file's codes mean something else than the "
        "questionnaire's: recode it where it was made, and export it again"
        for column in columns
        for problem in _other_meanings(labels.get(column.in_csv, {}), column)
    ]


def _other_meanings(labels: Mapping[str, str], column: AnswerColumn) -> Iterator[str]:
    options = column.item.choices.options if column.item.choices else ()
    own = (
        {"1": column.option}
        if column.option
        else {each.raw or each.code: each.code for each in options}
    )
    for value, label in labels.items():
        code = own.get(value)
        if code is None:
            continue
        meant = [option.code for option in options if _says(option, label)]
        if meant and code not in meant:
            yield f"{value} is labelled {label!r}, which is {meant[0]} in the questionnaire"


def _says(option: Option, label: str) -> bool:
    said = _even(label)
    is_cut = len(label.encode("utf-8")) >= CUT_AT
    texts = [_even(text) for text in option.text.values()]
    return any(text == said or (is_cut and text.startswith(said)) for text in texts)


def _even(text: str) -> str:
    return " ".join(text.split()).casefold()


def note_missing(
    missing: Mapping[str, tuple[str, ...]],
    columns: Sequence[AnswerColumn],
    cells: pa.Table,
    faults: Faults,
) -> None:
    """Note every value that the file declares missing and that is an answer in the questionnaire."""
    for column in columns:
        choices = column.item.choices
        known = choices.options if choices and not column.option else ()
        is_missing = {each.raw or each.code for each in known if each.missing}
        answers = [v for v in missing.get(column.in_csv, ()) if v not in is_missing]
        if answers:
            values = cells.column(column.in_csv)
            wrong = pc.is_in(values.cast(pa.string()), value_set=pa.array(answers))
            faults.note(
                column.in_csv,
                np.asarray(wrong, dtype=bool),
                values,
                "is declared missing in the file, and no missing answer in the questionnaire",
            )
