"""What a fit by maximum likelihood gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipeline.models.nonlinear.newton import PersonLikelihood


@dataclass(frozen=True)
class WorkingRows:
    """The weighted least squares problem that a fit solved at its last step, whitened.

    Attributes
    ----------
    design : (m, q), W^(1/2) D of the terms. residual : (m,), W^(1/2) (z - eta). person : (m,) int, the row
        of the data each belongs to: m = n for one index a person, (K - 1) n for ordered answers. design'
        residual is the score, design' design the expected information; CR0 to CR3 follow (R:
        `clubSandwich::vcovCR` on a glm, with its working weights, and their inverse as target).
    """

    design: np.ndarray
    residual: np.ndarray
    person: np.ndarray


@dataclass(frozen=True)
class Estimate:
    """Estimates of q parameters from n rows.

    Attributes
    ----------
    kind : the estimator. vector : (q,) estimates, those of the design's columns at `slopes`.
    covariance : (q, q), the inverse of the observed information. log_likelihood. scores : (n, q), each
        row's part of the gradient (times its weight); they add up to 0. working : see there; without the
        size of counts, which is last in `vector` and held fixed. slopes : (k,) int, where the columns of
        the design stand in `vector`. likelihood : whose maximum this is. findings : what is at a bound.
    """

    kind: str
    vector: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    scores: np.ndarray
    working: WorkingRows
    slopes: np.ndarray
    likelihood: PersonLikelihood
    findings: tuple[str, ...] = field(default=())
