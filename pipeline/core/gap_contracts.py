"""Contracts of the gaps: response surfaces, reliability of differences, organisations, portfolios."""

from __future__ import annotations

from pipeline.core.scale_contracts import COMPARABLE
from pipeline.core.vocabulary import (
    CONF,
    DF,
    ESTIMATE,
    GROUP,
    P_VALUE,
    STD_ERROR,
    Column,
    Contract,
    N,
    compared,
    declared,
    few,
    key,
    number,
    of,
    percent,
)

TARGET = key("target", "item or scale that is rated twice")
TARGET_LEVEL = declared("level", "what the target is", allowed=("item", "scale"))
FINDING = Column("finding", "text", "why there is no value; as in `findings`")
USABLE = Column(
    "usable",
    "text",
    "whether the plan's limit of reliability allows a person's gap, or means of groups only",
    allowed=("person", "group_only"),
)
POSITIONS = ("below", "around", "above")
COEFFICIENTS = ("b0", "b1", "b2", "b3", "b4", "b5")
ALONG_LINES = ("a1", "a2", "a3", "a4", "a5")
PLACES = ("shift", "stationary_current", "stationary_desired", "p10", "p11")
CONDITIONS = ("sides", "a4", "a3", "a5", "p10", "p11", "b4", "a1", "a2", "broad", "strict")
_SET = key("question", "question that asks for shares of 100")
_PEOPLE = Column("n", "whole", "people who gave all shares twice", "people", minimum=0)

