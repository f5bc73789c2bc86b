"""What a curve says as a whole: which share agrees, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis, Inference
from pipeline.core.tables import make_table
from pipeline.models.sensitivity.confounding import e_value, robustness
from pipeline.models.stage.planned import LINEAR

Row = dict[str, object]
RATIO_SCALES = {"logit": "odds_common", "negbin": "rate"}


@dataclass(frozen=True)
class Beside:
    """What stands beside the curves.

    Attributes
    ----------
    hypotheses : the table of the tests. least_squares : t and residual degrees of freedom of those that are
        linear. joint : p of the median and of the share that is significant, where they were tested.
    """

    hypotheses: pd.DataFrame
    least_squares: Mapping[str, tuple[float, float]]
    joint: Mapping[str, tuple[float, float]]


def robustness_table(sensitivity: pd.DataFrame, beside: Beside, plan: Plan) -> pd.DataFrame:
    """Return `robustness.csv`: for each hypothesis and kind of choice, how many agree.

    A conclusion is robust where the plan's shares keep the sign of the expected effect and p below alpha.
    """
    rows: list[Row] = []
    for hypothesis in plan.hypotheses:
        for kind in ("specification", "cleaning"):
            inside = (sensitivity["model"] == hypothesis.id) & (sensitivity["kind"] == kind)
            if inside.any():
                row = _curve_row(hypothesis, kind, sensitivity[inside], plan)
                if kind == "specification" and hypothesis.id in beside.joint:
                    median, share = beside.joint[hypothesis.id]
                    row |= {"joint_median_p": median, "joint_share_p": share}
                rows.append(row)
        rows += _unmeasured_rows(hypothesis, beside, plan)
    return make_table(rows, "robustness")


def _curve_row(hypothesis: Hypothesis, kind: str, rows: pd.DataFrame, plan: Plan) -> Row:
    there = rows[rows["estimate"].notna()]
    tested = there[there["p_value"].notna()]
    alpha = (plan.inference or Inference()).alpha
    sign = 1 if hypothesis.expected == "+" else -1
    agrees, significant = sign * there["estimate"] > 0, tested["p_value"] < alpha
    row: Row = {
        "model": hypothesis.id,
        "kind": kind,
        "choices": len(rows),
        "estimated": len(there),
        "tested": len(tested),
        "n": there["n"].min() if len(there) else 0,
    }
    if not len(there):
        return row
    row |= {
        "median": there["estimate"].median(),
        "lowest": there["estimate"].min(),
        "highest": there["estimate"].max(),
        "same_sign": agrees.mean(),
        "significant": significant.mean() if len(tested) else None,
    }
    if plan.sensitivity is not None and len(tested):
        keeps = agrees.mean() >= plan.sensitivity.same_sign
        row["robust"] = bool(keeps and significant.mean() >= plan.sensitivity.same_verdict)
    return row


def _unmeasured_rows(hypothesis: Hypothesis, beside: Beside, plan: Plan) -> Iterator[Row]:
    """Yield what an unmeasured cause would need, where the scale of the estimate has such a number."""
    found = beside.hypotheses[beside.hypotheses["hypothesis"] == hypothesis.id]
    if found.empty or found["conf_low"].isna().any() or hypothesis.tests != "coefficient":
        return
    row = found.iloc[0]
    linear = hypothesis.estimator in LINEAR
    scale = "standardised" if linear else RATIO_SCALES.get(hypothesis.estimator)
    if scale is None:
        return
    strength = e_value(row["estimate"], row["conf_low"], row["conf_high"], scale)
    numbers: Row = {"e_value": strength.estimate, "e_value_limit": strength.limit}
    alpha = (plan.inference or Inference()).alpha
    if hypothesis.id in beside.least_squares:
        share = robustness(*beside.least_squares[hypothesis.id], alpha)
        numbers |= {
            "partial_r2": share.partial_r2,
            "robustness_value": share.value,
            "robustness_value_significant": share.value_significant,
        }
    yield {"model": hypothesis.id, "kind": "unmeasured", "n": row["n"], **numbers}
