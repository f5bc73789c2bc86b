"""One estimate and error from several completed data sets (Rubin 1987)."""

from __future__ import annotations

import numpy as np

from pipeline.gaps.difference import MeanError


def pooled_mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over completed data sets (m, T), (T,)."""
    return np.asarray(values.mean(axis=0))


def pooled_error(estimates: np.ndarray, errors: list[MeanError]) -> MeanError:
    """Return the error of the mean of m estimates (m, T), each with an error of its own.

    One completed data set is taken as it is. Variance: mean of the squared errors, plus (1 + 1/m) times
    the variance of the estimates; degrees of freedom of Barnard & Rubin (1999), those of complete data
    being the mean of the m. R: `mice::pool.scalar(Q, U, dfcom)`.
    """
    m = len(errors)
    if m == 1:
        return errors[0]
    within = np.mean([each.std_error**2 for each in errors], axis=0)
    between = (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    complete = np.mean([each.df for each in errors], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = between / (within + between)
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        df = 1 / (share**2 / (m - 1) + 1 / observed)
    groups = np.min([each.groups for each in errors], axis=0)
    return MeanError(groups, np.sqrt(within + between), df)
