"""The gate kept by other tables: what they say of languages carries the verdict of the ladder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pipeline.core.contracts import TABLES
from pipeline.core.tables import check_table
from pipeline.questionnaire.columns import rating_suffixes
from pipeline.questionnaire.model import Questionnaire

MARKED = {
    **dict.fromkeys(("items", "portfolio", "portfolio_change"), "item"),
    **dict.fromkeys(("percent_positive", "gaps", "gap_intervals", "priorities"), "target"),
}
"""Tables that split by language, and the column that says what the row is of."""
WORST_FIRST = ("none", "untested", "partial", "full", "ungated")


def mark_languages(
    tables: Mapping[str, pd.DataFrame], comparability: pd.DataFrame, questionnaire: Questionnaire
) -> dict[str, pd.DataFrame]:
    """Return the tables with `comparable` said of every row that is a language.

    A scale has the verdict of its own ladder; one made of others, or rated twice, the worst of theirs;
    an item that differs, `none`; another item, the worst of its scales, where partial is full: it
    is the scale that is compared in part. An item of no scale and an index of items are `ungated`: no
    ladder speaks of them. All of a language outside every ladder is `untested`.
    """
    verdicts, gated = _verdicts(comparability, questionnaire), _gated(comparability)
    marked = dict(tables)
    for name, column in MARKED.items():
        table = tables[name]
        pairs = zip(table["group"], table[column], strict=True)
        said = [
            verdicts.get((group, target), _unsaid(group, gated))
            if group.startswith("language=")
            else None
            for group, target in pairs
        ]
        marked[name] = check_table(
            table.assign(comparable=np.array(said, dtype=object)), TABLES[name]
        )
    return marked


def _gated(comparability: pd.DataFrame) -> set[str] | None:
    """Return the languages that are in the ladder of any scale; None where no ladder was to be climbed."""
    if comparability.empty:
        return None
    inside = comparability["gate"].eq(True)
    return set(comparability.loc[inside, "group"].astype(str))


def _unsaid(group: str, gated: set[str] | None) -> str:
    """Return what is said of a language where no ladder speaks of the scale or item."""
    return "ungated" if gated is None or group in gated else "untested"


def _verdicts(
    comparability: pd.DataFrame, questionnaire: Questionnaire
) -> dict[tuple[str, str], str]:
    """Return (group, scale or item) -> verdict."""
    columns = (comparability[name].astype(str) for name in ("group", "scale", "verdict"))
    known = {(group, scale): verdict for group, scale, verdict in zip(*columns, strict=True)}
    laddered, gated = {scale for _, scale in known}, _gated(comparability)
    known |= {
        (group, f"{name}{end}"): _unsaid(group, gated)
        for group, _ in list(known)
        for name in questionnaire.scales
        for end in rating_suffixes(questionnaire, name)
        if f"{name}{end}" not in laddered
    }
    found: dict[tuple[str, str], str] = {}
    for group in dict.fromkeys(comparability["group"]):
        for name in questionnaire.scales:
            for ends in _ratings(questionnaire, name):
                verdict = _worst(_of_scale(known, group, questionnaire, name, end) for end in ends)
                found[group, f"{name}{ends[0] if len(ends) == 1 else ''}"] = verdict
    return found | _of_items(comparability, questionnaire)


def _ratings(questionnaire: Questionnaire, name: str) -> list[list[str]]:
    """Return the ratings of a scale one by one, and, where there are two, both together."""
    ends = rating_suffixes(questionnaire, name)
    return [[end] for end in ends] + ([ends] if len(ends) > 1 else [])


def _of_scale(
    known: Mapping[tuple[str, str], str],
    group: str,
    questionnaire: Questionnaire,
    name: str,
    end: str,
) -> str:
    scale = questionnaire.scales[name]
    if scale.parts:
        return _worst(_of_scale(known, group, questionnaire, part, end) for part in scale.parts)
    return known.get((group, f"{name}{end}"), "untested")


def _of_items(
    comparability: pd.DataFrame, questionnaire: Questionnaire
) -> dict[tuple[str, str], str]:
    """Return (group, item) -> verdict; also of an item rated twice, the worst of its ratings."""
    found: dict[tuple[str, str], str] = {}
    for row in comparability.itertuples(index=False):
        name, end = _apart(str(row.scale), questionnaire)
        freed = str(row.freed_items).split(";") if isinstance(row.freed_items, str) else []
        whole = "full" if row.verdict == "partial" else str(row.verdict)
        for item in questionnaire.scales[name].items:
            verdict = "none" if f"{item}{end}" in freed else whole
            for each in {f"{item}{end}", item}:
                place = (str(row.group), each)
                found[place] = _worst([verdict, found.get(place, "full")])
    return found


def _apart(score: str, questionnaire: Questionnaire) -> tuple[str, str]:
    """Return a score's scale and rating."""
    for name in questionnaire.scales:
        for end in rating_suffixes(questionnaire, name):
            if f"{name}{end}" == score:
                return name, end
    raise KeyError(score)


def _worst(verdicts: Iterable[str]) -> str:
    said = set(verdicts)
    return next((each for each in WORST_FIRST if each in said), "untested")
