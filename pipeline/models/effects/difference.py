"""Whether a quantity matters more for one yes or no than for another, asked of the same people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.models.effects.averages import LINKS, average_slope
from pipeline.models.effects.bootstrap import Draws, bootstrap_effects
from pipeline.models.nonlinear.estimate import Estimate

LOGISTIC_VARIANCE = np.pi**2 / 3


def slope_difference(
    logits: tuple[Estimate, Estimate],
    design: np.ndarray,
    column: int,
    clusters: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> Draws:
    """Return the difference of average marginal effects of a column in two logits on the same rows.

    Parameters
    ----------
    logits : both fitted to `design` (n, p). column : which one, in no product. clusters : (n,) int from 0
        without gaps. draws : how often organisations are drawn again, both
        logits being refitted to each draw.

    Returns
    -------
    First minus second: of the effects on the probability; and of the slopes on the latent outcomes, each
    with variance 1, which do not depend on how common either yes is.

    Raises
    ------
    Finding : as `bootstrap_effects`.

    Notes
    -----
    For the second number McKelvey & Zavoina (1975); Breen, Karlson & Holm (2018).
    """
    change = np.eye(design.shape[1])[column]

    def statistic(vectors: Sequence[np.ndarray], times: np.ndarray) -> np.ndarray:
        first, second = vectors
        slopes = [
            average_slope(LINKS["logit"], vector, design, change, times).estimate
            for vector in vectors
        ]
        latent = [latent_slopes(vector, design, times)[column] for vector in (first, second)]
        return np.array([slopes[0] - slopes[1], latent[0] - latent[1]])

    return bootstrap_effects(logits, clusters, statistic, draws, rng, [column])


def latent_slopes(
    vector: np.ndarray, design: np.ndarray, times: np.ndarray | None = None
) -> np.ndarray:
    """Return a logit's slopes on its latent outcome with variance 1, (p,).

    The latent variance is that of the linear predictor, (n - 1), plus pi^2 / 3. R:
    `b / sqrt(var(predict(fit)) + pi^2 / 3)`.
    """
    eta = design @ vector
    weight = np.ones(len(eta)) if times is None else times
    mean = weight @ eta / weight.sum()
    variance = weight @ (eta - mean) ** 2 / (weight.sum() - 1)
    return vector / np.sqrt(variance + LOGISTIC_VARIANCE)
