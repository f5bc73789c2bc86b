"""Every sign of careless answering, measured for each respondent; nothing is judged here.

Looked at are the core ratings on one set of choices, as given, in the order of the questionnaire: no
outcome, no score and no weight has a say.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.core.predeclared import Careless
from pipeline.responses.careless.consistency import even_odd, pair_consistency
from pipeline.responses.careless.course import course_indices
from pipeline.responses.careless.distance import squared_distances
from pipeline.responses.careless.norms import LanguageMoments, Norms, estimate_norms
from pipeline.responses.careless.questions import Questions, questions_looked_at
from pipeline.responses.careless.runs import identical_runs, response_variability, uniform_pages
from pipeline.responses.ratings import rating_values
from pipeline.responses.rows import Rows

ROWS_AT_ONCE = 50_000


def careless_indices(rows: Rows, careless: Careless) -> pd.DataFrame:
    """Return the columns of `response_quality.csv` that are measured, one row for each of the n rows.

    Raises
    ------
    UserError
        The covariance of the ratings has no inverse.
    """
    questions = questions_looked_at(rows.questionnaire, careless.choices)
    norms = estimate_norms(rows, questions, careless)
    parts = [
        _measured(rows, slice(start, start + ROWS_AT_ONCE), questions, norms)
        for start in range(0, max(len(rows), 1), ROWS_AT_ONCE)
    ]
    found = pd.concat(parts, ignore_index=True)
    few = found.pop("even_odd_scales") < careless.even_odd_scales
    head = {"respondent": rows.raw.respondent, "answered": rows.share, **course_indices(rows)}
    return pd.concat(
        [pd.DataFrame(head), found.assign(even_odd=found["even_odd"].mask(few))], axis=1
    )


def _measured(rows: Rows, part: slice, questions: Questions, norms: Norms) -> pd.DataFrame:
    x = rating_values(rows.codes.iloc[part], questions.columns)
    runs = identical_runs(x, questions.is_reversed)
    halves = even_odd(questions.turned(x), questions.scales)
    return pd.DataFrame(
        {
            "longest_run": runs.longest,
            "average_run": runs.average,
            "longest_mixed_run": runs.longest_mixed,
            "uniform_pages": uniform_pages(x, questions.page, questions.is_reversed),
            "variability": response_variability(x),
            "even_odd": halves.r,
            "even_odd_scales": halves.pairs,
            "synonyms": pair_consistency(x, norms.synonyms).r,
            "antonyms": pair_consistency(x, norms.antonyms).r,
            **_distances(x, rows.raw.language[part], norms.moments),
        }
    )


def _distances(
    x: np.ndarray, language: np.ndarray, moments: Mapping[str, LanguageMoments]
) -> dict[str, np.ndarray]:
    squared, answers, p_value = (np.full(len(x), np.nan) for _ in range(3))
    for name, each in moments.items():
        here = np.flatnonzero(language == name)
        found = squared_distances(x[np.ix_(here, each.columns)], each.mean, each.covariance)
        squared[here], answers[here], p_value[here] = found.squared, found.answers, found.p_value
    return {"mahalanobis": squared, "mahalanobis_answers": answers, "mahalanobis_p": p_value}
