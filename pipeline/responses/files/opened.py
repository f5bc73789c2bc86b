"""What every kind of file is turned into before its answers are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa


class Unreadable(Exception):
    """A file that cannot be opened: cut off, damaged, not what it says. The text says what to do."""


@dataclass(frozen=True)
class Opened:
    """The cells of a file, all as text, (n,) each; null where a cell is empty.

    Attributes
    ----------
    header : the file's own names of all its columns, in order.
    columns : the text of those that were read, plain or dictionary encoded.
    lines : (n,) row of the file; the header is row 1 where the file has one, else rows count from 1.
    labels : for a column, what the file says that a value stands for.
    missing : for a column, the values that occur and that the file declares missing.
    dates : columns with a date or a time in them, which no answer is.
    """

    header: tuple[str, ...]
    columns: Mapping[str, pa.Array]
    lines: np.ndarray
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
