"""Files of answers drawn from plain defaults, in the shape that the plan reads."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.simulation.answers import Sheet, build_sheet
from pipeline.simulation.defaults import draw_answers, draw_codes
from pipeline.simulation.draws import Draws
from pipeline.simulation.interviews import (
    NEVER_STOPPED,
    Course,
    draw_seconds,
    draw_starts,
    hide_unseen,
)
from pipeline.simulation.limesurvey_file import (
    frame_csv,
    letters,
    limesurvey_csv,
    taken,
)
from pipeline.simulation.plain_file import as_csv
from pipeline.simulation.population import draw_tokens
from pipeline.simulation.record import FIRST_TIME, Interviews
from pipeline.simulation.truth_field import CarelessKinds, Seconds

SECONDS = Seconds(
    dist="lognormal",
    mu=1.5,
    sigma_person=0.3,
    sigma_item=0.45,
    time_factor=CarelessKinds(straightline=1.0, random=1.0, speeder=1.0),
)


def default_files(questionnaire: Questionnaire, plan: Plan, n: int, seed: int) -> dict[str, bytes]:
    """Return the answers of `n` people by file name; beside LimeSurvey's export, the frame."""
    layout = plan.responses
    compress = layout.drawn_file.endswith(".gz")
    if layout.drawn_as == "csv":
        answers = draw_answers(questionnaire, plan, n, seed)
        return {layout.drawn_file: as_csv(answers, layout, compress)}
    sheet = build_sheet(questionnaire)
    interviews = default_interviews(sheet, plan, n, seed)
    return {
        layout.drawn_file: limesurvey_csv(sheet, interviews, compress),
        layout.frame or "frame.csv": _frame(sheet, plan, interviews),
    }


def default_interviews(sheet: Sheet, plan: Plan, n: int, seed: int) -> Interviews:
    """Draw the interviews of `n` people who were all invited, in order of starting."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    questionnaire, sections = sheet.questionnaire, len(sheet.questionnaire.sections)
    given, answered = draw_codes(questionnaire, plan, n, rng)
    codes = np.column_stack(
        [
            pd.Categorical(given[column.name], categories=list(texts)).codes.astype(np.int16)
            for column, texts in zip(sheet.columns, sheet.texts, strict=True)
        ]
    )
    level = plan.organisation.levels[-1]
    organisation = codes[:, sheet.place(level)].copy()
    draws, nobody = Draws([rng], np.array([n])), np.zeros(n, dtype=bool)
    stop = np.where(answered < sections, answered, NEVER_STOPPED)
    pages = hide_unseen(sheet, codes, Course(nobody, stop, nobody))
    kinds = np.zeros(n, dtype=np.int16)
    interviews = Interviews(
        questionnaire.languages,
        codes,
        pages,
        draw_seconds(sheet, codes, pages, kinds, SECONDS, draws),
        draw_starts(draws),
        draws.integers(100_000_000, 2_000_000_000)[:, 0],
        draw_tokens(rng, n),
        organisation,
        rng.integers(0, len(questionnaire.languages), size=n),
        kinds,
        nobody,
        stop,
        np.full(n, FIRST_TIME),
        nobody,
        nobody,
        np.zeros((n, 0)),
    )
    return interviews.rows(np.argsort(interviews.start, kind="stable"))


def _frame(sheet: Sheet, plan: Plan, interviews: Interviews) -> bytes:
    texts = sheet.texts[sheet.place(plan.organisation.levels[-1])]
    unknown = taken(("",), np.zeros(len(interviews.codes), dtype=int))
    return frame_csv(
        {
            "token": letters(interviews.token),
            "organisation": taken(texts, interviews.organisation),
            "language": taken(interviews.languages, interviews.language),
            "level": unknown,
            "gender": unknown,
            "age": unknown,
        }
    )
