"""The columns that an item becomes, in the answers and in the files of each platform."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.questionnaire.model import Item, Questionnaire


@dataclass(frozen=True)
class AnswerColumn:
    """One column of answers: an item, one of its two ratings, or one option of it.

    `missing` is the column that says why it is empty; the options of a multiple choice share one.
    `in_csv` and `in_limesurvey` are its headings in a plain CSV and in LimeSurvey's export with codes.
    """

    name: str
    item: Item
    missing: str
    in_csv: str
    in_limesurvey: str
    option: str = ""


def answer_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return every column of answers, in the order of the questionnaire."""
    return [column for item in questionnaire.items.values() for column in item_columns(item)]


def item_columns(item: Item) -> list[AnswerColumn]:
    """Return the columns of one item.

    `<item>`; `<item>_current` and `<item>_desired` where it is rated twice; `<item>_<code>` for each
    option of a multiple choice. A plain CSV names them alike, or after the item's `raw` name.
    LimeSurvey names them after the question, with the row or option in brackets; the ratings of a dual
    scale are 1 and 2 in brackets of their own, the columns of twice-given shares `_1` and `_2`.
    """
    in_csv = item.raw or item.id
    if item.kind == "multiple" and item.choices:
        return [
            AnswerColumn(
                f"{item.id}_{code}",
                item,
                f"{item.id}_missing",
                f"{in_csv}_{code}",
                f"{item.question}[{code}]",
                code,
            )
            for code in item.choices.valid_codes
        ]
    ends = [f"_{rating}" for rating in item.ratings] or [""]
    return [
        AnswerColumn(
            f"{item.id}{end}",
            item,
            f"{item.id}{end}_missing",
            f"{in_csv}{end}",
            _limesurvey_heading(item, number if item.ratings else 0),
        )
        for number, end in enumerate(ends, 1)
    ]


def _limesurvey_heading(item: Item, rating: int) -> str:
    if item.kind not in {"matrix", "dual", "shares"}:
        return item.question
    if item.kind == "shares":
        return f"{item.question}[{item.id}_{rating}]" if rating else f"{item.question}[{item.id}]"
    return f"{item.question}[{item.id}]" + (f"[{rating}]" if rating else "")


def rating_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return the columns that hold ratings: whole-numbered answers out of a choice set."""
    return [column for column in answer_columns(questionnaire) if column.item.is_rating]
