"""Outcomes drawn from linear predictors of latents, controls and the organisation's own intercept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.simulation.answers import Sheet
from pipeline.simulation.check_truth import Design
from pipeline.simulation.draws import Draws
from pipeline.simulation.latents import Latents
from pipeline.simulation.people import control_term
from pipeline.simulation.truth_outcomes import Predictor

BARRIERS = ("bar_risk", "bar_silo", "bar_hier", "bar_div")
YEARLY = 2


@dataclass(frozen=True)
class Terms:
    """What linear predictors are made of: standings (n, L), level and role (n,), breadth, unit size."""

    latents: Latents
    standings: np.ndarray
    level: np.ndarray
    role: np.ndarray
    breadth: np.ndarray
    size: np.ndarray
    median_size: float

    def value(self, term: str) -> np.ndarray:
        """Return (n,) a term; `a*b` is a product."""
        if "*" in term:
            first, second = term.split("*", 1)
            return np.asarray(self.value(first) * self.value(second))
        if term in self.latents.names:
            return np.asarray(self.standings[:, self.latents.place(term)], dtype=float)
        if term == "barriers":
            return self._barriers()
        breadth = (self.breadth - 4) / 2
        if term.startswith("breadth_z"):
            return np.asarray(breadth**2 if term.endswith("_sq") else breadth)
        if term == "log_unitsize_c":
            return np.asarray(np.log(self.size / self.median_size))
        return control_term(term, self.level, self.role)

    def _barriers(self) -> np.ndarray:
        at = [self.latents.place(name) for name in BARRIERS]
        sd = np.sqrt(self.latents.covariance[np.ix_(at, at)].mean())
        return np.asarray(self.standings[:, at].mean(axis=1, dtype=float) / sd)

    def predict(self, predictor: Predictor, intercepts: np.ndarray) -> np.ndarray:
        """Return (n,) the linear predictor; `intercepts` (n,) are the organisations' own, in SD."""
        eta = predictor.b0 + predictor.org_sd * intercepts
        for term, coefficient in predictor.beta.items():
            eta = eta + coefficient * self.value(term)
        return np.asarray(eta)


def breadth_of(design: Design, ratings: np.ndarray) -> np.ndarray:
    """Return (n,) the number of partners met at least yearly (answer 3 or more)."""
    columns = [k for k, each in enumerate(design.measurement.columns) if each.of_propensity]
    return np.asarray((ratings[:, columns] >= YEARLY).sum(axis=1))


def draw_outcomes(
    design: Design, terms: Terms, draws: Draws, organisation: np.ndarray
) -> dict[str, np.ndarray]:
    """Draw every outcome for everyone, asked or not.

    Returns
    -------
    (n,) by item: 1 or 0 of a yes-or-no outcome, the count, or the category from 1.
    """
    declared, drawn = design.truth.outcomes, {}
    for item, outcome in declared.single.items():
        eta = terms.predict(outcome, draws.per_organisation(1)[organisation, 0])
        if outcome.link == "logit":
            drawn[item] = _happens(eta, draws)
        elif outcome.link == "ologit":
            cuts = np.array(outcome.cuts)
            above = draws.uniform(1) > expit(cuts - eta[:, None])
            drawn[item] = 1 + above.sum(axis=1)
        else:
            assert outcome.theta is not None
            count = draws.negative_binomial(np.exp(eta), outcome.theta)
            drawn[item] = outcome.at_least + count
    for item, (_, predictor) in declared.ticks.items():
        eta = terms.predict(predictor, draws.per_organisation(1)[organisation, 0])
        drawn[item] = _happens(eta, draws)
    return drawn


def fill_outcomes(sheet: Sheet, codes: np.ndarray, drawn: dict[str, np.ndarray]) -> None:
    """Put outcomes into the answers; a value beyond the lowest or highest code is that code."""
    for item, values in drawn.items():
        at = sheet.place(item)
        texts = np.array([int(text) for text in sheet.texts[at][: sheet.valid[at]]])
        table = np.argsort(texts)
        codes[:, at] = table[np.searchsorted(texts[table], np.clip(values, min(texts), max(texts)))]


def expit(eta: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-eta))."""
    return np.asarray(1 / (1 + np.exp(-eta)))


def _happens(eta: np.ndarray, draws: Draws) -> np.ndarray:
    return np.asarray(draws.uniform(1)[:, 0] < expit(eta), dtype=np.int64)
