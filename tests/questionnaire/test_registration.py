"""The registered plan: kept once, and what differs from it later."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipeline.core.errors import ProblemsFound, UserError
from pipeline.core.files import sha256
from pipeline.core.plan import Plan
from pipeline.questionnaire.check_plan import load_plan
from pipeline.questionnaire.deviations import deviations_table
from pipeline.questionnaire.registration import read_registration, register

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 22)
SHOWN = "questionnaires/psi-co"


@dataclass(frozen=True)
class Folder:
    """A copy of a study's folder, whose plan can be changed."""

    path: Path

    def register(self) -> bool:
        return register(self.path, SHOWN, DAY, answers_are_there=False)

    def change(self, before: str, after: str) -> None:
        plan = self.path / "analysis.yaml"
        text = plan.read_text(encoding="utf-8")
        assert before in text
        plan.write_text(text.replace(before, after, 1), encoding="utf-8")

    def log(self, text: str) -> None:
        (self.path / "deviations.yaml").write_text(text, encoding="utf-8")

    def deviations(self) -> list[list[object]]:
        plan, problems = load_plan(self.path, SHOWN, None, set())
        assert isinstance(plan, Plan), problems
        table = deviations_table(read_registration(self.path, SHOWN), plan, SHOWN)
        return table.astype("object").where(table.notna(), None).to_numpy().tolist()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    shutil.copytree(ROOT / SHOWN, tmp_path / "psi-co")
    (tmp_path / "psi-co/registration.yaml").unlink(missing_ok=True)
    return Folder(tmp_path / "psi-co")


def test_nothing_is_registered_before(folder: Folder) -> None:
    facts = read_registration(folder.path, SHOWN).facts
    assert facts["registered"] is None
    assert facts["plan_now"] == sha256(folder.path / "analysis.yaml")
    assert folder.deviations() == []


def test_what_is_registered_is_the_text_its_hash_and_the_day(folder: Folder) -> None:
    assert folder.register()
    found = read_registration(folder.path, SHOWN)
    assert found.registered is not None
    assert found.registered.plan == (folder.path / "analysis.yaml").read_text(encoding="utf-8")
    assert found.facts == {
        "registered": "2026-11-22",
        "registered_after_answers": False,
        "plan_at_registration": found.now,
        "plan_now": sha256(folder.path / "analysis.yaml"),
    }
    assert folder.deviations() == []


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_the_end_of_the_text_is_kept(folder: Folder, end: str) -> None:
    plan = folder.path / "analysis.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").rstrip("\n") + end, encoding="utf-8")
    folder.register()
    assert read_registration(folder.path, SHOWN).registered is not None


def test_the_same_plan_is_registered_once(folder: Folder) -> None:
    assert folder.register()
    before = (folder.path / "registration.yaml").read_bytes()
    assert not folder.register()
    assert (folder.path / "registration.yaml").read_bytes() == before


def test_another_plan_never_replaces_it(folder: Folder) -> None:
    folder.register()
    folder.change("wild_draws: 9999", "wild_draws: 999")
    with pytest.raises(UserError, match="registered on 2026-11-22; a plan is registered once"):
        folder.register()


def test_what_is_declared_otherwise_is_a_deviation_with_its_reason(folder: Folder) -> None:
    folder.register()
    folder.change("wild_draws: 9999", "wild_draws: 999")
    folder.change(
        "    estimator: logit\n    smallest: 0.139762", "    estimator: ols\n    smallest: 0.1"
    )
    folder.log(
        "deviations:\n"
        "  - {date: 2026-12-01, part: hypotheses.H1, reason: The outcome turned out to be a count.}\n"
    )
    assert folder.deviations() == [
        [
            "hypotheses.H1.estimator",
            "logit",
            "ols",
            "2026-12-01",
            "The outcome turned out to be a count.",
        ],
        [
            "hypotheses.H1.smallest",
            "0.139762",
            "0.1",
            "2026-12-01",
            "The outcome turned out to be a count.",
        ],
        ["inference.wild_draws", "9999", "999", None, None],
    ]


def test_what_is_added_or_taken_away_is_a_deviation(folder: Folder) -> None:
    folder.register()
    folder.change("seed: 20261121", "seed: 20261121\nminimum_cell: 12")
    folder.change("\nminimum_cell: 10\n", "\n")
    folder.change("groups: [language, LEVEL, ROLE]", "groups: [language]")
    parts = {each[0]: each[1:3] for each in folder.deviations()}
    assert parts == {
        "minimum_cell": ["10", "12"],
        "groups": ["language, LEVEL, ROLE", "language"],
    }


def test_a_comment_changes_the_hash_and_is_no_deviation(folder: Folder) -> None:
    folder.register()
    folder.change("seed: 20261121", "# a remark\nseed: 20261121")
    found = read_registration(folder.path, SHOWN)
    assert found.facts["plan_at_registration"] != found.facts["plan_now"]
    assert folder.deviations() == []


def test_a_registered_text_that_was_changed_is_refused(folder: Folder) -> None:
    folder.register()
    kept = folder.path / "registration.yaml"
    kept.write_text(kept.read_text().replace("wild_draws: 9999", "wild_draws: 999"))
    with pytest.raises(ProblemsFound, match="not the one that the hash is of"):
        read_registration(folder.path, SHOWN)


def test_a_log_that_says_too_little_is_refused(folder: Folder) -> None:
    folder.log("deviations:\n  - {date: 2026-12-01, part: seed, reason: x}\n")
    with pytest.raises(ProblemsFound, match=r"deviations\.yaml:2"):
        read_registration(folder.path, SHOWN)
