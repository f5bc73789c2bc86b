"""What the tests of instruments share: the studies whose instruments are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.questionnaire.model import Questionnaire
from pipeline.study import load_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def psi_co() -> Questionnaire:
    """Return the questionnaire of PSI-CO."""
    return load_study("psi-co", ROOT).questionnaire
