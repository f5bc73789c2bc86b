"""Show conditions and checks of answers as LimeSurvey's expressions.

LimeSurvey evaluates them twice: in PHP when a page is sent, in JavaScript while it is filled in, which
differ in what an empty answer equals or is less than. What is written here means the same in both:
codes stand in quotes, an order is asked of answers only, `.NAOK` lets an empty or hidden answer through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.instruments.limesurvey.survey import ALWAYS
from pipeline.questionnaire.columns import item_columns
from pipeline.questionnaire.conditions import (
    ORDER,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Contains,
    In,
    Not,
    parse_condition,
)
from pipeline.questionnaire.model import Item, Questionnaire


def relevance(show: str, questionnaire: Questionnaire) -> str:
    """Return a show condition as an expression: two-valued, false where nothing was answered."""
    return _expression(parse_condition(show), questionnaire) if show else ALWAYS


def _expression(condition: Condition, questionnaire: Questionnaire) -> str:
    """Return an expression in parentheses: `!` binds tighter than `==`, and does not stand twice."""
    match condition:
        case Compare(item, operator, value) if operator in ORDER:
            name = _variable(questionnaire.items[item])
            missing = [f"{name} != '{code}'" for code in _missing(questionnaire.items[item])]
            return _joined("and", [f"!is_empty({name})", *missing, f"{name} {operator} {value}"])
        case Compare(item, "==", value):
            return f"({_variable(questionnaire.items[item])} == '{value}')"
        case Compare(item, _, value):
            name = _variable(questionnaire.items[item])
            return _joined("and", [f"!is_empty({name})", f"{name} != '{value}'"])
        case In(item, values):
            name = _variable(questionnaire.items[item])
            return _joined("or", [f"{name} == '{value}'" for value in values])
        case Contains(item, code):
            return f"({questionnaire.items[item].question}_{code}.NAOK == 'Y')"
        case Not(inner):
            return f"(!{_expression(inner, questionnaire)})"
        case AllOf(parts):
            return _joined("and", [_expression(part, questionnaire) for part in parts])
        case AnyOf(parts):
            return _joined("or", [_expression(part, questionnaire) for part in parts])


def within_bounds(item: Item) -> str:
    """Return the check of a number: empty, one of its missing codes, or within its bounds."""
    name = _variable(item)
    bounds = [f"{name} >= {plain_number(item.minimum or 0)}"]
    if item.maximum is not None:
        bounds.append(f"{name} <= {plain_number(item.maximum)}")
    missing = [f"{name} == '{code}'" for code in _missing(item)]
    return _joined("or", [f"is_empty({name})", *missing, _joined("and", bounds)])


def add_up_to_100(columns: Sequence[Sequence[str]]) -> str:
    """Return the check of shares: whole numbers, and each column empty or 100 in all."""
    whole = [
        f"(is_empty({name}) or is_int({name}))" for names in columns for name in _all_naok(names)
    ]
    sums = [f"(count({_listed(names)}) == 0 or {total(names)} == 100)" for names in columns]
    return _joined("and", [*sums, *whole])


def total(names: Sequence[str]) -> str:
    """Return the sum of variables; an empty one counts as 0."""
    return f"sum({_listed(names)})"


def plain_number(value: float) -> str:
    """Return a number as digits, without an exponent."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _variable(item: Item) -> str:
    return f"{item_columns(item)[0].in_expressions}.NAOK"


def _missing(item: Item) -> tuple[str, ...]:
    return tuple(item.choices.missing_codes) if item.choices else ()


def _all_naok(names: Iterable[str]) -> list[str]:
    return [f"{name}.NAOK" for name in names]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_all_naok(names))


def _joined(word: str, parts: Sequence[str]) -> str:
    return f"({f' {word} '.join(parts)})"
