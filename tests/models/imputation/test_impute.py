"""Chained equations: what is put into holes, against known truth and against mice.

Draws are random, so mice 3.15 is met within Monte-Carlo error: 4.5 standard errors of the difference, with
fixed seeds. The sums by which it is fast equal sums written out to 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import Finding
from pipeline.core.incomplete import Incomplete, Variable
from pipeline.core.pooling import Pooled, pool
from pipeline.models.imputation.chain import Chain
from pipeline.models.imputation.impute import impute, shifted
from pipeline.models.imputation.layout import lay_out
from pipeline.models.imputation.numbers import DONORS, _sample, match

Reference = Callable[[str], Path]


def seeds(m: int, seed: int = 1) -> list[np.random.SeedSequence]:
    return np.random.SeedSequence(seed).spawn(m)


def incomplete(
    values: np.ndarray, variables: list[Variable], clusters: np.ndarray | None = None
) -> Incomplete:
    n = len(values)
    organisations = np.zeros(n, dtype=int) if clusters is None else clusters
    return Incomplete(
        tuple(variables),
        np.asarray(values, dtype=float),
        np.zeros(np.shape(values), dtype=bool),
        organisations,
        np.zeros(n, dtype=int),
    )


def numbers(*names: str) -> list[Variable]:
    return [Variable(name, "number") for name in names]


def survey(n: int = 400, groups: int = 20, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return answers without holes (three ratings of a scale, y, a 0/1 answer) and organisations."""
    rng = np.random.default_rng(seed)
    g = rng.integers(0, groups, n)
    latent = rng.normal(size=n) + 0.7 * rng.normal(size=groups)[g]
    items = np.clip(np.round(3 + latent[:, None] + 0.7 * rng.normal(size=(n, 3))), 1, 5)
    y = 0.8 * latent + rng.normal(size=n)
    yes = rng.random(n) < 1 / (1 + np.exp(-latent))
    return np.column_stack([items, y, yes]), g


SURVEY = [
    Variable("a", "number", "s"),
    Variable("b", "number", "s"),
    Variable("c", "number", "s", reversed=True),
    Variable("y", "number"),
    Variable("yes", "category"),
]


def with_holes(values: np.ndarray, share: float = 0.2, seed: int = 5) -> np.ndarray:
    holes = np.random.default_rng(seed).random(values.shape) < share
    return np.where(holes, np.nan, values)


def test_every_hole_is_filled_with_an_answer_that_was_given_and_nothing_else_changes() -> None:
    values, g = survey()
    data = incomplete(with_holes(values), SURVEY, g)
    for each in impute(data, seeds(3)):
        assert not np.isnan(each.values).any()
        there = ~np.isnan(data.values)
        np.testing.assert_array_equal(each.values[there], data.values[there])
        for k in range(5):
            given_answers = data.values[there[:, k], k]
            assert np.isin(each.values[:, k], given_answers).all()


def test_imputations_depend_on_their_own_seed_alone() -> None:
    values, g = survey(120)
    data = incomplete(with_holes(values), SURVEY, g)
    five, two = impute(data, seeds(5)), impute(data, seeds(5)[3:])
    np.testing.assert_array_equal(five[3].values, two[0].values)
    np.testing.assert_array_equal(five[4].values, two[1].values)
    assert (five[0].values != five[1].values).any()


def test_order_of_people_does_not_matter_to_who_is_who() -> None:
    """People are sorted by organisation inside; each gets back the row that was theirs."""
    values, g = survey(120)
    data = incomplete(with_holes(values), SURVEY, g)
    there = ~np.isnan(data.values)
    done = impute(data, seeds(1))[0].values
    np.testing.assert_array_equal(done[there], values[there])


