"""The table of R-indicators: of all and of each organisation, by what the list tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.responses.weights.r_indicator import indicators, r_indicator
from pipeline.responses.weights.representativeness import _merged, representativeness_table


def table(twin: Any, people: pd.DataFrame, **changed: Any) -> pd.DataFrame:
    plan = twin.study.plan.model_copy(update=changed)
    return representativeness_table(
        people, twin.study.questionnaire, plan, twin.study.organisations
    )


def test_the_twin_responds_unequally_and_no_more_than_was_planted(twin: Any) -> None:
    found = twin.results.tables["representativeness"].set_index("organisation")
    assert list(found.index[:2]) == ["all", "KANS"]
    everyone = found.loc["all"]
    assert everyone["invited"] == len(twin.people)
    assert everyone["n"] == twin.people["disposition"].isin(["complete", "partial"]).sum()
    assert 0.75 < everyone["r_indicator"] < 0.92
    known = found["r_indicator"].notna()
    assert (found.loc[known, "r_indicator"] >= found.loc[known, "r_unadjusted"]).all()
    assert found.loc[~known, "invited"].max() < 60  # only where all groups had to be merged
    assert found["terms"].min() == 1


def test_an_organisation_by_hand(twin: Any) -> None:
    """In JUST, large enough that nothing but English and X is merged."""
    people = twin.people[twin.people["organisation"] == "JUST"]
    columns = {
        "language": {"nl": 0, "fr": 1, "en": 0},
        "level": {"A": 0, "B": 1, "C": 2, "D": 3},
        "gender": {"F": 0, "M": 1, "X": 1},
        "age": {"u30": 0, "30s": 1, "40s": 2, "50s": 3, "60p": 4},
    }
    counts = {name: people[name].astype("str").value_counts() for name in columns}
    assert counts["level"].min() >= 20
    assert counts["age"].min() >= 20
    if counts["language"].get("en", 0) >= 20:
        columns["language"]["en"] = 2
    codes = [people[name].astype("object").map(of).to_numpy() for name, of in columns.items()]
    came = people["disposition"].isin(["complete", "partial"]).to_numpy(dtype=float)
    sizes = {each.code: each.headcount for each in twin.study.organisations}
    weight = np.full(len(people), sizes["JUST"] / len(people))
    expected = r_indicator(indicators(codes), came, weight, np.zeros(len(people), dtype=int))
    found = twin.results.tables["representativeness"].set_index("organisation").loc["JUST"]
    assert expected is not None
    assert found["r_indicator"] == pytest.approx(expected.adjusted)
    assert found["std_error"] == pytest.approx(expected.std_error)
    assert found["terms"] == expected.terms


def test_without_a_list_or_questions_there_is_no_row(twin: Any) -> None:
    assert table(twin, twin.people.assign(invited=False)).empty
    responses = twin.study.plan.responses.model_copy(update={"in_frame": {}})
    assert table(twin, twin.people, responses=responses).empty


def test_an_organisation_where_nobody_came_has_no_indicator(twin: Any) -> None:
    people = twin.people[twin.people["organisation"].isin(["JUST", "FIN"])].copy()
    silent = (people["organisation"] == "FIN").to_numpy()
    people.loc[silent, "disposition"] = "silent"
    found = table(twin, people).set_index("organisation")
    assert found.loc["FIN", ["n", "r_indicator"]].fillna(-1).tolist() == [0, -1]
    assert found.loc[["all", "JUST"], "r_indicator"].notna().all()


def test_unknown_codes_of_a_few_go_with_the_first_and_of_many_stay_apart() -> None:
    few = np.array([0] * 30 + [1] * 25 + [-1] * 3)
    assert np.bincount(_merged(few, "level", 20)).tolist() == [33, 25]
    many = np.array([0] * 30 + [1] * 25 + [-1] * 21)
    assert np.unique(_merged(many, "level", 20)).tolist() == [-1, 0, 1]
    assert _merged(np.full(4, -1), "level", 20).tolist() == [0] * 4
    language = np.array([0] * 30 + [1] * 25 + [2] * 3)
    assert np.bincount(_merged(language, "language", 20)).tolist() == [33, 25]


def test_bounced_addresses_count_and_ineligible_people_do_not(twin: Any) -> None:
    people = twin.people[twin.people["organisation"] == "JUST"].copy()
    gone = np.flatnonzero(people["disposition"] == "silent")[:40]
    people.iloc[gone, people.columns.get_loc("disposition")] = "ineligible"
    found = table(twin, people).set_index("organisation")
    assert found.loc["JUST", "invited"] == len(people) - 40
