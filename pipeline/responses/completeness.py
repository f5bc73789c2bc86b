"""How much of the core ratings a respondent answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.codes import by_code
from pipeline.questionnaire.asked import Conditions
from pipeline.questionnaire.columns import core_ratings
from pipeline.questionnaire.model import Questionnaire

EMPTY, GIVEN, NOT_PUT = range(3)


def answered_share(codes: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Return the share of core ratings that each respondent answered, out of those meant for them.

    Parameters
    ----------
    codes : (n, columns) categorical text codes by answer column, missing where there is no answer.

    Returns
    -------
    (n,) in 0-1; 0 where nothing was meant. Don't know and refused count as answered, a page that was
    never reached as not answered; an item whose condition does not hold does not count; a dual
    rating counts twice.
    """
    conditions = Conditions(codes, questionnaire)
    answered = np.zeros(len(codes), dtype=np.int32)
    meant = np.zeros(len(codes), dtype=np.int32)
    for column in core_ratings(questionnaire):
        kinds = column.item.choices.missing_codes if column.item.choices else {}
        not_put = {code: NOT_PUT for code, kind in kinds.items() if kind == "not_asked"}
        given = by_code(codes[column.name], not_put, other=GIVEN, absent=EMPTY, dtype=np.int8)
        put = conditions.hold_for(column.item) & (given != NOT_PUT)
        meant += put
        answered += put & (given == GIVEN)
    return np.divide(answered, meant, out=np.zeros(len(codes)), where=meant > 0)
