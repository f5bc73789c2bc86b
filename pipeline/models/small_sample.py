"""Errors of a random-intercept model for few organisations: Kenward and Roger, Satterthwaite."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.models.mixed import MixedModel
from pipeline.models.nested_sums import Weighted, between, squares_between


class SmallSample(NamedTuple):
    """Errors of m combinations of coefficients by both methods, (m,) each."""

    std_error: np.ndarray
    df: np.ndarray
    satterthwaite_std_error: np.ndarray
    satterthwaite_df: np.ndarray


def small_sample(model: MixedModel, combination: np.ndarray) -> SmallSample:
    """Return errors and degrees of freedom of combinations of coefficients, (p,) or (m, p).

    Parameters
    ----------
    model : fitted by REML.

    Returns
    -------
    Kenward & Roger (1997): the covariance adjusted for variances that are estimated, their expected
    information; for one contrast t with df = 2 / (h' W h). R: `pbkrtest::vcovAdj`, `Lb_ddf`; lmerTest's
    `ddf = "Kenward-Roger"`. Satterthwaite: the covariance as it is, and the observed information, as
    lmerTest has it; a variance of 0 is taken as known. NaN where the likelihood is not at a maximum.
    """
    parts = _parts(model.weighted, model.ratios)
    phi = np.linalg.inv(model.weighted.cross[:-1, :-1])
    count = len(parts.slopes)
    expected, observed = _information(parts, phi)
    w = np.linalg.pinv(expected, hermitian=True)
    middle = sum(
        w[r, s] * (parts.products[r][s] - parts.slopes[r] @ phi @ parts.slopes[s])
        for r in range(count)
        for s in range(count)
    )
    adjusted = phi + 2 * phi @ middle @ phi
    rows = np.atleast_2d(combination) @ model.pull
    plain = np.einsum("mi,ij,mj->m", rows, phi, rows)
    grown = np.einsum("mi,ij,mj->m", rows, adjusted, rows)
    moved = rows @ phi
    slopes = (
        np.array([np.einsum("mi,ij,mj->m", moved, each, moved) for each in parts.slopes]) / plain
    )
    free = np.append(model.ratios > 0, True)
    seen = observed[np.ix_(free, free)]
    regular = np.linalg.eigvalsh(seen)[0] > 0
    spread = np.linalg.inv(seen) if regular else np.full_like(seen, np.nan)
    inside = slopes[free]
    return SmallSample(
        model.sigma * np.sqrt(grown),
        2 / np.einsum("rm,rs,sm->m", slopes, w, slopes),
        model.sigma * np.sqrt(plain),
        2 / np.einsum("rm,rs,sm->m", inside, spread, inside),
    )


class _Parts(NamedTuple):
    """Traces and products with the derivatives G_r of V by its variances, a person's last; K + 1 of them.

    slopes : X'V^-1 G_r V^-1 X. products : X'V^-1 G_r V^-1 G_s V^-1 X. traces : tr(V^-1 G_r V^-1 G_s).
    forms : y'P G_r P G_s P y.
    """

    slopes: list[np.ndarray]
    products: list[list[np.ndarray]]
    traces: np.ndarray
    forms: np.ndarray


def _information(parts: _Parts, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected and the observed information of the variances."""
    count = len(parts.slopes)
    trace = np.empty((count, count))
    for r in range(count):
        for s in range(count):
            crossed = phi @ parts.slopes[r] @ phi @ parts.slopes[s]
            trace[r, s] = parts.traces[r, s] + np.trace(crossed - 2 * phi @ parts.products[r][s])
    return trace / 2, (parts.forms + parts.forms.T) / 2 - trace / 2


def _parts(weighted: Weighted, ratios: np.ndarray) -> _Parts:
    """Return the parts for the levels and a person, from those for the levels and V itself.

    V = I + sum gamma_k G_k, so what has I in it is what has V in it less the levels' shares.
    """
    levels, p = len(ratios), len(weighted.cross) - 1
    cross = weighted.cross[:p, :p]
    phi = np.linalg.inv(cross)
    estimate = phi @ weighted.cross[:p, p]
    x = [sums[:, :p] for sums in weighted.sums]
    u = [sums[:, p] - sums[:, :p] @ estimate for sums in weighted.sums]
    slopes = [each.T @ each for each in x] + [cross]
    products = [[slopes[k]] * (levels + 1) for k in range(levels + 1)]
    traces, forms = np.empty((2, levels + 1, levels + 1))
    n = weighted.people
    left = float(weighted.cross[p, p] - weighted.cross[:p, p] @ estimate)
    traces[levels, levels], forms[levels, levels] = n, left
    for k in range(levels):
        products[k][levels] = products[levels][k] = slopes[k]
        traces[k, levels] = traces[levels, k] = weighted.own[k].sum()
        forms[k, levels] = forms[levels, k] = u[k] @ u[k]
        for o in range(levels):
            products[k][o] = x[k].T @ between(weighted, k, o, x[o])
            traces[k, o] = squares_between(weighted, k, o)
            moved = between(weighted, k, o, u[o][:, None])[:, 0] - x[k] @ (phi @ (x[o].T @ u[o]))
            forms[k, o] = u[k] @ moved
    change = np.eye(levels + 1)
    change[levels, :levels] = -ratios
    wide = np.array(products)
    return _Parts(
        list(np.einsum("rk,kij->rij", change, np.array(slopes))),
        [list(row) for row in np.einsum("rk,sl,klij->rsij", change, change, wide)],
        change @ traces @ change.T,
        change @ forms @ change.T,
    )
