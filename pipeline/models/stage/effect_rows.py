"""What a fitted model says in its outcome's unit: rows of `effects.csv`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.pooling import pool
from pipeline.models.effects.averages import (
    LINKS,
    Effect,
    Link,
    average_cross_slope,
    average_prediction,
    average_slope,
    exceeding_rows,
    second_difference,
)
from pipeline.models.effects.bootstrap import Draws, bootstrap_effects
from pipeline.models.nonlinear.estimators import without_intercept
from pipeline.models.stage.fits import Fit
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import product_term

Row = dict[str, object]
GRID = np.linspace(-2, 2, 9)
LINK_OF = {"logit": "logit", "ologit": "logit", "negbin": "log", "poisson": "log"}


@dataclass(frozen=True)
class Named:
    """Which effect, of what term, where."""

    effect: str
    term: str
    at: str


@dataclass(frozen=True)
class Drawn:
    """How organisations are drawn again: how often, and with what random numbers."""

    draws: int
    rng: np.random.Generator


def effect_rows(fit: PooledFit, level: float, least_df: float, drawn: Drawn | None) -> list[Row]:
    """Return the effects of the terms of interest of a non-linear model; none of a linear one.

    Parameters
    ----------
    fit : a model, its estimates from one data set or from completed ones, which are then pooled by Rubin's
        rules. level : confidence level. least_df : Satterthwaite's degrees of freedom below which there is
        neither test nor interval. drawn : how organisations are drawn again, in equal parts within each
        completed data set, all draws together making the interval; None for none.

    Returns
    -------
    Slopes of the predictors, for an ordered outcome of the probability of more than each category; for a
    product the second difference, the cross slope, and the predictions and slopes over the second term.

    Notes
    -----
    Draws within completed data sets: Schomaker & Heumann (2018), MI Boot pooled.
    """
    models = [(each, effects_of(each)) for each in fit.fits]
    known = [(each, model) for each, model in models if model is not None]
    if not known or not known[0][1].names:
        return []
    made = [
        (model.effects(each.fitted.estimate, None), each.robust)
        for each, model in known
        if each.fitted and each.robust
    ]
    gradients = [np.array([effect.gradient for effect in effects]) for effects, _ in made]
    complete = np.array(
        [robust.contrast(g).df for g, (_, robust) in zip(gradients, made, strict=True)]
    )
    pooled = pool(
        np.array([[effect.estimate for effect in effects] for effects, _ in made]),
        np.array([g @ each.covariance @ g.T for g, (_, each) in zip(gradients, made, strict=True)]),
        complete,
    )
    low, high = pooled.interval(level)
    draws, finding = _bootstrap(known, drawn)
    enough = complete.mean(axis=0) >= least_df
    rows = []
    for k, name in enumerate(known[0][1].names):
        row = {
            **effect_keys(fit, name),
            "n": known[0][0].fitted.n if known[0][0].fitted else None,
            "estimate": pooled.estimate[k],
            "std_error": pooled.std_error[k],
            "df": pooled.df[k],
            "p_value": pooled.p_value[k],
            "conf_low": low[k],
            "conf_high": high[k],
            "conf_level": level,
            "finding": finding if enough[k] else "too_few_degrees",
        }
        if not enough[k]:
            row |= dict.fromkeys(("p_value", "conf_low", "conf_high"), np.nan)
        if draws is not None:
            row |= _ends(draws.interval(level)[:, k])
        rows.append(row)
    return rows


def effect_keys(fit: Fit | PooledFit, name: Named) -> Row:
    """Return what an effect is of."""
    wanted = fit.wanted
    return {
        "model": wanted.id,
        "hypothesis": wanted.hypothesis or None,
        "status": wanted.status,
        "outcome": wanted.outcome,
        **vars(name),
        "at": ">0" if wanted.any_at_all and name.at == "all" else name.at,
    }


@dataclass(frozen=True)
class ModelEffects:
    """The effects of one model as functions of its parameters.

    Attributes
    ----------
    link. terms : names of the columns. design : (n, p). cuts : of an ordered outcome, else 0. categories :
        the codes that the cuts are above. predictors, products : of interest. spread : (centre, standard
        deviation) of each predictor.
    """

    link: Link
    terms: tuple[str, ...]
    design: np.ndarray
    cuts: int
    categories: tuple[str, ...]
    predictors: tuple[str, ...]
    products: tuple[tuple[str, str], ...]
    spread: Mapping[str, tuple[float, float]]

    @property
    def names(self) -> list[Named]:
        """Return which effects `effects` gives, in order."""
        slopes = [
            Named("slope", term, at) for term in self._single for at in (*self.categories, "all")
        ]
        if self.cuts:
            slopes = [name for name in slopes if name.at != "all"]
        return [*slopes, *(name for pair in self._pairs for name in self._names_of(pair))]

    def effects(self, vector: np.ndarray, times: np.ndarray | None) -> list[Effect]:
        """Return the effects at parameters (p,), people counting `times` (n,)."""
        made = []
        for term in self._single:
            change = self._change(term)
            for rows in self._outcomes(self.design):
                full = np.column_stack([change, np.zeros((len(change), self.cuts))])
                made.append(average_slope(self.link, vector, rows, full, times))
        for pair in self._pairs:
            made += self._effects_of(pair, vector, times)
        return made

    @property
    def needed(self) -> list[int]:
        """Return the positions of the parameters of interest."""
        products = [product_term(*pair) for pair in self.products]
        named = (*self.predictors, *products)
        return [self.terms.index(term) for term in named if term in self.terms]

    @property
    def _single(self) -> list[str]:
        return [term for term in self.predictors if term in self.terms]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        """Return the products of two terms; of an ordered outcome none."""
        pairs = [] if self.cuts else [pair for pair in self.products if pair[0] != pair[1]]
        return [pair for pair in pairs if product_term(*pair) in self.terms]

    def _names_of(self, pair: tuple[str, str]) -> Iterator[Named]:
        first, second = pair
        term = product_term(first, second)
        yield Named("second_difference", term, "all")
        yield Named("cross_slope", term, "all")
        for z in GRID:
            yield Named("slope", first, f"{second}={z:g}")
        for x in (-1, 1):
            for z in GRID:
                yield Named("prediction", term, f"{first}={x:g};{second}={z:g}")

    def _effects_of(
        self, pair: tuple[str, str], vector: np.ndarray, times: np.ndarray | None
    ) -> list[Effect]:
        first, second = pair
        corners = [(1, 1), (-1, 1), (1, -1), (-1, -1)]
        both, low_first, low_second, neither = (
            self._set({first: x, second: z}) for x, z in corners
        )
        product = np.zeros(len(self.terms))
        product[self.terms.index(product_term(first, second))] = 1.0
        changes = (self._change(first), self._change(second), product)
        made = [
            second_difference(self.link, vector, (both, low_first, low_second, neither), times),
            average_cross_slope(self.link, vector, self.design, changes, times),
        ]
        for z in GRID:
            rows = self._set({second: z})
            made.append(average_slope(self.link, vector, rows, self._change(first, rows), times))
        for x in (-1, 1):
            for z in GRID:
                rows = self._set({first: x, second: z})
                made.append(average_prediction(self.link, vector, rows, times))
        return made

    def _outcomes(self, design: np.ndarray) -> list[np.ndarray]:
        """Return the rows of each probability of an ordered outcome; of others the design."""
        if not self.cuts:
            return [design]
        return [exceeding_rows(design, self.cuts, cut) for cut in range(self.cuts)]

    def _set(self, at: Mapping[str, float]) -> np.ndarray:
        """Return the design with terms set to so many standard deviations, products following."""
        design = self.design.copy()
        for term, steps in at.items():
            centre, deviation = self.spread[term]
            design[:, self.terms.index(term)] = centre + steps * deviation
        for k, name in enumerate(self.terms):
            factors = _factors(name)
            if factors and all(factor in self.terms for factor in factors):
                columns = [design[:, self.terms.index(factor)] for factor in factors]
                design[:, k] = columns[0] * columns[1]
        return design

    def _change(self, term: str, design: np.ndarray | None = None) -> np.ndarray:
        """Return the derivative of the design by a term, (n, p)."""
        rows = self.design if design is None else design
        change = np.zeros(rows.shape)
        for k, name in enumerate(self.terms):
            factors = _factors(name)
            if name == term:
                change[:, k] = 1.0
            elif factors and term in factors:
                other = factors[1] if factors[0] == term else factors[0]
                change[:, k] = rows[:, self.terms.index(other)] * factors.count(term)
        return change


def effects_of(fit: Fit) -> ModelEffects | None:
    """Return the effects of a non-linear model; None for others."""
    if fit.fitted is None or fit.prepared is None or fit.fitted.estimator not in LINK_OF:
        return None
    sample = fit.prepared.sample
    ordered = fit.fitted.estimator == "ologit"
    design, terms = without_intercept(sample) if ordered else (sample.design, sample.terms)
    codes = np.unique(sample.outcome)[:-1] if ordered else np.empty(0)
    return ModelEffects(
        LINKS[LINK_OF[fit.fitted.estimator]],
        terms,
        design,
        len(codes),
        tuple(f">{code:g}" for code in codes),
        fit.wanted.predictors,
        fit.wanted.products,
        {term: _spread_of(fit, design, terms, term) for term in terms},
    )


def _spread_of(
    fit: Fit, design: np.ndarray, terms: Sequence[str], term: str
) -> tuple[float, float]:
    """Return centre and standard deviation: 0 and 1 of z-scores, which are over everyone."""
    if fit.wanted.standardised and term in fit.wanted.predictors:
        return 0.0, 1.0
    column = design[:, terms.index(term)]
    return float(column.mean()), float(column.std(ddof=1))


def _factors(name: str) -> tuple[str, str] | None:
    """Return the two terms of a product or square; None for other names."""
    if name.endswith("^2"):
        return name[:-2], name[:-2]
    first, star, second = name.partition("*")
    return (first, second) if star else None


def _bootstrap(
    known: Sequence[tuple[Fit, ModelEffects]], drawn: Drawn | None
) -> tuple[Draws | None, str | None]:
    """Return the effects over organisations drawn again, and the finding where there are none."""
    if drawn is None:
        return None, None
    each = -(-drawn.draws // len(known))
    try:
        found = [_draws_of(fit, model, each, drawn.rng) for fit, model in known]
    except Finding as finding:
        return None, finding.name
    return Draws(found[0].estimate, np.vstack([part.values for part in found])), None


def _draws_of(fit: Fit, model: ModelEffects, draws: int, rng: np.random.Generator) -> Draws:
    """Return the effects of one data set's fit over organisations drawn again."""
    if fit.fitted is None or fit.fitted.maximum is None or fit.prepared is None:
        raise Finding("not_estimated", "the model has no likelihood to go back to")
    count = len(fit.fitted.terms)

    def statistic(vectors: Sequence[np.ndarray], times: np.ndarray) -> np.ndarray:
        return np.array([each.estimate for each in model.effects(vectors[0][:count], times)])

    clusters = fit.prepared.sample.clusters
    return bootstrap_effects([fit.fitted.maximum], clusters, statistic, draws, rng, model.needed)


def _ends(interval: np.ndarray) -> Row:
    return {"bootstrap_low": float(interval[0]), "bootstrap_high": float(interval[1])}
