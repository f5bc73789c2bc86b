"""What a reader hands on: the codes of a file, held against the questionnaire, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class RawAnswers:
    """The answers of one file, one row a respondent, all arrays of length n.

    Attributes
    ----------
    codes : (n, columns) text codes by answer column, missing where there is no answer; an option of a
        multiple choice is `"1"` or `"0"`.
    respondent, language : (n,) text.
    weight : (n,) float, positive.
    source_row : (n,) row of the file; a header is row 1.
    pages : (n,) how many pages of the questionnaire were submitted; all of them in a plain file.
    seconds : (n, sections) spent on each page, NaN where unknown.
    token, organisation : (n,) text, missing where the file or the frame has none.
    unseen : (n,) bool by answer column: the cell says that it was never shown. A column is absent
        where the format cannot tell; then pages and show conditions do.
    source_file : (n,) text, the file that each row stands in; a reader of one file leaves it out.
    """

    codes: pd.DataFrame
    respondent: np.ndarray
    language: np.ndarray
    weight: np.ndarray
    source_row: np.ndarray
    pages: np.ndarray
    seconds: np.ndarray
    token: np.ndarray
    organisation: np.ndarray
    unseen: Mapping[str, np.ndarray] = field(default_factory=dict)
    source_file: np.ndarray | None = None
