"""Whether people of different groups with the same rest of the scale answer an item differently."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.multiplicity import holm
from pipeline.core.variance import varies
from pipeline.scales.factors.fit_indices import ChiSquare, chi_square
from pipeline.scales.factors.ordered_logit import ordered_logit

NO_TEST = ChiSquare(np.nan, 0, np.nan)


@dataclass(frozen=True)
class Dif:
    """Differential functioning of one item, from `n` people who answered the whole scale.

    Attributes
    ----------
    uniform : the test that groups differ by the same everywhere. total : that they differ at all, by
        groups and by groups x rest. r2_change : McFadden's R2 of the latter model less that of the rest
        alone. p_adjusted : Holm's over the scale's items. flagged : small p and large change.
        finding : why there is no test, where there is none.
    """

    n: int
    uniform: ChiSquare
    total: ChiSquare
    r2_change: float
    p_adjusted: float = np.nan
    flagged: bool = False
    finding: Finding | None = None


def dif_of_items(
    values: np.ndarray, groups: np.ndarray, most_p: float, least_change: float
) -> list[Dif]:
    """Return DIF of every item of a scale by ordinal logistic regression.

    Parameters
    ----------
    values : (n, p) answers, reversed items turned; rows with a missing one are left out, for the rest score
        (the mean of the other items) must be of the same items for all. groups : (n,) int, -1 for none.
        most_p, least_change : an item is flagged when Holm's p of the total test is below the first and the
        change of McFadden's R2 at least the second. Unweighted; people are taken as independent.

    Notes
    -----
    Zumbo (1999). R: `MASS::polr` of the item on rest, rest + group, rest * group; `lordif::lordif`.
    """
    used = (groups >= 0) & ~np.isnan(values).any(axis=1)
    x, g = values[used], np.unique(groups[used], return_inverse=True)[1]
    found = [item_dif(x[:, i], np.delete(x, i, axis=1).mean(axis=1), g) for i in range(x.shape[1])]
    adjusted = holm([each.total.p_value for each in found])
    return [
        replace(
            each,
            p_adjusted=float(p),
            flagged=bool(p < most_p and each.r2_change >= least_change),
        )
        for each, p in zip(found, adjusted, strict=True)
    ]


def item_dif(answer: np.ndarray, rest: np.ndarray, groups: np.ndarray) -> Dif:
    """Return the tests of one item; `groups` are numbered from 0, all present, as `answer` is complete."""
    n, count = len(answer), int(groups.max(initial=-1)) + 1
    if count < 2 or not (varies(answer) and varies(rest)):
        text = "DIF needs two groups, an item that varies, and a rest that does"
        finding = Finding("too_few_groups" if count < 2 else "constant_item", text)
        return Dif(n, NO_TEST, NO_TEST, np.nan, finding=finding)
    z = (rest - rest.mean()) / rest.std()
    member = (groups[:, None] == np.arange(1, count)).astype(float)
    try:
        nothing, alone, uniform, total = (
            ordered_logit(answer, np.column_stack(parts)).log_likelihood
            for parts in (
                (np.empty((n, 0)),),
                (z,),
                (z, member),
                (z, member, member * z[:, None]),
            )
        )
    except Finding as finding:
        return Dif(n, NO_TEST, NO_TEST, np.nan, finding=finding)
    return Dif(
        n,
        chi_square(2 * (uniform - alone), count - 1),
        chi_square(2 * (total - alone), 2 * (count - 1)),
        (total - alone) / -nothing,
    )
