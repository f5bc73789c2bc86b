"""Strings out to translators and back: nothing but the translations changes, and what is stale is found."""

# ruff: noqa: E501

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from random_studies import HOSTILE, questionnaires

from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.yaml_text import parse_yaml, read_yaml
from pipeline.questionnaire.load import load_questionnaire
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.translation.exchange import (
    check_translations,
    export_translation,
    import_translation,
)
from pipeline.questionnaire.translation.po import read_po
from pipeline.questionnaire.translation.strings import translated_strings
from pipeline.questionnaire.translation.unit import Sheet
from pipeline.questionnaire.translation.write_back import put_texts
from pipeline.questionnaire.translation.xliff import read_xliff
from pipeline.run import run_import_translation
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]
FORMATS = ("xliff12.xlf", "xliff20.xlf", "po")
LONG = (
    "Een zin die lang genoeg is om over meer dan één regel te lopen, met een « citaat » erin. " * 3
)


def written(folder: Path, questionnaire: Questionnaire) -> Path:
    """Return the folder of a questionnaire written as JSON, which YAML reads."""
    declared = questionnaire.model_dump(mode="json", exclude_defaults=True)
    folder = folder / "random"
    folder.mkdir()
    (folder / "questionnaire.yaml").write_text(
        json.dumps(declared, ensure_ascii=False), encoding="utf-8"
    )
    return folder


def exported(folder: Path, questionnaire: Questionnaire, language: str) -> dict[str, Path]:
    """Return the files for translators, written, by format."""
    files = export_translation(folder, "x", questionnaire, language).files
    paths = {}
    for name, content in files.items():
        (folder / name).write_bytes(content)
        paths[next(each for each in FORMATS if name.endswith(each))] = folder / name
    return paths


def translate(path: Path, new: dict[str, str], status: str = "") -> None:
    """Put translations into a file as a translator's tool would, by the format's own rules."""
    if path.suffix == ".po":
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        for k, block in enumerate(blocks):
            name = re.search(r'msgctxt "(.*)"', block)
            if name and name.group(1) in new:
                quoted = json.dumps(new[name.group(1)], ensure_ascii=False)
                block = re.sub(r"(?s)msgstr .*", lambda _, q=quoted: f"msgstr {q}\n", block)
                if status:
                    block = block.replace("#, fuzzy\n", "")
                    block = f"# status: {status}\n" + re.sub("# status: .*\n", "", block)
                blocks[k] = block
        path.write_text("\n\n".join(blocks), encoding="utf-8")
        return
    tree = etree.parse(str(path))
    space = {"x": tree.getroot().tag[1:].split("}")[0]}
    old = space["x"].endswith("1.2")
    for unit in tree.iterfind(".//x:trans-unit" if old else ".//x:unit", space):
        if unit.get("id") not in new:
            continue
        holder = unit if old else unit.find("x:segment", space)
        target = holder.find("x:target", space)
        if target is None:
            target = etree.SubElement(holder, f"{{{space['x']}}}target")
        target.text = new[unit.get("id")]
        states = {"reviewed": "signed-off" if old else "reviewed", "adjudicated": "final"}
        if status:
            (target if old else holder).set("state", states[status])
        elif not old or target.get("state") == "new":
            (target if old else holder).set("state", "translated")
    tree.write(str(path), encoding="UTF-8", xml_declaration=True)


def by_name(sheet: Sheet) -> dict[str, tuple[str, str]]:
    return {unit.name: (unit.source, unit.target) for unit in sheet.units}


@settings(max_examples=15)
@given(questionnaires())
def test_every_format_says_the_same_and_every_string_is_in_it(
    tmp_path_factory: pytest.TempPathFactory, questionnaire: Questionnaire
) -> None:
    folder = written(tmp_path_factory.mktemp("q"), questionnaire)
    language = questionnaire.languages[-1] if len(questionnaire.languages) > 1 else "de"
    paths = exported(folder, questionnaire, language)
    sheets = [read_po(paths["po"]), *(read_xliff(paths[each]) for each in FORMATS[:2])]
    text = (folder / "questionnaire.yaml").read_text()
    base = questionnaire.languages[0]
    words = re.findall(rf'"{base}": ("(?:[^"\\]|\\.)*")', text)
    for sheet in sheets:
        assert (sheet.study, sheet.source_language, sheet.language) == ("random", base, language)
        assert by_name(sheet) == by_name(sheets[0])
        assert sorted(unit.source for unit in sheet.units) == sorted(map(json.loads, words))


