"""The Federal Employee Viewpoint Survey of 2018, from the file to the tables.

Tolerances: alpha 1e-6 and ICC 1e-5, the digits that the values are known in (psych and aov on the same
file). Percentages: 2.5 points from those that the Office of Personnel Management published, because the
file is a sample of a fifth, in which missing answers were replaced by medians: indices come out up to
2.3 points too high.
"""

from __future__ import annotations

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("fevs-2018")

ALPHA = {
    "innovation": 0.854087,
    "cross_unit_collaboration": 0.923591,
    "senior_leadership": 0.907538,
    "work_life": 0.629665,
}
ICC = {"LEVEL1": (0.048144, 0.956078), "AGENCY": (0.029279, 0.984825)}
EEI, NEW_IQ = "Employee Engagement: ", "New IQ: "
PUBLISHED = {
    "eei": EEI + "Overall",
    "eei_leaders_lead": EEI + "Leaders Lead",
    "eei_supervisors": EEI + "Supervisors",
    "eei_intrinsic_work": EEI + "Intrinsic Work Experience",
    "gsi": "Global Satisfaction",
    "newiq": NEW_IQ + "Overall",
    "newiq_fair": NEW_IQ + "Fair",
    "newiq_open": NEW_IQ + "Open",
    "newiq_cooperative": NEW_IQ + "Cooperative",
    "newiq_supportive": NEW_IQ + "Supportive",
    "newiq_empowering": NEW_IQ + "Empowering",
}
PARTS = {
    "eei": ["eei_leaders_lead", "eei_supervisors", "eei_intrinsic_work"],
    "newiq": [name for name in PUBLISHED if name.startswith("newiq_")],
}


@pytest.fixture(scope="module")
def published(pytestconfig: pytest.Config) -> pd.Series:
    path = pytestconfig.rootpath / "../shared/data/fevs-2018/published-indices-2015-2022.csv"
    if not path.is_file():
        pytest.skip("fevs-2018: published-indices-2015-2022.csv is not here")
    table = pd.read_csv(path, dtype="str").set_index("Sorting Code")
    government_wide = table.loc["GOV"]
    assert government_wide["Reporting Level_2018"] == "Governmentwide"
    return 100 * government_wide[[f"{name}_2018" for name in PUBLISHED.values()]].astype(float)


@pytest.fixture(scope="module")
def positive(fevs_tables) -> pd.DataFrame:
    table = fevs_tables["percent_positive"]
    return table[(table["group"] == "all") & (table["rule"] == "valid")].set_index("target")


@pytest.mark.parametrize("scale", ALPHA)
def test_alpha(fevs_tables, scale: str) -> None:
    table = fevs_tables["reliability"].set_index(["scale", "statistic", "group"])
    row = table.loc[(scale, "alpha", "all")]
    assert row["estimate"] == pytest.approx(ALPHA[scale], abs=1e-6)
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    assert row["n"] == 101_881


@pytest.mark.parametrize("level", ICC)
def test_agreement_on_innovation(fevs_tables, level: str) -> None:
    row = (
        fevs_tables["agreement"].set_index(["scale", "organisation_level"]).loc["innovation", level]
    )
    assert (row["icc1"], row["icc2"]) == pytest.approx(ICC[level], abs=1e-5)
    assert (row["groups"], row["n"]) == ({"LEVEL1": 234, "AGENCY": 45}[level], 101_881)


@pytest.mark.parametrize("index", PUBLISHED)
def test_indices_are_those_published(positive, published, index: str) -> None:
    theirs = published[f"{PUBLISHED[index]}_2018"]
    assert positive.loc[index, "positive"] == pytest.approx(theirs, abs=2.5)


@pytest.mark.parametrize("index", PARTS)
def test_an_index_is_the_mean_of_its_parts(positive, published, index: str) -> None:
    ours = positive.loc[PARTS[index], "positive"].mean()
    theirs = published[[f"{PUBLISHED[part]}_2018" for part in PARTS[index]]].mean()
    assert positive.loc[index, "positive"] == pytest.approx(ours, abs=1e-9)
    assert published[f"{PUBLISHED[index]}_2018"] == pytest.approx(theirs, abs=0.05)
