"""Power by simulation: the study drawn many times at several sizes, and analysed each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from pipeline.core.errors import UserError, nearest
from pipeline.core.files import sha256
from pipeline.core.pieces import Workers, run_pieces, seeded
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Hypothesis
from pipeline.core.tables import make_table
from pipeline.models.power import QUANTITIES, Design, found_in_draw, power_row
from pipeline.models.stage.planned import focal_terms, planned_models
from pipeline.models.stage.specification import Ground as Scored
from pipeline.questionnaire.asked import meet
from pipeline.questionnaire.columns import all_score_columns
from pipeline.questionnaire.model import Questionnaire
from pipeline.scales.scores import score_scales
from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.clean_answers import draw_clean_answers
from pipeline.simulation.draw import TRUTH_FILE, load_ground
from pipeline.study import Study

TASK = 11
BLOCK = 5


@dataclass(frozen=True)
class Drawn:
    """What a draw stands on: the truth by size of the study, the questions, the plan, what is tested."""

    grounds: dict[tuple[int, int], Ground]
    questionnaire: Questionnaire
    plan: Plan
    hypothesis: Hypothesis


def power_table(
    study: Study, hypothesis: str, designs: Sequence[Design], draws: int, workers: Workers
) -> pd.DataFrame:
    """Return `power.csv` of one hypothesis: a row for each size of the study.

    Every draw has new organisations, sizes as in `organisations.csv`, and careful respondents who leave
    nothing out: respondents are those whose answers are used. They are scored and tested as the plan's main
    analysis does on complete cases.

    Raises
    ------
    UserError
        No such hypothesis, one that tests no coefficient of one model, or no truth to draw from.
    """
    folder = study.paths.questionnaire
    chosen = _hypothesis(study, hypothesis)
    if not (folder / TRUTH_FILE).is_file():
        raise UserError(f"{study.paths.shown}: power needs a truth to draw from, {TRUTH_FILE}")
    grounds = {
        (each.organisations, each.respondents): load_ground(
            study.questionnaire, folder, study.paths.shown, options_of(each)
        )
        for each in designs
    }
    shared = Drawn(grounds, study.questionnaire, study.plan, chosen)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    identity = [(path.name, sha256(path)) for path in files]
    blocks = range(-(-draws // BLOCK))
    pieces = [(hypothesis, *vars(d).values(), block) for d, block in product(designs, blocks)]
    found = run_pieces(_block, shared, pieces, workers, "power", [hypothesis, *identity])
    rows = []
    for k, design in enumerate(designs):
        inside = found[k * len(blocks) : (k + 1) * len(blocks)]
        values = {q: np.concatenate([each[q] for each in inside])[:draws] for q in QUANTITIES}
        rows.append(power_row(chosen, design, values, study.plan))
    return make_table(rows, "power")


def options_of(design: Design) -> Options:
    """Return what is drawn for a size of the study."""
    return Options(design.respondents, design.organisations, clean=True)


def _hypothesis(study: Study, name: str) -> Hypothesis:
    known = {
        each.id: each
        for each in study.plan.hypotheses
        if len(planned_models(each, study.plan)) == 1 and focal_terms(each)
    }
    if name not in known:
        raise UserError(
            f"{study.name} has no hypothesis '{name}' that tests coefficients of one model"
            f"{nearest(name, known)}"
        )
    return known[name]


def _block(shared: Drawn, piece: tuple[str, int, int, int]) -> dict[str, np.ndarray]:
    """Return what is found in some draws of one size."""
    _, organisations, respondents, block = piece
    design = Design(organisations, respondents)
    found = []
    for draw in range(block * BLOCK, (block + 1) * BLOCK):
        path = (TASK, organisations, respondents, draw)
        seed = int(seeded(shared.plan.seed, *path).generate_state(1)[0])
        found.append(found_in_draw(shared.hypothesis, _scored(shared, design, seed)))
    return {name: np.array([each[name] for each in found]) for name in QUANTITIES}


def _scored(shared: Drawn, design: Design, seed: int) -> Scored:
    """Draw answers and score them as the analysis does."""
    plan, asked = shared.plan, shared.questionnaire
    ground = shared.grounds[design.organisations, design.respondents]
    answers = draw_clean_answers(ground, options_of(design), seed)
    level = plan.organisation.levels[0]
    listed = answers[level].astype("object")  # of a recycled organisation, the one it is like
    scores = score_scales(answers.assign(organisation=listed), asked, plan)
    scores[level] = pd.Categorical(answers["organisation"])
    scores["organisation_type"] = pd.Categorical(answers["organisation_type"])
    condition = shared.hypothesis.among
    among = {condition: meet(condition, answers, asked)} if condition else {}
    return Scored(scores, plan, all_score_columns(asked), among)
