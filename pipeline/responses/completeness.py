"""How much of the core ratings a respondent answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.questionnaire.asked import asked
from pipeline.questionnaire.columns import core_ratings
from pipeline.questionnaire.model import Questionnaire


def answered_share(codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Return the share of core ratings that each respondent answered, out of those meant for them.

    Parameters
    ----------
    codes : (n, columns) text codes by answer column, missing where there is no answer.

    Returns
    -------
    (n,) in 0-1; 0 where nothing was meant. Don't know and refused count as answered, a page that was
    never reached as not answered; an item whose condition does not hold does not count; a dual
    rating counts twice.
    """
    answered, meant = np.zeros(len(codes)), np.zeros(len(codes))
    conditions: dict[tuple[str, ...], np.ndarray] = {}
    for column in core_ratings(questionnaire):
        shows = column.item.shows
        if shows not in conditions:
            conditions[shows] = asked(column.item, codes, questionnaire)
        choices, given = column.item.choices, codes[column.name]
        not_asked = (
            [c for c, k in choices.missing_codes.items() if k == "not_asked"] if choices else []
        )
        put = conditions[shows] & ~given.isin(not_asked).to_numpy()
        meant += put
        answered += put & given.notna().to_numpy()
    return np.divide(answered, meant, out=np.zeros(len(codes)), where=meant > 0)
