"""What was planted against what was found."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.core.contracts import FLAGS, PLANTED
from pipeline.responses.careless.confusion import confusion_table

QUALITY = pd.DataFrame(
    {
        "respondent": ["a", "b", "c", "d", "e", "f"],
        "flags": ["attention;speed", "speed", None, "attention", "even_odd;mahalanobis", None],
        "verdict": ["careless", "kept", "kept", "kept", "careless", "kept"],
    }
)
PEOPLE = {
    "a": "speeder",
    "b": "speeder",
    "c": "attentive",
    "d": "attentive",
    "e": "random",
    "f": "straightline",
    "lost before": "random",
}


def test_each_sign_is_counted_in_each_kind() -> None:
    found = confusion_table(QUALITY, PEOPLE).set_index(["sign", "planted"])
    assert len(found) == (1 + len(FLAGS)) * len(PLANTED)
    assert found.loc[("rule", "speeder")].tolist() == [2, 1, 50]
    assert found.loc[("speed", "speeder")].tolist() == [2, 2, 100]
    assert found.loc[("attention", "attentive")].tolist() == [2, 1, 50]
    assert found.loc[("rule", "random")].tolist() == [1, 1, 100]  # one of two came this far
    assert found.loc[("mahalanobis", "random")].tolist() == [1, 1, 100]
    assert found.loc[("rule", "straightline")].tolist() == [1, 0, 0]
    assert found.groupby("sign")["n"].sum().eq(len(QUALITY)).all()


@pytest.mark.parametrize(("quality", "planted"), [(QUALITY, {}), (QUALITY.iloc[:0], PEOPLE)])
def test_without_a_record_or_a_rule_the_table_is_empty(quality, planted) -> None:
    assert confusion_table(quality, planted).empty


def test_a_kind_that_did_not_come_so_far_has_no_percentage() -> None:
    found = confusion_table(QUALITY.iloc[:1], PEOPLE).set_index(["sign", "planted"])
    assert found.loc[("rule", "random"), "n"] == 0
    assert pd.isna(found.loc[("rule", "random"), "percent"])
