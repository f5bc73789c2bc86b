"""Those who started: their characteristics, standings, and what shifts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.simulation.check_truth import Design
from pipeline.simulation.draws import Draws, Generators
from pipeline.simulation.employers import Employer
from pipeline.simulation.latents import RESPONSE_DRIVER
from pipeline.simulation.population import (
    AGE_MIDDLES,
    MARGINS,
    Cells,
    Invited,
    Margins,
    draw_invited,
)
from pipeline.simulation.truth import Controls


@dataclass(frozen=True)
class Batch:
    """A batch of organisations (G) with their invited people, and those who started (n).

    Attributes
    ----------
    organisation : (n,) position of the organisation in the batch.
    codes : (n, 4) positions in the margins' codes, in the order of `MARGINS`.
    role, tenure, teledays, unitsize : (n,) positions of codes. size : (n,) people in the unit.
    standings : (n, L) on every latent, shifts included. effects : (G, L) the organisations' own part.
    """

    employers: Sequence[Employer]
    generators: Generators
    invited: Sequence[Invited]
    draws: Draws
    organisation: np.ndarray
    codes: np.ndarray
    role: np.ndarray
    tenure: np.ndarray
    teledays: np.ndarray
    unitsize: np.ndarray
    size: np.ndarray
    standings: np.ndarray
    effects: np.ndarray


def draw_batch(
    design: Design,
    margins: Margins,
    cells: Cells,
    employers: Sequence[Employer],
    generators: Generators,
    size: int | None,
) -> Batch:
    """Draw organisations, the people they invite, and the standings of those who start."""
    latents, truth = design.latents, design.truth
    normals = np.array([g.standard_normal(len(latents.names)) for g in generators])
    effects = latents.apply(latents.between, normals) + type_effects(design, employers)
    driver = latents.place(RESPONSE_DRIVER) if RESPONSE_DRIVER in latents.names else 0
    spread = float(latents.within[driver, 0])
    invited = [
        draw_invited(generator, employer, truth, cells, size, (effect[driver], spread))
        for generator, employer, effect in zip(generators, employers, effects, strict=True)
    ]
    draws = Draws(generators, np.array([len(each.starts) for each in invited]))
    organisation = np.repeat(np.arange(len(invited)), [len(each.starts) for each in invited])
    codes = cells.codes[np.concatenate([each.cell[each.starts] for each in invited])]
    levels = margins.codes["LEVEL"]
    role, tenure, teledays, people = _controls(truth.controls, margins, codes, draws)
    within = draws.normal(len(latents.names))
    within[:, 0] = np.concatenate([each.driver[each.starts] for each in invited])
    standings = latents.apply(latents.within, within)
    standings += effects.astype(np.float32)[organisation]
    standings += control_effects(design, np.array(levels)[codes[:, 1]], role)
    return Batch(
        employers,
        generators,
        invited,
        draws,
        organisation,
        codes,
        role,
        tenure,
        teledays,
        np.digitize(people, truth.controls.unitsize.bands),
        people,
        standings,
        effects,
    )


def type_effects(design: Design, employers: Sequence[Employer]) -> np.ndarray:
    """Return (G, L) what an organisation's type adds to its standings."""
    latents = design.latents
    shifts = np.zeros((len(employers), len(latents.names)))
    for kind, means in design.truth.org_type_latent_means.items():
        rows = [k for k, each in enumerate(employers) if each.type == kind]
        for name, shift in means.items():
            shifts[rows, latents.place(name)] = shift
    return latents.apply(latents.effects, shifts)


def control_effects(design: Design, level: np.ndarray, role: np.ndarray) -> np.ndarray:
    """Return (n, L) what level and role add to standings, and by them to what depends on these."""
    latents = design.latents
    shifts = np.zeros((len(level), len(latents.names)), dtype=np.float32)
    for name, terms in design.truth.structural_latent.control_shifts.items():
        for term, shift in terms.items():
            shifts[:, latents.place(name)] += shift * control_term(term, level, role)
    return latents.apply(latents.effects, shifts)


def control_term(term: str, level: np.ndarray, role: np.ndarray) -> np.ndarray:
    """Return (n,) 1 where a control such as `LEVEL_A` or `ROLE_manager` holds; the first role manages."""
    if term.startswith("LEVEL_"):
        return np.asarray(level == term.removeprefix("LEVEL_"), dtype=np.float32)
    return np.asarray(role == 0, dtype=np.float32)


def role_shares(controls: Controls, levels: Sequence[str]) -> np.ndarray:
    """Return P(role | level), (levels, 3): manager, project leader, staff."""
    manager = np.array([controls.role_manager_by_level.get(level, 0.0) for level in levels])
    project = np.array([controls.role_proj_by_level.get(level, 0.0) for level in levels])
    return np.column_stack([manager, project, 1 - manager - project])


def _controls(
    controls: Controls, margins: Margins, codes: np.ndarray, draws: Draws
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (n,) role, tenure band, days of telework, people in the unit."""
    level, age = codes[:, MARGINS.index("LEVEL")], codes[:, MARGINS.index("AGE")]
    levels = margins.codes["LEVEL"]
    role = draws.codes(role_shares(controls, levels)[level])
    years = controls.tenure_years
    shape = (years.mean / years.sd) ** 2
    served = draws.gamma(np.full(1, shape))[:, 0] * years.sd**2 / years.mean
    middle = np.array([AGE_MIDDLES.get(code, 45.0) for code in margins.codes["AGE"]])
    tenure = np.digitize(np.minimum(served, middle[age] - 21), years.bands)
    mean = np.array([controls.teledays_by_level.get(code, 0.0) for code in levels])
    teledays = np.minimum(draws.poisson(mean[level]), 5)
    unit = controls.unitsize
    people = np.exp(np.log(unit.median) + unit.sigma * draws.normal(1)[:, 0].astype(float))
    return role, tenure, teledays, np.clip(people, 1.0, unit.max)
