"""The story of a simulated study: from a truth, or plain defaults, to what the field would deliver."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.plan import Plan
from pipeline.core.yaml_text import read_yaml
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.simulation.answers import build_sheet
from pipeline.simulation.batch import Ground, Options, Part, draw_part
from pipeline.simulation.check_truth import load_truth
from pipeline.simulation.default_files import default_files
from pipeline.simulation.employers import Employer, choose_employers, read_employers
from pipeline.simulation.implied import implied_moments, respondent_mixture
from pipeline.simulation.implied_outcomes import implied_outcomes
from pipeline.simulation.limesurvey_file import frame_csv, letters, limesurvey_csv, taken
from pipeline.simulation.plain_file import plain_csv
from pipeline.simulation.population import MARGINS, population_cells, read_margins
from pipeline.simulation.record import (
    Frame,
    Interviews,
    as_json,
    counts,
    implied_record,
    in_order_of_start,
    organisation_record,
    planted,
)

__all__ = ["Options", "Simulated", "delivered", "load_ground", "simulate", "simulated_files"]

STARTS_AT_ONCE = 10_000
DEFAULT_RESPONDENTS = 600
TRUTH_FILE = "truth.yaml"
RECORD_FILE = "truth.json"
FRAME_FILE = "frame.csv"


@dataclass(frozen=True)
class Simulated:
    """What a draw gives: interviews, invited people, the organisations' rates and effects (G, L)."""

    employers: tuple[Employer, ...]
    interviews: Interviews
    frame: Frame
    rates: tuple[float, ...]
    effects: np.ndarray


def simulated_files(
    questionnaire: Questionnaire,
    plan: Plan,
    folder: Path,
    shown_as: str,
    options: Options,
    seed: int | None = None,
) -> dict[str, bytes]:
    """Draw a study and return the files the field would deliver, by name.

    Parameters
    ----------
    folder : the study's folder of plain text; with a `truth.yaml` in it, answers are drawn from that, else
        from plain defaults. shown_as : the same folder in messages.
    seed : None for that of the truth file, or of the plan.

    Raises
    ------
    ProblemsFound
        The truth file, or what it names, has mistakes; each with file and line.
    """
    if not (folder / TRUTH_FILE).is_file():
        return _from_defaults(questionnaire, plan, shown_as, options, seed)
    ground = load_ground(questionnaire, folder, shown_as, options)
    chosen = ground.design.truth.seed if seed is None else seed
    drawn = simulate(ground, options, chosen)
    digest = hashlib.sha256((folder / TRUTH_FILE).read_bytes()).hexdigest()
    return {
        **delivered(ground, plan, drawn),
        RECORD_FILE: as_json(_record(ground, drawn, options, chosen, digest)),
    }


def delivered(ground: Ground, plan: Plan, drawn: Simulated) -> dict[str, bytes]:
    """Return what the field delivers of a draw, by file name: the answers, and who was invited."""
    return {
        plan.responses.drawn_file: _responses(ground, plan, drawn),
        plan.responses.frame or FRAME_FILE: _frame(ground, drawn),
    }


def _from_defaults(
    questionnaire: Questionnaire, plan: Plan, shown_as: str, options: Options, seed: int | None
) -> dict[str, bytes]:
    if options.organisations or options.size or options.clean:
        raise UserError(
            f"{shown_as}: 'organisations', 'size' and 'clean' need a truth file, {TRUTH_FILE}; "
            "without one only 'starts' can be chosen"
        )
    chosen = plan.seed if seed is None else seed
    return default_files(questionnaire, plan, options.starts or DEFAULT_RESPONDENTS, chosen)


def load_ground(
    questionnaire: Questionnaire, folder: Path, shown_as: str, options: Options
) -> Ground:
    """Read the truth file and what it names; choose the organisations to draw."""
    design = load_truth(folder / TRUTH_FILE, f"{shown_as}/{TRUTH_FILE}", questionnaire)
    truth, file = design.truth, design.truth.organisations.file
    employers = read_employers(folder / file, f"{shown_as}/{file}", questionnaire.languages)
    if len(employers) != truth.organisations.n:
        message = f"organisations: 'n' is {truth.organisations.n}, {file} lists {len(employers)}"
        text = read_yaml(folder / TRUTH_FILE, f"{shown_as}/{TRUTH_FILE}")
        raise ProblemsFound([text.problem(("organisations", "n"), message)])
    file, items = truth.population_margins, questionnaire.items
    known = {name: _codes(items[name]) for name in MARGINS if name in items}
    margins = read_margins(folder / file, f"{shown_as}/{file}", known)
    chosen = choose_employers(employers, truth, options.organisations, options.starts)
    cells = population_cells(truth, margins)
    return Ground(design, build_sheet(questionnaire), margins, cells, chosen)


