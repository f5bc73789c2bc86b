"""PSI-CO's simulated twin: what was planted is found, exactly where nothing is left to chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.questionnaire.asked import Conditions
from pipeline.questionnaire.columns import core_ratings
from pipeline.responses.careless.confusion import confusion_table
from pipeline.responses.clean import Cleaned, clean_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.source import read_answers
from pipeline.simulation.record import planted_kinds
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def psi_co() -> Study:
    return load_study("psi-co", ROOT)


@pytest.fixture(scope="module")
def raw(psi_co: Study) -> RawAnswers:
    paths = psi_co.paths
    return read_answers(paths.raw, paths.shown_raw, psi_co.questionnaire, psi_co.plan)[0]


@pytest.fixture(scope="module")
def cleaned(psi_co: Study, raw: RawAnswers) -> Cleaned:
    return clean_answers(raw, psi_co.questionnaire, psi_co.plan)


@pytest.fixture(scope="module")
def record(psi_co: Study) -> dict[str, Any]:
    return json.loads((psi_co.paths.raw / "truth.json").read_text())


def rejected(cleaned: Cleaned, rule: str) -> set[int]:
    table = cleaned.rejected
    return set(table.loc[table["rule"] == rule, "respondent"].astype(int))


def people(record: dict[str, Any], key: str) -> set[int]:
    return {each["id"] for each in record["people"].values() if key in each}


def test_every_refusal_is_found_and_no_other(cleaned, record) -> None:
    assert rejected(cleaned, "consent") == people(record, "consent")


def test_every_second_interview_is_found_and_no_other(cleaned, record) -> None:
    pairs = record["duplicates"]
    lost = rejected(cleaned, "duplicates")
    assert len(lost) == len(pairs) == 34
    assert all((each["id"] in lost) != (each["of"] in lost) for each in pairs)
    identical = {each["id"] for each in pairs if not each["changed"]}
    assert identical <= lost  # as complete as the first, so the first is kept
    borrowed = {each["id"] for each in pairs if not each["same_token"]}
    reasons = cleaned.rejected.set_index("respondent")["reason"]
    assert {reasons[str(each)] for each in borrowed} == {"at least 95 % the answers of another row"}
    assert set(reasons[list(map(str, lost - borrowed))]) == {"the token of another row"}


def test_break_offs_are_found_where_they_answered_too_little(cleaned, raw, record, psi_co) -> None:
    lost, stopped = rejected(cleaned, "completeness"), people(record, "broke_off_in")
    assert lost <= stopped
    page = {section.id: k for k, section in enumerate(psi_co.questionnaire.sections)}
    conditions = Conditions(raw.codes, psi_co.questionnaire)
    columns = core_ratings(psi_co.questionnaire)
    meant = np.array([conditions.hold_for(c.item) for c in columns])
    reached = raw.pages > np.array([page[c.item.section] for c in columns])[:, None]
    share = (meant & reached).sum(axis=0) / np.maximum(meant.sum(axis=0), 1)
    could_not = {int(k) for k in raw.respondent[share < 0.5]} & stopped
    assert could_not <= lost
    assert len(lost - could_not) <= 5  # reached just half, and left something empty
    assert len(lost) > 80


def test_kept_break_offs_are_partial(cleaned, record) -> None:
    kept = cleaned.responses.set_index(cleaned.responses["respondent"].astype(int))
    stopped = sorted(people(record, "broke_off_in") & set(kept.index))
    assert (kept.loc[stopped, "status"] == "partial").mean() > 0.5
    others = kept.drop(index=stopped)
    assert (others["status"] == "complete").mean() > 0.99


def test_nobody_is_outside_the_field_or_named_otherwise(cleaned) -> None:
    steps = cleaned.attrition.set_index("rule")
    none = ["tests", "field", "organisation", "bounds", "not_asked"]
    assert steps.loc[none, "rejected"].tolist() == [0] * 5
    assert steps.loc[["tests", "field", "bounds", "not_asked"], "flagged"].tolist() == [0] * 4
    assert len(cleaned.changes) == 0
    assert steps.loc["contradictions", "flagged"] > 0  # a late stage, and no innovation


def test_the_rule_finds_most_careless_people_and_few_others(cleaned, raw, record) -> None:
    kinds = dict(zip(raw.respondent, planted_kinds(record), strict=True))
    found = confusion_table(cleaned.response_quality, kinds)
    assert found.groupby("sign")["n"].sum().eq(len(cleaned.response_quality)).all()
    rule = found[found["sign"] == "rule"].set_index("planted")["percent"]
    assert rule["attentive"] < 1
    assert rule["straightline"] > 85
    assert rule["random"] > 75
    assert rule["speeder"] > 70
    by_sign = found.set_index(["sign", "planted"])["percent"]
    assert by_sign["identical", "straightline"] > 95
    assert by_sign["mahalanobis", "random"] > 95
    assert by_sign["speed", "speeder"] > 90
    assert by_sign["attention", "attentive"] == pytest.approx(3, abs=1)


def test_second_interviews_are_of_the_kind_of_the_first(record) -> None:
    kinds = planted_kinds(record)
    assert len(kinds) == record["counts"]["rows"]
    for name in ("straightline", "random", "speeder"):
        first = [k for k, kind in enumerate(kinds, 1) if kind == name]
        again = {each["id"] for each in record["duplicates"]}
        assert len(set(first) - again) == record["counts"][name]
    for each in record["duplicates"]:
        assert kinds[each["id"] - 1] == kinds[each["of"] - 1]
