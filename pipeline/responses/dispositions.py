"""What became of everyone: each invited person, and each interview that came without an invitation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.clean import Cleaned
from pipeline.responses.completeness import answered_share
from pipeline.responses.raw import RawAnswers

DISPOSITIONS = (
    "complete",
    "partial",
    "break_off",
    "refused",
    "other",
    "ineligible",
    "bounced",
    "silent",
)
OF_RULE = {"consent": "refused", "completeness": "break_off", "organisation": "ineligible"}
NO_SAMPLE = "tests"
SAME_PERSON = "duplicates"
JUDGED_BY_ANSWERS = "careless"


def dispositions(
    raw: RawAnswers,
    cleaned: Cleaned,
    invited: pd.DataFrame | None,
    questionnaire: Questionnaire,
    plan: Plan,
) -> pd.DataFrame:
    """Return what became of each invited person, and of each interview without an invitation.

    Parameters
    ----------
    invited : the list of invited people, None where there is none; all interviews are then without.

    Returns
    -------
    The list's columns but the token, `invited` (whether the person stands in it), `started` (whether an
    interview came), and `disposition` (AAPOR 2023 in brackets): `complete` (I) and `partial` (P) by the
    plan's thresholds, careless ones too; `break_off` (R) below them; `refused` (R), without consent;
    `other` (O), such as an interview out of time, or one that repeats a colleague's; `ineligible`;
    `bounced` (UO); `silent` (NC). Of several interviews with one token the most complete counts. Without
    an invitation, an interview that repeats another is nobody's. Test tokens are nobody's either.
    """
    rows = _interviews(raw, cleaned, questionnaire, plan)
    has_token = rows["token"].fillna("").ne("") & (invited is not None)
    strangers = rows[~has_token & ~rows["rule"].isin([NO_SAMPLE, SAME_PERSON])]
    people = strangers[["organisation", "place"]].assign(invited=False, started=True)
    if invited is not None:
        people = pd.concat([_of_invited(invited, rows[has_token]), people], ignore_index=True)
    names = pd.CategoricalDtype(list(DISPOSITIONS))
    found = pd.Categorical.from_codes(people["place"].to_numpy(dtype=np.int64), dtype=names)
    return people.drop(columns="place").assign(disposition=found).reset_index(drop=True)


def _interviews(
    raw: RawAnswers, cleaned: Cleaned, questionnaire: Questionnaire, plan: Plan
) -> pd.DataFrame:
    """Return the token and organisation of each row read, the rule that rejected it, its disposition."""
    own = raw.codes[plan.organisation.levels[-1]].astype("object").to_numpy()
    rows = pd.DataFrame(
        {
            "token": raw.token,
            "organisation": np.where(pd.isna(raw.organisation), own, raw.organisation),
        },
        index=pd.Index(raw.respondent),
    )
    rows["rule"] = cleaned.rejected.set_index("respondent")["rule"]
    rows["disposition"] = cleaned.responses.set_index("respondent")["status"].astype("object")
    rejected, careless = rows["rule"].notna(), rows["rule"].eq(JUDGED_BY_ANSWERS)
    rows.loc[rejected, "disposition"] = [
        OF_RULE.get(x, "other") for x in rows.loc[rejected, "rule"]
    ]
    share = answered_share(raw.codes.iloc[np.flatnonzero(careless)], questionnaire)
    enough = np.where(share >= plan.cleaning.complete, "complete", "partial")
    rows.loc[careless, "disposition"] = enough
    return rows.assign(place=rows["disposition"].map(DISPOSITIONS.index).astype(np.int64))


def _of_invited(invited: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the list of invited people with what became of each; who did not come, by `contact`."""
    tests = rows["rule"].eq(NO_SAMPLE)
    listed = invited[~invited["token"].isin(rows.loc[tests, "token"])]
    best = rows[~tests].groupby("token")["place"].min()
    came = listed["token"].map(best)
    absent = pd.Series("silent", index=listed.index)
    if "contact" in listed:
        absent = listed["contact"].astype("object").where(listed["contact"].notna(), "silent")
    places = absent.map(DISPOSITIONS.index)
    return listed.drop(columns=["token", *({"contact"} & set(listed))]).assign(
        invited=True, started=came.notna(), place=came.where(came.notna(), places)
    )
