"""Standings of organisations and people on every latent, as linear maps of independent normals.

At each level (between and within organisations) the factors have the declared correlations; what
depends on them follows by paths: `latents = normals @ map.T`. A latent's variance between organisations
is its share, and both levels add up to 1. Shares follow from the declared ICCs of observed scores
(`cut_normals.share_for_icc`). A second-order factor has the mean share of its scales; what is specific to a
scale takes the rest, so that `scale = so * factor + sqrt(1 - so^2) * specific` holds at both levels.
The factor that may drive response stands first, so that it needs no normal but the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.core.yaml_text import Location
from pipeline.simulation.cut_normals import score_icc, share_for_icc
from pipeline.simulation.measurement import WISH, Measurement, principles
from pipeline.simulation.truth import Truth

SMALLEST_EIGENVALUE = 1e-8
RESPONSE_DRIVER = "climate"


class ImpossibleTruth(Exception):
    """Numbers that no population can have; `location` is that in the truth file."""

    def __init__(self, location: Location, message: str) -> None:
        self.location, self.message = location, message
        super().__init__(message)


@dataclass(frozen=True)
class Latents:
    """Every latent (L), by name.

    Attributes
    ----------
    between, within : (L, L) maps from independent standard normals to standings.
    effects : (L, L) what a shift of the latent in the column does to the one in the row.
    residual_share : (J,) the share between organisations of what is specific to each rated column.
    """

    names: tuple[str, ...]
    between: np.ndarray
    within: np.ndarray
    effects: np.ndarray
    residual_share: np.ndarray

    def place(self, name: str) -> int:
        """Return where a latent stands."""
        return self.names.index(name)

    @staticmethod
    def apply(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return `rows @ matrix.T`; unlike BLAS, each row is the same whatever others there are."""
        return np.asarray(np.einsum("nk,lk->nl", rows, matrix.astype(rows.dtype)))

    @property
    def covariance(self) -> np.ndarray:
        """(L, L) implied covariances of people's standings before shifts; the diagonal is 1."""
        return self.between @ self.between.T + self.within @ self.within.T


def solve_latents(truth: Truth, measurement: Measurement) -> Latents:
    """Turn declared numbers into the maps that draw from them.

    Raises
    ------
    ImpossibleTruth
        A matrix that is not positive definite, a disturbance without variance, an ICC that cannot be.
    """
    scale_shares = _scale_shares(truth, measurement)
    builder = _Builder(truth, _factor_shares(truth, scale_shares))
    builder.add_endogenous(truth)
    if truth.playbook is not None:
        builder.add_wish(truth, _wish_share(truth, measurement))
    for name, (factor, loading, share) in _second_order(truth, scale_shares).items():
        builder.add_specific(name, factor, loading, share)
    solved = builder.finish()
    residual = _residual_shares(truth, measurement, solved)
    return Latents(solved.names, solved.between, solved.within, solved.effects, residual)


def correlation_matrix(truth: Truth) -> np.ndarray:
    """Return the factors' correlations (K, K) from their lower triangle."""
    rows = truth.factor_correlations.rows
    lower = np.array([[*row, *[0.0] * (len(rows) - len(row))] for row in rows])
    return lower + np.tril(lower, -1).T


def _check_definite(truth: Truth, matrix: np.ndarray) -> None:
    for k in range(1, len(matrix) + 1):
        smallest = np.linalg.eigvalsh(matrix[:k, :k]).min()
        if smallest < SMALLEST_EIGENVALUE:
            name = truth.factor_correlations.order[k - 1]
            raise ImpossibleTruth(
                ("factor_correlations", "rows", k - 1),
                f"factor_correlations: not positive definite from the row of '{name}' on "
                f"(smallest eigenvalue {smallest:.4f})",
            )


def _scale_shares(truth: Truth, measurement: Measurement) -> dict[str, float]:
    """Return each scale's latent share that gives its score the declared ICC(1)."""
    icc: dict[str, tuple[float, Location]] = {
        name: (scale.icc, ("scales", name, "icc")) for name, scale in truth.scales.named.items()
    }
    if truth.playbook is not None:
        for name in principles(truth):
            icc[name] = (truth.playbook.icc_current, ("playbook", "icc_current"))
    shares = {}
    for name, (target, location) in icc.items():
        columns = measurement.scales.get(name, measurement.scales.get(f"{name}_current"))
        assert columns is not None
        share = share_for_icc(measurement.load[columns], measurement.cuts[columns], target)
        if share is None:
            raise ImpossibleTruth(location, f"{name}: no latent gives its score the ICC {target}")
        shares[name] = share
    return shares


def _second_order(truth: Truth, shares: dict[str, float]) -> dict[str, tuple[str, float, float]]:
    """Return factor, loading and share of every scale that measures a second-order factor."""
    found = {
        name: (scale.factor, scale.so, shares[name])
        for name, scale in truth.scales.named.items()
        if scale.so is not None
    }
    if truth.playbook is not None:
        factor = str(truth.playbook.second_order["factor"])
        found |= {name: (factor, so, shares[name]) for name, so in principles(truth).items()}
    return found


def _factor_shares(truth: Truth, scale_shares: dict[str, float]) -> dict[str, float]:
    """Return the share of each exogenous factor: the mean of those of what measures it."""
    measured: dict[str, list[float]] = {name: [] for name in truth.factor_correlations.order}
    factors = {name: scale.factor for name, scale in truth.scales.named.items()}
    factors |= {name: factor for name, (factor, *_) in _second_order(truth, scale_shares).items()}
    for name, factor in factors.items():
        measured.setdefault(factor, []).append(scale_shares[name])
    if truth.partners is not None:
        measured.setdefault(truth.partners.factor, []).append(truth.partners.icc)
    for k, name in enumerate(truth.factor_correlations.order):
        if not measured[name]:
            raise ImpossibleTruth(
                ("factor_correlations", "order", k), f"{name}: no scale measures this factor"
            )
    return {name: float(np.mean(measured[name])) for name in truth.factor_correlations.order}


