"""The outcomes of a truth file: links, coefficients, cuts, dispersions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from pipeline.core.declared import Declared
from pipeline.simulation.truth_numbers import Increasing, Levels, OpenDeclared, Positive, Spread


class Predictor(Declared):
    """A linear predictor: intercept, coefficients, SD of the organisations' own intercepts."""

    b0: float = 0.0
    beta: Levels
    org_sd: Spread


class Outcome(Predictor):
    """One outcome. A count of family `... (hurdle)` is 1 more than its draw."""

    link: Literal["logit", "log", "ologit"]
    asked: str
    family: Annotated[str, Field(pattern=r"(^|\+ )NB2\(mu, theta\)")] | None = None
    cuts: Increasing = ()
    theta: Positive | None = None
    note: str = ""
    referent: str = ""
    breadth_z: Literal["(breadth - 4) / 2 on the 0-8 scale"] | None = None
    log_unitsize_c: str = ""
    turning_point_breadth: float | None = None

    @model_validator(mode="after")
    def _fits_its_link(self) -> Outcome:
        if (self.link == "ologit") != bool(self.cuts):
            raise ValueError("'cuts' belong to link: ologit, and to no other")
        if (self.link == "log") != (self.theta is not None and self.family is not None):
            raise ValueError("'family' and 'theta' belong to link: log, and to no other")
        return self

    @property
    def at_least(self) -> int:
        """The smallest count."""
        return 1 if self.family and "hurdle" in self.family else 0


class Ticks(OpenDeclared):
    """Yes-or-no outcomes that share a link and a condition."""

    __pydantic_extra__: dict[str, Predictor] = Field(init=False)
    link: Literal["logit"]
    asked: str


def _one_or_several(declared: Any) -> str:
    keys = declared if isinstance(declared, dict) else {}
    return "several" if keys and not {"beta", "b0", "org_sd"} & set(keys) else "one"


OneOrSeveral = Annotated[
    Annotated[Outcome, Tag("one")] | Annotated[Ticks, Tag("several")],
    Discriminator(_one_or_several),
]


class Outcomes(OpenDeclared):
    """Every outcome by item; `INNTYPES`-like groups hold several."""

    __pydantic_extra__: dict[str, OneOrSeveral] = Field(init=False)
    barriers: Literal["mean of the four barrier latents divided by the SD of that mean"] | None = (
        None
    )
    diffusion_asked: str = ""

    @property
    def single(self) -> Mapping[str, Outcome]:
        """Outcomes that stand alone, by item."""
        return {k: v for k, v in self.__pydantic_extra__.items() if isinstance(v, Outcome)}

    @property
    def ticks(self) -> Mapping[str, tuple[str, Predictor]]:
        """Yes-or-no outcomes by item, with the group they stand in."""
        groups = {k: v for k, v in self.__pydantic_extra__.items() if isinstance(v, Ticks)}
        return {
            item: (name, predictor)
            for name, group in groups.items()
            for item, predictor in group.__pydantic_extra__.items()
        }
