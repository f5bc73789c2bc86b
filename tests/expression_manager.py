"""LimeSurvey's expressions evaluated the way its two engines do: PHP on the server, JavaScript in the page.

Only what psi-co writes is known here; anything else is an error, as it would be there: `!` stands before
something in parentheses or a function, and not twice. A variable without an answer is an empty text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

Engine = Literal["php", "js"]
TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*')|(?P<op>==|!=|<=|>=|[<>!(),-])|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]*(?:\.NAOK)?))"
)
PHP_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
JS_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|0[xX][0-9a-fA-F]+")
RESERVED = {"and", "or", "eq", "ne", "lt", "le", "gt", "ge"}
FUNCTIONS = {"is_empty", "is_int", "count", "sum"}


class NoExpression(ValueError):
    """LimeSurvey would refuse the expression, or not know a variable in it."""


def variables(expression: str) -> list[str]:
    """Return the variables that an expression names, without `.NAOK`."""
    words = [token for kind, token in tokens(expression) if kind == "word"]
    return [word.removesuffix(".NAOK") for word in words if word not in FUNCTIONS | RESERVED]


def evaluate(expression: str, values: Mapping[str, str | None], engine: Engine) -> bool:
    """Say whether an expression holds; `values` are what the database holds, by variable."""
    if expression == "1":
        return True
    return truth(_Parser(expression, values, engine).whole(), engine)


def tokens(expression: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while expression[position:].strip():
        match = TOKEN.match(expression, position)
        if not match:
            raise NoExpression(f"{expression[position:][:20]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        position = match.end()
    return found


def truth(value: Any, engine: Engine) -> bool:
    """PHP takes the text "0" for false, JavaScript does not."""
    return bool(value) and not (engine == "php" and value == "0")


class _Parser:
    """or < and < == != < order < - ! < ( ) and functions, as in LimeSurvey."""

    def __init__(self, expression: str, values: Mapping[str, str | None], engine: Engine) -> None:
        self.tokens = tokens(expression)
        self.position = 0
        self.values = values
        self.engine = engine

    def whole(self) -> Any:
        value = self.joined("or")
        if self.position < len(self.tokens):
            raise NoExpression(f"'{self.peek()[1]}' is left over")
        return value

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self, *words: str) -> str:
        kind, token = self.peek()
        if kind in {"op", "word"} and token in words:
            self.position += 1
            return token
        return ""

    def joined(self, word: str) -> Any:
        below = (lambda: self.joined("and")) if word == "or" else self.equality
        value = below()
        while self.take(word):
            other = below()
            both = (truth(value, self.engine), truth(other, self.engine))
            value = any(both) if word == "or" else all(both)
        return value

    def equality(self) -> Any:
        value = self.order()
        while operator := self.take("==", "!="):
            same = _equal(value, self.order(), self.engine)
            value = same if operator == "==" else not same
        return value

    def order(self) -> Any:
        value = self.unary()
        while operator := self.take("<", "<=", ">", ">="):
            value = _ordered(operator, value, self.unary(), self.engine)
        return value

    def unary(self) -> Any:
        if self.take("!"):
            return not truth(self.primary(), self.engine)
        if self.take("-"):
            number = self.primary()
            return Literal_("-" + number) if isinstance(number, Literal_) else -float(number)
        return self.primary()

    def primary(self) -> Any:
        if self.take("("):
            value = self.joined("or")
            if not self.take(")"):
                raise NoExpression("')' is missing")
            return value
        kind, token = self.peek()
        self.position += 1
        if kind == "text":
            return Quoted(token[1:-1])
        if kind == "number":
            return Literal_(token)
        if kind == "word" and token in FUNCTIONS:
            return self.function(token)
        if kind == "word" and token.endswith(".NAOK"):
            return self.variable(token.removesuffix(".NAOK"))
        raise NoExpression(f"'{token}' cannot stand there")

    def function(self, name: str) -> Any:
        if not self.take("("):
            raise NoExpression(f"'(' is missing after {name}")
        arguments = [self.joined("or")]
        while self.take(","):
            arguments.append(self.joined("or"))
        if not self.take(")"):
            raise NoExpression("')' is missing")
        return _call(name, arguments)

    def variable(self, name: str) -> Any:
        if name not in self.values:
            raise NoExpression(f"no variable {name}")
        value = self.values[name] or ""
        if self.engine == "php" or not JS_NUMBER.fullmatch(value):
            return value
        if value.startswith("0") and len(value) > 1 and "." not in value:
            return value  # zeros in front are kept, as a text
        return float(value)


class Quoted(str):
    """A text in quotes: PHP compares it as a text where an order is asked."""


class Literal_(str):  # noqa: N801
    """A number without quotes."""


def _call(name: str, arguments: list[Any]) -> Any:
    if name == "is_empty":
        return arguments[0] == ""
    if name == "is_int":
        return re.fullmatch(r"-?\d+(\.0*)?", _text(arguments[0])) is not None
    given = [each for each in arguments if each != ""]
    return float(len(given)) if name == "count" else float(sum(float(each) for each in given))


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _equal(a: Any, b: Any, engine: Engine) -> bool:
    if engine == "php":
        a, b = _text(a), _text(b)
        numeric = PHP_NUMBER.fullmatch(a) and PHP_NUMBER.fullmatch(b)
        return float(a) == float(b) if numeric else a == b
    if _is_js_text(a) and _is_js_text(b):
        return str(a) == str(b)
    return _js_number(a) == _js_number(b)


def _ordered(operator: str, a: Any, b: Any, engine: Engine) -> bool:
    if engine == "php":
        return _php_ordered(operator, a, b)
    if _is_js_text(a) and _is_js_text(b):
        return _compare(operator, str(a), str(b))
    return _compare(operator, _js_number(a), _js_number(b))


def _php_ordered(operator: str, a: Any, b: Any) -> bool:
    """LimeSurvey compares numbers, or texts, and says no where one is each; empty counts as a text."""
    numeric = [bool(PHP_NUMBER.fullmatch(_text(each))) for each in (a, b)]
    as_text = [not n or _text(each) == "0" for n, each in zip(numeric, (a, b), strict=True)]
    if all(numeric) and not (isinstance(a, Quoted) or isinstance(b, Quoted)):
        return _compare(operator, float(a), float(b))
    return all(as_text) and _compare(operator, _text(a), _text(b))


def _is_js_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Literal_)


def _js_number(value: Any) -> float:
    if not isinstance(value, str):
        return float(value)
    if value == "":
        return 0.0
    if not JS_NUMBER.fullmatch(value):
        return math.nan
    return float(int(value, 16)) if value[:2] in {"0x", "0X"} else float(value)


def _compare(operator: str, a: Any, b: Any) -> bool:
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
