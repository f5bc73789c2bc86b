"""Where answers stand in the results of SurveyJS: what its form writes and its reader looks for."""

from __future__ import annotations

from pipeline.questionnaire.columns import AnswerColumn
from pipeline.questionnaire.model import Item

LANGUAGE_KEY = "QLANGUAGE"
SHARE = "share"
GRIDS = {"matrix", "dual", "shares"}


def surveyjs_place(column: AnswerColumn) -> tuple[str, ...]:
    """Return the keys that lead to an answer in a result object.

    A question; in a grid its row, and where a row is answered in cells (shares, ratings given twice) the
    cell. All options of a multiple choice have one place, a list of the codes that were ticked.
    """
    cell = column.name.removeprefix(f"{column.item.id}_") if column.item.ratings else SHARE
    place = item_place(column.item)
    return (*place, cell) if column.item.ratings or column.item.kind == "shares" else place


def totals_key(question: str) -> str:
    """Return the key under which the totals of shares stand beside the shares themselves."""
    return f"{question}-total"


def item_place(item: Item) -> tuple[str, ...]:
    """Return the keys that lead to an item: its question, and its row in a grid."""
    return (item.question, item.id) if item.kind in GRIDS else (item.question,)