@settings(max_examples=15)
@given(questionnaires(), st.sampled_from(FORMATS), st.integers(0, 2**32 - 1))
def test_translations_come_back_as_they_went_and_nothing_else_changes(
    tmp_path_factory: pytest.TempPathFactory, questionnaire: Questionnaire, kind: str, seed: int
) -> None:
    drawn = random.Random(seed)
    folder = written(tmp_path_factory.mktemp("q"), questionnaire)
    path = exported(folder, questionnaire, "de")[kind]
    names = [unit.name for unit in (read_po if kind == "po" else read_xliff)(path).units]
    new = {name: f"{drawn.choice(HOSTILE).strip()} {name}" for name in names}
    translate(path, new)
    before = read_yaml(folder / "questionnaire.yaml").data
    done = import_translation(path, folder, "x", questionnaire)
    (folder / "questionnaire.yaml").write_text(done.files["questionnaire.yaml"], encoding="utf-8")
    loaded = load_questionnaire(folder, "x")
    assert loaded.problems == []
    assert loaded.questionnaire is not None
    assert loaded.questionnaire.languages == (*questionnaire.languages, "de")
    data = read_yaml(folder / "questionnaire.yaml").data
    assert {each.name: each.texts["de"] for each in translated_strings(data)} == new
    for string in translated_strings(data):
        string.texts.pop("de")  # type: ignore[attr-defined]
    data["languages"].remove("de")
    assert data == before


@pytest.mark.parametrize("kind", FORMATS)
def test_in_a_file_written_by_hand_only_the_lines_of_changed_strings_change(
    tmp_path: Path, kind: str
) -> None:
    shutil.copytree(ROOT / "questionnaires/psi-co", tmp_path / "psi-co")
    folder = tmp_path / "psi-co"
    questionnaire = load_study("psi-co", ROOT).questionnaire
    path = exported(folder, questionnaire, "fr")[kind]
    new = {"COLGOAL1.text": "Court : « essai ».", "CONSENTINFO.text": f"{LONG}[CONTROLLER] [LEGAL_BASIS] "
           "[RECIPIENTS] [RETENTION] [CONTACT] [DPO]\nTweede alinea.\n\nDerde.", "choices.agree5.1": "non"}  # fmt: skip
    translate(path, new, "reviewed")
    old = (folder / "questionnaire.yaml").read_text(encoding="utf-8")
    done = import_translation(path, folder, "x", questionnaire)
    changed = done.files["questionnaire.yaml"]
    assert (done.changed, done.empty, done.gone, done.stale) == (3, 0, (), ())
    strings = {each.name: each for each in translated_strings(parse_yaml(changed, "x").data)}
    assert {name: strings[name].texts["fr"] for name in new} == new
    gone = [line for line in old.splitlines() if line not in set(changed.splitlines())]
    assert 0 < len(gone) < 40
    remarks = [line for line in old.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in changed.splitlines() if line.lstrip().startswith("#")] == remarks
    assert max(map(len, changed.splitlines())) <= 110
    record = done.files["translations.csv"].splitlines()
    assert len(record) == 1 + len(strings)
    statuses = {row.split(",")[1]: row.split(",")[3] for row in record[1:]}
    assert {name for name, status in statuses.items() if status == "reviewed"} == set(new)


def test_a_changed_source_makes_its_translation_stale_until_it_is_redone(
    project: Path, psico
) -> None:
    export = psico(project, "translate", "export", "tutorial", "fr")
    assert export.code == 0
    file = next(line for line in export.out.splitlines() if line.endswith("xliff12.xlf"))
    assert psico(project, "translate", "import", "tutorial", file).code == 0
    assert psico(project, "check", "tutorial").code == 0
    yaml = project / "questionnaires/tutorial/questionnaire.yaml"
    data = read_yaml(yaml).data
    base = data["languages"][0]
    string = next(each for each in translated_strings(data) if each.name.startswith("choices."))
    changed = {string.location: {base: string.texts[base] + " nu"}}
    yaml.write_text(put_texts(yaml.read_text(), "x", changed))
    left = psico(project, "check", "tutorial")
    assert left.code == 2
    assert re.search(rf"yaml:\d+: {string.name}: the translation in 'fr' is stale", left.err)
    assert psico(project, "instruments", "tutorial").code == 2
    again = psico(project, "translate", "import", "tutorial", file)
    assert "1 strings have another source by now: stale" in again.out
    assert psico(project, "check", "tutorial").code == 2
    export = psico(project, "translate", "export", "tutorial", "fr")
    assert "1 stale" in export.out
    assert 'state="needs-review-translation"' in (project / file).read_text()
    assert psico(project, "translate", "import", "tutorial", file).code == 0
    assert psico(project, "check", "tutorial").code == 0


