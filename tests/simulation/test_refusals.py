"""A truth that cannot be is refused, by name and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound
from pipeline.simulation.check_truth import load_truth
from pipeline.simulation.employers import read_employers
from pipeline.simulation.population import read_margins
from pipeline.study import Study

REFUSED = {
    "unknown scale": (
        "  col_goal: ",
        "  col_gaol: ",
        "unknown scale 'col_gaol'; did you mean 'col_goal'?",
    ),
    "loading over 1": (
        "load: [0.76, 0.70, 0.74, 0.60]",
        "load: [0.76, 1.70, 0.74, 0.60]",
        "col_goal: .*less than or equal to 1 .found: '1.7'.",
    ),
    "second-order loading over 1": (
        "p1: 0.85",
        "p1: 1.85",
        "playbook_p1: the loading 1.85 is over 1",
    ),
    "not positive definite": (
        "- [0.32, 1.00]",
        "- [-0.99, 1.00]",
        "not positive definite from the row of 'handson' on",
    ),
    "short row": (
        "- [0.44, 0.48, 1.00]",
        "- [0.44, 1.00]",
        "handson: the row has 3 numbers, the last of them 1",
    ),
    "probability over 1": (
        "mcar_item: 0.03",
        "mcar_item: 1.03",
        "'mcar_item': .*less than or equal to 1",
    ),
    "probability below 0": (
        "non_consent: 0.02",
        "non_consent: -0.02",
        "'non_consent': .*greater than or equal to 0",
    ),
    "shares that rise": (
        "p_ge3: [0.92",
        "p_ge3: [0.98",
        "partners: the share 0.98 of item 1 is not below the 0.97 before",
    ),
    "no disturbance left within": (
        "collab: 0.35, climate",
        "collab: 0.95, climate",
        "capacity: .* variance 1.185 within organisations, which leaves nothing of 0.850",
    ),
    "no disturbance left between": (
        "capacity: 0.15, iwb",
        "capacity: 0.015, iwb",
        "capacity: .* between organisations, which leaves nothing of 0.015",
    ),
    "unknown factor": (
        "{factor: handsoff, load",
        "{factor: handsof, load",
        "unknown factor 'handsof'; did you mean 'handsoff'?",
    ),
    "unknown path": (
        "iwb:       {nww: 0.20",
        "iwb:       {nwo: 0.20",
        "unknown latent 'nwo'; did you mean 'nww'?",
    ),
    "unknown term": ("nww: 0.15, ", "nwo: 0.15, ", "unknown term 'nwo'; did you mean 'nww'?"),
    "unknown outcome": (
        "  INNIDEA:  ",
        "  INNIDEE:  ",
        "unknown item 'INNIDEE'; did you mean 'INNIDEA'?",
    ),
    "impossible score ICC": (
        "icc: 0.08, n_items: 4}",
        "icc: 0.98, n_items: 4}",
        "col_goal: no latent gives its score the ICC 0.98",
    ),
    "impossible item ICC": (
        "GOVMODE1: {factor: bar_hier, load: 0.30",
        "GOVMODE1: {factor: bar_hier, load: 0.99",
        "GOVMODE1: the ICC 0.08 does not go with a loading of 0.99",
    ),
    "wrong number of items": (
        "icc: 0.06, n_items: 6",
        "icc: 0.06, n_items: 5",
        "iwb: 'n_items' is 5, the questionnaire has 6",
    ),
    "gap that is not the difference": (
        "gap: 1.3}",
        "gap: 1.4}",
        "'gap' is 1.4, desired - current 1.30",
    ),
    "not the largest gap": (
        "[P5Q4, P2Q6, P4Q2]",
        "[P5Q4, P2Q6, P4Q1]",
        "P4Q1: others have a gap beyond its own",
    ),
    "shifted item elsewhere": ("climate:2", "climate:3", "CLIM2: does not stand at 'climate:3'"),
    "unknown language": (
        "group: fr, shift: 0.50",
        "group: de, shift: 0.50",
        "unknown language 'de'",
    ),
    "cuts that fall": (
        "[-2.4, -1.2, -0.2",
        "[-2.4, -1.2, -1.3",
        "'cuts': the numbers do not increase",
    ),
    "kinds that do not add up": (
        "straightline: 0.40, random",
        "straightline: 0.60, random",
        "the shares do not add up to 1",
    ),
    "other number of pages": (
        "pages: 21",
        "pages: 20",
        "'pages' is 20, the questionnaire has 21 sections",
    ),
    "unknown key": ("theta: 1.5", "thta: 1.5", "unknown key 'thta'"),
}


def write(study: Study, folder: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """Write a file of the study with `old` replaced once; return it and the line it stands on."""
    text = (study.paths.questionnaire / name).read_text(encoding="utf-8")
    assert old in text
    path = folder / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_truth_that_cannot_be_is_refused(psi_co: Study, tmp_path: Path, mistake: str) -> None:
    old, new, message = REFUSED[mistake]
    path, line = write(psi_co, tmp_path, "truth.yaml", old, new)
    with pytest.raises(ProblemsFound, match=message) as refused:
        load_truth(path, "psi-co/truth.yaml", psi_co.questionnaire)
    at = {problem.line for problem in refused.value.problems}
    assert {problem.path for problem in refused.value.problems} == {"psi-co/truth.yaml"}
    lines = {line, line - 1, line + 1, line + 2} if "definite" in mistake else {line}
    assert at & lines, f"{at} is not line {line}"


def test_every_mistake_is_reported_at_once(psi_co: Study, tmp_path: Path) -> None:
    path, _ = write(psi_co, tmp_path, "truth.yaml", "  col_goal: ", "  col_gaol: ")
    text = path.read_text(encoding="utf-8").replace("pages: 21", "pages: 22")
    path.write_text(text.replace("climate:2", "climate:1"), encoding="utf-8")
    with pytest.raises(ProblemsFound) as refused:
        load_truth(path, "truth.yaml", psi_co.questionnaire)
    assert len(refused.value.problems) == 3


def test_the_truth_of_psi_co_holds_together(psi_co: Study) -> None:
    path = psi_co.paths.questionnaire / "truth.yaml"
    assert load_truth(path, "truth.yaml", psi_co.questionnaire).truth.seed == 20261121


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("LEVEL,A,0.320", "LEVEL,A,0.420", "frame-margins.csv:1: LEVEL: the shares add up to 1.1"),
        ("LEVEL,A,0.320", "LEVEL,A,1.320", "frame-margins.csv:5: LEVEL A: 'share' is no number"),
        ("LEVEL,A,0.320", "LEVLE,A,0.320", "unknown variable 'LEVLE'; did you mean 'LEVEL'?"),
    ],
)
def test_margins_that_cannot_be_are_refused(
    psi_co: Study, tmp_path: Path, old: str, new: str, message: str
) -> None:
    path, _ = write(psi_co, tmp_path, "frame-margins.csv", old, new)
    with pytest.raises(ProblemsFound) as refused:
        read_margins(path, "frame-margins.csv")
    assert message in str(refused.value)


def test_a_headcount_is_a_number(psi_co: Study, tmp_path: Path) -> None:
    path, line = write(psi_co, tmp_path, "organisations.csv", ",20000,", ",many,")
    with pytest.raises(ProblemsFound, match=f"organisations.csv:{line}: organisation FIN: "):
        read_employers(path, "organisations.csv", ("nl", "fr", "en"))
