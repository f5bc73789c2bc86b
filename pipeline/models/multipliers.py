"""Numbers that organisations' residuals or scores are multiplied by in a wild bootstrap."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np

WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))


def multipliers(
    kind: Literal["webb", "rademacher"], draws: int, groups: int, rng: np.random.Generator
) -> np.ndarray:
    """Return multipliers of mean 0 and variance 1, (draws, groups), a draw a row.

    `rademacher`: -1 or 1; all 2^G combinations, once each, where these are no more than the draws asked
    for. `webb`: the six points -+sqrt(1.5), -+1, -+sqrt(.5) (Webb 2023), which few organisations need: 2^G
    is then too few to tell p values apart. R: `fwildclusterboot::boottest(type)`.
    """
    if kind == "rademacher":
        if groups < 60 and 2**groups <= draws:
            return np.array(list(product((-1.0, 1.0), repeat=groups)))
        return rng.choice([-1.0, 1.0], (draws, groups))
    return rng.choice(np.concatenate([-WEBB, WEBB[::-1]]), (draws, groups))