def test_status_and_note_go_round_in_every_format(project: Path) -> None:
    for kind in FORMATS:
        study = load_study("tutorial", project)
        paths = exported(study.paths.questionnaire, study.questionnaire, "fr")
        file = paths[kind]
        target = project / file.name
        file.rename(target)
        for other in paths.values():
            other.unlink(missing_ok=True)
        translate(target, {"title": "Titre"}, "adjudicated")
        text = target.read_text()
        if kind == "po":
            text = text.replace(
                "# status: adjudicated\n", "# status: adjudicated\n# note: =cmd|x\n", 1
            )
        elif kind == "xliff12.xlf":
            text = text.replace("</note>", '</note><note from="tr">=cmd|x</note>', 1)
        else:
            text = text.replace("</note>", '</note><note category="tr">=cmd|x</note>', 1)
        target.write_text(text)
        run_import_translation(study, target)
        record = (study.paths.questionnaire / "translations.csv").read_text().splitlines()
        assert re.fullmatch(r"fr,title,[0-9a-f]{12},adjudicated,'=cmd\|x", record[1])
        again = exported(
            study.paths.questionnaire, load_study("tutorial", project).questionnaire, "fr"
        )
        sheet = read_po(again["po"]) if kind == "po" else read_xliff(again[kind])
        assert (sheet.units[0].status, sheet.units[0].note) == ("adjudicated", "=cmd|x")
        for each in again.values():
            each.unlink()


SAMPLE = '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="{study}" source-language="{base}" target-language="{to}"><body>{units}</body></file></xliff>'
UNIT = '<trans-unit id="title"><source>{source}</source><target>{target}</target></trans-unit>'


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "a.xlf", "not XML"),
        ("<xliff", "a.xlf", "not XML"),
        ("<html/>", "a.xlf", "no XLIFF 1.2 or 2.0 file"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xliff>&a;</xliff>', "a.xlf", "document type"),
        ("hello", "a.po", "not a PO file|no PO file of psi-co"),
        ('msgid "a"\nmsgstr "b"\n', "a.po", "no PO file of psi-co"),
        ("x", "a.csv", "translations come as .xlf, .xliff or .po"),
        (SAMPLE.format(study="other@1", base="en", to="fr", units=UNIT), "a.xlf", "of the study 'other'"),
        (SAMPLE.format(study="small@1", base="fr", to="en", units=UNIT), "a.xlf", "translates 'fr' to 'en'"),
        (SAMPLE.format(study="small@1", base="en", to="../x", units=UNIT), "a.xlf", "no language code"),
        (SAMPLE.format(study="small@1", base="en", to="fr", units=""), "a.xlf", "no string of the study"),
        (SAMPLE.format(study="small@1", base="en", to="fr", units=UNIT), "a.xlf", "a new language needs every"),
        (
            SAMPLE.format(study="small@1", base="en", to="fr", units='<trans-unit id="title"><source>a<g id="1"/></source></trans-unit>'),
            "a.xlf", "title: holds tags of a translation tool",
        ),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_clear_error_and_nothing_is_written(
    small, psico, tree, content: str, name: str, message: str
) -> None:
    root = small()
    (root / name).write_text(content)
    before = tree(root)
    left = psico(root, "translate", "import", "small", name)
    assert left.code == 2
    assert re.search(message, left.err)
    assert left.err.startswith(name)
    assert tree(root) == before


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("[CONTACT] and [DPO]", "autre", r"lost \[CONTACT\], \[DPO\]"),
        ("a", "x" * 201, "201 bytes long; platforms cut it after 200"),
        ("a", "b\u2028c", "control character"),
    ],
)
def test_a_faulty_translation_is_named(
    tmp_path: Path, source: str, target: str, message: str
) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    text = (
        f"study: small\nlanguages: [en, fr]\ntitle: {{en: '{source}', fr: b}}\nchoices: {{}}\n"
        "sections: [{id: a, title: {en: a, fr: a}, questions: [{code: A, kind: long_text, text: {en: a, fr: a}}]}]"
    )  # fmt: skip
    (folder / "questionnaire.yaml").write_text(text)
    questionnaire = load_questionnaire(folder, "x").questionnaire
    assert questionnaire is not None
    units = UNIT.format(source=source, target=target)
    sheet = SAMPLE.format(study="small@1", base="en", to="fr", units=units)
    (tmp_path / "a.xlf").write_text(sheet, encoding="utf-8")
    with pytest.raises(ProblemsFound, match=message):
        import_translation(tmp_path / "a.xlf", folder, "x", questionnaire)


@pytest.mark.parametrize("language", ["en", "../fr", "FR", ""])
def test_a_language_that_is_none_is_refused(small, language: str) -> None:
    study = load_study("small", small())
    with pytest.raises(UserError, match="is no language to translate into"):
        export_translation(study.paths.questionnaire, "x", study.questionnaire, language)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n", "the columns are not language, string"),
        ("language,string,source,status,note\nfr,title,abc,revewed,\n", "did you mean 'reviewed'"),
        ("language,string,source,status,note\nfr,title,abc\n", "more or fewer cells"),
        ("language,string,source,status,note\nfr,t,a,draft,\nfr,t,a,draft,\n", "stands here twice"),
    ],
)
def test_a_faulty_record_is_named_with_its_line(small, content: str, message: str) -> None:
    study = load_study("small", small())
    folder = study.paths.questionnaire
    (folder / "translations.csv").write_text(content)
    with pytest.raises(ProblemsFound, match=message):
        check_translations(folder, study.paths.shown, ("en", "fr"))
