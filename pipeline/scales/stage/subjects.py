"""What the stage looks at: the answers to each scale, and the groups of people who gave them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.grouping import Grouping, everyone, group_by, groupings
from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import rating_suffixes
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.scores import reversed_items


@dataclass(frozen=True)
class Subject:
    """A scale, once for each of its ratings.

    Attributes
    ----------
    name : its score's column. items : k columns of answers. values : (n, k) answers, reversed items
        turned, NaN where missing. part_of : positions of each first-order scale's items; of one scale
        alone where it is made of items. options : answers that every item offers, 0 where items differ.
    """

    name: str
    items: tuple[str, ...]
    values: np.ndarray
    part_of: dict[str, np.ndarray]
    options: int

    @property
    def composite(self) -> bool:
        """Whether it is made of other scales."""
        return len(self.part_of) > 1


@dataclass(frozen=True)
class Material:
    """Everything the tables are made from.

    `clusters` (n,) is the outermost organisation, -1 for none; `languages` the language of the
    interview; `splits` everyone, languages, and the plan's other groups.
    """

    subjects: tuple[Subject, ...]
    clusters: np.ndarray
    languages: Grouping
    splits: tuple[Grouping, ...]
    plan: Plan

    def generator(self, table: str, target: str) -> np.random.Generator:
        """Return random numbers that depend on nothing but the plan's seed and what they are for."""
        return np.random.default_rng([self.plan.seed, zlib.crc32(f"{table} {target}".encode())])

    @property
    def scales(self) -> list[Subject]:
        """The scales that are made of items."""
        return [subject for subject in self.subjects if not subject.composite]


def look_at(
    responses: pd.DataFrame, scores: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> Material:
    """Take every scale that measures one thing (no index, no block) out of the answers."""
    languages = group_by(responses["language"], "language")
    names = list(dict.fromkeys(["language", *plan.groups]))
    splits = groupings(responses, names) if len(languages.labels) > 1 else []
    return Material(
        subjects=tuple(
            _subject(responses, questionnaire, name, suffix)
            for name, scale in questionnaire.scales.items()
            if scale.kind == "scale" and len(questionnaire.items_of_scale(name)) > 1
            for suffix in rating_suffixes(questionnaire, name)
        ),
        clusters=group_by(scores[plan.organisation.levels[0]], "organisation").codes,
        languages=languages,
        splits=tuple(splits or [everyone(len(responses)), *groupings(responses, plan.groups)[1:]]),
        plan=plan,
    )


def _subject(
    responses: pd.DataFrame, questionnaire: Questionnaire, name: str, suffix: str
) -> Subject:
    firsts = _first_order(questionnaire, name)
    blocks = {each: reversed_items(responses, questionnaire, each, suffix) for each in firsts}
    ends = np.cumsum([block.shape[1] for block in blocks.values()])
    places = np.split(np.arange(ends[-1]), ends[:-1])
    items = [item for each in firsts for item in questionnaire.scales[each].items]
    return Subject(
        name=f"{name}{suffix}",
        items=tuple(f"{item}{suffix}" for item in items),
        values=np.hstack(list(blocks.values())),
        part_of={f"{each}{suffix}": at for each, at in zip(firsts, places, strict=True)},
        options=_options(questionnaire, items),
    )


def _first_order(questionnaire: Questionnaire, name: str) -> list[str]:
    """Return the scales of items that a scale comes down to: itself, or those of its parts."""
    parts = questionnaire.scales[name].parts
    return [each for part in parts for each in _first_order(questionnaire, part)] or [name]


def _options(questionnaire: Questionnaire, items: list[str]) -> int:
    """Return how many answers all items offer, numbered from 1; 0 where items differ."""
    choices = [questionnaire.items[item].choices for item in items]
    bounds = {each.bounds for each in choices if each is not None}
    low, high = next(iter(bounds)) if len(bounds) == 1 else (0, 0)
    return high if low == 1 else 0
