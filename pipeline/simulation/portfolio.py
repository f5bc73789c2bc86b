"""Shares that add up to 100: Dirichlet, with concentrations that vary between organisations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.simulation.answers import Sheet
from pipeline.simulation.check_truth import Design
from pipeline.simulation.people import Batch

PORTFOLIO_SPREAD = 0.25


def fill_portfolio(design: Design, sheet: Sheet, codes: np.ndarray, batch: Batch) -> None:
    """Draw shares that add up to 100: Dirichlet, an organisation's concentrations times exp(N(0, .25))."""
    truth = design.truth
    sets = {"current": truth.portfolio.alpha if truth.portfolio else {}}
    if truth.optional_dual:
        sets["desired"] = truth.optional_dual.portfolio_desired_alpha
    for rating, alpha in sets.items():
        if not alpha:
            continue
        spread = np.exp(PORTFOLIO_SPREAD * batch.draws.per_organisation(len(alpha)))
        shape = np.array(list(alpha.values())) * spread
        drawn = batch.draws.gamma(shape[batch.organisation])
        points = whole_hundred(drawn / drawn.sum(axis=1, keepdims=True))
        for k, item in enumerate(alpha):
            ratings = sheet.questionnaire.items[item].ratings
            codes[:, sheet.place(f"{item}_{rating}" if ratings else item)] = points[:, k]


def whole_hundred(shares: np.ndarray) -> np.ndarray:
    """Round shares (n, k) to whole points that add up to 100, by largest remainders."""
    points = np.floor(shares * 100).astype(np.int16)
    left = 100 - points.sum(axis=1)
    order = np.argsort(points - shares * 100, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(points + (rank < left[:, None]), dtype=np.int16)


def share_sets(design: Design, sheet: Sheet) -> Mapping[str, np.ndarray]:
    """Return the columns of each set of shares, which are left empty together."""
    items = tuple(design.truth.portfolio.alpha) if design.truth.portfolio else ()
    sets: dict[str, list[int]] = {}
    for at in sheet.where(items):
        sets.setdefault(sheet.names[at].removeprefix(sheet.columns[at].item.id), []).append(at)
    return {name: np.array(columns) for name, columns in sets.items()}
