"""What was planted in the simulated survey comes out of one draw of it: unweighted, careful people mostly.

Tolerances are those of one sample of 2,650 people in 47 organisations, one of which holds 29 % of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.student import t_quantile
from pipeline.core.yaml_text import parse_yaml
from pipeline.gaps.organisations import organisation_gaps_table
from pipeline.gaps.portfolio import portfolio_tables
from pipeline.gaps.surface_tables import surface_tables
from pipeline.responses.clean import clean_answers
from pipeline.responses.source import read_answers
from pipeline.scales.scores import score_scales
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]
FACETS = ("FACMIS", "FACENH", "FACADA", "FACANT")
PRINCIPLES = tuple(f"playbook_p{k}" for k in range(1, 6))


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("psi-co", ROOT)


@pytest.fixture(scope="module")
def truth(study: Study) -> dict:
    return parse_yaml((study.paths.questionnaire / "truth.yaml").read_text(), "truth").data


@pytest.fixture(scope="module")
def ratings(study: Study) -> pd.DataFrame:
    asked, plan, paths = study.questionnaire, study.plan, study.paths
    raw, _ = read_answers(paths.raw, paths.shown_raw, asked, plan)
    answers = clean_answers(raw, asked, plan).responses
    scores = score_scales(answers, asked, plan, study.organisations)
    shares = [f"{item}_{side}" for item in FACETS for side in ("current", "desired")]
    return pd.concat([scores, answers[shares]], axis=1).assign(weight=1.0)


def test_the_portfolio_comes_out(study: Study, truth: dict, ratings: pd.DataFrame) -> None:
    """Organisations multiply each concentration by exp(N(0, .25)): means of shares move little."""
    made = portfolio_tables(ratings, {"FACETS": FACETS}, study.plan, Findings())
    means = made["portfolio"].query("group == 'all'").set_index(["rating", "item"])
    planted = {
        "current": truth["portfolio"]["alpha"],
        "desired": truth["optional_dual"]["portfolio_desired_alpha"],
    }
    for rating, alpha in planted.items():
        expected = 100 * np.array([alpha[item] for item in FACETS]) / sum(alpha.values())
        row = means.loc[rating]
        widest = [t_quantile(df, 0.9999) for df in row["df"]]
        assert (np.abs(row["estimate"] - expected) < widest * row["std_error"]).all()
    change = made["portfolio_change"].query("group == 'all'").set_index("item")
    assert change.loc["FACENH", "estimate"] < 0 < change.loc["FACMIS", "estimate"]
    assert change.loc["all", "p_value"] < 0.001


def test_nothing_planted_bends_the_surface(study: Study, ratings: pd.DataFrame) -> None:
    """Outcomes rise with how it is, in a straight line, and few pairs have D < C: nothing is claimed."""
    outcomes = ("iwb", "climate")
    surface = study.plan.gaps.surface.model_copy(update={"outcomes": outcomes})
    gaps = study.plan.gaps.model_copy(update={"surface": surface, "bootstrap": 40})
    plan = study.plan.model_copy(update={"gaps": gaps})
    made = surface_tables(ratings, [], PRINCIPLES, plan, Findings())
    table = made["response_surface"]
    assert (table.query("parameter == 'b1'")["estimate"] > 0).all()
    bends = table.query("parameter in ['b3', 'b4', 'b5']")
    assert (bends["estimate"].abs() < 4.5 * bends["std_error"]).all()
    verdicts = made["congruence"].query("condition in ['broad', 'strict']")
    assert not verdicts["holds"].any()
    assert len(verdicts) == 2 * len(PRINCIPLES) * len(outcomes)


def test_organisations_differ_in_the_gap_where_they_differ_in_how_it_is(
    study: Study, ratings: pd.DataFrame
) -> None:
    plan = study.plan.model_copy(update={"weighting": None})
    made = organisation_gaps_table(ratings, [], PRINCIPLES, plan, Findings())
    large = made.query("n >= 30")
    assert np.corrcoef(large["current"], large["estimate"])[0, 1] < -0.5
    assert (
        large["eb_high"] - large["eb_low"] < large["conf_high"] - large["conf_low"]
    ).mean() > 0.6
    listed = [each.code for each in study.organisations]
    for _, rows in made.groupby("target"):
        codes = rows["organisation"].to_list()
        assert codes == [code for code in listed if code in codes]
