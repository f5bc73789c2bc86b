"""Whether an outcome is best where how it is and how it should be agree (Humberg, Nestler & Back 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.core.predeclared import Surface as SurfacePlan
from pipeline.core.student import t_quantile
from pipeline.gaps.surface import PARAMETERS, Surface
from pipeline.gaps.surface_bootstrap import percentiles

Interval = Literal["CR2", "organisations"]
FROM_DRAWS = ("p10", "p11")
BROAD = ("sides", "a4", "a3", "a5", "p10", "p11", "b4")
STRICT = ("a1", "a2")


@dataclass(frozen=True)
class Condition:
    """One condition: a value with its interval at `level`, the bounds (NaN for none), whether it holds."""

    name: str
    value: float = np.nan
    interval: Interval | None = None
    low: float = np.nan
    high: float = np.nan
    level: float = np.nan
    bound_low: float = np.nan
    bound_high: float = np.nan
    holds: bool = False


def congruence_conditions(
    surface: Surface, drawn: np.ndarray, sides: float, rule: SurfacePlan, level: float
) -> list[Condition]:
    """Return every condition for congruence, those of the broad sense first, and both verdicts.

    Parameters
    ----------
    surface : of an outcome in standard deviations. drawn : (B, 16) of organisations drawn again. sides :
        share of the pairs on the rarer side of C = D. level : confidence of what must differ from 0.

    Returns
    -------
    Broad sense, all of: pairs on both sides; a4 with its whole interval below 0; a3, a5 and the intercept
    p10 of the first principal axis inside plus or minus the bound, and its slope p11 inside the plan's,
    with their whole intervals at `inside_confidence`; b4 above 0. Strict sense: besides a1 and a2 inside
    the same bound. Intervals of p10 and p11 are percentiles of the draws, the others t on CR2 errors. What
    has no value does not hold.
    """
    bound, inside = rule.bound, rule.inside_confidence
    made = {
        "sides": Condition(
            "sides", 100 * sides, bound_low=100 * rule.least_side, holds=sides >= rule.least_side
        ),
        "a4": _within(_from_errors(surface, "a4", level), high=0.0, strictly=True),
        "b4": _above_zero(_from_errors(surface, "b4", level)),
        "p11": _within(_from_draws(surface, drawn, "p11", inside), *rule.slope),
        "p10": _within(_from_draws(surface, drawn, "p10", inside), -bound, bound),
    }
    for name in ("a3", "a5", *STRICT):
        made[name] = _within(_from_errors(surface, name, inside), -bound, bound)
    broad = all(made[name].holds for name in BROAD)
    strict = broad and all(made[name].holds for name in STRICT)
    verdicts = [Condition("broad", holds=broad), Condition("strict", holds=strict)]
    return [*(made[name] for name in (*BROAD, *STRICT)), *verdicts]


def _from_errors(surface: Surface, name: str, level: float) -> Condition:
    k = PARAMETERS.index(name)
    value = float(surface.estimate[k])
    half = t_quantile(float(surface.df[k]), level) * float(surface.std_error[k])
    return Condition(name, value, "CR2", value - half, value + half, level)


def _from_draws(surface: Surface, drawn: np.ndarray, name: str, level: float) -> Condition:
    k = PARAMETERS.index(name)
    low, high, _ = percentiles(drawn[:, [k]], level)
    value = float(surface.estimate[k])
    return Condition(name, value, "organisations", float(low[0]), float(high[0]), level)


def _within(
    found: Condition, low: float = np.nan, high: float = np.nan, strictly: bool = False
) -> Condition:
    """Say whether the whole interval lies inside the bounds."""
    above = np.isnan(low) or found.low >= low
    below = np.isnan(high) or (found.high < high if strictly else found.high <= high)
    known = np.isfinite([found.low, found.high]).all()
    return _judged(found, low, high, bool(known and above and below))


def _above_zero(found: Condition) -> Condition:
    return _judged(found, 0.0, np.nan, found.value > 0)


def _judged(found: Condition, low: float, high: float, holds: bool) -> Condition:
    values = {**vars(found), "bound_low": low, "bound_high": high, "holds": holds}
    return Condition(**values)
