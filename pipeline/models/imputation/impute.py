"""Multiple imputation by chained equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.incomplete import Incomplete
from pipeline.models.imputation.categories import impute_category
from pipeline.models.imputation.chain import Chain
from pipeline.models.imputation.layout import Layout, lay_out
from pipeline.models.imputation.numbers import impute_number

ITERATIONS = 5


@dataclass(frozen=True)
class Completed:
    """One completed data set.

    Attributes
    ----------
    values : (n, v) as in the answers; NaN where nothing was asked, or the cell is closed.
    trace : (iterations, targets) mean of the values put in, in standard deviations of those observed:
        chains that have settled show no trend. NaN where nothing was put in.
    """

    values: np.ndarray
    trace: np.ndarray


def impute(
    data: Incomplete,
    seeds: Sequence[np.random.SeedSequence],
    *,
    pooled_below: int = 10,
    iterations: int = ITERATIONS,
) -> list[Completed]:
    """Complete the answers once for each seed.

    Parameters
    ----------
    data : the answers of n people. seeds : one for each imputation, so that the first twenty are the same
        whether or not more are made, and whoever makes them.
    pooled_below : organisations with fewer people share an intercept within their type.
    iterations : rounds over all variables with holes; five as in mice.

    Returns
    -------
    Numbers by predictive mean matching, categories by logistic regressions; organisations are random
    intercepts; a scale's items are predicted from each other, from the means of the other scales (which
    follow the items: Plumpton et al. 2016; Eekhout et al. 2018) and from everything else. Unweighted.

    Raises
    ------
    Finding
        `no_answers`: a variable has no value at all.

    Notes
    -----
    Van Buuren (2018), Flexible imputation of missing data, 2nd ed., 4.5; Rubin (1987) on what the draws
    must hold. R: `mice(method = c("pmm", "logreg"))`, up to the organisations' intercepts.
    """
    layout = lay_out(data, pooled_below)
    return [_complete(data, layout, np.random.default_rng(seed), iterations) for seed in seeds]


def shifted(
    completed: np.ndarray, data: Incomplete, names: Sequence[str], shift: float
) -> np.ndarray:
    """Return completed answers with the imputed cells of some variables moved by `shift`.

    What if those who did not answer would have answered higher or lower than the like of them who did?
    The moved value may leave the range of answers, since it stands for a mean (van Buuren 2018, 3.8.5).
    """
    moved = completed.copy()
    for place in data.columns(names):
        moved[np.isnan(data.values[:, place]), place] += shift
    return moved


def _complete(
    data: Incomplete, layout: Layout, rng: np.random.Generator, iterations: int
) -> Completed:
    chain = Chain(layout, rng)
    trace = np.full((iterations, len(layout.targets)), np.nan)
    for iteration in range(iterations):
        for target in layout.targets:
            (impute_category if len(target.codes) else impute_number)(chain, target, rng)
        trace[iteration] = [_level(chain, k) for k in range(len(layout.targets))]
        chain.add_up()
    values = np.empty_like(data.values)
    values[layout.order] = chain.values
    values[data.closed & np.isnan(data.values)] = np.nan
    return Completed(values, trace)


def _level(chain: Chain, k: int) -> float:
    """Return the mean of the values put into a target, as its first working column has them."""
    target = chain.layout.targets[k]
    put_in = chain.work[target.fillable, target.columns[0]]
    return float(put_in.mean()) if len(put_in) else np.nan