@pytest.mark.parametrize("places", [[0], [1], [2], [3], [4], [0, 3, 4]])
def test_the_sums_of_a_regression_are_those_of_its_rows(places: list[int]) -> None:
    """Rows without the answer are taken out of the sums over all, before and after rows were written."""
    values, g = survey(90, 7)
    layout = lay_out(incomplete(with_holes(values), SURVEY, g), 3)
    rng = np.random.default_rng(2)
    chain = Chain(layout, rng)
    for target in layout.targets:
        if target.place in places:
            donors = layout.values[target.observed, target.place]
            chain.write(target, target.fillable, rng.choice(donors, len(target.fillable)))
    for target in layout.targets:
        found, rows = _sample(chain, target), target.observed
        X, y = chain.work[np.ix_(rows, target.predictors)], chain.work[rows, target.columns[0]]
        cluster = layout.cluster[rows]
        assert found.cross == pytest.approx(X.T @ X, abs=1e-9)
        assert found.product == pytest.approx(X.T @ y, abs=1e-9)
        assert found.square == pytest.approx(y @ y, abs=1e-9)
        by_cluster = pd.DataFrame(X).groupby(cluster).sum().reindex(range(len(layout.starts)))
        assert found.sums == pytest.approx(by_cluster.fillna(0).to_numpy(), abs=1e-9)
        assert found.totals == pytest.approx(np.bincount(cluster, y, len(layout.starts)), abs=1e-9)


def test_written_values_keep_sums_and_scale_means_up_to_date() -> None:
    values, g = survey(90, 7)
    layout = lay_out(incomplete(with_holes(values), SURVEY, g), 3)
    chain = Chain(layout, np.random.default_rng(2))
    for target in layout.targets:
        rows = target.fillable
        chain.write(
            target, rows, np.full(len(rows), layout.values[target.observed, target.place][0])
        )
    work, cross, sums = chain.work.copy(), chain.cross.copy(), chain.sums.copy()
    chain.add_up()
    assert work == pytest.approx(chain.work, abs=1e-9)
    assert cross == pytest.approx(chain.cross, abs=1e-8)
    assert sums == pytest.approx(chain.sums, abs=1e-9)
    mean, items, _ = layout.scales[0]
    a, b, c = chain.work[:, items].T
    assert chain.work[:, mean] == pytest.approx((a + b - c) / 3)


def test_predictors_are_own_items_means_of_other_scales_and_the_rest() -> None:
    variables = [
        Variable("a1", "number", "A"),
        Variable("a2", "number", "A"),
        Variable("b1", "number", "B"),
        Variable("b2", "number", "B"),
        Variable("kind", "category"),
        Variable("gate", "category"),
        Variable("behind", "number", asked_where=("gate", 1.0)),
    ]
    values = np.random.default_rng(1).integers(0, 2, (40, 7)).astype(float)
    values[:8, :] = np.nan
    layout = lay_out(incomplete(values, variables), 1)
    column = {v.name: int(layout.columns[k][0]) for k, v in enumerate(variables)}
    (mean_a, *_), (mean_b, *_) = layout.scales
    predictors = {variables[t.place].name: set(t.predictors.tolist()) - {0} for t in layout.targets}
    rest = {column["kind"], column["gate"], column["behind"]}
    assert predictors["a1"] == {column["a2"], mean_b} | rest
    assert predictors["b2"] == {column["b1"], mean_a} | rest
    assert predictors["kind"] == {mean_a, mean_b, column["gate"], column["behind"]}
    assert predictors["gate"] == {mean_a, mean_b, column["kind"]}
    assert predictors["behind"] == {mean_a, mean_b, column["kind"]}
    assert [variables[t.place].name for t in layout.targets][:2] == ["gate", "behind"]


