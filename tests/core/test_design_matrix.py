"""Terms of a regression from columns of a frame."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.design_matrix import design_matrix, redundant_columns


def test_codes_that_nobody_gave_have_no_column() -> None:
    role = pd.Categorical(["b", "c", "b"], ["a", "b", "c"])
    terms, columns = design_matrix(pd.DataFrame({"x": [1, 2, 3], "role": role}), ["x", "role"])
    assert terms == ["intercept", "x", "role=c"]
    assert columns.tolist() == [[1, 1, 0], [1, 2, 1], [1, 3, 0]]


def test_columns_that_follow_from_others_are_found() -> None:
    one, x = np.ones(6), np.arange(6.0)
    assert redundant_columns(np.column_stack([one, x, 2 * x - 3, x**2])) == [2]
    assert redundant_columns(np.column_stack([one, 0 * x, x])) == [1]
    assert redundant_columns(np.column_stack([one, x])) == []


def test_more_columns_than_rows_are_redundant() -> None:
    assert redundant_columns(np.array([[1.0, 2, 3], [1, 3, 5]])) == [2]
