"""Every hypothesis of the plan: tested, adjusted within its family, and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis, Inference
from pipeline.core.tables import make_table
from pipeline.models.mediation import percentile_interval, percentile_p
from pipeline.models.mediation_table import Completed, mediate
from pipeline.models.stage.effect_difference import effect_difference
from pipeline.models.stage.inference import (
    INNER,
    CheckTest,
    MainTest,
    check_test,
    groups_that_count,
    main_test,
    third_test,
    without_each,
)
from pipeline.models.stage.inverted_u import inverted_u, largest_p
from pipeline.models.stage.planned import focal_name, focal_terms
from pipeline.models.stage.pooled import PooledFit
from pipeline.models.stage.specification import Ground
from pipeline.models.verdict import Evidence, holm_of_all, verdict

NOTHING = float("nan")


@dataclass(frozen=True)
class Result:
    """What was found for a hypothesis; None where there is no such test.

    holds : whether the conditions beside the p value are met. agrees : whether other forms of the estimate
    have its sign. finding : why something is missing.
    """

    hypothesis: Hypothesis
    n: int | None = None
    groups: int | None = None
    main: MainTest | None = None
    check: CheckTest | None = None
    third: tuple[float, float] = (NOTHING, NOTHING)
    effective: float = NOTHING
    without: tuple[float, float] = (NOTHING, NOTHING)
    holds: bool = True
    agrees: bool = True
    finding: str | None = None


Test = Callable[["Trial"], Result]


@dataclass(frozen=True)
class Trial:
    """A hypothesis with its fitted models, and what its test may need."""

    hypothesis: Hypothesis
    fits: Sequence[PooledFit]
    grounds: Sequence[Ground]
    findings: Findings
    rng: np.random.Generator

    @property
    def ground(self) -> Ground:
        """The first of the completed answers, or the answers as they are."""
        return self.grounds[0]

    @property
    def place(self) -> tuple[str, str, str]:
        """Where its findings stand."""
        return ("hypotheses", self.hypothesis.id, "all")

    @property
    def people(self) -> int:
        """Rows of its last model, 0 without one."""
        prepared = self.fits[-1].first.prepared
        return len(prepared.frame) if prepared else 0


def test_of_coefficients(trial: Trial) -> Result:
    """Return the tests of a sum of coefficients of one model.

    The third test, the effective number of organisations and what leaving one out changes are of the first
    completed data set: they inform, and no verdict rests on them.
    """
    fit, weights = trial.fits[0], focal_terms(trial.hypothesis)
    result = Result(trial.hypothesis, finding=fit.finding)
    fitted = fit.first.fitted
    if fitted is None:
        return result
    result = replace(result, n=fitted.n, groups=fitted.groups)
    absent = sorted(set(weights) - set(fit.terms))
    if absent:
        lost = Finding("not_estimated", f"{', '.join(absent)} is no term of the model")
        return replace(result, finding=trial.findings.note(trial.place, fitted.n, lost))
    plan, n, names = trial.ground.plan, fitted.n, []

    def attempt(compute: Callable[[], object]) -> object:
        found, name = trial.findings.attempt(trial.place, n, compute)
        names.append(name)
        return found

    main = main_test(fit, weights, plan)
    if np.isnan(main.p_value):
        few = Finding(
            "too_few_degrees", f"{main.df:.1f} degrees of freedom; {plan.least_df:g} needed"
        )
        names.append(trial.findings.note(trial.place, n, few))
    check = attempt(lambda: check_test(fit, weights, plan, trial.rng))
    third = attempt(lambda: third_test(fit.first, weights))
    others = without_each(fit.first, weights) - fit.contrast(weights) @ fitted.estimate
    known = main.estimate + others[~np.isnan(others)]
    return replace(
        result,
        main=main,
        check=check if isinstance(check, CheckTest) else None,
        third=third if isinstance(third, tuple) else (NOTHING, NOTHING),
        effective=groups_that_count(fit.first, weights),
        without=(float(known.min()), float(known.max())) if len(known) else (NOTHING, NOTHING),
        finding=next((name for name in (result.finding, *names) if name), None),
    )


def test_of_square(trial: Trial) -> Result:
    """Return the tests of an inverted U: p values are the largest of all that must hold."""
    result = test_of_coefficients(trial)
    main, check = result.main, result.check
    if main is None or check is None:
        return result
    if main.estimate >= 0:  # a U, whatever its ends do
        no_inverted_u = replace(check, p_value=1.0, p_strict=1.0)
        return replace(result, main=replace(main, p_value=1.0), check=no_inverted_u, holds=False)
    found, name = trial.findings.attempt(
        trial.place,
        trial.people,
        lambda: inverted_u(trial.hypothesis, trial.fits[0], trial.ground),
    )
    if found is None:
        return replace(result, main=replace(main, p_value=NOTHING), finding=name)
    if np.isnan(found.lines_p):
        lost = Finding("not_estimated", "the two lines have no estimate")
        result = replace(result, finding=trial.findings.note(trial.place, trial.people, lost))
    return replace(
        result,
        main=replace(main, p_value=largest_p(main.p_value, found)),
        check=replace(
            check,
            p_value=largest_p(check.p_value, found),
            p_strict=largest_p(check.p_strict, found),
        ),
        holds=found.inside,
    )


def test_of_effects(trial: Trial) -> Result:
    """Return the tests of a difference of marginal effects, by draws of organisations."""
    first = trial.hypothesis.predictors[0]
    found, name = trial.findings.attempt(
        trial.place,
        trial.people,
        lambda: effect_difference(
            first,
            list(zip(*(each.fits for each in trial.fits), strict=False)),
            trial.ground.plan,
            trial.rng,
        ),
    )
    kept = next((fit.finding for fit in trial.fits if fit.finding), None)
    if found is None:
        return Result(trial.hypothesis, finding=name)
    return Result(
        trial.hypothesis,
        n=found.n,
        groups=found.groups,
        main=found.main,
        check=found.check,
        agrees=found.agrees,
        finding=kept,
    )


def test_of_indirect_effect(trial: Trial) -> Result:
    """Return the tests of an indirect effect, by draws of organisations in every completed data set."""
    ground, hypothesis = trial.ground, trial.hypothesis
    observed = ground.scores if ground.observed is None else ground.observed
    frames = [inside(each, hypothesis) for each in trial.grounds]
    completed = Completed(observed, frames, ground.scored)
    found, name = trial.findings.attempt(
        trial.place, trial.people, lambda: mediate(completed, hypothesis, ground.plan)
    )
    kept = next((each.finding for each in trial.fits if each.finding), None)
    if found is None:
        return Result(hypothesis, finding=name)
    draws, estimate = found.draws.indirect, float(found.estimates.indirect.mean())
    outer, inner = (percentile_interval(draws, each) for each in (ground.plan.confidence, INNER))
    error, p = float(draws.std(ddof=1)), percentile_p(draws)
    return Result(
        hypothesis,
        n=found.n_outcome,
        groups=found.groups,
        main=MainTest(estimate, error, NOTHING, NOTHING, p, *outer, *inner),
        check=CheckTest(p, p, *outer),
        finding=kept,
    )


def inside(ground: Ground, hypothesis: Hypothesis) -> pd.DataFrame:
    """Return the scores, the outcome only of those whom the hypothesis is about."""
    if not hypothesis.among:
        return ground.scores
    name = hypothesis.outcomes[0]
    return ground.scores.assign(**{name: ground.scores[name].where(ground.among[hypothesis.among])})


TESTS: dict[str, Test] = {
    "coefficient": test_of_coefficients,
    "difference": test_of_coefficients,
    "product": test_of_coefficients,
    "square": test_of_square,
    "indirect": test_of_indirect_effect,
    "effect_difference": test_of_effects,
}


def hypotheses_table(results: Sequence[Result], plan: Plan) -> pd.DataFrame:
    """Return `hypotheses.csv`: Holm within each family, for CR2 and for the bootstrap apart."""
    main = _adjusted(results, lambda each: each.main.p_value if each.main else NOTHING)
    check = _adjusted(results, lambda each: each.check.p_value if each.check else NOTHING)
    rows = [
        _row(result, plan, float(p), float(q))
        for result, p, q in zip(results, main, check, strict=True)
    ]
    return make_table(rows, "hypotheses")


def _adjusted(results: Sequence[Result], p_of: Callable[[Result], float]) -> np.ndarray:
    families = np.array([each.hypothesis.family for each in results])
    p_values, adjusted = np.array([p_of(each) for each in results]), np.empty(len(results))
    for family in dict.fromkeys(families):
        inside = families == family
        adjusted[inside] = holm_of_all(p_values[inside])
    return adjusted


def _row(result: Result, plan: Plan, p_main: float, p_check: float) -> dict[str, object]:
    hypothesis, main, check = result.hypothesis, result.main, result.check
    bound = hypothesis.smallest
    row: dict[str, object] = {
        "hypothesis": hypothesis.id,
        "statement": next(iter(hypothesis.statement.values())),
        "family": hypothesis.family,
        "expected": hypothesis.expected,
        "outcome": ";".join(hypothesis.outcomes),
        "focal": focal_name(hypothesis),
        "estimator": hypothesis.estimator,
        "n": result.n,
        "groups": result.groups,
        "conf_level": plan.confidence,
        "p_adjusted": p_main,
        "p_bootstrap_adjusted": p_check,
        "equivalence_low": None if bound is None else -bound,
        "equivalence_high": bound,
        "third_estimate": result.third[0],
        "third_p": result.third[1],
        "effective_groups": result.effective,
        "without_low": result.without[0],
        "without_high": result.without[1],
        "finding": result.finding,
    }
    if check is not None:
        row |= {
            "p_bootstrap": check.p_value,
            "p_bootstrap_strict": check.p_strict,
            "bootstrap_low": _finite(check.low),
            "bootstrap_high": _finite(check.high),
        }
    if main is not None:
        names = ("estimate", "std_error", "statistic", "df", "p_value", "inner_low", "inner_high")
        row |= {name: getattr(main, name) for name in names}
        row |= {"conf_low": main.low, "conf_high": main.high}
        row["verdict"] = verdict(
            Evidence(
                main.estimate,
                1 if hypothesis.expected == "+" else -1,
                p_main,
                p_check,
                main.inner_low,
                main.inner_high,
                bound,
                result.holds,
                result.agrees,
            ),
            (plan.inference or Inference()).alpha,
        )
    return row


def _finite(value: float) -> float:
    return value if np.isfinite(value) else NOTHING


def run_hypotheses(
    fitted: Sequence[tuple[Hypothesis, Sequence[PooledFit]]],
    grounds: Sequence[Ground],
    findings: Findings,
) -> list[Result]:
    """Return what is found for each hypothesis; draws of one do not depend on the others."""
    results = []
    for position, (hypothesis, fits) in enumerate(fitted):
        seed = np.random.SeedSequence(grounds[0].plan.seed, spawn_key=(8, position))
        trial = Trial(hypothesis, fits, grounds, findings, np.random.default_rng(seed))
        results.append(TESTS[hypothesis.tests](trial))
    return results
