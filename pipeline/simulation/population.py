"""Organisations and their people: who is invited, who they are, and who starts the interview."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.core.errors import Problem, ProblemsFound, UserError, nearest
from pipeline.simulation.truth import Truth

MARGINS = ("LANG", "LEVEL", "GENDER", "AGE")
ENGLISH = "en"
AGE_MIDDLES = {"u30": 25.0, "30s": 35.0, "40s": 45.0, "50s": 55.0, "60p": 62.0}
TOKEN_LETTERS = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", dtype="S1")
TOKEN_LENGTH = 15


@dataclass(frozen=True)
class Employer:
    """One organisation to draw from: code, kind, people employed, people invited (None: all).

    `copy_of` names the one whose type and size were recycled.
    """

    code: str
    type: str
    headcount: int
    invited: int | None = None
    copy_of: str = ""


@dataclass(frozen=True)
class Margins:
    """Codes and population shares of language, level, gender and age."""

    codes: dict[str, tuple[str, ...]]
    shares: dict[str, np.ndarray]


def read_employers(path: Path, shown_as: str) -> tuple[Employer, ...]:
    """Read codes, types and approximate headcounts from the organisations file.

    Raises
    ------
    ProblemsFound
        The file is absent, or a headcount is no whole number above 0.
    """
    rows, problems = [], []
    for line, row in _rows(path, shown_as):
        headcount = row.get("headcount_approx") or ""
        if headcount.isdecimal() and int(headcount) > 0:
            rows.append(Employer(row["code"], row.get("type") or "", int(headcount)))
        else:
            message = f"organisation {row.get('code')}: 'headcount_approx' is no number above 0"
            problems.append(Problem(shown_as, line, message))
    if problems:
        raise ProblemsFound(problems)
    return tuple(rows)


def read_margins(path: Path, shown_as: str) -> Margins:
    """Read population shares: one row a variable and code, adding up to 1 by variable.

    Raises
    ------
    ProblemsFound
        The file is absent, a share is outside 0-1, a variable is missing or does not add up to 1.
    """
    shares: dict[str, dict[str, float]] = {name: {} for name in MARGINS}
    problems = []
    for line, row in _rows(path, shown_as):
        variable, code = row.get("variable", ""), row.get("level", "")
        share = _share(row.get("share", ""))
        if variable not in shares:
            message = f"unknown variable '{variable}'{nearest(variable, MARGINS)}"
            problems.append(Problem(shown_as, line, message))
        elif share is None:
            message = f"{variable} {code}: 'share' is no number between 0 and 1"
            problems.append(Problem(shown_as, line, message))
        else:
            shares[variable][code] = share
    for variable, found in shares.items():
        if not problems and abs(sum(found.values()) - 1) > 1e-6:
            message = f"{variable}: the shares add up to {sum(found.values()):.4f}, not to 1"
            problems.append(Problem(shown_as, 1, message))
    if problems:
        raise ProblemsFound(problems)
    return Margins(
        {name: tuple(found) for name, found in shares.items()},
        {name: np.array(list(found.values())) for name, found in shares.items()},
    )


def _rows(path: Path, shown: str) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise ProblemsFound([Problem(shown, 1, "the file does not exist")])
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, row) for row in reader]


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def choose_employers(
    employers: Sequence[Employer],
    truth: Truth,
    organisations: int | None,
    starts: int | None,
) -> tuple[Employer, ...]:
    """Return the organisations to draw, and how many people each invites.

    More `organisations` than there are recycle types and sizes under new codes. `starts` shrinks the
    invitations in proportion to headcounts, but not below what gives the smallest number that is
    reported at the lowest response rate; above a census, headcounts grow. `invite_cap` limits each
    organisation.
    """
    chosen = [_recycled(employers, k) for k in range(organisations or len(employers))]
    rate = truth.organisations.response_rate
    if starts is not None:
        heads = np.array([each.headcount for each in chosen])
        wanted = max(1, round(starts / ((rate.min + rate.max) / 2)))
        floor = int(np.ceil(truth.organisations.min_completes_report / rate.min))
        chosen = _invite(chosen, heads, wanted, floor)
    cap = truth.organisations.invite_cap
    if cap is not None:
        chosen = [replace(e, invited=min(e.invited or e.headcount, cap)) for e in chosen]
    return tuple(chosen)


def _recycled(employers: Sequence[Employer], k: int) -> Employer:
    base = employers[k % len(employers)]
    if k < len(employers):
        return base
    number, code = k, ""
    while number:
        number, digit = divmod(number, 36)
        code = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + code
    return replace(base, code=f"Z{code:0>4}", copy_of=base.code)


def _invite(chosen: list[Employer], heads: np.ndarray, wanted: int, floor: int) -> list[Employer]:
    if wanted >= heads.sum():
        grown = np.maximum(1, np.round(heads * wanted / heads.sum())).astype(int)
        return [replace(e, headcount=int(n)) for e, n in zip(chosen, grown, strict=True)]
    smallest = np.minimum(heads, floor)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        invited = np.maximum(smallest, np.round(heads * middle))
        low, high = (middle, high) if invited.sum() < wanted else (low, middle)
    invited = np.maximum(smallest, np.round(heads * high)).astype(int)
    return [replace(e, invited=int(n)) for e, n in zip(chosen, invited, strict=True)]


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
