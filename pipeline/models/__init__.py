"""Room 6, what explains it: the plan's regressions, with errors that respect the organisations."""

from collections.abc import Callable

import numpy as np

from pipeline.models.linear import Fit, fit_ols
from pipeline.models.logistic import fit_logit

ESTIMATORS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, float], Fit]] = {
    "ols": fit_ols,
    "logit": fit_logit,
}
