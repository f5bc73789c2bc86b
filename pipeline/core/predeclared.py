"""Parts of the plan that are fixed before the data: hypotheses, thresholds, grids, limits.

What an analysis stage does with them stands with the stage; here is only what may be declared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.core.declared import Code, Declared, Named, Text

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Whole = Annotated[int, Field(ge=1)]
ModelEstimator = Literal["ols", "fixed", "mixed", "logit", "ologit", "negbin"]
Estimator = Literal[ModelEstimator, "mediation"]
Tested = Literal["coefficient", "difference", "product", "square", "indirect", "effect_difference"]


class Hypothesis(Declared):
    """One hypothesis: what should go with what, in which direction, and how it is tested.

    `beside` are predictors that stand in the model and are not tested (with a mediator: in the outcome's;
    `beside_mediator` are those of the mediator's own model, of everyone); `among` is a condition on who is
    in it; `focal` says what is tested where it is not simply the coefficient of the predictor. An
    effect below `smallest` is of no interest, in the unit of the estimate; none where it is absent.
    """

    id: Annotated[str, Field(pattern=r"^H[0-9]+$")]
    family: str
    statement: Text
    outcomes: tuple[str, ...]
    predictors: tuple[str, ...]
    beside: tuple[str, ...] = ()
    beside_mediator: tuple[str, ...] = ()
    moderator: str = ""
    mediator: str = ""
    among: str = ""
    expected: Literal["+", "-"]
    estimator: Estimator
    focal: str = ""
    tests: Tested = "coefficient"
    ends: tuple[float, float] | None = None
    counted_from: Annotated[int, Field(ge=0)] = 0
    smallest: Positive | None = None
    rationale: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Hypothesis:
        needed = {
            "difference": (len(self.predictors) == 2, "two predictors"),
            "product": (self.moderator != "", "a moderator"),
            "square": (self.ends is not None, "'ends'"),
            "indirect": (self.mediator != "", "a mediator"),
            "effect_difference": (len(self.outcomes) == 2, "two outcomes"),
        }
        there, what = needed.get(self.tests, (True, ""))
        if not there:
            raise ValueError(f"'tests: {self.tests}' needs {what}")
        return self


class Careless(Declared):
    """When an index calls a respondent careless, and how indices are combined.

    Indices look at the core questions answered on the set `choices`, in the order of the questionnaire;
    synonyms and antonyms are pairs of them that correlate above `synonym_r`, or below `antonym_r`.
    Excluded are those with the attention flag and one other, with `several` of the others, or with a
    median below `impossible_seconds` an item. One flag alone never excludes.
    """

    choices: str
    seconds: Positive = 2.0
    impossible_seconds: Positive = 1.0
    share_of_median_time: Share = 1 / 3
    identical_run: Whole = 12
    uniform_pages: Whole = 3
    even_odd: Annotated[float, Field(ge=-1, le=1)] = 0.30
    even_odd_scales: Whole = 8
    mahalanobis_p: Share = 0.001
    mahalanobis_rows: Whole = 20_000
    synonym_r: Share = 0.60
    antonym_r: Annotated[float, Field(ge=-1, le=0)] = -0.60
    several: Annotated[int, Field(ge=1, le=4)] = 3

    @model_validator(mode="after")
    def _ordered(self) -> Careless:
        if self.impossible_seconds > self.seconds:
            raise ValueError("'impossible_seconds' is above 'seconds'")
        return self


class LogicalCheck(Declared):
    """Answers that contradict each other: flagged, and `blank` set to missing where it is named."""

    id: str
    when: str
    blank: str = ""


class Weighting(Declared):
    """Margins to rake to (each a crossing of questions), and how far weights may go.

    Where cells are merged, a margin's first question (after the organisation) gives way first. `unraked`
    codes are raked to no target, like a missing one. `population` names a file with shares of the whole
    population, to which the list of invited people is brought first.
    """

    margins: tuple[tuple[str, ...], ...]
    unraked: Named[tuple[Code, ...]] = {}
    population: str = ""
    least_cell: Whole = 20
    trim: tuple[Positive, Positive] = (0.3, 3.0)
    margin_error: Positive = 0.0005


class Reliability(Declared):
    """From which reliability on a score is used, and what items must show."""

    use: Share = 0.70
    groups_only: Share = 0.60
    item_rest_r: Share = 0.30
    average_r: tuple[Share, Share] = (0.15, 0.50)
    bootstrap: Whole = 2000


class Fit(Declared):
    """Fit of a factor model that counts as acceptable, or as marginal."""

    cfi: Share
    rmsea: Share
    srmr: Share


class Factors(Declared):
    """How factor models are judged; `htmt_bootstrap` draws of organisations for the interval of HTMT."""

    acceptable: Fit = Fit(cfi=0.95, rmsea=0.06, srmr=0.08)
    marginal: Fit = Fit(cfi=0.90, rmsea=0.08, srmr=0.10)
    average_variance: Share = 0.50
    least_loading: Share = 0.50
    htmt: Share = 0.85
    htmt_bootstrap: Annotated[int, Field(ge=100)] = 500
    latent_r: Share = 0.90
    second_order_delta_cfi: Share = 0.010
    fewest_categories: Whole = 5
    most_skew: Positive = 2.0
    merged_category: Share = 0.01


class PlannedModel(Declared):
    """A factor model beside those of the single scales, written as lists of items.

    `factors` names each factor and its items, as the data name them (`<item>_current` of an item rated
    twice). `above` names second-order factors and the factors below each. `general` names a factor
    that every item loads on, uncorrelated with the others: with `correlated: false` a bifactor model.
    `residuals` are pairs of items whose residuals correlate.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    factors: Named[tuple[str, ...]]
    above: Named[tuple[str, ...]] = {}
    general: str = ""
    correlated: bool = True
    residuals: tuple[tuple[str, str], ...] = ()

    @property
    def items(self) -> tuple[str, ...]:
        """The items, each once, in the order of the factors."""
        return tuple(dict.fromkeys(item for items in self.factors.values() for item in items))

    @model_validator(mode="after")
    def _sound(self) -> PlannedModel:
        names = [*self.factors, *self.above, *([self.general] if self.general else [])]
        _refuse_repeats("factor", names)
        if not self.factors or not all([*self.factors.values(), *self.above.values()]):
            raise ValueError("a factor has nothing that loads on it")
        for name, parts in {**self.factors, **self.above}.items():
            _refuse_repeats(f"part of '{name}'", parts)
        below = [part for parts in self.above.values() for part in parts]
        _refuse_repeats("factor below a second-order factor", below)
        for part in below:
            if part not in self.factors:
                raise ValueError(f"'above' names '{part}', which is none of 'factors'")
        for item in [item for pair in self.residuals for item in pair]:
            if item not in self.items:
                raise ValueError(f"'residuals' names '{item}', which loads on no factor")
        return self


def _refuse_repeats(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} '{name}' stands here twice")
        seen.add(name)


class Expectation(Declared):
    """Two scores that should go together, or against each other (a nomological net)."""

    scores: tuple[str, str]
    sign: Literal["+", "-"]


class Method(Declared):
    """Which scales are looked at together for what a method common to them may do.

    The items of `scales` share a latent method factor. `marker` names a score that has nothing to do with
    them in theory (Lindell & Whitney 2001); none where it is absent.
    """

    scales: Annotated[tuple[str, ...], Field(min_length=2)]
    marker: str = ""


class Invariance(Declared):
    """The gate before means of languages are compared."""

    delta_cfi: Share = 0.010
    delta_rmsea: Share = 0.015
    delta_srmr_metric: Share = 0.030
    delta_srmr_scalar: Share = 0.010
    least_group: Whole = 200
    invariant_items: Whole = 2
    dif_p: Share = 0.01
    dif_r2: Share = 0.01


class Aggregation(Declared):
    """When a mean may be called a property of the organisation."""

    icc1: Share = 0.05
    reliability: Share = 0.60
    rwg: Share = 0.70
    skewed_null: Positive = 1.34
    least_group: Whole = 10
    difference_q: Share = 0.05


class Surface(Declared):
    """Response surfaces: which outcomes, and when current and desired count as congruent for them.

    `outcomes` are scores, the main one first; `controls` those of these models, the plan's where absent.
    `centre` is taken off both ratings. Congruence needs `least_side` of all pairs on each side of C = D;
    parameters that should be 0 inside plus or minus `bound` (SD of the outcome per point; of the ridge's
    intercept, points), and the ridge's slope inside `slope`, each with its whole interval at
    `inside_confidence`.
    """

    outcomes: tuple[str, ...]
    controls: tuple[str, ...] | None = None
    centre: float = 3.0
    least_side: Share = 0.10
    bound: Positive = 0.05
    slope: tuple[Positive, Positive] = (0.5, 2.0)
    inside_confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.90


class Gaps(Declared):
    """Methods for gaps, the one that ranks, and how sure an assignment must be.

    `group_level_below` is the reliability of a difference from which on it may be used for a person.
    `zero_share` stands for a share of 0 where shares are compared by their ratios, in percentage points.
    """

    methods: tuple[Literal["gap", "mwds", "rdm", "ipa", "surface"], ...]
    ranks_by: Literal["gap", "mwds", "rdm", "ipa"] = "gap"
    bootstrap: Whole = 2000
    quadrant_probability: Share = 0.80
    group_level_below: Share = 0.60
    surface: Surface | None = None
    zero_share: Annotated[float, Field(gt=0, lt=1)] = 0.65


class Inference(Declared):
    """How errors are computed with few organisations, and how p values are adjusted."""

    main: Literal["CR2"] = "CR2"
    check: Literal["wild"] = "wild"
    third: Literal["mixed"] = "mixed"
    wild_weights: Literal["webb", "rademacher"] = "webb"
    wild_draws: Whole = 9999
    least_df: Positive = 4
    within_family: Literal["holm"] = "holm"
    elsewhere: Literal["bh"] = "bh"
    alpha: Share = 0.05
    most_vif: Positive = 5


class Missing(Declared):
    """How missing answers are imputed, and how far desired ratings are shifted as a check."""

    imputations: Whole = 20
    monte_carlo_share: Share = 0.10
    pooled_by_type_below: Whole = 10
    shifts: tuple[float, ...] = (-0.5, -0.25, 0.25)
    mediation_bootstrap: Whole = 1000


Limits = tuple[Annotated[str, Field(pattern=r"^(off|[0-9]+(\.[0-9]+)?)$")], ...]


class Specifications(Declared):
    """What of a model is varied; what is left out stays as in the main analysis.

    `basic` controls are those that weights are raked to. `clusters`: CR2, random intercepts, or fixed
    effects of organisations. `score`: the mean of the items, a factor score, or the mean without the
    items that differ between languages. `modules`: `all` takes the parts of `Sensitivity.modules` into
    their scores.
    """

    controls: tuple[Literal["none", "basic", "full"], ...] = ("full",)
    weights: tuple[Literal["no", "yes"], ...] = ("no",)
    missing: tuple[Literal["imputed", "complete"], ...] = ("imputed", "complete")
    clusters: tuple[Literal["CR2", "mixed", "fixed"], ...] = ("CR2",)
    score: tuple[Literal["mean", "latent", "invariant"], ...] = ("mean",)
    modules: tuple[Literal["core", "all"], ...] = ("core",)


class Universes(Declared):
    """What of the cleaning is varied: limits of the flags, or `off`, and how many flags exclude."""

    attention: tuple[Literal["ignore", "use"], ...] = ("use",)
    seconds: Limits = ("off",)
    identical_run: Limits = ("off",)
    even_odd: Limits = ("off",)
    mahalanobis: Limits = ("off",)
    combination: tuple[Literal["any", "two", "three", "none"], ...] = ("none",)
    completeness: Limits = ("0.5",)


class Sensitivity(Declared):
    """Choices that are varied together: by specification, and by cleaning rule.

    `modules` names scores of optional parts that another score takes in, where modules are varied.
    """

    specifications: Specifications = Specifications()
    cleaning: Universes | None = None
    modules: Named[tuple[str, ...]] = {}
    same_sign: Share = 0.90
    same_verdict: Share = 0.75
    permutations: Whole = 500


class Disclosure(Declared):
    """What may not be worked out from all that leaves the building together."""

    dominance: Share = 0.80
    dominant_weight: Share = 0.20
    tail_percent: Annotated[float, Field(ge=0, le=50)] = 5
    tail_n: Whole = 30
    feasible_width: Whole = 10
    most_crossed: Whole = 2
    k_anonymity: Whole = 5
    quasi_identifiers: tuple[str, ...] = ()
    organisation_code_from: Whole = 50
    innovation_from: Whole = 30


class Derived(Declared):
    """A number made of a question's codes: what each code stands for, and its logarithm if asked."""

    name: Text
    question: str
    values: Named[float]
    log: bool = False
