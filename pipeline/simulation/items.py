"""True answers: ratings cut from latents, characteristics of people, plain defaults for the rest."""

from __future__ import annotations

import numpy as np

from pipeline.questionnaire.model import Item
from pipeline.simulation.answers import EMPTY, Sheet
from pipeline.simulation.check_truth import Design
from pipeline.simulation.draws import Draws
from pipeline.simulation.people import Batch
from pipeline.simulation.population import MARGINS, Margins


def draw_ratings(design: Design, margins: Margins, batch: Batch) -> np.ndarray:
    """Return (n, J) answers in the construct's direction, counted from 0.

    A value is `load * standing + residual`, of variance 1 before shifts. The residual of a desired rating
    correlates with that of the current one; that of a single item lies in part between organisations.
    """
    measurement, latents = design.measurement, design.latents
    load = measurement.load.astype(np.float32)
    residual = batch.draws.normal(len(load))
    _tie_twins(design, residual)
    _add_organisations(design, batch, residual)
    residual *= np.sqrt(1 - load**2)
    of = [latents.place(column.latent) for column in measurement.columns]
    value = batch.standings[:, of]
    value *= load
    value += residual
    for name, (rows, shift) in language_shifts(design, margins, batch.codes).items():
        value[rows, measurement.position(name)] += shift
    answers = np.zeros(value.shape, dtype=np.int8)
    for cut in measurement.cuts.T.astype(np.float32):
        answers += value > cut
    return answers


def _tie_twins(design: Design, residual: np.ndarray) -> None:
    if design.truth.playbook is None:
        return
    columns = design.measurement.columns
    place = {column.name: k for k, column in enumerate(columns)}
    desired = [k for k, column in enumerate(columns) if column.twin]
    current = [place[columns[k].twin] for k in desired]
    r = np.float32(design.truth.playbook.residual_corr_same_item)
    residual[:, desired] = r * residual[:, current] + np.sqrt(1 - r**2) * residual[:, desired]


def _add_organisations(design: Design, batch: Batch, residual: np.ndarray) -> None:
    share = design.latents.residual_share
    own = np.flatnonzero(share > 0)
    between = batch.draws.per_organisation(len(own)) * np.sqrt(share[own])
    within = residual[:, own] * np.sqrt(1 - share[own]).astype(np.float32)
    residual[:, own] = within + between.astype(np.float32)[batch.organisation]


def language_shifts(
    design: Design, margins: Margins, codes: np.ndarray
) -> dict[str, tuple[np.ndarray, float]]:
    """Return, for each non-invariant item, the rows it is shifted for and by how many SD."""
    language = codes[:, MARGINS.index("LANG")]
    shifts = {}
    for each in design.truth.noninvariance:
        column = design.measurement.columns[design.measurement.position(each.item)]
        rows = language == margins.codes["LANG"].index(each.group)
        shifts[each.item] = (rows, each.shift / column.sd)
    return shifts


def fill_ratings(design: Design, sheet: Sheet, codes: np.ndarray, answers: np.ndarray) -> None:
    """Put ratings into the matrix of answers, as respondents see them: reversed items turned."""
    for k, column in enumerate(design.measurement.columns):
        at = sheet.place(column.name)
        texts = sheet.texts[at][: sheet.valid[at]]
        rising = np.argsort([int(text) for text in texts]).astype(np.int16)
        codes[:, at] = (rising[::-1] if column.reversed else rising)[answers[:, k]]


def fill_people(
    sheet: Sheet, codes: np.ndarray, batch: Batch, margins: Margins, role_codes: tuple[str, ...]
) -> None:
    """Put characteristics into the answers: as in the frame, and what only the respondent tells."""
    for k, name in enumerate(MARGINS):
        _put(sheet, codes, name, margins.codes[name], batch.codes[:, k])
    _put(sheet, codes, "ROLE", role_codes, batch.role)
    bands = {"TENURE": batch.tenure, "UNITSIZE": batch.unitsize}
    for name, band in bands.items():
        _put(sheet, codes, name, tuple(map(str, range(1, 10))), band)
    _put(sheet, codes, "TELEDAYS", tuple(map(str, range(6))), batch.teledays)


def _put(
    sheet: Sheet, codes: np.ndarray, name: str, texts: tuple[str, ...], values: np.ndarray
) -> None:
    if name in sheet.questionnaire.items:
        known = sheet.texts[sheet.place(name)]
        table = np.array([known.index(text) if text in known else EMPTY for text in texts])
        codes[:, sheet.place(name)] = table[values]


def plain_items(design: Design, sheet: Sheet, filled: set[str]) -> list[Item]:
    """Return the items that the truth says nothing about."""
    drawn = {column.item for column in design.measurement.columns} | filled
    return [item for item in sheet.questionnaire.items.values() if item.id not in drawn]


def fill_plain(sheet: Sheet, codes: np.ndarray, draws: Draws, items: list[Item]) -> None:
    """Draw items without a truth: any answer alike; texts stay empty."""
    for item in items:
        for at in sheet.where((item.id,)):
            if sheet.valid[at]:
                codes[:, at] = draws.codes(np.full(sheet.valid[at], 1 / sheet.valid[at]))
