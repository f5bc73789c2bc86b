"""Columns of a frame as the terms of a regression."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd


def design_matrix(frame: pd.DataFrame, predictors: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Return the names and columns, (n, k), of the intercept and the predictors.

    A categorical column gives an indicator `<name>=<code>` for each code that occurs but the first.
    """
    terms, columns = ["intercept"], [np.ones(len(frame))]
    for name in predictors:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            used = values.cat.remove_unused_categories()
            for code in used.cat.categories[1:]:
                terms.append(f"{name}={code}")
                columns.append((used == code).to_numpy(dtype=float))
        else:
            terms.append(name)
            columns.append(values.to_numpy(dtype=float))
    return terms, np.column_stack(columns)


def standardise(scores: pd.DataFrame, scored: Collection[str]) -> pd.DataFrame:
    """Return the scores with the columns in `scored` as z-scores: grand mean, SD (n - 1)."""
    z = scores.copy()
    for name in scored:
        z[name] = (scores[name] - scores[name].mean()) / scores[name].std()
    return z


def redundant_columns(design: np.ndarray) -> list[int]:
    """Return the positions of columns of (n, k) that follow from those before them."""
    size = np.sqrt((design**2).sum(axis=0))
    scaled = design / np.where(size > 0, size, 1)
    if len(scaled) < scaled.shape[1]:
        scaled = np.vstack([scaled, np.zeros((scaled.shape[1] - len(scaled), scaled.shape[1]))])
    r = np.linalg.qr(scaled, mode="r")
    return [k for k, each in enumerate(np.abs(np.diag(r))) if each < 1e-9]
