"""The codebook as one table: a row for each code of each variable, all languages side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from pipeline.core.formulas import defused
from pipeline.instruments.codebook.variables import Category, Variable
from pipeline.questionnaire.model import Questionnaire


def codebook_table(questionnaire: Questionnaire, variables: Sequence[Variable]) -> bytes:
    """Return CSV (UTF-8): a row for each code, or one for a variable without codes.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    languages = questionnaire.languages
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(
        [
            *("file", "variable", "group", "type", "minimum", "maximum", "scales"),
            *(f"label_{each}" for each in languages),
            *(f"question_{each}" for each in languages),
            *(f"universe_{each}" for each in languages),
            *("code", "missing", "counts_as"),
            *(f"code_label_{each}" for each in languages),
            *(f"derivation_{each}" for each in languages),
            "source",
        ]
    )
    for variable in variables:
        for row in _rows(variable, languages):
            writer.writerow([defused(cell) for cell in row])
    return target.getvalue().encode("utf-8")


def _rows(variable: Variable, languages: Sequence[str]) -> Iterator[list[str]]:
    for category in variable.categories or (Category("", {}),):
        yield [
            *(variable.file, variable.name, variable.group, variable.type),
            *("" if each is None else f"{each:g}" for each in (variable.minimum, variable.maximum)),
            " ".join(variable.scales),
            *(variable.label[each] for each in languages),
            *(variable.question.get(each, "") for each in languages),
            *((variable.universe or {}).get(each, "") for each in languages),
            *(category.code, category.missing, counts_as(variable, category.code)),
            *(category.text.get(each, "") for each in languages),
            *((variable.derivation or {}).get(each, "") for each in languages),
            variable.source,
        ]


def counts_as(variable: Variable, code: str) -> str:
    """Return what a code counts as in percentages (`positive` ...); empty where it counts as nothing."""
    rule = variable.rule or {}
    return next((name for name, codes in rule.items() if code in codes), "")
