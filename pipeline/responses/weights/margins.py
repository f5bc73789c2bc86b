"""The plan's margins, with their cells merged and named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Weighting
from pipeline.responses.weights.cells import (
    Merge,
    merge_adjacent,
    merge_grid,
    merge_with_largest,
    merge_within_types,
)
from pipeline.responses.weights.raking import Margin
from pipeline.responses.weights.sample import UNKNOWN, Sample


@dataclass(frozen=True)
class MergedMargin:
    """A margin after merging, and (k,) whether a cell holds several that have people in the population."""

    margin: Margin
    merged: np.ndarray


def merged_margins(
    sample: Sample, plan: Plan, weighting: Weighting, types: Mapping[str, str]
) -> list[MergedMargin]:
    """Return the plan's margins: targets from the people who were invited, cells of enough respondents.

    Parameters
    ----------
    types : by organisation, its type.

    Notes
    -----
    Organisations with too few respondents merge within their type, languages with the largest, other codes
    with the adjacent one. Unknown and `unraked` codes are in no cell.
    """
    return [_merged(sample, names, plan, weighting, types) for names in weighting.margins]


def _merged(
    sample: Sample,
    names: Sequence[str],
    plan: Plan,
    weighting: Weighting,
    types: Mapping[str, str],
) -> MergedMargin:
    codes = {
        name: [c for c in sample.codes[name] if c not in weighting.unraked.get(name, ())]
        for name in _outermost_first(names, sample.organisation)
    }
    shape = [len(each) for each in codes.values()]
    respondents = _grid_cells(sample.respondents, codes, sample)
    invited = _grid_cells(sample.invited, codes, sample)
    counts = np.bincount(respondents[respondents >= 0], minlength=int(np.prod(shape)))
    rules = [_rule(name, codes[name], sample, plan, types) for name in codes]
    merged = merge_grid(counts.reshape(shape), rules, weighting.least_cell).ravel()
    people = np.bincount(invited[invited >= 0], sample.people[invited >= 0], len(merged))
    cells = int(merged.max()) + 1
    targets = np.bincount(merged, people, cells)
    padded = np.append(merged, UNKNOWN)
    return MergedMargin(
        Margin(
            " x ".join(names),
            _labels(merged, codes, names),
            padded[respondents],
            targets * sample.total / targets.sum(),
        ),
        np.bincount(merged, people > 0, cells) > 1,
    )


def _outermost_first(names: Sequence[str], organisation: str) -> list[str]:
    """Return the questions in the order of merging: organisations, then from the last one named back."""
    rest = [name for name in reversed(names) if name != organisation]
    return [organisation, *rest] if organisation in names else rest


def _grid_cells(
    values: Mapping[str, np.ndarray], codes: Mapping[str, Sequence[str]], sample: Sample
) -> np.ndarray:
    """Return everybody's cell in the crossing of these codes; -1 where one is unknown, or none of them."""
    places = []
    for name, kept in codes.items():
        among = [kept.index(code) if code in kept else UNKNOWN for code in sample.codes[name]]
        places.append(np.array([*among, UNKNOWN])[values[name]])
    known = np.logical_and.reduce([each >= 0 for each in places])
    shape = [len(each) for each in codes.values()]
    cells = np.ravel_multi_index([np.maximum(each, 0) for each in places], shape)
    return np.where(known, cells, UNKNOWN)


def _rule(
    name: str, codes: Sequence[str], sample: Sample, plan: Plan, types: Mapping[str, str]
) -> Merge:
    if name == sample.organisation:
        return merge_within_types([types.get(code, "") for code in codes])
    is_language = plan.responses.in_frame.get(name) == "language"
    return merge_with_largest if is_language else merge_adjacent


def _labels(
    merged: np.ndarray, codes: Mapping[str, Sequence[str]], names: Sequence[str]
) -> tuple[str, ...]:
    """Return the name of each merged cell, such as `LEVEL=C+D;GENDER=F;AGE=u30`."""
    shape = [len(each) for each in codes.values()]
    places = np.column_stack(np.unravel_index(np.arange(len(merged)), shape))
    order = np.argsort(merged, kind="stable")
    bounds = np.searchsorted(merged[order], np.arange(merged.max() + 2))
    labels = []
    for start, end in pairwise(bounds):
        within = places[order[start:end]]
        own = {
            name: "+".join(codes[name][k] for k in np.unique(within[:, axis]))
            for axis, name in enumerate(codes)
        }
        labels.append(";".join(f"{name}={own[name]}" for name in names))
    return tuple(labels)
