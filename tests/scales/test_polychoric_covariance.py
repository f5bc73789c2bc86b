"""The covariance of thresholds and polychoric correlations.

Tolerances: 1e-6 relative to the largest value against lavaan, whose correlations stop at 4e-8.
Simulation: 15 % of a variance from 600 draws, whose own error is 6 %.
"""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.scales.polychoric import polychoric
from pipeline.scales.polychoric_covariance import PolychoricCovariance, polychoric_covariance


def of(codes: np.ndarray) -> PolychoricCovariance:
    return polychoric_covariance(codes, polychoric(codes))


@pytest.mark.parametrize("case", ["mixed", "five_points", "binary", "missing"])
def test_agrees_with_lavaan(from_r, case: str) -> None:
    data, expected = from_r("polychoric")
    codes = data.loc[data["case"] == case].drop(columns="case").dropna(axis=1, how="all")
    r = expected.loc[case].dropna()
    found = of(codes.to_numpy(dtype=float))
    p = len(found.covariance)
    rows, columns = np.triu_indices(p)
    names = [f"gamma_{i + 1}_{j + 1}" for i, j in zip(rows, columns, strict=True)]
    gamma = r[names].to_numpy()
    agrees(
        "polychoric covariance",
        found.covariance[rows, columns],
        gamma,
        reference="lavaan",
        abs=1e-6 * gamma.max(),
    )
    agrees(
        "polychoric covariance: covariance",
        found.covariance,
        found.covariance.T,
        reference="lavaan",
        rel=1e-6,
        abs=1e-12,
    )
    errors = r[[f"error_{i + 1}" for i in range(p)]].to_numpy()
    k = codes.shape[1]
    cuts = np.concatenate(found.threshold_errors)
    ours = np.concatenate([cuts, found.correlation_errors[np.triu_indices(k, 1)]])
    agrees("polychoric covariance", ours, errors, reference="lavaan", rel=1e-6)
    assert (found.correlation_errors == found.correlation_errors.T).all()


def test_a_threshold_by_hand() -> None:
    """The variance of a threshold is P(1 - P) / (n phi^2)."""
    codes = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [35, 15, 15, 35], axis=0)
    found = of(codes)
    assert found.covariance[0, 0] == pytest.approx(0.25 * 2 * np.pi)
    assert found.threshold_errors[0] == pytest.approx([np.sqrt(0.25 * 2 * np.pi / 100)])


def test_is_the_spread_over_samples() -> None:
    generator = np.random.default_rng(20261121)
    truth = np.array([[1, 0.6, 0.3], [0.6, 1, 0.5], [0.3, 0.5, 1]])
    cuts = ([-0.8, 0.6], [0.2], [-1, 0, 1])
    n, estimates, gammas = 400, [], []
    for _ in range(600):
        latent = generator.multivariate_normal(np.zeros(3), truth, size=n)
        codes = np.column_stack([np.digitize(latent[:, j], cuts[j]) for j in range(3)])
        found = polychoric(codes)
        rho = found.correlations[np.triu_indices(3, 1)]
        estimates.append(np.concatenate([*found.thresholds, rho]))
        gammas.append(polychoric_covariance(codes, found).covariance)
    spread = n * np.cov(np.array(estimates), rowvar=False)
    mean = np.mean(gammas, axis=0)
    assert np.diag(spread) == pytest.approx(np.diag(mean), rel=0.15)
    scale = np.sqrt(np.outer(np.diag(mean), np.diag(mean)))
    assert spread / scale == pytest.approx(mean / scale, abs=0.15)


def test_blocks_of_people_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.scales import polychoric_covariance as module

    codes = np.random.default_rng(1).integers(0, 3, size=(100, 3))
    whole = of(codes).covariance
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 7)
    assert of(codes).covariance == pytest.approx(whole, abs=1e-12)


def test_people_without_any_answer_do_not_count() -> None:
    codes = np.random.default_rng(1).integers(0, 3, size=(100, 3))
    more = np.vstack([codes, np.full((50, 3), -1)])
    found, again = of(codes), of(more)
    assert again.n == found.n == 100
    assert again.covariance == pytest.approx(found.covariance, abs=1e-12)
