"""What was planted stands in the file as truth.json says; the file is as LimeSurvey writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import Field

from pipeline.core.plan import Responses
from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.frame import read_frame, with_organisations
from pipeline.responses.readers.limesurvey import read_limesurvey
from pipeline.simulation.answers import EMPTY, build_sheet
from pipeline.simulation.batch import Ground
from pipeline.simulation.draws import Draws
from pipeline.simulation.field import KINDS, rating_places, skip_desired
from pipeline.simulation.outcomes import expit
from pipeline.study import Study


def test_the_file_is_an_export_of_limesurvey(field: Field, psi_co: Study) -> None:
    import gzip

    content = gzip.decompress(field.files["responses.csv.gz"])
    assert content.startswith(b'\xef\xbb\xbf"id","submitdate","lastpage","startlanguage","seed"')
    assert content.endswith(b'"\r\n\r\n') or content.endswith(b",\r\n\r\n")
    header = [each.removeprefix("\ufeff").strip('"') for each in field.header]
    assert header[5:8] == ["token", "startdate", "datestamp"]
    assert header[-22:] == ["interviewtime", *(f"groupTime{k}" for k in range(1, 22))]
    wanted = [column.in_limesurvey for column in answer_columns(psi_co.questionnaire)]
    assert [each for each in header if each in wanted] == wanted
    assert {"CONSENTINFO", "REFUSED", "DEFINNOV"} <= set(header)
    assert {len(row) for row in field.rows} == {len(header)}
    assert set(field.cells("DEFINNOV")) == {'""', ""}


def test_the_reader_takes_the_file_as_it_is(field: Field, psi_co: Study, tmp_path: Path) -> None:
    for name, content in field.files.items():
        (tmp_path / name).write_bytes(content)
    raw = read_limesurvey(
        tmp_path / "responses.csv.gz", "responses.csv.gz", psi_co.questionnaire, Responses()
    )
    assert len(raw.codes) == field.record["counts"]["rows"]
    frame = read_frame(tmp_path / "frame.csv", "frame.csv", psi_co.questionnaire)
    raw = with_organisations(raw, frame, "frame.csv", Responses())
    assert set(raw.organisation) <= set(field.frame["organisation"])


def test_ids_follow_the_start(field: Field) -> None:
    first = [row[0] for row in field.rows]
    assert first == [f'"{k}"' for k in range(1, len(first) + 1)]
    starts = field.cells("startdate")
    assert starts == sorted(starts)


def test_one_token_in_the_frame_for_each_invited_person(field: Field) -> None:
    counts = field.record["counts"]
    assert list(field.frame) == ["token", "organisation", "language", "level", "gender", "age"]
    assert len(field.frame) == counts["invited"]
    assert field.frame["token"].is_unique
    tokens = {cell.strip('"') for cell in field.cells("token")}
    assert tokens <= set(field.frame["token"])
    borrowed = sum(not each["same_token"] for each in field.record["duplicates"])
    assert len(tokens) == counts["started"] + borrowed
    assert 0.25 < counts["started"] / counts["invited"] < 0.45
    language = field.frame.set_index("token")["language"]
    given = [cell.strip('"') for cell in field.cells("startlanguage")]
    mine = [language[cell.strip('"')] for cell in field.cells("token")]
    assert np.mean(np.array(given) == np.array(mine)) > 0.99


def test_refusals_are_those_recorded(field: Field) -> None:
    people = field.record["people"].values()
    recorded = {each["id"] for each in people if "consent" in each}
    refused = {k for k, cell in enumerate(field.cells("CONSENT"), 1) if cell == '"0"'}
    assert refused == recorded
    assert len(refused) == field.record["counts"]["refused"]
    assert len(refused) / field.record["counts"]["started"] == pytest.approx(0.02, abs=0.008)
    first, last = field.header.index("DEFINNOV"), field.header.index("interviewtime")
    for k in refused:
        row = field.rows[k - 1]
        assert set(row[first:last]) == {""}
        assert row[1] != ""
        assert row[2] == '"1"'
        assert row[field.header.index("REFUSED")] == '""'


def test_break_offs_are_those_recorded(field: Field, psi_co: Study) -> None:
    sections = [section.id for section in psi_co.questionnaire.sections]
    recorded = {
        each["id"]: sections.index(each["broke_off_in"])
        for each in field.record["people"].values()
        if "broke_off_in" in each
    }
    stopped = {k for k, cell in enumerate(field.cells("submitdate"), 1) if cell == ""}
    assert stopped == set(recorded)
    assert len(stopped) == field.record["counts"]["broke_off"]
    assert len(stopped) / field.record["counts"]["started"] == pytest.approx(0.06, abs=0.013)
    assert {min(recorded.values()), max(recorded.values())} == {2, 18}
    columns = answer_columns(psi_co.questionnaire)
    for k, section in recorded.items():
        row = dict(zip(field.header, field.rows[k - 1], strict=True))
        after = [c for c in columns if sections.index(c.item.section) >= section]
        assert {row[column.in_limesurvey] for column in after} == {""}
        assert int(row["lastpage"].strip('"')) <= section
        assert row[f"groupTime{section + 1}"] == ""


def test_careless_people_are_those_recorded(field: Field, psi_co: Study) -> None:
    people = field.record["people"].values()
    kinds = {name: {e["id"] for e in people if e.get("careless") == name} for name in KINDS[1:]}
    counts = field.record["counts"]
    for name, ids in kinds.items():
        assert len(ids) == counts[name]
    assert sum(map(len, kinds.values())) / counts["started"] == pytest.approx(0.05, abs=0.012)
    columns = [c for c in answer_columns(psi_co.questionnaire) if c.item.section == "collaboration"]
    cells = np.array([field.cells(column.in_limesurvey) for column in columns]).T
    same = np.array(
        [max((row == code).sum() for code in ('"1"', '"2"', '"3"', '"4"', '"5"')) for row in cells]
    )
    seen = (cells != "").all(axis=1)
    ids = np.arange(1, len(cells) + 1)
    straight = np.isin(ids, list(kinds["straightline"])) & seen
    troubled = {k for ids in kinds.values() for k in ids}
    calm = ~np.isin(ids, list(troubled)) & seen
    assert same[straight].mean() > 16
    assert same[calm].mean() < 12
    seconds = np.array([float(cell.strip('"') or "nan") for cell in field.cells("groupTime5")])
    fast = np.isin(ids, list(kinds["speeder"])) & seen
    assert np.median(seconds[fast]) / np.median(seconds[calm]) == pytest.approx(0.25, abs=0.08)


def test_attention_is_passed_as_often_as_declared(field: Field) -> None:
    people = field.record["people"].values()
    careless = {each["id"] for each in people if "careless" in each}
    cells = np.array(field.cells("CLIM[ATTN1]"))
    attentive = ~np.isin(np.arange(1, len(cells) + 1), list(careless)) & (cells != "")
    assert (cells[attentive] == '"2"').mean() == pytest.approx(0.97, abs=0.015)
    assert not np.isin(cells, ['""', '"99"']).any()
    inattentive = ~attentive & (cells != "")
    assert (cells[inattentive] == '"2"').mean() < 0.5


def test_duplicates_are_those_recorded(field: Field, psi_co: Study) -> None:
    duplicates = field.record["duplicates"]
    counts = field.record["counts"]
    assert len(duplicates) == counts["duplicates"] == counts["rows"] - counts["started"]
    assert len(duplicates) / counts["started"] == pytest.approx(0.01, abs=0.006)
    sheet = build_sheet(psi_co.questionnaire)
    ratings = {sheet.columns[k].in_limesurvey for k in rating_places(sheet)}
    places = [k for k, name in enumerate(field.header) if name in ratings]
    answers = range(field.header.index("CONSENT"), field.header.index("interviewtime"))
    token, start = field.header.index("token"), field.header.index("startdate")
    organisation = field.frame.set_index("token")["organisation"]
    for each in duplicates:
        first, second = field.rows[each["of"] - 1], field.rows[each["id"] - 1]
        assert second[start] > first[start]
        assert (first[token] == second[token]) == each["same_token"]
        assert second[token].strip('"') == each["token"]
        one, other = (organisation[row[token].strip('"')] for row in (first, second))
        assert one == other
        changed = [k for k in answers if first[k] != second[k]]
        assert set(changed) <= set(places)
        given = [k for k in places if first[k] not in {"", '""', '"99"'}]
        if each["changed"]:
            assert 0.03 < len(changed) / len(given) < 0.2
            assert each["same_token"]
        else:
            assert not changed
    assert {each["changed"] for each in duplicates} == {True, False}


def test_empty_is_quoted_and_unseen_is_not(field: Field) -> None:
    adopted = np.array(field.cells("INNOV")) == '"1"'
    follow_up = np.array(field.cells("INNTYPE[INNPOL]"))
    assert set(follow_up[~adopted]) == {""}
    assert '""' in set(follow_up[adopted])
    assert "" not in set(follow_up[adopted])
    counts = np.array(field.cells("INNNUM"))
    assert '""' not in set(counts)  # an empty number is NULL, seen or not
    consenting = np.array(field.cells("CONSENT")) == '"1"'
    assert (np.array(field.cells("INNIDEA"))[consenting] == "").mean() == pytest.approx(
        0.03, abs=0.012
    )


def test_missing_answers_are_as_many_as_declared(field: Field, psi_co: Study) -> None:
    def share(scale: str, cell: str) -> float:
        items = psi_co.questionnaire.scales[scale].items
        columns = [c for c in answer_columns(psi_co.questionnaire) if c.item.id in items]
        cells = np.array([field.cells(column.in_limesurvey) for column in columns])
        return float((cells == cell).sum() / (cells != "").sum())

    for scale, ignorant in {"col_goal": 0.04, "architecture": 0.08, "partners": 0.06}.items():
        assert share(scale, '""') == pytest.approx(0.03, abs=0.006), scale
        assert share(scale, '"99"') == pytest.approx(ignorant * 0.97, abs=0.008), scale
    assert set(field.cells("CONSENT")) == {'"1"', '"0"'}


def test_shares_add_up_or_are_left_empty_together(field: Field) -> None:
    facets = ("FACMIS", "FACENH", "FACADA", "FACANT")
    for rating in (1, 2):
        cells = np.array([field.cells(f"FACETS[{facet}_{rating}]") for facet in facets]).T
        empty = cells == ""
        assert (empty.all(axis=1) == empty.any(axis=1)).all()
        points = np.char.strip(cells[~empty.any(axis=1)], '"').astype(int)
        assert (points.sum(axis=1) == 100).all()


def skipped(ground: Ground, current: int, desired: int, level: str) -> float:
    """Return the share of desired ratings skipped where all currents and desireds are the same."""
    sheet, n = ground.sheet, 4000
    names = sheet.names
    codes = np.full((n, len(names)), EMPTY, dtype=np.int16)
    codes[:, [k for k, name in enumerate(names) if name.endswith("_current")]] = current
    wanted = [
        k
        for k, c in enumerate(sheet.columns)
        if c.item.kind == "dual" and names[k].endswith("_desired")
    ]
    codes[:, wanted] = desired
    draws = Draws([np.random.default_rng(1)], np.array([n]))
    skip_desired(sheet, codes, np.full(n, level), ground.design.truth, draws)
    return float((codes[:, wanted] == EMPTY).mean())


@pytest.mark.parametrize("level", ["A", "B", "C", "D"])
@pytest.mark.parametrize("current", [EMPTY, 0, 2, 3, 4, 5])
def test_skipping_depends_on_what_is_observed_alone(
    ground: Ground, level: str, current: int
) -> None:
    rule = ground.design.truth.missingness.mar_desired
    logit = rule.b0 + {"C": rule.LEVEL_C, "D": rule.LEVEL_D}.get(level, 0)
    logit += rule.current_ge4 if current in {3, 4} else 0  # positions of codes 4 and 5; 5 is 99
    found = {skipped(ground, current, desired, level) for desired in range(6)}
    assert len(found) == 1
    assert found.pop() == pytest.approx(float(expit(np.array(logit))), abs=0.003)


def test_implied_values_are_recorded(field: Field) -> None:
    implied = field.record["implied"]
    assert implied["gaps"]["P5Q4"] == pytest.approx(2.0, abs=0.12)
    assert implied["icc1"]["climate"] == pytest.approx(0.13, abs=0.01)
    assert 0.5 < implied["shares"]["INNOV"] < 0.7
    assert len(field.record["truth_sha256"]) == 64


def test_a_plain_csv_is_read_as_well(psi_co: Study, tmp_path: Path) -> None:
    from pipeline.responses.readers.plain_csv import read_plain_csv
    from pipeline.simulation.batch import Options
    from pipeline.simulation.draw import simulated_files

    layout = Responses(file="answers.csv", respondent="id", language="language")
    plan = psi_co.plan.model_copy(update={"responses": layout})
    paths = psi_co.paths
    files = simulated_files(
        psi_co.questionnaire, plan, paths.questionnaire, paths.shown, Options(starts=600)
    )
    (tmp_path / "answers.csv").write_bytes(files["answers.csv"])
    raw = read_plain_csv(tmp_path / "answers.csv", "answers.csv", psi_co.questionnaire, layout)
    assert len(raw.codes) > 500
    assert raw.codes["COLGOAL1"].isin(list("12345")).mean() > 0.75
