"""Answers brought in from outside: read in full, rid of tokens, copied once, never changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.core.errors import UserError
from pipeline.core.files import remove_unfinished, sha256, write_whole
from pipeline.core.plan import FormatName, Plan
from pipeline.paths import StudyPaths
from pipeline.questionnaire.model import Questionnaire
from pipeline.responses.chosen_files import answer_files, frame_beside
from pipeline.responses.combine import combine_answers, repeats
from pipeline.responses.frame import read_frame, with_organisations
from pipeline.responses.keys import Key, read_key, write_key
from pipeline.responses.pseudonyms import Incoming, check_grows, strip_answers, strip_frame
from pipeline.responses.raw import RawAnswers
from pipeline.responses.recognise import recognise_format
from pipeline.responses.source import (
    SOURCE,
    AnswersFile,
    RawSource,
    listed_answers,
    read_file,
    read_source,
    write_source,
)

FEW = 3


@dataclass(frozen=True)
class Into:
    """The study that answers are brought into."""

    paths: StudyPaths
    questionnaire: Questionnaire
    plan: Plan


@dataclass(frozen=True)
class Imported:
    """What an import did: the rows of the files named, those of the whole study, what deserves a look."""

    rows: int
    rows_of_study: int
    files_of_study: int
    notes: tuple[str, ...]
    has_key: bool


def import_answers(
    given: Sequence[Path], into: Into, *, today: date, format: FormatName | None = None
) -> Imported:
    """Copy a study's answers from outside into its raw folder, with `SOURCE.yaml`.

    Files are read in the order given, those of a folder by name, after the ones that are there already.
    Tokens become random ids; the key is kept apart. Everything is read before anything is written,
    together with what is there.

    Parameters
    ----------
    given : files, or folders with files; of a folder that has the plan's `file`, that one.
    format : that of all files; None: told by what is in each.

    Raises
    ------
    UserError
        No such file, faulty answers; or simulated answers, or others of that name, are there already.
    """
    read = {
        name: _read(path, format, into) for name, path in answer_files(given, into.plan).items()
    }
    source = _source_there(into)
    there = (
        listed_answers(source, into.paths.raw, into.paths.shown_raw, into.plan) if source else ()
    )
    key = read_key(into.paths.keys, into.paths.shown_keys)
    known = len(key.ids)
    with TemporaryDirectory() as folder:
        frame = _stripped_frame(read, Path(folder), key, into)
        incoming = {
            name: strip_answers(name, file, Path(folder), key, into.questionnaire, into.plan)
            for name, file in read.items()
        }
        study = _whole_study(there, incoming, into)
        _check_tokens(study, frame, into)
        if len(key.ids) > known:
            write_key(into.paths.keys, key)
        _copy_in(incoming, frame, into)
    formats = {each.file: each.format for each in there}
    formats |= {name: file.format for name, file in incoming.items()}
    _describe(source, formats, into, today)
    return Imported(
        rows=sum(len(file.raw.respondent) for file in incoming.values()),
        rows_of_study=sum(len(raw.respondent) for raw in study.values()),
        files_of_study=len(study),
        notes=tuple(repeats(study, combine_answers(study, into.questionnaire), into.plan)),
        has_key=bool(key.ids),
    )


def _source_there(into: Into) -> RawSource | None:
    """Return what is said of the answers that are there already; drawn ones are refused."""
    folder, shown = into.paths.raw, into.paths.shown_raw
    if not (folder / SOURCE).is_file():
        return None
    source = read_source(folder, shown)
    if source.simulated:
        raise UserError(
            f"{shown}: simulated answers are there already; real ones never mix with them: delete the "
            "folder first"
        )
    return source


def _read(path: Path, format: FormatName | None, into: Into) -> Incoming:
    shown = str(path)
    known = format or recognise_format(path, shown, into.plan.responses.format)
    return Incoming(path, known, read_file(path, shown, known, into.questionnaire, into.plan))


def _stripped_frame(
    read: Mapping[str, Incoming], folder: Path, key: Key, into: Into
) -> Path | None:
    """Return the list of participants as it will be kept; None where there is none, or it stays."""
    name = into.plan.responses.frame
    if not name:
        return None
    kept, paths = into.paths.raw / name, [file.path for file in read.values()]
    original = frame_beside(paths, name)
    if original is None and kept.is_file():
        return None
    original = original or paths[0].with_name(name)
    frame = read_frame(original, str(original), into.questionnaire)
    for file in read.values():
        with_organisations(file.raw, frame, str(original), into.plan.responses)
    stripped = strip_frame(original, folder, key, into.questionnaire, into.plan.responses)
    if kept.is_file():
        check_grows(kept, stripped, str(original), into.questionnaire)
    return stripped


def _whole_study(
    there: Sequence[AnswersFile], incoming: Mapping[str, Incoming], into: Into
) -> dict[str, RawAnswers]:
    """Return the answers of all files, those there first; another file in the place of one is refused."""
    folder = into.paths.raw
    for name, file in incoming.items():
        if (folder / name).is_file() and sha256(folder / name) != sha256(file.path):
            raise UserError(
                f"{into.paths.shown_raw}/{name}: other answers are there already; move them away first, "
                "or give the new file a name of its own to add it"
            )
    study = {
        each.file: incoming[each.file].raw
        if each.file in incoming
        else read_file(
            folder / each.file,
            f"{into.paths.shown_raw}/{each.file}",
            each.format,
            into.questionnaire,
            into.plan,
        )
        for each in there
    }
    return study | {name: file.raw for name, file in incoming.items()}


def _check_tokens(study: Mapping[str, RawAnswers], frame: Path | None, into: Into) -> None:
    """Refuse answers of people who are not in the list as it will be kept."""
    name = into.plan.responses.frame
    if name:
        shown = f"{into.paths.shown_raw}/{name}"
        people = read_frame(frame or into.paths.raw / name, shown, into.questionnaire)
        for raw in study.values():
            with_organisations(raw, people, shown, into.plan.responses)


def _copy_in(incoming: Mapping[str, Incoming], frame: Path | None, into: Into) -> None:
    folder = into.paths.raw
    folder.mkdir(parents=True, exist_ok=True)
    remove_unfinished(folder)
    for name, file in incoming.items():
        if not (folder / name).is_file():
            write_whole(folder / name, partial(shutil.copyfile, file.path))
    if frame:
        write_whole(folder / frame.name, partial(shutil.copyfile, frame))


def _describe(
    source: RawSource | None, formats: Mapping[str, FormatName], into: Into, today: date
) -> None:
    """Write `SOURCE.yaml`; what a person wrote into it on origin and licence stays."""
    names = [*formats, *filter(None, [into.plan.responses.frame])]
    files = {name: sha256(into.paths.raw / name) for name in names}
    if source and source.answers and files == dict(source.sha256):
        return
    declared = into.questionnaire.source
    origin = declared.origin if declared else _origin(formats)
    licence = declared.licence if declared else "not stated"
    if source and source.origin != _origin([each.file for each in source.answers]):
        origin = source.origin
    write_source(
        into.paths.raw,
        origin=origin,
        licence=source.licence if source else licence,
        day=today,
        simulated=False,
        answers=list(formats.items()),
        files=files,
    )


def _origin(names: Sequence[str] | Mapping[str, FormatName]) -> str:
    return f"imported from {', '.join(names) if len(names) <= FEW else f'{len(names)} files'}"
