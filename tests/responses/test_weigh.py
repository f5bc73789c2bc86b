"""Weights from beginning to end: a small population that is known in full, bad input, and psi-co's twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UserError
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Weighting
from pipeline.questionnaire.organisations import Organisation
from pipeline.questionnaire.population import Share
from pipeline.responses.weights.weigh import Weighted, weigh
from pipeline.study import Study, load_study

OLD = "responses: {file: answers.csv, respondent: id, language: lang, weight: w}"
PLAN = (
    "responses: {format: limesurvey, file: a.csv, frame: f.csv,"
    " in_frame: {NEW: level, HAPPY: gender, M1: age}}\n"
    "weighting: {margins: [[ORG, NEW], [NEW, HAPPY]], unraked: {HAPPY: [3]}, least_cell: 2}"
)
SEXES = ["1", "2", "3"]


@dataclass(frozen=True)
class Small:
    """The small study as planned above, and what is known of its organisations."""

    study: Study
    organisations: tuple[Organisation, ...]

    def weigh(
        self, responses: pd.DataFrame, invited: pd.DataFrame, shares: Any = None, **changed: Any
    ) -> Weighted:
        weighting = self.study.plan.weighting
        assert weighting is not None
        declared = Weighting.model_validate({**weighting.model_dump(), **changed}, strict=False)
        plan: Plan = self.study.plan.model_copy(update={"weighting": declared})
        return weigh(
            responses, invited, self.study.questionnaire, plan, self.organisations, shares or {}
        )


@pytest.fixture
def known(small: Callable[..., Path]) -> Small:
    study = load_study("small", small((OLD, PLAN)))
    sizes = {"A1": 60, "B1": 100, "ZZ": None}
    listed = tuple(
        replace(each, headcount=sizes[each.code], type="x") for each in study.organisations
    )
    return Small(study, listed)


def frame(seed: int = 1, m: int = 200) -> pd.DataFrame:
    """Return a list of invited people of two organisations; 3 is rare."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "token": [f"t{k}" for k in range(m)],
            "organisation": pd.Categorical(generator.choice(["A1", "B1"], m, p=[0.4, 0.6])),
            "level": pd.Categorical(generator.choice(["y", "n"], m)),
            "gender": pd.Categorical(generator.choice(SEXES, m, p=[0.6, 0.35, 0.05])),
            "age": pd.Categorical(generator.choice(["1", "2", "3"], m)),
        }
    )


def answers(invited: pd.DataFrame, seed: int = 2, share: float = 0.4) -> pd.DataFrame:
    """Return respondents out of the list; what they say of themselves is not what the list says."""
    generator = np.random.default_rng(seed)
    came = invited[generator.random(len(invited)) < share * (1 + 0.5 * (invited["level"] == "y"))]
    n = len(came)
    return pd.DataFrame(
        {
            "respondent": [f"r{k}" for k in range(n)],
            "token": came["token"].to_numpy(),
            "organisation": came["organisation"].astype("object").to_numpy(),
            "weight": np.ones(n),
            "ORG": pd.Categorical(["A1"] * n),
            "NEW": pd.Categorical(["y"] * n),
            "HAPPY": pd.array([1] * n, dtype="Int32"),
            "M1": pd.array([1] * n, dtype="Int32"),
        }
    )


def of_list(found: Weighted, responses: pd.DataFrame, invited: pd.DataFrame) -> pd.DataFrame:
    return responses[["token"]].merge(invited, on="token").assign(w=found.responses["weight"])


def test_weights_add_up_to_headcounts_and_meet_the_list(known: Small) -> None:
    invited = frame()
    responses = answers(invited)
    found = known.weigh(responses, invited)
    people = of_list(found, responses, invited)
    listed = invited["organisation"].value_counts()
    sizes = {"A1": max(60, listed["A1"]), "B1": max(100, listed["B1"])}
    assert found.responses["weight"].sum() == pytest.approx(sum(sizes.values()))
    for code, size in sizes.items():
        own = people[people["organisation"] == code]
        assert own["w"].sum() == pytest.approx(size)
        theirs = invited[invited["organisation"] == code]
        expected = (theirs["level"] == "y").mean()
        assert own.loc[own["level"] == "y", "w"].sum() / size == pytest.approx(expected)
    assert "token" not in found.responses
    assert found.weights["weight"].tolist() == found.responses["weight"].tolist()


