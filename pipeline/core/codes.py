"""Something looked up for the code in each cell: once a code, not once a cell."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import numpy as np
import pandas as pd


def by_code(
    cells: pd.Series, values: Mapping[str, Any], *, other: Any, absent: Any, dtype: type[np.generic]
) -> np.ndarray:
    """Return (n,) the value of the code in each cell, `other` for codes without, `absent` for none.

    >>> by_code(pd.Series(["a", "b", None]), {"a": 1}, other=0, absent=-1, dtype=np.int8)
    array([ 1,  0, -1], dtype=int8)
    """
    return _taken(cells, [values.get(code, other) for code in _codes(cells)], absent, dtype)


def is_one_of(cells: pd.Series, codes: Container[str]) -> np.ndarray:
    """Say whether each cell holds one of `codes`: (n,) bool, False for an empty cell."""
    return _taken(cells, [code in codes for code in _codes(cells)], False, np.bool_)


def as_numbers(cells: pd.Series, missing: Container[str]) -> np.ndarray:
    """Return (n,) the numbers that the codes are; NaN for an empty cell and for `missing` codes."""
    numbers = [np.nan if code in missing else float(code) for code in _codes(cells)]
    return _taken(cells, numbers, np.nan, np.float64)


def _codes(cells: pd.Series) -> list[str]:
    return list(cells.astype("category").cat.categories)


def _taken(cells: pd.Series, values: list[Any], absent: Any, dtype: type[np.generic]) -> np.ndarray:
    given: Any = cells.astype("category").array
    return np.asarray(np.array([*values, absent], dtype=dtype)[given.codes])
