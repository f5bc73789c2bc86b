"""The truth file `truth.yaml`: every number that simulated answers are drawn from, as frozen models.

Latents have variance 1 before shifts; coefficients are per standard deviation of a latent. What each number
means stands in the blueprint's `truth.yaml`; what cannot be said of one number alone is checked in
`truth_checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.declared import Declared, Named
from pipeline.simulation.truth_field import Careless, FieldWork, Missingness, Nonresponse, Weights
from pipeline.simulation.truth_numbers import (
    Correlation,
    Icc,
    Increasing,
    Levels,
    Loading,
    OpenDeclared,
    Positive,
    Probability,
    Spread,
)
from pipeline.simulation.truth_outcomes import Outcomes


class ResponseRate(Declared):
    """Share of the gross headcount that starts, drawn once per organisation."""

    dist: Literal["uniform"]
    min: Annotated[float, Field(gt=0, lt=1)]
    max: Annotated[float, Field(gt=0, lt=1)]


class OrganisationsTruth(Declared):
    """Where the organisations stand, and how many of their people start."""

    file: str
    n: Annotated[int, Field(ge=1)]
    response_rate: ResponseRate
    invite_cap: Annotated[int, Field(ge=1)] | None = None
    min_completes_report: Annotated[int, Field(ge=1)] = 10


class Tenure(Declared):
    """Years of service: gamma with `mean` and `sd`, not above `max`; `bands` start codes 2, 3, ..."""

    dist: Literal["gamma_capped_by_age"]
    mean: Positive
    sd: Positive
    max: Literal["age_mid - 21"]
    bands: Increasing


class UnitSize(Declared):
    """People in the unit: lognormal with `median` and `sigma` of the logarithm, not above `max`."""

    dist: Literal["lognormal"]
    median: Positive
    sigma: Positive
    max: Positive
    bands: Increasing


class Controls(Declared):
    """Characteristics of people beside those of the margins."""

    role_codes: tuple[str, str, str]
    role_manager_by_level: Named[Probability]
    role_proj_by_level: Named[Probability]
    tenure_years: Tenure
    teledays_by_level: Named[Spread]
    unitsize: UnitSize
    lang_en_only_level: tuple[str, ...] = ()


class ItemDefaults(Declared):
    """Means (reused from the start where a scale is longer), SD and range of items before rounding."""

    item_mean: Annotated[tuple[float, ...], Field(min_length=1)]
    item_sd: Positive
    round_clip: tuple[int, int]


class ScaleTruth(Declared):
    """A scale: its factor, its loading on a second-order factor (`so`), its items' loadings.

    `icc` is the observed ICC(1) of the scale's score.
    """

    factor: str
    so: Loading | None = None
    load: Annotated[tuple[Loading, ...], Field(min_length=1)]
    icc: Icc
    n_items: Annotated[int, Field(ge=1)]
    optional: bool = False


class Scales(OpenDeclared):
    """Every scale by name, after the defaults of their items."""

    __pydantic_extra__: dict[str, ScaleTruth] = Field(init=False)
    defaults: ItemDefaults

    @property
    def named(self) -> Mapping[str, ScaleTruth]:
        """The scales by name."""
        return self.__pydantic_extra__


class Partners(Declared):
    """Frequencies of joint work: shares of answers at or above 2, 3, 4, 5, per item."""

    factor: str
    icc: Icc
    load: tuple[Loading, ...]
    p_ge2: tuple[Probability, ...]
    p_ge3: tuple[Probability, ...]
    p_ge4: tuple[Probability, ...]
    p_ge5: tuple[Probability, ...]


class Portfolio(Declared):
    """Concentrations of the Dirichlet distribution of shares, by item."""

    alpha: Named[Positive]


class SingleItem(Declared):
    """An item that forms no scale; `icc` is the observed ICC(1) of its answers."""

    factor: str
    load: Loading
    mean: float
    sd: Positive
    icc: Icc


class Instruments(Declared):
    """Single items alike but for their means."""

    factor: str
    load: Loading
    mean: tuple[float, ...]
    sd: Positive
    icc: Icc
    round_clip: tuple[int, int]


class FactorCorrelations(Declared):
    """The lower triangle of the factors' correlations, the same within and between organisations."""

    order: tuple[str, ...]
    rows: tuple[tuple[Correlation, ...], ...]


class Structural(OpenDeclared):
    """Latents that depend on others: coefficients by latent, then what shifts them."""

    __pydantic_extra__: dict[str, Levels] = Field(init=False)
    control_shifts: Named[Levels] = {}
    icc_endogenous: Named[Icc] = {}

    @property
    def paths(self) -> Mapping[str, Mapping[str, float]]:
        """Coefficients by endogenous latent, in causal order."""
        return self.__pydantic_extra__


class Wish(Declared):
    """The one factor of all desired ratings."""

    load: Loading
    corr_with_playbook: Correlation


class DualItem(Declared):
    """Loading of the current rating, both means; `gap` must be their difference."""

    load: Loading
    current: float
    desired: float
    gap: float

    @model_validator(mode="after")
    def _gap_is_the_difference(self) -> DualItem:
        if abs(self.desired - self.current - self.gap) > 1e-9:
            raise ValueError(
                f"'gap' is {self.gap}, desired - current {self.desired - self.current:.2f}"
            )
        return self


class Playbook(Declared):
    """Dual ratings: the principles' second-order loadings, ICCs of scores, SDs before rounding."""

    second_order: Named[float | str]
    icc_current: Icc
    icc_desired: Icc
    sd_current: Positive
    sd_desired: Positive
    desired_general: Wish
    residual_corr_same_item: Correlation
    items: Named[DualItem]
    largest_gap: tuple[str, ...] = ()
    smallest_gap: tuple[str, ...] = ()


class DualMeans(Declared):
    """Means of the two ratings of every item of a scale."""

    current: float
    desired: float


class OptionalDual(OpenDeclared):
    """Scales of optional modules that are rated twice, by the rules of the playbook."""

    __pydantic_extra__: dict[str, DualMeans] = Field(init=False)
    portfolio_desired_alpha: Named[Positive] = {}

    @property
    def named(self) -> Mapping[str, DualMeans]:
        """The scales by name."""
        return self.__pydantic_extra__


class Noninvariant(Declared):
    """An item that one language answers `shift` points higher, before rounding."""

    item: str
    position: str
    group: str
    shift: float
    expected_scale_mean_shift: float
    after_rounding: float


class Truth(Declared):
    """The whole truth of a simulated study."""

    version: Literal[1]
    seed: Annotated[int, Field(ge=0)]
    organisation_effects: str = ""
    organisations: OrganisationsTruth
    population_margins: str
    controls: Controls
    scales: Scales
    partners: Partners | None = None
    portfolio: Portfolio | None = None
    gov_mode: Named[SingleItem] = {}
    factor_correlations: FactorCorrelations
    second_order_within_only: Literal[False] = False
    structural_latent: Structural
    outcomes: Outcomes
    hypothesis_truth: Named[object] = {}
    playbook: Playbook | None = None
    optional_dual: OptionalDual | None = None
    noninvariance: tuple[Noninvariant, ...] = ()
    true_language_latent_means: Levels = {}
    org_type_latent_means: Named[Levels] = {}
    instruments: Named[Instruments] = {}
    missingness: Missingness
    careless: Careless
    field: FieldWork
    nonresponse: Nonresponse
    weights: Weights | None = None
    tolerances: Named[Spread] = {}
