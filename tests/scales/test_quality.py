"""Tables of organisations' means and correlations.

The numbers are those of functions that have tests of their own; here it is which people, scores and
weights go into them, so values are compared exactly.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.core.means import weighted_means
from pipeline.core.plan import Organisations, Plan
from pipeline.core.position import positions
from pipeline.core.predeclared import Weighting
from pipeline.core.shrinkage import shrunken_means
from pipeline.scales.correlations import correlate
from pipeline.scales.quality import (
    correlations_table,
    organisation_means_table,
)
from pipeline.scales.scores import score_scales

STUDY = """
study: tiny
languages: [en]
title: {en: Tiny}
choices:
  five:
    options:
      - {code: 1, text: {en: One}}
      - {code: 2, text: {en: Two}}
      - {code: 3, text: {en: Three}}
      - {code: 4, text: {en: Four}}
      - {code: 5, text: {en: Five}}
  place:
    options:
      - {code: a, text: {en: A}}
      - {code: b, text: {en: B}}
      - {code: c, text: {en: C}}
      - {code: dZZ, text: {en: All other}}
sections:
  - id: only
    title: {en: Only}
    questions:
      - {code: ORG, kind: single, choices: place, text: {en: Where}}
      - {code: UNIT, kind: single, choices: place, text: {en: Unit}}
      - {code: SEX, kind: single, choices: place, text: {en: Group}}
      - code: M
        kind: matrix
        choices: five
        text: {en: How far}
        rows:
          - {id: A, text: {en: A}}
          - {id: B, text: {en: B}}
          - {id: C, text: {en: C}}
          - {id: D, text: {en: D}}
          - {id: E, text: {en: E}}
scales:
  both: {name: {en: Both}, kind: index, parts: [all, single], needed: 1}
  all: {name: {en: All}, items: [A, B, C], reversed: [C], needed: 2}
  single: {name: {en: Single}, items: [A], needed: 1}
  ends: {name: {en: Ends}, items: [A, C], needed: 2}
  rest: {name: {en: Rest}, items: [D, E], needed: 1}
"""


@pytest.fixture(scope="module")
def study(tiny):
    """Return 60 people in four organisations and three units, with gaps in their answers."""
    generator = np.random.default_rng(20261121)
    table = pd.DataFrame(
        {
            "ORG": generator.choice(["a", "b", "c", "dZZ"], 60),
            "UNIT": generator.choice(["a", "b", "c"], 60),
            "SEX": generator.choice(["a", "b", "."], 60, p=[0.5, 0.4, 0.1]),
            "weight": generator.choice(["0.5", "1", "2"], 60),
            **{item: generator.choice(list("12345."), 60) for item in "ABCDE"},
        }
    )
    study = tiny(STUDY, table.to_string(index=False))
    return replace(study, responses=study.responses.assign(organisation=table["UNIT"]))


@pytest.fixture(scope="module")
def plan(study) -> Plan:
    declared = study.plan.model_dump()
    declared |= {
        "organisation": {"levels": ["ORG", "UNIT"], "residual": ["*ZZ"]},
        "groups": ["SEX"],
        "confidence": 0.9,
    }
    return Plan.model_validate_json(json.dumps(declared))


@pytest.fixture(scope="module")
def scores(study, plan: Plan) -> pd.DataFrame:
    return score_scales(study.responses, study.questionnaire, plan)


def members(frame: pd.DataFrame, group: str) -> np.ndarray:
    question, _, code = group.partition("=")
    return (frame[question] == code).to_numpy() if code else np.ones(len(frame), dtype=bool)


def same(found: list, expected: list) -> None:
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


def test_means_of_organisations_are_weighted(study, plan, scores) -> None:
    table = organisation_means_table(scores, study.questionnaire, plan)
    assert len(table) == 5 * (4 + 3)
    for row in table.to_dict("records"):
        inside = members(scores, f"{row['organisation_level']}={row['organisation']}")
        y, w = scores.loc[inside, row["scale"]].to_numpy(), scores.loc[inside, "weight"].to_numpy()
        found = weighted_means(y, w, np.zeros(len(y), dtype=int), 1, 0.9)
        same(
            [row[name] for name in ["n", "estimate", "std_error", "conf_low", "conf_high"]],
            [found.n[0], found.mean[0], found.std_error[0], found.low[0], found.high[0]],
        )
        assert (row["df"], row["conf_level"]) == (found.n[0] - 1, 0.9)
        assert row["residual"] == (row["organisation"] == "dZZ")
        groups = np.unique(scores[row["organisation_level"]], return_inverse=True)[1]
        at = sorted(set(scores[row["organisation_level"]])).index(row["organisation"])
        every = scores[row["scale"]].to_numpy()
        shrunken = shrunken_means(every, groups, groups.max() + 1, 0.9)
        same(
            [row[name] for name in ["eb_mean", "eb_low", "eb_high"]],
            [shrunken.mean[at], shrunken.low[at], shrunken.high[at]],
        )
        place = positions(every, scores["weight"].to_numpy(), groups, groups.max() + 1)
        same([row["difference"], row["q_value"]], [place.difference[at], place.q_value[at]])
        assert row["position"] == place.position[at]
    all_there = table[(table["scale"] == "single") & (table["organisation_level"] == "ORG")]
    assert all_there["n"].sum() == scores["single"].notna().sum()


def test_weights_that_the_plan_makes_speak_of_a_finite_population(study, plan, scores) -> None:
    """All of an organisation's weights add up to its people, also of those without a score."""
    declared = plan.model_copy(update={"weighting": Weighting(margins=(("ORG",),))})
    plain = organisation_means_table(scores, study.questionnaire, plan)
    table = organisation_means_table(scores, study.questionnaire, declared)
    for before, row in zip(plain.to_dict("records"), table.to_dict("records"), strict=True):
        inside = members(scores, f"{row['organisation_level']}={row['organisation']}")
        people = scores.loc[inside, "weight"].sum()
        left = min(max(people - row["n"], 1) / people, 1)
        same([row["std_error"]], [before["std_error"] * np.sqrt(left)])
        assert row["estimate"] == pytest.approx(before["estimate"], nan_ok=True)


def test_correlations_are_of_scales_and_clustered_by_the_outermost_level(
    study, plan, scores
) -> None:
    """Of two scales that share an item, as `all` and `ends`, there is no correlation."""
    table = correlations_table(scores, study.questionnaire, plan)
    pairs = [("all", "rest"), ("single", "rest"), ("ends", "rest")]
    assert list(zip(table["scale_a"], table["scale_b"], strict=True)) == pairs * 3
    for row in table.to_dict("records"):
        inside = members(scores, row["group"])
        clusters = np.unique(scores["ORG"], return_inverse=True)[1]
        x, y = (scores[row[name]].to_numpy()[inside] for name in ("scale_a", "scale_b"))
        found = correlate(x, y, clusters[inside], 0.9)
        assert found.groups == 4
        same(
            [
                *[row[name] for name in ["n", "groups", "estimate", "std_error", "df"]],
                *[row[name] for name in ["conf_low", "conf_high", "p_value", "conf_level"]],
            ],
            [
                *[found.n, found.groups, found.r, found.std_error, found.df],
                *[found.low, found.high, found.p_value, 0.9],
            ],
        )


@pytest.mark.parametrize(
    ("code", "expected"), [("XX", True), ("ABZZ", True), ("ZZA", False), ("xx", False)]
)
def test_residual_units(code: str, expected: bool) -> None:
    assert Organisations(levels=("ORG",), residual=("XX", "*ZZ")).is_residual(code) is expected
