"""What the reference tests agree with, kept for the page `docs/validation.md`.

`agrees` checks a number and, in a run with `--validation`, keeps how well it agreed. Such a run rewrites
the page's part on every test file that it ran, and leaves the others; it writes nothing after a failure
or a skip. In any other run, `agrees` fails where the page does not name the comparison.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/validation.md"
GATE = ROOT / "benchmarks/language_gate.csv"
PLANTED = ("CLIM2", "NWWOUT3")
MOST_DIGITS = 15
FILE = re.compile(r"^### `(?P<file>tests/\S+\.py)`$")
HEAD = "| statistic | reference | tolerance | values | digits |"
INTRODUCTION = """\
# What the numbers agree with

Made by the tests (`make validation`); do not edit. Every row is a statistic that a test holds
against something independent of it: the function named, of R's packages or Python's, a published
table, or a count by brute force. The test's file stands above. **Tolerance** is what the test allows
(the reason stands at the top of the file). **Values** is how many numbers were compared, and
**digits** how many of them agreed when this page was made, in the worst of these values: significant
digits of numbers above 1, decimals of those below it; of numbers held to a relative tolerance only,
significant digits. 15 is all there is.

R's values were made by the scripts in `tests/reference`, whose README gives the versions of the
packages; those called shared came with the project's blueprint, from the same versions.
"""


@dataclass
class Comparison:
    """How numbers of one statistic agreed with one reference, over all tests of a file."""

    tolerance: dict[str, float] = field(default_factory=dict)
    values: int = 0
    digits: int = MOST_DIGITS

    def add(self, found: np.ndarray, expected: np.ndarray, allowed: dict[str, float]) -> None:
        """Count some more numbers: the loosest tolerance and the fewest digits are told."""
        for name, value in allowed.items():
            self.tolerance[name] = max(value, self.tolerance.get(name, 0.0))
        known = np.isfinite(expected)
        self.values += int(known.sum())
        least = 1.0 if "abs" in allowed else 1e-12
        size = np.maximum(np.abs(expected[known]), least)
        off = np.abs(found[known] - expected[known])
        with np.errstate(divide="ignore", invalid="ignore"):
            worst = np.where(off > 0, off / size, 0.0).max(initial=10.0**-MOST_DIGITS)
        self.digits = min(self.digits, int(np.floor(-np.log10(worst) + 1e-9)))


Key = tuple[str, str, str]


@dataclass
class Run:
    """What this run of the tests compared, by file, statistic and reference."""

    writes_page: bool = False
    made: dict[Key, Comparison] = field(default_factory=dict)


RUN = Run()


def agrees(
    statistic: str,
    found: ArrayLike,
    expected: ArrayLike,
    *,
    reference: str,
    rel: float | None = None,
    abs: float | None = None,
) -> None:
    """Check numbers against a reference's, as `pytest.approx`; NaN equals NaN.

    Parameters
    ----------
    statistic : what it is, in the field's words. reference : what it is held against, as a reader
        would find it: `psych::alpha`, `Cinar et al. 2019, table 2`, `every permutation`.
    rel, abs : the tolerances; both absent for equality.
    """
    ours, theirs = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    given = {"rel": rel, "abs": abs}
    allowed = {name: size for name, size in given.items() if size is not None} or {"abs": 0.0}
    assert ours == pytest.approx(theirs, nan_ok=True, **allowed), f"{statistic}: {reference}"
    key = (_test_file(), statistic, reference)
    RUN.made.setdefault(key, Comparison()).add(np.atleast_1d(ours), np.atleast_1d(theirs), allowed)
    if not RUN.writes_page:
        assert key in named_on_page(), (
            f"docs/validation.md does not name '{statistic}' beside '{reference}': run "
            f"'pytest --validation {key[0]}'"
        )


def _test_file() -> str:
    return os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]


@lru_cache
def named_on_page() -> frozenset[Key]:
    """Return every comparison that the committed page names."""
    return frozenset(
        (file, *_cells(row)[:2]) for file, rows in _parts(_page_text()).items() for row in rows
    )


def write_page(files: Iterable[str]) -> None:
    """Rewrite the page's parts on some test files; those of files that are gone go too."""
    parts = {file: rows for file, rows in _parts(_page_text()).items() if (ROOT / file).is_file()}
    parts = {file: rows for file, rows in parts.items() if file not in set(files)}
    for (file, statistic, reference), each in sorted(RUN.made.items(), key=_by_name):
        parts.setdefault(file, []).append(_row(statistic, reference, each))
    PAGE.write_text("\n".join(_lines(parts)) + "\n", encoding="utf-8")


def _by_name(made: tuple[Key, Comparison]) -> tuple[str, str, str]:
    file, statistic, reference = made[0]
    return file, statistic.casefold(), reference


def _row(statistic: str, reference: str, each: Comparison) -> str:
    names = {"rel": "relative", "abs": "absolute"}
    sizes = {name: each.tolerance.get(kind) for kind, name in names.items()}
    said = [f"{size:.0e} {name}" for name, size in sizes.items() if size]
    tolerance = ", ".join(said).replace("e-0", "e-") or "equal"
    return f"| {statistic} | {reference} | {tolerance} | {each.values} | {each.digits} |"


def _lines(parts: dict[str, list[str]]) -> Iterator[str]:
    yield INTRODUCTION.rstrip("\n")
    folder = ""
    for file in sorted(parts):
        parent = Path(file).parent.relative_to("tests").as_posix()
        if parent != folder:
            folder = parent
            yield from ("", f"## {folder}")
        yield from ("", f"### `{file}`", "", HEAD, "|---|---|---|---:|---:|", *parts[file])
    yield from _gate_study()


def _gate_study() -> Iterator[str]:
    """Tell what `benchmarks/language_gate.py` found so far."""
    found = pd.read_csv(GATE)
    draws = found["seed"].nunique()
    yield from ("", "## Planted in the simulated survey, and found", "")
    yield f"`benchmarks/language_gate.py`, {draws} draws of the whole survey (22,000 answers each), read,"
    yield "cleaned and sent up the ladder of every scale. In French, CLIM2 was shifted by half a point,"
    yield "NWWOUT3 by -.45; the scale means are then off by .093 and -.108."
    yield from ("", "| item | freed in | bias of the scale mean | its spread over draws |")
    yield "|---|---:|---:|---:|"
    freed = found["freed_items"].fillna("").str.split(";")
    for item in PLANTED:
        own = found[[item in each for each in freed]]
        share, bias = f"{len(own)} of {draws}", own["mean_bias"]
        yield f"| {item} | {share} | {bias.mean():.4f} | {bias.std():.4f} |"
    others = freed.explode()
    most = others[~others.isin([*PLANTED, ""])].value_counts().max()
    yield f"| the most of any other | {0 if pd.isna(most) else most} of {draws} | | |"


def _page_text() -> str:
    return PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""


def _parts(text: str) -> dict[str, list[str]]:
    """Return the rows of each test file."""
    parts: dict[str, list[str]] = {}
    file = ""
    for line in text.splitlines():
        if heading := FILE.match(line):
            file = heading["file"]
        elif line.startswith("## "):
            file = ""
        elif file and line.startswith("| ") and line != HEAD:
            parts.setdefault(file, []).append(line)
    return parts


def _cells(row: str) -> Sequence[str]:
    return [cell.strip() for cell in row.strip("|").split(" | ")]
