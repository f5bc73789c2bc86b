"""The joint test of a specification curve: how it would look if there were no effect anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.design_matrix import redundant_columns
from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.pieces import Workers, run_pieces, seeded
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis, Inference
from pipeline.core.student import two_sided_p
from pipeline.models import ESTIMATORS
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.mediation import draw_counts
from pipeline.models.sensitivity.choices import choices_of, curved_hypotheses, specified
from pipeline.models.sensitivity.curve import Answers
from pipeline.models.stage.fits import fit_model
from pipeline.models.stage.planned import LINEAR, contrast_of, focal_terms
from pipeline.models.stage.specification import Ground

TASK = 12
BLOCK = 10


@dataclass(frozen=True)
class Forced:
    """One specification whose outcome is made to have no effect.

    Attributes
    ----------
    estimator : its name. sample : the rows. weights : what is tested. people : (n,) rows of the scores.
    estimate, p_value : with the outcome as it is. null : the model without the effect, of `reduced`
        (n, p - 1); None for a linear model, whose outcome loses the effect instead.
    """

    estimator: str
    sample: Sample
    weights: Mapping[str, float]
    people: np.ndarray
    estimate: float
    p_value: float
    null: Fitted | None
    reduced: np.ndarray


def joint_tests(answers: Answers, workers: Workers) -> dict[str, tuple[float, float]]:
    """Return, for each hypothesis, p of the median estimate and of the share that is significant.

    On complete cases, mean scores and CR2 errors, over the controls, weights and modules of the plan. In
    each draw organisations are resampled (a linear outcome less the effect that was found in the
    specification; another is drawn from the model without it, one uniform number a person for all
    specifications), and all specifications are fitted again. A share counts as high where as many or more
    are significant with the expected sign. Simonsohn, Simmons & Nelson (2020).
    """
    plan, sources = answers.plan, {}
    draws = plan.sensitivity.permutations if plan.sensitivity else 0
    for key, frames in answers.frames.items():
        if key[:2] == ("complete", "mean"):
            sources[key] = frames
    own = Answers(sources, plan)
    names = [each.id for each in curved_hypotheses(plan)]
    blocks = range(-(-draws // BLOCK))
    pieces = [(name, block) for name in names for block in blocks]
    found = run_pieces(_block, own, pieces, workers, "joint")
    tests = {}
    for k, name in enumerate(names):
        inside = found[k * len(blocks) : (k + 1) * len(blocks)]
        if inside and inside[0]["observed"].size:
            median = np.concatenate([each["median"] for each in inside])[:draws]
            share = np.concatenate([each["share"] for each in inside])[:draws]
            observed = inside[0]["observed"]
            tests[name] = (
                as_extreme(np.abs(median), abs(observed[0])),
                as_extreme(share, observed[1]),
            )
    return tests


def as_extreme(drawn: np.ndarray, observed: float) -> float:
    """Return [1 + #(drawn >= observed)] / (R + 1) of the draws that there are."""
    known = drawn[~np.isnan(drawn)]
    return float((1 + (known >= observed - 1e-12).sum()) / (len(known) + 1))


def _block(answers: Answers, piece: tuple[str, int]) -> dict[str, np.ndarray]:
    """Return the curve's median and share as they are, and in some draws without an effect."""
    name, block = piece
    plan = answers.plan
    (hypothesis,) = (each for each in plan.hypotheses if each.id == name)
    forced = forced_specifications(hypothesis, answers)
    if not forced:
        empty = np.zeros(0)
        return {"observed": empty, "median": np.full(BLOCK, np.nan), "share": empty}
    estimates = np.array([each.estimate for each in forced])
    p_values = np.array([each.p_value for each in forced])
    found = [summary(estimates, p_values, hypothesis, plan)]
    position = plan.hypotheses.index(hypothesis)
    for draw in range(block * BLOCK, (block + 1) * BLOCK):
        rng = np.random.default_rng(seeded(plan.seed, TASK, position, draw))
        found.append(summary(*drawn_curve(forced, rng, plan), hypothesis, plan))
    table = np.array(found)
    return {"observed": table[0], "median": table[1:, 0], "share": table[1:, 1]}


def summary(
    estimates: np.ndarray, p_values: np.ndarray, hypothesis: Hypothesis, plan: Plan
) -> tuple[float, float]:
    """Return the median estimate, and the share significant with the expected sign; NaN without any."""
    there = ~np.isnan(estimates)
    if not there.any():
        return np.nan, np.nan
    alpha = (plan.inference or Inference()).alpha
    sign = 1 if hypothesis.expected == "+" else -1
    hits = (p_values[there] < alpha) & (sign * estimates[there] > 0)
    return float(np.median(estimates[there])), float(hits.mean())


def forced_specifications(hypothesis: Hypothesis, answers: Answers) -> list[Forced]:
    """Return the specifications of the joint test that have an estimate."""
    forced = []
    for choice in choices_of(answers.plan):
        if choice.answers in answers.frames and choice.clusters == "CR2":
            ((frame, among),) = answers.frames[choice.answers]
            ground = Ground(frame, answers.plan, (), among)
            fit = fit_model(specified(hypothesis, choice, answers.plan), ground, Findings())
            weights = focal_terms(hypothesis)
            if (
                fit.prepared is None
                or fit.fitted is None
                or not set(weights) <= set(fit.fitted.terms)
            ):
                continue
            sample, rows = fit.prepared.sample, frame.index.get_indexer(fit.prepared.frame.index)
            if choice.weights == "yes":
                weight = frame["weight"].to_numpy(dtype=float)[rows]
                sample = replace(sample, weights=weight / weight.mean())
            try:
                forced.append(_force(fit.wanted.estimator, sample, weights, rows, answers.plan))
            except Finding:
                continue
    return forced


def _force(
    estimator: str, sample: Sample, weights: Mapping[str, float], people: np.ndarray, plan: Plan
) -> Forced:
    """Return a specification with what its outcome is without the effect.

    Raises
    ------
    Finding
        There is no estimate, with or without the effect.
    """
    estimator = "ols" if estimator == "mixed" and sample.weights is not None else estimator
    estimate, p = _tested(estimator, sample, weights, plan)
    contrast = contrast_of(weights, sample.terms, len(sample.terms))
    if estimator in LINEAR:
        effect = estimate * (sample.design @ contrast) / (contrast @ contrast)
        flat = replace(sample, outcome=sample.outcome - effect)
        return Forced(estimator, flat, weights, people, estimate, p, None, sample.design)
    rest = np.linalg.svd(contrast[None])[2][1:].T
    rest = np.eye(len(contrast))[:, contrast == 0] if (contrast != 0).sum() == 1 else rest
    reduced = sample.design @ rest
    intercept = [k for k in range(reduced.shape[1]) if np.ptp(reduced[:, k]) == 0]
    terms = tuple("intercept" if k in intercept else f"r{k}" for k in range(reduced.shape[1]))
    null = ESTIMATORS[estimator](replace(sample, design=reduced, terms=terms))
    return Forced(estimator, sample, weights, people, estimate, p, null, reduced)


def drawn_curve(
    forced: list[Forced], rng: np.random.Generator, plan: Plan
) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates and p values, (S,) each, in one resample of organisations without an effect."""
    uniform = rng.random(1 + max(int(each.people.max()) for each in forced))
    groups = max(each.sample.groups for each in forced)
    counts = draw_counts(groups, 1, rng)[0].astype(int)
    found = []
    for each in forced:
        sample = replace(each.sample, outcome=_without_effect(each, uniform[each.people]))
        try:
            again = _resampled(sample, counts)
            if not set(each.weights) <= set(again.terms):
                raise Finding("collinear_terms", "what is tested is not in the resample")
            found.append(_tested(each.estimator, again, each.weights, plan))
        except Finding:
            found.append((np.nan, np.nan))
    return np.array([e for e, _ in found]), np.array([p for _, p in found])


def _without_effect(forced: Forced, uniform: np.ndarray) -> np.ndarray:
    """Return an outcome without the effect, (n,)."""
    if forced.null is None:
        return forced.sample.outcome
    null, design = forced.null, forced.reduced
    if forced.estimator == "ologit":
        return _ordered(forced, null, uniform)
    eta = design @ null.estimate[: design.shape[1]]
    if forced.estimator == "logit":
        return (uniform < expit(eta)).astype(float)
    from scipy.stats import nbinom

    theta, mean = null.further["theta"], np.exp(eta)
    return np.asarray(nbinom.ppf(uniform, theta, theta / (theta + mean)))


def _ordered(forced: Forced, null: Fitted, uniform: np.ndarray) -> np.ndarray:
    """Return ordered answers drawn from P(y <= k) = expit(cut_k - eta)."""
    codes = np.unique(forced.sample.outcome)
    slopes = null.estimate[: -(len(codes) - 1)]
    cuts = null.estimate[-(len(codes) - 1) :]
    varies = np.ptp(forced.reduced, axis=0) > 0
    eta = forced.reduced[:, varies] @ slopes
    below = expit(cuts[None, :] - eta[:, None])
    return np.asarray(codes[(uniform[:, None] > below).sum(axis=1)])


def _resampled(sample: Sample, counts: np.ndarray) -> Sample:
    """Return the people of organisations as often as these were drawn, each time as another one."""
    order = np.argsort(sample.clusters, kind="stable")
    bounds = np.searchsorted(sample.clusters[order], np.arange(sample.groups + 1))
    taken = np.repeat(np.arange(len(counts)), counts)
    taken = taken[taken < sample.groups]
    rows = [order[bounds[g] : bounds[g + 1]] for g in taken]
    clusters = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    people = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
    design = sample.design[people]
    gone = set(redundant_columns(design)) if len(people) else set()
    kept = [k for k in range(design.shape[1]) if k not in gone]
    weights = None if sample.weights is None else sample.weights[people]
    terms = tuple(sample.terms[k] for k in kept)
    if len(people) <= len(kept):
        raise Finding("too_few_people", "the resample has fewer people than terms")
    outcome = sample.outcome[people]
    return Sample(outcome, design[:, kept], terms, clusters, (clusters,), weights)


def _tested(
    estimator: str, sample: Sample, weights: Mapping[str, float], plan: Plan
) -> tuple[float, float]:
    """Return estimate and p value by CR2; p is 1 with fewer degrees of freedom than the plan asks for."""
    fitted = ESTIMATORS[estimator](sample)
    contrast = contrast_of(weights, fitted.terms, len(fitted.terms))
    errors = cluster_robust(**vars(fitted.working)).contrast(contrast)
    value, error, df = float(contrast @ fitted.estimate), errors.std_error[0], errors.df[0]
    if not error > 0 or not df >= plan.least_df:
        return value, 1.0
    return value, float(two_sided_p(value / error, float(df)))
