"""What was found in the answers, kept beside the tables that it leaves without a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.tables import make_table

T = TypeVar("T")


class Findings:
    """The findings of one stage, in the order they were made."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, str], dict[str, object]] = {}

    def note(
        self,
        place: tuple[str, str, str],
        n: int,
        finding: Finding,
        items: Sequence[str] = (),
    ) -> str:
        """Keep a finding of `place` (output, target, group), and return its name for the table there.

        n : people of the group. items : names of the columns that the finding counts from 0.
        """
        concerned = [items[at] for at in finding.items if at < len(items)]
        text = str(finding).removeprefix(f"{finding.name}: ")
        row = self._rows.setdefault((*place, finding.name), {"n": n, "items": [], "message": text})
        known = row["items"]
        if isinstance(known, list):
            known += [each for each in concerned if each not in known]
        return finding.name

    def attempt(
        self,
        place: tuple[str, str, str],
        n: int,
        compute: Callable[[], T],
        items: Sequence[str] = (),
    ) -> tuple[T | None, str | None]:
        """Return what `compute` gives and no name, or nothing and the name of its finding."""
        try:
            return compute(), None
        except Finding as finding:
            return None, self.note(place, n, finding, items)

    def table(self) -> pd.DataFrame:
        """Return `findings.csv`."""
        names = ("output", "target", "group", "finding")
        return make_table(
            [
                {
                    **dict(zip(names, key, strict=True)),
                    **row,
                    "items": ";".join(map(str, at)) or None,
                }
                for key, row in self._rows.items()
                if isinstance(at := row["items"], list)
            ],
            "findings",
        )
