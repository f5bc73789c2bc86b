"""What was planted in the simulated survey comes out of one draw of it.

Many draws are in `benchmarks/language_gate.py`; here is the draw in `data/raw`, so tolerances are those of
one sample of 2,750 people. Reliability, loadings and ICC are held against what infinitely many careful
respondents in infinitely many organisations would give (answers cut to five codes are attenuated, so
these are not the planted loadings), within the sampling error of 47 organisations. They are taken
of respondents who were made to answer with care: those who were not, and pass the cleaning, lower alpha
and ICC by about .01.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.findings import Findings
from pipeline.core.grouping import everyone
from pipeline.responses.clean import clean_answers
from pipeline.responses.source import read_answers
from pipeline.scales.agreement import intraclass_correlation
from pipeline.scales.factors.fit import fit_ml
from pipeline.scales.factors.model import FactorModel
from pipeline.scales.factors.sample import sum_up
from pipeline.scales.factors.standardised import standardise
from pipeline.scales.scores import score_scales
from pipeline.scales.stage.invariance_tables import (
    comparability_table,
    compare_languages,
    item_invariance_table,
)
from pipeline.scales.stage.model_tables import loadings_table
from pipeline.scales.stage.models import fit_models
from pipeline.scales.stage.reliability_table import reliability_table
from pipeline.scales.stage.subjects import Material, look_at
from pipeline.simulation.draw import Options, load_ground
from pipeline.simulation.field import ATTENTIVE, KINDS
from pipeline.simulation.implied import Implied, implied_moments, respondent_mixture
from pipeline.simulation.record import planted_kinds
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[3]
LOOKED_AT = ("col_goal", "nww_output", "iwb", "climate", "barriers", "playbook_p1_current")
BIAS = {"climate": ("CLIM2", 0.093), "nww_output": ("NWWOUT3", -0.108)}


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("psi-co", ROOT)


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


@pytest.fixture(scope="module")
def implied(study: Study) -> Implied:
    """Return what infinitely many careful respondents would give: of answers cut to five codes."""
    paths = study.paths
    ground = load_ground(study.questionnaire, paths.questionnaire, paths.shown, Options())
    mixture = respondent_mixture(
        ground.design, ground.margins, ground.cells, ground.employers, equal=False
    )
    return implied_moments(ground.design, ground.margins, mixture)


@pytest.fixture(scope="module")
def careful(study: Study, scores_and_material: tuple[pd.DataFrame, Material]) -> np.ndarray:
    """Return who was made to answer with care: the others attenuate everything."""
    record = json.loads((study.paths.raw / "truth.json").read_text())
    raw, _ = read_answers(study.paths.raw, study.paths.shown_raw, study.questionnaire, study.plan)
    kinds = dict(zip(raw.respondent, planted_kinds(record), strict=True))
    return scores_and_material[0]["respondent"].map(kinds).eq(KINDS[ATTENTIVE]).to_numpy()


def of_people(material: Material, people: np.ndarray, names: tuple[str, ...]) -> Material:
    """Return some scales of some people, with few draws for intervals."""
    reliability = material.plan.reliability.model_copy(update={"bootstrap": 400})
    return Material(
        subjects=tuple(
            replace(each, values=each.values[people])
            for each in material.subjects
            if each.name in names
        ),
        clusters=material.clusters[people],
        languages=everyone(int(people.sum())),
        splits=(everyone(int(people.sum())),),
        plan=material.plan.model_copy(update={"reliability": reliability}),
    )


RECOVERED = ("col_goal", "nww_output", "iwb", "climate", "playbook_p1_desired")


def test_alpha_is_that_of_infinitely_many(
    material: Material, careful: np.ndarray, implied: Implied
) -> None:
    """Within 4 standard errors, of organisations drawn again."""
    some = of_people(material, careful, RECOVERED)
    table = reliability_table(some, [], Findings()).query("statistic == 'alpha'")
    assert len(table) == 4
    wanted = table["scale"].map(implied.alpha)
    error = (table["conf_high"] - table["conf_low"]) / 3.92
    assert (error < 0.02).all()
    assert ((table["estimate"] - wanted).abs() < 4 * error).all()


def pseudo_true(block: np.ndarray) -> np.ndarray:
    """Return standardised loadings of one factor in answers with exactly these covariances."""
    x = np.random.default_rng(1).normal(size=(5000, len(block)))
    x -= x.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(x, rowvar=False)), x.T).T
    items = tuple(map(str, range(len(block))))
    model = FactorModel({"f": items}, scale="unit")
    fit = fit_ml(sum_up(white @ np.linalg.cholesky(block).T, items), model)
    return standardise(fit.parameters, fit.covariance).value[: len(block)]


def test_loadings_are_those_of_infinitely_many(
    study: Study, material: Material, careful: np.ndarray, implied: Implied
) -> None:
    """Within 4.5 standard errors, by organisation; about as far off as these say."""
    some = of_people(material, careful, RECOVERED)
    table = loadings_table(fit_models(some, Findings()), study.plan)
    off = []
    for name, rows in table.groupby("model", sort=False):
        columns = implied.design.measurement.scales[str(name)]
        block = implied.covariance[np.ix_(columns, columns)]
        wanted = pseudo_true(block)
        off += list((rows["std_estimate"].to_numpy() - wanted) / rows["std_error_std"].to_numpy())
    assert len(off) > 15
    assert np.abs(off).max() < 4.5
    assert np.sqrt(np.mean(np.square(off))) < 1.8


def test_icc_is_that_of_infinitely_many_organisations(
    scores_and_material: tuple[pd.DataFrame, Material], careful: np.ndarray, implied: Implied
) -> None:
    """Of 47 organisations: within 4 standard errors, those of a one-way analysis with so many."""
    scores, whole = scores_and_material
    clusters = whole.clusters[careful]
    n = np.bincount(clusters)
    n = n[n > 0].astype(float)
    effective = n.sum() ** 2 / (n**2).sum()
    off = []
    for name in set(implied.design.measurement.scales) & {each.name for each in whole.subjects}:
        if name == "diffusion":
            continue
        wanted = implied.icc(name)
        found = intraclass_correlation(scores[name].to_numpy(dtype=float)[careful], clusters).icc1
        size = n.sum() / effective
        error = np.sqrt(2 / (effective - 1)) * (1 - wanted) * (1 + (size - 1) * wanted) / size
        off.append((found - wanted) / error)
    assert len(off) > 40
    assert np.abs(off).max() < 4
    assert abs(np.median(off)) < 2
