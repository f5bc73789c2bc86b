"""What the tests of exploratory factors share: R's matrices, and the Big Five."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest


@dataclass(frozen=True)
class Case:
    """A drawn data set with R's values of it."""

    items: np.ndarray
    values: pd.Series
    n_factors: int

    @property
    def r(self) -> np.ndarray:
        return np.corrcoef(self.items, rowvar=False)

    def matrix(self, name: str, rows: int) -> np.ndarray:
        cells = [[f"{name}_{i + 1}_{j + 1}" for j in range(self.n_factors)] for i in range(rows)]
        return np.array([[self.values[cell] for cell in row] for row in cells])


@pytest.fixture(scope="session")
def case(from_r) -> Callable[[str], Case]:
    def read(name: str) -> Case:
        data, expected = from_r("efa")
        items = data[data["case"] == name].drop(columns="case").dropna(axis=1).to_numpy(float)
        n_factors = {"three": 3, "two": 2, "one": 1}[name]
        return Case(items, expected.loc[name].dropna(), n_factors)

    return read


@dataclass(frozen=True)
class BigFive:
    """Complete answers to 25 items, and psych's values of them."""

    items: np.ndarray
    values: dict[str, Any]

    @property
    def r(self) -> np.ndarray:
        return np.corrcoef(self.items, rowvar=False)

    def matrix(self, of: str, name: str) -> np.ndarray:
        return np.array(self.values[of][name]["values"])


@pytest.fixture(scope="session")
def big_five(shared_reference) -> BigFive:
    values = json.loads(shared_reference("values/efa.json").read_text())
    items = values["fa5_minres_none_complete"]["loadings"]["rownames"]
    answers = pd.read_csv(shared_reference("data/bfi.csv"))[items].dropna()
    return BigFive(answers.to_numpy(dtype=float), values)


def _matched(
    loadings: np.ndarray, phi: np.ndarray, to: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    likeness = loadings.T @ to / np.linalg.norm(loadings, axis=0)[:, None]
    order = np.abs(likeness).argmax(axis=0)
    assert sorted(order) == list(range(to.shape[1]))
    sign = np.sign(likeness[order, range(to.shape[1])])
    return loadings[:, order] * sign, phi[np.ix_(order, order)] * np.outer(sign, sign)


@pytest.fixture(scope="session")
def matched() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Return loadings and factor correlations in the order and with the signs of other loadings."""
    return _matched