def _codes(item: Item) -> tuple[str, ...]:
    return item.choices.valid_codes if item.choices else ()


def simulate(ground: Ground, options: Options, seed: int) -> Simulated:
    """Draw a whole study: organisations in batches, each organisation from a seed of its own."""
    seeds = np.random.SeedSequence(seed).spawn(len(ground.employers))
    batches = _batches(ground, options)
    parts = _in_processes(ground, options, seeds, batches)
    return Simulated(
        ground.employers,
        in_order_of_start([part.interviews for part in parts]),
        Frame(
            np.concatenate([part.frame.token for part in parts]),
            np.concatenate([part.frame.organisation for part in parts]),
            np.concatenate([part.frame.codes for part in parts]),
        ),
        tuple(rate for part in parts for rate in part.rates),
        np.concatenate([part.effects for part in parts]),
    )


def _batches(ground: Ground, options: Options) -> list[range]:
    """Cut the organisations into batches, by their sizes alone."""
    rate = ground.design.truth.organisations.response_rate
    mean = (rate.min + rate.max) / 2
    batches, first, started = [], 0, 0.0
    for k, each in enumerate(ground.employers):
        own = options.size or (each.invited or each.headcount) * mean
        if started and started + own > STARTS_AT_ONCE:
            batches.append(range(first, k))
            first, started = k, 0.0
        started += own
    return [*batches, range(first, len(ground.employers))]


def _in_processes(
    ground: Ground,
    options: Options,
    seeds: Sequence[np.random.SeedSequence],
    batches: Sequence[range],
) -> list[Part]:
    if options.processes == 1 or len(batches) == 1:
        return [draw_part(ground, options, seeds, batch) for batch in batches]
    from joblib import Parallel, delayed

    work = Parallel(n_jobs=options.processes, return_as="list")
    return list(work(delayed(draw_part)(ground, options, seeds, batch) for batch in batches))


def _responses(ground: Ground, plan: Plan, drawn: Simulated) -> bytes:
    compress = plan.responses.drawn_file.endswith(".gz")
    if plan.responses.drawn_as == "limesurvey":
        return limesurvey_csv(ground.sheet, drawn.interviews, compress)
    return plain_csv(ground.sheet, drawn.interviews, plan.responses, compress)


def _frame(ground: Ground, drawn: Simulated) -> bytes:
    codes = dict(zip(MARGINS, drawn.frame.codes.T, strict=True))
    named = {name: taken(ground.margins.codes[name], codes[name]) for name in MARGINS}
    employers = tuple(each.code for each in drawn.employers)
    return frame_csv(
        {
            "token": letters(drawn.frame.token),
            "organisation": taken(employers, drawn.frame.organisation),
            "language": named["LANG"],
            "level": named["LEVEL"],
            "gender": named["GENDER"],
            "age": named["AGE"],
        }
    )


def _record(
    ground: Ground, drawn: Simulated, options: Options, seed: int, truth_digest: str
) -> dict[str, Any]:
    sections = [section.id for section in ground.sheet.questionnaire.sections]
    return {
        "note": "Every number here is invented; the answers are simulated.",
        "seed": seed,
        "truth_sha256": truth_digest,
        "options": {
            "starts": options.starts,
            "organisations": options.organisations,
            "size": options.size,
            "clean": options.clean,
        },
        "counts": counts(drawn.interviews, len(drawn.frame.token)),
        "organisations": organisation_record(
            drawn.employers,
            drawn.rates,
            drawn.effects,
            ground.design.latents.names,
            drawn.interviews,
            drawn.frame,
        ),
        **planted(drawn.interviews, sections),
        "implied": _implied(ground, options),
    }


def _implied(ground: Ground, options: Options) -> dict[str, Any]:
    """Return what the truth implies for attentive respondents who leave nothing out."""
    mixture = respondent_mixture(
        ground.design,
        ground.margins,
        ground.cells,
        ground.employers,
        equal=options.size is not None,
    )
    moments = implied_moments(ground.design, ground.margins, mixture)
    return implied_record(moments, implied_outcomes(ground.design, ground.margins, mixture))
