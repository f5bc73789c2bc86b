r"""Plain texts as the HTML that LimeSurvey shows, with nothing in it that it would run or swallow.

`{...}` is an expression to LimeSurvey, and `\{` a brace; `|` splits a row of an array in two. What a
backslash, a quote or a leading `=` can do in its tab-separated file, an entity cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.core.errors import UserError
from pipeline.instruments.limesurvey.survey import Texts

_SPECIAL = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "|": "&#124;",
    "\\": "&#92;",
    "{": r"\{",
    "}": r"\}",
}
_FORMULA = re.compile(r"^[-=+@]|^0$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def html(text: str) -> str:
    """Return a text as HTML; an empty line or a line end starts a new paragraph.

    Raises
    ------
    UserError
        The text holds a control character, which no XML file can.
    """
    paragraphs = [inline(part) for part in _lines(text)]
    if len(paragraphs) < 2:
        return "".join(paragraphs)
    return " ".join(f"<p>{each}</p>" for each in paragraphs)


def inline(text: str, line_end: str = "<br />") -> str:
    """Return a text as HTML without paragraphs: the text of a row, an answer or a heading."""
    if _CONTROL.search(text):
        raise UserError(f"limesurvey: a text holds a control character: {text[:60]!r}; remove it")
    return line_end.join(_escaped(line) for line in _lines(text))


def by_language(texts: Mapping[str, str] | None, languages: tuple[str, ...]) -> Texts:
    """Return a text of several paragraphs as HTML by language; empty where there is none."""
    return {language: html(texts[language]) if texts else "" for language in languages}


def inline_by_language(
    texts: Mapping[str, str], languages: tuple[str, ...], line_end: str = "<br />"
) -> Texts:
    """Return a text without paragraphs as HTML by language."""
    return {language: inline(texts[language], line_end) for language in languages}


def _lines(text: str) -> list[str]:
    lines = (line.strip(" ") for line in text.replace("\t", " ").splitlines())
    return [line for line in lines if line]


def _escaped(line: str) -> str:
    escaped = "".join(_SPECIAL.get(character, character) for character in line)
    return _FORMULA.sub(lambda found: f"&#{ord(found.group())};", escaped)
