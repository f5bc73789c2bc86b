"""Answers as a plain CSV file: one row an interview, empty where there is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.core.plan import Responses
from pipeline.simulation.answers import Sheet
from pipeline.simulation.limesurvey_file import compressed

if TYPE_CHECKING:
    from pipeline.simulation.record import Interviews


def plain_csv(sheet: Sheet, interviews: Interviews, layout: Responses, compress: bool) -> bytes:
    """Return the interviews as CSV with the columns that the plan declares."""
    n = len(interviews.codes)
    columns: dict[str, object] = {layout.respondent: [f"r{i:06d}" for i in range(1, n + 1)]}
    if layout.language:
        columns[layout.language] = np.array(interviews.languages)[interviews.language]
    if layout.weight:
        columns[layout.weight] = np.full(n, "1.000000")
    for at, column in enumerate(sheet.columns):
        raws = (
            {o.code: o.raw or o.code for o in column.item.choices.options}
            if (column.item.choices)
            else {}
        )
        texts = [text if column.option else raws.get(text, text) for text in sheet.texts[at]]
        table = np.array([*texts, "", ""], dtype=object)
        columns[column.in_csv] = table[interviews.codes[:, at]]
    return as_csv(pd.DataFrame(columns), layout, compress)


def as_csv(answers: pd.DataFrame, layout: Responses, compress: bool) -> bytes:
    """Return a table as CSV with the declared delimiter and encoding, compressed or not."""
    text = answers.to_csv(index=False, sep=layout.delimiter, lineterminator="\n")
    content = text.encode(layout.encoding)
    return compressed(content) if compress else content
