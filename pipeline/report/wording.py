"""Words and numbers for readers, in one language: labels of the study and the report's own phrases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from pipeline.core.errors import UserError, nearest
from pipeline.core.yaml_text import read_yaml

CATALOGUES = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Wording:
    """What a figure needs to speak: names of things, phrases, number formats, and facts of the run.

    Attributes
    ----------
    labels : the study's `labels.csv`. language : one of its languages.
    simulated, weighted : facts to be shown. minimum : smallest number of people in a published cell.
    limits : what the plan judges scales by, `<part>.<name>` as in `analysis.yaml`.
    """

    labels: pd.DataFrame
    language: str
    simulated: bool = False
    weighted: bool = False
    minimum: int = 10
    limits: Mapping[str, float] = field(default_factory=dict)

    def label(self, kind: str, name: str, parent: str | None = None) -> str:
        """Return a thing's name in this language; its machine name where it has no label."""
        return self._names.get((kind, parent or "", name), name)

    def names(self, kind: str, parent: str | None = None) -> list[str]:
        """Return the machine names of a kind (below `parent`), in the order of the questionnaire."""
        return [n for k, p, n in self._names if k == kind and p == (parent or "")]

    def say(self, key: str, **values: object) -> str:
        """Return a phrase of the catalogue with its blanks filled."""
        return self._phrases[key].format(**values)

    def number(self, value: float, digits: int) -> str:
        """Return a number with a fixed number of decimals, as the language writes it."""
        from babel.numbers import format_decimal

        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        text = format_decimal(value, pattern, locale=self.language)
        return text.replace("-", "\N{MINUS SIGN}")

    def people(self, counts: pd.Series) -> str:
        """Return how many people rows stand for, from the fewest to the most: `n = 12-34.`."""
        known = counts.dropna()
        if known.empty:
            return ""
        low, high = (self.number(each, 0) for each in (known.min(), known.max()))
        shown = low if low == high else f"{low}\N{EN DASH}{high}"
        return f"{self.say('n')} = {shown}."

    def percent(self, share: float) -> str:
        """Return a share such as .95 as a whole percentage, as the language writes it."""
        from babel.numbers import format_percent

        return format_percent(share, locale=self.language)

    @cached_property
    def _names(self) -> dict[tuple[str, str, str], str]:
        mine = self.labels[self.labels["language"] == self.language]
        names: dict[tuple[str, str, str], str] = {}
        columns = mine[["kind", "parent", "name", "label"]]
        for kind, parent, name, label in columns.itertuples(index=False, name=None):
            names[(kind, parent, name)] = label
            names.setdefault((kind, "", name), label)
        return names

    @cached_property
    def _phrases(self) -> dict[str, str]:
        path = CATALOGUES / f"{self.language}.yaml"
        if not path.is_file():
            known = sorted(each.stem for each in CATALOGUES.glob("*.yaml"))
            raise UserError(
                f"the report has no words in '{self.language}'{nearest(self.language, known)}; "
                f"add pipeline/report/catalogue/{self.language}.yaml"
            )
        return dict(read_yaml(path).data)
