"""What the tests of factor models share: R's values, of the repository and of the shared folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from beside_lavaan import FromR, OrdinalFromR, Shared


@pytest.fixture(scope="session")
def shared(shared_reference: Callable[[str], Path]) -> Callable[[str], Shared]:
    """Return a function that gives the shared values of a topic; skip where they are not there."""

    def read(topic: str) -> Shared:
        values = json.loads(shared_reference(f"values/{topic}.json").read_text())
        return Shared(values, shared_reference)

    return read


def _read(topic: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = Path(__file__).parents[2] / "reference"
    return pd.read_csv(folder / f"{topic}_data.csv"), pd.read_csv(folder / f"{topic}.csv")


@pytest.fixture(scope="session")
def factors_r() -> FromR:
    return FromR(*_read("factors"))


@pytest.fixture(scope="session")
def ordinal_r() -> OrdinalFromR:
    return OrdinalFromR(*_read("factors_ordinal"))
