"""The format of a file of answers, told by what is in it and never by its name."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from pipeline.core.errors import UserError, nearest
from pipeline.core.plan import FormatName
from pipeline.responses.readers import READERS, RECOGNISERS


def known_format(name: str) -> FormatName | None:
    """Return the format that someone named; None for no name.

    Raises
    ------
    UserError
        There is no such format.
    """
    if name and name not in READERS:
        raise UserError(f"no format '{name}'{nearest(name, READERS)}")
    return cast("FormatName", name) if name else None


def recognise_format(path: Path, shown_as: str, expected: str = "") -> FormatName:
    """Return the format of a file: the `expected` one if it looks like that, else the first that fits.

    Raises
    ------
    UserError
        There is no such file, nothing in it, or nothing that psi-co reads (which is listed).
    """
    if not path.is_file():
        raise UserError(f"{shown_as}: the file does not exist")
    if path.stat().st_size == 0:
        raise UserError(f"{shown_as}: the file is empty")
    asked = sorted(RECOGNISERS, key=lambda name: name != expected)
    for name in asked:
        if RECOGNISERS[name](path):
            return cast("FormatName", name)
    raise UserError(
        f"{shown_as}: no file of answers that psi-co knows; it reads {', '.join(RECOGNISERS)}; "
        "with --format one of them is taken as given"
    )
