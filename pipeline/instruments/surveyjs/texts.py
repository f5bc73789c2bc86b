"""Texts as SurveyJS takes them: by locale, with nothing in them that it would act on."""

from __future__ import annotations

import html
from collections.abc import Mapping

from pipeline.instruments.wording import words

DEFAULT = "en"
_JOINER = "\u2060"


def plain(text: Mapping[str, str]) -> dict[str, str]:
    """Return a text by locale, shown as it stands.

    `{name}` would be filled with the answer to `name`; an invisible joiner after the brace keeps it a text.
    """
    return _by_locale({code: each.replace("{", "{" + _JOINER) for code, each in text.items()})


def as_html(*texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by locale as paragraphs of HTML, with all that is markup in them escaped."""
    languages = texts[0]
    return _by_locale(
        {code: "".join(_paragraphs(text[code]) for text in texts) for code in languages}
    )


def message(key: str, languages: tuple[str, ...], **values: str) -> dict[str, str]:
    """Return words of the instruments by locale, with values in their places."""
    return _by_locale({code: words(code)[key].format(**values) for code in languages})


def _paragraphs(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    return "".join(f"<p>{html.escape(line).replace('{', '&#123;')}</p>" for line in lines)


def _by_locale(text: Mapping[str, str]) -> dict[str, str]:
    """Return texts with their default: English, which SurveyJS never looks up under its own name."""
    others = {code: each for code, each in text.items() if code != DEFAULT}
    return {"default": text.get(DEFAULT, next(iter(text.values()))), **others}
