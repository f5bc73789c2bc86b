"""Missing answers described: by item and page, for everyone and by group, each kind apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.grouping import Grouping, groupings
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.columns import AnswerColumn, answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import MISSING

ANSWERED = len(MISSING)
OWN_WORDS = {"short_text", "long_text"}


def missing_table(
    responses: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return `missing.csv` of the respondents who are kept: break-offs are in `breakoff.csv`.

    Unweighted: it describes the answers in hand. Counts of a page are sums over its items but those to be
    answered in own words, which most people leave out. A multiple choice is one item, missing where no
    option is given.
    """
    splits = groupings(responses, plan.groups)
    counts = {
        column.missing.removesuffix("_missing"): (
            column,
            _counts(responses[column.missing], splits),
        )
        for column in answer_columns(questionnaire)
    }
    labels = [label for grouping in splits for label in grouping.labels]
    rows = [
        row
        for name, (_, found) in counts.items()
        for row in _rows(name, "item", labels, found, _asked(found))
    ]
    for section in questionnaire.sections:
        own = _on_page(section.id, list(counts.values()))
        if len(own):
            people = _people(responses, section.id, questionnaire, splits)
            rows += _rows(section.id, "page", labels, own.sum(axis=0), people)
    return make_table(rows, "missing")


def _on_page(section: str, counts: Sequence[tuple[AnswerColumn, np.ndarray]]) -> np.ndarray:
    """Return the counts of a page's items, (items, groups, kinds), texts aside."""
    return np.array(
        [
            found
            for column, found in counts
            if column.item.section == section and column.item.kind not in OWN_WORDS
        ]
    )


def _counts(reasons: pd.Series, splits: Sequence[Grouping]) -> np.ndarray:
    """Return how many of each group have each kind of missing, and an answer: (groups, kinds + 1)."""
    codes = reasons.cat.codes.to_numpy().astype(np.int64)
    codes = np.where(codes < 0, ANSWERED, codes)
    tables = []
    for grouping in splits:
        inside = grouping.codes >= 0
        cells = grouping.codes[inside] * (ANSWERED + 1) + codes[inside]
        size = len(grouping.labels) * (ANSWERED + 1)
        tables.append(np.bincount(cells, minlength=size).reshape(-1, ANSWERED + 1))
    return np.concatenate(tables)


def _asked(counts: np.ndarray) -> np.ndarray:
    """Return (groups,) to how many an item was put: all but the unseen."""
    return np.asarray(counts.sum(axis=1) - counts[:, MISSING.index("unseen")])


def _people(
    responses: pd.DataFrame, section: str, questionnaire: Questionnaire, splits: Sequence[Grouping]
) -> np.ndarray:
    """Return (groups,) how many were asked anything on a page."""
    columns = {c.missing for c in answer_columns(questionnaire) if c.item.section == section}
    seen = np.logical_or.reduce([(responses[name] != "unseen").to_numpy() for name in columns])
    return np.concatenate(
        [np.bincount(g.codes[seen & (g.codes >= 0)], minlength=len(g.labels)) for g in splits]
    )


def _rows(
    target: str, level: str, labels: Sequence[str], counts: np.ndarray, people: np.ndarray
) -> Iterator[dict[str, object]]:
    asked, every = _asked(counts), counts.sum(axis=1)
    for g, group in enumerate(labels):
        below = [every[g], *[asked[g]] * (len(MISSING) - 1)]
        numbers = dict(zip(MISSING, counts[g, :ANSWERED], strict=True))
        absent = asked[g] - counts[g, ANSWERED]
        yield {
            "target": target,
            "level": level,
            "group": group,
            "n": people[g],
            "asked": asked[g],
            "n_missing": absent,
            "missing": 100 * absent / asked[g] if asked[g] else np.nan,
            **{f"n_{kind}": number for kind, number in numbers.items()},
            **{
                kind: 100 * number / base if base else np.nan
                for (kind, number), base in zip(numbers.items(), below, strict=True)
            },
        }
