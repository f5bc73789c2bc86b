"""One model as it is to be fitted, and the rows and terms that it is fitted to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.core.design_matrix import design_matrix, redundant_columns
from pipeline.core.errors import Finding
from pipeline.core.plan import Model, Plan
from pipeline.models.fitted import Sample
from pipeline.models.linear import with_organisation_means

INTERCEPT = "intercept"


@dataclass(frozen=True)
class Specification:
    """A model: what is explained by what, among whom.

    Attributes
    ----------
    products : pairs of predictors whose product enters too; of one with itself: its square.
    among : condition on who is in it, as the plan has it; empty for everyone.
    standardised : scores enter as z-scores over everyone who has one, also as the outcome.
    counted_from : the outcome is a count less this number. any_at_all : the outcome is whether a count is
        above 0. means : predictors whose organisation means enter as well. complete : variables beside
        the model's own that its rows must have.
    """

    id: str
    estimator: str
    outcome: str
    predictors: tuple[str, ...]
    controls: tuple[str, ...]
    products: tuple[tuple[str, str], ...] = ()
    hypothesis: str = ""
    status: str = "exploratory"
    among: str = ""
    standardised: bool = False
    counted_from: int = 0
    any_at_all: bool = False
    means: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the predictors and controls, each once."""
        return tuple(dict.fromkeys((*self.predictors, *self.controls)))

    @property
    def of_interest(self) -> tuple[str, ...]:
        """Names of the terms that are not controls."""
        return (
            *self.predictors,
            *(product_term(*pair) for pair in self.products),
            *(f"{name}@mean" for name in self.means),
        )


@dataclass(frozen=True)
class Ground:
    """What models are fitted to.

    Attributes
    ----------
    scores : one row a respondent, as `scores.parquet` holds them. plan : the study's.
    scored : the columns that are scores. among : who meets a condition of the plan, (rows,) bool by its
        text. observed : scores with their holes where `scores` has them filled: z-scores have their means
        and standard deviations, whatever was filled in.
    """

    scores: pd.DataFrame
    plan: Plan
    scored: Collection[str] = ()
    among: Mapping[str, np.ndarray] = field(default_factory=dict)
    observed: pd.DataFrame | None = None

    @cached_property
    def standardised(self) -> pd.DataFrame:
        """The scores as z-scores over everyone who has one, whatever rows a model uses."""
        constants = self.scores if self.observed is None else self.observed
        there = [name for name in self.scored if name in self.scores]
        z = {n: (self.scores[n] - constants[n].mean()) / constants[n].std() for n in there}
        return self.scores.assign(**z)

    def completed(
        self, scores: pd.DataFrame, among: Mapping[str, np.ndarray] | None = None
    ) -> Ground:
        """Return the same with the holes of the scores filled, and who meets the conditions then."""
        found = self.among if among is None else among
        return replace(self, scores=scores, observed=self.scores, among=found)


@dataclass(frozen=True)
class Prepared:
    """The complete rows of a model: as a sample, and as a frame of its variables.

    `absent` are organisations that have people in the model's population and no complete row; `levels` name
    the columns of organisations, outermost first.
    """

    sample: Sample
    frame: pd.DataFrame
    absent: tuple[str, ...]
    levels: tuple[str, ...]


def declared_model(model: Model, plan: Plan) -> Specification:
    """Return a model of the plan's list."""
    return Specification(
        id=model.id,
        estimator=model.estimator,
        outcome=model.outcome,
        predictors=model.predictors,
        controls=plan.controls_of(model),
        hypothesis=model.hypothesis,
        status=model.status,
        among=model.among,
        standardised=model.standardised,
    )


def product_term(first: str, second: str) -> str:
    """Return the name of a product's term: `<a>*<b>`, or `<a>^2`."""
    return f"{first}^2" if first == second else f"{first}*{second}"


