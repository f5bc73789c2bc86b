"""3,000 organisations of 100 clean respondents show what the truth implies.

Tolerances are those of truth.yaml; the implied values follow from numbers, not from draws
(`implied.py`), but for what an outcome selects (`implied_outcomes.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from pipeline.simulation.answers import UNSEEN
from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.draw import Simulated, simulate
from pipeline.simulation.implied import (
    Implied,
    implied_moments,
    respondent_mixture,
)
from pipeline.simulation.implied_outcomes import ImpliedOutcomes, implied_outcomes
from pipeline.simulation.population import MARGINS

SIZE = 100
PLANTED_AFTER_ROUNDING = {"CLIM2": ("climate", 0.093), "NWWOUT3": ("nww_output", -0.108)}


@dataclass(frozen=True)
class Clean:
    """The draw, its ratings in the construct's direction (n, J; NaN unseen), and what is implied."""

    ground: Ground
    drawn: Simulated
    ratings: np.ndarray
    implied: Implied
    outcomes: ImpliedOutcomes

    def values(self, column: str) -> np.ndarray:
        """Return (n,) the numbers given in a column; NaN where it was not seen."""
        sheet = self.ground.sheet
        at = sheet.place(column)
        table = np.array([*map(float, sheet.texts[at]), np.nan, np.nan])
        return table[self.drawn.interviews.codes[:, at]]

    def tolerance(self, name: str) -> float:
        """Return a tolerance of the truth file."""
        return self.ground.design.truth.tolerances[name]


@pytest.fixture(scope="module")
def clean(ground: Ground) -> Clean:
    """Draw 300,000 clean interviews."""
    drawn = simulate(ground, Options(organisations=3000, size=SIZE, clean=True), 20261121)
    codes, columns = drawn.interviews.codes, ground.design.measurement.columns
    order = np.argsort(drawn.interviews.organisation, kind="stable")
    ratings = np.empty((len(codes), len(columns)), dtype=np.float32)
    for k, column in enumerate(columns):
        given = codes[order, ground.sheet.place(column.name)].astype(np.float32)
        answers = len(column.cuts) + 1
        given = answers - given if column.reversed else given + 1
        given[codes[order, ground.sheet.place(column.name)] == UNSEEN] = np.nan
        ratings[:, k] = given
    mixture = respondent_mixture(
        ground.design, ground.margins, ground.cells, ground.employers, equal=True
    )
    implied = implied_moments(ground.design, ground.margins, mixture)
    outcomes = implied_outcomes(ground.design, ground.margins, mixture)
    return Clean(ground, drawn, ratings, implied, outcomes)


def everyone(clean: Clean) -> np.ndarray:
    """Return the positions of columns that everybody sees."""
    names = [column.name for column in clean.ground.design.measurement.columns]
    return np.array([k for k, name in enumerate(names) if name not in clean.outcomes.selected])


def icc(scores: np.ndarray) -> float:
    """Return the ICC(1) of scores (groups, people), by analysis of variance."""
    n = scores.shape[1]
    between = n * scores.mean(axis=1).var(ddof=1)
    within = scores.var(axis=1, ddof=1).mean()
    return float((between - within) / (between + (n - 1) * within))


def alpha(covariance: np.ndarray) -> float:
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def test_the_columns_are_all_answered(clean: Clean) -> None:
    assert len(clean.ratings) == 3000 * SIZE
    assert not np.isnan(clean.ratings[:, everyone(clean)]).any()


def test_item_means(clean: Clean) -> None:
    columns = everyone(clean)
    found = clean.ratings[:, columns].mean(axis=0, dtype=float)
    off = np.abs(found - clean.implied.mean[columns])
    assert off.max() < clean.tolerance("mean_abs")


def test_correlations_of_all_items(clean: Clean) -> None:
    columns = everyone(clean)
    found = np.corrcoef(clean.ratings[:, columns], rowvar=False)
    implied = clean.implied.correlations()[np.ix_(columns, columns)]
    assert np.abs(found - implied).max() < clean.tolerance("correlation_abs")


