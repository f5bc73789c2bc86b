"""The headings of a file of Kobo or ODK: which field each one is, with or without its groups."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.errors import UserError
from pipeline.questionnaire.columns import (
    XLSFORM_LANGUAGE,
    XLSFORM_SHOWN,
    XLSFORM_TOKEN,
    AnswerColumn,
    answer_columns,
)
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import VERSION_COLUMN

GENERATED = re.compile(
    rf"(?:{'|'.join(XLSFORM_SHOWN)})\w+"
    r"|generated_table_list_label_\d+|reserved_name_for_field_list_labels_\d+"
)
SEPARATOR = re.compile(r"[/-]")


@dataclass(frozen=True)
class Platform:
    """What a platform adds to the fields of a form.

    `respondent` is the column of row ids; `meta` are columns that need not be there; `advice` says how
    to export a file with codes.
    """

    respondent: str
    meta: frozenset[str]
    advice: str


@dataclass(frozen=True)
class Fields:
    """The fields of a questionnaire's form: those that every file has, and those it may have."""

    needed: tuple[str, ...]
    optional: frozenset[str]
    options: Mapping[str, tuple[str, ...]]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the heading of a field that may be there, under any groups."""
        names = "|".join(map(re.escape, sorted(self.optional, key=len, reverse=True)))
        return re.compile(rf"(?s:.*[/-])?(?:{names}|{GENERATED.pattern})")


def fields_of(questionnaire: Questionnaire, platform: Platform) -> Fields:
    """Return the fields of a form, as a platform's file names them apart from their groups.

    A multiple choice is a column, a column an option, or both; which, the file tells.
    """
    columns = answer_columns(questionnaire)
    options: dict[str, tuple[str, ...]] = {}
    for column in columns:
        if column.option:
            options[column.xlsform_field] = (
                *options.get(column.xlsform_field, ()),
                column.in_xlsform,
            )
    asked = [XLSFORM_LANGUAGE] if len(questionnaire.languages) > 1 else []
    answers = [column.in_xlsform for column in columns if not column.option]
    meta = platform.meta - {platform.respondent}
    several = {name for field, names in options.items() for name in (field, *names)}
    return Fields(
        (platform.respondent, VERSION_COLUMN, *asked, *answers),
        frozenset({*meta, *several, XLSFORM_TOKEN}),
        options,
    )


def plain_headings(
    header: Sequence[str],
    fields: Fields,
    questionnaire: Questionnaire,
    platform: Platform,
    shown_as: str,
) -> dict[str, str]:
    """Return the field of each heading: `page_2/A1`, `page_2-A1` and `A1` are `A1`.

    A heading that is no field stays as it is.

    Raises
    ------
    UserError
        The headings are texts of questions, a field stands in the file twice, or a multiple choice is
        not there in full.
    """
    known = {*fields.needed, *fields.optional}
    plain = {heading: _field(heading, known) for heading in header}
    if _are_texts([each for each, name in plain.items() if name not in known], questionnaire):
        raise UserError(f"{shown_as}: the headings are texts of questions; {platform.advice}")
    times = Counter(plain.values())
    problems = [
        f"{shown_as}: the column '{name}' stands in the header twice: "
        + " and ".join(f"'{each}'" for each in header if plain[each] == name)
        for name, count in times.items()
        if count > 1
    ]
    problems += [
        f"{shown_as}: the column '{name}' is missing"
        for field, names in fields.options.items()
        if field not in times
        for name in (names if times.keys() & set(names) else (field,))
        if name not in times
    ]
    if problems:
        raise UserError("\n".join(problems))
    return plain


def _field(heading: str, known: set[str]) -> str:
    """Return the longest end of a heading, after a separator, that is a field; else all of it."""
    starts = [0, *(match.end() for match in SEPARATOR.finditer(heading))]
    ends = (heading[start:] for start in starts)
    return next((end for end in ends if end in known or GENERATED.fullmatch(end)), heading)


def _are_texts(headings: Sequence[str], questionnaire: Questionnaire) -> bool:
    """Say whether one of these headings is what the questionnaire asks, in any language."""
    asked = {
        " ".join(text.split())
        for item in questionnaire.items.values()
        for texts in (item.text, *item.headings)
        for text in texts.values()
    }
    given = (" ".join(heading.split()) for heading in headings)
    return any(_ends(heading) & asked for heading in given)


def _ends(heading: str) -> set[str]:
    """Return a heading with all of its groups, and with ever fewer of them."""
    parts = heading.split("/")
    return {"/".join(parts[at:]) for at in range(len(parts))}


def told_as_text(column: AnswerColumn) -> set[str]:
    """Return the texts of the options of a column, in all languages."""
    choices = column.item.choices
    return {text for each in (choices.options if choices else ()) for text in each.text.values()}
