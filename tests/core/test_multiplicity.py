"""p values of several tests together; exact, against R's p.adjust by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.multiplicity import benjamini_hochberg, holm


def test_holm_by_hand() -> None:
    adjusted = holm([0.01, 0.04, np.nan, 0.03, 0.9])
    assert adjusted == pytest.approx([0.04, 0.09, np.nan, 0.09, 0.9], nan_ok=True)


def test_benjamini_hochberg_by_hand() -> None:
    adjusted = benjamini_hochberg([0.01, 0.04, np.nan, 0.03, 0.9])
    expected = [0.04, 0.16 / 3, np.nan, 0.16 / 3, 0.9]
    assert adjusted == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_nothing_known_stays_unknown(adjust) -> None:
    assert np.isnan(adjust([np.nan, np.nan])).all()
    assert adjust([]).shape == (0,)