def test_design_weights_are_people_by_invitations(known: Small) -> None:
    invited = pd.concat([frame(m=30), frame(3, 30).assign(token=[f"u{k}" for k in range(30)])])
    invited["organisation"] = pd.Categorical(["A1"] * 20 + ["B1"] * 40)
    found = known.weigh(answers(invited, share=0.6), invited)
    by_code = found.responses.groupby("organisation")["respondent"].first().index
    assert list(by_code) == ["A1", "B1"]
    design = found.weights["design_weight"]
    code = found.responses["organisation"].to_numpy()
    assert design[code == "A1"].tolist() == pytest.approx([60 / 20] * int((code == "A1").sum()))
    assert design[code == "B1"].tolist() == pytest.approx([100 / 40] * int((code == "B1").sum()))


def test_a_list_longer_than_the_headcount_is_everyone(known: Small) -> None:
    found = known.weigh(answers(frame()), frame())
    assert found.weights["design_weight"].min() == 1


def test_who_is_raked_to_no_target_keeps_a_share_of_their_own(known: Small) -> None:
    """3 is rare, and in no cell of the second margin: it is never put with 1 or 2."""
    invited = frame()
    responses = answers(invited)
    found = known.weigh(responses, invited)
    margins = found.tables["weight_margins"]
    cells = margins.loc[(margins["margin"] == "NEW x HAPPY") & (margins["kind"] == "raked"), "cell"]
    assert sorted(cells) == [f"NEW={a};HAPPY={b}" for a in "ny" for b in "12"]
    people = of_list(found, responses, invited)
    rest, theirs = people[people["gender"] != "3"], invited[invited["gender"] != "3"]
    step = {"A1": max(60, (invited["organisation"] == "A1").sum()), "B1": 0}
    step["B1"] = max(100, (invited["organisation"] == "B1").sum())
    each = {code: n / (invited["organisation"] == code).sum() for code, n in step.items()}
    weight = theirs["organisation"].map(each).astype(float)
    for sex in "12":
        share = rest.loc[rest["gender"] == sex, "w"].sum() / rest["w"].sum()
        assert share == pytest.approx(weight[theirs["gender"] == sex].sum() / weight.sum())


def test_without_a_token_the_answers_tell(known: Small) -> None:
    invited = frame()
    responses = answers(invited)
    last = len(responses) - 1
    responses.loc[last, ["token", "organisation"]] = [None, "B1"]
    responses["NEW"] = responses["NEW"].cat.add_categories("n")
    responses.loc[last, "NEW"] = "n"
    margins = known.weigh(responses, invited).tables["weight_margins"]
    rows = margins.set_index(["kind", "margin", "cell"])["n"]
    own = responses.iloc[:last].merge(invited, on="token")
    expected = int(((own["organisation_x"] == "B1") & (own["level"] == "n")).sum()) + 1
    assert rows["raked", "ORG x NEW", "ORG=B1;NEW=n"] == expected


def test_the_list_is_brought_to_the_population_first(known: Small) -> None:
    invited = frame()
    responses = answers(invited)
    population = {"NEW": {"y": Share(0.8, 2), "n": Share(0.2, 3)}}
    found = known.weigh(responses, invited, population, population="shares.csv")
    people = of_list(found, responses, invited)
    total = people["w"].sum()
    assert people.loc[people["level"] == "y", "w"].sum() / total == pytest.approx(0.8)
    profile = found.tables["weight_margins"].set_index("cell")
    assert profile.loc["NEW=y", "target"] == pytest.approx(80)


