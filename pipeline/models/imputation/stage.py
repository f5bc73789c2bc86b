"""Imputations of one set of answers, made when they are asked for and kept."""

from __future__ import annotations

import numpy as np

from pipeline.core.incomplete import Incomplete
from pipeline.core.pieces import Workers, run_pieces, seeded
from pipeline.core.plan import Plan
from pipeline.models.imputation.impute import impute


def hypothesis_columns(plan: Plan) -> tuple[list[str], list[str]]:
    """Return the columns of scores that the hypotheses and the plan's models take, and their outcomes.

    One imputation serves them all: every variable is imputed from a model of its own, so that what one
    hypothesis takes only informs what another does.
    """
    names: list[str] = []
    for each in plan.hypotheses:
        names += [*each.outcomes, *each.predictors, *each.beside, *each.beside_mediator]
        names += [name for name in (each.moderator, each.mediator) if name]
    for model in plan.models:
        names += [model.outcome, *model.predictors, *plan.controls_of(model)]
    outcomes = [name for each in plan.hypotheses for name in each.outcomes]
    outcomes += [model.outcome for model in plan.models]
    return list(dict.fromkeys([*names, *plan.controls])), list(dict.fromkeys(outcomes))


class Imputations:
    """Completed answers, (n, v) each, in a fixed order: more can be asked for, the first stay the same.

    Parameters
    ----------
    data : answers with holes. plan : its seed, and from which size on an organisation has an intercept of
        its own. workers : who makes them. what : their name, which also sets their seeds apart.
    """

    def __init__(self, data: Incomplete, plan: Plan, workers: Workers, what: str) -> None:
        self.data, self.workers, self.what = data, workers, what
        self.seed = plan.seed
        self.below = plan.missing.pooled_by_type_below if plan.missing else 10
        self._made: list[np.ndarray] = []

    def first(self, m: int) -> list[np.ndarray]:
        """Return the first m completed answers.

        Raises
        ------
        Finding
            `no_answers`: a variable has no value at all.
        """
        if m > len(self._made):
            shared = (self.data, self.seed, self.below, _task(self.what))
            pieces = list(range(m))
            filled = run_pieces(_filled, shared, pieces, self.workers, self.what)
            self._made = [self._whole(each["filled"]) for each in filled]
        return self._made[:m]

    def _whole(self, filled: np.ndarray) -> np.ndarray:
        values = self.data.values.copy()
        values[self.data.fillable] = filled
        return values


def _filled(shared: tuple[Incomplete, int, int, int], k: int) -> dict[str, np.ndarray]:
    """Return what the k-th imputation puts into the holes, in their order."""
    data, seed, below, task = shared
    (done,) = impute(data, [seeded(seed, task, k)], pooled_below=below)
    return {"filled": done.values[data.fillable]}


def _task(what: str) -> int:
    """Return a number that stands for a name, the same on every machine."""
    return int.from_bytes(what.encode()[:12], "big") % 2**32
