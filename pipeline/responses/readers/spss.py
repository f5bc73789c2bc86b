"""SPSS files (`.sav`, `.zsav`) whose columns and codes are the questionnaire's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pipeline.core.plan import Responses
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.files.apart import open_apart
from pipeline.responses.files.opened import Opened
from pipeline.responses.files.statistical import open_spss
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers.peek import mark_of
from pipeline.responses.readers.plain import opened_answers, plain_columns

MARKS = (b"$FL2", b"$FL3")
T = TypeVar("T")


def looks_like_spss(path: Path) -> bool:
    """Say whether a file starts as SPSS files do."""
    return mark_of(path, 4) in MARKS


def read_spss(
    path: Path, shown_as: str, questionnaire: Questionnaire, layout: Responses
) -> RawAnswers:
    """Read an SPSS file; a name may differ from the questionnaire's in capitals, which SPSS ignores.

    Codes that the file declares missing are read as they are; the questionnaire must declare them
    missing too. SPSS has no empty texts, and cuts blanks at their end.

    Raises
    ------
    UserError
        As `opened_answers`.
    """
    opened = open_apart(open_spss, path, shown_as)
    wanted = [*plain_columns(questionnaire, layout, shown_as), *layout.ignore]
    return opened_answers(_renamed(opened, wanted), shown_as, questionnaire, layout)


def _renamed(opened: Opened, wanted: Sequence[str]) -> Opened:
    """Give the columns that differ from `wanted` ones in capitals alone those capitals."""
    capitals = {name.casefold(): name for name in wanted if name not in opened.header}
    names = {
        name: name if name in wanted else capitals.get(name.casefold(), name)
        for name in opened.header
    }
    return replace(
        opened,
        header=tuple(names.values()),
        columns=_named(opened.columns, names),
        labels=_named(opened.labels, names),
        missing=_named(opened.missing, names),
    )


def _named(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    return {names[name]: value for name, value in values.items()}
