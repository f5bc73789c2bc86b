"""What stands in a file for translators: one unit a string."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A string on its way to a translator and back.

    `status` is empty where there is no translation yet; `stale` says that the source was changed
    after the translation was made.
    """

    name: str
    source: str
    target: str
    status: str
    note: str = ""
    context: str = ""
    most_bytes: int = 0
    stale: bool = False


@dataclass(frozen=True)
class Sheet:
    """All units of one study in one language, in the order of the questionnaire."""

    study: str
    source_language: str
    language: str
    version: str
    units: tuple[Unit, ...]
