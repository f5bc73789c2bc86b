"""How well a model fits, from its test statistic and that of the model without correlations.

Formulas as lavaan 0.6 has them: RMSEA divides by n, not n - 1, and is multiplied by the root of the
number of groups (Steiger 1998). Robust variants: Brosseau-Liard & Savalei (2014), Brosseau-Liard,
Savalei & Li (2012); with missing answers Zhang & Savalei (2023); for ordinal answers Savalei (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RMSEA_LEVEL = 0.90


@dataclass(frozen=True)
class Measured:
    """A statistic with its degrees of freedom; under a true model its mean is `c` times df."""

    statistic: float
    df: float
    c: float = 1.0

    @property
    def excess(self) -> float:
        """Return the statistic less its mean under a true model."""
        return self.statistic - self.c * self.df


@dataclass(frozen=True)
class ChiSquare:
    """A test of fit; `scaling` has divided its statistic, `shift` was then added."""

    statistic: float
    df: int
    p_value: float
    scaling: float = 1.0
    shift: float = 0.0

    @property
    def measured(self) -> Measured:
        """Return the statistic as indices take it."""
        return Measured(self.statistic, self.df)


@dataclass(frozen=True)
class Indices:
    """CFI, TLI, and RMSEA with its 90 % interval."""

    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float


@dataclass(frozen=True)
class Fit:
    """How well a model fits.

    Attributes
    ----------
    sizes : people by group. n_parameters : free ones. chisq : the test; baseline : that of no correlations.
    scaled, baseline_scaled : robust tests, None where not asked for or not defined.
    plain : indices of `chisq`. scaled_indices : of `scaled`. robust : population-consistent variants;
        NaN where there are none.
    srmr : standardised root mean square residual of covariances, and of means where they are modelled
        (Bentler's: residuals over the answers' standard deviations), averaged over groups by n.
    srmr_covariances : of covariances alone. log_likelihood, aic, bic : NaN after least squares.
    """

    sizes: tuple[int, ...]
    n_parameters: int
    chisq: ChiSquare
    baseline: ChiSquare
    scaled: ChiSquare | None
    baseline_scaled: ChiSquare | None
    plain: Indices
    scaled_indices: Indices
    robust: Indices
    srmr: float
    srmr_covariances: float
    log_likelihood: float = np.nan
    aic: float = np.nan
    bic: float = np.nan

    @property
    def n(self) -> int:
        """Return how many people there are in all groups."""
        return sum(self.sizes)


NO_INDICES = Indices(np.nan, np.nan, np.nan, np.nan, np.nan)


def chi_square(statistic: float, df: int, scaling: float = 1.0, shift: float = 0.0) -> ChiSquare:
    """Return the test of a statistic, scaled and shifted; p is NaN without degrees of freedom."""
    from scipy.special import chdtrc

    scaled = statistic / scaling + shift
    p = float(chdtrc(df, max(scaled, 0.0))) if df > 0 else np.nan
    return ChiSquare(scaled, df, p, scaling, shift)


def indices(
    model: Measured,
    baseline: Measured,
    n: int,
    groups: int,
    interval: Measured | None = None,
) -> Indices:
    """Return the indices of a model against its baseline; `interval` has a statistic of its own."""
    if not np.isfinite([model.statistic, model.c, baseline.statistic, baseline.c]).all():
        return NO_INDICES
    low, high = _rmsea_interval(interval or model, n / groups)
    least = max(model.excess, 0.0)
    most = max(model.excess, baseline.excess, 0.0)
    slack = baseline.excess * model.df
    return Indices(
        cfi=1 - least / most if most > 0 else 1.0,
        tli=1 - model.excess * baseline.df / slack if slack else 1.0,
        rmsea=float(np.sqrt(least / model.df / n * groups)) if model.df > 0 else 0.0,
        rmsea_low=low,
        rmsea_high=high,
    )


def _rmsea_interval(model: Measured, n: float) -> tuple[float, float]:
    """Return the 90 % interval by the noncentral chi-square (Browne & Cudeck 1993)."""
    from scipy.special import chdtr, chndtrinc

    if model.df <= 0 or model.c <= 0:
        return 0.0, 0.0
    x, tail = model.statistic / model.c, (1 - RMSEA_LEVEL) / 2
    central = chdtr(model.df, x) if x > 0 else 0.0
    ends = [
        float(chndtrinc(x, model.df, share)) if central > share else 0.0
        for share in (1 - tail, tail)
    ]
    low, high = (float(np.sqrt(model.c * end / (n * model.df))) for end in ends)
    return low, high


def residual_size(
    residual: np.ndarray, deviation: np.ndarray | None, observed: np.ndarray
) -> float:
    """Return the SRMR of one group.

    Parameters
    ----------
    residual : (p, p) covariances observed less implied. deviation : (p,) the same of means, None to
        leave them out. observed : (p,) variances.
    """
    sd = np.sqrt(observed)
    squares = (residual / sd / sd[:, None])[np.tril_indices(len(sd))] ** 2
    if deviation is not None:
        squares = np.concatenate([squares, (deviation / sd) ** 2])
    return float(np.sqrt(squares.mean()))
