"""Scores on factors. Tolerance 1e-5 against psych, whose loadings stop at 1e-6; the Big Five 1e-4."""

from __future__ import annotations

import numpy as np
import pytest
from validation import agrees

from pipeline.core.errors import Finding
from pipeline.scales.exploratory.factor_scores import factor_scores, score_weights
from pipeline.scales.exploratory.model import explore

METHODS = {"regression": "Thurstone", "bartlett": "Bartlett", "ten_berge": "tenBerge"}


@pytest.mark.parametrize("name", ["three", "two", "one"])
@pytest.mark.parametrize("method", METHODS)
def test_weights_agree_with_psych(case, name: str, method) -> None:
    each = case(name)
    if (name, method) == ("one", "ten_berge"):
        pytest.skip("psych 2.2.9 takes the root of a 1 x 1 matrix for that of an identity")
    model = explore(each.r, each.n_factors, len(each.items))
    expected = each.matrix(f"weights_{METHODS[method]}", len(each.r))
    agrees(
        "factor scores: score weights",
        score_weights(each.r, model, method),
        expected,
        reference="psych",
        abs=1e-5,
    )


@pytest.mark.parametrize("method", ["regression", "ten_berge"])
def test_scores_agree_with_psych_on_the_big_five(big_five, matched, method) -> None:
    model = explore(big_five.r, 5, len(big_five.items))
    name = f"scores_{METHODS[method] if method != 'regression' else method}_first5"
    found = factor_scores(big_five.items, big_five.r, model, method)[:5]
    expected = np.array(big_five.values[name]["values"])
    agrees(
        "factor scores",
        np.abs(found),
        np.abs(expected),
        reference="psych on bfi (shared)",
        abs=1e-4,
    )


@pytest.mark.parametrize("name", ["three", "two", "one"])
def test_what_each_kind_of_score_is_for(case, name: str) -> None:
    each = case(name)
    model = explore(each.r, each.n_factors, len(each.items))
    scores = {m: factor_scores(each.items, each.r, model, m) for m in METHODS}
    kept = np.cov(scores["ten_berge"], rowvar=False).reshape(each.n_factors, -1)
    assert kept == pytest.approx(model.factor_correlations, abs=1e-9)
    unbiased = score_weights(each.r, model, "bartlett").T @ model.loadings
    assert unbiased == pytest.approx(np.eye(each.n_factors), abs=1e-9)
    weights = score_weights(each.r, model, "regression")
    assert each.r @ weights == pytest.approx(model.structure, abs=1e-9)
    assert scores["regression"].mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_people_with_a_missing_answer_have_no_score(case) -> None:
    each = case("two")
    model = explore(each.r, 2, len(each.items))
    gap = np.insert(each.items, 2, np.nan, axis=0)
    gap[2, 1:] = 3
    found = factor_scores(gap, each.r, model, "regression")
    assert np.isnan(found[2]).all()
    whole = factor_scores(each.items, each.r, model, "regression")
    assert np.delete(found, 2, axis=0) == pytest.approx(whole)


def test_what_cannot_be_is_named(case) -> None:
    each = case("two")
    model = explore(each.r, 2, len(each.items))
    with pytest.raises(Finding, match="too_few_people"):
        factor_scores(each.items[:1], each.r, model, "regression")
    for method in ("regression", "ten_berge"):
        with pytest.raises(Finding, match="collinear_items"):
            score_weights(np.ones_like(each.r), model, method)
    r = np.eye(4)
    r[0, 1:] = r[1:, 0] = [0.75, 0.6, 0.6]
    r[1, 2:] = r[2:, 1] = r[2, 3] = r[3, 2] = 0.3
    with pytest.raises(Finding, match="heywood_case"):
        score_weights(r, explore(r, 1, 100), "bartlett")
