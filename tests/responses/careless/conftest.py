"""What the tests of careless answering share: values from R, and answers drawn with gaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.questionnaire.columns import answer_columns
from pipeline.responses.raw import RawAnswers
from pipeline.study import Study, load_study

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Case:
    """Answers (n, k), and what R says of them by quantity, (n,) or as long as it is."""

    x: np.ndarray
    said: Callable[[str], np.ndarray]


@pytest.fixture(scope="session", params=["complete", "missing"])
def case(request: pytest.FixtureRequest) -> Case:
    """Return each case of `tests/reference/careless.R`."""
    folder = ROOT / "tests/reference"
    data = pd.read_csv(folder / "careless_data.csv")
    values = pd.read_csv(folder / "careless.csv")
    mine = values[values["case"] == request.param]
    kinds = mine["quantity"].str.replace(r"_?\d+$", "", regex=True)
    x = data[data["case"] == request.param].drop(columns="case").to_numpy(float)
    return Case(x, lambda name: mine.loc[kinds == name, "value"].to_numpy())


@pytest.fixture(scope="session")
def bfi() -> tuple[np.ndarray, pd.DataFrame]:
    """Return 2,436 complete answers to 25 items, and what R's package careless says of them."""
    folder = ROOT / "../shared/reference/data"
    if not (folder / "bfi_careless.csv").is_file():
        pytest.skip("the shared reference bfi_careless.csv is not here")
    items = pd.read_csv(folder / "bfi_complete25.csv").iloc[:, 1:26]
    return items.to_numpy(float), pd.read_csv(folder / "bfi_careless.csv")


def _questionnaire() -> str:
    """Return a study of nine scales of four ratings on three pages, the last of each scale reversed."""

    def rows(page: int) -> str:
        items = "".join(
            f"          - {{id: Q{scale}{k}, text: {{nl: q, fr: q}}}}\n"
            for scale in range(3 * page, 3 * page + 3)
            for k in range(1, 5)
        )
        check = "          - {id: CHECK, attention: 2, text: {nl: q, fr: q}}\n"
        return items + (check if page == 1 else "")

    pages = "".join(
        f"  - id: page{page}\n    title: {{nl: p, fr: p}}\n    questions:\n"
        f"      - code: M{page}\n        kind: matrix\n        choices: agree\n"
        f"        text: {{nl: m, fr: m}}\n        rows:\n{rows(page)}"
        for page in range(3)
    )
    scales = "".join(
        f"  s{k}:\n    name: {{nl: s, fr: s}}\n    items: [Q{k}1, Q{k}2, Q{k}3, Q{k}4]\n"
        f"    reversed: [Q{k}4]\n    needed: 3\n"
        for k in range(9)
    )
    return f"""\
study: nine
languages: [nl, fr]
title: {{nl: n, fr: n}}
choices:
  agree:
    options:
      - {{code: 1, text: {{nl: a, fr: a}}}}
      - {{code: 2, text: {{nl: b, fr: b}}}}
      - {{code: 3, text: {{nl: c, fr: c}}}}
      - {{code: 4, text: {{nl: d, fr: d}}}}
      - {{code: 5, text: {{nl: e, fr: e}}}}
      - {{code: 99, text: {{nl: f, fr: f}}, missing: dont_know}}
  yesno:
    options:
      - {{code: 1, text: {{nl: a, fr: a}}}}
      - {{code: 0, text: {{nl: b, fr: b}}}}
  orgs:
    organisations: true
sections:
  - id: outcomes
    title: {{nl: o, fr: o}}
    questions:
      - {{code: NEW, kind: single, choices: yesno, text: {{nl: n, fr: n}}}}
      - {{code: N, kind: count, maximum: 50, show: NEW == 1, text: {{nl: n, fr: n}}}}
      - code: D
        kind: dual
        choices: agree
        current: {{nl: c, fr: c}}
        desired: {{nl: d, fr: d}}
        text: {{nl: t, fr: t}}
        rows: [{{id: D1, text: {{nl: t, fr: t}}}}]
{pages}  - id: who
    title: {{nl: w, fr: w}}
    questions:
      - {{code: ORG, kind: single, choices: orgs, text: {{nl: o, fr: o}}}}
scales:
{scales}"""


PLAN = """\
seed: 3
responses: {format: csv, file: a.csv, respondent: id}
organisation: {levels: [ORG]}
careless: {choices: agree}
"""


@pytest.fixture(scope="session")
def nine(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the study of nine scales."""
    root = tmp_path_factory.mktemp("nine")
    folder = root / "questionnaires" / "nine"
    folder.mkdir(parents=True)
    (folder / "questionnaire.yaml").write_text(_questionnaire())
    (folder / "analysis.yaml").write_text(PLAN)
    (folder / "organisations.csv").write_text("code,name_nl,name_fr\nA,a,a\n")
    return load_study("nine", root)


def draw_people(study: Study, n: int, seed: int = 1, missing: float = 0.05) -> RawAnswers:
    """Return n careful people: about ten seconds an answer, the check passed, four in five in Dutch."""
    rng = np.random.default_rng(seed)
    general = rng.normal(size=n) * 0.4
    codes: dict[str, pd.Categorical] = {}
    factors = {str(k): general + rng.normal(size=n) for k in range(9)}
    for column in answer_columns(study.questionnaire):
        choices = column.item.choices
        texts = np.full(n, "3", dtype=object)
        if column.name.startswith("Q"):
            sign = -1 if column.name.endswith("4") else 1
            x = 3 + sign * 0.9 * factors[column.name[1]] + 0.6 * rng.normal(size=n)
            texts = np.clip(np.rint(x), 1, 5).astype(int).astype(str).astype(object)
            texts[rng.random(n) < missing] = None
        else:
            texts[:] = {"CHECK": "2", "ORG": "A", "NEW": "1"}.get(column.name, "3")
        categories = [o.code for o in choices.options] if choices else ["3"]
        codes[column.name] = pd.Categorical(texts, categories=categories)
    counts = np.array([4, 12, 13, 12, 1])
    return RawAnswers(
        codes=pd.DataFrame(codes),
        respondent=np.array([f"r{k}" for k in range(n)], dtype=object),
        language=np.where(rng.random(n) < 0.8, "nl", "fr").astype(object),
        weight=np.ones(n),
        source_row=np.arange(2, n + 2),
        pages=np.full(n, 5),
        seconds=rng.normal(10, 1, size=(n, 5)) * counts,
        token=np.full(n, None, dtype=object),
        organisation=np.full(n, None, dtype=object),
    )


@pytest.fixture(scope="session")
def people() -> Callable[..., RawAnswers]:
    """Return the function that draws careful people."""
    return draw_people


@pytest.fixture(scope="session")
def changed() -> Callable[..., RawAnswers]:
    """Return a function that gives answers with some cells changed, by column: (row, code) pairs."""

    def change(raw: RawAnswers, **cells: dict[int, str | None]) -> RawAnswers:
        codes = raw.codes.copy()
        for name, new in cells.items():
            for row, code in new.items():
                codes.loc[row, name] = code
        return replace(raw, codes=codes)

    return change
