"""The rows that cleaning rules look at, and what a rule may say of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.completeness import answered_share
from pipeline.responses.raw import RawAnswers


@dataclass(frozen=True)
class Blank:
    """Cells that a rule sets to missing: a column of the answers, and the positions (m,) of the rows.

    `unseen` cells count as never shown from then on.
    """

    column: str
    rows: np.ndarray
    unseen: bool = False


@dataclass(frozen=True)
class Rows:
    """The n rows that no rule has rejected yet, as the rules before left them.

    Attributes
    ----------
    share : (n,) share of the core ratings answered, out of those meant for the person.
    place : (n,) positions of the rows among all that were read.
    """

    raw: RawAnswers
    share: np.ndarray
    place: np.ndarray
    questionnaire: Questionnaire
    plan: Plan

    def __len__(self) -> int:
        return len(self.share)

    @property
    def codes(self) -> pd.DataFrame:
        """(n, columns) the answers, as codes."""
        return self.raw.codes

    def take(self, rows: np.ndarray) -> Rows:
        """Return the rows at these positions, in that order."""
        raw, share, place = self.raw.take(rows), self.share[rows], self.place[rows]
        return replace(self, raw=raw, share=share, place=place)

    def blanked(self, blanks: Iterable[Blank]) -> Rows:
        """Return all rows with these cells set to missing."""
        changed: dict[str, pd.Categorical] = {}
        unseen = dict(self.raw.unseen)
        for blank in blanks:
            cells = changed.get(blank.column, self.codes[blank.column].array)
            places = cells.codes.copy()
            places[blank.rows] = -1
            changed[blank.column] = pd.Categorical.from_codes(places, dtype=cells.dtype)
            if blank.unseen and blank.column in unseen:
                unseen[blank.column] = unseen[blank.column].copy()
                unseen[blank.column][blank.rows] = True
        codes = self.codes.assign(**changed)
        return replace(self, raw=replace(self.raw, codes=codes, unseen=unseen))


@dataclass(frozen=True)
class Findings:
    """What a rule found among n rows.

    Attributes
    ----------
    rejected : (n,) rows to leave out. reasons : one text for each of them, in order.
    flagged : (n,) rows to keep, though something is odd about them; cells may be blanked.
    quality : what a rule on careless answers measured, one row for each of the n.
    """

    rejected: np.ndarray
    reasons: Sequence[str]
    flagged: np.ndarray
    blanks: tuple[Blank, ...] = ()
    quality: pd.DataFrame | None = None


def gather(raw: RawAnswers, questionnaire: Questionnaire, plan: Plan) -> Rows:
    """Return all rows that were read, for the rules to look at."""
    share = answered_share(raw.codes, questionnaire)
    return Rows(raw, share, np.arange(len(share)), questionnaire, plan)


def nothing(rows: Rows) -> Findings:
    """Return that a rule found nothing."""
    return rejecting(np.zeros(len(rows), dtype=bool), "")


def rejecting(rejected: np.ndarray, reason: str) -> Findings:
    """Return that these rows (n,) are to be left out, all for one reason."""
    return Findings(rejected, [reason] * int(rejected.sum()), np.zeros(len(rejected), dtype=bool))


def blanking(rows: Rows, blanks: Iterable[Blank]) -> Findings:
    """Return that these cells are to be set to missing, and their rows flagged."""
    named = tuple(blank for blank in blanks if len(blank.rows))
    flagged = np.zeros(len(rows), dtype=bool)
    for blank in named:
        flagged[blank.rows] = True
    return replace(nothing(rows), flagged=flagged, blanks=named)