def test_trimmed_weights_are_marked_and_every_stage_is_told(known: Small) -> None:
    invited = frame()
    responses = answers(invited)
    found = known.weigh(responses, invited, trim=(0.9, 1.1))
    stages = found.tables["weight_diagnostics"]
    assert stages["stage"].tolist()[:4] == ["design", "raked", "trimmed", "final"]
    assert stages.loc[stages["stage"] == "final", "group"].tolist() == ["all", "ORG=A1", "ORG=B1"]
    raked, trimmed, final = (
        stages[stages["stage"] == name].iloc[0] for name in ("raked", "trimmed", "final")
    )
    assert raked["margin_error"] < 1e-8
    assert trimmed["margin_error"] > 0.1
    assert final["margin_error"] < 1e-8
    assert found.weights["trimmed"].sum() == raked["outside"] > 0
    assert final["design_effect"] != pytest.approx(raked["design_effect"], rel=1e-6)
    assert final["population"] == pytest.approx(found.responses["weight"].sum())
    loose = known.weigh(responses, invited, trim=(0.01, 100.0))
    assert not loose.weights["trimmed"].any()


@given(st.integers(0, 500))
def test_rows_have_no_order(seed: int) -> None:
    invited = frame()
    responses = answers(invited)
    order = np.random.default_rng(seed).permutation(len(responses))
    first = CASE.weigh(responses, invited).responses["weight"].to_numpy()
    shuffled = responses.iloc[order].reset_index(drop=True)
    again = CASE.weigh(shuffled, invited.sample(frac=1, random_state=seed)).responses["weight"]
    assert again.to_numpy() == pytest.approx(first[order], rel=1e-9)


CASE: Small


@pytest.fixture(autouse=True)
def _case(known: Small) -> None:
    global CASE  # hypothesis does not take a fixture that is made anew for each test
    CASE = known


def test_weights_given_with_the_answers_are_taken_as_they_are(study: Study) -> None:
    responses = answers(frame()).assign(weight=lambda t: np.arange(1.0, len(t) + 1))
    found = weigh(responses, None, study.questionnaire, study.plan, study.organisations, {})
    assert found.design is None
    assert found.responses["weight"].tolist() == responses["weight"].tolist()
    assert found.weights["design_weight"].isna().all()
    assert found.tables["weight_diagnostics"]["stage"].tolist() == ["given"]
    assert found.tables["weight_margins"].empty
    assert found.tables["weight_distribution"]["n"].sum() == len(responses)


# ------------------------------------------------------------------------------------- bad input


def test_a_code_that_nobody_on_the_list_has_is_told(known: Small) -> None:
    responses = answers(frame())
    invited = frame().assign(level=pd.Categorical(["n"] * 200))
    responses.loc[0, "token"] = None
    message = r"weights: NEW: y is in the answers \(1 respondents\), and nobody on the list"
    with pytest.raises(UserError, match=message):
        known.weigh(responses, invited)
    stranger = responses.assign(organisation="ZZ", token=None)
    with pytest.raises(UserError, match="weights: ORG: ZZ is in the answers"):
        known.weigh(stranger, invited)


@pytest.mark.parametrize(
    ("population", "message"),
    [
        (
            {"y": 0.5, "n": 0.4, "r": 0.1},
            r"shares\.csv:2: NEW r is part of the population, and nobody on",
        ),
        ({"y": 1.0}, r"shares\.csv: NEW n is on the list of invited people, and has no share"),
    ],
)
def test_a_population_that_the_list_contradicts_is_told(
    known: Small, population: dict[str, float], message: str
) -> None:
    shares = {"NEW": {code: Share(value, 2) for code, value in population.items()}}
    with pytest.raises(UserError, match=message):
        known.weigh(answers(frame()), frame(), shares, population="shares.csv")


def test_margins_that_contradict_each_other_are_told(known: Small) -> None:
    """In A1 all who answered are level y and 1, and the list says otherwise of both."""
    invited = frame()
    own = invited.merge(answers(invited)[["token"]], on="token")
    one = own[
        ((own["level"] == "y") & (own["gender"] == "1"))
        | ((own["level"] == "n") & (own["gender"] == "2"))
    ]
    invited["gender"] = invited["gender"].where(invited["token"].isin(one["token"]), "1")
    responses = answers(frame()).merge(one[["token"]], on="token")
    with pytest.raises(UserError, match=r"weights: (raking did not converge|cells of the margin)"):
        known.weigh(responses, invited, margins=(("NEW",), ("HAPPY",)), least_cell=1)


