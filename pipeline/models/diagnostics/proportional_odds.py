"""Whether the odds are proportional: Brant's test of ordered logits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from pipeline.core.errors import Finding
from pipeline.models.nonlinear.cumulative import fit_logit


@dataclass(frozen=True)
class WaldTest:
    """A Wald test: chi-square, its degrees of freedom and p value."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class Brant:
    """Brant's test: of all columns together, and of each of k, that its slope is the same at every cut.

    Attributes
    ----------
    omnibus. columns : k tests. slopes : (K - 1, k), the slopes of the logits of an answer above each cut.
    """

    omnibus: WaldTest
    columns: tuple[WaldTest, ...]
    slopes: np.ndarray


def brant_test(outcome: np.ndarray, design: np.ndarray) -> Brant:
    """Return Brant's test that slopes are the same at every cut of an ordered answer.

    Parameters
    ----------
    outcome : (n,) whole numbers of three categories or more. design : (n, k) without an intercept. No
        missing values, unweighted. People are taken as independent: within organisations they are not
        quite, which makes p somewhat too small.

    Raises
    ------
    Finding : too_few_values, with two categories; separation and others of `fit_logit`, at a cut.

    Notes
    -----
    Brant (1990). A logit for each cut; logits j <= l covary through the weights P(y > l) (1 - P(y > j)). R:
    `brant::brant(MASS::polr(...))`.
    """
    codes, answer = np.unique(outcome, return_inverse=True)
    cuts, k = len(codes) - 1, design.shape[1]
    if cuts < 2:
        raise Finding("too_few_values", "an answer of two categories has one cut")
    rows = np.column_stack([np.ones(len(design)), design])
    fits = [fit_logit((answer > cut).astype(float), rows) for cut in range(cuts)]
    above = [1 / (1 + np.exp(-rows @ fit.vector)) for fit in fits]
    blocks = np.empty((cuts, k, cuts, k))
    for low, high in combinations_with_replacement(range(cuts), 2):
        shared = (rows * (above[high] * (1 - above[low]))[:, None]).T @ rows
        block = (fits[low].covariance @ shared @ fits[high].covariance)[1:, 1:]
        blocks[low, :, high], blocks[high, :, low] = block, block.T
    covariance = blocks.reshape(cuts * k, cuts * k)
    slopes = np.array([fit.vector[1:] for fit in fits])
    columns = (_equal(slopes[:, [c]], covariance[c::k, c::k]) for c in range(k))
    return Brant(_equal(slopes, covariance), tuple(columns), slopes)


def brant_of_interest(
    outcome: np.ndarray, design: np.ndarray, interest: np.ndarray
) -> tuple[Brant, np.ndarray]:
    """Return Brant's test after leaving out controls that separate a cut, and which columns it is of.

    interest : (k,) bool, columns that are not left out; see `brant_test`. Returns the test of the columns
    kept, (k,) bool.
    """
    kept = np.ones(design.shape[1], dtype=bool)
    while True:
        try:
            return brant_test(outcome, design[:, kept]), kept
        except Finding as finding:
            named = [at - 1 for at in finding.items if at > 0]
            columns = np.flatnonzero(kept)[named]
            if finding.name != "separation" or not len(columns) or interest[columns].any():
                raise
            kept[columns] = False


def _equal(slopes: np.ndarray, covariance: np.ndarray) -> WaldTest:
    """Return the test that rows of slopes (K - 1, m), of a covariance of them all, are the same."""
    from scipy.special import chdtrc

    cuts, m = slopes.shape
    first_less = np.kron(np.column_stack([np.ones((cuts - 1, 1)), -np.eye(cuts - 1)]), np.eye(m))
    apart = first_less @ slopes.ravel()
    spread = first_less @ covariance @ first_less.T
    statistic = float(apart @ np.linalg.solve(spread, apart))
    df = (cuts - 1) * m
    return WaldTest(statistic, df, float(chdtrc(df, max(statistic, 0.0))))
