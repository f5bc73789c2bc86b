"""Which files an import takes: those named, and those in the folders named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.core.errors import UserError
from pipeline.core.plan import Plan

OWN_FILES = ("SOURCE.yaml", "truth.json")


def answer_files(given: Sequence[Path], plan: Plan) -> dict[str, Path]:
    """Return the files with answers by the name under which they are kept, in order.

    Raises
    ------
    UserError
        A folder without files, with folders in it, or with a link that leads out of it; two files of one
        name; a name that psi-co uses itself.
    """
    files: dict[str, Path] = {}
    for path in (each for one in given for each in _files_of(one, plan)):
        taken = {name.casefold(): name for name in files}.get(path.name.casefold())
        if taken is not None and files[taken].resolve() != path.resolve():
            raise UserError(
                f"{path}: there is another file called {taken}; give it a name of its own"
            )
        if path.name in {*OWN_FILES, plan.responses.frame} or path.name.startswith("."):
            raise UserError(f"{path}: a file of answers cannot have that name; give it another")
        files.setdefault(path.name, path)
    return files


def frame_beside(files: Sequence[Path], name: str) -> Path | None:
    """Return the list of invited people, called `name`, that lies beside files of answers, if any does.

    Raises
    ------
    UserError
        There are several, and they differ.
    """
    places = dict.fromkeys(file.with_name(name) for file in files)
    found = [path for path in places if path.is_file()]
    for other in found[1:]:
        if other.read_bytes() != found[0].read_bytes():
            raise UserError(
                f"{other}: differs from {found[0]}; a study has one list of participants"
            )
    return found[0] if found else None


def _files_of(path: Path, plan: Plan) -> Iterator[Path]:
    """Yield the file itself; of a folder, the one the plan names, else all of them by name."""
    if not path.is_dir():
        yield path
        return
    if plan.responses.file and (path / plan.responses.file).is_file():
        yield path / plan.responses.file
        return
    left_out = {*OWN_FILES, plan.responses.frame}
    inside = [
        each
        for each in sorted(path.iterdir())
        if not each.name.startswith(".") and each.name not in left_out
    ]
    if not inside:
        raise UserError(f"{path}: there is no file in this folder")
    for each in inside:
        if not each.resolve().is_relative_to(path.resolve()):
            raise UserError(f"{each}: a link that leads out of the folder; name the file itself")
        if each.is_dir():
            raise UserError(f"{each}: a folder inside the folder; name the files to import")
        yield each
