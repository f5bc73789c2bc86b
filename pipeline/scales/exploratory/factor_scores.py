"""Scores of people on factors."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.extract import require_positive_definite
from pipeline.scales.exploratory.model import Exploratory

ScoreMethod = Literal["regression", "bartlett", "ten_berge"]


def factor_scores(
    items: np.ndarray, r: np.ndarray, model: Exploratory, method: ScoreMethod
) -> np.ndarray:
    """Return the score of each person on each factor, (n, m); NaN for those with a missing answer.

    Parameters
    ----------
    items : (n, k) answers, standardised by mean and sd (n - 1) of the complete rows. r : (k, k) the
        correlations that `model` was made of. method : see `score_weights`.

    Notes
    -----
    R: `psych::factor.scores(x, fa, method = "Thurstone" | "Bartlett" | "tenBerge")`.
    """
    complete = ~np.isnan(items).any(axis=1)
    x = items[complete]
    if len(x) < 2:
        raise Finding("too_few_people", f"{len(x)} people answered every item; 2 are needed")
    scores = np.full((len(items), model.loadings.shape[1]), np.nan)
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    scores[complete] = z @ score_weights(r, model, method)
    return scores


def score_weights(r: np.ndarray, model: Exploratory, method: ScoreMethod) -> np.ndarray:
    """Return the weight of each standardised item in each factor score, (k, m).

    `regression` predicts the factor best (Thurstone 1935), `bartlett` is unbiased (Bartlett 1937),
    `ten_berge` keeps the factors' correlations (ten Berge et al. 1999).

    Raises
    ------
    Finding : collinear_items (r is not positive definite), heywood_case (`bartlett`, which divides by
        uniquenesses).
    """
    if method == "bartlett":
        return _bartlett(model)
    require_positive_definite(r)
    if method == "regression":
        return np.asarray(np.linalg.solve(r, model.structure))
    root = _power(model.factor_correlations, 0.5)
    loadings = model.loadings @ root
    middle = _power(loadings.T @ np.linalg.solve(r, loadings), -0.5)
    return np.asarray(np.linalg.solve(r, loadings) @ middle @ root)


def _bartlett(model: Exploratory) -> np.ndarray:
    if model.heywood or (model.uniquenesses <= 0).any():
        raise Finding("heywood_case", "an item without uniqueness has no weight", model.heywood)
    weighted = model.loadings / model.uniquenesses[:, None]
    return np.asarray(weighted @ np.linalg.inv(model.loadings.T @ weighted))


def _power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Return the symmetric power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)
