"""The people of organisations: who they are, who is invited, and who starts the interview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from pipeline.core.errors import UserError
from pipeline.questionnaire.population import read_shares
from pipeline.simulation.employers import Employer
from pipeline.simulation.truth import Truth

MARGINS = ("LANG", "LEVEL", "GENDER", "AGE")
ENGLISH = "en"
AGE_MIDDLES = {"u30": 25.0, "30s": 35.0, "40s": 45.0, "50s": 55.0, "60p": 62.0}
TOKEN_LETTERS = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", dtype="S1")
TOKEN_LENGTH = 15


@dataclass(frozen=True)
class Margins:
    """Codes and population shares of language, level, gender and age."""

    codes: dict[str, tuple[str, ...]]
    shares: dict[str, np.ndarray]


def read_margins(
    path: Path, shown_as: str, known: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Margins:
    """Read population shares: one row a variable and code, adding up to 1 by variable.

    `known` holds the codes that a variable may have.

    Raises
    ------
    ProblemsFound
        The file is absent, a share is outside 0-1, a variable is missing or does not add up to 1.
    """
    codes = {name: known.get(name, ()) for name in MARGINS}
    shares = read_shares(path, shown_as, codes, needed=MARGINS)
    return Margins(
        {name: tuple(found) for name, found in shares.items()},
        {name: np.array([each.value for each in found.values()]) for name, found in shares.items()},
    )


def conditional_language(truth: Truth, margins: Margins) -> np.ndarray:
    """Return P(language | level), (levels, languages): English only where the truth allows it.

    The margins of both stay as declared.
    """
    language, level = margins.shares["LANG"], margins.shares["LEVEL"]
    shares = np.tile(language, (len(level), 1))
    allowed = np.isin(margins.codes["LEVEL"], truth.controls.lang_en_only_level)
    if ENGLISH not in margins.codes["LANG"] or not truth.controls.lang_en_only_level:
        return shares
    english = margins.codes["LANG"].index(ENGLISH)
    if level[allowed].sum() < language[english]:
        raise UserError("the margins hold more people in English than the levels that may be")
    shares[:, english] = 0
    shares /= shares.sum(axis=1, keepdims=True)
    own = allowed * language[english] / level[allowed].sum()
    shares *= 1 - own[:, None]
    shares[:, english] = own
    return shares


@dataclass(frozen=True)
class Cells:
    """Every combination of level, language, gender and age (k).

    `codes` (k, 4) are positions in the order of `MARGINS`; `share` (k,) how many people are in each,
    `shift` (k,) the logit shift of their response propensity.
    """

    codes: np.ndarray
    share: np.ndarray
    shift: np.ndarray


def population_cells(truth: Truth, margins: Margins) -> Cells:
    """Cross the margins: language depends on level, the rest is independent."""
    given = conditional_language(truth, margins)
    sizes = [len(margins.codes[name]) for name in MARGINS]
    codes = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, 4)
    lang, level, gender, age = codes.T
    share = given[level, lang] * margins.shares["LEVEL"][level]
    share = share * margins.shares["GENDER"][gender] * margins.shares["AGE"][age]
    shift = np.zeros(len(codes))
    for k, name in enumerate(MARGINS):
        by_code = getattr(truth.nonresponse, name)
        shift += np.array([by_code.get(code, 0.0) for code in margins.codes[name]])[codes[:, k]]
    return Cells(codes, share, shift)


def response_probabilities(rate: float, cells: Cells) -> np.ndarray:
    """Return (k,) probabilities of starting around an organisation's own rate, which they average to."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = (cells.share / (1 + np.exp(-(middle + cells.shift)))).sum()
        low, high = (middle, high) if mean < rate else (low, middle)
    return np.asarray(1 / (1 + np.exp(-(low + cells.shift))))


@dataclass(frozen=True)
class Invited:
    """The people of one organisation who were invited (m), and which of them start (n).

    `cell` (m,) positions in the cells; `token` (m,) bytes; `starts` (n,) positions of those who start, and
    `driver` (m,) the normal numbers of the latent that may drive response.
    """

    rate: float
    cell: np.ndarray
    token: np.ndarray
    starts: np.ndarray
    driver: np.ndarray


def draw_invited(
    rng: np.random.Generator,
    employer: Employer,
    truth: Truth,
    cells: Cells,
    size: int | None,
    climate: tuple[float, float],
) -> Invited:
    """Draw who is invited and who starts.

    Parameters
    ----------
    size : invite until so many have started; None for everyone who is to be invited.
    climate : the organisation's own standing on the latent that may drive response, and the SD of its
        people around it.
    """
    declared = truth.organisations.response_rate
    rate = rng.uniform(declared.min, declared.max)
    chance, edges = response_probabilities(rate, cells), np.cumsum(cells.share)[:-1]
    chunk = employer.invited or employer.headcount
    if size is not None:
        chunk = int(np.ceil(1.3 * size / rate)) + 50
    cell, driver, starts = [np.empty(0, np.int16)], [np.empty(0)], [np.empty(0, bool)]
    while True:
        cell.append(np.searchsorted(edges, rng.random(chunk)).astype(np.int16))
        driver.append(rng.standard_normal(chunk))
        probability = chance[cell[-1]]
        if truth.nonresponse.nonignorable:
            standing = climate[0] + climate[1] * driver[-1]
            odds = (
                probability / (1 - probability) * np.exp(truth.nonresponse.nonignorable * standing)
            )
            probability = odds / (1 + odds)
        starts.append(rng.random(chunk) < probability)
        if size is None or sum(int(each.sum()) for each in starts) >= size:
            break
    place = np.flatnonzero(np.concatenate(starts))[:size]
    invited = len(np.concatenate(cell)) if size is None else int(place[-1]) + 1
    return Invited(
        rate,
        np.concatenate(cell)[:invited],
        draw_tokens(rng, invited),
        place,
        np.concatenate(driver)[:invited],
    )


def draw_tokens(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return (n,) tokens as LimeSurvey makes them: so long that no two are alike."""
    letters = rng.integers(0, len(TOKEN_LETTERS), size=(n, TOKEN_LENGTH), dtype=np.uint8)
    return np.asarray(TOKEN_LETTERS[letters].view(f"S{TOKEN_LENGTH}")[:, 0])
