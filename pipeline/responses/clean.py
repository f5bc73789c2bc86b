"""Cleaning: declared rules in a fixed order; every rejected row and changed cell is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.contracts import TABLES
from pipeline.core.plan import Plan
from pipeline.core.tables import check_table, make_table
from pipeline.questionnaire.columns import answer_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.decode import decode_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rows import Findings, Rows, gather
from pipeline.responses.rules import RULES


@dataclass(frozen=True)
class Cleaned:
    """Kept answers, and the account of all others.

    rows read = rows of `responses` + rows of `rejected`, always. `response_quality` has a row for each
    respondent who was looked at for careless answers; none where the plan declares no rule for them.
    """

    responses: pd.DataFrame
    rejected: pd.DataFrame
    attrition: pd.DataFrame
    changes: pd.DataFrame
    response_quality: pd.DataFrame


def clean_answers(raw: RawAnswers, questionnaire: Questionnaire, plan: Plan) -> Cleaned:
    """Apply every rule of `RULES` in order, account for all rows, and decode the rows that are kept.

    Returns
    -------
    The kept rows as `decode_answers` gives them, with `status` (`complete` or `partial`), and tables
    of rejected rows, of rows before and after each rule, of changed cells, and of response quality.
    """
    rows = gather(raw, questionnaire, plan)
    rejected, attrition, changes, quality = [], [], [], make_table([], "response_quality")
    for name, rule in RULES.items():
        found = rule.find(rows)
        rejected.append(_rejected(rows, name, found))
        changes += _changes(rows, name, found)
        attrition.append(_step(name, rule.description, found))
        quality = quality if found.quality is None else found.quality
        rows = rows.blanked(found.blanks) if found.blanks else rows
        rows = rows.take(np.flatnonzero(~found.rejected)) if found.rejected.any() else rows
    lost = pd.concat(rejected)
    if len(rows) + len(lost) != len(raw.source_row):
        raise RuntimeError(
            "rows read are not rows kept and rows rejected: a bug in a cleaning rule"
        )
    return Cleaned(
        responses=_responses(rows),
        rejected=check_table(lost.sort_index(), TABLES["rejected"]),
        attrition=make_table(attrition, "attrition"),
        changes=_change_table(changes, questionnaire),
        response_quality=check_table(quality, TABLES["response_quality"]),
    )


def _responses(rows: Rows) -> pd.DataFrame:
    enough = rows.share >= rows.plan.cleaning.complete
    status = np.where(enough, "complete", "partial")
    answers = decode_answers(rows.raw, rows.questionnaire, rows.plan)
    return answers.assign(status=pd.Categorical(status, categories=["complete", "partial"]))


def _rejected(rows: Rows, rule: str, found: Findings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_file": rows.raw.files[found.rejected],
            "source_row": rows.raw.source_row[found.rejected],
            "respondent": rows.raw.respondent[found.rejected],
            "rule": rule,
            "reason": list(found.reasons),
        },
        index=rows.place[found.rejected],
    )


def _changes(rows: Rows, rule: str, found: Findings) -> list[pd.DataFrame]:
    return [
        pd.DataFrame(
            {
                "source_file": rows.raw.files[blank.rows],
                "source_row": rows.raw.source_row[blank.rows],
                "column": blank.column,
                "rule": rule,
                "before": rows.codes[blank.column].iloc[blank.rows].astype("str").to_numpy(),
                "after": None,
            },
            index=rows.place[blank.rows],
        )
        for blank in found.blanks
    ]


def _change_table(changes: Sequence[pd.DataFrame], questionnaire: Questionnaire) -> pd.DataFrame:
    if not changes:
        return make_table([], "changes")
    order = {column.name: k for k, column in enumerate(answer_columns(questionnaire))}
    listed = pd.concat(changes)
    by_row = np.lexsort((listed["column"].map(order), listed.index))
    return check_table(listed.iloc[by_row], TABLES["changes"])


def _step(rule: str, description: str, found: Findings) -> dict[str, object]:
    before, rejected = len(found.rejected), int(found.rejected.sum())
    return {
        "rule": rule,
        "description": description,
        "rows_before": before,
        "rejected": rejected,
        "flagged": int((found.flagged & ~found.rejected).sum()),
        "rows_after": before - rejected,
    }
