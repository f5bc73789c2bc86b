"""Texts that a spreadsheet would run as a formula, made harmless in files that people open with one."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(text: str) -> str:
    """Return a text with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return a text without the apostrophe that `defused` put in front of it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
