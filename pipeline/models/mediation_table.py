"""The table of mediations: hypotheses whose effect goes through a mediator."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.design_matrix import design_matrix
from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.pieces import seeded
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis
from pipeline.core.tables import make_table
from pipeline.models.mediation import (
    MediationSample,
    Paths,
    Regression,
    bootstrap_paths,
    mediation_paths,
    percentile_interval,
    percentile_p,
    rho_without_indirect,
)

TASK = 9
Row = dict[str, object]


@dataclass(frozen=True)
class Completed:
    """What mediations are fitted to.

    Attributes
    ----------
    observed : the scores with their holes, whose means and standard deviations make z-scores everywhere.
    frames : the same with holes filled, one or several; an outcome that was not asked is still missing.
    scored : the columns that are scores.
    """

    observed: pd.DataFrame
    frames: Sequence[pd.DataFrame]
    scored: Collection[str]

    def z_scores(self, frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
        """Return a frame with the scores among `names` as z-scores of the observed ones."""
        z = frame.copy()
        for name in set(names) & set(self.scored) & set(frame):
            z[name] = (frame[name] - self.observed[name].mean()) / self.observed[name].std()
        return z


@dataclass(frozen=True)
class Mediation:
    """One hypothesis' mediation: (m,) estimates, pooled draws, and who is in it."""

    estimates: Paths
    draws: Paths
    rho: np.ndarray
    n_mediator: int
    n_outcome: int
    groups: int


def mediation_table(completed: Completed, plan: Plan, findings: Findings) -> pd.DataFrame:
    """Return `mediation.csv`: every path of every hypothesis with a mediator.

    Paths are means over the completed data sets; intervals are percentiles and p values counts of the
    draws of all, with the organisations resampled. Unweighted. "Proportion" only where the interval of the
    total excludes 0.
    """
    rows: list[Row] = []
    for hypothesis in plan.hypotheses:
        if hypothesis.mediator:
            place = ("mediation", hypothesis.id, "all")
            found, name = findings.attempt(
                place, len(completed.observed), partial(mediate, completed, hypothesis, plan)
            )
            rows += _rows(hypothesis, found, name, len(completed.frames), plan)
    return make_table(rows, "mediation")


def mediate(completed: Completed, hypothesis: Hypothesis, plan: Plan) -> Mediation:
    """Fit a hypothesis' two regressions in every completed data set and resample the organisations.

    Raises
    ------
    Finding
        Too few organisations or people, or an outcome that does not vary.
    """
    variables = _variables(hypothesis, plan)
    frames = [completed.z_scores(frame, variables) for frame in completed.frames]
    samples = [_sample(frame, hypothesis, plan) for frame in frames]
    draws = plan.missing.mediation_bootstrap if plan.missing else 1000
    estimates = [mediation_paths(sample) for sample in samples]
    return Mediation(
        Paths(*(np.concatenate([getattr(e, k) for e in estimates]) for k in ("a", "b", "direct"))),
        bootstrap_paths(samples, draws, seeded(plan.seed, TASK, int(hypothesis.id[1:]))),
        np.array([_rho(frame, hypothesis, plan) for frame in frames]),
        len(samples[0].mediator.outcome),
        len(samples[0].outcome.outcome),
        len(np.unique(samples[0].outcome.clusters)),
    )


def _variables(hypothesis: Hypothesis, plan: Plan) -> list[str]:
    beside = (*hypothesis.beside, *hypothesis.beside_mediator, *plan.controls)
    return [*hypothesis.outcomes, *hypothesis.predictors, hypothesis.mediator, *beside]


def _sample(frame: pd.DataFrame, hypothesis: Hypothesis, plan: Plan) -> MediationSample:
    (x, *_), m = hypothesis.predictors, hypothesis.mediator
    level = frame[plan.organisation.levels[0]].astype("category").cat.codes.to_numpy()
    clusters = pd.Series(level.astype(np.int64), frame.index)
    a = [x, *hypothesis.beside_mediator, *plan.controls]
    b = [x, m, *hypothesis.beside, *plan.controls]
    mediator = _regression(frame, m, a, clusters)
    outcome = _regression(frame, hypothesis.outcomes[0], b, clusters)
    return MediationSample(mediator, outcome, int(clusters.max()) + 1, 1, 1, 2)


def _regression(
    frame: pd.DataFrame, outcome: str, predictors: Sequence[str], clusters: pd.Series
) -> Regression:
    rows = frame[[outcome, *predictors]].dropna()
    _, design = design_matrix(rows, predictors)
    if len(rows) <= design.shape[1]:
        raise Finding("too_few_people", f"{len(rows)} people for {design.shape[1]} terms")
    values = rows[outcome].to_numpy(dtype=float)
    if values.std() < 1e-12:
        raise Finding("constant_outcome", f"{outcome} does not vary")
    return Regression(values, design, clusters.loc[rows.index].to_numpy())


def _rho(frame: pd.DataFrame, hypothesis: Hypothesis, plan: Plan) -> float:
    """Return rho among those with the outcome, with what stands beside either path in both."""
    (x, *_), m, y = hypothesis.predictors, hypothesis.mediator, hypothesis.outcomes[0]
    rows = frame[list(dict.fromkeys(_variables(hypothesis, plan)))].dropna()
    beside = dict.fromkeys((*hypothesis.beside, *hypothesis.beside_mediator, *plan.controls))
    _, design = design_matrix(rows, list(beside))
    predictor, mediator, outcome = (rows[name].to_numpy(dtype=float) for name in (x, m, y))
    return rho_without_indirect(predictor, mediator, outcome, design)


def _rows(
    hypothesis: Hypothesis, found: Mediation | None, finding: str | None, m: int, plan: Plan
) -> Iterator[Row]:
    common = {
        "model": hypothesis.id,
        "inference": "MI-Boot",
        "outcome": hypothesis.outcomes[0],
        "predictor": hypothesis.predictors[0],
        "mediator": hypothesis.mediator,
        "imputations": m,
        "conf_level": plan.confidence,
        "finding": finding,
    }
    if found is None:
        yield {**common, "path": "indirect", "n": 0, "groups": 0}
        return
    draws, estimates = found.draws.named(), found.estimates.named()
    for path, values in draws.items():
        n = found.n_mediator if path == "a" else found.n_outcome
        row = {**common, "path": path, "n": n, "groups": found.groups, "draws": len(values)}
        low, high = percentile_interval(values, plan.confidence)
        yield {
            **row,
            "estimate": estimates[path].mean(),
            "std_error": values.std(ddof=1),
            "p_value": percentile_p(values),
            "conf_low": low,
            "conf_high": high,
        }
    low, high = percentile_interval(draws["total"], plan.confidence)
    here = {**common, "n": found.n_outcome, "groups": found.groups}
    if low > 0 or high < 0:
        share = estimates["indirect"].mean() / estimates["total"].mean()
        yield {**here, "path": "proportion", "estimate": share}
    yield {**here, "path": "rho", "estimate": found.rho.mean()}
