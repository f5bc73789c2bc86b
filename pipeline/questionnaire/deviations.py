"""What the plan declares otherwise than when it was registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pipeline.core.declared import validate
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.core.yaml_text import parse_yaml
from pipeline.questionnaire.registration import FILE, Deviation, Registration

NOWHERE = "-"


def deviations_table(registration: Registration, plan: Plan, shown_as: str) -> pd.DataFrame:
    """Return `deviations.csv`: every value that the plan declares otherwise than when it was registered."""
    if registration.registered is None:
        return make_table([], "deviations")
    text = parse_yaml(registration.registered.plan, f"{shown_as}/{FILE}")
    before = validate(Plan, text, lambda location: None).value
    changes = (
        list(_changes(_plain(before), _plain(plan), ""))
        if before is not None
        else [("plan", "of an earlier form of plans", "")]
    )
    return make_table([_row(change, registration.log) for change in changes], "deviations")


def _row(change: tuple[str, str, str], log: tuple[Deviation, ...]) -> dict[str, object]:
    part, before, now = change
    said = [each for each in log if part == each.part or part.startswith(f"{each.part}.")]
    last = said[-1] if said else None
    return {
        "part": part,
        "registered": before,
        "now": now,
        "date": last.date.isoformat() if last else None,
        "reason": last.reason if last else None,
    }


def _plain(plan: Plan) -> Any:
    """Return the plan as mappings, in which what is listed with an id has it for a name."""
    return _named(plan.model_dump(mode="json"))


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _named(each) for key, each in value.items()}
    listed = isinstance(value, list) and bool(value)
    if listed and all(isinstance(each, Mapping) and "id" in each for each in value):
        return {each["id"]: _named(each) for each in value}
    return value


def _changes(before: Any, now: Any, part: str) -> Iterator[tuple[str, str, str]]:
    if before == now:
        return
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            name = f"{part}.{key}" if part else str(key)
            yield from _changes(before.get(key), now.get(key), name)
        return
    yield part, _shown(before), _shown(now)


def _shown(value: Any) -> str:
    if value is None:
        return NOWHERE
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
