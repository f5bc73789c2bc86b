"""Figures drawn and written: each in every language and format, several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from pipeline.core.errors import UserError, nearest
from pipeline.core.files import write_whole
from pipeline.report.drawing import Drawing
from pipeline.report.figures import FIGURES
from pipeline.report.fonts import light_fonts, make_light_fonts
from pipeline.report.style import journal_style
from pipeline.report.wording import Wording

FORMATS = ("svg", "png", "pdf")
BATCH = 8


def save_figures(
    tables: Mapping[str, pd.DataFrame], folder: Path, wordings: Sequence[Wording], only: str = ""
) -> list[Path]:
    """Draw every figure of these tables (or those of the kind `only`) in each language and all formats.

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
    batches = [
        batch
        for kind in ([only] if only else FIGURES)
        if FIGURES[kind].table in tables
        for wording in wordings
        for batch in _batches(kind, FIGURES[kind].source(tables), folder, wording)
    ]
    with TemporaryDirectory() as fonts:
        make_light_fonts(Path(fonts))
        written = Parallel(n_jobs=min(cpu_count(), len(batches) or 1))(
            delayed(_save_batch)(*batch, Path(fonts)) for batch in batches
        )
    return [path for paths in written for path in paths]


def _batches(
    kind: str, table: pd.DataFrame, folder: Path, wording: Wording
) -> Iterator[tuple[str, list[tuple[str, pd.DataFrame]], Path, Wording]]:
    """Yield the figures of a kind in one language, some at a time: each batch carries all labels."""
    figures = list(FIGURES[kind].split(table, wording))
    for start in range(0, len(figures), BATCH):
        yield kind, figures[start : start + BATCH], folder, wording


def _save_batch(
    kind: str,
    figures: Sequence[tuple[str, pd.DataFrame]],
    folder: Path,
    wording: Wording,
    fonts: Path,
) -> list[Path]:
    with journal_style(), light_fonts(fonts):
        saved = [_save_figure(name, rows, folder, kind, wording) for name, rows in figures]
    return [path for paths in saved for path in paths]


def _save_figure(
    name: str, rows: pd.DataFrame, folder: Path, kind: str, wording: Wording
) -> list[Path]:
    """Draw one figure in one language and write it in every format."""
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
