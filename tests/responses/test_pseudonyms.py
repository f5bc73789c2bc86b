"""Tokens never come in: random ids take their place, and the key lies apart."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_studies import HOSTILE

from pipeline.core.errors import UserError
from pipeline.responses.bring_in import Imported, Into, import_answers
from pipeline.responses.clean import clean_answers
from pipeline.responses.raw import RawAnswers
from pipeline.responses.rewrite import rewrite_csv, rewrite_json
from pipeline.responses.source import read_answers
from pipeline.study import Study, load_study

Tree = Callable[[Path], dict[str, bytes]]
LAYOUT = "file: answers.csv, respondent: id, language: lang, weight: w"
TOKENS = ("qwertyuiop", "asdfghjkl", "zxcvbnm12", "poiuytrewq")
FRAME = "token,organisation,language,level,gender,age\n" + "".join(
    f"{token},{organisation},en,,,\n"
    for token, organisation in zip(TOKENS, ("B1", "A1", "ZZ", "A1"), strict=True)
)


@pytest.fixture
def fielded(small: Callable[..., Path]) -> Study:
    """Return the small study as one that is fielded with LimeSurvey, with a list of participants."""
    cleaning = "cleaning: {duplicates: {}, partial: 0, complete: 0}\noutcomes: [N]"
    root = small((LAYOUT, "frame: frame.csv"), ("outcomes: [N]", cleaning))
    return load_study("small", root)


@pytest.fixture
def export(tmp_path: Path, study: Study, person: Callable) -> Callable[..., Path]:
    """Return a function that writes an export of LimeSurvey: a token, and changes, for each response."""

    def write(name: str, *people: tuple[str, dict[str, str]], frame: str | None = FRAME) -> Path:
        from pipeline.questionnaire.columns import answer_columns

        columns = answer_columns(study.questionnaire)
        header = [
            "id",
            "submitdate",
            "lastpage",
            "startlanguage",
            "seed",
            "token",
            *(c.in_limesurvey for c in columns),
        ]
        lines = [header]
        for number, (token, change) in enumerate(people, 1):
            row = person(**change)
            codes = {"NEW": {"1": "y", "2": "n"}.get(row["NEW"], "")} | {
                c.name: "Y" if row[c.in_csv] == "1" else "" for c in columns if c.option
            }
            answers = [codes.get(c.name, row[c.in_csv]) for c in columns]
            lines.append([str(number), "2026-05-01 10:00:00", "3", "en", "77", token, *answers])
        path = tmp_path / "outside" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
        content = ("\ufeff" + text.getvalue() + "\r\n").encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        if frame is not None:
            path.with_name("frame.csv").write_text(frame)
        return path

    return write


def bring_in(study: Study, *paths: Path) -> Imported:
    into = Into(study.paths, study.questionnaire, study.plan)
    return import_answers(paths, into, today=date(2026, 11, 21))


def read(study: Study) -> RawAnswers:
    return read_answers(study.paths.raw, "raw", study.questionnaire, study.plan)[0]


def key_of(study: Study) -> dict[tuple[str, str], str]:
    with study.paths.keys.open(newline="") as file:
        return {(row["of"], row["original"]): row["id"] for row in csv.DictReader(file)}


def test_random_ids_take_the_place_of_tokens_and_row_ids(fielded: Study, export: Callable) -> None:
    done = bring_in(
        fielded, export("a.csv", (TOKENS[1], {}), (TOKENS[0], {"M1": "3"}), ("", {"M1": "2"}))
    )
    raw, key = read(fielded), key_of(fielded)
    assert (done.rows, done.has_key) == (3, True)
    assert raw.token.tolist() == [key["token", TOKENS[1]], key["token", TOKENS[0]], ""]
    assert raw.respondent.tolist() == [key["a.csv", number] for number in ("1", "2", "3")]
    assert raw.organisation.tolist() == ["A1", "B1", None]
    assert raw.codes["M1"].tolist() == ["1", "3", "2"]
    assert len(set(key.values())) == len(key) == len(TOKENS) + 3
    assert all(re.fullmatch(r"[b-z]{12}", each) for each in key.values())


def test_no_token_is_anywhere_but_in_the_key(
    fielded: Study, export: Callable, tree: Tree, psico: Callable
) -> None:
    differ = [{"M1": str(k % 3 + 1), "WARM": str(k * k % 5)} for k in range(4)]
    path = export("a.csv", *zip(TOKENS, differ, strict=True))
    told = psico(fielded.paths.root, "import", "small", str(path))
    assert told.code == 0, told.err
    assert "tokens are random ids now; the key, to keep apart: data/keys/small.csv" in told.out
    assert psico(fielded.paths.root, "analysis", "small").code == 0
    everything = tree(fielded.paths.root)
    left_out = {
        "data/keys/small.csv",
        *(name for name in everything if name.startswith("outside/")),
    }
    for token in TOKENS:
        assert token not in told.out + told.err
        assert token.encode() in everything["data/keys/small.csv"]
        assert [
            name for name in set(everything) - left_out if token.encode() in everything[name]
        ] == []


def test_the_order_of_the_list_tells_nothing(fielded: Study, export: Callable) -> None:
    bring_in(fielded, export("a.csv", (TOKENS[0], {})))
    with (fielded.paths.raw / "frame.csv").open(newline="") as file:
        tokens = [row["token"] for row in csv.DictReader(file)]
    assert tokens == sorted(tokens)


def test_the_key_is_for_its_owner_alone_and_not_in_git(fielded: Study, export: Callable) -> None:
    bring_in(fielded, export("a.csv", (TOKENS[0], {})))
    assert stat.S_IMODE(fielded.paths.keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(fielded.paths.keys.parent.stat().st_mode) == 0o700
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().splitlines()
    assert "data/keys/" in ignored


def test_an_analysis_needs_no_key(fielded: Study, export: Callable) -> None:
    bring_in(fielded, export("a.csv", (TOKENS[0], {})))
    fielded.paths.keys.unlink()
    assert read(fielded).organisation.tolist() == ["B1"]


def test_the_same_export_again_gives_the_same_bytes(
    fielded: Study, export: Callable, tree: Tree
) -> None:
    path = export("a.csv.gz", (TOKENS[0], {}), (TOKENS[1], {"M1": "2"}))
    bring_in(fielded, path)
    before = tree(fielded.paths.root)
    bring_in(fielded, path)
    assert tree(fielded.paths.root) == before


def test_a_token_keeps_its_id_in_later_waves(fielded: Study, export: Callable) -> None:
    bring_in(fielded, export("w1.csv", (TOKENS[0], {}), (TOKENS[1], {"M1": "2"})))
    done = bring_in(fielded, export("w2.csv", (TOKENS[1], {"M1": "3", "N": ""}), (TOKENS[2], {})))
    raw = read(fielded)
    assert raw.token[1] == raw.token[2]
    assert len(set(raw.respondent)) == 4
    assert done.notes[0] == (
        "1 people answered in more than one file: the cleaning rule for duplicates keeps the best row of each"
    )
    cleaned = clean_answers(raw, fielded.questionnaire, fielded.plan)
    rejected = cleaned.rejected[["source_file", "source_row", "rule", "reason"]].to_numpy().tolist()
    assert rejected == [["w2.csv", 2, "duplicates", "the token of another row"]]


def test_the_token_of_a_test_stays_so_that_its_rows_are_rejected(
    fielded: Study, export: Callable
) -> None:
    responses = fielded.plan.responses.model_copy(update={"test_tokens": ("test_*",)})
    plan = fielded.plan.model_copy(update={"responses": responses})
    study = replace(fielded, plan=plan)
    frame = FRAME + "test_2,A1,en,,,\n"
    people = [("test_1", {}), (TOKENS[0], {"M1": "2"}), ("test_2", {"M1": "3"})]
    bring_in(study, export("a.csv", *people, frame=frame))
    assert {original for _, original in key_of(study).items()} & {"test_1", "test_2"} == set()
    raw = read(study)
    assert raw.token.tolist()[::2] == ["test_1", "test_2"]
    assert raw.token[1] not in TOKENS
    cleaned = clean_answers(raw, study.questionnaire, study.plan)
    assert cleaned.rejected["rule"].tolist() == ["tests", "tests"]
    assert cleaned.responses["organisation"].tolist() == ["B1"]


def test_all_other_cells_keep_their_bytes(fielded: Study, export: Callable) -> None:
    texts = [{"WHY": text} for text in HOSTILE if text.strip()]
    path = export("a.csv", *((TOKENS[k % 4], change) for k, change in enumerate(texts)))
    bring_in(fielded, path)
    stored = (fielded.paths.raw / "a.csv").read_bytes()
    for (_, original), drawn in key_of(fielded).items():
        stored = stored.replace(f'"{drawn}"'.encode(), f'"{original}"'.encode())
    assert stored == path.read_bytes()


def test_json_of_limesurvey_is_stripped_too(fielded: Study, export: Callable) -> None:
    path = export("a.csv", (TOKENS[0], {}), (TOKENS[1], {"M1": "2"}))
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    for row in rows:
        row |= {"N": row["N"] or None, "WARM": row["WARM"] or None}
    for name, told in {"new": rows, "old": [{row["id"]: row} for row in rows]}.items():
        (path.parent / f"{name}.json").write_text(json.dumps({"responses": told}))
        bring_in(fielded, path.parent / f"{name}.json")
        assert TOKENS[0] not in (fielded.paths.raw / f"{name}.json").read_text()
    raw, key = read(fielded), key_of(fielded)
    assert raw.token.tolist() == [key["token", token] for token in TOKENS[:2]] * 2
    assert raw.respondent.tolist() == [key[f"{f}.json", n] for f in ("new", "old") for n in "12"]


# ------------------------------------------------------------------------------ what is refused


def refused(study: Study, tree: Tree, *paths: Path) -> str:
    before = tree(study.paths.root)
    with pytest.raises(UserError) as error:
        bring_in(study, *paths)
    assert tree(study.paths.root) == before
    assert not any(token in str(error.value) for token in (*TOKENS, "nobody"))
    return str(error.value)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (None, "frame.csv: the file does not exist"),
        (FRAME.replace(TOKENS[0], "nobody"), "frame.csv: 1 of the answers have a token that is not in it"),
        (FRAME + f"{TOKENS[1]},A1,en,,,\n", "frame.csv: a token used twice (rows: 2, namely 3, 6)"),
        (FRAME + ",A1,en,,,\n" * 7, "frame.csv: no token (rows: 7, namely 6, 7, 8, 9, 10, ...)"),
        (FRAME.replace("B1", "B7"), "frame.csv: column 'organisation': 'B7' stands for no declared answer"),
        (FRAME.replace("token,", "key,"), "frame.csv: the column 'token' is missing"),
    ],
)  # fmt: skip
def test_a_faulty_list_is_refused(
    fielded: Study, export: Callable, tree: Tree, frame: str | None, told: str
) -> None:
    assert told in refused(fielded, tree, export("a.csv", (TOKENS[0], {}), frame=frame))


def test_two_lists_that_differ_are_refused(fielded: Study, export: Callable, tree: Tree) -> None:
    first = export("1/a.csv", (TOKENS[0], {}))
    second = export("2/b.csv", (TOKENS[1], {}), frame=FRAME.replace("ZZ", "A1"))
    assert "a study has one list of participants" in refused(fielded, tree, first, second)


def test_the_list_may_grow_and_not_change(fielded: Study, export: Callable, tree: Tree) -> None:
    bring_in(fielded, export("w1.csv", (TOKENS[0], {})))
    grown = FRAME + "later12345,A1,en,,,\n"
    for worse in (FRAME.replace("B1", "A1"), grown.replace(f"{TOKENS[2]},ZZ,en,,,\n", "")):
        told = refused(fielded, tree, export("w2.csv", (TOKENS[1], {}), frame=worse))
        assert (
            "frame.csv: 1 people of the list that is there already are not in the new one" in told
        )
    bring_in(fielded, export("w2.csv", ("later12345", {}), frame=grown))
    assert read(fielded).organisation.tolist() == ["B1", "A1"]


def test_the_list_that_is_there_serves_a_later_wave(
    fielded: Study, export: Callable, tree: Tree
) -> None:
    bring_in(fielded, export("w1.csv", (TOKENS[0], {})))
    later = export("w2.csv", (TOKENS[1], {}))
    later.with_name("frame.csv").unlink()
    bring_in(fielded, later)
    assert read(fielded).organisation.tolist() == ["B1", "A1"]
    strange = export("w3.csv", ("nobody", {}), frame=None)
    assert "1 of the answers have a token that is not in it" in refused(fielded, tree, strange)


def test_without_its_key_an_export_counts_as_another(
    fielded: Study, export: Callable, tree: Tree
) -> None:
    path = export("a.csv", (TOKENS[0], {}))
    bring_in(fielded, path)
    fielded.paths.keys.unlink()
    assert "was the key in data/keys lost?" in refused(fielded, tree, path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("of,", "for,"),
        lambda text: text + "token,nobody\n",
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: text + '"token',
        lambda text: "",
        lambda text: text + "token,nobody," + text.splitlines()[-1].split(",")[-1] + "\n",
    ],
    ids=["header", "cells", "twice", "quote", "empty", "one id for two"],
)
def test_a_damaged_key_is_told(
    fielded: Study, export: Callable, tree: Tree, spoil: Callable
) -> None:
    path = export("a.csv", (TOKENS[0], {}))
    bring_in(fielded, path)
    fielded.paths.keys.write_text(spoil(fielded.paths.keys.read_text()))
    assert (
        refused(fielded, tree, path)
        == "data/keys/small.csv: the key is damaged; restore it from where you keep a copy"
    )


def test_answers_without_tokens_are_copied_as_they_are(small: Callable, export: Callable) -> None:
    study = load_study("small", small((LAYOUT, "")))
    path = export("a.csv", ("", {}), ("", {"M1": "2"}), frame=None)
    done = bring_in(study, path)
    assert (study.paths.raw / "a.csv").read_bytes() == path.read_bytes()
    assert (done.has_key, study.paths.keys.exists()) == (False, False)


def test_tokens_are_replaced_where_the_plan_has_no_list_too(
    small: Callable, export: Callable
) -> None:
    study = load_study("small", small((LAYOUT, "")))
    bring_in(study, export("a.csv", (TOKENS[0], {}), frame=None))
    assert read(study).token.tolist() == [key_of(study)["token", TOKENS[0]]]


# -------------------------------------------------------------------------------- rewriting files

CELLS = st.text(alphabet='ab"\n\r,;é 1', max_size=6)


@given(
    rows=st.lists(st.tuples(CELLS, st.sampled_from(["", "t1", 't"2', "t,3", "t\n4"]), CELLS, CELLS), min_size=1),
    delimiter=st.sampled_from([",", ";"]),
    order=st.permutations(["a", "token", "b", "id"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    mark=st.booleans(),
    last_end=st.booleans(),
)  # fmt: skip
def test_only_ids_change_in_any_csv(
    rows: list, delimiter: str, order: list, quoting: Any, mark: bool, last_end: bool
) -> None:
    def text_of(rows: list[list[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(
            rows
        )
        whole = text.getvalue() if last_end else text.getvalue().removesuffix("\r\n")
        return whole.encode("utf-8-sig" if mark else "utf-8")

    old = [
        dict(zip(("a", "token", "b", "id"), (*row[:3], str(k)), strict=True))
        for k, row in enumerate(rows)
    ]
    ids = {
        "token": {"t1": "bcd", 't"2': "fgh", "t,3": "jkl", "t\n4": "mno"},
        "id": {str(k): f"x{k}" for k in range(len(rows))},
    }
    new = [
        row | {"token": ids["token"].get(row["token"], ""), "id": ids["id"][row["id"]]}
        for row in old
    ]
    before, after = (
        [order, *([row[name] for name in order] for row in each)] for each in (old, new)
    )
    found = rewrite_csv(text_of(before), "utf-8", ids)
    if quoting == csv.QUOTE_ALL:
        assert found == text_of(after)
    reader = csv.reader(io.StringIO(found.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    assert list(reader) == after


def test_an_empty_line_is_no_row() -> None:
    content = b'"id","token"\r\n"1","a"\r\n\r\n"2","b"\r\n\r\n'
    ids = {"id": {"1": "x", "2": "y"}, "token": {"a": "p", "b": "q"}}
    assert rewrite_csv(content, "utf-8", ids) == b'"id","token"\r\n"x","p"\r\n\r\n"y","q"\r\n\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_an_encoding_stays(encoding: str) -> None:
    content = "id,token,é\n1,tö,ü\n".encode(encoding)
    ids = {"id": {"1": "x"}, "token": {"tö": "p"}}
    assert rewrite_csv(content, encoding, ids) == "id,token,é\nx,p,ü\n".encode(encoding)


def test_json_keeps_all_but_ids() -> None:
    told = {
        "responses": [
            {"id": 5, "token": "a", "x": {"id": ""}, "y": [1.5, None, "é"]},
            {"token": None, "id": "6"},
        ]
    }
    ids = {"id": {"5": "p", "6": "q"}, "token": {"a": "r"}}
    assert json.loads(rewrite_json(json.dumps(told).encode(), "utf-8", ids)) == {
        "responses": [
            {"id": "p", "token": "r", "x": {"id": ""}, "y": [1.5, None, "é"]},
            {"token": None, "id": "q"},
        ]
    }
