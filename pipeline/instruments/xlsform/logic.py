"""Show conditions and validation as XLSForm expressions: XPath 1.0 with ODK's functions.

A question that was not asked or not answered is the empty text. It equals no code, but it differs from
every code, so `!=` needs a guard. As a number it is NaN, with which no order holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

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
from pipeline.questionnaire.model import Item, Number, Questionnaire


def relevance(shows: Iterable[str], questionnaire: Questionnaire) -> str:
    """Return the expression that holds where all show conditions hold; empty without any."""
    parts = [in_xpath(parse_condition(show), questionnaire) for show in shows if show]
    return parts[0] if len(parts) == 1 else _joined(parts, "and")


def any_relevance(shows: Sequence[str], questionnaire: Questionnaire) -> str:
    """Return the expression that holds where one of several parts is shown; empty if one always is."""
    if not all(shows):
        return ""
    parts = [in_xpath(parse_condition(show), questionnaire) for show in dict.fromkeys(shows)]
    return parts[0] if len(parts) == 1 else _joined(parts, "or")


def both(first: str, second: str) -> str:
    """Return the expression that holds where two hold, either of which may be empty."""
    return _joined([first, second], "and") if first and second else first or second


def in_xpath(condition: Condition, questionnaire: Questionnaire) -> str:
    """Return a condition as XPath, with the same truth for every set of answers."""
    match condition:
        case Compare(name, operator, value) if operator in ORDER:
            return _in_order(questionnaire.items[name], operator, value)
        case Compare(name, "==", value):
            return _is_one_of(questionnaire.items[name], (value,))
        case Compare(name, _, value):
            equal = _is_one_of(questionnaire.items[name], (value,))
            return f"(${{{name}}} != '' and not({equal}))"
        case In(name, values):
            return _is_one_of(questionnaire.items[name], values)
        case Contains(name, code):
            return f"selected(${{{name}}}, {_literal(code)})"
        case Not(inner):
            return f"not({in_xpath(inner, questionnaire)})"
        case AllOf(parts):
            return _joined([in_xpath(part, questionnaire) for part in parts], "and")
        case AnyOf(parts):
            return _joined([in_xpath(part, questionnaire) for part in parts], "or")


def _joined(parts: Sequence[str], word: str) -> str:
    return f"({f' {word} '.join(parts)})" if parts else ""


def _in_order(item: Item, operator: str, value: str) -> str:
    """Order compares numbers; a declared missing code is none."""
    numeric = item.kind in {"count", "number"}
    codes = item.choices.missing_codes if item.choices else {}
    missing = [f"${{{item.id}}} != {code if numeric else _literal(code)}" for code in codes]
    return _joined([*missing, f"number(${{{item.id}}}) {operator} {value}"], "and")


def _is_one_of(item: Item, values: Sequence[str]) -> str:
    """The answer is one of these codes; a count or a number is compared as one."""
    if item.kind not in {"count", "number"}:
        equal = [f"${{{item.id}}} = {_literal(value)}" for value in values]
    else:
        missing = item.choices.missing_codes if item.choices else {}
        equal = [f"${{{item.id}}} = {value}" for value in values if _can_be(value, missing)]
    if not equal:
        return "false()"
    return equal[0] if len(equal) == 1 else _joined(equal, "or")


def _can_be(value: str, missing: Iterable[str]) -> bool:
    """Say whether a number can be this: `99` written otherwise is no answer where 99 is missing."""
    return value in missing or float(value) not in set(map(float, missing))


def _literal(value: str) -> str:
    return f'"{value}"' if "'" in value else f"'{value}'"


def number_constraint(question: Number, missing: Iterable[str]) -> str:
    """Return what a number must be: within its bounds, or a missing code."""
    bounds = [f". >= {decimal(question.minimum)}"]
    if question.maximum is not None:
        bounds.append(f". <= {decimal(question.maximum)}")
    inside = " and ".join(bounds)
    codes = "".join(f" or . = {code}" for code in missing)
    return f"({inside}){codes}" if codes else inside


def exclusive_constraint(codes: Iterable[str]) -> str:
    """Return that each of these options is ticked alone or not at all; empty without any."""
    alone = [f"(not(selected(., {_literal(code)})) or count-selected(.) = 1)" for code in codes]
    return " and ".join(alone)


def share_constraint(fields: Sequence[str], own: str) -> str:
    """Return what one of several shares must be: 0 to 100, and with the last one all make 100.

    The last is not held to that while another is open, which may be for good where that one is not
    shown. A constraint is not looked at where its field is empty. `shares_off` sees to both.
    """
    bounds = ". >= 0 and . <= 100"
    *others, last = fields
    if own != last:
        return bounds
    total = _total([*(f"${{{field}}}" for field in others), "."])
    open_ones = [f"${{{field}}} = ''" for field in others]
    return f"{bounds} and ({total} = 100 or ({total} < 100 and {_joined(open_ones, 'or')}))"


def shares_off(fields: Sequence[str]) -> str:
    """Return the expression that holds while some shares are given and all do not make 100."""
    refs = [f"${{{field}}}" for field in fields]
    given = _joined([f"{ref} != ''" for ref in refs], "or")
    return _joined([given, f"{_total(refs)} != 100"], "and")


def _total(refs: Iterable[str]) -> str:
    """Two decimals: tenths and thirds need not add up to the last binary digit."""
    return f"round({' + '.join(f'coalesce({ref}, 0)' for ref in refs)}, 2)"


def decimal(value: float) -> str:
    """Return a number as XPath reads it, never as 1e+06.

    >>> decimal(-2.5), decimal(1e6)
    ('-2.5', '1000000')
    """
    text = f"{Decimal(repr(float(value))):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
