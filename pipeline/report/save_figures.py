"""Figures drawn and written: each in every language and format, several at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from pipeline.core.errors import UserError, nearest
from pipeline.core.files import write_whole
from pipeline.report.drawing import Drawing
from pipeline.report.figures import FIGURES
from pipeline.report.style import journal_style
from pipeline.report.wording import Wording

FORMATS = ("svg", "png", "pdf")


def save_figures(
    tables: Mapping[str, pd.DataFrame], folder: Path, wordings: Sequence[Wording], only: str = ""
) -> list[Path]:
    """Draw every figure (or those of the kind `only`) in each language and write all formats.

    Returns
    -------
    The files written, `<name>.<language>.<format>` below `folder`.

    Raises
    ------
    UserError
        No such kind of figure.
    """
    from joblib import Parallel, cpu_count, delayed

    if only and only not in FIGURES:
        raise UserError(f"there is no figure '{only}'{nearest(only, FIGURES)}")
    tasks = [
        (name, rows, folder, kind, wording)
        for kind in ([only] if only else FIGURES)
        for wording in wordings
        for name, rows in FIGURES[kind].split(tables[FIGURES[kind].table], wording)
    ]
    workers = min(cpu_count(), len(tasks) // 4 + 1)
    written = Parallel(n_jobs=workers)(delayed(save_figure)(*task) for task in tasks)
    return [path for paths in written for path in paths]


def save_figure(
    name: str, rows: pd.DataFrame, folder: Path, kind: str, wording: Wording
) -> list[Path]:
    """Draw one figure in one language and write it in every format."""
    with journal_style():
        drawing = FIGURES[kind].draw(rows, wording)
        paths = [folder / f"{name}.{wording.language}.{end}" for end in FORMATS]
        for path in paths:
            write_whole(path, partial(_write, drawing, path.suffix[1:]))
    return paths


def _write(drawing: Drawing, form: str, path: Path) -> None:
    """Write a figure without the time of day, so that the same data give the same file."""
    metadata: dict[str, dict[str, str | None]] = {
        "svg": {"Title": drawing.title, "Description": drawing.alt, "Date": None},
        "png": {"Title": drawing.title, "Description": drawing.alt},
        "pdf": {"Title": drawing.title, "Subject": drawing.alt, "CreationDate": None},
    }
    drawing.figure.savefig(path, format=form, metadata=metadata[form])
