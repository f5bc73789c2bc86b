"""Cells of margins with too few respondents, merged with their neighbours before raking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Merge = Callable[[np.ndarray, int], np.ndarray]


def merge_grid(counts: np.ndarray, rules: Sequence[Merge], least: int) -> np.ndarray:
    """Merge the cells of a crossing until each has `least` respondents, where that can be.

    Parameters
    ----------
    counts : (K1, ..., Kk) respondents; the first variable is merged first, by its totals, and the others
        within what that gave.
    rules : by variable, a function of counts (K,) and `least` to groups (K,), from 0.

    Returns
    -------
    (K1, ..., Kk) the merged cell of each cell, numbered from 0.
    """
    first = rules[0](counts.reshape(len(counts), -1).sum(axis=1), least)
    merged = np.empty(counts.shape, dtype=np.int64)
    cells = 0
    for group in range(int(first.max()) + 1):
        members = first == group
        inner = np.zeros(counts.shape[1:], dtype=np.int64)
        if len(rules) > 1:
            inner = merge_grid(counts[members].sum(axis=0), rules[1:], least)
        merged[members] = inner + cells
        cells += int(inner.max()) + 1
    return merged


def merge_adjacent(counts: np.ndarray, least: int) -> np.ndarray:
    """Merge ordered categories: the one with the fewest people with its smaller neighbour, and again."""
    groups = [[k] for k in range(len(counts))]
    people = [int(each) for each in counts]
    while len(groups) > 1 and min(people) < least:
        k = people.index(min(people))
        sides = [j for j in (k - 1, k + 1) if 0 <= j < len(groups)]
        left = min(k, min(sides, key=lambda j: people[j]))
        groups[left : left + 2] = [groups[left] + groups[left + 1]]
        people[left : left + 2] = [people[left] + people[left + 1]]
    return _numbered(groups)


def merge_with_largest(counts: np.ndarray, least: int) -> np.ndarray:
    """Merge every category that is too small with the one that has the most people."""
    largest = int(counts.argmax())
    together = [k for k in range(len(counts)) if counts[k] < least or k == largest]
    return _numbered([together, *([k] for k in range(len(counts)) if k not in together)])


def merge_within_types(types: Sequence[str]) -> Merge:
    """Return the rule that merges small organisations (K) with others of their type.

    The small ones of a type become one group. While that is too small, the smallest organisation of
    the type joins. What is too small when a type has no others left is put together over types, and
    takes in the smallest groups there are.
    """

    def merge(counts: np.ndarray, least: int) -> np.ndarray:
        groups: list[list[int]] = []
        rest: list[int] = []
        for kind in sorted(set(types)):
            members = [k for k in range(len(counts)) if types[k] == kind]
            small = [k for k in members if counts[k] < least]
            found = _grown(small, [[k] for k in members if counts[k] >= least], counts, least)
            small_left = small and counts[found[0]].sum() < least
            rest += found.pop(0) if small_left else []
            groups += found
        return _numbered(_grown(rest, groups, counts, least))

    return merge


def _grown(
    group: list[int], others: Sequence[list[int]], counts: np.ndarray, least: int
) -> list[list[int]]:
    """Return a group, which took in the smallest of the others until it was large enough, and the rest.

    An empty group takes in nothing, and is not returned.
    """
    waiting = sorted(others, key=lambda each: counts[each].sum())
    while group and waiting and counts[group].sum() < least:
        group = group + waiting.pop(0)
    return [group, *waiting] if group else waiting


def _numbered(groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the group of each category, groups numbered by their first category."""
    found = np.empty(sum(map(len, groups)), dtype=np.int64)
    for number, group in enumerate(sorted(groups, key=min)):
        found[list(group)] = number
    return found
