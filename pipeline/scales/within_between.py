"""Whether scores, and what goes with what, belong to organisations or to people in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.student import two_sided_p
from pipeline.core.variance import varies


@dataclass(frozen=True)
class WithinBetween:
    """One score taken apart: `eta_between`^2 + `eta_within`^2 = 1.

    Attributes
    ----------
    groups, n : organisations and people. e_ratio : eta_between / eta_within; above 1.30 (15 degrees) whole
        organisations, below 0.77 people apart (Dansereau, Alutto & Yammarino 1984). f, p_value : that
        organisations differ more than people; p_within : that people in organisations differ more than
        people, the F turned over.
    """

    groups: int
    n: int
    eta_between: float
    eta_within: float
    e_ratio: float
    f: float
    p_value: float
    p_within: float


def within_and_between(values: np.ndarray, groups: np.ndarray) -> WithinBetween:
    """Return how far a score varies between and within organisations.

    Parameters
    ----------
    values : (n,) scores; NaN rows are left out. groups : (n,) int, -1 for none. Unweighted.

    Raises
    ------
    Finding : no_answers, constant_item, too_few_groups (fewer than two, or none with two people).

    Notes
    -----
    F = e_ratio^2 (n - G) / (G - 1). R: `multilevel::waba`, `summary(aov(y ~ factor(group)))`.
    """
    from scipy.special import fdtr, fdtrc

    y, g, count = _grouped(np.column_stack([values]), groups)
    between = group_means(y, g)[g][:, 0]
    whole = y[:, 0] - y.mean()
    share = float(((between - y.mean()) ** 2).sum() / (whole @ whole))
    eta_between, eta_within = np.sqrt(share), np.sqrt(max(1 - share, 0.0))
    e_ratio = float(eta_between / eta_within) if eta_within > 0 else np.inf
    df1, df2 = count - 1, len(y) - count
    f = e_ratio**2 * df2 / df1
    return WithinBetween(
        count,
        len(y),
        float(eta_between),
        float(eta_within),
        e_ratio,
        f,
        float(fdtrc(df1, df2, f)),
        float(fdtr(df1, df2, f)),
    )


@dataclass(frozen=True)
class CorrelationParts:
    """A correlation of two scores taken apart: r = `between` + `within`.

    Attributes
    ----------
    r : over people. r_between : of the organisations' means, each counted for its people. r_within : of the
        distances to them. between, within : eta_x eta_y r of each kind. z, p_value : Fisher's z that
        r_between and r_within differ, on G - 3 and n - G - 2; NaN for fewer than 4 organisations.
    """

    r: float
    r_between: float
    r_within: float
    between: float
    within: float
    z: float
    p_value: float


def correlation_parts(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> CorrelationParts:
    """Return the correlation between organisations and within them.

    Arguments and Findings as for `within_and_between`; rows with a NaN in either score are left out.
    r_between or r_within is NaN where there is no variance of that kind.

    Notes
    -----
    Dansereau, Alutto & Yammarino (1984). R: `multilevel::waba(x, y, group)`.
    """
    both, g, count = _grouped(np.column_stack([x, y]), groups)
    means = group_means(both, g)[g]
    whole = both - both.mean(axis=0)
    size = float(np.sqrt((whole**2).sum(axis=0).prod()))
    parts = [_part(each, size) for each in (means - both.mean(axis=0), both - means)]
    (between, r_between), (within, r_within) = parts
    z = p_value = np.nan
    if count > 3 and len(both) > count + 2 and max(abs(r_between), abs(r_within)) < 1:
        error = np.sqrt(1 / (count - 3) + 1 / (len(both) - count - 2))
        z = float((np.arctanh(r_between) - np.arctanh(r_within)) / error)
        p_value = float(two_sided_p(z, np.inf))
    return CorrelationParts(
        float(whole[:, 0] @ whole[:, 1]) / size, r_between, r_within, between, within, z, p_value
    )


def _part(each: np.ndarray, size: float) -> tuple[float, float]:
    """Return what deviations (n, 2) add to r, and their own correlation."""
    product = float(each[:, 0] @ each[:, 1])
    own = float(np.sqrt((each**2).sum(axis=0).prod()))
    return product / size, product / own if varies(each).all() else np.nan


def _grouped(values: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return complete rows that belong to a group, the groups renumbered, and how many there are."""
    used = ~np.isnan(values).any(axis=1) & (groups >= 0)
    y, g = values[used], np.unique(groups[used], return_inverse=True)[1]
    if len(y) == 0:
        raise Finding("no_answers", "nobody has a score and an organisation")
    constant = np.flatnonzero(~varies(y))
    if len(constant):
        raise Finding("constant_item", "everybody has the same score", constant)
    count = int(g.max()) + 1
    if count < 2 or len(y) <= count:
        raise Finding(
            "too_few_groups", f"{count} organisations of {len(y)} people hold no comparison"
        )
    return y, g, count


def group_means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the means (G, m) of the columns of (n, m) values by group, 0 .. G - 1, none empty."""
    n = np.bincount(groups)
    return np.column_stack([np.bincount(groups, column) / n for column in values.T])
