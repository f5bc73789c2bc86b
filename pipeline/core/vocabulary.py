"""What contracts are made of: a column, a table, and the columns that tables have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ColumnType = Literal["text", "whole", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column: type, meaning, unit, allowed values; `key` if it says what the row is about.

    A key is never missing; any other value is missing where it could not be computed or was hidden.
    `people` names the column that counts those the value stands for. `declared` values come from the
    questionnaire or the plan, say nothing of people, and stay in a hidden row. `compared` values invite a
    comparison of groups: they stay inside where the language gate is shut (`comparable`).
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    key: bool = False
    declared: bool = False
    people: str = "n"
    compared: bool = False


@dataclass(frozen=True)
class Contract:
    """A table: the file's name without ending, what one row is, the order of rows, its columns.

    `hides` says whether the exit door blanks a row's values when its `n` is too small. `adds_up` names the
    key whose rows, those named `all` aside, add up to a published number, so that one hidden `n` alone
    could be worked out.
    """

    name: str
    row: str
    order: str
    columns: tuple[Column, ...]
    hides: bool = True
    adds_up: str = ""

    @property
    def keys(self) -> list[str]:
        """Names of the columns that identify a row."""
        return [column.name for column in self.columns if column.key]

    @property
    def names(self) -> list[str]:
        """Names of all columns, in order."""
        return [column.name for column in self.columns]


def key(name: str, meaning: str, allowed: tuple[str, ...] = ()) -> Column:
    """Return a text column that identifies the row."""
    return Column(name, "text", meaning, allowed=allowed, key=True)


def declared(
    name: str, meaning: str, type: ColumnType = "text", allowed: tuple[str, ...] = ()
) -> Column:
    """Return a column whose values the questionnaire or the plan declares."""
    return Column(name, type, meaning, allowed=allowed, declared=True)


def number(
    name: str,
    meaning: str,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Column:
    """Return a column of numbers with optional `minimum` and `maximum`."""
    return Column(name, "number", meaning, unit, minimum=minimum, maximum=maximum)


def percent(name: str, meaning: str) -> Column:
    """Return a column of percentages."""
    return Column(name, "number", meaning, "%", minimum=0, maximum=100)


def few(name: str, meaning: str, unit: str = "people") -> Column:
    """Return a column that counts people, and is hidden by its own number."""
    return Column(name, "whole", meaning, unit, minimum=0, people=name)


def compared(column: Column) -> Column:
    """Return a column whose values groups are compared by: means, shares, and their errors."""
    return replace(column, compared=True)


def of(people: str, column: Column) -> Column:
    """Return a column whose values stand for the people that another one counts."""
    return replace(column, people=people)


N = Column("n", "whole", "answers used, unweighted", "people", minimum=0)
GROUP = key("group", "`all` for everyone, else `<question>=<code>`, e.g. `language=fr`")
ESTIMATE = number("estimate", "the estimate")
STD_ERROR = number("std_error", "its standard error", minimum=0)
DF = number("df", "degrees of freedom of the interval", minimum=0)
CONF = (
    number("conf_low", "lower end of the confidence interval"),
    number("conf_high", "upper end of the confidence interval"),
    number("conf_level", "confidence level of the interval", minimum=0, maximum=1),
)
P_VALUE = number("p_value", "two-sided p value", minimum=0, maximum=1)
