"""`SOURCE.yaml` beside raw answers: where they come from, in which files, and that none was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from pydantic import field_validator

from pipeline.core.declared import Declared, Named, validate
from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.files import sha256, write_text
from pipeline.core.plan import FormatName, Plan
from pipeline.core.yaml_text import read_yaml
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.combine import combine_answers
from pipeline.responses.frame import read_frame, with_organisations
from pipeline.responses.raw import RawAnswers
from pipeline.responses.readers import READERS
from pipeline.responses.recognise import recognise_format

SOURCE = "SOURCE.yaml"


class AnswersFile(Declared):
    """One file of answers, and its format."""

    file: str
    format: FormatName

    @field_validator("file")
    @classmethod
    def _is_a_name(cls, file: str) -> str:
        if Path(file).name != file or file in {"", ".", ".."}:
            raise ValueError("leaves the study's folder; give a file name alone")
        return file


class RawSource(Declared):
    """`SOURCE.yaml`: origin, licence and date of raw answers, and the checksum of each file.

    `answers` lists the files with answers in the order in which they are read; without it, there is the
    one that the plan names. `simulated` answers are marked in every table, figure and document
    made from them.
    """

    origin: str
    licence: str
    date: str = ""
    simulated: bool
    answers: tuple[AnswersFile, ...] = ()
    sha256: Named[str]


def read_answers(
    folder: Path, shown_as: str, questionnaire: Questionnaire, plan: Plan
) -> tuple[RawAnswers, RawSource]:
    """Read the raw answers of a study, all files together, after comparing them with their checksums.

    Raises
    ------
    UserError
        They were not imported yet (the command to run is named), or changed since, or cannot be read.
    """
    if not (folder / SOURCE).is_file():
        raise _not_imported(shown_as, questionnaire.study)
    source = read_source(folder, shown_as)
    frame, listed = plan.responses.frame, listed_answers(source, folder, shown_as, plan)
    if not listed or not all((folder / each.file).is_file() for each in listed):
        raise _not_imported(shown_as, questionnaire.study)
    for name in [each.file for each in listed] + ([frame] if frame else []):
        _check_unchanged(folder, name, shown_as, source)
    files = {
        each.file: read_file(
            folder / each.file, f"{shown_as}/{each.file}", each.format, questionnaire, plan
        )
        for each in listed
    }
    raw = combine_answers(files, questionnaire)
    if frame:
        shown_frame = f"{shown_as}/{frame}"
        people = read_frame(folder / frame, shown_frame, questionnaire)
        raw = with_organisations(raw, people, shown_frame, plan.responses)
    return raw, source


def read_file(
    path: Path, shown_as: str, format: FormatName, questionnaire: Questionnaire, plan: Plan
) -> RawAnswers:
    """Read one file of answers in the format that it has, whichever the plan expects."""
    layout = plan.responses.model_copy(update={"format": format})
    return READERS[format](path, shown_as, questionnaire, layout)


def listed_answers(
    source: RawSource, folder: Path, shown_as: str, plan: Plan
) -> tuple[AnswersFile, ...]:
    """Return the files with answers: those that `SOURCE.yaml` lists, else the one that the plan names."""
    name = plan.responses.file
    if source.answers or not name or not (folder / name).is_file():
        return source.answers
    format = recognise_format(folder / name, f"{shown_as}/{name}", plan.responses.format)
    return (AnswersFile(file=name, format=format),)


def _not_imported(shown: str, study: str) -> UserError:
    return UserError(
        f"{shown}: the answers of '{study}' are not imported yet; run 'psico import {study} PATH' "
        f"with the path of the file or its folder, or try it with 'psico simulate {study}' "
        "(psico lies in .venv/bin)"
    )


def _check_unchanged(folder: Path, name: str, shown: str, source: RawSource) -> None:
    if not (folder / name).is_file() or source.sha256.get(name) != sha256(folder / name):
        raise UserError(
            f"{shown}/{name}: changed since it was imported; raw answers are never edited: "
            "restore the file, or delete the folder and import again"
        )


def read_source(folder: Path, shown_as: str) -> RawSource:
    """Read `SOURCE.yaml`; faults are reported with their line."""
    text = read_yaml(folder / SOURCE, f"{shown_as}/{SOURCE}")
    partly = validate(RawSource, text, lambda location: None)
    if partly.value is None:
        raise ProblemsFound(partly.problems)
    return partly.value


def write_source(
    folder: Path,
    *,
    origin: str,
    licence: str,
    day: date | None,
    simulated: bool,
    answers: Sequence[tuple[str, str]],
    files: Mapping[str, str],
) -> None:
    """Write `SOURCE.yaml`; drawn answers have no date, so that drawing again gives the same file.

    Parameters
    ----------
    answers : name and format of each file with answers, in the order in which they are read.
    files : the checksum of every file.
    """
    lines = [
        f"origin: {_quoted(origin)}",
        f"licence: {_quoted(licence)}",
        *([f"date: {_quoted(day.isoformat())}"] if day else []),
        f"simulated: {'true' if simulated else 'false'}",
        *(["answers:"] if answers else []),
        *(f"  - {{file: {_quoted(name)}, format: {format}}}" for name, format in answers),
        "sha256:",
        *(f"  {_quoted(name)}: {_quoted(digest)}" for name, digest in files.items()),
    ]
    write_text(folder / SOURCE, "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