def _wish_share(truth: Truth, measurement: Measurement) -> float:
    """Return the wish factor's share: the principles' desired scores have the declared mean ICC(1)."""
    from scipy.optimize import brentq

    assert truth.playbook is not None
    target = truth.playbook.icc_desired
    scales = [measurement.scales[f"{name}_desired"] for name in principles(truth)]

    def off(share: float) -> float:
        each = [score_icc(measurement.load[c], measurement.cuts[c], share) for c in scales]
        return float(np.mean(each)) - target

    if off(1.0) < 0:
        raise ImpossibleTruth(
            ("playbook", "icc_desired"), f"playbook: no wish factor gives the ICC {target}"
        )
    return float(brentq(off, 0.0, 1.0, xtol=1e-10))


def _residual_shares(truth: Truth, measurement: Measurement, latents: Latents) -> np.ndarray:
    """Return (J,) shares of residuals: above 0 only for single items with an ICC of their own."""
    result = np.zeros(len(measurement.columns))
    for k, column in enumerate(measurement.columns):
        if column.icc is None:
            continue
        one, cuts = np.ones(1), measurement.cuts[[k]]
        share = column.icc if column.of_propensity else share_for_icc(one, cuts, column.icc)
        at = latents.place(column.factor)
        own = float((latents.between[at] ** 2).sum())
        rest = 1 - column.load**2
        found = np.nan if share is None else (share - column.load**2 * own) / max(rest, 1e-12)
        if not 0 <= found <= 1:
            raise ImpossibleTruth(
                _single_location(truth, column.item),
                f"{column.item}: the ICC {column.icc} does not go with a loading of {column.load} on "
                f"'{column.factor}'",
            )
        result[k] = found
    return result


def _single_location(truth: Truth, item: str) -> Location:
    if item in truth.gov_mode:
        return ("gov_mode", item, "icc")
    prefix = next((each for each in truth.instruments if item.startswith(each)), None)
    return ("instruments", prefix, "icc") if prefix else ("partners", "icc")


class _Builder:
    """Adds latents one by one; each row of a map is that of what it depends on, plus its own normal."""

    def __init__(self, truth: Truth, shares: dict[str, float]) -> None:
        correlations, order = correlation_matrix(truth), truth.factor_correlations.order
        _check_definite(truth, correlations)
        self.names = sorted(order, key=lambda name: name != RESPONSE_DRIVER)
        first = [order.index(name) for name in self.names]
        root = np.linalg.cholesky(correlations[np.ix_(first, first)])
        share = np.array([shares[name] for name in self.names])
        self.maps = {
            "between": [*(np.sqrt(share)[:, None] * root)],
            "within": [*(np.sqrt(1 - share)[:, None] * root)],
        }
        self.effects = [*np.eye(len(share))]

    def add(
        self, name: str, coefficients: dict[str, float], share: float, location: Location
    ) -> None:
        """Add a latent of variance 1, of which `share` lies between organisations."""
        at, n = [self.names.index(each) for each in coefficients], len(self.names)
        weights = np.array(list(coefficients.values()))
        for level, variance in (("between", share), ("within", 1 - share)):
            rows = _square(self.maps[level], n)
            explained = weights @ rows[at]
            left = variance - float(explained @ explained)
            if left <= 0:
                where = f"{level} organisations"
                of_share = ("structural_latent", "icc_endogenous", name)
                between = level == "between" and location[0] == "structural_latent"
                raise ImpossibleTruth(
                    of_share if between else location,
                    f"{name}: what it depends on has variance {variance - left:.3f} {where}, "
                    f"which leaves nothing of {variance:.3f}",
                )
            self.maps[level].append(np.append(explained, np.sqrt(left)))
        self.effects.append(np.append(weights @ _square(self.effects, n)[at], 1.0))
        self.names.append(name)

    def add_endogenous(self, truth: Truth) -> None:
        for name, coefficients in truth.structural_latent.paths.items():
            share = truth.structural_latent.icc_endogenous[name]
            self.add(name, dict(coefficients), share, ("structural_latent", name))

    def add_wish(self, truth: Truth, share: float) -> None:
        assert truth.playbook is not None
        factor = str(truth.playbook.second_order["factor"])
        correlation = truth.playbook.desired_general.corr_with_playbook
        location = ("playbook", "desired_general", "corr_with_playbook")
        self.add(WISH, {factor: correlation}, share, location)

    def add_specific(self, name: str, factor: str, loading: float, share: float) -> None:
        in_scales = not name.startswith("playbook_")
        location = ("scales", name, "icc") if in_scales else ("playbook", "icc_current")
        self.add(name, {factor: loading}, share, location)

    def finish(self) -> Latents:
        n = len(self.names)
        between, within = (_square(self.maps[level], n) for level in ("between", "within"))
        effects = _square(self.effects, n)
        return Latents(tuple(self.names), between, within, effects, np.zeros(0))


def _square(rows: list[np.ndarray], n: int) -> np.ndarray:
    """Return rows (each as long as it needs) as an (n, n) matrix."""
    return np.array([np.pad(row, (0, n - len(row))) for row in rows])
