"""What goes into an estimator, and the one shape that comes out of every estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pipeline.models.nonlinear.estimate import Estimate


@dataclass(frozen=True)
class Sample:
    """The complete rows of one model; n people, p terms.

    Attributes
    ----------
    outcome : (n,) float. design : (n, p) float of full rank, with its intercept. terms : the p names.
    clusters : (n,) int from 0 without gaps, the outermost organisation, which errors respect.
    units : for a model with random intercepts, (n,) int codes of every level, outermost first, an inner
        unit belonging to one outer unit; empty where only `clusters` matter.
    weights : (n,) positive, or None where everyone counts once.
    """

    outcome: np.ndarray
    design: np.ndarray
    terms: tuple[str, ...]
    clusters: np.ndarray
    units: tuple[np.ndarray, ...] = ()
    weights: np.ndarray | None = None

    @property
    def groups(self) -> int:
        """The number of outermost organisations."""
        return int(self.clusters.max()) + 1 if len(self.clusters) else 0


@dataclass(frozen=True)
class Working:
    """The least-squares problem that a fit ends in: `cluster_robust(**vars(working))` gives its errors.

    At the estimate design' residual = 0, and (design' design)^-1 is the covariance that the model states
    (up to the residual variance for ordinary least squares). A non-linear model gives W^(1/2) X and
    W^(1/2) (z - eta), with Fisher-scoring weights W at convergence; an ordinal one K - 1 rows a person,
    by the symmetric root of each person's block; a model with random intercepts the rows transformed by
    the symmetric root of the inverse of the covariance it implies.

    Attributes
    ----------
    design : (r, p), r rows, in the order of `Fitted.terms`. residual : (r,). clusters : (r,) int from 0
        without gaps. weights : (r,) sampling weights of a weighted least-squares problem, else None:
        working weights are part of the rows.
    """

    design: np.ndarray
    residual: np.ndarray
    clusters: np.ndarray
    weights: np.ndarray | None = None
    target: np.ndarray | None = None


@dataclass(frozen=True)
class Fitted:
    """What every estimator gives; p terms, G organisations.

    An estimator is a function of a `Sample`. It refuses weights that it has no form for (`UserError`),
    and raises `Finding` where the answers leave it without an estimate: `constant_outcome`, `separation`,
    `not_converged`, `collinear_terms`, `too_few_groups`, `too_few_people`.

    Attributes
    ----------
    estimator : its name in `ESTIMATORS`.
    terms : p names: those of the design; thresholds of an ordinal model (which has no intercept) come
        last, `cut1`, `cut2` ...
    estimate : (p,). covariance : (p, p), of the estimates as the model states it, without regard to
        organisations (for random intercepts: with).
    loglik : maximised log likelihood (of REML: the restricted one); NaN where there is none.
    parameters : how many were estimated, variances and dispersion included, as AIC counts them.
    n : people. groups : organisations.
    working : the rows that robust errors are made of.
    scores : (G, p), the sum over an organisation's people of the derivative of the log likelihood (for
        least squares and random intercepts, up to the residual variance) at the estimate; columns add
        up to 0.
    further : numbers of its own, by name: `sigma2`, `tau2` (or one for each level, `tau2_<k>` from the
        outermost, 0), `dispersion`, `r2`, ...
    maximum : the fit by maximum likelihood that it was made of, which bootstraps and leaving organisations
        out go back to; None for the others.
    """

    estimator: str
    terms: tuple[str, ...]
    estimate: np.ndarray
    covariance: np.ndarray
    loglik: float
    parameters: int
    n: int
    groups: int
    working: Working
    scores: np.ndarray
    further: Mapping[str, float] = field(default_factory=dict)
    maximum: Estimate | None = None

    def at(self, term: str) -> int:
        """Return the position of a term."""
        return self.terms.index(term)


Estimator = Callable[[Sample], Fitted]


def cluster_sums(rows: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the sums of rows (r, p) within each of G clusters, (G, p)."""
    groups = int(clusters.max()) + 1 if len(clusters) else 0
    sums = [np.bincount(clusters, rows[:, k], groups) for k in range(rows.shape[1])]
    return np.column_stack(sums) if sums else np.zeros((groups, 0))
