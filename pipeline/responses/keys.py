"""The key between people and the random ids that stand for them, kept apart from the answers.

`data/keys/<study>.csv` is readable by its owner alone, is not in git, and is read at no other time
than at an import, so that the same token gets the same id again.
"""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from pipeline.core.errors import UserError
from pipeline.core.files import write_whole

HEADER = ["of", "original", "id"]
LETTERS = "bcdfghjkmnpqrstvwxz"
LENGTH = 12
TOKEN = "token"


class Key:
    """Random ids by what they stand for: a token, or the row id of a file."""

    def __init__(self, ids: dict[tuple[str, str], str]) -> None:
        self.ids = ids
        self._taken = set(ids.values())

    def ids_of(self, of: str, originals: Iterable[str]) -> dict[str, str]:
        """Return the id of each original, drawn where it has none yet."""
        return {each: self._id(of, each) for each in originals}

    def _id(self, of: str, original: str) -> str:
        if (of, original) not in self.ids:
            drawn = _draw()
            while drawn in self._taken:
                drawn = _draw()
            self._taken.add(drawn)
            self.ids[of, original] = drawn
        return self.ids[of, original]


def _draw() -> str:
    """Return letters that no spreadsheet program takes for a number, and that spell no word."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_key(path: Path, shown_as: str) -> Key:
    """Read the key of a study; an empty one where there is none yet.

    Raises
    ------
    UserError
        The file is not as it was written.
    """
    if not path.is_file():
        return Key({})
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        ids = {(of, original): drawn for of, original, drawn in rows}
    except (ValueError, csv.Error, OSError):
        header, rows, ids = [], [], {}
    if header != HEADER or len(ids) < len(rows) or len(set(ids.values())) < len(rows):
        raise UserError(f"{shown_as}: the key is damaged; restore it from where you keep a copy")
    return Key(ids)


def write_key(path: Path, key: Key) -> None:
    """Write a key, readable by its owner alone, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rows = sorted((of, original, drawn) for (of, original), drawn in key.ids.items())

    def write(temporary: Path) -> None:
        owner_only = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(owner_only, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])

    write_whole(path, write)
