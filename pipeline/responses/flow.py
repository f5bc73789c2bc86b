"""The way from invitations to answers that are analysed, and where on it people are lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.tables import make_table
from pipeline.questionnaire.asked import holds
from pipeline.questionnaire.conditions import parse_condition
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.clean import Cleaned
from pipeline.responses.dispositions import NO_SAMPLE, SAME_PERSON
from pipeline.responses.raw import RawAnswers

NO_CONSENT = "consent"


def flow_table(cleaned: Cleaned, people: pd.DataFrame, *, listed: bool) -> pd.DataFrame:
    """Return `flow.csv`: how many were invited, came, were rejected by which rule, and were kept.

    Parameters
    ----------
    people : as `dispositions` returns them. listed : whether there is a list of invited people; without one
        the flow starts with the rows read.

    Notes
    -----
    Steps that the record of cleaning shows to have rejected nobody are left out: most of these only flag.
    """
    kept, rejected = len(cleaned.responses), len(cleaned.rejected)
    steps = [
        ("read", "all", kept + rejected),
        ("read", "rejected", rejected),
        ("read", "kept", kept),
    ]
    steps += [
        ("rejected", rule, count)
        for rule, count in cleaned.attrition[["rule", "rejected"]].itertuples(
            index=False, name=None
        )
        if count
    ]
    status = cleaned.responses["status"].value_counts()
    steps += [("kept", "all", kept)]
    steps += [("kept", each, int(status.get(each, 0))) for each in ("complete", "partial")]
    invited = _invited(people) if listed else []
    names = ("block", "step", "n")
    return make_table([dict(zip(names, each, strict=True)) for each in (*invited, *steps)], "flow")


def _invited(people: pd.DataFrame) -> list[tuple[str, str, int]]:
    of = people.loc[people["invited"], "started"]
    started = int(of.sum())
    return [
        ("invited", "all", len(of)),
        ("invited", "started", started),
        ("invited", "silent", len(of) - started),
    ]


def breakoff_table(raw: RawAnswers, cleaned: Cleaned, questionnaire: Questionnaire) -> pd.DataFrame:
    """Return `breakoff.csv`: how many of those who consented and started were left after each page.

    Interviews that repeat another, and test ones, do not count. Nobody leaves at a page that is not
    meant for them. No rows where the file does not tell how far people came: where all of them are said
    to have submitted every page.
    """
    rule = cleaned.rejected.set_index("respondent")["rule"].reindex(raw.respondent)
    counts = ~rule.isin([NO_CONSENT, SAME_PERSON, NO_SAMPLE]).to_numpy()
    sections = questionnaire.sections
    if not counts.any() or (raw.pages == len(sections)).all():
        return make_table([], "breakoff")
    pages = _past(raw, questionnaire)[counts]
    last = np.bincount(pages, minlength=len(sections) + 1)
    through = len(pages) - np.cumsum(last)
    rows = [
        {
            "section": section.id,
            "page": k + 1,
            "n": len(pages),
            "left": last[k],
            "still_there": 100 * through[k] / len(pages),
        }
        for k, section in enumerate(sections)
    ]
    return make_table(rows, "breakoff")


def _past(raw: RawAnswers, questionnaire: Questionnaire) -> np.ndarray:
    """Return (n,) how many pages each person got past: those submitted, and any not meant for them then."""
    pages = raw.pages.copy()
    for k, section in enumerate(questionnaire.sections):
        if section.show:
            meant = holds(parse_condition(section.show), raw.codes, questionnaire)
            pages[(pages == k) & ~meant] = k + 1
    return pages
