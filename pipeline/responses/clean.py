"""Cleaning: declared rules in a fixed order; every rejected row and changed cell is listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.core.tables import make_table
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.rules import RULES


@dataclass(frozen=True)
class Cleaned:
    """Kept answers, and the account of all others.

    rows read = rows of `responses` + rows of `rejected`, always.
    """

    responses: pd.DataFrame
    rejected: pd.DataFrame
    attrition: pd.DataFrame
    changes: pd.DataFrame


def clean_answers(answers: pd.DataFrame, questionnaire: Questionnaire, plan: Plan) -> Cleaned:
    """Apply every rule of `RULES` in order and account for all rows.

    Parameters
    ----------
    answers : (n, columns) as `decode_answers` returns them.

    Returns
    -------
    The kept rows with `status` (`complete` or `partial`), and tables of rejected rows, of rows before
    and after each rule, and of changed cells.
    """
    kept, rejected, attrition = answers, [], []
    for name, rule in RULES.items():
        reasons = rule.find(kept, questionnaire, plan)
        out = reasons != ""
        rejected.append(_rejected(kept[out], name, reasons[out]))
        attrition.append(_step(name, rule.description, len(kept), int(out.sum())))
        kept = kept[~out]
    lost = pd.concat(rejected)
    if len(kept) + len(lost) != len(answers):
        raise RuntimeError(
            "rows read are not rows kept and rows rejected: a bug in a cleaning rule"
        )
    enough = kept["answered_share"] >= plan.cleaning.complete
    status = np.where(enough, "complete", "partial")
    kept = kept.assign(status=pd.Categorical(status, categories=["complete", "partial"]))
    return Cleaned(
        responses=kept.drop(columns=["token", "answered_share"]).reset_index(drop=True),
        rejected=make_table(lost.sort_index().to_dict("records"), "rejected"),
        attrition=make_table(attrition, "attrition"),
        changes=make_table([], "changes"),
    )


def _rejected(rows: pd.DataFrame, rule: str, reasons: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_file": rows["source_file"].astype("str"),
            "source_row": rows["source_row"],
            "respondent": rows["respondent"],
            "rule": rule,
            "reason": reasons,
        }
    )


def _step(rule: str, description: str, before: int, rejected: int) -> dict[str, object]:
    return {
        "rule": rule,
        "description": description,
        "rows_before": before,
        "rejected": rejected,
        "flagged": 0,
        "rows_after": before - rejected,
    }
