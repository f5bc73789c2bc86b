"""Answers counted once, by code and group; percentages and moments follow from the counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.grouping import Grouping
from pipeline.questionnaire.columns import AnswerColumn
from pipeline.questionnaire.model import ChoiceSet


@dataclass(frozen=True)
class Counts:
    """How often each code was given in each group; arrays are (groups, codes).

    Attributes
    ----------
    n : people. weight : sum of their weights. weight_squared : sum of the squared weights.
    """

    codes: tuple[str, ...]
    n: np.ndarray
    weight: np.ndarray
    weight_squared: np.ndarray


@dataclass(frozen=True)
class Answers:
    """One answer column, coded: `codes` (n,) positions in `names`, -1 where nothing was answered.

    `valence` says for each name what it counts as, `missing` which kind of missing it is (empty for a
    valid answer); don't know and refused are answers here.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    valence: tuple[str, ...]
    missing: tuple[str, ...]


def code_answers(responses: pd.DataFrame, column: AnswerColumn) -> Answers:
    """Code a column of `responses`: its declared answers, then don't know and refused."""
    choices = column.item.choices
    if column.option:
        ticked = responses[column.name].to_numpy(dtype=float, na_value=np.nan)
        return Answers((column.option,), np.where(ticked == 1, 0, -1), ("",), ("",))
    if choices is None:
        raise ValueError(f"{column.name} has no choice set")
    codes = _positions(responses[column.name], choices)
    names, reasons = list(choices.valid_codes), responses[column.missing]
    for code, kind in choices.missing_codes.items():
        if kind in {"dont_know", "refused"}:
            codes[reasons.eq(kind).to_numpy(dtype=bool, na_value=False)] = len(names)
            names.append(code)
    return Answers(
        tuple(names),
        codes,
        tuple(choices.valence(code) for code in names),
        tuple(str(choices.missing_codes.get(code, "")) for code in names),
    )


def _positions(given: pd.Series, choices: ChoiceSet) -> np.ndarray:
    """Return (n,) the position of each answer among the valid codes; -1 where it is missing."""
    if not choices.is_rating:
        return pd.Categorical(given, categories=list(choices.valid_codes)).codes.astype(np.int64)
    place = np.full(choices.bounds[1] + 2, -1, dtype=np.int64)
    place[[int(code) for code in choices.valid_codes]] = np.arange(len(choices.valid_codes))
    return place[given.to_numpy(dtype=np.int64, na_value=choices.bounds[1] + 1)]


def count_answers(answers: Answers, weights: np.ndarray, grouping: Grouping) -> Counts:
    """Count coded answers by group: sums of 1, w and w^2 in one pass each."""
    n_codes, n_groups = len(answers.names), len(grouping.labels)
    used = (answers.codes >= 0) & (grouping.codes >= 0)
    cells = grouping.codes[used] * n_codes + answers.codes[used]
    w = weights[used]
    sums = [
        np.bincount(cells, each, minlength=n_codes * n_groups).reshape(n_groups, n_codes)
        for each in (None, w, w * w)
    ]
    return Counts(answers.names, *sums)


def wilson(share: np.ndarray, n: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Wilson score interval of proportions (Wilson 1927).

    `share` in 0-1 and `n` (may be an effective, broken number) have the same shape; NaN where n is 0.
    R: `binom::binom.wilson`, `prop.test(correct = FALSE)`.
    """
    from scipy.special import ndtri

    z2 = float(ndtri((1 + level) / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


@dataclass(frozen=True)
class Moments:
    """Moments of whole-number answers per group, each (groups,); NaN where n is too small."""

    n: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    skew: np.ndarray
    kurtosis: np.ndarray


def moments(values: np.ndarray, n: np.ndarray, weight: np.ndarray) -> Moments:
    """Return weighted mean, sd, skewness and excess kurtosis from counts.

    Parameters
    ----------
    values : (codes,) the answers' numbers. n : (groups, codes) how often each was given. weight : the same
        shape, sums of the weights of those who gave it.

    Notes
    -----
    Moments are weighted; their corrections for small samples go by people. sd divides by n - 1; skewness
    G1 and kurtosis G2 are the adjusted ones (Joanes & Gill 1998), as in SPSS. R: `survey::svyvar`;
    with equal weights `e1071::skewness(x, type = 2)`, `psych::describe(x, type = 2)`.
    """
    people, total = n.sum(axis=1).astype(float), weight.sum(axis=1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = weight @ values / total
        centred = values[None, :] - mean[:, None]
        m2, m3, m4 = ((weight * centred**power).sum(axis=1) / total for power in (2, 3, 4))
        sd = np.sqrt(m2 * people / (people - 1))
        skew = m3 / m2**1.5 * np.sqrt(people * (people - 1)) / (people - 2)
        excess = (people + 1) * (m4 / m2**2 - 3) + 6
        kurtosis = excess * (people - 1) / ((people - 2) * (people - 3))
    enough = m2 > 0
    return Moments(
        n.sum(axis=1),
        np.where(people > 0, mean, np.nan),
        np.where(people > 1, sd, np.nan),
        np.where((people > 2) & enough, skew, np.nan),
        np.where((people > 3) & enough, kurtosis, np.nan),
    )