def test_implied_matrices_are_positive_definite(clean: Clean) -> None:
    latents = clean.ground.design.latents
    for matrix in (
        latents.covariance,
        latents.between @ latents.between.T,
        latents.within @ latents.within.T,
        clean.implied.covariance,
    ):
        assert np.linalg.eigvalsh(matrix).min() > 0
    assert np.allclose(np.diag(latents.covariance), 1)


def test_alpha_and_icc_of_every_scale(clean: Clean) -> None:
    declared = clean.ground.design.truth.scales.named
    for scale, columns in clean.ground.design.measurement.scales.items():
        if scale == "diffusion":
            continue
        items = clean.ratings[:, columns]
        found = alpha(np.cov(items, rowvar=False))
        assert found == pytest.approx(clean.implied.alpha(scale), abs=clean.tolerance("alpha_abs"))
        found = icc(items.mean(axis=1, dtype=float).reshape(-1, SIZE))
        implied = clean.implied.icc(scale)
        assert found == pytest.approx(implied, abs=clean.tolerance("icc_abs")), scale
        if scale in declared:
            assert implied == pytest.approx(declared[scale].icc, abs=0.005), scale


def test_icc_of_single_items(clean: Clean) -> None:
    for k, column in enumerate(clean.ground.design.measurement.columns):
        if column.icc is not None:
            found = icc(clean.ratings[:, k].astype(float).reshape(-1, SIZE))
            assert found == pytest.approx(column.icc, abs=clean.tolerance("icc_abs")), column.name


def test_gaps_are_those_of_the_rounded_means(clean: Clean) -> None:
    from scipy.special import ndtr

    playbook = clean.ground.design.truth.playbook
    assert playbook is not None
    steps = np.arange(1, 5) + 0.5
    for item, planted in playbook.items.items():
        means = (
            (planted.current, playbook.sd_current),
            (planted.desired, playbook.sd_desired),
        )
        current, desired = (5 - ndtr((steps - mean) / sd).sum() for mean, sd in means)
        assert clean.implied.gap(item) == pytest.approx(desired - current, abs=1e-6)
        found = clean.values(f"{item}_desired").mean() - clean.values(f"{item}_current").mean()
        assert found == pytest.approx(desired - current, abs=clean.tolerance("gap_abs"))
    gaps = {item: clean.implied.gap(item) for item in playbook.items}
    assert set(sorted(gaps, key=gaps.__getitem__)[-3:]) == set(playbook.largest_gap)
    assert set(sorted(gaps, key=gaps.__getitem__)[:3]) == set(playbook.smallest_gap)


def test_shares_of_partners(clean: Clean) -> None:
    declared = clean.ground.design.truth.partners
    assert declared is not None
    kind = np.array([each.type for each in clean.ground.employers])
    plain = ~np.isin(kind, list(clean.ground.design.truth.org_type_latent_means))
    rows = plain[clean.drawn.interviews.organisation]
    for k in range(8):
        given = clean.values(f"PARTNER{k + 1}")[rows]
        for least, shares in enumerate(
            (declared.p_ge2, declared.p_ge3, declared.p_ge4, declared.p_ge5), 2
        ):
            found = (given >= least).mean()
            assert found == pytest.approx(shares[k], abs=clean.tolerance("proportion_abs"))


def test_outcomes(clean: Clean) -> None:
    implied = clean.outcomes
    for item, share in implied.shares.items():
        found = np.nanmean(clean.values(item))
        assert found == pytest.approx(share, abs=clean.tolerance("proportion_abs")), item
    for item, count in implied.counts.items():
        found = np.nanmean(clean.values(item))
        assert found == pytest.approx(count, rel=clean.tolerance("count_mean_rel")), item
    for item, shares in implied.categories.items():
        for code, share in enumerate(shares, 1):
            found = (clean.values(item) == code).mean()
            assert found == pytest.approx(share, abs=clean.tolerance("proportion_abs")), item


