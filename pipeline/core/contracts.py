"""The contract of every table: its columns, what they mean, and which values are allowed.

The manual's table reference is generated from these declarations.
"""

from __future__ import annotations

from pipeline.core.effect_contracts import EFFECT_TABLES
from pipeline.core.gap_contracts import GAP_TABLES
from pipeline.core.gap_method_contracts import GAP_METHOD_TABLES
from pipeline.core.model_contracts import MODEL_TABLES
from pipeline.core.play_contracts import PLAY_TABLES
from pipeline.core.response_contracts import RESPONSE_TABLES
from pipeline.core.scale_contracts import COMPARABLE, SCALE_TABLES
from pipeline.core.sensitivity_contracts import SENSITIVITY_TABLES
from pipeline.core.vocabulary import (
    CONF,
    DF,
    GROUP,
    P_VALUE,
    STD_ERROR,
    Column,
    ColumnType,
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

__all__ = ["STUDY_TABLES", "TABLES", "Column", "ColumnType", "Contract"]

SOURCE_FILE = key("source_file", "raw file, in `data/raw/<study>`")
SOURCE_ROW = Column(
    "source_row",
    "whole",
    "row of the raw file: its line, where the header is line 1; a count from 1 where there are no lines",
    key=True,
)
VALENCE = Column(
    "valence",
    "text",
    "what the answer counts as in percentages; empty: as nothing",
    allowed=("negative", "neutral", "positive"),
    declared=True,
)

FLAGS = ("attention", "speed", "identical", "even_odd", "mahalanobis")
PLANTED = ("attentive", "straightline", "random", "speeder")

_TABLES = (
    Contract(
        "answers",
        "an answer to an item, in a group",
        "items and codes as in the questionnaire; groups as in the plan",
        (
            key("item", "item; `<item>_current` and `<item>_desired` where it is rated twice"),
            key("code", "the answer's code"),
            GROUP,
            VALENCE,
            declared("missing", "whether the code stands for a kind of missing", type="flag"),
            Column("n", "whole", "people who gave this answer, unweighted", "people", minimum=0),
            percent("percent", "of all answers given to the item (no answer excluded), weighted"),
        ),
    ),
    Contract(
        "percent_positive",
        "an item, scale or index, in a group, by one rule",
        "items, scales, indices as in the questionnaire; groups as in the plan",
        (
            key("target", "item, scale or index"),
            key("level", "what the target is", ("item", "scale", "index")),
            GROUP,
            key(
                "rule",
                "`valid`: of valid answers; `all`: of valid answers and don't know",
                ("valid", "all"),
            ),
            Column(
                "n",
                "whole",
                "answers in the denominator, unweighted; for a scale or index, of its item with the"
                " fewest",
                "people",
                minimum=0,
            ),
            compared(
                percent("positive", "weighted % positive; of a scale, the mean over its items")
            ),
            compared(percent("neutral", "weighted % neutral")),
            compared(percent("negative", "weighted % negative")),
            percent("dont_know", "weighted % don't know among all answers, whatever the rule"),
            compared(percent("conf_low", "lower end for % positive: Wilson on the effective n")),
            compared(percent("conf_high", "upper end for % positive: Wilson on the effective n")),
            CONF[2],
            number(
                "effective_n",
                "n of a single proportion whose interval is as wide: Kish's for an item, greater where"
                " much of a known population answered",
                minimum=0,
            ),
            COMPARABLE,
        ),
    ),
    Contract(
        "items",
        "an item of a scale, in a group",
        "items as in the questionnaire, then scales; groups as in the plan",
        (
            key("item", "item; `<item>_current` and `<item>_desired` where it is rated twice"),
            key("scale", "scale it belongs to; `none` where it belongs to none"),
            GROUP,
            N,
            compared(number("mean", "mean as asked (not reversed), weighted", "scale points")),
            number("sd", "standard deviation (n - 1), weighted", "scale points", minimum=0),
            number("skew", "skewness, weighted, adjusted (SPSS, e1071 type 2)"),
            number("kurtosis", "excess kurtosis, weighted, adjusted (SPSS, e1071 type 2)"),
            few("n_floor", "people at the lowest answer"),
            few("n_ceiling", "people at the highest answer"),
            of("n_floor", percent("floor", "at the lowest answer, weighted")),
            of("n_ceiling", percent("ceiling", "at the highest answer, weighted")),
            percent(
                "missing",
                "without a valid answer (don't know included), of those it was put to, weighted",
            ),
            Column(
                "n_complete",
                "whole",
                "people who answered the whole scale",
                "people",
                minimum=0,
                people="n_complete",
            ),
            Column(
                "item_rest_r",
                "number",
                "correlation with the mean of the scale's other items, complete rows, after reversal, "
                "unweighted",
                minimum=-1,
                maximum=1,
                people="n_complete",
            ),
            Column(
                "alpha_if_dropped",
                "number",
                "alpha of the scale without this item, complete rows, unweighted",
                people="n_complete",
            ),
            COMPARABLE,
        ),
    ),
    Contract(
        "correlations",
        "a pair of scores, in a group",
        "scores as in the questionnaire; groups as in the plan",
        (
            key("scale_a", "score"),
            key("scale_b", "score"),
            GROUP,
            Column("n", "whole", "respondents with both scores", "people", minimum=0),
            Column("groups", "whole", "organisations (outermost level) they work in"),
            number("estimate", "Pearson r, unweighted", minimum=-1, maximum=1),
            STD_ERROR,
            DF,
            *CONF,
            P_VALUE,
        ),
    ),
    Contract(
        "careless_confusion",
        "a sign of careless answering and a kind of respondent; simulated answers only",
        "the rule, then its flags; kinds as they are planted",
        (
            key("sign", "the plan's rule, or one of its flags", ("rule", *FLAGS)),
            key("planted", "how the respondent was made to answer", PLANTED),
            Column("n", "whole", "respondents of the kind who came as far as the rule", "people"),
            Column("marked", "whole", "of these, marked by the sign", "people"),
            percent("percent", "marked, of the kind: false alarms where attentive, else found"),
        ),
        hides=False,
    ),
    Contract(
        "labels",
        "the name of a thing, in a language",
        "as in the questionnaire",
        (
            key(
                "kind",
                "what is named",
                (
                    *("study", "section", "item", "code", "scale", "level", "organisation"),
                    *("group", "principle", "play", "hypothesis"),
                ),
            ),
            key(
                "parent",
                "what it belongs to: an item's section, a code's item, an organisation's level, a play's "
                "scale, `none`",
            ),
            key("name", "machine name, as in the other tables"),
            key("language", "language of the label"),
            Column("label", "text", "its name for readers"),
        ),
        hides=False,
    ),
    Contract(
        "disclosure",
        "a hidden row",
        "tables, then rows in their order",
        (
            key("output", "table"),
            key("cell", "the row's keys, `column=value` joined by `;`"),
            Column(
                "reason",
                "text",
                "why it is hidden: too few people; could be worked out; or, of means by language alone, "
                "what the gate of invariance does not let be compared",
                allowed=("minimum", "complementary", "language_gate"),
            ),
        ),
        hides=False,
    ),
    Contract(
        "attrition",
        "a cleaning rule, in order of application",
        "as the rules are applied",
        (
            key("rule", "the rule's name"),
            Column("description", "text", "what it looks at"),
            Column("rows_before", "whole", "rows before the rule", "rows"),
            Column("rejected", "whole", "rows it rejected", "rows"),
            Column("flagged", "whole", "rows it flagged and kept", "rows"),
            Column("rows_after", "whole", "rows after the rule", "rows"),
        ),
        hides=False,
    ),
    Contract(
        "rejected",
        "a rejected row",
        "as in the raw files",
        (
            SOURCE_FILE,
            SOURCE_ROW,
            Column("respondent", "text", "respondent id"),
            Column("rule", "text", "rule that rejected it"),
            Column("reason", "text", "what the rule found"),
        ),
        hides=False,
    ),
    Contract(
        "changes",
        "a changed cell",
        "as in the raw files",
        (
            SOURCE_FILE,
            SOURCE_ROW,
            key("column", "column of the answers"),
            Column("rule", "text", "rule that changed it"),
            Column("before", "text", "value as it came"),
            Column("after", "text", "value as it is used"),
        ),
        hides=False,
    ),
    Contract(
        "response_quality",
        "a respondent who was looked at for careless answers",
        "as in the raw file",
        (
            key("respondent", "respondent id"),
            number("answered", "share of the core ratings answered", minimum=0, maximum=1),
            Column("attention_errors", "whole", "attention checks shown and not answered as asked"),
            number("seconds_per_item", "median over completed pages", "seconds", minimum=0),
            number("time_share", "time on completed pages by the language's median", minimum=0),
            Column("longest_run", "whole", "longest run of identical answers", "answers"),
            number("average_run", "mean length of runs of identical answers", "answers", minimum=1),
            Column(
                "longest_mixed_run", "whole", "longest run across a reversed question", "answers"
            ),
            Column("uniform_pages", "whole", "pages of mixed direction with one answer", "pages"),
            number("variability", "standard deviation of the person's answers (n - 1)", minimum=0),
            number("even_odd", "r of odd and even halves over scales, corrected", "", -1, 1),
            number("synonyms", "r within the person over pairs that mean the same", "", -1, 1),
            number("antonyms", "r within the person over pairs of opposites", "", -1, 1),
            number("mahalanobis", "squared distance over the answers given", minimum=0),
            Column("mahalanobis_answers", "whole", "answers the distance is over", "answers"),
            number("mahalanobis_p", "chi-square p value of the distance", "", 0, 1),
            Column("flags", "text", "the flags raised, joined by `;`"),
            Column("verdict", "text", "by the plan's rule", allowed=("kept", "careless")),
        ),
        hides=False,
    ),
)
TABLES: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        *_TABLES,
        *SCALE_TABLES,
        *RESPONSE_TABLES,
        *GAP_METHOD_TABLES,
        *GAP_TABLES,
        *MODEL_TABLES,
        *EFFECT_TABLES,
        *SENSITIVITY_TABLES,
        *PLAY_TABLES,
    )
}
INSIDE_TABLES = ("rejected", "attrition", "changes", "response_quality", "weights")
ASIDE_TABLES = ("power",)  # made by commands of their own
STUDY_TABLES = tuple(name for name in TABLES if name not in (*INSIDE_TABLES, *ASIDE_TABLES))