GAP_TABLES = (
    Contract(
        "response_surface",
        "a parameter of the surface of an outcome over current (C) and desired (D)",
        "items, then scales, as in the questionnaire; outcomes as in the plan; parameters as listed",
        (
            TARGET,
            key("outcome", "score that is explained, a z-score"),
            key(
                "parameter",
                "b0-b5: constant, C, D, C squared, C times D, D squared, both less the plan's centre;"
                " a1, a2: slope and curvature where C = D; a3, a4: where C = -D; a5: b3 - b5; shift: "
                "of the ridge along C = -D, -a3 / (2 a4); stationary_current, stationary_desired: "
                "where the surface is level, C and D; p10, p11: intercept and slope of the first "
                "principal axis, D on C",
                (*COEFFICIENTS, *ALONG_LINES, *PLACES),
            ),
            TARGET_LEVEL,
            number("centre", "what is taken off both ratings", "scale points"),
            N,
            Column("groups", "whole", "organisations (clusters)"),
            ESTIMATE,
            number("std_error", "CR2, by the delta method; unweighted", minimum=0),
            number("df", "Satterthwaite's degrees of freedom", minimum=0),
            P_VALUE,
            number(
                "q_value",
                "Benjamini-Hochberg over items, or scales, of the parameter and outcome",
                minimum=0,
                maximum=1,
            ),
            *CONF,
            number(
                "boot_low", "lower end of the interval of organisations drawn again; not for b0"
            ),
            number("boot_high", "upper end of it, percentiles, at `conf_level`"),
            Column("draws", "whole", "draws of organisations in which the parameter has a value"),
            FINDING,
        ),
    ),
    Contract(
        "congruence",
        "a condition for congruence of current and desired, for an outcome",
        "items, then scales, as in the questionnaire; outcomes as in the plan; conditions as listed",
        (
            TARGET,
            key("outcome", "score that is explained, a z-score"),
            key(
                "condition",
                "`sides`: % of pairs on the rarer side of C = D; a parameter of `response_surface`; "
                "`broad` and `strict`: whether congruence is claimed in that sense",
                CONDITIONS,
            ),
            TARGET_LEVEL,
            N,
            ESTIMATE,
            Column(
                "interval",
                "text",
                "where `conf_low` and `conf_high` come from",
                allowed=("CR2", "organisations"),
            ),
            *CONF,
            declared("bound_low", "the plan's lower bound", type="number"),
            declared("bound_high", "the plan's upper bound", type="number"),
            Column("holds", "flag", "whether the interval (or value) lies inside the bounds"),
            FINDING,
        ),
    ),
    Contract(
        "gap_pairs",
        "a pair of ratings of an item or scale",
        "items, then scales, as in the questionnaire; pairs from the lowest",
        (
            TARGET,
            Column("current", "whole", "how it is, rounded to whole points", key=True),
            Column("desired", "whole", "how it should be, rounded to whole points", key=True),
            Column("n", "whole", "people with this pair", "people", minimum=0),
            percent("percent", "of all pairs, unweighted"),
        ),
        adds_up="target",
    ),
    Contract(
        "error_covariances",
        "an item that is rated twice",
        "scales and their items as in the questionnaire",
        (
            key("scale", "scale that is rated twice"),
            key("item", "item"),
            N,
            number(
                "estimate",
                "covariance of what the factors leave of how it is and of how it should be",
                "squared scale points",
            ),
            STD_ERROR,
            FINDING,
        ),
    ),
    Contract(
        "gap_reliability",
        "an item or scale that is rated twice",
        "items, then scales, as in the questionnaire",
        (
            TARGET,
            TARGET_LEVEL,
            Column("n", "whole", "people with both ratings", "people", minimum=0),
            number("sd_current", "standard deviation of how it is, unweighted", minimum=0),
            number("sd_desired", "standard deviation of how it should be, unweighted", minimum=0),
            number("r", "correlation of both ratings", minimum=-1, maximum=1),
            number("reliability_current", "reliability of how it is", minimum=0, maximum=1),
            number("reliability_desired", "reliability of how it should be", minimum=0, maximum=1),
            Column(
                "source",
                "text",
                "what stands for the reliability of a rating: omega of a scale, the squared standardised "
                "loading of a single item",
                allowed=("omega", "squared_loading"),
            ),
            number(
                "reliability",
                "reliability of desired minus current, errors uncorrelated; below 0 where the ratings "
                "correlate more than they are reliable",
                maximum=1,
            ),
            number(
                "error_covariance", "covariance of the errors of both ratings, from a factor model"
            ),
            number("reliability_correlated", "reliability of the difference, errors so correlated"),
            USABLE,
            FINDING,
        ),
    ),
    Contract(
        "organisation_gaps",
        "an item or scale that is rated twice, in an organisation",
        "items, then scales, as in the questionnaire; levels as in the plan; organisations as in "
        "`organisations.csv`, never by value",
        (
            TARGET,
            key("organisation_level", "question that names the organisation"),
            key("organisation", "the organisation's code"),
            TARGET_LEVEL,
            declared(
                "residual", "an 'all other' unit: left out of figures and benchmarks", type="flag"
            ),
            declared("organisation_type", "its type"),
            Column("n", "whole", "people with both ratings", "people", minimum=0),
            number("current", "mean of how it is, weighted, complete pairs", "scale points"),
            number("desired", "mean of how it should be, weighted, complete pairs", "scale points"),
            number("estimate", "gap: desired minus current, weighted", "scale points"),
            number("std_error", "of people within the organisation", minimum=0),
            DF,
            *CONF,
            number("eb_mean", "gap drawn towards the whole (empirical Bayes)", "scale points"),
            number("eb_low", "lower end of its interval, at `conf_level`", "scale points"),
            number("eb_high", "upper end of its interval, at `conf_level`", "scale points"),
            number("difference", "gap less that of all others", "scale points"),
            number(
                "q_value",
                "Welch's t against all others, Benjamini-Hochberg over organisations",
                minimum=0,
                maximum=1,
            ),
            Column(
                "position",
                "text",
                "of the gap against all others: below (a smaller gap) or above only where q is small",
                allowed=POSITIONS,
            ),
            few("n_of_type", "people of the other organisations of its type"),
            *(
                of("n_of_type", column)
                for column in (
                    number("type_difference", "gap less theirs", "scale points"),
                    number("type_q_value", "as `q_value`, against them", minimum=0, maximum=1),
                    Column(
                        "type_position", "text", "as `position`, against them", allowed=POSITIONS
                    ),
                )
            ),
            number("benchmark", "median gap of organisations that are large enough"),
            number("best_quarter", "gap that a quarter of them stays at or below"),
            number("benchmark_current", "median of their current means", "scale points"),
            number(
                "high_performers", "current mean that a quarter of them reaches", "scale points"
            ),
            Column("organisations", "whole", "how many are large enough and not residual"),
        ),
    ),
    Contract(
        "portfolio",
        "a share of 100, now or desired, in a group",
        "questions and their rows as in the questionnaire; groups as in the plan",
        (
            _SET,
            key("item", "one of the shares"),
            key("rating", "how it is, or how it should be", ("current", "desired")),
            GROUP,
            _PEOPLE,
            Column("groups", "whole", "organisations (clusters)"),
            few("n_zero", "people who gave this share 0"),
            *map(
                compared,
                (
                    percent("estimate", "arithmetic mean, weighted"),
                    STD_ERROR,
                    DF,
                    *CONF,
                    percent("centre", "geometric means closed to 100, weighted, zeros replaced"),
                ),
            ),
            few("n_positive", "people who gave no share 0, now or desired"),
            compared(
                of(
                    "n_positive",
                    percent("centre_positive", "the same, of those who gave no share 0"),
                )
            ),
            COMPARABLE,
        ),
    ),
    Contract(
        "portfolio_change",
        "a share of 100 on its way from current to desired, in a group",
        "questions and their rows as in the questionnaire, then `all`; groups as in the plan",
        (
            _SET,
            key("item", "one of the shares; `all` for the test of all at once"),
            GROUP,
            _PEOPLE,
            Column("groups", "whole", "organisations (clusters)"),
            *map(
                compared,
                (
                    number(
                        "difference",
                        "arithmetic mean, desired less current, weighted",
                        "percentage points",
                    ),
                    number("difference_low", "lower end of its interval, at `conf_level`"),
                    number("difference_high", "upper end of its interval, at `conf_level`"),
                    number(
                        "estimate",
                        "balance of the share against the geometric mean of the others (pivot coordinate), "
                        "desired less current, weighted; of `all`, the Aitchison distance of both centres",
                    ),
                    STD_ERROR,
                    number(
                        "statistic",
                        "t; of `all`, F of Hotelling's test with organisations as units",
                    ),
                    DF,
                    P_VALUE,
                    number("q_value", "Benjamini-Hochberg over the shares", minimum=0, maximum=1),
                    *CONF,
                    number(
                        "times",
                        "by how much the share's ratio to the others is multiplied",
                        minimum=0,
                    ),
                ),
            ),
            COMPARABLE,
            FINDING,
        ),
    ),
    Contract(
        "portfolio_variation",
        "a pair of shares, now, desired, or from one to the other",
        "questions and their rows as in the questionnaire, the total last",
        (
            _SET,
            key(
                "rating",
                "shares as they are, as they should be, or desired divided by current",
                ("current", "desired", "change"),
            ),
            key("item_a", "a share; `all` for the total variance"),
            key("item_b", "another share; `all` for the total variance"),
            _PEOPLE,
            number("log_ratio", "mean of ln(a / b), weighted"),
            number(
                "variance",
                "variance of ln(a / b), weighted; total: a half of their mean",
                minimum=0,
            ),
        ),
    ),
)
