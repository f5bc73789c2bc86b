"""Rubin's rules: what m analyses of completed answers say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.student import t_quantile, two_sided_p


@dataclass(frozen=True)
class Pooled:
    """What m analyses say of k quantities; arrays are (k,) but for the covariance, (k, k).

    Attributes
    ----------
    estimate : mean of the estimates. std_error, covariance : of the estimate, T = W + (1 + 1/m) B.
    df : of t, after Barnard & Rubin. riv : (1 + 1/m) B / W, the relative increase in variance.
    missing_information : share of the information that is missing (fmi).
    monte_carlo_error : standard deviation of `estimate` over other sets of m imputations, sqrt(B / m).
    m : number of analyses.
    """

    estimate: np.ndarray
    std_error: np.ndarray
    covariance: np.ndarray
    df: np.ndarray
    riv: np.ndarray
    missing_information: np.ndarray
    monte_carlo_error: np.ndarray
    m: int

    @property
    def statistic(self) -> np.ndarray:
        """t: the estimates by their errors; NaN where the error is zero."""
        there = self.std_error > 0
        return np.divide(
            self.estimate, self.std_error, out=np.full(len(self.df), np.nan), where=there
        )

    @property
    def p_value(self) -> np.ndarray:
        """Two-sided p values."""
        pairs = zip(self.statistic, self.df, strict=True)
        return np.array([float(two_sided_p(t, df)) for t, df in pairs])

    def interval(self, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends, (k,) each, of the confidence intervals of a level."""
        half = np.array([t_quantile(df, level) for df in self.df]) * self.std_error
        return self.estimate - half, self.estimate + half


def pool(estimates: np.ndarray, covariances: np.ndarray, df: np.ndarray | float) -> Pooled:
    """Pool m analyses by Rubin's rules.

    Parameters
    ----------
    estimates : (m, k). covariances : (m, k, k), each analysis' own, such as CR2; never left to a model that
        knows of no organisations.
    df : (m, k), (k,) or one number: degrees of freedom with nothing missing; infinite is allowed. Those
        of several analyses (Satterthwaite's differ between imputations) are averaged.

    Returns
    -------
    With m = 1 nothing is added: the analysis stands as it is (complete cases).

    Notes
    -----
    Rubin (1987); small-sample degrees of freedom after Barnard & Rubin (1999). R: `mice::pool`.
    """
    estimates, covariances = np.asarray(estimates, float), np.asarray(covariances, float)
    m, k = estimates.shape
    complete = np.broadcast_to(np.asarray(df, float), (m, k)).mean(axis=0)
    within = covariances.mean(axis=0)
    if m == 1:
        zero = np.zeros(k)
        error = np.sqrt(np.diag(within))
        return Pooled(estimates[0], error, within, complete, zero, zero, np.full(k, np.nan), 1)
    between = np.cov(estimates, rowvar=False, ddof=1).reshape(k, k)
    total = within + (1 + 1 / m) * between
    w, b, t = np.diag(within), np.diag(between), np.diag(total)
    riv = np.divide((1 + 1 / m) * b, w, out=np.zeros(k), where=w > 0)
    pooled_df = barnard_rubin(riv / (1 + riv), m, complete)
    information = (riv + 2 / (pooled_df + 3)) / (1 + riv)
    error, monte_carlo = np.sqrt(t), np.sqrt(b / m)
    return Pooled(estimates.mean(axis=0), error, total, pooled_df, riv, information, monte_carlo, m)


def barnard_rubin(share: np.ndarray, m: int, complete: np.ndarray) -> np.ndarray:
    """Return the degrees of freedom (k,) of a pooled t.

    share : (k,) of the total variance that lies between imputations; 0 leaves the degrees of freedom of
    what was observed. complete : (k,) those with nothing missing; infinite for a large sample.
    Barnard & Rubin (1999), eq. 3. R: `mice:::barnard.rubin`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        old = (m - 1) / np.asarray(share, float) ** 2
        observed = np.where(
            np.isinf(complete), np.inf, (complete + 1) / (complete + 3) * complete * (1 - share)
        )
        return 1 / (1 / old + 1 / observed)


def needed_imputations(pooled: Pooled, share: float) -> int:
    """Return how many imputations bring every Monte-Carlo error below `share` of its standard error.

    The variance between imputations is taken as it was found (von Hippel 2020; White, Royston & Wood 2011);
    of few imputations it is itself uncertain, so this is asked again after more were made.
    """
    between = pooled.monte_carlo_error**2 * pooled.m
    needed = between / (share * pooled.std_error) ** 2
    return int(np.nanmax(np.ceil(needed), initial=1))
