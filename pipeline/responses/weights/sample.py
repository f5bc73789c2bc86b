"""Respondents beside the people who were invited, by the questions that margins are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.errors import UserError
from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Item, Questionnaire
from pipeline.questionnaire.organisations import Organisation
from pipeline.questionnaire.population import Share, Shares
from pipeline.responses.weights.raking import Margin, rake

UNKNOWN = -1


@dataclass(frozen=True)
class Sample:
    """Who answered (n) and who was invited (m).

    Attributes
    ----------
    codes : by question, the codes that invited people have, in order; the first question names the
        organisation.
    respondents, invited : by question, (n,) and (m,) positions in its codes; -1 where it is unknown.
    headcount : people in each organisation, in the order of its codes.
    design : (n,) people of the organisation for each one invited there.
    people : (m,) how many people of the population each invited one stands for.
    """

    codes: Mapping[str, tuple[str, ...]]
    respondents: Mapping[str, np.ndarray]
    invited: Mapping[str, np.ndarray]
    headcount: np.ndarray
    design: np.ndarray
    people: np.ndarray

    @property
    def organisation(self) -> str:
        """The question that names the organisation."""
        return next(iter(self.codes))

    @property
    def total(self) -> float:
        """People in the population."""
        return float(self.headcount.sum())


def build_sample(
    responses: pd.DataFrame,
    invited: pd.DataFrame,
    questionnaire: Questionnaire,
    plan: Plan,
    organisations: Sequence[Organisation],
    population: Shares,
) -> Sample:
    """Set respondents beside the list of invited people.

    Parameters
    ----------
    responses : kept respondents, with `token`. What is known of one comes from the list, so that both
        sides are measured alike; without an invitation, from the answers.
    population : shares of the whole population; the list is raked to these and to headcounts first.

    Notes
    -----
    Design weight: N_g / invited_g, N_g the organisation's headcount; where it is not known, or is
    smaller than the list itself, everyone was invited and it is 1.

    Raises
    ------
    UserError
        A code of the answers is nobody's on the list, or the list and the population contradict each other.
    """
    level = plan.organisation.levels[-1]
    columns = {level: "organisation", **plan.responses.in_frame}
    contact = invited["contact"] if "contact" in invited else pd.Series(None, invited.index)
    listed = invited[contact.astype("object").ne("ineligible")]
    codes = {
        question: _codes(questionnaire.items[question], listed[column])
        for question, column in columns.items()
    }
    place = pd.Index(invited["token"]).get_indexer(pd.Index(responses["token"]))
    respondents = {
        question: _known(responses[_own(question, level)], invited[column], place, codes[question])
        for question, column in columns.items()
    }
    _refuse_strangers(responses, respondents, codes, invited, columns, place)
    theirs = {q: positions(listed[column], codes[q]) for q, column in columns.items()}
    counts = np.bincount(theirs[level], minlength=len(codes[level]))
    known = {each.code: each.headcount or 0 for each in organisations}
    headcount = np.maximum([known.get(code, 0) for code in codes[level]], counts).astype(float)
    step = headcount / np.maximum(counts, 1)
    people = _to_population(step[theirs[level]], theirs, codes, headcount, population, plan)
    return Sample(codes, respondents, theirs, headcount, step[respondents[level]], people)


def _own(question: str, level: str) -> str:
    """Return the column of the answers that tells a question where no list does."""
    return "organisation" if question == level else question


def _codes(item: Item, values: pd.Series) -> tuple[str, ...]:
    """Return the declared codes that stand on the list, in order."""
    there = set(values.dropna())
    return tuple(
        code for code in (item.choices.valid_codes if item.choices else ()) if code in there
    )


def positions(values: pd.Series, codes: Sequence[str]) -> np.ndarray:
    """Return (n,) the position of each value among the codes; -1 where it is none of them or missing."""
    given = pd.Index(values.astype("object"))
    return np.asarray(pd.Index(list(codes), dtype="object").get_indexer(given))


def _known(
    own: pd.Series, on_list: pd.Series, place: np.ndarray, codes: Sequence[str]
) -> np.ndarray:
    """Return (n,) the position of each respondent's code: of the list, else of the answer."""
    answer = own.astype("object").map(str, na_action="ignore")
    of_list = np.append(positions(on_list, codes), UNKNOWN)[place]
    return np.where(place >= 0, of_list, positions(answer, codes))


def _refuse_strangers(
    responses: pd.DataFrame,
    respondents: Mapping[str, np.ndarray],
    codes: Mapping[str, Sequence[str]],
    invited: pd.DataFrame,
    columns: Mapping[str, str],
    place: np.ndarray,
) -> None:
    """Refuse respondents whose code nobody has who was invited."""
    level = next(iter(codes))
    for question, column in columns.items():
        answer = responses[_own(question, level)].astype("object").to_numpy()
        on_list = invited[column].astype("object").to_numpy()
        given = pd.Series(np.where(place >= 0, on_list[place], answer))
        strange = given[(respondents[question] == UNKNOWN) & given.notna().to_numpy()]
        if len(strange):
            found = ", ".join(sorted(set(map(str, strange))))
            raise UserError(
                f"weights: {question}: {found} is in the answers ({len(strange)} respondents), and nobody "
                "on the list of invited people has it; no weight can be made for them"
            )


def _to_population(
    base: np.ndarray,
    invited: Mapping[str, np.ndarray],
    codes: Mapping[str, tuple[str, ...]],
    headcount: np.ndarray,
    population: Shares,
    plan: Plan,
) -> np.ndarray:
    """Return (m,) how many people each invited one stands for: the list raked to what is known of all."""
    if not population or plan.weighting is None:
        return base
    level = next(iter(codes))
    total = float(headcount.sum())
    margins = [Margin(level, codes[level], invited[level], headcount)]
    file = plan.weighting.population
    for question, shares in population.items():
        _refuse_other_codes(question, codes[question], shares, file)
        targets = np.array([shares[code].value for code in codes[question]]) * total
        margins.append(Margin(f"{question} ({file})", codes[question], invited[question], targets))
    return rake(base, margins, total, allowed=plan.weighting.margin_error).weights


def _refuse_other_codes(
    question: str, codes: Sequence[str], shares: Mapping[str, Share], file: str
) -> None:
    """Refuse shares of codes that nobody invited has, and codes without a share."""
    wanted = {code: share for code, share in shares.items() if share.value > 0}
    for code, share in wanted.items():
        if code not in codes:
            raise UserError(
                f"{file}:{share.line}: {question} {code} is part of the population, and nobody on the list "
                "of invited people has it: an empty cell, which no weight can fill"
            )
    for code in codes:
        if code not in wanted:
            raise UserError(
                f"{file}: {question} {code} is on the list of invited people, and has no share here"
            )
