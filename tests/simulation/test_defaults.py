"""Simulated answers: the same seed the same bytes, and a file that the reader takes as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import UserError
from pipeline.responses.bring_in import Into, import_answers
from pipeline.responses.decode import decode_answers
from pipeline.responses.source import read_answers, read_source
from pipeline.run import run_simulation
from pipeline.simulation.defaults import draw_answers
from pipeline.simulation.draw import Options, simulated_files
from pipeline.study import Study, load_study


@pytest.fixture(scope="module")
def drawn(study: Study) -> pd.DataFrame:
    """Return 400 simulated answers to the small study."""
    return draw_answers(study.questionnaire, study.plan, 400, seed=7)


def test_the_same_seed_gives_the_same_answers(study: Study, drawn: pd.DataFrame) -> None:
    again = draw_answers(study.questionnaire, study.plan, 400, seed=7)
    other = draw_answers(study.questionnaire, study.plan, 400, seed=8)
    pd.testing.assert_frame_equal(again, drawn)
    assert not other.equals(drawn)


@pytest.mark.parametrize("n", [1, 2, 25])
def test_as_many_are_drawn_as_asked_for(study: Study, n: int) -> None:
    answers = draw_answers(study.questionnaire, study.plan, n, seed=7)
    assert len(answers) == n
    assert answers["id"].is_unique


def test_a_drawn_file_is_read_without_a_fault(small: Callable[..., Path]) -> None:
    study = load_study("small", small())
    run_simulation(study, Options(starts=400))
    raw, source = read_answers(study.paths.raw, "raw", study.questionnaire, study.plan)
    answers = decode_answers(raw, study.questionnaire, study.plan)
    assert len(answers) == 400
    assert source.simulated


def test_show_conditions_are_kept(drawn: pd.DataFrame) -> None:
    shown = drawn["N"].notna()
    assert (drawn.loc[shown, "NEW"] == "1").all()  # the raw value of y
    assert 0 < shown.sum() < len(drawn)


def test_an_exclusive_option_goes_with_no_other(drawn: pd.DataFrame) -> None:
    ticked = drawn[["TOOLS_pen", "TOOLS_app", "TOOLS_none"]].eq("1")
    assert not (ticked["TOOLS_none"] & (ticked["TOOLS_pen"] | ticked["TOOLS_app"])).any()
    assert ticked.any().all()


def test_every_declared_answer_occurs_and_some_are_missing(drawn: pd.DataFrame) -> None:
    assert set(drawn["M1"].dropna()) == {"1", "2", "3", "9"}
    assert drawn["M1"].isna().any()
    assert set(drawn["ORG"].dropna()) == {"A1", "B1", "ZZ"}
    assert (drawn["w"].astype(float) > 0).all()


def test_items_of_a_scale_go_together_and_a_reversed_one_goes_against(drawn: pd.DataFrame) -> None:
    ratings = drawn[["M1", "view2", "D1_current", "D2_current"]].apply(pd.to_numeric)
    r = ratings.where(ratings < 9).corr()
    assert r.loc["D1_current", "D2_current"] > 0.2
    assert r.loc["M1", "view2"] < -0.2


def test_desired_lies_above_current(drawn: pd.DataFrame) -> None:
    ratings = drawn[["D1_current", "D1_desired"]].apply(pd.to_numeric)
    current, desired = ratings.where(ratings < 9).mean()
    assert desired > current + 0.2


def test_the_tutorial_holds_what_simulate_draws(tutorial: Study) -> None:
    files = simulated_files(
        tutorial.questionnaire,
        tutorial.plan,
        tutorial.paths.questionnaire,
        tutorial.paths.shown,
        Options(),
    )
    assert files == {"responses.csv": (tutorial.paths.raw / "responses.csv").read_bytes()}


def test_without_a_truth_only_the_number_of_people_can_be_chosen(study: Study) -> None:
    for options in (Options(organisations=3), Options(size=5), Options(clean=True)):
        with pytest.raises(UserError, match=r"small: .* need a truth file, truth\.yaml"):
            simulated_files(
                study.questionnaire, study.plan, study.paths.questionnaire, "small", options
            )


def test_plain_defaults_take_the_shape_of_limesurvey(small: Callable[..., Path]) -> None:
    study = load_study(
        "small",
        small(
            ("respondent: id, language: lang, weight: w", "format: limesurvey, frame: frame.csv")
        ),
    )
    run_simulation(study, Options(starts=400))
    raw, _ = read_answers(study.paths.raw, "raw", study.questionnaire, study.plan)
    answers = decode_answers(raw, study.questionnaire, study.plan)
    assert len(answers) == 400
    assert answers["M1"].notna().mean() > 0.8


def test_real_answers_are_never_replaced(
    small: Callable[..., Path], study: Study, tmp_path: Path
) -> None:
    fielded = load_study("small", small())
    outside = tmp_path / "answers.csv"
    drawn = draw_answers(study.questionnaire, study.plan, 20, seed=1)
    drawn.to_csv(outside, index=False)
    into = Into(fielded.paths, fielded.questionnaire, fielded.plan)
    import_answers([outside], into, today=date(2026, 11, 21))
    before = (fielded.paths.raw / "answers.csv").read_bytes()
    with pytest.raises(UserError, match="holds real answers; simulated ones never replace them"):
        run_simulation(fielded, Options(starts=20))
    assert (fielded.paths.raw / "answers.csv").read_bytes() == before
    assert not read_source(fielded.paths.raw, "raw").simulated


@pytest.mark.parametrize("layout", ["delimiter: ';'", "encoding: utf-16"])
def test_a_drawn_file_has_the_declared_layout(small: Callable[..., Path], layout: str) -> None:
    study = load_study("small", small(("respondent: id", f"respondent: id, {layout}")))
    run_simulation(study, Options(starts=20))
    read_answers(study.paths.raw, "raw", study.questionnaire, study.plan)


def test_a_compressed_file_has_the_same_bytes_again(
    small: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = load_study("small", small(("answers.csv", "answers.csv.gz")))
    contents = []
    for now in (1_000_000_000.0, 1_000_000_100.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        run_simulation(study, Options(starts=20))
        contents.append((study.paths.raw / "answers.csv.gz").read_bytes())
    assert contents[0] == contents[1]


def test_shares_divide_a_hundred(drawn: pd.DataFrame) -> None:
    shares = drawn[["S1", "S2"]].apply(pd.to_numeric).dropna()
    assert np.allclose(shares.sum(axis=1), 100)


def test_a_count_keeps_its_minimum(small: Callable[..., Path]) -> None:
    study = load_study("small", small(("maximum: 50", "minimum: 1000")))
    counts = draw_answers(study.questionnaire, study.plan, 50, seed=1)["N"].dropna().astype(float)
    assert counts[counts != 99].ge(1000).all()


# ------------------------------------------------------------------------------------ known bugs


def test_answers_without_source_are_never_replaced(small: Callable[..., Path]) -> None:
    fielded = load_study("small", small())
    fielded.paths.raw.mkdir(parents=True)
    (fielded.paths.raw / "answers.csv").write_text("the only copy")
    with pytest.raises(UserError):
        run_simulation(fielded, Options(starts=20))
    assert (fielded.paths.raw / "answers.csv").read_text() == "the only copy"
