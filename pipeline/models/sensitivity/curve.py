"""The specification curve: every hypothesis under every choice of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.cluster_robust import cluster_robust
from pipeline.core.errors import Finding, UserError
from pipeline.core.findings import Findings
from pipeline.core.pieces import Workers, run_pieces
from pipeline.core.plan import Plan
from pipeline.core.pooling import pool
from pipeline.core.predeclared import Hypothesis
from pipeline.models.sensitivity.choices import Choice, choices_of, curved_hypotheses, specified
from pipeline.models.stage.fits import Fit, estimate, fit_model
from pipeline.models.stage.inference import main_test, tested, third_test
from pipeline.models.stage.planned import focal_name, focal_terms
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground, Specification

QUANTITIES = ("estimate", "std_error", "df", "n", "groups")
Row = dict[str, object]
Frames = Sequence[tuple[pd.DataFrame, Mapping[str, np.ndarray]]]


@dataclass(frozen=True)
class Answers:
    """The answers that specifications are fitted to.

    Attributes
    ----------
    frames : by missing, score and modules (`Choice.answers`), scores with `weight`, one frame or several
        completed ones, each with who meets the plan's conditions in it. Scores are z-scores already, with
        the means and standard deviations of the main analysis.
    """

    frames: Mapping[tuple[str, str, str], Frames]
    plan: Plan


Piece = tuple[str, tuple[str, str, str]]


def specification_rows(answers: Answers, workers: Workers) -> list[Row]:
    """Return a row of `sensitivity.csv` for each hypothesis and specification whose answers are given.

    The estimate is what the hypothesis tests, in the unit of its main analysis. Errors are CR2 with
    Satterthwaite's degrees of freedom, or those of the random intercepts; over completed answers pooled by
    Rubin's rules. What a specification cannot give is named in its row.
    """
    plan = answers.plan
    hypotheses = {each.id: each for each in curved_hypotheses(plan)}
    choices = [each for each in choices_of(plan) if each.answers in answers.frames]
    found: dict[Piece, Mapping[str, np.ndarray]] = {}
    for source in dict.fromkeys(each.answers for each in choices):
        own = Answers({source: answers.frames[source]}, plan)  # others need not travel
        pieces = [(name, source) for name in hypotheses]
        done = run_pieces(_curve_piece, own, pieces, workers, "specifications")
        found |= dict(zip(pieces, done, strict=True))
    return [
        row
        for name, hypothesis in hypotheses.items()
        for source in dict.fromkeys(each.answers for each in choices)
        for row in _rows(hypothesis, source, choices, found[name, source], plan)
    ]


def _rows(
    hypothesis: Hypothesis,
    source: tuple[str, str, str],
    choices: Sequence[Choice],
    found: Mapping[str, np.ndarray],
    plan: Plan,
) -> Iterator[Row]:
    inside = [each for each in choices if each.answers == source]
    for k, choice in enumerate(inside):
        numbers = {key: float(found[key][k]) for key in QUANTITIES}
        yield _row(hypothesis, choice, numbers, str(found["finding"][k]), plan)


def _curve_piece(answers: Answers, piece: Piece) -> dict[str, np.ndarray]:
    """Return the estimates of one hypothesis on one set of answers, a place for each choice."""
    name, source = piece
    plan = answers.plan
    (hypothesis,) = (each for each in plan.hypotheses if each.id == name)
    found: dict[str, list[float]] = {key: [] for key in QUANTITIES}
    names: list[str] = []
    for choice in (each for each in choices_of(plan) if each.answers == source):
        numbers, finding = fit_choice(hypothesis, choice, answers.frames[source], plan)
        for key in QUANTITIES:
            found[key].append(numbers.get(key, np.nan))
        names.append(finding)
    return {**{k: np.array(v) for k, v in found.items()}, "finding": np.array(names, dtype="U40")}


def fit_choice(
    hypothesis: Hypothesis, choice: Choice, frames: Frames, plan: Plan
) -> tuple[dict[str, float], str]:
    """Return what a specification gives, and the name of what is wrong with it, else an empty text."""
    wanted, weights = specified(hypothesis, choice, plan), focal_terms(hypothesis)
    try:
        each = [
            _fitted(wanted, weights, choice, Ground(frame, plan, (), among))
            for frame, among in frames
        ]
    except Finding as finding:
        return {}, finding.name
    values = {key: np.array([one[key] for one in each]) for key in QUANTITIES}
    pooled = pool(
        values["estimate"][:, None],
        (values["std_error"] ** 2)[:, None, None],
        values["df"][:, None],
    )
    return {
        "estimate": float(pooled.estimate[0]),
        "std_error": float(pooled.std_error[0]),
        "df": float(pooled.df[0]),
        "n": float(values["n"].min()),
        "groups": float(values["groups"].min()),
    }, ""


def _fitted(
    wanted: Specification, weights: Mapping[str, float], choice: Choice, ground: Ground
) -> dict[str, float]:
    """Return estimate, error, degrees of freedom, people and organisations of one model.

    Raises
    ------
    Finding
        There is no estimate, or no such error.
    """
    findings = Findings()
    fit = fit_model(wanted, ground, findings)
    if fit.fitted is None:
        raise Finding(fit.finding or "not_estimated", "no estimate")  # type: ignore[arg-type]
    if not set(weights) <= set(fit.fitted.terms):
        raise Finding("not_estimated", "what is tested is no term of the model")
    n, groups = float(fit.fitted.n), float(fit.fitted.groups)
    if choice.weights == "yes":
        fit = _weighted(fit, ground)
    if choice.clusters == "mixed":
        if choice.weights == "yes":
            raise Finding("not_estimated", "random intercepts have no weighted form here")
        value, p = third_test(fit, weights)
        return {**_from_p(value, p), "n": n, "groups": groups}
    test = main_test(PooledFit(fit.wanted, (fit,)), weights, ground.plan)
    numbers = {"estimate": test.estimate, "std_error": test.std_error, "df": test.df}
    return {**numbers, "n": n, "groups": groups}


def _weighted(fit: Fit, ground: Ground) -> Fit:
    """Return the same model with people counted by their weights, which are scaled to a mean of 1."""
    if fit.prepared is None:
        raise Finding("not_estimated", "no estimate")
    weight = ground.scores.loc[fit.prepared.frame.index, "weight"].to_numpy(dtype=float)
    sample = replace(fit.prepared.sample, weights=weight / weight.mean())
    wanted = fit.wanted
    if wanted.estimator == "mixed":
        wanted = replace(wanted, estimator="ols")
    try:
        fitted = estimate(wanted, sample)
    except UserError:
        raise Finding("not_estimated", "the estimator has no weighted form") from None
    robust = cluster_robust(**vars(fitted.working))
    return replace(fit, fitted=fitted, robust=robust)


def _from_p(value: float, p: float) -> dict[str, float]:
    """Return the error that gives an estimate its p value by the normal distribution."""
    from scipy.special import ndtri

    z = -float(ndtri(p / 2))
    return {"estimate": value, "std_error": abs(value) / z if z > 0 else np.nan, "df": np.inf}


def _row(
    hypothesis: Hypothesis, choice: Choice, numbers: dict[str, float], finding: str, plan: Plan
) -> Row:
    row: Row = {
        "model": hypothesis.id,
        "kind": "specification",
        "specification": choice.text,
        "varied": choice.varied,
        "term": focal_name(hypothesis),
        "conf_level": plan.confidence,
        "finding": finding or None,
    }
    if finding:
        return row
    return row | with_test(numbers, plan)


def with_test(numbers: Mapping[str, float], plan: Plan) -> Row:
    """Return an estimate with its error, p value and interval, as a row has them."""
    df = numbers["df"]
    enough = df >= plan.least_df
    test = tested(numbers["estimate"], numbers["std_error"], df, plan, enough=enough)
    return {
        "n": int(numbers["n"]),
        "groups": int(numbers["groups"]),
        "estimate": test.estimate,
        "std_error": test.std_error,
        "df": df if np.isfinite(df) else None,
        "p_value": test.p_value,
        "conf_low": test.low,
        "conf_high": test.high,
    }
