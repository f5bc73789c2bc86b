"""Room 4, what it measures: answers counted, scales scored, and how well they measure."""

from collections.abc import Callable

import numpy as np

from pipeline.scales.reliability import Estimate, alpha, alpha_std, average_r

STATISTICS: dict[str, Callable[[np.ndarray, float], Estimate]] = {
    "alpha": alpha,
    "alpha_std": alpha_std,
    "average_r": average_r,
}
