"""The stage from answers to tables, in order."""

from __future__ import annotations

import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.plan import Plan
from pipeline.questionnaire.columns import all_score_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.stage.agreement_tables import agreement_table
from pipeline.scales.stage.expectations_table import expectations_table
from pipeline.scales.stage.invariance_tables import (
    comparability_table,
    compare_languages,
    invariance_table,
    item_invariance_table,
)
from pipeline.scales.stage.method_tables import one_factor_floor, scree_table, split_sample_table
from pipeline.scales.stage.method_variance import method_models, method_variance_table
from pipeline.scales.stage.model_tables import factor_fit_table, loadings_table, modification_table
from pipeline.scales.stage.models import fit_models
from pipeline.scales.stage.paired_errors import error_covariances_table
from pipeline.scales.stage.reliability_table import reliability_table
from pipeline.scales.stage.subjects import look_at
from pipeline.scales.stage.validity_table import validity_table


def scale_tables(
    responses: pd.DataFrame, scores: pd.DataFrame, questionnaire: Questionnaire, plan: Plan
) -> dict[str, pd.DataFrame]:
    """Return every table of how well the scales measure, by name.

    What the answers do not allow is a finding in the row that it concerns and in `findings`; the other
    scales are done. Unweighted throughout: it is the questions that are judged, not the population.
    """
    findings, names = Findings(), all_score_columns(questionnaire)
    material = look_at(responses, scores, questionnaire, plan)
    models = fit_models(material, findings)
    compared = compare_languages(material, findings)
    reliability = reliability_table(material, models, findings)
    method = method_models(material, findings)
    subjects = {each.name: each for each in material.subjects}
    tables = {
        "reliability": reliability,
        "factor_fit": factor_fit_table(
            [*models, *method], one_factor_floor(material, findings), plan.factors
        ),
        "loadings": loadings_table([*models, *method], plan),
        "modification_indices": modification_table(models),
        "scree": scree_table(material, findings),
        "validity": validity_table(material, scores, reliability, findings),
        "invariance": invariance_table(compared),
        "comparability": comparability_table(compared, material),
        "item_invariance": item_invariance_table(compared),
        "agreement": agreement_table(scores, names, subjects, plan, findings),
        "error_covariances": error_covariances_table(material, findings),
        "method_variance": method_variance_table(method, scores, plan, findings),
        "expectations": expectations_table(scores, plan, findings),
        "split_sample": split_sample_table(material, scores, names, findings),
    }
    return {**tables, "findings": findings.table()}
