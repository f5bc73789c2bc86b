"""Cells that are too small, merged: by hand, and whatever the counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.responses.weights.cells import (
    merge_adjacent,
    merge_grid,
    merge_with_largest,
    merge_within_types,
)

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=9).map(np.array)


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ([30, 40, 25], [0, 1, 2]),
        ([30, 40, 5], [0, 1, 1]),  # the last one has one neighbour
        ([5, 40, 25], [0, 0, 1]),
        ([30, 5, 25, 40], [0, 1, 1, 2]),  # with the smaller neighbour
        ([12, 5, 25, 40], [0, 0, 0, 1]),  # 17 is still too few, and takes in 25
        ([3, 4, 5], [0, 0, 0]),
        ([0, 0, 50], [0, 0, 0]),
        ([7], [0]),
    ],
)
def test_a_level_joins_the_adjacent_level(counts: list[int], groups: list[int]) -> None:

    assert merge_adjacent(np.array(counts), 20).tolist() == groups


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ([30, 40, 25], [0, 1, 2]),
        ([30, 40, 5], [0, 1, 1]),
        ([5, 40, 5], [0, 0, 0]),
        ([50, 25, 5], [0, 1, 0]),
        ([3, 4, 5], [0, 0, 0]),
    ],
)
def test_a_language_joins_the_largest(counts: list[int], groups: list[int]) -> None:
    assert merge_with_largest(np.array(counts), 20).tolist() == groups


@pytest.mark.parametrize(
    ("counts", "types", "groups"),
    [
        ([50, 12, 9, 30], "ABBB", [0, 1, 1, 2]),  # two small ones are enough together
        ([50, 12, 40, 30], "ABBB", [0, 1, 2, 1]),  # one takes in the smallest of its type
        ([50, 12, 40, 30], "ABCC", [0, 1, 2, 1]),  # alone of its type: the smallest of all
        ([50, 12, 9, 30], "ABCC", [0, 1, 1, 1]),  # the smallest group there is
        ([12, 9, 5], "BBC", [0, 0, 0]),
        ([5, 5], "AB", [0, 0]),
        ([50, 60], "AA", [0, 1]),
    ],
)
def test_a_small_organisation_joins_its_type(
    counts: list[int], types: str, groups: list[int]
) -> None:
    assert merge_within_types(types)(np.array(counts), 20).tolist() == groups


@given(COUNTS, st.integers(1, 30), st.integers(0, 2))
def test_every_group_is_large_enough_unless_there_is_only_one(
    counts: np.ndarray, least: int, rule: int
) -> None:
    rules = [merge_adjacent, merge_with_largest, merge_within_types(list("ABC" * 3)[: len(counts)])]
    groups = rules[rule](counts, least)
    people = np.bincount(groups, counts)
    assert sorted(set(groups)) == list(range(len(people)))
    assert people.min() >= least or len(people) == 1
    alone = [k for k in range(len(counts)) if counts[k] >= least]
    if rule == 0:  # neighbours only
        assert (np.diff(groups) >= 0).all()
    if rule == 1:
        assert len(people) == max(len(alone), 1)


@given(st.data())
def test_a_crossing_is_merged_within_what_its_first_variable_gave(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 4)))
    counts = np.random.default_rng(data.draw(st.integers(0, 999))).integers(0, 40, shape)
    merged = merge_grid(counts, [merge_adjacent, merge_with_largest, merge_adjacent], 20)
    people = np.bincount(merged.ravel(), counts.ravel())
    assert people.sum() == counts.sum()
    assert people.min() >= 20 or len(people) == 1
    for cell in range(len(people)):  # a merged cell is a rectangle: some values of each variable
        places = np.argwhere(merged == cell)
        sides = [len(set(places[:, axis])) for axis in range(3)]
        assert len(places) == np.prod(sides)


def test_a_crossing_by_hand() -> None:
    """Organisation by level: the small second one joins the third, then levels join within each."""
    counts = np.array([[30, 25, 5], [4, 3, 2], [10, 8, 30]])
    rules = [merge_within_types("AAA"), merge_adjacent]
    assert merge_grid(counts, rules, 20).tolist() == [[0, 1, 1], [2, 2, 3], [2, 2, 3]]
