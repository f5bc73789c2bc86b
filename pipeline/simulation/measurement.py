"""How latents become answers: for each rated column its latent, loading, cuts and direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.questionnaire.model import Questionnaire
from pipeline.simulation.cut_normals import NEVER
from pipeline.simulation.truth import Truth

WISH = "wish"


@dataclass(frozen=True)
class RatedColumn:
    """One rated column.

    Attributes
    ----------
    latent : the name of the latent. load : standardised loading in the construct's direction.
    cuts : in SD from the mean, increasing; the answer is 1 plus the number of cuts below the value.
    sd : answer points per SD before rounding, for shifts given in points; 0 where cuts are shares.
    reversed : whether the respondent sees the opposite statement.
    icc : of a single item, that of its answers; on the underlying propensity where `of_propensity`.
    twin : of a desired rating, the column of the current one.
    """

    name: str
    item: str
    latent: str
    load: float
    cuts: tuple[float, ...]
    sd: float
    reversed: bool = False
    icc: float | None = None
    of_propensity: bool = False
    factor: str = ""
    twin: str = ""


@dataclass(frozen=True)
class Measurement:
    """Every rated column (J), and the scales they belong to.

    `scales` maps a scale, or a scale's desired side (`<scale>_desired`), to positions of columns.
    """

    columns: tuple[RatedColumn, ...]
    scales: dict[str, np.ndarray]
    load: np.ndarray = field(init=False)
    cuts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        most = max((len(each.cuts) for each in self.columns), default=0)
        padded = [[*each.cuts, *[NEVER] * (most - len(each.cuts))] for each in self.columns]
        object.__setattr__(self, "load", np.array([each.load for each in self.columns]))
        object.__setattr__(self, "cuts", np.array(padded).reshape(len(self.columns), most))

    def position(self, name: str) -> int:
        """Return where a column stands."""
        return [each.name for each in self.columns].index(name)


def build_measurement(questionnaire: Questionnaire, truth: Truth) -> Measurement:
    """Collect the rated columns of scales, the playbook, partners and single items."""
    columns = [
        *_scale_columns(questionnaire, truth),
        *_playbook_columns(questionnaire, truth),
        *_partner_columns(questionnaire, truth),
        *_single_columns(questionnaire, truth),
    ]
    place = {each.name: k for k, each in enumerate(columns)}
    scales: dict[str, np.ndarray] = {}
    for scale in [*truth.scales.named, *principles(truth)]:
        items = questionnaire.scales[scale].items
        if questionnaire.items[items[0]].ratings:
            for rating in ("current", "desired"):
                names = [f"{item}_{rating}" for item in items]
                scales[f"{scale}_{rating}"] = np.array([place[name] for name in names])
        else:
            scales[scale] = np.array([place[item] for item in items])
    return Measurement(tuple(columns), scales)


def principles(truth: Truth) -> dict[str, float]:
    """Return the playbook's scales and their loadings on its second-order factor."""
    if truth.playbook is None:
        return {}
    declared = truth.playbook.second_order
    return {
        f"playbook_{name}": float(value) for name, value in declared.items() if name != "factor"
    }


def rounding_cuts(mean: float, sd: float, bounds: tuple[int, int]) -> tuple[float, ...]:
    """Return the cuts that round a normal value to whole answers and clip it to `bounds`."""
    low, high = bounds
    return tuple((answer + 0.5 - mean) / sd for answer in range(low, high))


def cycled(values: Sequence[float], k: int) -> float:
    """Return the k-th of values that start again when they are used up."""
    return values[k % len(values)]


def _scale_columns(questionnaire: Questionnaire, truth: Truth) -> Iterator[RatedColumn]:
    defaults = truth.scales.defaults
    dual = truth.optional_dual.named if truth.optional_dual else {}
    for name, scale in truth.scales.named.items():
        declared = questionnaire.scales[name]
        latent = name if scale.so is not None else scale.factor
        for k, item in enumerate(declared.items):
            load = cycled(scale.load, k)
            if name in dual:
                means = (dual[name].current, dual[name].desired)
                yield from _dual_columns(item, latent, load, means, truth)
                continue
            mean = cycled(defaults.item_mean, k)
            cuts = rounding_cuts(mean, defaults.item_sd, defaults.round_clip)
            turned = item in declared.reversed
            yield RatedColumn(item, item, latent, load, cuts, defaults.item_sd, turned)


def _playbook_columns(questionnaire: Questionnaire, truth: Truth) -> Iterator[RatedColumn]:
    for scale in principles(truth):
        for item in questionnaire.scales[scale].items:
            assert truth.playbook is not None
            declared = truth.playbook.items[item]
            means = (declared.current, declared.desired)
            yield from _dual_columns(item, scale, declared.load, means, truth)


def _dual_columns(
    item: str, latent: str, load: float, means: tuple[float, float], truth: Truth
) -> Iterator[RatedColumn]:
    rules, bounds = truth.playbook, truth.scales.defaults.round_clip
    assert rules is not None
    current, desired = f"{item}_current", f"{item}_desired"
    cuts = rounding_cuts(means[0], rules.sd_current, bounds)
    yield RatedColumn(current, item, latent, load, cuts, rules.sd_current)
    cuts = rounding_cuts(means[1], rules.sd_desired, bounds)
    wish = rules.desired_general.load
    yield RatedColumn(desired, item, WISH, wish, cuts, rules.sd_desired, twin=current)


def _partner_columns(questionnaire: Questionnaire, truth: Truth) -> Iterator[RatedColumn]:
    from scipy.special import ndtri

    declared = truth.partners
    if declared is None:
        return
    for k, item in enumerate(questionnaire.scales["partners"].items):
        shares = [declared.p_ge2[k], declared.p_ge3[k], declared.p_ge4[k], declared.p_ge5[k]]
        cuts = tuple(float(ndtri(1 - share)) for share in shares)
        yield RatedColumn(
            item,
            item,
            declared.factor,
            declared.load[k],
            cuts,
            0.0,
            icc=declared.icc,
            of_propensity=True,
            factor=declared.factor,
        )


def _single_columns(questionnaire: Questionnaire, truth: Truth) -> Iterator[RatedColumn]:
    bounds = truth.scales.defaults.round_clip
    for item, one in truth.gov_mode.items():
        cuts = rounding_cuts(one.mean, one.sd, bounds)
        yield RatedColumn(
            item, item, one.factor, one.load, cuts, one.sd, icc=one.icc, factor=one.factor
        )
    for prefix, many in truth.instruments.items():
        for k, mean in enumerate(many.mean, 1):
            cuts, item = rounding_cuts(mean, many.sd, many.round_clip), f"{prefix}{k}"
            yield RatedColumn(
                item, item, many.factor, many.load, cuts, many.sd, icc=many.icc, factor=many.factor
            )
