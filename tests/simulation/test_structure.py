"""Paths between latents and coefficients of outcomes, on the latents that were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.draw import Simulated, simulate
from pipeline.simulation.employers import choose_employers

COEFFICIENT = 0.05  # coef_abs of truth.yaml


@pytest.fixture(scope="module")
def drawn(ground: Ground) -> Simulated:
    """Draw 80,000 clean interviews with their latents; organisations have no type of their own."""
    from dataclasses import replace

    chosen = choose_employers(ground.employers, ground.design.truth, 800, None)
    smaller = replace(ground, employers=chosen)
    options = Options(organisations=800, size=100, clean=True, keep_standings=True)
    return simulate(smaller, options, 5)


def latent(ground: Ground, drawn: Simulated, name: str) -> np.ndarray:
    return drawn.interviews.standings[:, ground.design.latents.place(name)].astype(float)


def given(ground: Ground, drawn: Simulated, column: str) -> np.ndarray:
    at = ground.sheet.place(column)
    return np.array([*ground.sheet.texts[at], "", ""])[drawn.interviews.codes[:, at]]


@pytest.mark.parametrize("name", ["capacity", "iwb", "diffusion"])
def test_paths_between_latents(ground: Ground, drawn: Simulated, name: str) -> None:
    structural = ground.design.truth.structural_latent
    truth = dict(structural.paths[name]) | dict(structural.control_shifts[name])
    terms = [np.ones(len(drawn.interviews.codes))]
    for term in truth:
        if term.startswith("LEVEL_"):
            terms.append(given(ground, drawn, "LEVEL") == term[-1])
        elif term == "ROLE_manager":
            terms.append(given(ground, drawn, "ROLE") == "mgr")
        else:
            terms.append(latent(ground, drawn, term))
    x = np.column_stack(terms).astype(float)
    found = np.linalg.lstsq(x, latent(ground, drawn, name), rcond=None)[0]
    assert np.abs(found[1:] - list(truth.values())).max() < COEFFICIENT


def test_coefficients_of_adoption(ground: Ground, drawn: Simulated) -> None:
    """Marginal over organisations, logits shrink by sqrt(1 + .346 org_sd^2), here 2 %."""
    import statsmodels.api as sm

    outcome = ground.design.truth.outcomes.single["INNOV"]
    barriers = np.mean(
        [latent(ground, drawn, n) for n in ("bar_risk", "bar_silo", "bar_hier", "bar_div")], axis=0
    )
    own = {
        "collab*nww": latent(ground, drawn, "collab") * latent(ground, drawn, "nww"),
        "barriers": barriers / barriers.std(),
        "LEVEL_A": given(ground, drawn, "LEVEL") == "A",
        "ROLE_manager": given(ground, drawn, "ROLE") == "mgr",
    }
    x = np.column_stack(
        [own[t] if t in own else latent(ground, drawn, t) for t in outcome.beta]
    ).astype(float)
    y = (given(ground, drawn, "INNOV") == "1").astype(float)
    found = sm.Logit(y, sm.add_constant(x)).fit(disp=0).params
    assert found[0] == pytest.approx(outcome.b0, abs=COEFFICIENT)
    assert np.abs(found[1:] - list(outcome.beta.values())).max() < COEFFICIENT


def test_breadth_bends_the_number_of_innovations(ground: Ground, drawn: Simulated) -> None:
    import statsmodels.api as sm

    outcome = ground.design.truth.outcomes.single["INNNUM"]
    adopted = given(ground, drawn, "INNOV") == "1"
    partners = [given(ground, drawn, f"PARTNER{k}").astype(int) >= 3 for k in range(1, 9)]
    breadth = (np.sum(partners, axis=0) - 4) / 2
    x = np.column_stack(
        [
            breadth,
            breadth**2,
            latent(ground, drawn, "capacity"),
            latent(ground, drawn, "collab"),
            given(ground, drawn, "ROLE") == "mgr",
        ]
    ).astype(float)[adopted]
    y = given(ground, drawn, "INNNUM")[adopted].astype(float) - 1
    family = sm.families.NegativeBinomial(alpha=1 / 1.5)
    found = sm.GLM(y, sm.add_constant(x), family=family).fit().params
    assert np.abs(found[1:] - list(outcome.beta.values())).max() < COEFFICIENT
    assert 4 - 2 * found[1] / (2 * found[2]) == pytest.approx(
        outcome.turning_point_breadth, abs=0.5
    )


def test_climate_can_drive_response(ground: Ground) -> None:
    from dataclasses import replace

    truth, means = ground.design.truth, []
    chosen = choose_employers(ground.employers, truth, 60, None)
    for nonignorable in (0.0, 0.8):
        shifts = truth.nonresponse.model_copy(update={"nonignorable": nonignorable})
        design = replace(ground.design, truth=truth.model_copy(update={"nonresponse": shifts}))
        options = Options(size=50, clean=True, keep_standings=True)
        drawn = simulate(replace(ground, design=design, employers=chosen), options, 1)
        means.append(latent(ground, drawn, "climate").mean())
    assert means[0] == pytest.approx(0, abs=0.2)
    assert means[1] > means[0] + 0.3


def test_a_cap_limits_invitations(ground: Ground) -> None:
    truth = ground.design.truth
    limited = truth.organisations.model_copy(update={"invite_cap": 150})
    chosen = choose_employers(
        ground.employers, truth.model_copy(update={"organisations": limited}), 47, None
    )
    assert [each.invited for each in chosen] == [min(150, each.headcount) for each in chosen]
