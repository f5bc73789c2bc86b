"""How innovation is spread over kinds, now and as it should be: shares of 100 and their ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.findings import Findings
from pipeline.core.grouping import group_by, groupings
from pipeline.core.multiplicity import benjamini_hochberg
from pipeline.core.plan import Plan
from pipeline.core.predeclared import Gaps
from pipeline.core.tables import make_table
from pipeline.gaps.clustered_means import ClusteredMean, clustered_mean, joint_test
from pipeline.gaps.compositions import (
    centre,
    close,
    orthonormal_coordinates,
    pivot_balances,
    replace_zeros,
    variation,
)

Row = dict[str, object]
RATINGS = ("current", "desired")


@dataclass(frozen=True)
class Shares:
    """Shares that n people gave twice, in percent.

    `given` (n, 2, D) are the answers closed to 100, `positive` the same with zeros replaced; `weights`
    and `clusters` (n,) those of the people.
    """

    items: tuple[str, ...]
    given: np.ndarray
    positive: np.ndarray
    weights: np.ndarray
    clusters: np.ndarray

    def of(self, members: np.ndarray) -> Shares:
        """Return the shares of some of the people, (n,) bool."""
        return Shares(
            self.items,
            self.given[members],
            self.positive[members],
            self.weights[members],
            self.clusters[members],
        )

    @property
    def change(self) -> np.ndarray:
        """Desired divided by current, (n, D), closed to 100."""
        return close(self.positive[:, 1] / self.positive[:, 0])


def portfolio_tables(
    ratings: pd.DataFrame,
    questions: Mapping[str, Sequence[str]],
    plan: Plan,
    findings: Findings,
) -> dict[str, pd.DataFrame]:
    """Return `portfolio`, `portfolio_change` and `portfolio_variation`.

    Weighted, of people who gave every share of a question twice; who gave nothing but zeros to one of the
    two is left out. Shares are closed to 100. For ratios, a 0 is replaced by the plan's `zero_share`.

    Parameters
    ----------
    ratings : one row a respondent: `<item>_current`, `<item>_desired` in percent, the outermost
        organisation level, `weight`, and the plan's groups. questions : the items of each question that
        asks for shares.
    """
    tables: dict[str, list[Row]] = {}
    for question, items in questions.items():
        made = _question_rows(ratings, question, tuple(items), plan, findings)
        for name, rows in made.items():
            tables.setdefault(name, []).extend(rows)
    names = ("portfolio", "portfolio_change", "portfolio_variation")
    return {name: make_table(tables.get(name, []), name) for name in names}


def _question_rows(
    ratings: pd.DataFrame, question: str, items: tuple[str, ...], plan: Plan, findings: Findings
) -> dict[str, list[Row]]:
    given = np.stack(
        [
            ratings[[f"{item}_{rating}" for item in items]].to_numpy(dtype=float, na_value=np.nan)
            for rating in RATINGS
        ],
        axis=1,
    )
    there = ~np.isnan(given).any(axis=(1, 2)) & (given.sum(axis=2) > 0).all(axis=1)
    clusters = group_by(ratings[plan.organisation.levels[0]], "organisation").codes
    closed = close(given[there])
    zero = (plan.gaps or Gaps(methods=())).zero_share
    positive = np.stack([replace_zeros(closed[:, k], zero) for k in range(2)], axis=1)
    weights = ratings["weight"].to_numpy(dtype=float)[there]
    shares = Shares(items, closed, positive, weights, clusters[there])
    portfolio: list[Row] = []
    change: list[Row] = []
    for grouping in groupings(ratings[there], plan.groups):
        for group, members in grouping.members():
            at: Row = {"question": question, "group": group}
            part = shares.of(members)
            portfolio += [{**at, **row} for row in _share_rows(part, plan)]
            change += [{**at, **row} for row in _change_rows(part, plan, findings, at)]
    varied = [{"question": question, **row} for row in _variation_rows(shares)]
    order = {item: k for k, item in enumerate((*items, "all"))}
    change.sort(key=lambda row: order[str(row["item"])])
    portfolio.sort(key=lambda row: (order[str(row["item"])], RATINGS.index(str(row["rating"]))))
    return {"portfolio": portfolio, "portfolio_change": change, "portfolio_variation": varied}


def _share_rows(shares: Shares, plan: Plan) -> Iterator[Row]:
    n = len(shares.weights)
    full = (shares.given > 0).all(axis=(1, 2))
    for k, rating in enumerate(RATINGS):
        given = shares.given[:, k]
        whole = _centre(shares.positive[:, k], shares.weights)
        without = _centre(given[full], shares.weights[full])
        for j, item in enumerate(shares.items):
            mean = clustered_mean(given[:, j], shares.weights, shares.clusters, plan.confidence)
            yield {
                "item": item,
                "rating": rating,
                "n": n,
                "groups": mean.groups,
                "n_zero": int((given[:, j] == 0).sum()),
                **_estimates(mean, plan),
                "centre": whole[j],
                "n_positive": int(full.sum()),
                "centre_positive": without[j],
            }


def _centre(shares: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return centre(shares, weights) if len(shares) else np.full(shares.shape[1], np.nan)


def _estimates(mean: ClusteredMean, plan: Plan) -> Row:
    return {
        "estimate": mean.value,
        "std_error": mean.std_error,
        "df": mean.df,
        "conf_low": mean.low,
        "conf_high": mean.high,
        "conf_level": plan.confidence,
    }


def _change_rows(shares: Shares, plan: Plan, findings: Findings, at: Row) -> Iterator[Row]:
    n, level = len(shares.weights), plan.confidence
    moved = shares.given[:, 1] - shares.given[:, 0]
    balances = pivot_balances(shares.change)
    stretch = np.sqrt((len(shares.items) - 1) / len(shares.items))
    weights, clusters = shares.weights, shares.clusters
    columns = range(len(shares.items))
    found = [clustered_mean(balances[:, j], weights, clusters, level) for j in columns]
    q_values = benjamini_hochberg([each.p_value for each in found])
    for j, (item, balance) in enumerate(zip(shares.items, found, strict=True)):
        plain = clustered_mean(moved[:, j], weights, clusters, level)
        yield {
            "item": item,
            "n": n,
            "groups": balance.groups,
            "difference": plain.value,
            "difference_low": plain.low,
            "difference_high": plain.high,
            **_estimates(balance, plan),
            "statistic": balance.statistic,
            "p_value": balance.p_value,
            "q_value": q_values[j],
            "times": np.exp(balance.value / stretch),
        }
    place = ("portfolio_change", str(at["question"]), str(at["group"]))
    together, name = findings.attempt(
        place,
        n,
        lambda: joint_test(orthonormal_coordinates(shares.change), weights, clusters),
    )
    tested: Row = {}
    if together:
        tested = {
            "estimate": float(np.sqrt(together.mean @ together.mean)),
            "statistic": together.f,
            "df": together.df,
            "p_value": together.p,
        }
    yield {"item": "all", "n": n, "groups": found[0].groups, **tested, "finding": name}


def _variation_rows(shares: Shares) -> Iterator[Row]:
    n = len(shares.weights)
    for k, rating in enumerate((*RATINGS, "change")):
        parts = shares.change if rating == "change" else shares.positive[:, k]
        if not n:
            continue
        found = variation(parts, shares.weights)
        for i, a in enumerate(shares.items):
            for j, b in enumerate(shares.items):
                if i < j:
                    yield {
                        "rating": rating,
                        "item_a": a,
                        "item_b": b,
                        "n": n,
                        "log_ratio": found.log_ratio[i, j],
                        "variance": found.variance[i, j],
                    }
        yield {
            "rating": rating,
            "item_a": "all",
            "item_b": "all",
            "n": n,
            "variance": found.total,
        }
