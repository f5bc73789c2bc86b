"""The tables of sensitivity, from answers in several forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.pieces import Workers
from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.models.sensitivity.choices import curved_hypotheses, specified
from pipeline.models.sensitivity.curve import Answers, Row, specification_rows
from pipeline.models.sensitivity.joint import joint_tests
from pipeline.models.sensitivity.multiverse import COMPLETE_CASES, Everyone, cleaning_rows
from pipeline.models.sensitivity.summary import Beside, robustness_table
from pipeline.models.stage.fits import fit_model
from pipeline.models.stage.planned import LINEAR
from pipeline.models.stage.specification import Ground


def sensitivity_tables(
    answers: Answers,
    everyone: Everyone | None,
    hypotheses: pd.DataFrame,
    workers: Workers,
    *,
    full: bool,
) -> dict[str, pd.DataFrame]:
    """Return `sensitivity` and `robustness`.

    Parameters
    ----------
    answers : the forms of the answers that specifications are fitted to; others are not. everyone :
        for the cleaning multiverse; None: without it. hypotheses : the table of the tests. full : with the
        joint test.
    """
    plan = answers.plan
    rows: list[Row] = []
    if plan.sensitivity is not None and plan.hypotheses:
        rows += specification_rows(answers, workers)
        rows += cleaning_rows(everyone, workers) if everyone is not None else []
    table = make_table(rows, "sensitivity")
    joint = joint_tests(answers, workers) if full else {}
    beside = Beside(hypotheses, least_squares(answers, plan), joint)
    return {"sensitivity": table, "robustness": robustness_table(table, beside, plan)}


def least_squares(answers: Answers, plan: Plan) -> Mapping[str, tuple[float, float]]:
    """Return t and residual degrees of freedom of each linear hypothesis by least squares.

    Complete cases, full controls; errors as the model states them, since a share of variance is asked for.
    """
    frames = answers.frames.get(COMPLETE_CASES.answers, ())
    found: dict[str, tuple[float, float]] = {}
    for hypothesis in curved_hypotheses(plan):
        if hypothesis.estimator not in LINEAR or not frames:
            continue
        frame, among = frames[0]
        wanted = replace(specified(hypothesis, COMPLETE_CASES, plan), estimator="ols")
        fit = fit_model(wanted, Ground(frame, plan, (), among), Findings())
        if fit.fitted is not None:
            at = fit.fitted.at(hypothesis.predictors[0])
            error = np.sqrt(fit.fitted.covariance[at, at])
            df = fit.fitted.n - len(fit.fitted.terms)
            found[hypothesis.id] = (float(fit.fitted.estimate[at] / error), float(df))
    return found
