"""Show conditions: a small language, parsed into a tree and never run as Python.

    INNOV == 1 and not (ROLE in [mgr, proj] or INNNUM > 3)
    'mobile' in TOOLS

Operators: `and`, `or`, `not`, `==`, `!=`, `<`, `<=`, `>`, `>=`, `in [..]`, `not in [..]`, and
`code in QUESTION` for multiple choice. A comparison with a question that was not answered is
false, whatever the operator; `not` turns that into true. Order compares numbers only, so an answer
like 99 (don't know) is never above 3 where 99 is declared missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
ORDER = {"<", "<=", ">", ">="}
MAXIMUM_DEPTH = 40
_TOKEN = re.compile(
    r"""\s*(?:(?P<op>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)|(?P<text>'[^']*'|"[^"]*")"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?\d+(?:\.\d+)?(?![\w.])))"""
)
_RESERVED = {"and", "or", "not", "in"}


class ConditionError(ValueError):
    """The text of a condition does not follow the language."""


@dataclass(frozen=True)
class Compare:
    """`item operator value`, for example `INNNUM > 3`."""

    item: str
    operator: Comparison
    value: str


@dataclass(frozen=True)
class In:
    """`item in [values]`, for one answer to a single choice."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Contains:
    """`code in item`, for an option ticked in a multiple choice."""

    item: str
    code: str


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    inner: Condition


@dataclass(frozen=True)
class AllOf:
    """Two or more conditions joined by `and`."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Two or more conditions joined by `or`."""

    parts: tuple[Condition, ...]


Condition = Compare | In | Contains | Not | AllOf | AnyOf


def parse_condition(text: str) -> Condition:
    """Parse the text of a condition.

    Raises
    ------
    ConditionError
        What was found, and what is allowed there.

    >>> parse_condition("INNOV == 1")
    Compare(item='INNOV', operator='==', value='1')
    """
    return _Parser(text).parse()


def format_condition(condition: Condition) -> str:
    """Write a condition as text that parses back to the same tree."""
    match condition:
        case Compare(item, operator, value):
            return f"{item} {operator} {_quoted(value)}"
        case In(item, values):
            return f"{item} in [{', '.join(map(_quoted, values))}]"
        case Contains(item, code):
            return f"{_quoted(code)} in {item}"
        case Not(inner):
            return f"not ({format_condition(inner)})"
        case AllOf(parts):
            return " and ".join(f"({format_condition(part)})" for part in parts)
        case AnyOf(parts):
            return " or ".join(f"({format_condition(part)})" for part in parts)


def leaves(condition: Condition) -> Iterator[Compare | In | Contains]:
    """Yield every comparison in a condition, from left to right."""
    match condition:
        case Not(inner):
            yield from leaves(inner)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield condition


def _quoted(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*|-?\d+(\.\d+)?", value)
    if plain and value not in _RESERVED:
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0

    def parse(self) -> Condition:
        condition = self._joined("or")
        if self.position < len(self.tokens):
            self._fail("'and', 'or' or the end")
        return condition

    def _joined(self, word: Literal["or", "and"]) -> Condition:
        parts = [self._below(word)]
        while self._take(word):
            parts.append(self._below(word))
        if len(parts) == 1:
            return parts[0]
        return AnyOf(tuple(parts)) if word == "or" else AllOf(tuple(parts))

    def _below(self, word: str) -> Condition:
        return self._joined("and") if word == "or" else self._negated()

    def _negated(self) -> Condition:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise ConditionError(f"nested more than {MAXIMUM_DEPTH} deep")
        condition = self._primary()
        self.depth -= 1
        return condition

    def _primary(self) -> Condition:
        if self._take("not"):
            return Not(self._negated())
        if self._take("("):
            condition = self._joined("or")
            self._expect(")")
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        left_is_item = self._kind() == "word"
        left = self._value()
        negative = self._take("not")
        if self._take("in"):
            condition = self._membership(left, left_is_item)
            return Not(condition) if negative else condition
        operator = self._peek()
        if negative or operator not in {"==", "!=", *ORDER}:
            self._fail("'==', '!=', '<', '<=', '>', '>=', 'in' or 'not in'")
        if not left_is_item:
            raise ConditionError(f"the name of a question stands on the left, not {left!r}")
        self.position += 1
        value = self._value()
        if operator in ORDER and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise ConditionError(f"'{operator}' compares with a number, not {value!r}")
        return Compare(left, cast(Comparison, operator), value)

    def _membership(self, left: str, left_is_item: bool) -> Condition:
        if not self._take("["):
            return Contains(self._name(), left)
        if not left_is_item:
            raise ConditionError(f"the name of a question stands before 'in [', not {left!r}")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect("]")
        return In(left, tuple(values))

    def _peek(self) -> str | None:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else None

    def _kind(self) -> str | None:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else None

    def _take(self, token: str) -> bool:
        found = self._peek() == token and self._kind() in {"op", "reserved"}
        self.position += found
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            self._fail(f"'{token}'")

    def _value(self) -> str:
        if self._kind() not in {"word", "number", "text"}:
            self._fail("the name of a question, a code or a number")
        self.position += 1
        return self.tokens[self.position - 1][1]

    def _name(self) -> str:
        if self._kind() != "word":
            self._fail("the name of a question, or a list in [ ]")
        return self._value()

    def _fail(self, allowed: str) -> None:
        found = self._peek()
        where = f"'{found}'" if found is not None else "the end"
        raise ConditionError(f"found {where} where {allowed} is expected")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if not match:
            rest = text[position:].strip()
            raise ConditionError(f"'{rest[:10]}' is not part of the language")
        kind, token = str(match.lastgroup), match.group(str(match.lastgroup))
        if kind == "text":
            token = token[1:-1]
        yield ("reserved" if kind == "word" and token in _RESERVED else kind), token
        position = match.end()
