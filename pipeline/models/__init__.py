"""Room 6, what explains it: the plan's regressions, with errors that respect the organisations."""

from pipeline.models.fitted import Estimator
from pipeline.models.linear import fit_fixed, fit_ols
from pipeline.models.mixed import fit_mixed
from pipeline.models.nonlinear.estimators import logit, negative_binomial, ordered_logit

ESTIMATORS: dict[str, Estimator] = {
    "ols": fit_ols,
    "fixed": fit_fixed,
    "mixed": fit_mixed,
    "logit": logit,
    "ologit": ordered_logit,
    "negbin": negative_binomial,
}
