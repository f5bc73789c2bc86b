"""Raw answers and where they come from: copied in once, checked ever after, never changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from pipeline.core.declared import Declared, Named, validate
from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.files import remove_unfinished, sha256, write_text, write_whole
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import read_yaml
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format


class RawSource(Declared):
    """`SOURCE.yaml`: origin, licence and date of raw answers, and the checksum of each file.

    `simulated` answers are marked in every table, figure and document made from them.
    """

    origin: str
    licence: str
    date: str = ""
    simulated: bool
    sha256: Named[str]


def read_answers(
    folder: Path, shown_as: str, questionnaire: Questionnaire, plan: Plan
) -> tuple[RawAnswers, RawSource]:
    """Read the raw answers of a study, after comparing them with their checksum.

    Raises
    ------
    UserError
        They were not imported yet (the command to run is named), or changed since, or cannot be read.
    """
    name, study = plan.responses.file, questionnaire.study
    if not (folder / "SOURCE.yaml").is_file() or not (folder / name).is_file():
        raise UserError(
            f"{shown_as}: the answers of '{study}' are not imported yet; run 'psico import {study} PATH'"
            f" with the path of {name} or its folder, or try it with 'psico simulate {study}'"
            " (psico lies in .venv/bin)"
        )
    source = read_source(folder, shown_as)
    for each in filter(None, (name, plan.responses.frame)):
        if not (folder / each).is_file() or source.sha256.get(each) != sha256(folder / each):
            raise UserError(
                f"{shown_as}/{each}: changed since it was imported; raw answers are never edited: "
                "restore the file, or delete the folder and import again"
            )
    return _read(folder / name, f"{shown_as}/{name}", questionnaire, plan), source


def _read(path: Path, shown_as: str, questionnaire: Questionnaire, plan: Plan) -> RawAnswers:
    name = recognise_format(path, shown_as, plan.responses.format)
    layout = plan.responses.model_copy(update={"format": name})
    return READERS[name](path, shown_as, questionnaire, layout)


def read_source(folder: Path, shown_as: str) -> RawSource:
    """Read `SOURCE.yaml`; faults are reported with their line."""
    text = read_yaml(folder / "SOURCE.yaml", f"{shown_as}/SOURCE.yaml")
    partly = validate(RawSource, text, lambda location: None)
    if partly.value is None:
        raise ProblemsFound(partly.problems)
    return partly.value


def import_answers(
    path: Path, folder: Path, questionnaire: Questionnaire, plan: Plan, today: date
) -> int:
    """Copy a study's answers from outside into `folder`, with `SOURCE.yaml`; return the rows read.

    `path` is the file itself, or the folder it lies in. The file is read in full first, so that
    faulty answers are refused before anything is written.

    Raises
    ------
    UserError
        No such file, faulty answers, or other answers are there already.
    """
    file = path / plan.responses.file if path.is_dir() else path
    raw = _read(file, str(file), questionnaire, plan)
    files = {plan.responses.file: file}
    if plan.responses.frame:
        files[plan.responses.frame] = file.with_name(plan.responses.frame)
    if _is_there(folder, files):
        return len(raw.source_row)
    remove_unfinished(folder)
    for name, original in files.items():
        write_whole(folder / name, partial(_copy, original))
    declared = questionnaire.source
    write_source(
        folder,
        origin=declared.origin if declared else f"imported from {file.name}",
        licence=declared.licence if declared else "not stated",
        day=today,
        simulated=False,
        files={name: sha256(folder / name) for name in files},
    )
    return len(raw.source_row)


def _is_there(folder: Path, files: Mapping[str, Path]) -> bool:
    """Say whether these very files are there already; other ones in their place are an error."""
    for name, original in files.items():
        target = folder / name
        if target.is_file() and sha256(target) != sha256(original):
            raise UserError(f"{target}: other answers are there already; move them away first")
    whole = all((folder / name).is_file() for name in files)
    return whole and (folder / "SOURCE.yaml").is_file()


def _copy(original: Path, target: Path) -> None:
    shutil.copyfile(original, target)


def write_source(
    folder: Path,
    *,
    origin: str,
    licence: str,
    day: date | None,
    simulated: bool,
    files: Mapping[str, str],
) -> None:
    """Write `SOURCE.yaml`; drawn answers have no date, so that drawing again gives the same file."""
    lines = [
        f"origin: {_quoted(origin)}",
        f"licence: {_quoted(licence)}",
        *([f"date: {_quoted(day.isoformat())}"] if day else []),
        f"simulated: {'true' if simulated else 'false'}",
        "sha256:",
        *(f"  {_quoted(name)}: {_quoted(digest)}" for name, digest in files.items()),
    ]
    write_text(folder / "SOURCE.yaml", "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
