"""The words around the questions (buttons, messages, headings), one catalogue file a language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipeline.core.errors import UserError
from pipeline.core.yaml_text import read_yaml

CATALOGUES = Path(__file__).parent / "catalogue"


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the words of the instruments in a language, by key.

    Raises
    ------
    UserError
        There is no catalogue for the language.
    """
    path = CATALOGUES / f"{language}.yaml"
    if not path.is_file():
        have = ", ".join(sorted(each.stem for each in CATALOGUES.glob("*.yaml")))
        raise UserError(
            f"instruments have no words in '{language}' (they have: {have}); "
            f"add pipeline/instruments/catalogue/{language}.yaml"
        )
    return read_yaml(path, f"pipeline/instruments/catalogue/{language}.yaml").data
