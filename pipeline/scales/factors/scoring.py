"""Minimising a function whose expected curvature is known: Fisher scoring far off, BFGS close by.

Scoring (damped after Levenberg & Marquardt) brings almost any start near the optimum, but then closes
in slowly where the model fits badly; BFGS starts from the last expected curvature and learns the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np

from pipeline.scales.factors.inverse import inverse, unit_scale

CLOSE = 1e-12
"""Squared distance to the optimum, in standard errors, at which it counts as reached."""
STALLED = 1e-8
"""The same, where rounding allows no further descent."""
ROUNDING = 1e-14
"""Relative rise of the value that may be rounding."""
NEAR = 1.0
"""Squared distance below which the expected curvature is no longer renewed at each step."""
MOST_STEPS = 200
MOST_DAMPING = 1e12


class Point(Protocol):
    """A function at a vector: its value, gradient (q,) and expected second derivatives (q, q)."""

    @property
    def value(self) -> float:
        """Return the value, in units of -log likelihood: distances are then in standard errors."""
        ...

    def slope(self) -> np.ndarray:
        """Return the gradient."""
        ...

    def curvature(self) -> np.ndarray:
        """Return the expected second derivatives."""
        ...


P = TypeVar("P", bound=Point)


def minimise(evaluate: Callable[[np.ndarray], P | None], start: np.ndarray) -> tuple[P, bool]:
    """Return the point at the minimum, and whether that was reached.

    `evaluate` gives None where the function is not defined; it must be defined at `start`.
    """
    here = evaluate(start)
    if here is None:
        raise ValueError("the function is not defined at the start")
    vector, damping = start, 1e-3
    for _ in range(MOST_STEPS):
        gradient, curvature = here.slope(), here.curvature()
        distance = float(-gradient @ damped_step(gradient, curvature, 0.0))
        if 0 <= distance < CLOSE:
            return here, True
        if 0 <= distance < NEAR:
            vector, here, distance = _close_in(evaluate, vector, here, curvature)
            if 0 <= distance < CLOSE:
                return here, True
            gradient, curvature = here.slope(), here.curvature()
        moved = _descend(evaluate, vector, here, gradient, curvature, damping)
        if moved is None:
            return here, 0 <= distance < STALLED
        vector, here, damping = moved
    return here, False


def _descend(
    evaluate: Callable[[np.ndarray], P | None],
    vector: np.ndarray,
    here: P,
    gradient: np.ndarray,
    curvature: np.ndarray,
    damping: float,
) -> tuple[np.ndarray, P, float] | None:
    """Return a lower point and the damping to go on with; None where there is none."""
    while damping < MOST_DAMPING:
        step = damped_step(gradient, curvature, damping if damping > 1e-6 else 0.0)
        there = evaluate(vector + step)
        if there is not None and there.value < here.value:
            return vector + step, there, damping / 10
        damping = max(damping, 1e-6) * 10
    return None


def _close_in(
    evaluate: Callable[[np.ndarray], P | None], vector: np.ndarray, here: P, curvature: np.ndarray
) -> tuple[np.ndarray, P, float]:
    """Return where BFGS ends, started from an expected curvature, and the squared distance left.

    It ends at the optimum, where a whole step does not descend, or after `MOST_STEPS`.
    """
    learnt = inverse(curvature)
    gradient = here.slope()
    distance = float(gradient @ learnt @ gradient)
    for _ in range(MOST_STEPS):
        if distance < CLOSE:
            break
        step = -learnt @ gradient
        there = evaluate(vector + step)
        if there is None or there.value > here.value + ROUNDING * abs(here.value):
            break
        vector, here = vector + step, there
        change = here.slope() - gradient
        gradient = gradient + change
        learnt = _learn(learnt, step, change)
        distance = float(gradient @ learnt @ gradient)
    return vector, here, distance


def _learn(learnt: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the inverse curvature after a step that changed the gradient (BFGS)."""
    along = float(step @ change)
    if along <= 0:
        return learnt
    pull = learnt @ change
    crossed = np.outer(pull, step) / along
    return (
        learnt
        - crossed
        - crossed.T
        + (1 + float(change @ pull) / along) / along * np.outer(step, step)
    )


def damped_step(gradient: np.ndarray, curvature: np.ndarray, damping: float) -> np.ndarray:
    """Return the damped step, scaled by the curvature's diagonal; least squares where singular."""
    scale = unit_scale(curvature)
    scaled = curvature * scale[:, None] * scale + damping * np.eye(len(scale))
    try:
        return -scale * np.linalg.solve(scaled, scale * gradient)
    except np.linalg.LinAlgError:
        return -scale * np.linalg.lstsq(scaled, scale * gradient, rcond=1e-10)[0]
