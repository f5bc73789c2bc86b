"""Strings out to translators, and translations back into the questionnaire and their record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import Problem, ProblemsFound, UserError, nearest
from pipeline.core.yaml_text import Location, YamlText, read_yaml
from pipeline.questionnaire.check import LANGUAGE
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.translation.po import po_file, read_po
from pipeline.questionnaire.translation.record import (
    FILE,
    Record,
    Status,
    read_record,
    record_text,
    stale_problems,
)
from pipeline.questionnaire.translation.strings import String, source_hash, translated_strings
from pipeline.questionnaire.translation.unit import Sheet, Unit
from pipeline.questionnaire.translation.write_back import put_texts
from pipeline.questionnaire.translation.xliff import read_xliff, xliff_12, xliff_20
from pipeline.questionnaire.version import questionnaire_version

PLACEHOLDER = re.compile(r"\[[A-Z_]+\]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")
QUESTIONNAIRE = "questionnaire.yaml"


@dataclass(frozen=True)
class Imported:
    """What came of a file from translators.

    Attributes
    ----------
    files : the new content of each changed text file of the study, by name.
    changed, confirmed : how many translations are new or say something else, or are as they were.
    empty : strings that the file has no translation for. gone : those the questionnaire lacks.
    stale : those whose source was changed since the file was exported.
    """

    files: Mapping[str, str]
    changed: int
    confirmed: int
    empty: int
    gone: tuple[str, ...]
    stale: tuple[str, ...]


@dataclass(frozen=True)
class Exported:
    """Files for translators by name, and how many strings are at each step (`new`: none yet)."""

    files: Mapping[str, bytes]
    steps: Mapping[str, int]


def export_translation(
    folder: Path, shown_as: str, questionnaire: Questionnaire, language: str
) -> Exported:
    """Write the strings of a study for translators into a language: XLIFF 1.2, XLIFF 2.0 and PO.

    A language that the study does not have yet gets all strings without translation.

    Raises
    ------
    UserError
        The language is the one that is translated from, or no language code.
    """
    base = questionnaire.languages[0]
    if language == base or not LANGUAGE.fullmatch(language):
        raise UserError(
            f"'{language}' is no language to translate into (from '{base}'), such as fr"
        )
    text = read_yaml(folder / QUESTIONNAIRE, f"{shown_as}/{QUESTIONNAIRE}")
    record = read_record(folder, shown_as)
    units = tuple(
        _unit(string, record.get((language, string.name)), base, language)
        for string in translated_strings(text.data)
    )
    sheet = Sheet(questionnaire.study, base, language, questionnaire_version(questionnaire), units)
    name = f"{questionnaire.study}.{language}"
    files = {
        f"{name}.xliff12.xlf": xliff_12(sheet),
        f"{name}.xliff20.xlf": xliff_20(sheet),
        f"{name}.po": po_file(sheet),
    }
    return Exported(files, Counter("stale" if u.stale else u.status or "new" for u in units))


def _unit(string: String, status: Status | None, base: str, language: str) -> Unit:
    source, target = string.texts[base], string.texts.get(language, "")
    step = status.status if status else "draft"
    return Unit(
        name=string.name,
        source=source,
        target=target,
        status=step if target else "",
        note=status.note if status else "",
        context=string.context,
        most_bytes=string.most_bytes,
        stale=bool(status and status.source != source_hash(source)),
    )


def import_translation(
    path: Path, folder: Path, shown_as: str, questionnaire: Questionnaire
) -> Imported:
    """Take translations from an XLIFF or PO file; nothing is written here.

    Every translation in the file gets its status, its note, and the source it was made from.

    Raises
    ------
    UserError
        The file is of another study or language pair, or cannot be read.
    ProblemsFound
        A translation lost a placeholder, has a control character, or is longer than platforms take.
    """
    sheet = _read(path)
    text = read_yaml(folder / QUESTIONNAIRE, f"{shown_as}/{QUESTIONNAIRE}")
    strings = {string.name: string for string in translated_strings(text.data)}
    _check_sheet(path, sheet, questionnaire, strings)
    record = read_record(folder, shown_as)
    taken = [unit for unit in sheet.units if unit.name in strings and unit.target.strip()]
    changes = _changes(taken, strings, sheet.language)
    for unit in taken:
        status = Status(source_hash(unit.source), unit.status or "draft", unit.note)
        record[sheet.language, unit.name] = status
    files = _files(folder, text, changes, record, list(strings.values()))
    base = sheet.source_language
    return Imported(
        files,
        len(changes),
        len(taken) - len(changes),
        len(strings.keys() - {unit.name for unit in taken}),
        tuple(unit.name for unit in sheet.units if unit.name not in strings),
        tuple(
            unit.name
            for unit in taken
            if source_hash(unit.source) != source_hash(strings[unit.name].texts[base])
        ),
    )


def _read(path: Path) -> Sheet:
    if not path.is_file():
        raise UserError(f"{path}: the file does not exist")
    if path.suffix.lower() == ".po":
        return read_po(path)
    if path.suffix.lower() in {".xlf", ".xliff"}:
        return read_xliff(path)
    raise UserError(f"{path}: translations come as .xlf, .xliff or .po")


def _check_sheet(
    path: Path, sheet: Sheet, questionnaire: Questionnaire, strings: Mapping[str, String]
) -> None:
    if sheet.study != questionnaire.study:
        raise UserError(f"{path}: of the study '{sheet.study}', not of '{questionnaire.study}'")
    base = questionnaire.languages[0]
    if sheet.source_language != base or sheet.language == base:
        raise UserError(
            f"{path}: translates '{sheet.source_language}' to '{sheet.language}'; "
            f"this study is translated from '{base}' to other languages"
        )
    if not LANGUAGE.fullmatch(sheet.language):
        raise UserError(f"{path}: '{sheet.language}' is no language code such as fr")
    known = sum(unit.name in strings for unit in sheet.units)
    if not known:
        found = sheet.units[0].name if sheet.units else "none"
        raise UserError(f"{path}: no string of the study (found: {found}{nearest(found, strings)})")
    if sheet.language not in questionnaire.languages and known < len(strings):
        raise UserError(
            f"{path}: a new language needs every string; {len(strings) - known} are missing"
        )
    problems = [
        Problem(str(path), 1, f"{unit.name}: {fault}")
        for unit in sheet.units
        if unit.name in strings
        for fault in _faults(unit, strings[unit.name], sheet, questionnaire)
    ]
    if problems:
        raise ProblemsFound(problems)


def _faults(
    unit: Unit, string: String, sheet: Sheet, questionnaire: Questionnaire
) -> Iterator[str]:
    if not unit.target.strip():
        if sheet.language not in questionnaire.languages:
            yield f"no translation; a new language ('{sheet.language}') needs every string"
        return
    lost = sorted(set(PLACEHOLDER.findall(unit.source)) - set(PLACEHOLDER.findall(unit.target)))
    if lost:
        yield f"the translation lost {', '.join(lost)}"
    if CONTROL.search(unit.target):
        yield "the translation holds a control character"
    length = len(unit.target.encode("utf-8"))
    if string.most_bytes and length > string.most_bytes:
        yield f"{length} bytes long; platforms cut it after {string.most_bytes}"


def _changes(
    units: list[Unit], strings: Mapping[str, String], language: str
) -> dict[Location, dict[str, str]]:
    return {
        strings[unit.name].location: {language: unit.target}
        for unit in units
        if strings[unit.name].texts.get(language) != unit.target
    }


def _files(
    folder: Path,
    text: YamlText,
    changes: Mapping[Location, Mapping[str, str]],
    record: Record,
    strings: list[String],
) -> dict[str, str]:
    original = (folder / QUESTIONNAIRE).read_text(encoding="utf-8-sig")
    changed = put_texts(original, text.path, changes) if changes else original
    return {QUESTIONNAIRE: changed, FILE: record_text(record, strings)}


def check_translations(folder: Path, shown_as: str, languages: tuple[str, ...]) -> None:
    """Report every translation whose source was changed after it was made.

    Raises
    ------
    ProblemsFound
        There are some, or `translations.csv` cannot be read.
    """
    record = read_record(folder, shown_as)
    if not record:
        return
    text = read_yaml(folder / QUESTIONNAIRE, f"{shown_as}/{QUESTIONNAIRE}")
    problems = list(stale_problems(record, translated_strings(text.data), text, languages))
    if problems:
        raise ProblemsFound(problems)
