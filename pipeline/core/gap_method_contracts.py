"""Contracts of the methods for gaps: sizes, ways to an error, priorities, and how methods agree."""

from __future__ import annotations

from pipeline.core.gap_contracts import FINDING, TARGET, USABLE
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
    compared,
    declared,
    key,
    number,
    percent,
)

LEVEL = key("level", "what the target is", ("item", "scale"))
FAMILY = declared("family", "section of the questionnaire: the targets it is ranked among")
PAIRED = Column("n", "whole", "people with both ratings", "people", minimum=0)
GROUPS = Column("groups", "whole", "organisations (clusters) with such people")
CROSSHAIRS = ("none", "grand_means", "midpoints", "medians")
QUADRANTS = ("keep_up", "concentrate", "low_priority", "overkill")
METHODS = ("gap", "mwds", "rdm", "centred", "ipa")

GAP_METHOD_TABLES = (
    Contract(
        "gaps",
        "an item or scale that is rated twice, in a group",
        "items, then scales, as in the questionnaire; groups as in the plan, organisation types, "
        "organisations",
        (
            TARGET,
            LEVEL,
            GROUP,
            FAMILY,
            PAIRED,
            GROUPS,
            *map(
                compared,
                (
                    number(
                        "current", "mean of how it is, weighted, complete pairs", "scale points"
                    ),
                    number(
                        "desired",
                        "mean of how it should be, weighted, complete pairs",
                        "scale points",
                    ),
                    number("estimate", "gap: desired minus current, weighted", "scale points"),
                    STD_ERROR,
                    DF,
                    *CONF,
                    number("p_value", "that the gap is 0; missing for too few df", "", 0, 1),
                    number(
                        "p_adjusted", "Benjamini-Hochberg over the family in the group", "", 0, 1
                    ),
                    number("effect_size", "d_z: gap by the standard deviation of the differences"),
                    number(
                        "rank_biserial",
                        "signed ranks of differences, (positive - negative) / all; unweighted",
                        "",
                        -1,
                        1,
                    ),
                    percent("wanting", "NR: current below desired, weighted"),
                    percent("equal", "TR: current as desired, weighted"),
                    percent("beyond", "PR: current above desired, weighted"),
                    percent("ceiling", "desired at the highest answer, weighted"),
                    Column(
                        "lower_bound", "flag", "whether that is above 50 %: the gap may be larger"
                    ),
                    number(
                        "desired_centred",
                        "mean of desired less the person's own mean desired over the family",
                        "scale points",
                    ),
                ),
            ),
            Column(
                "inference",
                "text",
                "how the error is computed: by organisation, or by person in a group of one organisation",
                allowed=("CR2", "HC2"),
            ),
            number(
                "reliability", "of the difference, everyone; as in `gap_reliability`", maximum=1
            ),
            USABLE,
            COMPARABLE,
            FINDING,
        ),
    ),
    Contract(
        "gap_intervals",
        "an item or scale that is rated twice, in a group, by one way to its error",
        "items, then scales, as in the questionnaire; groups of several organisations as in `gaps`",
        (
            TARGET,
            LEVEL,
            GROUP,
            key(
                "inference",
                "cr2: t with clustered errors, the paired t test where people of an organisation are "
                "alike; bootstrap_t: organisations drawn again, studentised by CR2; percentile: the same,"
                " not studentised; two_stage: people drawn again too, for comparison only, too wide; "
                "signed_rank: Wilcoxon's test with clusters (Rosner, Glynn & Lee 2006), unweighted",
                ("cr2", "bootstrap_t", "percentile", "two_stage", "signed_rank"),
            ),
            PAIRED,
            GROUPS,
            *map(
                compared,
                (
                    ESTIMATE,
                    STD_ERROR,
                    number("statistic", "t, or the normal statistic of signed ranks"),
                    DF,
                    P_VALUE,
                    *CONF,
                ),
            ),
            COMPARABLE,
        ),
    ),
    Contract(
        "priorities",
        "an item or scale that is rated twice, in a group, by one method",
        "items, then scales, as in the questionnaire; groups as in `gaps`; methods as listed",
        (
            TARGET,
            LEVEL,
            GROUP,
            key(
                "method",
                "gap: raw difference; mwds: Borich's mean weighted discrepancy; rdm: ranked "
                "discrepancy, -RDS; centred: desired less the person's own mean desired, minus current;"
                " ipa: importance-performance quadrants",
                METHODS,
            ),
            key("crosshair", "of ipa, where its lines lie: the first is the main one", CROSSHAIRS),
            FAMILY,
            PAIRED,
            Column(
                "units",
                "text",
                "what is drawn again: people, in a group of one organisation",
                allowed=("organisations", "people"),
            ),
            *map(
                compared,
                (
                    number("score", "what ranks: the method's number; of ipa, `p_concentrate`"),
                    number("conf_low", "lower end of its interval: percentiles over replicates"),
                    number("conf_high", "upper end of it"),
                    CONF[2],
                ),
            ),
            number("rank", "1 for the largest score of the family; equal scores share it", "", 1),
            number("rank_low", "first rank it may have, all of the family together", "", 1),
            number("rank_high", "last rank it may have, at `conf_level`", "", 1),
            number(
                "top5_probability",
                "share of replicates that have it among the first five",
                "",
                0,
                1,
            ),
            Column(
                "quadrant",
                "text",
                "where one is at least as probable as the plan wants; else border",
                allowed=(*QUADRANTS, "border"),
            ),
            *(
                number(f"p_{name}", f"share of replicates in: {name}", "", 0, 1)
                for name in QUADRANTS
            ),
            COMPARABLE,
        ),
    ),
    Contract(
        "method_agreement",
        "a pair of methods, or all together, on the targets of a family in a group",
        "groups as in `gaps`; items, then scales; families as in the questionnaire",
        (
            LEVEL,
            key("family", "section of the questionnaire"),
            GROUP,
            key("method_a", "method; `all` for all together", (*METHODS, "all")),
            key("method_b", "method; `all` for all together", (*METHODS, "all")),
            Column(
                "n", "whole", "people with both ratings of the target with the fewest", "people"
            ),
            Column("targets", "whole", "targets that are ranked"),
            number("spearman", "correlation of the ranks, ties shared", "", -1, 1),
            number("kendall_w", "Kendall's W of all methods, corrected for ties", "", 0, 1),
            number("top5_overlap", "share of the first five that are the same", "", 0, 1),
            Column(
                "verdict",
                "text",
                "against the plan's own method: same_order; within_intervals: every rank lies in its "
                "rank interval; depends: some do not. Of all: the worst. Empty for other pairs",
                allowed=("same_order", "within_intervals", "depends"),
            ),
        ),
    ),
)
