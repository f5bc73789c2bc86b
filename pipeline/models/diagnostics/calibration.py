"""Whether what a model predicts comes true: people in order of their prediction, in groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """People grouped by what is predicted of them; (m,) each.

    Attributes
    ----------
    n : people. predicted : mean prediction. observed : mean outcome. variance : of that mean, were the
        predictions right.
    """

    n: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray
    variance: np.ndarray

    @property
    def statistic(self) -> float:
        """Return the sum over groups of (observed - predicted)^2 / variance."""
        return float((((self.observed - self.predicted) ** 2) / self.variance).sum())

    @property
    def df(self) -> int:
        """Return the degrees of freedom of its chi-square where parameters were fitted to these people."""
        return len(self.n) - 2

    @property
    def p_value(self) -> float:
        """Return the p value that predictions are right; people are taken as independent."""
        from scipy.special import chdtrc

        return float(chdtrc(self.df, self.statistic)) if self.df > 0 else np.nan


def calibration(
    outcome: np.ndarray,
    predicted: np.ndarray,
    variance: np.ndarray | None = None,
    groups: int = 10,
) -> Calibration:
    """Return mean outcomes and predictions in groups of like predictions.

    Parameters
    ----------
    outcome, predicted : (n,), a yes or no and its probability, or a count and its mean. variance : (n,), of
        each count as the model says; without, that of a yes or no of each group's mean probability.
        groups : by quantiles of the prediction; people with the same prediction stay together. No missing
        values, unweighted.

    Notes
    -----
    Hosmer & Lemeshow (1980). R: `ResourceSelection::hoslem.test(y, fitted, g = 10)`.
    """
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, groups + 1)))
    group = np.clip(np.searchsorted(edges, predicted, side="left") - 1, 0, max(len(edges) - 2, 0))
    _, group = np.unique(group, return_inverse=True)
    n = np.bincount(group).astype(float)
    mean, observed = (np.bincount(group, each) / n for each in (predicted, outcome))
    if variance is None:
        return Calibration(n, mean, observed, mean * (1 - mean) / n)
    return Calibration(n, mean, observed, np.bincount(group, variance) / n**2)
