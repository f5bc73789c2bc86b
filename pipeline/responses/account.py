"""The account of the field work: what became of everyone, where people were lost, what they left out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.responses.clean import Cleaned
from pipeline.responses.dispositions import dispositions
from pipeline.responses.flow import breakoff_table, flow_table
from pipeline.responses.missing import missing_table
from pipeline.responses.raw import RawAnswers
from pipeline.responses.response_rates import response_rates_table
from pipeline.responses.weights.representativeness import representativeness_table


def account_tables(
    raw: RawAnswers,
    cleaned: Cleaned,
    invited: pd.DataFrame | None,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
) -> dict[str, pd.DataFrame]:
    """Return response_rates, representativeness, flow, breakoff and missing, by name."""
    people = dispositions(raw, cleaned, invited, questionnaire, plan)
    choices = questionnaire.items[plan.organisation.levels[-1]].choices
    codes = choices.valid_codes if choices else ()
    listed = invited is not None
    return {
        "response_rates": response_rates_table(people, codes, plan, listed=listed),
        "representativeness": representativeness_table(people, questionnaire, plan, organisations),
        "flow": flow_table(cleaned, people, listed=listed),
        "breakoff": breakoff_table(raw, cleaned, questionnaire),
        "missing": missing_table(cleaned.responses, questionnaire, plan),
    }
