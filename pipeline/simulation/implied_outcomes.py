"""What a truth implies for outcomes, and for scales that only those with an outcome answer.

Integrated over drawn organisations and people (`GROUPS` x `PEOPLE`, a seed of its own) with
probabilities in place of drawn answers. Counts are not clipped at the highest code, which changes
their means by less than .5 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.simulation.check_truth import Design
from pipeline.simulation.implied import Mixture
from pipeline.simulation.outcomes import YEARLY, Terms, expit
from pipeline.simulation.population import Margins
from pipeline.simulation.portfolio import PORTFOLIO_SPREAD

GROUPS, PEOPLE, SEED = 6000, 50, 7


@dataclass(frozen=True)
class ImpliedOutcomes:
    """Shares of yes, mean counts, shares of categories, all among those asked; and what is selected.

    `selected_mean`, `selected_covariance`, `selected_between` are those of the rated columns of `selected`.
    """

    shares: dict[str, float]
    counts: dict[str, float]
    categories: dict[str, np.ndarray]
    portfolio: dict[str, float]
    selected: tuple[str, ...]
    selected_mean: np.ndarray
    selected_covariance: np.ndarray
    selected_between: np.ndarray


def implied_outcomes(
    design: Design, margins: Margins, mixture: Mixture, selected: str = "diffusion"
) -> ImpliedOutcomes:
    """Integrate outcomes; the scale `selected` is answered where the condition of the outcomes holds."""
    rng = np.random.default_rng(SEED)
    terms, group = _draw_terms(design, margins, mixture, rng)
    declared = design.truth.outcomes
    intercept = {
        item: rng.standard_normal(GROUPS)[group] for item in [*declared.single, *declared.ticks]
    }
    eta = {
        item: terms.predict(p, intercept[item])
        for item, p in [*declared.single.items(), *((i, p) for i, (_, p) in declared.ticks.items())]
    }
    asked = {item: outcome.asked for item, outcome in declared.single.items()}
    asked |= {item: getattr(declared, group).asked for item, (group, _) in declared.ticks.items()}
    weights = {item: _asked_weight(condition, eta) for item, condition in asked.items()}
    shares, counts, categories = {}, {}, {}
    for item in eta:
        outcome = declared.single.get(item)
        if outcome is None or outcome.link == "logit":
            shares[item] = float(np.average(expit(eta[item]), weights=weights[item]))
        elif outcome.link == "log":
            mean = np.average(np.exp(eta[item]), weights=weights[item])
            counts[item] = outcome.at_least + float(mean)
        else:
            below = expit(np.array(outcome.cuts) - eta[item][:, None]).mean(axis=0)
            categories[item] = np.diff([0, *below, 1])
    chosen = _selected(design, terms, group, eta, selected)
    return ImpliedOutcomes(shares, counts, categories, _portfolio(design, rng), *chosen)


def _draw_terms(
    design: Design, margins: Margins, mixture: Mixture, rng: np.random.Generator
) -> tuple[Terms, np.ndarray]:
    latents, n = design.latents, GROUPS * PEOPLE
    group = np.repeat(np.arange(GROUPS), PEOPLE)
    kinds = np.unique(mixture.kind)
    share = np.array([mixture.weight[mixture.kind == kind].sum() for kind in kinds])
    own_kind = kinds[np.searchsorted(np.cumsum(share)[:-1], rng.random(GROUPS))]
    cell = np.empty(n, dtype=int)
    for kind in kinds:
        rows, places = own_kind[group] == kind, np.flatnonzero(mixture.kind == kind)
        edges = np.cumsum(mixture.weight[places])
        drawn = rng.random(int(rows.sum())) * edges[-1]
        cell[rows] = places[np.searchsorted(edges[:-1], drawn)]
    names = len(latents.names)
    standings = rng.standard_normal((n, names), dtype=np.float32) @ latents.within.T
    standings += (rng.standard_normal((GROUPS, names)) @ latents.between.T)[group]
    standings += mixture.shift[cell]
    unit = design.truth.controls.unitsize
    size = unit.median * np.exp(unit.sigma * rng.standard_normal(n))
    return (
        Terms(
            latents,
            standings,
            np.array(margins.codes["LEVEL"])[mixture.level[cell]],
            mixture.role[cell],
            _breadth(design, standings, group, rng),
            np.clip(size, 1.0, unit.max),
            unit.median,
        ),
        group,
    )


def _breadth(
    design: Design, standings: np.ndarray, group: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    breadth = np.zeros(len(standings))
    for k, column in enumerate(design.measurement.columns):
        if column.of_propensity:
            share = design.latents.residual_share[k]
            own = np.sqrt(share) * rng.standard_normal(GROUPS)[group]
            own = own + np.sqrt(1 - share) * rng.standard_normal(len(standings))
            at = design.latents.place(column.latent)
            value = column.load * standings[:, at] + np.sqrt(1 - column.load**2) * own
            breadth += value > column.cuts[YEARLY - 1]
    return breadth


def _asked_weight(condition: str, eta: dict[str, np.ndarray]) -> np.ndarray:
    """Return (n,) the probability of being asked: of a yes, where the condition is `ITEM == 1`."""
    item = condition.split("==")[0].strip()
    return expit(eta[item]) if item in eta else np.ones(len(next(iter(eta.values()))))


def _selected(
    design: Design, terms: Terms, group: np.ndarray, eta: dict[str, np.ndarray], scale: str
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Return columns, means and both covariances of a scale among those who say yes."""
    from scipy.special import ndtr

    measurement = design.measurement
    if scale not in measurement.scales:
        return (), np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0))
    columns = measurement.scales[scale]
    weight = _asked_weight(design.truth.outcomes.diffusion_asked, eta)
    at = design.latents.place(measurement.columns[columns[0]].latent)
    load, cuts = measurement.load[columns], measurement.cuts[columns]
    value = terms.standings[:, at][:, None, None] * load[:, None] - cuts
    above = ndtr(value / np.sqrt(1 - load**2)[:, None])
    expected = 1 + above.sum(axis=2)
    square = 1 + ((2 * np.arange(1, cuts.shape[1] + 1) + 1) * above).sum(axis=2)
    mean = np.average(expected, axis=0, weights=weight)
    weighted = expected * weight[:, None]
    covariance = weighted.T @ expected / weight.sum() - np.outer(mean, mean)
    np.fill_diagonal(covariance, np.average(square, axis=0, weights=weight) - mean**2)
    sums = np.add.reduceat(weighted, np.arange(0, len(group), PEOPLE))
    totals = np.add.reduceat(weight, np.arange(0, len(group), PEOPLE))
    pairs = (totals**2).sum() - (weight**2).sum()
    of_pairs = (totals @ sums - weight @ weighted) / pairs
    between = (sums.T @ sums - weighted.T @ weighted) / pairs - np.outer(of_pairs, of_pairs)
    return tuple(measurement.columns[k].name for k in columns), mean, covariance, between


def _portfolio(design: Design, rng: np.random.Generator) -> dict[str, float]:
    """Return mean shares in percent, by column."""
    truth = design.truth
    sets = {"current": truth.portfolio.alpha if truth.portfolio else {}}
    sets["desired"] = truth.optional_dual.portfolio_desired_alpha if truth.optional_dual else {}
    found: dict[str, float] = {}
    for rating, alpha in sets.items():
        drawn = np.exp(PORTFOLIO_SPREAD * rng.standard_normal((100_000, len(alpha))))
        drawn = drawn * np.array(list(alpha.values()))
        means = 100 * (drawn / drawn.sum(axis=1, keepdims=True)).mean(axis=0) if alpha else ()
        found |= {f"{item}_{rating}": float(v) for item, v in zip(alpha, means, strict=True)}
    return found
