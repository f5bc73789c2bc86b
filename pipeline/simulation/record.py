"""What a draw leaves: interviews, invited people, and the record of what was planted (`truth.json`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.simulation.employers import Employer
from pipeline.simulation.field import ATTENTIVE, KINDS
from pipeline.simulation.implied import Implied, as_given
from pipeline.simulation.implied_outcomes import ImpliedOutcomes
from pipeline.simulation.interviews import NEVER_STOPPED

FIRST_TIME = -1


@dataclass(frozen=True)
class Interviews:
    """Interviews in the order of starting (n rows).

    Attributes
    ----------
    codes : (n, C) positions of answers. pages, seconds : (n, sections). token : (n,) bytes.
    organisation : (n,) position of the employer. language : (n,) position in `languages`.
    kinds : (n,) of respondents. refused : (n,). stop : (n,) section of breaking off, or -1.
    duplicate_of : (n,) row of the first interview, or -1. changed, borrowed : (n,) of duplicates.
    standings : (n, L) on latents, shifts included; (n, 0) where they were not kept.
    """

    languages: tuple[str, ...]
    codes: np.ndarray
    pages: np.ndarray
    seconds: np.ndarray
    start: np.ndarray
    seed: np.ndarray
    token: np.ndarray
    organisation: np.ndarray
    language: np.ndarray
    kinds: np.ndarray
    refused: np.ndarray
    stop: np.ndarray
    duplicate_of: np.ndarray
    changed: np.ndarray
    borrowed: np.ndarray
    standings: np.ndarray

    @property
    def submitted(self) -> np.ndarray:
        """(n,) whether the last page was sent off."""
        return self.stop == NEVER_STOPPED

    def rows(self, rows: slice | np.ndarray) -> Interviews:
        """Return some of the rows, in that order."""
        arrays: dict[str, Any] = {
            k: v[rows] for k, v in vars(self).items() if isinstance(v, np.ndarray)
        }
        return replace(self, **arrays)


@dataclass(frozen=True)
class Frame:
    """Invited people (m): token, position of the employer, positions of codes in the margins (m, 4)."""

    token: np.ndarray
    organisation: np.ndarray
    codes: np.ndarray


def joined(parts: Sequence[Interviews]) -> Interviews:
    """Return the rows of several, one after the other; `duplicate_of` stays as it is."""
    names = [name for name, value in vars(parts[0]).items() if isinstance(value, np.ndarray)]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    return replace(parts[0], **arrays)


def in_order_of_start(parts: Sequence[Interviews]) -> Interviews:
    """Join the interviews of batches and sort them by their start; rows of duplicates follow."""
    offsets = np.cumsum([0, *(len(part.codes) for part in parts)])
    moved = [
        np.where(part.duplicate_of >= 0, part.duplicate_of + offset, FIRST_TIME)
        for part, offset in zip(parts, offsets, strict=False)
    ]
    everyone = joined(parts)
    order = np.argsort(everyone.start, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    duplicate_of = np.concatenate(moved)
    followed = np.where(duplicate_of >= 0, place[duplicate_of], FIRST_TIME)
    return replace(everyone, duplicate_of=followed).rows(order)


def planted(interviews: Interviews, sections: Sequence[str]) -> dict[str, Any]:
    """Return what was planted: by token who was careless, refused or stopped; then duplicates by id."""
    first = interviews.duplicate_of < 0
    special = interviews.refused | ~interviews.submitted | (interviews.kinds != ATTENTIVE)
    people: dict[str, dict[str, Any]] = {}
    for row in np.flatnonzero(first & special):
        entry: dict[str, Any] = {"id": int(row) + 1}
        if interviews.kinds[row] != ATTENTIVE:
            entry["careless"] = KINDS[interviews.kinds[row]]
        if interviews.refused[row]:
            entry["consent"] = 0
        if not interviews.submitted[row]:
            entry["broke_off_in"] = sections[interviews.stop[row]]
        people[interviews.token[row].decode()] = entry
    duplicates = [
        {
            "id": int(row) + 1,
            "of": int(interviews.duplicate_of[row]) + 1,
            "token": interviews.token[row].decode(),
            "same_token": not interviews.borrowed[row],
            "changed": bool(interviews.changed[row]),
        }
        for row in np.flatnonzero(~first)
    ]
    return {"people": people, "duplicates": duplicates}


def planted_kinds(record: dict[str, Any]) -> list[str]:
    """Return the kind of each interview, in their order, from the record of a draw.

    Who came again answered as the first time.
    """
    kinds = [KINDS[ATTENTIVE]] * int(record["counts"]["rows"])
    for person in record["people"].values():
        kinds[person["id"] - 1] = person.get("careless", KINDS[ATTENTIVE])
    for again in record["duplicates"]:
        kinds[again["id"] - 1] = kinds[again["of"] - 1]
    return kinds


def counts(interviews: Interviews, invited: int) -> dict[str, int]:
    """Return how many were invited and started, and how many of each kind of trouble there are."""
    first = interviews.duplicate_of < 0
    found = {
        "invited": invited,
        "started": int(first.sum()),
        "rows": len(first),
        "refused": int((interviews.refused & first).sum()),
        "broke_off": int((~interviews.submitted & first).sum()),
        "duplicates": int((~first).sum()),
    }
    return found | {
        name: int(((interviews.kinds == k) & first).sum()) for k, name in enumerate(KINDS) if k
    }


def organisation_record(
    employers: Sequence[Employer],
    rates: Sequence[float],
    effects: np.ndarray,
    names: Sequence[str],
    interviews: Interviews,
    frame: Frame,
) -> list[dict[str, Any]]:
    """Return, for each organisation, its size, its response, and its standings on the latents."""
    first = interviews.duplicate_of < 0
    started = np.bincount(interviews.organisation[first], minlength=len(employers))
    invited = np.bincount(frame.organisation, minlength=len(employers))
    return [
        {
            "code": each.code,
            "type": each.type,
            "headcount": each.headcount,
            "invited": int(invited[k]),
            "started": int(started[k]),
            "response_rate": round(float(rates[k]), 6),
            "effects": {
                name: round(float(v), 6) for name, v in zip(names, effects[k], strict=True)
            },
        }
        for k, each in enumerate(employers)
    ]


def implied_record(moments: Implied, outcomes: ImpliedOutcomes) -> dict[str, Any]:
    """Return implied values by column, item, scale and outcome, rounded to six decimals."""
    measurement = moments.design.measurement
    selected = dict(zip(outcomes.selected, outcomes.selected_mean, strict=True))
    means = {}
    for column in measurement.columns:
        mean = moments.mean_of(column.name)
        if column.name in selected:
            mean = as_given(column, float(selected[column.name]))
        means[column.name] = mean
    gaps = [column.item for column in measurement.columns if column.twin]
    single = [column.name for column in measurement.columns if column.icc is not None]
    record: dict[str, dict[str, Any]] = {
        "item_means": means,
        "gaps": {item: moments.gap(item) for item in gaps},
        "alpha": {s: moments.alpha(s) for s, c in measurement.scales.items() if len(c) > 1},
        "icc1": {scale: moments.icc(scale) for scale in measurement.scales}
        | {name: moments.icc_of(name) for name in single},
        "shares": outcomes.shares,
        "mean_counts": outcomes.counts,
        "categories": {k: list(map(float, v)) for k, v in outcomes.categories.items()},
        "portfolio": outcomes.portfolio,
    }
    return {key: _rounded(value) for key, value in record.items()}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: [round(v, 6) for v in value] if isinstance(value, list) else round(value, 6)
        for key, value in values.items()
    }


def as_json(record: dict[str, Any]) -> bytes:
    """Return a record as JSON text, keys in the order given."""
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()