def test_one_respondent_is_no_population(known: Small) -> None:
    with pytest.raises(UserError, match="one respondent of 1 holds 100 % of all the weight"):
        known.weigh(answers(frame()).head(1), frame())


def test_nobody_is_weighted_where_nobody_is_left(known: Small) -> None:
    found = known.weigh(answers(frame()).head(0), frame())
    assert found.responses.empty
    assert found.weights.empty


def test_nothing_is_written_when_weights_cannot_be_made(
    tmp_path: Path, psico: Callable, tree: Callable
) -> None:
    """psi-co with an invitation list that says nothing of level D, which people have."""
    import shutil

    root = Path(__file__).parents[2]
    for part in ("questionnaires/psi-co", "data/raw/psi-co"):
        shutil.copytree(root / part, tmp_path / part)
    shares = tmp_path / "questionnaires/psi-co/frame-margins.csv"
    text = shares.read_text(encoding="utf-8")
    shares.write_text(text.replace("LANG,en,0.020", "LANG,en,0.120"), encoding="utf-8")
    before = tree(tmp_path)
    outcome = psico(tmp_path, "analysis", "psi-co")
    assert outcome.code == 2
    assert "frame-margins.csv:1: LANG: the shares add up to 1.1000, not to 1" in outcome.err
    assert tree(tmp_path) == before
    shares.write_text(
        text.replace("LEVEL,D,0.160", "LEVEL,D,0.000").replace("LEVEL,C,0.330", "LEVEL,C,0.490")
    )
    outcome = psico(tmp_path, "analysis", "psi-co")
    assert outcome.code == 2
    assert "LEVEL D is on the list of invited people, and has no share here" in outcome.err
    assert not (tmp_path / "data/processed").exists()


# ------------------------------------------------------------------------------------------- twin


def test_the_twin_meets_every_margin_with_cells_of_twenty(twin: Any) -> None:
    margins = twin.results.tables["weight_margins"]
    raked = margins[margins["kind"] == "raked"]
    assert raked["n"].min() >= 20
    assert raked["error"].abs().max() < 1e-6
    assert (raked.groupby("margin")["target"].sum() - 100).abs().max() < 1e-8
    assert raked["merged"].any()


def test_the_twin_s_weights_bring_respondents_nearer_to_the_population(twin: Any) -> None:
    margins = twin.results.tables["weight_margins"]
    profile = margins[
        (margins["kind"] == "profile") & margins["margin"].isin(["LEVEL", "LANG", "AGE"])
    ]
    before = (profile["design"] - profile["target"]).abs()
    assert profile["error"].abs().sum() < 0.25 * before.sum()
    shares = twin.study.population["LEVEL"]
    level = profile[profile["margin"] == "LEVEL"].set_index("cell")["target"]
    assert level["LEVEL=A"] == pytest.approx(100 * shares["A"].value, abs=1e-6)


def test_the_twin_s_manifest_and_tables_are_weighted(twin: Any) -> None:
    weights = twin.results.weighted.weights["weight"].to_numpy()
    assert weights.sum() == pytest.approx(sum(each.headcount for each in twin.study.organisations))
    answers_ = twin.results.tables["answers"]
    given = twin.results.weighted.responses["LEVEL"].astype("object").to_numpy()
    row = answers_[
        (answers_["item"] == "LEVEL") & (answers_["code"] == "A") & (answers_["group"] == "all")
    ]
    answered = (
        pd.notna(given)
        | (twin.results.weighted.responses["LEVEL_missing"] == "dont_know").to_numpy()
    )
    share = weights[given == "A"].sum() / weights[answered].sum()
    assert row["percent"].iloc[0] == pytest.approx(100 * share)
    assert share != pytest.approx((given == "A").sum() / answered.sum(), rel=0.01)
