"""The questions whose answers are looked at for carelessness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.questionnaire.columns import AnswerColumn, careless_ratings, halved_scales
from pipeline.questionnaire.model import Questionnaire


@dataclass(frozen=True)
class Questions:
    """The k questions that are looked at, in the order of the questionnaire.

    Attributes
    ----------
    columns : k of them. is_reversed, page : (k,) of each.
    scales : positions of the items of each scale. turn : lowest and highest answer, added up.
    """

    columns: list[AnswerColumn]
    is_reversed: np.ndarray
    page: np.ndarray
    scales: list[list[int]]
    turn: float

    def turned(self, x: np.ndarray) -> np.ndarray:
        """Return answers (n, k) after reversal, the highest for the lowest where a question is reversed."""
        return np.where(self.is_reversed, self.turn - x, x)


def questions_looked_at(questionnaire: Questionnaire, choices: str) -> Questions:
    """Return the core ratings on a set of choices, with their direction, page and scale."""
    columns = careless_ratings(questionnaire, choices)
    reverse = {item for scale in questionnaire.scales.values() for item in scale.reversed}
    page = {section.id: k for k, section in enumerate(questionnaire.sections)}
    place = {column.name: k for k, column in enumerate(columns)}
    scales = halved_scales(questionnaire, columns)
    return Questions(
        columns,
        np.array([column.name in reverse for column in columns], dtype=bool),
        np.array([page[column.item.section] for column in columns], dtype=np.int64),
        [[place[item] for item in items] for items in scales.values()],
        float(sum(questionnaire.choices[choices].bounds)),
    )
