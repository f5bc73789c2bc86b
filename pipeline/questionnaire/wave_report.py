"""A comparison of waves for people to read, and as a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from pipeline.core.formulas import defused
from pipeline.questionnaire.waves import Compared, Verdict

COLUMNS = ("name", "is", "verdict", "changes")


def waves_text(compared: Sequence[Compared]) -> str:
    """Return what changed, one line an item or scale, and how many may be compared."""
    changed = [each for each in compared if each.changes]
    width = max((len(each.name) for each in changed), default=0)
    lines = [f"{each.name:<{width}}  {each.verdict}: {_changes(each)}" for each in changed]
    return "\n".join([*lines, *([""] if lines else []), *_totals(compared)])


def _changes(each: Compared) -> str:
    return "; ".join(f"{change.kind} - {change.what}" for change in each.changes)


def _totals(compared: Sequence[Compared]) -> list[str]:
    totals = []
    for is_scale, what in ((False, "items"), (True, "scales")):
        found = Counter(each.verdict for each in compared if each.is_scale == is_scale)
        listed = ", ".join(f"{found[verdict]} {verdict}" for verdict in Verdict)
        totals.append(f"{found.total()} {what}: {listed}")
    return totals


def waves_csv(compared: Sequence[Compared]) -> str:
    """Return every item and scale, also the unchanged, as CSV: name, item or scale, verdict, changes."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in compared:
        kind = "scale" if each.is_scale else "item"
        writer.writerow([each.name, kind, str(each.verdict), defused(_changes(each))])
    return target.getvalue()
