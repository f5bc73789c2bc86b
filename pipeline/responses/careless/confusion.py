"""What the rule and each flag made of respondents who were planted careless, in simulated answers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.core.contracts import FLAGS, PLANTED
from pipeline.core.tables import make_table
from pipeline.responses.careless.rule import CARELESS

RULE = "rule"


def confusion_table(quality: pd.DataFrame, planted: Mapping[str, str]) -> pd.DataFrame:
    """Return `careless_confusion.csv`: of each kind of respondent, how many the rule and each flag marked.

    Parameters
    ----------
    quality : `response_quality.csv`. planted : the kind of each respondent; empty where it is not known,
        and so is the table then.

    Of those who were rejected before the rule on careless answers, nothing is said. For careful
    respondents, the percentage is that of false alarms; for the others, of those who were found.
    """
    if not planted or quality.empty:
        return make_table([], "careless_confusion")
    kind = quality["respondent"].map(planted)
    raised = quality["flags"].fillna("").str.split(";")
    marked = {RULE: quality["verdict"] == CARELESS} | {
        flag: raised.map(lambda names, flag=flag: flag in names) for flag in FLAGS
    }
    rows = []
    for sign, found in marked.items():
        for each in PLANTED:
            n, hits = int((kind == each).sum()), int((found & (kind == each)).sum())
            percent = 100 * hits / n if n else None
            rows.append({"sign": sign, "planted": each, "n": n, "marked": hits, "percent": percent})
    return make_table(rows, "careless_confusion")
