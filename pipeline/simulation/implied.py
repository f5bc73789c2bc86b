"""What a truth implies for the answers of respondents who are attentive and leave nothing out.

Given an organisation's type and a person's level, role and language, everything before rounding is normal.
So means, covariances, alphas and ICCs of rounded answers follow in closed form (`cut_normals`), as a
mixture over these cells. What is selected by an outcome, and outcomes themselves, have no closed
form: they are integrated in `implied_outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.simulation.check_truth import Design
from pipeline.simulation.cut_normals import TERMS, hermite_coefficients, variances
from pipeline.simulation.employers import Employer
from pipeline.simulation.measurement import RatedColumn
from pipeline.simulation.people import control_effects, role_shares, type_effects
from pipeline.simulation.population import MARGINS, Cells, Margins, response_probabilities

RATES = 15


@dataclass(frozen=True)
class Mixture:
    """Kinds of respondents (k): probability, type, codes of language and level, role, shifts (k, L)."""

    weight: np.ndarray
    kind: np.ndarray
    language: np.ndarray
    level: np.ndarray
    role: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class Implied:
    """Moments of rated columns (J), in the construct's direction.

    Attributes
    ----------
    mean, covariance : (J,), (J, J) of answers. between : (J, J) covariance of the answers of two people in
        the same organisation.
    """

    design: Design
    mean: np.ndarray
    covariance: np.ndarray
    between: np.ndarray

    def mean_of(self, column: str) -> float:
        """Return the mean answer in a column, as respondents give it."""
        at = self.design.measurement.position(column)
        return as_given(self.design.measurement.columns[at], float(self.mean[at]))

    def gap(self, item: str) -> float:
        """Return mean desired minus mean current of an item rated twice."""
        return self.mean_of(f"{item}_desired") - self.mean_of(f"{item}_current")

    def correlations(self) -> np.ndarray:
        """Return (J, J) correlations of answers."""
        sd = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(sd, sd))

    def alpha(self, scale: str) -> float:
        """Return Cronbach's alpha of a scale's items."""
        block = self._block(self.covariance, scale)
        k = len(block)
        return float(k / (k - 1) * (1 - np.trace(block) / block.sum()))

    def icc(self, scale: str) -> float:
        """Return the ICC(1) of a scale's mean score."""
        return float(
            self._block(self.between, scale).sum() / self._block(self.covariance, scale).sum()
        )

    def icc_of(self, column: str) -> float:
        """Return the ICC(1) of the answers in a column."""
        at = self.design.measurement.position(column)
        return float(self.between[at, at] / self.covariance[at, at])

    def _block(self, matrix: np.ndarray, scale: str) -> np.ndarray:
        columns = self.design.measurement.scales[scale]
        return matrix[np.ix_(columns, columns)]


def as_given(column: RatedColumn, mean: float) -> float:
    """Return a mean in the construct's direction as respondents give it."""
    return len(column.cuts) + 2 - mean if column.reversed else mean


def respondent_mixture(
    design: Design,
    margins: Margins,
    cells: Cells,
    employers: Sequence[Employer],
    equal: bool,
) -> Mixture:
    """Return the kinds of respondents and how common they are.

    `equal`: every organisation has the same number of them; else they are in proportion to the invited.
    """
    rate = design.truth.organisations.response_rate
    rates = rate.min + (rate.max - rate.min) * (np.arange(RATES) + 0.5) / RATES
    chance = [
        cells.share * response_probabilities(r, cells) / (r if equal else rates.mean())
        for r in rates
    ]
    share = np.mean(chance, axis=0)
    language, level = cells.codes[:, MARGINS.index("LANG")], cells.codes[:, MARGINS.index("LEVEL")]
    pairs = np.zeros((len(margins.codes["LANG"]), len(margins.codes["LEVEL"])))
    np.add.at(pairs, (language, level), share / share.sum())
    roles = role_shares(design.truth.controls, margins.codes["LEVEL"])
    types = sorted({each.type for each in employers})
    size = np.array([1 if equal else each.invited or each.headcount for each in employers])
    of_type = np.array([size[[e.type == t for e in employers]].sum() for t in types]) / size.sum()
    weight = of_type[:, None, None, None] * pairs[None, :, :, None] * roles[None, None]
    kind, language, level, role = (each.ravel() for each in np.indices(weight.shape))
    shift = type_effects(design, [Employer("", t, 1) for t in types])[kind]
    shift = shift + control_effects(design, np.array(margins.codes["LEVEL"])[level], role)
    return Mixture(weight.ravel(), kind, language, level, role, shift)


def implied_moments(design: Design, margins: Margins, mixture: Mixture) -> Implied:
    """Return means and covariances of every rated column."""
    cuts = _shifted_cuts(design, margins, mixture)
    a = hermite_coefficients(cuts)
    weight = mixture.weight
    mean = np.einsum("k,kj->j", weight, a[..., 0])
    total, between = _correlations_before_rounding(design)
    covariance = _mixed(a, weight, total) - np.outer(mean, mean)
    square = variances(cuts) + a[..., 0] ** 2
    np.fill_diagonal(covariance, np.einsum("k,kj->j", weight, square) - mean**2)
    kinds = np.unique(mixture.kind)
    of_kind = np.array([weight[mixture.kind == kind].sum() for kind in kinds])
    per_kind = np.array(
        [
            np.einsum("k,kjm->jm", weight[mixture.kind == kind], a[mixture.kind == kind]) / share
            for kind, share in zip(kinds, of_kind, strict=True)
        ]
    )
    return Implied(
        design, mean, covariance, _mixed(per_kind, of_kind, between) - np.outer(mean, mean)
    )


def _shifted_cuts(design: Design, margins: Margins, mixture: Mixture) -> np.ndarray:
    """Return (k, J, c) cuts as they stand for each kind of respondent."""
    measurement, latents = design.measurement, design.latents
    of = [latents.place(column.latent) for column in measurement.columns]
    shift = mixture.shift[:, of] * measurement.load
    for each in design.truth.noninvariance:
        at = measurement.position(each.item)
        rows = mixture.language == margins.codes["LANG"].index(each.group)
        shift[rows, at] += each.shift / measurement.columns[at].sd
    return np.asarray(measurement.cuts - shift[:, :, None])


def _correlations_before_rounding(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Return (J, J) correlations of one person's values, and of two people's in one organisation."""
    measurement, latents = design.measurement, design.latents
    of = [latents.place(column.latent) for column in measurement.columns]
    load, rest = measurement.load, 1 - measurement.load**2
    total = latents.covariance[np.ix_(of, of)] * np.outer(load, load)
    common = latents.between @ latents.between.T
    between = common[np.ix_(of, of)] * np.outer(load, load)
    between += np.diag(rest * latents.residual_share)
    playbook = design.truth.playbook
    for k, column in enumerate(measurement.columns):
        if column.twin and playbook is not None:
            at = measurement.position(column.twin)
            tie = playbook.residual_corr_same_item * np.sqrt(rest[k] * rest[at])
            total[k, at] += tie
            total[at, k] += tie
    return total, between


def _mixed(a: np.ndarray, weight: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Return (J, J) means of products of answers: mixture of Mehler's series."""
    result, power = np.zeros_like(rho), np.ones_like(rho)
    for m in range(TERMS + 1):
        result += power * ((a[..., m] * weight[:, None]).T @ a[..., m])
        power = power * rho
    return np.asarray(result)
