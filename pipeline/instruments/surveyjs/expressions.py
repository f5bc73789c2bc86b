"""Show conditions and checks in the expression language of SurveyJS.

It compares what is not answered as psi-co does, but for `<>` and for order with missing codes; those are
written out. Questions that are hidden lose their answers at once (`clearInvisibleValues` of the
form); rows of a grid do so only at the end, so what asks a row also asks whether that row is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.questionnaire.asked import NUMBER
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
from pipeline.questionnaire.surveyjs_names import item_place

Shows = Mapping[str, str]


def row_shows(questionnaire: Questionnaire) -> dict[str, str]:
    """Return the conditions that rows have of their own, by item."""
    questions = [question for section in questionnaire.sections for question in section.questions]
    rows = [row for question in questions for row in getattr(question, "rows", ())]
    return {row.id: row.show for row in rows if row.show}


def condition_expression(show: str, questionnaire: Questionnaire) -> str:
    """Return a show condition as an expression that holds for the same people."""
    return _expression(parse_condition(show), questionnaire, row_shows(questionnaire))


def variable(*place: str) -> str:
    """Return the name of an answer in an expression."""
    return "{" + ".".join(place) + "}"


def any_of(expressions: Iterable[str]) -> str:
    """Return an expression that holds where one of several does."""
    return " or ".join(f"({each})" for each in expressions)


def _expression(condition: Condition, asked: Questionnaire, shows: Shows) -> str:
    match condition:
        case Not(inner):
            return f"!({_expression(inner, asked, shows)})"
        case AllOf(parts):
            return " and ".join(f"({_expression(part, asked, shows)})" for part in parts)
        case AnyOf(parts):
            return any_of(_expression(part, asked, shows) for part in parts)
        case Compare(name, _, _) | In(name, _) | Contains(name, _):
            leaf = _leaf(condition, asked.items[name])
            if name not in shows:
                return leaf
            return f"({_expression(parse_condition(shows[name]), asked, shows)}) and ({leaf})"


def _leaf(leaf: Compare | In | Contains, item: Item) -> str:
    name = variable(*item_place(item))
    match leaf:
        case Compare(_, operator, value) if operator in ORDER:
            missing = list(item.choices.missing_codes) if item.choices else []
            known = f"{name} notempty"
            if missing:
                known += f" and !({name} anyof {_list(item, missing)})"
            return f"{known} and {name} {operator} {value}"
        case Compare(_, "!=", value):
            return f"{name} notempty and {name} <> {_value(item, value)}"
        case Compare(_, _, value):
            return f"{name} = {_value(item, value)}"
        case In(_, values):
            return f"{name} anyof {_list(item, values)}"
        case Contains(_, code):
            return f"{name} contains '{code}'"


def _list(item: Item, values: Sequence[str]) -> str:
    return "[" + ", ".join(_value(item, value) for value in values) + "]"


def _value(item: Item, value: str) -> str:
    """Return a code in quotes; the answer to a count or a number is a number there."""
    is_number = item.kind in {"count", "number"} and NUMBER.fullmatch(value)
    return value if is_number else f"'{value}'"


def as_number(value: float) -> str:
    """Return a bound as digits, without exponent."""
    return f"{value:.15g}"


def number_checks(item: Item) -> dict[str, str]:
    """Return what must hold for a count or a number: the key of the message, and the expression."""
    name = variable(*item_place(item))
    free = [f"{name} empty"]
    if item.choices and item.choices.missing_codes:
        free.append(f"{name} anyof {_list(item, list(item.choices.missing_codes))}")
    low = f"{name} >= {as_number(item.minimum or 0)}"
    checks = {"web_too_low": low}
    if item.maximum is not None:
        checks = {"web_out_of_bounds": f"{low} and {name} <= {as_number(item.maximum)}"}
    if item.kind == "count":
        checks = {"web_not_whole": f"{name} % 1 = 0", **checks}
    return {key: f"{any_of(free)} or ({check})" for key, check in checks.items()}


def shares_check(items: Sequence[Item], cell: str, questionnaire: Questionnaire) -> str:
    """Return what must hold for shares: none given, or those of the rows that are shown make 100."""
    shows = row_shows(questionnaire)
    empty, given = [], []
    for item in items:
        name = variable(*item_place(item), cell)
        if item.id in shows:
            shown = condition_expression(shows[item.id], questionnaire)
            empty.append(f"!({shown}) or {name} empty")
            given.append(f"iif({shown}, {name}, 0)")
        else:
            empty.append(f"{name} empty")
            given.append(name)
    none_given = " and ".join(f"({each})" for each in empty)
    return f"({none_given}) or (round(sum({', '.join(given)}), 6) = 100)"


def exclusive_checks(item: Item) -> dict[str, str]:
    """Return what must hold for each option that goes with no other, by its code."""
    options = item.choices.options if item.choices else ()
    name = item_place(item)[0]
    return {
        option.code: f"{variable(name)} notcontains '{option.code}' or {{{name}.length}} = 1"
        for option in options
        if option.exclusive
    }
