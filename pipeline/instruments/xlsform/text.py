"""Texts in the cells of an XLSForm, so that every client shows them as they were written.

Collect, Enketo and Web Forms read the labels of questions and groups, and hints, as Markdown with HTML:
what they would act on is written there as a character reference (`&#42;`), which none of them acts
on. Enketo shows labels of choices and messages as they stand, so no reference can be used in those:
there an invisible word joiner keeps a tag, a reference or a `${...}` from being one. Emphasis (`*so*`)
it cannot prevent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Texts = Mapping[str, str]

_LIVE = re.compile(
    r"[<*_#\\`~]"
    r"|&(?=[A-Za-z#])"  # the start of a character reference
    r"|\$(?=\{)"  # the value of another question
    r"|\](?=[(\[:])"  # a link
    r"|(?m:^)[ \t]*(?:[>=]|[-+](?=[ \t-])|\d+[.)](?=[ \t]))"  # a quotation, a list, a line
    r"|[\u2018\u2019\u201c\u201d\u00a0]"  # pyxform makes these plain quotes and spaces
)
_MARKUP = re.compile(
    r"<(?=[A-Za-z/!?])|&(?=[A-Za-z#])|\$(?=\{)|\](?=[(\[:])|\\(?=[!-/:-@\[-`{-~])"
    r"|(?m:^)(?=[ \t]*(?:[#>=]|[-+][ \t-]))"
)
_BREAK = re.compile(r"\s*\n\s*")
_EMPHASIS = re.compile(r"[*_`~\u2018\u2019\u201c\u201d]")
WORD_JOINER = "\u2060"


def as_label(texts: Texts) -> dict[str, str]:
    """Return texts by language as labels of questions or groups, or as hints.

    Each line becomes a paragraph: Web Forms would join lines that no blank line keeps apart.
    """
    return {
        language: _BREAK.sub("\n\n", _LIVE.sub(_referred, text)) for language, text in texts.items()
    }


def as_plain(texts: Texts) -> dict[str, str]:
    """Return texts by language as labels of choices or as messages."""
    return {language: _MARKUP.sub(_joined, text) for language, text in texts.items()}


def is_spoilt(texts: Texts) -> bool:
    """Say whether the label of a choice has characters that some clients show otherwise."""
    return any(_EMPHASIS.search(text) for text in texts.values())


def _referred(match: re.Match[str]) -> str:
    """Return the live character as a reference; in a list, the number before it stays."""
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


def _joined(match: re.Match[str]) -> str:
    return match[0] + WORD_JOINER


def language_heading(language: str) -> str:
    """Return how XLSForm names a language: its own name with the code, as in `Nederlands (nl)`."""
    return f"{language_name(language)} ({language})"


def language_name(language: str) -> str:
    """Return a language's name for itself; the code where it has none that is known."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(language).get_language_name(language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name[0].upper() + name[1:] if name else language


def joined(parts: Iterable[Texts], between: str) -> dict[str, str]:
    """Return texts one after the other, language by language; absent ones are left out."""
    present = [part for part in parts if part]
    languages = present[0] if present else {}
    return {each: between.join(part[each] for part in present) for each in languages}
