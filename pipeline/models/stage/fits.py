"""Models fitted, each for itself: what one cannot give is a finding, and the others are done."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.core.cluster_robust import ClusterRobust, cluster_robust
from pipeline.core.errors import Finding, UserError
from pipeline.core.findings import Findings
from pipeline.models import ESTIMATORS
from pipeline.models.fitted import Fitted, Sample
from pipeline.models.stage.specification import (
    Ground,
    Prepared,
    Specification,
    prepare,
    without_constant_codes,
)


@dataclass(frozen=True)
class Fit:
    """A model with its rows, its estimates and their errors; None where there are none.

    `finding` names why, or what makes the estimates suspect.
    """

    wanted: Specification
    prepared: Prepared | None = None
    fitted: Fitted | None = None
    robust: ClusterRobust | None = None
    finding: str | None = None


def fit_model(wanted: Specification, ground: Ground, findings: Findings) -> Fit:
    """Fit one model on complete rows, with CR2 errors by the outermost organisation.

    People of a control's code that separates the outcome are left out, which is a finding.
    """
    place = ("model_fit", wanted.id, "all")
    prepared, name = findings.attempt(place, len(ground.scores), lambda: prepare(wanted, ground))
    if prepared is None:
        return Fit(wanted, finding=name)
    fit = _fit(wanted, prepared, findings, place)
    if fit.finding == "separation":
        fewer, _ = findings.attempt(
            place, len(prepared.frame), lambda: without_constant_codes(wanted, prepared)
        )
        if fewer is not None and fewer[1]:
            questions = ", ".join(dict.fromkeys(code.partition("=")[0] for code in fewer[1]))
            left = f"people of a code of {questions} whose outcomes do not vary are left out"
            findings.note(place, len(prepared.frame), Finding("code_left_out", left))
            fit = _fit(wanted, fewer[0], findings, place)
            fit = replace(fit, finding=fit.finding or "code_left_out")
    return fit


def _fit(
    wanted: Specification, prepared: Prepared, findings: Findings, place: tuple[str, str, str]
) -> Fit:
    n = len(prepared.frame)
    names = [
        term.partition("=")[0] for term in prepared.sample.terms
    ]  # which code is nobody's business
    fitted, name = findings.attempt(place, n, lambda: estimate(wanted, prepared.sample), names)
    if fitted is None:
        return Fit(wanted, prepared, finding=name)
    robust = cluster_robust(**vars(fitted.working))
    if prepared.absent:
        missing = f"no complete row in {', '.join(prepared.absent)}"
        name = findings.note(place, n, Finding("absent_for_organisation", missing))
    return Fit(wanted, prepared, fitted, robust, name)


def estimate(wanted: Specification, sample: Sample) -> Fitted:
    """Return what the model's estimator gives.

    Raises
    ------
    Finding
        The estimator has none, or there is no such estimator yet. UserError names the model.
    """
    if wanted.estimator not in ESTIMATORS:
        raise Finding("not_estimated", f"'{wanted.estimator}' is not among the estimators")
    try:
        return ESTIMATORS[wanted.estimator](sample)
    except UserError as error:
        raise UserError(f"model {wanted.id}: {error}") from None
