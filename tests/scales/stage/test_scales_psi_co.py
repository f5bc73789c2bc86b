"""What was planted in the simulated survey comes out of one draw of it.

A hundred draws are in `benchmarks/language_gate.py`; here is the draw in `data/raw`, so tolerances are
those of one sample of 2,750 people (some of them careless), not of the method.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.yaml_text import parse_yaml
from pipeline.responses.clean import clean_answers
from pipeline.responses.source import read_answers
from pipeline.scales.scores import score_scales
from pipeline.scales.stage.agreement_tables import agreement_table
from pipeline.scales.stage.invariance_tables import (
    comparability_table,
    compare_languages,
    item_invariance_table,
)
from pipeline.scales.stage.model_tables import loadings_table
from pipeline.scales.stage.models import fit_models
from pipeline.scales.stage.reliability_table import reliability_table
from pipeline.scales.stage.subjects import Material, look_at
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[3]
LOOKED_AT = ("col_goal", "nww_output", "iwb", "climate", "barriers", "playbook_p1_current")
BIAS = {"climate": ("CLIM2", 0.093), "nww_output": ("NWWOUT3", -0.108)}


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("psi-co", ROOT)


@pytest.fixture(scope="module")
def truth(study: Study) -> dict[str, dict[str, float]]:
    return json.loads((study.paths.raw / "truth.json").read_text())["implied"]


@pytest.fixture(scope="module")
def scores_and_material(study: Study) -> tuple[pd.DataFrame, Material]:
    asked, plan, paths = study.questionnaire, study.plan, study.paths
    raw, _ = read_answers(paths.raw, paths.shown_raw, asked, plan)
    answers = clean_answers(raw, asked, plan).responses
    scores = score_scales(answers, asked, plan, study.organisations)
    return scores, look_at(answers, scores, asked, plan)


@pytest.fixture(scope="module")
def material(scores_and_material: tuple[pd.DataFrame, Material]) -> Material:
    whole = scores_and_material[1]
    return replace(whole, subjects=tuple(each for each in whole.subjects if each.name in LOOKED_AT))


def test_the_planted_items_are_freed_and_no_other(material: Material) -> None:
    compared = compare_languages(material, Findings())
    gate = comparability_table(compared, material).query("group == 'language=fr'")
    gate = gate.set_index("scale")
    for scale, row in gate.iterrows():
        item, bias = BIAS.get(str(scale), (None, 0.0))
        assert row["verdict"] == ("partial" if item else "full")
        assert (row["freed_items"] if item else None) == item
        assert row["mean_bias"] == pytest.approx(bias, abs=0.025)
    items = item_invariance_table(compared)
    assert set(items.loc[items["dif"], "item"]) == {"CLIM2", "NWWOUT3"}
    assert items.loc[items["freed"], "dmacs"].gt(0.3).all()


def test_english_is_too_small_for_the_gate(material: Material) -> None:
    compared = compare_languages(replace(material, subjects=material.subjects[:1]), Findings())
    english = comparability_table(compared, material).query("group == 'language=en'").iloc[0]
    assert (bool(english["gate"]), english["verdict"]) == (False, "untested")
    assert pd.isna(english["mean_bias"])


def test_alpha_comes_out(material: Material, truth: dict[str, dict[str, float]]) -> None:
    quick = replace(material, plan=_with_few_draws(material), splits=material.splits[:1])
    table = reliability_table(quick, [], Findings()).query("statistic == 'alpha'")
    off = [
        row["estimate"] - truth["alpha"][row["scale"]]
        for row in table.to_dict("records")
        if row["scale"] in truth["alpha"]
    ]
    assert len(off) == 5
    assert np.abs(off).max() < 0.04


def _with_few_draws(material: Material):
    reliability = material.plan.reliability.model_copy(update={"bootstrap": 20})
    return material.plan.model_copy(update={"reliability": reliability})


def test_loadings_come_out(study: Study, material: Material) -> None:
    """Those planted are of answers before they are cut to five codes, and of careful people."""
    planted = parse_yaml((study.paths.questionnaire / "truth.yaml").read_text(), "truth").data
    named = ("climate", "nww_output")
    some = replace(material, subjects=tuple(e for e in material.subjects if e.name in named))
    table = loadings_table(fit_models(some, Findings()), study.plan)
    for name in named:
        found = table.loc[table["model"] == name, "std_estimate"].to_numpy()
        loads = np.resize(planted["scales"][name]["load"], len(found))
        assert np.abs(found - loads).max() < 0.12
        assert np.abs((found - loads).mean()) < 0.08


def test_icc_comes_out(
    study: Study,
    scores_and_material: tuple[pd.DataFrame, Material],
    truth: dict[str, dict[str, float]],
) -> None:
    """Of 47 organisations: the middle of all scales is close; one scale may be off by half."""
    scores, material = scores_and_material
    names = [each.name for each in material.subjects]
    subjects = {each.name: each for each in material.subjects}
    table = agreement_table(scores, names, subjects, study.plan, Findings())
    known = table[table["scale"].isin(list(truth["icc1"]))]
    off = known["icc1"].to_numpy() - known["scale"].map(truth["icc1"]).to_numpy(dtype=float)
    assert len(off) > 40
    assert abs(np.median(off)) < 0.03
    assert np.abs(off).max() < 0.12
