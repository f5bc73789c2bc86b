"""The columns that an item becomes, in the answers and in the files of each platform."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.questionnaire.model import Item, Questionnaire


@dataclass(frozen=True)
class AnswerColumn:
    """One column of answers: an item, one of its two ratings, or one option of it.

    `missing` is the column that says why it is empty; the options of a multiple choice share one.
    """

    name: str
    item: Item
    missing: str
    in_csv: str
    option: str = ""


def answer_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return every column of answers, in the order of the questionnaire."""
    return [column for item in questionnaire.items.values() for column in item_columns(item)]


def item_columns(item: Item) -> list[AnswerColumn]:
    """Return the columns of one item.

    `<item>`; `<item>_current` and `<item>_desired` where it is rated twice; `<item>_<code>` for each
    option of a multiple choice. A plain CSV names them alike, or after the item's `raw` name.
    """
    in_csv = item.raw or item.id
    if item.kind == "multiple" and item.choices:
        return [
            AnswerColumn(f"{item.id}_{c}", item, f"{item.id}_missing", f"{in_csv}_{c}", c)
            for c in item.choices.valid_codes
        ]
    return [
        AnswerColumn(f"{item.id}{end}", item, f"{item.id}{end}_missing", f"{in_csv}{end}")
        for end in ([f"_{rating}" for rating in item.ratings] or [""])
    ]


def rating_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return the columns that hold ratings: whole-numbered answers out of a choice set."""
    return [column for column in answer_columns(questionnaire) if column.item.is_rating]
