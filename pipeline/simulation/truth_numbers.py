"""The kinds of numbers that a truth file is made of: a value outside its bounds is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from pipeline.core.declared import Declared, Named

Probability = Annotated[float, Field(ge=0, le=1)]
Loading = Annotated[float, Field(ge=-1, le=1)]
Correlation = Annotated[float, Field(ge=-1, le=1)]
Icc = Annotated[float, Field(ge=0, lt=1)]
Spread = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Levels = Named[float]


def _increasing(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(after <= before for before, after in pairwise(values)):
        raise ValueError("the numbers do not increase")
    return values


Increasing = Annotated[tuple[float, ...], AfterValidator(_increasing)]


class OpenDeclared(Declared):
    """Beside its fields, a model that holds named things of one kind."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")
