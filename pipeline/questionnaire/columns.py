"""The columns that an item becomes, in the answers and in the files of each platform."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.questionnaire.model import Item, Questionnaire

XLSFORM_LANGUAGE = "LANGUAGE"  # the first question of a form in several languages
XLSFORM_TOKEN = "TOKEN"  # a hidden field that a personal link fills in
XLSFORM_SHOWN = ("note_", "sum_")  # how the names of fields start that are shown and not answered


@dataclass(frozen=True)
class AnswerColumn:
    """One column of answers: an item, one of its two ratings, or one option of it.

    `missing` is the column that says why it is empty; the options of a multiple choice share one.
    `in_csv` and `in_limesurvey` are its headings in a plain CSV and in LimeSurvey's export with codes;
    `in_xlsform` the one in a file of Kobo or ODK, without its groups.
    """

    name: str
    item: Item
    missing: str
    in_csv: str
    in_limesurvey: str
    in_xlsform: str
    option: str = ""

    @property
    def in_expressions(self) -> str:
        """The variable of LimeSurvey's expressions, which its export can take as a heading too.

        `CULT[clan][1]` is `CULT_clan_0` there: the scales of a dual rating count from 0.
        """
        question, *inside = self.in_limesurvey.rstrip("]").replace("][", "[").split("[")
        if self.item.kind == "dual":
            inside[-1] = str(int(inside[-1]) - 1)
        return "_".join([question, *inside])

    @property
    def xlsform_field(self) -> str:
        """The field of an XLSForm that holds the answer; the options of a multiple choice share one."""
        return self.in_xlsform.partition("/")[0]


def answer_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return every column of answers, in the order of the questionnaire."""
    return [column for item in questionnaire.items.values() for column in item_columns(item)]


def item_columns(item: Item) -> list[AnswerColumn]:
    """Return the columns of one item.

    `<item>`; `<item>_current` and `<item>_desired` where it is rated twice; `<item>_<code>` for each
    option of a multiple choice. A plain CSV names them alike, or after the item's `raw` name.
    LimeSurvey names them after the question, with the row or option in brackets; the ratings of a dual
    scale are 1 and 2 in brackets of their own, the columns of twice-given shares `_1` and `_2`.
    Files of Kobo and ODK have the names of the answers, with `/` before the code of an option.
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
                f"{item.id}/{code}",
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
            f"{item.id}{end}",
        )
        for number, end in enumerate(ends, 1)
    ]


def _limesurvey_heading(item: Item, rating: int) -> str:
    if item.kind not in {"matrix", "dual", "shares"}:
        return item.question
    if item.kind == "shares":
        return f"{item.question}[{item.id}_{rating}]" if rating else f"{item.question}[{item.id}]"
    return f"{item.question}[{item.id}]" + (f"[{rating}]" if rating else "")


def score_columns(questionnaire: Questionnaire, scale: str) -> list[str]:
    """Return the columns of a scale's score: two where its items are rated twice, none for a block."""
    if questionnaire.scales[scale].kind == "block":
        return []
    return [f"{scale}{suffix}" for suffix in rating_suffixes(questionnaire, scale)]


def all_score_columns(
    questionnaire: Questionnaire, kinds: Collection[str] = ("scale", "index")
) -> list[str]:
    """Return the columns of every score of these kinds, in the order of the questionnaire."""
    scales = questionnaire.scales.items()
    names = [name for name, scale in scales if scale.kind in kinds]
    return [column for name in names for column in score_columns(questionnaire, name)]


def rating_suffixes(questionnaire: Questionnaire, scale: str) -> list[str]:
    """Return `[""]`, or `["_current", "_desired"]` where the scale's items are rated twice."""
    items = (questionnaire.items.get(item) for item in questionnaire.items_of_scale(scale))
    ratings = next((item.ratings for item in items if item and item.ratings), ())
    return [f"_{rating}" for rating in ratings] or [""]


def rating_columns(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return the columns that hold ratings: whole-numbered answers out of a choice set.

    Attention checks are no ratings.
    """
    columns = answer_columns(questionnaire)
    return [each for each in columns if each.item.is_rating and not each.item.attention]


def core_ratings(questionnaire: Questionnaire) -> list[AnswerColumn]:
    """Return the ratings in rows of core pages, by which completeness is judged."""
    columns = rating_columns(questionnaire)
    return [each for each in columns if each.item.core and each.item.kind in {"matrix", "dual"}]


def careless_ratings(questionnaire: Questionnaire, choices: str) -> list[AnswerColumn]:
    """Return the ratings of core pages given once on a set of choices: where care is looked for."""
    asked = questionnaire.choices[choices]
    return [
        column
        for column in rating_columns(questionnaire)
        if column.item.core and column.item.choices is asked and not column.item.ratings
    ]


def halved_scales(
    questionnaire: Questionnaire, columns: Collection[AnswerColumn]
) -> dict[str, tuple[str, ...]]:
    """Return the items of every scale of two or more that lie whole among these columns."""
    names = {column.name for column in columns}
    return {
        name: scale.items
        for name, scale in questionnaire.scales.items()
        if scale.kind == "scale" and len(scale.items) > 1 and names.issuperset(scale.items)
    }
