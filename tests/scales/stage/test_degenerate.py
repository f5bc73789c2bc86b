"""Answers that no statistic is made for: each leads to a finding by name, and the other scales are done.

`good` is a scale as it should be; the others are broken in one way each. 250 people in each of two
languages, 12 in a third; 20 organisations.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pipeline.core.contracts import TABLES
from pipeline.report.disclosure import publish
from pipeline.scales.scores import score_scales
from pipeline.scales.stage.stage import scale_tables

ITEMS = 4
SCALES = ("good", "constant", "twins", "gap", "few", "nobody", "pair")
SIZES = {"nl": 250, "fr": 250, "en": 12}


def _questionnaire() -> str:
    rows = "\n".join(
        f"          - {{id: {name.upper()}{k}, text: {{en: X}}}}"
        for name in SCALES
        for k in range(1, _length(name) + 1)
    )
    scales = "\n".join(
        f"  {name}: {{name: {{en: X}}, needed: 1, items: ["
        + ", ".join(f"{name.upper()}{k}" for k in range(1, _length(name) + 1))
        + "]}"
        for name in SCALES
    )
    options = "\n".join(f"      - {{code: {c}, text: {{en: X}}}}" for c in range(1, 6))
    places = "\n".join(f"      - {{code: o{c}, text: {{en: X}}}}" for c in range(20))
    return f"""
study: tiny
languages: [en]
title: {{en: Tiny}}
choices:
  five:
    options:
{options}
  place:
    options:
{places}
sections:
  - id: only
    title: {{en: Only}}
    questions:
      - {{code: ORG, kind: single, choices: place, text: {{en: Where}}}}
      - code: M
        kind: matrix
        choices: five
        text: {{en: How far}}
        rows:
{rows}
scales:
{scales}
"""


def _length(scale: str) -> int:
    return 2 if scale == "pair" else ITEMS


def _answers() -> dict[str, np.ndarray]:
    """Return answers by item: one factor each, then broken."""
    generator = np.random.default_rng(20261121)
    n = sum(SIZES.values())
    language = np.repeat(list(SIZES), list(SIZES.values()))
    found: dict[str, np.ndarray] = {}
    for name in SCALES:
        factor = generator.normal(size=n)
        for k in range(1, _length(name) + 1):
            latent = 0.7 * factor + 0.7 * generator.normal(size=n)
            codes = (np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]) + 1).astype(str).astype(object)
            found[f"{name.upper()}{k}"] = codes
    found["CONSTANT2"][:] = "3"
    found["TWINS2"] = found["TWINS1"].copy()
    french = (language == "fr") & (found["GAP1"] == "1")
    found["GAP1"][french] = "2"
    for k in range(1, ITEMS + 1):  # three answers only: least squares, which needs all categories
        found[f"GAP{k}"][np.isin(found[f"GAP{k}"], ["4", "5"])] = "3"
        found[f"FEW{k}"][3:] = "."
        found[f"NOBODY{k}"][:] = "."
    return found


@pytest.fixture(scope="module")
def tables(tiny: Callable) -> dict[str, pd.DataFrame]:
    n = sum(SIZES.values())
    columns = {"ORG": [f"o{k % 20}" for k in range(n)], **_answers()}
    study = tiny(_questionnaire(), pd.DataFrame(columns).to_string(index=False))
    language = np.repeat(list(SIZES), list(SIZES.values()))
    responses = study.responses.assign(
        language=pd.Categorical(language, categories=list(SIZES)), organisation=columns["ORG"]
    )
    scores = score_scales(responses, study.questionnaire, study.plan)
    return scale_tables(responses, scores, study.questionnaire, study.plan)


def found(tables: dict[str, pd.DataFrame], output: str, target: str) -> set[str]:
    rows = tables["findings"].query("output == @output and target == @target")
    return set(rows["finding"])


EXPECTED = [
    ("factor_fit", "constant", "constant_item"),
    ("reliability", "constant", "constant_item"),
    ("invariance", "constant", "constant_item"),
    ("scree", "constant", "constant_item"),
    ("validity", "constant", "constant_item"),
    ("factor_fit", "twins", "collinear_items"),
    ("invariance", "twins", "collinear_items"),
    ("invariance", "gap", "empty_category"),
    ("factor_fit", "few", "too_few_people"),
    ("reliability", "few", "too_few_people"),
    ("invariance", "few", "too_few_groups"),
    ("factor_fit", "nobody", "no_answers"),
    ("reliability", "nobody", "no_answers"),
    ("agreement", "nobody ORG", "no_answers"),
    ("invariance", "pair", "not_identified"),
]


@pytest.mark.parametrize(("output", "target", "name"), EXPECTED)
def test_what_is_broken_is_named(
    tables: dict[str, pd.DataFrame], output: str, target: str, name: str
) -> None:
    assert name in found(tables, output, target)


def test_the_other_scales_are_done(tables: dict[str, pd.DataFrame]) -> None:
    fit = tables["factor_fit"].query("model == 'good' and chosen")
    assert fit["verdict"].tolist() == ["acceptable"]
    assert len(tables["loadings"].query("model == 'good'")) == ITEMS
    gate = tables["comparability"].query("scale == 'good'").set_index("group")
    assert gate["verdict"].to_dict() == {
        "language=nl": "full",
        "language=fr": "full",
        "language=en": "untested",
    }
    everyone = tables["reliability"].query("scale == 'good' and group == 'all'")
    assert everyone["estimate"].notna().all()
    assert everyone["finding"].isna().all()


def test_the_finding_stands_in_the_row_that_has_no_value(tables: dict[str, pd.DataFrame]) -> None:
    fit = tables["factor_fit"].query("model == 'constant' and chosen").iloc[0]
    assert (fit["finding"], pd.isna(fit["cfi"])) == ("constant_item", True)
    items = tables["findings"].query("output == 'factor_fit' and target == 'constant'")["items"]
    assert set(items) == {"CONSTANT2"}
    ladder = tables["invariance"].query("scale == 'twins'")
    assert ladder["finding"].tolist() == ["collinear_items"]
    pairs = tables["validity"].query("scale_a == 'good' and scale_b == 'constant'")
    assert pairs["finding"].tolist() == ["constant_item"]
    assert tables["validity"].query("scale_a == 'good' and scale_b == 'pair'")["htmt"].notna().all()


def test_twelve_people_are_told_apart_from_nothing(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["reliability"].query("scale == 'good' and group == 'language=en'")
    assert set(rows["n"]) == {12}
    assert rows.query("statistic == 'alpha'")["estimate"].notna().all()


def test_two_items_have_the_coefficient_of_two_items(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["reliability"].query("scale == 'pair' and group == 'all'").set_index("statistic")
    assert rows.loc["spearman_brown", "interval"] == "fisher_z"
    assert rows.loc["spearman_brown", "verdict"] in {"score", "groups", "items"}
    assert "omega_total" not in rows.index


def test_the_exit_door_hides_groups_below_the_minimum(tables: dict[str, pd.DataFrame]) -> None:
    published = publish(tables, 20)
    for name in ("reliability", "comparability"):
        rows = published[name].query("group == 'language=en'")
        values = [
            column.name for column in TABLES[name].columns if not (column.key or column.declared)
        ]
        assert len(rows) > 0
        assert rows[values].isna().all(axis=None)
