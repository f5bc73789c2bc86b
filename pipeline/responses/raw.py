"""What a reader hands on: the codes of a file, held against the questionnaire, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.questionnaire.asked import Conditions
from pipeline.questionnaire.columns import AnswerColumn


@dataclass(frozen=True)
class RawAnswers:
    """The answers of one file, one row a respondent, all arrays of length n.

    Attributes
    ----------
    codes : (n, columns) text codes by answer column, categorical, missing where there is no answer;
        an option of a multiple choice is `"1"` or `"0"`. A number may lie outside its bounds.
    respondent, language : (n,) text.
    weight : (n,) float, positive.
    source_row : (n,) row of the file; a header is row 1.
    pages : (n,) how many pages of the questionnaire were submitted; all of them in a plain file.
    seconds : (n, sections) spent on each page, NaN where unknown.
    token, organisation : (n,) text, missing where the file or the frame has none.
    unseen : (n,) bool by answer column: the cell says that it was never shown. A column is absent
        where the format cannot tell; then pages and show conditions do.
    source_file : (n,) text, the file that each row stands in; a reader of one file leaves it out.
    started, submitted : (n,) datetime64[s], of the first page and of sending off, NaT where unknown;
        None where the file does not tell them.
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
    started: np.ndarray | None = None
    submitted: np.ndarray | None = None

    @property
    def files(self) -> np.ndarray:
        """(n,) the file that each row stands in, an empty text where it is not told."""
        no_name = np.full(len(self.respondent), "", dtype=object)
        return no_name if self.source_file is None else self.source_file

    def places(self, respondents: pd.Series) -> np.ndarray:
        """Return the positions of respondents, by their ids."""
        return np.asarray(
            pd.Index(self.respondent).get_indexer(pd.Index(respondents.astype(object)))
        )

    def take(self, rows: np.ndarray) -> RawAnswers:
        """Return the rows at these positions, in that order."""
        arrays: dict[str, Any] = {
            name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        codes = self.codes.take(rows).reset_index(drop=True)
        unseen = {name: cells[rows] for name, cells in self.unseen.items()}
        return replace(self, codes=codes, unseen=unseen, **arrays)

    def shown(self, column: AnswerColumn, page: int, conditions: Conditions) -> np.ndarray:
        """Say to whom a column was shown: (n,) bool.

        What the file says of the cell decides; else the page (from 0) was submitted, and the item's
        conditions hold.
        """
        if column.name in self.unseen:
            return ~self.unseen[column.name]
        return conditions.hold_for(column.item) & (self.pages > page)