@given(
    st.lists(st.integers(-6, 6), min_size=1, max_size=30),
    st.lists(st.floats(-9, 9), min_size=1, max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_a_donor_is_one_of_the_five_closest(
    known: list[int], wanted: list[float], seed: int
) -> None:
    """Ties of the fifth distance may all lend, as in mice."""
    level, sought = np.array(known, dtype=float), np.array(wanted)
    chosen = match(level, sought, np.random.default_rng(seed))
    for value, donor in zip(sought, chosen, strict=True):
        distances = np.sort(np.abs(level - value))
        fifth = distances[min(DONORS, len(level)) - 1]
        assert abs(level[donor] - value) <= fifth


def test_all_of_the_closest_lend_alike() -> None:
    """Of six who are equally close, each is taken as often as the others; a seventh never."""
    level = np.array([1.0, 1, 1, 1, 1, 1, 4])
    rng = np.random.default_rng(4)
    counts = np.bincount(np.concatenate([match(level, np.ones(50), rng) for _ in range(120)]))
    assert len(counts) == 6
    assert counts == pytest.approx(np.full(6, 1000), abs=4 * np.sqrt(1000))


def regression(values: np.ndarray, outcome: int, predictors: list[int]) -> tuple[np.ndarray, ...]:
    X = np.column_stack([np.ones(len(values)), values[:, predictors]])
    bread = np.linalg.inv(X.T @ X)
    b = bread @ X.T @ values[:, outcome]
    e = values[:, outcome] - X @ b
    return b, e @ e / (len(X) - X.shape[1]) * bread


def pooled_regression(
    data: Incomplete, m: int, outcome: int, predictors: list[int], iterations: int = 5
) -> Pooled:
    done = impute(data, seeds(m), iterations=iterations)
    fits = [regression(each.values, outcome, predictors) for each in done]
    df = len(data.values) - len(predictors) - 1
    return pool(np.array([f[0] for f in fits]), np.array([f[1] for f in fits]), df)


def test_agrees_with_mice_on_nhanes(shared_reference: Reference) -> None:
    """200 imputations of 25 people: estimates, total variance and missing information as mice has them."""
    import json

    frame = pd.read_csv(shared_reference("data/nhanes.csv"))
    told = json.loads(shared_reference("values/mice.json").read_text())
    by_mice = np.array(told["nhanes_pmm_m200_mc_reference"]["estimates"]["values"])
    data = incomplete(frame.to_numpy(), numbers(*frame))
    found = pooled_regression(data, 200, 3, [0, 1], iterations=10)
    error = np.hypot(found.monte_carlo_error, found.monte_carlo_error / np.sqrt(3))
    assert (np.abs(found.estimate - by_mice.mean(axis=1)) < 4.5 * error).all()
    theirs = pd.DataFrame(told["nhanes_lm"]["pooled"])
    assert found.std_error == pytest.approx(np.sqrt(theirs["t"].to_numpy()), rel=0.1)
    assert found.missing_information == pytest.approx(theirs["fmi"].to_numpy(), abs=0.12)


def test_agrees_with_mice_on_the_big_five(shared_reference: Reference) -> None:
    """The mean of what is put into each of 25 items, over 5 imputations, beside mice's five."""
    frame = pd.read_csv(shared_reference("data/bfi.csv")).drop(columns=["id", "education"])
    theirs = pd.read_csv(shared_reference("data/bfi_imp_pmm_m5_seed2024.csv"))
    data = incomplete(frame.to_numpy(), numbers(*frame))
    ours, missing = impute(data, seeds(5)), frame.isna().to_numpy()
    for k, name in enumerate(frame.columns):
        rows = missing[:, k]
        if rows.any():
            mine = np.array([each.values[rows, k].mean() for each in ours])
            yours = theirs[name].to_numpy().reshape(5, -1)[:, rows].mean(axis=1)
            spread = frame[name].std() * np.sqrt(2 / rows.sum() / 5)
            assert abs(mine.mean() - yours.mean()) < 4.5 * spread, name


def test_missing_by_another_answer_is_mended() -> None:
    """y is missing where x is high: means of those who answered are off, completed ones are not."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=4000)
    y = x + rng.normal(size=4000)
    seen = np.where(rng.random(4000) < 1 / (1 + np.exp(-x)), np.nan, y)
    done = impute(incomplete(np.column_stack([x, seen]), numbers("x", "y")), seeds(5))
    assert np.nanmean(seen) < -0.3
    means = [each.values[:, 1].mean() for each in done]
    assert np.mean(means) == pytest.approx(y.mean(), abs=0.06)
    slope = np.mean([np.polyfit(x, each.values[:, 1], 1)[0] for each in done])
    assert slope == pytest.approx(1, abs=0.05)


def between_share(values: np.ndarray, g: np.ndarray) -> float:
    """Return ICC(1) by analysis of variance, groups of one size."""
    table = pd.Series(values).groupby(g)
    size = len(values) / table.ngroups
    between, within = size * table.mean().var(), table.var().mean()
    return float((between - within) / (between + (size - 1) * within))


def test_organisations_keep_their_share_of_the_variance() -> None:
    """Of 40 organisations of 25, half the answers are missing: without intercepts the ICC is halved."""
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(40), 25)
    y = rng.normal(size=40)[g] * np.sqrt(0.3) + rng.normal(size=1000) * np.sqrt(0.7)
    seen = np.where(rng.random(1000) < 0.5, np.nan, y)
    values, names = np.column_stack([seen, rng.normal(size=1000)]), numbers("y", "x")
    by_organisation = impute(incomplete(values, names, g), seeds(10))
    without = impute(incomplete(values, names), seeds(10))
    kept = np.mean([between_share(each.values[:, 0], g) for each in by_organisation])
    lost = np.mean([between_share(each.values[:, 0], g) for each in without])
    assert kept == pytest.approx(between_share(y, g), abs=0.06)
    assert lost < 0.6 * between_share(y, g)


def test_categories_keep_shares_and_relations() -> None:
    rng = np.random.default_rng(21)
    x = rng.normal(size=3000)
    chance = np.exp(np.column_stack([0 * x, 0.5 + x, -0.5 - x]))
    chance /= chance.sum(axis=1, keepdims=True)
    kind = (rng.random(3000)[:, None] > chance.cumsum(axis=1)).sum(axis=1).astype(float)
    seen = np.where(rng.random(3000) < 1 / (1 + np.exp(1 - 2 * x)), np.nan, kind)
    data = incomplete(
        np.column_stack([x, seen]), [Variable("x", "number"), Variable("k", "category")]
    )
    done = impute(data, seeds(5))
    for code in (0, 1, 2):
        share = np.mean([(each.values[:, 1] == code).mean() for each in done])
        level = np.mean([x[each.values[:, 1] == code].mean() for each in done])
        assert share == pytest.approx((kind == code).mean(), abs=0.03)
        assert level == pytest.approx(x[kind == code].mean(), abs=0.08)


def test_a_predictor_that_separates_has_no_infinite_coefficient() -> None:
    x = np.r_[np.zeros(30), np.ones(30)]
    kind = x.copy()
    kind[[0, 1, 58, 59]] = np.nan
    data = incomplete(
        np.column_stack([x, kind]), [Variable("x", "number"), Variable("k", "category")]
    )
    right = [each.values[:, 1] == x for each in impute(data, seeds(60))]
    assert 0.85 < np.mean([each[[0, 1, 58, 59]].mean() for each in right]) <= 1


GATED = [Variable("gate", "category"), Variable("n", "number", asked_where=("gate", 1.0))]


def gated(n: int = 200) -> np.ndarray:
    rng = np.random.default_rng(6)
    gate = (rng.random(n) < 0.6).astype(float)
    count = np.where(gate == 1, rng.poisson(3, n), np.nan)
    gate[:30] = np.nan
    count[:45] = np.nan
    return np.column_stack([gate, count])


def test_what_was_not_asked_is_never_imputed() -> None:
    values = gated()
    for each in impute(incomplete(values, GATED), seeds(6)):
        gate, count = each.values.T
        assert not np.isnan(gate).any()
        np.testing.assert_array_equal(np.isnan(count), gate == 0)


def test_closed_cells_are_emptied_and_what_hangs_on_them_too() -> None:
    values = gated()
    data = incomplete(values, GATED)
    data.closed[:30, 0] = True
    for each in impute(data, seeds(3)):
        assert np.isnan(each.values[:30]).all()
        assert not np.isnan(each.values[30:, 0]).any()
        np.testing.assert_array_equal(np.isnan(each.values[30:, 1]), values[30:, 0] == 0)


def test_small_organisations_are_pooled_with_those_of_their_type() -> None:
    g = np.repeat([0, 1, 2, 3, 4], [12, 3, 4, 12, 5])
    types = np.repeat([0, 0, 0, 1, 1], [12, 3, 4, 12, 5])
    data = Incomplete(
        tuple(numbers("y")), np.ones((36, 1)), np.zeros((36, 1), dtype=bool), g, types
    )
    layout = lay_out(data, 10)
    cluster = np.empty(36, dtype=int)
    cluster[layout.order] = layout.cluster
    groups = [set(cluster[g == k].tolist()) for k in range(5)]
    assert groups[1] == groups[2]
    assert len({next(iter(each)) for each in groups}) == 4


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("constant", np.column_stack([np.ones(30), np.r_[np.nan, np.arange(29.0)]])),
        ("collinear", np.tile(np.r_[np.nan, np.arange(29.0)][:, None], 3)),
        ("two people", np.array([[1.0, np.nan], [2.0, 3.0]])),
        ("nothing missing", np.arange(20.0).reshape(10, 2)),
        ("constant with a hole", np.r_[np.nan, np.ones(9)][:, None]),
    ],
)
def test_poor_material_is_completed_all_the_same(what: str, values: np.ndarray) -> None:
    names = numbers(*(f"v{k}" for k in range(values.shape[1])))
    for g in (None, np.arange(len(values)) % 3):
        done = impute(incomplete(values, names, g), seeds(2))[0].values
        assert not np.isnan(done).any(), what


def test_a_category_with_one_code_takes_it() -> None:
    values = np.column_stack([np.arange(12.0), np.r_[np.nan, np.nan, np.full(10, 4.0)]])
    data = incomplete(values, [Variable("x", "number"), Variable("k", "category")])
    assert impute(data, seeds(1))[0].values[:, 1].tolist() == [4.0] * 12


def test_a_variable_without_any_answer_is_a_finding() -> None:
    data = incomplete(np.column_stack([np.arange(5.0), np.full(5, np.nan)]), numbers("x", "y"))
    with pytest.raises(Finding, match=r"no_answers: y: nobody gave a value"):
        impute(data, seeds(1))


def test_a_shift_moves_imputed_cells_alone() -> None:
    values, g = survey(100)
    data = incomplete(with_holes(values), SURVEY, g)
    done = impute(data, seeds(1))[0].values
    moved = shifted(done, data, ["b"], -0.5)
    hole = np.isnan(data.values[:, 1])
    assert moved[hole, 1] == pytest.approx(done[hole, 1] - 0.5)
    np.testing.assert_array_equal(moved[~hole, 1], done[~hole, 1])
    np.testing.assert_array_equal(np.delete(moved, 1, axis=1), np.delete(done, 1, axis=1))


def test_chains_settle() -> None:
    """Means of what is put in show no trend beyond the spread between chains."""
    values, g = survey(600)
    done = impute(incomplete(with_holes(values), SURVEY, g), seeds(12), iterations=12)
    traces = np.array([each.trace for each in done])
    drift = traces[:, 8:].mean(axis=(0, 1)) - traces[:, 3:8].mean(axis=(0, 1))
    assert (np.abs(drift) < 4.5 * traces[:, -1].std(axis=0) * np.sqrt(2 / 12)).all()
