"""A factor model as the plan writes it: which items measure which factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.core.errors import UserError, nearest

Names = tuple[str, ...]


@dataclass(frozen=True)
class FactorModel:
    """Factors with their items; correlated, of second order, or with a general factor (bifactor).

    Attributes
    ----------
    factors : name of each factor and its items, in the order that tables show them.
    second_order : name of each second-order factor and the factors it stands above.
    general : name of a factor that every item loads on, uncorrelated with the others; empty for none.
    equal_general : the general factor's loadings are all 1 and its variance is free, also to be negative:
        what it adds to every covariance alike. Otherwise each loading is what fits best.
    correlated : whether factors without a second-order factor above them correlate; false for a
        bifactor model, true beside a general factor that stands for a common method.
    residuals : pairs of items whose residuals correlate (the same item asked twice).
    scale : what gives a factor its unit: the loading of its first item is 1 (`marker`, lavaan's
        default), or its variance is 1 (`unit`).

    Raises
    ------
    UserError : a factor without items, an item twice in a factor, an unknown name, a name used twice.
    """

    factors: Mapping[str, Names]
    second_order: Mapping[str, Names] = field(default_factory=dict)
    general: str = ""
    equal_general: bool = False
    correlated: bool = True
    residuals: tuple[tuple[str, str], ...] = ()
    scale: Literal["marker", "unit"] = "marker"

    def __post_init__(self) -> None:
        if not self.factors:
            raise UserError("a factor model needs at least one factor")
        for name, parts in {**self.factors, **self.second_order}.items():
            _check_parts(name, parts)
        _check_once("factor", (*self.factors, *self.second_order, *filter(None, [self.general])))
        above = [part for parts in self.second_order.values() for part in parts]
        _check_once("factor below a second-order factor", above)
        _check_known("factor", above, self.factors)
        _check_known("item", [item for pair in self.residuals for item in pair], self.items)

    @property
    def items(self) -> Names:
        """Return the items, each once, in the order of the factors."""
        return tuple(dict.fromkeys(item for items in self.factors.values() for item in items))

    @property
    def latents(self) -> Names:
        """Return the factors of first order, the general one, then those of second order."""
        return (*self.factors, *filter(None, [self.general]), *self.second_order)

    @property
    def loadings(self) -> dict[str, Names]:
        """Return every factor that items load on, the general one included, with its items."""
        return {**self.factors, **({self.general: self.items} if self.general else {})}

    @property
    def below(self) -> frozenset[str]:
        """Return the factors that stand below a second-order factor."""
        return frozenset(part for parts in self.second_order.values() for part in parts)


def _check_parts(name: str, parts: Names) -> None:
    if not parts:
        raise UserError(f"factor '{name}' has nothing that loads on it")
    _check_once(f"part of factor '{name}'", parts)


def _check_once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UserError(f"{what} '{name}' is named twice; each may be named once")
        seen.add(name)


def _check_known(what: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    known = set(allowed)
    for name in names:
        if name not in known:
            raise UserError(f"{what} '{name}' does not exist{nearest(name, known)}")
