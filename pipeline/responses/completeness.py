"""How much of the core ratings a respondent answered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.questionnaire.columns import core_ratings
from pipeline.questionnaire.model import Questionnaire


def answered_share(answers: pd.DataFrame, questionnaire: Questionnaire) -> np.ndarray:
    """Return the share of core ratings that each respondent answered, out of those asked.

    Don't know and refused count as answered; a question that was not asked does not count; a
    dual rating counts twice. Returns (n,) in 0-1; 0 where nothing was asked.
    """
    answered, put = np.zeros(len(answers)), np.zeros(len(answers))
    for column in core_ratings(questionnaire):
        reason = answers[column.missing].cat
        unseen, empty = (reason.categories.get_loc(name) for name in ("unseen", "empty"))
        codes = reason.codes.to_numpy()
        put += codes != unseen
        answered += (codes != unseen) & (codes != empty)
    return np.divide(answered, put, out=np.zeros(len(answers)), where=put > 0)
