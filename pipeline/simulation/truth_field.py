"""What a truth file says of the field: missing and careless answers, refusals, seconds, who responds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.core.declared import Declared, Named
from pipeline.simulation.truth_numbers import Levels, Probability, Spread


class MissingDesired(Declared):
    """Logit of skipping a desired rating, by what is observed: the level, the current rating."""

    b0: float
    LEVEL_D: float = 0.0
    LEVEL_C: float = 0.0
    current_ge4: float = 0.0


class Missingness(Declared):
    """Probabilities of empty and don't-know answers."""

    mcar_item: Probability
    dont_know_99: Probability
    dont_know_multiplier: Named[Spread] = {}
    mar_desired: MissingDesired


class CarelessKinds(Declared):
    """One number for each kind of careless respondent."""

    straightline: Probability
    random: Probability
    speeder: Probability


class AttentionPass(CarelessKinds):
    """Probability of the right answer to the attention check, by kind of respondent."""

    attentive: Probability


class Careless(Declared):
    """Share and kinds of careless respondents."""

    share: Probability
    mix: CarelessKinds
    straightline: str = ""
    random: str = ""
    speeder: str = ""
    attention_pass: AttentionPass


class Seconds(Declared):
    """Seconds per item: lognormal, with a spread between persons and one between answers."""

    dist: Literal["lognormal"]
    mu: float
    sigma_person: Spread
    sigma_item: Spread
    time_factor: CarelessKinds


class FieldWork(Declared):
    """What happens in the field: shares of started interviews, and time taken."""

    duplicates: Probability
    non_consent: Probability
    breakoff: Probability
    timing_seconds_per_item: Seconds
    pages: Annotated[int, Field(ge=1)]


class Nonresponse(Declared):
    """Logit shifts of the response propensity, by code."""

    LEVEL: Levels
    LANG: Levels
    GENDER: Levels
    AGE: Levels
    nonignorable: float = 0.0


class Weights(Declared):
    """How the answers are to be weighted: not used to draw them."""

    rake_on: tuple[tuple[str, ...], ...]
    trim: tuple[float, float]
