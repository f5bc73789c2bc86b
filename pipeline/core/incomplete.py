"""Answers with holes, and what may be put into them: what imputation works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Variable:
    """One column to complete.

    Attributes
    ----------
    kind : `number`, of which observed values are taken over (predictive mean matching): ratings, counts,
        numbered bands; `category`, codes 0, 1, 2 ... without order.
    scale : the scale by whose mean it enters the models of what is not in the scale; empty: it enters
        as it is. reversed : whether it counts the other way in that mean.
    asked_where : name of another variable and the value at which this one is asked; elsewhere it is
        structurally missing and never imputed. None: asked of everyone.
    """

    name: str
    kind: Literal["number", "category"]
    scale: str = ""
    reversed: bool = False
    asked_where: tuple[str, float] | None = None


@dataclass(frozen=True)
class Incomplete:
    """The columns of n people that one analysis stands on, v variables.

    Attributes
    ----------
    variables : what the columns are. values : (n, v) float, NaN where missing.
    closed : (n, v) bool, cells that stay missing though they were asked (an outcome that a person says not
        to know): they are drawn along, because other cells lean on them, and are emptied at the end.
    clusters : (n,) int, each person's organisation. types : (n,) int, the kind of the organisation, with
        which small organisations are pooled; all 0 where there are no types.
    """

    variables: tuple[Variable, ...]
    values: np.ndarray
    closed: np.ndarray
    clusters: np.ndarray
    types: np.ndarray

    def __reduce__(self) -> tuple[type[Incomplete], tuple[Any, ...]]:
        """Travel and be hashed without what was worked out along the way."""
        fields = (self.variables, self.values, self.closed, self.clusters, self.types)
        return Incomplete, fields

    @cached_property
    def names(self) -> list[str]:
        """The variables' names, in the order of the columns."""
        return [each.name for each in self.variables]

    def at(self, name: str) -> int:
        """Return the column of a variable."""
        return self.names.index(name)

    def columns(self, names: Sequence[str]) -> list[int]:
        """Return the columns of several variables."""
        return [self.at(name) for name in names]

    @cached_property
    def fillable(self) -> np.ndarray:
        """(n, v) bool: cells without a value that may need one: missing, and perhaps asked.

        A cell behind a question (`asked_where`) may need one where that question has the value, or is
        missing itself and not closed.
        """
        missing = np.isnan(self.values)
        for place, variable in enumerate(self.variables):
            if variable.asked_where:
                name, value = variable.asked_where
                gate = self.at(name)
                unknown = np.isnan(self.values[:, gate]) & ~self.closed[:, gate]
                missing[:, place] &= unknown | (self.values[:, gate] == value)
        return missing
