"""The plan, held against the questionnaire: each case bends one text of the small study."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.questionnaire.columns import score_columns
from pipeline.study import Study, load_study

MODEL = "{id: why, estimator: ols, outcome: together, predictors: [WARM], controls: []}"
HYPOTHESIS = (
    "{id: H1, family: one, statement: {en: More}, outcomes: [together], predictors: [WARM], "
    "moderator: N, expected: +, estimator: ols}"
)
CASES = [
    ("levels: [ORG]", "levels: [ORGS]", "levels: unknown name 'ORGS'; did you mean 'ORG'?"),
    ("levels: [ORG]", "levels: [N]", "levels: unknown name 'N'; allowed: HAPPY, NEW, ORG"),
    ("levels: [ORG]", "levels: [ORG, ORG]", "levels: 'ORG' stands here twice"),
    ("levels: [ORG]", "levels: []", "organisation: 'levels' is empty"),
    ("residual: [Z*]", "residual: [Y*]", "residual: no organisation has a code like 'Y*'"),
    ("outcomes: [N]", "outcomes: [HAPY]", "outcomes: unknown name 'HAPY'; did you mean 'HAPPY'?"),
    ("outcomes: [N]", "outcomes: [WHY]", "outcomes: unknown name 'WHY'"),
    ("controls: [NEW]", "controls: [TOOLS]", "controls: unknown name 'TOOLS'"),
    ("controls: [NEW]", "controls: [together]", "controls: unknown name 'together'"),
    ("groups: [language, NEW]", "groups: [langage, NEW]", "did you mean 'language'?"),
    ("groups: [language, NEW]", "groups: [language, N]", "groups: unknown name 'N'"),
    ("outcome: together", "outcome: togehter", "model why: unknown outcome 'togehter'; did you mean 'together'?"),
    ("outcome: together", "outcome: partners", "model why: unknown outcome 'partners'; did you mean 'partners_desired'?"),
    ("estimator: ols", "estimator: logit", "a logit explains a question with the answers 0 and 1, not 'together'"),
    ("outcome: together", "outcome: NEW", "model why: unknown outcome 'NEW'"),
    ("predictors: [WARM]", "predictors: [WARN]", "predictors: unknown name 'WARN'; did you mean 'WARM'?"),
    ("predictors: [WARM]", "predictors: [WARM, WARM]", "predictors: 'WARM' stands here twice"),
    ("predictors: [WARM]", "predictors: []", "model why: 'predictors' is empty"),
    ("predictors: [WARM]", "predictors: [together]", "model why: the outcome is also a predictor"),
    ("outcome: together, predictors: [WARM], controls: []", "outcome: M1, predictors: [WARM], controls: [M1]", "the outcome is also a predictor"),
    ("controls: []}", "controls: [nope]}", "controls: unknown name 'nope'"),
    (MODEL, f"{MODEL}\n  - {MODEL}", "model 'why' stands here twice"),
    ("file: answers.csv", "file: ../answers.csv", "'../answers.csv' leaves the study's folder; give a file name alone"),
    ("file: answers.csv", "file: /etc/passwd", "'/etc/passwd' leaves the study's folder"),
    ("file: answers.csv", "file: answers.csv, frame: ../frame.csv", "'../frame.csv' leaves the study's folder"),
    ("respondent: id, ", "format: csv, ", "responses: 'respondent' names no column of row ids"),
    ("file: answers.csv", "file: ..", "'..' leaves the study's folder"),
    ("estimator: ols", "estimator: olz", "why: 'estimator': input should be 'ols', 'fixed', 'mixed', 'logit', 'ologit' or 'negbin' (found: 'olz')"),
    ("id: why", "id: Why", "Why: 'id': string should match pattern"),
    ("seed: 7", "seed: -7", "'seed': input should be greater than or equal to 0 (found: '-7')"),
    ("seed: 7", "seed: 7.5", "'seed': input should be a valid integer"),
    ("seed: 7", "seed: 7\nminimum_cell: 9", "'minimum_cell': input should be greater than or equal to 10"),
    ("seed: 7", "seed: 7\nconfidence: 95", "'confidence': input should be less than 1"),
    ("seed: 7", "seed: 7\ncleaning: {partial: 0.9}", "'partial' is above 'complete'"),
    ("seed: 7", "seed: 7\ncleaning: {partial: 1.1}", "'partial': input should be less than or equal to 1"),
    ("respondent: id", "respondent: id, delimiter: ';;'", "'delimiter': string should match pattern"),
    ("respondent: id", "respondent: id, encoding: ascii", "'encoding': input should be 'utf-8', 'latin-1' or 'utf-16'"),
    ("respondent: id", "respondant: id", "unknown key 'respondant'; did you mean 'respondent'?"),
    ("seed: 7", "seed: 7\nexpectations: [{scores: [together, partner_current], sign: +}]", "scores: unknown name 'partner_current'; did you mean 'partners_current'?"),
    ("seed: 7", "seed: 7\nexpectations: [{scores: [together, together], sign: +}]", "scores: 'together' stands here twice"),
    ("seed: 7", "seed: 7\nexpectations: [{scores: [together, total], sign: up}]", "'sign': input should be '+' or '-' (found: 'up')"),
    ("seed: 7", "seed: 7\nmethod: {scales: [together, total]}", "scales: unknown name 'total'"),
    ("seed: 7", "seed: 7\nmethod: {scales: [together, partners_current], marker: partners_current}", "method: 'partners_current' is no score beside 'scales'"),
    ("seed: 7", "seed: 7\nmethod: {scales: [together, partners_current], marker: totl}", "method: 'totl' is no score beside 'scales'; did you mean 'total'?"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: [M1, D1]}}]", "f: unknown name 'D1'"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: total, factors: {f: [M1, M2]}}]", "factor model 'total': a scale or model has this name"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: [M1, M1]}}]", "part of 'f' 'M1' stands here twice"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: [M1, M2]}, above: {h: [g]}}]", "'above' names 'g', which is none of 'factors'"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: [M1, M2]}, general: f}]", "factor 'f' stands here twice"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: [M1, M2]}, residuals: [[M1, D1_current]]}]", "'residuals' names 'D1_current', which loads on no factor"),
    ("seed: 7", "seed: 7\nfactor_models: [{id: one, factors: {f: []}}]", "a factor has nothing that loads on it"),
    ("seed: 7", "seed: 7\ncleaning: {consent: {question: NEWS, code: y}}", "consent: unknown question 'NEWS'; did you mean 'NEW'?"),
    ("seed: 7", "seed: 7\ncleaning: {duplicates: {same: [NEWS]}}", "same: unknown name 'NEWS'; did you mean 'NEW'?"),
    ("seed: 7", "seed: 7\nderived: {size: {name: {en: Size}, question: NEWS, values: {y: 1}}}", "derived size: unknown question 'NEWS'; did you mean 'NEW'?"),
    ("seed: 7", "seed: 7\nderived: {size: {name: {en: Size}, question: NEW, values: {y: 0, n: 1}, log: true}}", "derived size: a logarithm needs numbers above 0"),
    ("seed: 7", "seed: 7\ncleaning: {duplicates: {same: [D1]}}", "same: unknown name 'D1'"),
    ("seed: 7", "seed: 7\ncleaning: {field: {opens: 2026-12-18, closes: 2026-11-23}}", "'closes' is before 'opens'"),
    ("seed: 7", "seed: 7\ncleaning: {field: {opens: 23/11/2026, closes: 2026-12-18}}", "'opens': input should be a valid date"),
    ("seed: 7", "seed: 7\ncleaning: {field: {opens: 2026-11-23}}", "'closes' is missing"),
    ("seed: 7", "seed: 7\ncleaning: {implausible: {counts: [WARM], size: x}}", "counts: unknown name 'WARM'; allowed: N"),
    ("seed: 7", "seed: 7\ncleaning: {implausible: {counts: [N], size: x}}", "implausible: no derived number 'x'"),
    ("seed: 7", "seed: 7\ncleaning: {implausible: {counts: [N], size: x, percentile: 5}}", "'percentile': input should be greater than 50"),
    ("seed: 7", "seed: 7\ncareless: {choices: agre}", "careless: no set of ratings 'agre'; did you mean 'agree'?"),
    ("seed: 7", "seed: 7\ncareless: {choices: tools}", "careless: no set of ratings 'tools'"),
    ("seed: 7", "seed: 7\ncareless: {choices: agree}", "careless: 'even_odd_scales' is 8, and 1 scales are answered on 'agree' alone"),
    ("seed: 7", "seed: 7\ncareless: {}", "'choices' is missing"),
    ("seed: 7", "seed: 7\ncareless: {choices: agree, even_odd_scales: 1, impossible_seconds: 3}", "'impossible_seconds' is above 'seconds'"),
    ("seed: 7", "seed: 7\ncareless: {choices: agree, several: 5}", "'several': input should be less than or equal to 4"),
    ("seed: 7", "seed: 7\nchecks: [{id: a, when: NEWS == y}]", "'NEWS'"),
    ("seed: 7", "seed: 7\nchecks: [{id: a, when: NEW == y, blank: NEWS}]", "blank: unknown name 'NEWS'; did you mean 'NEW'?"),
    ("controls: []}", "controls: [], hypothesis: H2}", "model why: unknown hypothesis 'H2'"),
    ("seed: 7", f"seed: 7\nhypotheses:\n  - {HYPOTHESIS.replace('together', 'togehter')}", "outcomes: unknown name 'togehter'; did you mean 'together'?"),
    ("seed: 7", f"seed: 7\nhypotheses:\n  - {HYPOTHESIS.replace('WARM', 'WARN')}", "predictors: unknown name 'WARN'; did you mean 'WARM'?"),
    ("seed: 7", f"seed: 7\nhypotheses:\n  - {HYPOTHESIS.replace('moderator: N', 'moderator: NO')}", "H1: unknown moderator 'NO'"),
    ("seed: 7", f"seed: 7\nhypotheses:\n  - {HYPOTHESIS}\n  - {HYPOTHESIS}", "hypothesis 'H1' stands here twice"),
    ("seed: 7", "seed: 7\nderived: {size: {name: {nl: Maat}, question: NEW, values: {y: 1}}}", "size: the text in 'en' is missing"),
    ("seed: 7", "seed: 7\nscales: [together, partners]", "scales: 'total' of the questionnaire is not listed"),
    ("seed: 7", "seed: 7\nscales: [together, partners, total, totl]", "scales: unknown name 'totl'; did you mean 'total'?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), CASES)
def test_each_mistake_is_named_where_it_stands(
    small: Callable[..., Path], line_of: Callable, old: str, new: str, message: str
) -> None:
    root = small((old, new))
    with pytest.raises(ProblemsFound) as error:
        load_study("small", root)
    (problem,) = (each for each in error.value.problems if message in each.message)
    assert problem.path == "questionnaires/small/analysis.yaml"
    assert any(each.strip() in line_of(problem, root) for each in (new or "file:").splitlines())


def test_the_whole_list_is_told_at_once_with_that_of_the_questionnaire(
    small: Callable[..., Path],
) -> None:
    root = small(
        ("outcomes: [N]", "outcomes: [M]"),
        ("estimator: ols", "estimator: olz"),
        ("controls: [NEW]", "controls: [TOOLS]"),
        ("{en: First}", "{}"),
    )
    with pytest.raises(ProblemsFound) as error:
        load_study("small", root)
    assert len(error.value.problems) == 4


def test_a_faulty_model_does_not_hide_the_next(
    small: Callable[..., Path], line_of: Callable
) -> None:
    faulty, wrong = (
        MODEL.replace(": ols", ": olz"),
        MODEL.replace("why", "two").replace("WARM", "X"),
    )
    root = small((MODEL, f"{faulty}\n  - {wrong}"))
    with pytest.raises(ProblemsFound) as error:
        load_study("small", root)
    assert [line_of(each, root)[:9] for each in error.value.problems] == ["- {id: wh", "- {id: tw"]


def test_an_absent_plan_is_named(small: Callable[..., Path]) -> None:
    root = small()
    (root / "questionnaires/small/analysis.yaml").unlink()
    with pytest.raises(ProblemsFound, match=r"analysis\.yaml:1: the file does not exist"):
        load_study("small", root)


def test_scores_are_named_after_scales_and_their_ratings(study: Study) -> None:
    asked = study.questionnaire
    assert [score_columns(asked, name) for name in asked.scales] == [
        ["together"],
        ["partners_current", "partners_desired"],
        ["total"],
    ]


def test_a_model_takes_the_controls_of_the_plan_where_it_names_none(
    small: Callable[..., Path],
) -> None:
    plan = load_study("small", small((", controls: []}", "}"))).plan
    assert plan.controls_of(plan.models[0]) == ("NEW",)


def test_a_model_may_have_no_controls(study: Study) -> None:
    assert study.plan.controls_of(study.plan.models[0]) == ()


def test_a_platform_brings_its_own_row_ids(small: Callable[..., Path]) -> None:
    plan = load_study("small", small(("file: answers.csv, respondent: id, ", ""))).plan
    assert (plan.responses.drawn_as, plan.responses.drawn_file) == ("limesurvey", "responses.csv")


@pytest.mark.parametrize(
    "new", ["respondent: M1", "respondent: lang", "respondent: id, ignore: [M1]", "respondent: w"]
)
def test_a_column_has_one_meaning(small: Callable[..., Path], new: str) -> None:
    with pytest.raises(ProblemsFound, match=r"responses: the column '[a-zM1]+' has two meanings"):
        load_study("small", small(("respondent: id", new)))


@pytest.mark.parametrize("delimiter", ["'\"'", '"\\n"', "'é'"])
def test_a_delimiter_is_a_usable_character(small: Callable[..., Path], delimiter: str) -> None:
    with pytest.raises(ProblemsFound):
        load_study("small", small(("respondent: id", f"respondent: id, delimiter: {delimiter}")))


@pytest.mark.parametrize(
    "part",
    [
        "cleaning: {consent: {question: NEW, code: z}}",
        "derived: {size: {name: {en: Size}, question: NEW, values: {z: 1}}}",
        "derived: {together: {name: {en: Size}, question: NEW, values: {y: 1}}}",
        "checks: [{id: a, when: NEW = y}]",
        "checks: [{id: a, when: NEWS == y}]",
        "checks: [{id: a, when: NEW == y, blank: NO}]",
        "weighting: {margins: [[ORG, NO]]}",
        "disclosure: {quasi_identifiers: [NO]}",
        f"hypotheses: [{HYPOTHESIS.replace('expected', 'among: NEW = y, expected')}]",
    ],
)
def test_every_name_in_the_plan_is_checked(small: Callable[..., Path], part: str) -> None:
    with pytest.raises(ProblemsFound):
        load_study("small", small(("seed: 7", f"seed: 7\n{part}")))
