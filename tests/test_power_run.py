"""`psico power`: the study drawn at several sizes; the same whoever works, and none drawn twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import UserError
from pipeline.core.pieces import Workers
from pipeline.core.tables import read_table
from pipeline.models.power import Design
from pipeline.power import options_of, power_table
from pipeline.simulation.clean_answers import draw_clean_answers
from pipeline.simulation.draw import load_ground
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[1]
SMALL = [Design(12, 250), Design(50, 1000)]


@pytest.fixture(scope="module")
def psi_co() -> Study:
    return load_study("psi-co", ROOT)


@pytest.fixture(scope="module")
def table(psi_co: Study) -> pd.DataFrame:
    return power_table(psi_co, "H1", SMALL, 6, Workers())


def test_sizes_are_those_asked_for(table: pd.DataFrame) -> None:
    assert table[["organisations", "respondents", "draws"]].to_numpy().tolist() == [
        [12, 250, 6],
        [50, 1000, 6],
    ]
    assert table["n"].to_numpy() == pytest.approx([250, 1000], rel=0.2)
    assert (table["estimated"] == 6).all()


def test_larger_studies_are_more_precise(table: pd.DataFrame) -> None:
    assert table["half_width"].is_monotonic_decreasing
    assert table["spread"].is_monotonic_decreasing


def test_results_are_kept_and_do_not_depend_on_who_works(
    psi_co: Study, table: pd.DataFrame, tmp_path: Path
) -> None:
    workers = Workers(processes=2, folder=tmp_path)
    pd.testing.assert_frame_equal(power_table(psi_co, "H1", SMALL, 6, workers), table)
    assert len(list((tmp_path / "power").iterdir())) == 4
    more = power_table(psi_co, "H1", SMALL[:1], 8, workers)
    assert len(list((tmp_path / "power").iterdir())) == 4
    assert more["draws"].tolist() == [8]


@pytest.mark.parametrize(
    ("hypothesis", "message"),
    [
        ("H99", "psi-co has no hypothesis 'H99' that tests coefficients of one model"),
        ("H9", "no hypothesis 'H9' that tests coefficients"),
    ],
)
def test_what_has_no_power_is_said(psi_co: Study, hypothesis: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        power_table(psi_co, hypothesis, SMALL, 2, Workers())


def test_a_study_without_a_truth_is_refused() -> None:
    study = load_study("tutorial", ROOT)
    with pytest.raises(UserError, match="no hypothesis 'H1'"):
        power_table(study, "H1", SMALL, 2, Workers())


def test_drawn_answers_are_whole(psi_co: Study) -> None:
    """Nothing is missing but what was not asked; recycled organisations stand apart."""
    folder = psi_co.paths.questionnaire
    options = options_of(Design(60, 1500))
    ground = load_ground(psi_co.questionnaire, folder, psi_co.paths.shown, options)
    answers = draw_clean_answers(ground, options, 3)
    assert answers["organisation"].nunique() == 60
    assert answers["INNOV"].isin([0, 1]).all()
    asked = answers["INNOV"] == 1
    assert (answers["INNNUM"].notna() == asked).all()
    assert (answers["INNNUM_missing"].eq("unseen") == ~asked).all()
    assert answers["CLIM1"].between(1, 5).all()
    assert set(answers["LEVEL"].cat.categories) == {"A", "B", "C", "D"}
    again = draw_clean_answers(ground, options, 3)
    pd.testing.assert_frame_equal(answers, again)
    other = draw_clean_answers(ground, options, 4)
    assert not np.array_equal(answers["CLIM1"][:500], other["CLIM1"][:500])


def test_the_command_writes_table_and_figures(tmp_path: Path, psico: Callable) -> None:
    import shutil

    shutil.copytree(ROOT / "questionnaires/psi-co", tmp_path / "questionnaires/psi-co")
    sizes = ["--organisations", "12", "--respondents", "250", "--draws", "2", "--processes", "1"]
    done = psico(tmp_path, "power", "psi-co", "--hypothesis", "H1", *sizes)
    assert done.code == 0
    assert "12 organisations, 250 respondents: power" in done.out
    folder = tmp_path / "reports/psi-co/power/H1"
    assert len(read_table(folder / "power.csv")) == 1
    assert {path.name for path in folder.glob("*.png")} == {
        f"power-H1.{language}.png" for language in ("nl", "fr", "en")
    }
    assert psico(tmp_path, "power", "psi-co", "--hypothesis", "H0", *sizes).code == 2
