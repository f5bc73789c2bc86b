"""How strong a cause that was not measured would have to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EValue:
    """As risk ratios: of the estimate, and of the end of its interval that is nearest to no effect."""

    estimate: float
    limit: float


def e_value(estimate: float, low: float, high: float, scale: str) -> EValue:
    """Return the E-value of an estimate and of the limit of its interval that is nearest to none.

    The least strength of association, as a risk ratio, that a cause not measured would need with both
    predictor and outcome to explain the estimate away: RR + sqrt(RR (RR - 1)), with RR below 1 inverted.

    Parameters
    ----------
    estimate, low, high : on the scale of the coefficient. scale : `odds_common`, a log odds ratio of an
        outcome that is not rare, RR = sqrt(OR); `rate`, a log rate ratio; `standardised`, a difference in
        standard deviations of the outcome, RR = exp(.91 d). Ordered logits have none.

    Returns
    -------
    The limit is 1 where the interval holds no effect.

    Notes
    -----
    VanderWeele & Ding (2017), table 2. R: `EValue::evalues.OR(rare = FALSE)`, `evalues.RR`, `evalues.OLS`.
    """
    factor = {"odds_common": 0.5, "rate": 1.0, "standardised": 0.91}[scale]
    nearest = low if estimate > 0 else high
    beyond = nearest * estimate > 0
    return EValue(
        _from_log_ratio(factor * estimate), _from_log_ratio(factor * nearest) if beyond else 1.0
    )


def _from_log_ratio(log_ratio: float) -> float:
    ratio = float(np.exp(abs(log_ratio)))
    return ratio + float(np.sqrt(ratio * (ratio - 1)))


@dataclass(frozen=True)
class Robustness:
    """Of a coefficient of a linear model.

    Attributes
    ----------
    partial_r2 : share of the outcome's variance, not explained by the rest, that the predictor explains.
    value : share of both what is left of predictor and outcome that a cause not measured would have to
        explain to bring the estimate to zero; value_significant : to make it no longer significant.
    """

    partial_r2: float
    value: float
    value_significant: float


def robustness(t: float, df: float, alpha: float) -> Robustness:
    """Return partial R2 and robustness values of a coefficient by its t and residual degrees of freedom.

    t and df are those of least squares, n - p; errors that know of organisations do not change how much is
    explained. Cinelli & Hazlett (2020), eq. 5 and 8-10. R: `sensemakr::partial_r2`, `robustness_value`.
    """
    from scipy.special import stdtrit

    f = abs(t) / np.sqrt(df)
    critical = float(stdtrit(df - 1, 1 - alpha / 2)) / np.sqrt(df - 1)
    return Robustness(t**2 / (t**2 + df), _value(f), _value(f - critical, f, critical))


def _value(above: float, f: float = 0.0, critical: float = 0.0) -> float:
    """Return the robustness value of Cohen's f less what significance needs.

    Where a confounder of the outcome alone would do more (f above 1 / critical), that is taken.
    """
    if above <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        return float((f**2 - critical**2) / (1 + f**2))
    return float(0.5 * (np.sqrt(above**4 + 4 * above**2) - above**2))
