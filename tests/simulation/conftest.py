"""The survey psi-co drawn from its truth: once with every trouble, and once clean."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.draw import load_ground, simulated_files
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Field:
    """What `psico simulate psi-co --starts 3000` writes, unpacked and read."""

    files: dict[str, bytes]
    text: str
    frame: pd.DataFrame
    record: dict[str, Any]

    @cached_property
    def rows(self) -> list[list[str]]:
        """Cells as they stand in the file, quotes included; no cell holds a comma."""
        return [line.split(",") for line in self.text.split("\r\n")[1:-2]]

    @cached_property
    def header(self) -> list[str]:
        """The columns' names."""
        return [cell.strip('"') for cell in self.text.split("\r\n")[0].split(",")]

    def cells(self, column: str) -> list[str]:
        """Return the cells of a column, quotes included."""
        at = self.header.index(column)
        return [row[at] for row in self.rows]


Draw = Callable[[Options], dict[str, bytes]]


@pytest.fixture(scope="session")
def psi_co() -> Study:
    """Return the study psi-co."""
    return load_study("psi-co", ROOT)


@pytest.fixture(scope="session")
def draw(psi_co: Study) -> Draw:
    """Return a function that draws psi-co."""

    def drawn(options: Options, seed: int | None = None) -> dict[str, bytes]:
        paths = psi_co.paths
        return simulated_files(
            psi_co.questionnaire, psi_co.plan, paths.questionnaire, paths.shown, options, seed
        )

    return drawn


@pytest.fixture(scope="session")
def field(draw: Draw) -> Field:
    """Return about 3,000 interviews with every trouble of the field."""
    files = draw(Options(starts=3000))
    text = gzip.decompress(files["responses.csv.gz"]).decode("utf-8")
    frame = pd.read_csv(pd.io.common.BytesIO(files["frame.csv"]), dtype="str")
    return Field(files, text, frame, json.loads(files["truth.json"]))


@pytest.fixture(scope="session")
def ground(psi_co: Study) -> Ground:
    """Return what a draw of 3,000 organisations stands on."""
    paths = psi_co.paths
    options = Options(organisations=3000, size=100, clean=True)
    return load_ground(psi_co.questionnaire, paths.questionnaire, paths.shown, options)
