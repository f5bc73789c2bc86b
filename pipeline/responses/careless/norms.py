"""What a person's answers are held against: pairs of questions, means and covariances of a language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import UserError
from pipeline.core.predeclared import Careless
from pipeline.responses.careless.consistency import item_correlations, item_pairs
from pipeline.responses.careless.distance import Moments, em_moments
from pipeline.responses.careless.questions import Questions
from pipeline.responses.ratings import rating_values
from pipeline.responses.rows import Rows

ROWS_PER_QUESTION = 5
TASK = 5  # the number of this use of the plan's seed


@dataclass(frozen=True)
class LanguageMoments:
    """Means (k,) and covariance (k, k) of the answers in a language, over the `columns` that vary."""

    columns: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class Norms:
    """Pairs of questions (m, 2) that mean the same, and the opposite; moments of each language."""

    synonyms: np.ndarray
    antonyms: np.ndarray
    moments: dict[str, LanguageMoments]


def estimate_norms(rows: Rows, questions: Questions, careless: Careless) -> Norms:
    """Estimate norms on at most `mahalanobis_rows` random rows of each language.

    Pairs are those whose correlation over all of these rows is above `synonym_r`, or below
    `antonym_r`. A language with fewer than 5 rows a question takes the covariance within languages, pooled;
    with fewer than that in all, there are no moments.

    Raises
    ------
    UserError
        The covariance of the ratings has no inverse.
    """
    sample = _sample(rows, careless)
    x = rating_values(rows.codes.take(sample), questions.columns)
    r = item_correlations(x)
    language = rows.raw.language[sample].astype("str")
    return Norms(
        item_pairs(r > careless.synonym_r),
        item_pairs(r < careless.antonym_r),
        _moments(x, language, questions),
    )


def _sample(rows: Rows, careless: Careless) -> np.ndarray:
    """Return the positions of all rows, or of random ones where a language has very many."""
    draws = np.random.default_rng(np.random.SeedSequence([rows.plan.seed, TASK]))
    chosen = []
    for language in rows.questionnaire.languages:
        here = np.flatnonzero(rows.raw.language == language)
        if len(here) > careless.mahalanobis_rows:
            here = np.sort(draws.choice(here, careless.mahalanobis_rows, replace=False))
        chosen.append(here)
    return np.concatenate(chosen)


def _moments(
    x: np.ndarray, language: np.ndarray, questions: Questions
) -> dict[str, LanguageMoments]:
    """Return the moments of each language with enough rows: its own, or those pooled within languages."""
    answered = ~np.isnan(x).all(axis=1)
    names, group = np.unique(language[answered], return_inverse=True)
    x, columns = x[answered], np.flatnonzero(_varies(x))
    least = ROWS_PER_QUESTION * len(columns)
    if not len(columns) or len(x) < least:
        return {}
    found = {}
    large = np.bincount(group) >= least
    if not large.all():
        pooled = _estimated(x[:, columns], group, questions, columns)
        for name, mean in zip(names, pooled.mean, strict=True):
            found[name] = LanguageMoments(columns, mean, pooled.covariance)
    for k in np.flatnonzero(large):
        own = x[group == k]
        columns = np.flatnonzero(_varies(own))
        alone = _estimated(own[:, columns], np.zeros(len(own), np.int64), questions, columns)
        found[names[k]] = LanguageMoments(columns, alone.mean[0], alone.covariance)
    return found


def _varies(x: np.ndarray) -> np.ndarray:
    """Return (k,) which columns hold two different answers or more."""
    low, high = np.where(np.isnan(x), np.inf, x), np.where(np.isnan(x), -np.inf, x)
    return np.asarray(low.min(axis=0, initial=np.inf) < high.max(axis=0, initial=-np.inf))


def _estimated(
    x: np.ndarray, group: np.ndarray, questions: Questions, columns: np.ndarray
) -> Moments:
    try:
        return em_moments(x, group)
    except np.linalg.LinAlgError:
        first, last = (questions.columns[columns[end]].name for end in (0, -1))
        raise UserError(
            f"careless: the answers to the {len(columns)} questions from {first} to {last} have no "
            "covariance that can be inverted: those to one of them follow exactly from others"
        ) from None