def test_follow_ups_are_asked_of_adopters_alone(clean: Clean) -> None:
    adopted = clean.values("INNOV") == 1
    for column in ("INNPOL", "INNNUM", "INNFIRST", "DIFFUSE1"):
        assert (np.isnan(clean.values(column)) == ~adopted).all()
    assert np.nanmin(clean.values("INNNUM")) == 1
    assert not np.isnan(clean.values("INNSTAGE")).any()


def test_diffusion_among_adopters(clean: Clean) -> None:
    columns = clean.ground.design.measurement.scales["diffusion"]
    items = clean.ratings[:, columns]
    seen = ~np.isnan(items[:, 0])
    implied = clean.outcomes
    off = np.abs(items[seen].mean(axis=0, dtype=float) - implied.selected_mean)
    assert off.max() < clean.tolerance("mean_abs")
    found = alpha(np.cov(items[seen], rowvar=False))
    tolerance = clean.tolerance("alpha_abs")
    assert found == pytest.approx(alpha(implied.selected_covariance), abs=tolerance)
    wanted = implied.selected_between.sum() / implied.selected_covariance.sum()
    groups = [
        scores[~np.isnan(scores)] for scores in items.mean(axis=1, dtype=float).reshape(-1, SIZE)
    ]
    n = np.array([len(group) for group in groups])
    within = sum(((group - group.mean()) ** 2).sum() for group in groups) / (n.sum() - len(n))
    grand = np.concatenate(groups).mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / (len(n) - 1)
    k0 = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
    found = (between - within) / (between + (k0 - 1) * within)
    assert found == pytest.approx(wanted, abs=clean.tolerance("icc_abs"))


def test_portfolio(clean: Clean) -> None:
    for column, mean in clean.outcomes.portfolio.items():
        found = clean.values(column).mean()
        assert found / 100 == pytest.approx(mean / 100, abs=clean.tolerance("proportion_abs"))
    for rating in ("current", "desired"):
        parts = [clean.values(f"{i}_{rating}") for i in ("FACMIS", "FACENH", "FACADA", "FACANT")]
        assert (np.sum(parts, axis=0) == 100).all()


def test_only_two_items_shift_and_only_in_french(clean: Clean) -> None:
    codes = np.array(clean.ground.margins.codes["LANG"])
    order = np.argsort(clean.drawn.interviews.organisation, kind="stable")
    language = codes[clean.drawn.interviews.language[order]]
    columns = clean.ground.design.measurement.columns
    french, dutch = (
        np.nanmean(clean.ratings[language == each], axis=0, dtype=float) for each in ("fr", "nl")
    )
    for k, column in enumerate(columns):
        if column.name in PLANTED_AFTER_ROUNDING:
            scale, shift = PLANTED_AFTER_ROUNDING[column.name]
            n = len(clean.ground.design.measurement.scales[scale])
            found = (french[k] - dutch[k]) / n
            assert found == pytest.approx(shift, abs=0.01)
        else:
            assert abs(french[k] - dutch[k]) < 0.03, column.name


def test_people_are_those_of_the_margins_tilted_by_response(clean: Clean) -> None:
    frame, margins = clean.drawn.frame, clean.ground.margins
    for k, name in enumerate(MARGINS):
        shares = np.bincount(frame.codes[:, k]) / len(frame.codes)
        assert np.abs(shares - margins.shares[name]).max() < 0.005, name
    english = frame.codes[:, 0] == margins.codes["LANG"].index("en")
    levels = np.array(margins.codes["LEVEL"])[frame.codes[:, 1]]
    assert set(levels[english]) == {"A", "B"}
    answered = clean.drawn.interviews.codes[:, clean.ground.sheet.place("LEVEL")]
    among = np.bincount(answered) / len(answered)
    assert among[0] > margins.shares["LEVEL"][0] + 0.03
    assert among[3] < margins.shares["LEVEL"][3] - 0.03