def prepare(wanted: Specification, ground: Ground) -> Prepared:
    """Return the rows with every variable of a model, its terms and its organisations.

    Numbers enter as they are; a question with categories by one indicator for each code but the first
    that occurs.

    Raises
    ------
    Finding
        No complete rows, fewer than two organisations, or terms that follow from others.
    """
    level = ground.plan.organisation.levels[0]
    source = ground.standardised if wanted.standardised else ground.scores
    levels = [each for each in ground.plan.organisation.levels if each in source]
    columns = list(dict.fromkeys([wanted.outcome, *wanted.variables, *wanted.complete, *levels]))
    inside = ground.among[wanted.among] if wanted.among else np.ones(len(source), dtype=bool)
    asked = source.loc[inside, columns]
    frame = asked.dropna()
    if frame.empty:
        raise Finding("no_answers", "nobody has all variables of the model")
    there = set(frame[level].astype("str"))
    absent = tuple(sorted(set(asked[level].dropna().astype("str")) - there))
    return Prepared(_sample(wanted, frame, levels), frame, absent, tuple(levels))


def without_constant_codes(wanted: Specification, prepared: Prepared) -> tuple[Prepared, list[str]]:
    """Return the rows without people of a control's code whose outcomes are all the same, and these codes.

    Where such a code separates a non-linear model, the coefficients of the others tend to those without
    its people as the code's own grows beyond all bounds. An outcome in the middle of ordered answers, or a
    count above 0, separates nothing, and stays.
    """
    outcome, kept, codes = prepared.sample.outcome, np.ones(len(prepared.frame), dtype=bool), []
    ends = {outcome.min()} if wanted.estimator == "negbin" else {outcome.min(), outcome.max()}
    for name in wanted.controls:
        values = prepared.frame[name]
        if not isinstance(values.dtype, pd.CategoricalDtype):
            continue
        for code in values.cat.remove_unused_categories().cat.categories:
            inside = (values == code).to_numpy()
            if len(set(outcome[inside]) - ends) == 0 and len(set(outcome[inside])) == 1:
                codes.append(f"{name}={code}")
                kept &= ~inside
    return on_rows(wanted, prepared, kept), codes


def on_rows(wanted: Specification, prepared: Prepared, kept: np.ndarray) -> Prepared:
    """Return some of a model's rows, (n,) bool.

    Raises
    ------
    Finding
        As `prepare`.
    """
    frame = prepared.frame[kept]
    return replace(prepared, frame=frame, sample=_sample(wanted, frame, prepared.levels))


def _sample(wanted: Specification, frame: pd.DataFrame, levels: Sequence[str]) -> Sample:
    names, design = design_matrix(frame, wanted.variables)
    terms = [*names, *(product_term(*pair) for pair in wanted.products)]
    products = [design[:, names.index(a)] * design[:, names.index(b)] for a, b in wanted.products]
    design = np.column_stack([design, *products])
    units = tuple(_codes(frame[list(levels[: k + 1])]) for k in range(len(levels)))
    sample = Sample(_outcome(wanted, frame), design, tuple(terms), units[0], units)
    _check(sample)
    return with_organisation_means(sample, wanted.means) if wanted.means else sample


def _outcome(wanted: Specification, frame: pd.DataFrame) -> np.ndarray:
    values = frame[wanted.outcome].to_numpy(dtype=float)
    if wanted.any_at_all:
        return (values > 0).astype(float)
    return np.asarray(values - wanted.counted_from)


def _codes(levels: pd.DataFrame) -> np.ndarray:
    """Return codes from 0 without gaps of the units that a row's columns name together."""
    keys = [levels[name].astype("str") for name in levels]
    return np.asarray(pd.MultiIndex.from_arrays(keys).factorize(sort=True)[0], dtype=np.int64)


def _check(sample: Sample) -> None:
    n, p = sample.design.shape
    if sample.groups < 2:
        raise Finding("too_few_groups", "fewer than two organisations have complete rows")
    if n <= p:
        raise Finding("too_few_people", f"{n} complete rows for {p} terms")
    redundant = redundant_columns(sample.design)
    if redundant:
        named = ", ".join(sample.terms[k] for k in redundant)
        raise Finding("collinear_terms", f"{named} follows from the terms before it", redundant)
