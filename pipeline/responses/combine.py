"""Answers of several files put together: languages, waves of a field period, one file a respondent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.asked import asked
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers


def combine_answers(files: Mapping[str, RawAnswers], questionnaire: Questionnaire) -> RawAnswers:
    """Return the rows of all files in their order, each with the name of its file.

    A row id that an earlier file has too gets the number of its file behind it (`r1-2`). Where only some
    files say that a cell was never shown, pages and conditions say it for the others.
    """
    parts = list(files.values())
    names = np.repeat(np.array(list(files), dtype=object), [len(part.respondent) for part in parts])
    if len(parts) == 1:
        return replace(parts[0], source_file=names)
    columns = [{name: each.array for name, each in part.codes.items()} for part in parts]
    return RawAnswers(
        codes=pd.DataFrame(
            {name: _joined([each[name] for each in columns]) for name in columns[0]}
        ),
        respondent=_distinct([part.respondent for part in parts]),
        language=_end_to_end(parts, "language"),
        weight=_end_to_end(parts, "weight"),
        source_row=_end_to_end(parts, "source_row"),
        pages=_end_to_end(parts, "pages"),
        seconds=_end_to_end(parts, "seconds"),
        token=_end_to_end(parts, "token"),
        organisation=_end_to_end(parts, "organisation"),
        unseen=_unseen(parts, questionnaire),
        source_file=names,
        started=_moments(parts, "started"),
        submitted=_moments(parts, "submitted"),
    )


def repeats(files: Mapping[str, RawAnswers], whole: RawAnswers, plan: Plan) -> list[str]:
    """Return a sentence for each way in which rows of one file are found in another, with a count.

    Parameters
    ----------
    whole : what `combine_answers` made of `files`.
    """
    if len(files) < 2:
        return []
    parts = list(files.values())
    number = np.repeat(np.arange(len(files)), [len(part.respondent) for part in parts])
    token = _several(pd.Series(whole.token).replace("", None), number)
    same = _several(_fingerprints(whole.codes), number)
    ids = _several(pd.Series(_end_to_end(parts, "respondent")), number)
    rule = (
        "the cleaning rule for duplicates keeps the best row of each"
        if plan.cleaning.duplicates
        else "the plan declares no cleaning rule for duplicates, so that each row counts"
    )
    told = {
        f"{token} people answered in more than one file: {rule}": token,
        f"{same} rows stand in more than one file, the same answer for answer": same,
        f"{ids} row ids stand in more than one file: the number of the file was put behind them": ids,
    }
    return [sentence for sentence, count in told.items() if count]


def _end_to_end(parts: Sequence[RawAnswers], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in parts])


def _moments(
    parts: Sequence[RawAnswers], name: Literal["started", "submitted"]
) -> np.ndarray | None:
    """Return moments over all files; NaT for the rows of a file that tells none."""
    told = [getattr(part, name) for part in parts]
    if all(each is None for each in told):
        return None
    unknown = np.datetime64("NaT", "s")
    return np.concatenate(
        [
            np.full(len(part.respondent), unknown) if each is None else each
            for part, each in zip(parts, told, strict=True)
        ]
    )


def _joined(columns: Sequence[pd.Categorical]) -> pd.Categorical:
    """Return a column of codes over all files; their lists of codes may differ."""
    lists = [column.categories.to_list() for column in columns]
    codes = list(dict.fromkeys(chain.from_iterable(lists)))
    place = {code: at for at, code in enumerate(codes)}
    moved = [
        np.array([*(place[code] for code in words), -1], dtype=np.int32)[column.codes]
        for words, column in zip(lists, columns, strict=True)
    ]
    return pd.Categorical.from_codes(np.concatenate(moved), categories=pd.Index(codes, dtype="str"))


def _distinct(ids: Sequence[np.ndarray]) -> np.ndarray:
    seen = set(ids[0])
    distinct = [ids[0]]
    for number, these in enumerate(ids[1:], 2):
        renamed = np.array([_new(each, number, seen) for each in these], dtype=object)
        seen |= set(renamed)
        distinct.append(renamed)
    return np.concatenate(distinct)


def _new(name: str, number: int, seen: set[str]) -> str:
    while name in seen:
        name = f"{name}-{number}"
    return name


def _unseen(parts: Sequence[RawAnswers], questionnaire: Questionnaire) -> dict[str, np.ndarray]:
    page = {section.id: number for number, section in enumerate(questionnaire.sections, 1)}
    told = {name for part in parts for name in part.unseen}
    unseen = {}
    for column in answer_columns(questionnaire):
        if column.name in told:
            item = column.item
            unseen[column.name] = np.concatenate(
                [
                    part.unseen[column.name]
                    if column.name in part.unseen
                    else ~(
                        asked(item, part.codes, questionnaire) & (part.pages >= page[item.section])
                    )
                    for part in parts
                ]
            )
    return unseen


def _fingerprints(codes: pd.DataFrame) -> pd.Series:
    """Return one number a row that equal answers share; missing where nothing was answered."""
    prints = pd.util.hash_pandas_object(codes, index=False)
    return prints.where(codes.notna().any(axis=1))


def _several(values: pd.Series, number: np.ndarray) -> int:
    """Return how many different values stand in more than one file."""
    files = pd.Series(number).groupby(values).nunique()
    return int((files > 1).sum())
