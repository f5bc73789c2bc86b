"""What is rated twice, and the ratings of those who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Target:
    """An item or scale that is rated twice.

    `family` names those it is ranked among (the section of the questionnaire), items apart from scales;
    `lowest` and `highest` are the ends of its answers.
    """

    name: str
    level: Literal["item", "scale"]
    family: str
    lowest: float
    highest: float


@dataclass(frozen=True)
class Pairs:
    """The ratings of n people on T targets, (n, T), NaN where missing; `weights` (n,), not negative."""

    current: np.ndarray
    desired: np.ndarray
    weights: np.ndarray

    def of(self, people: np.ndarray) -> Pairs:
        """Return the pairs of some people, by their positions."""
        return Pairs(self.current[people], self.desired[people], self.weights[people])


def pairs_of(ratings: pd.DataFrame, targets: Sequence[Target]) -> Pairs:
    """Return the columns `<target>_current`, `<target>_desired` and `weight` of a frame as arrays."""
    current, desired = (
        np.column_stack(
            [
                ratings[f"{each.name}_{side}"].to_numpy(dtype=float, na_value=np.nan)
                for each in targets
            ]
        )
        if targets
        else np.empty((len(ratings), 0))
        for side in ("current", "desired")
    )
    weights = ratings["weight"].to_numpy(dtype=float, na_value=np.nan)
    return Pairs(current, desired, np.nan_to_num(weights))


def families(targets: Sequence[Target]) -> dict[tuple[str, str], np.ndarray]:
    """Return the positions of the targets that are ranked together, by level and family."""
    found: dict[tuple[str, str], list[int]] = {}
    for at, each in enumerate(targets):
        found.setdefault((each.level, each.family), []).append(at)
    return {key: np.array(places) for key, places in found.items()}
