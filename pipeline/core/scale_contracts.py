"""Contracts of the tables that say how well scales measure, and what may be compared."""

from __future__ import annotations

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
    declared,
    key,
    number,
)

SCALE = key("scale", "scale; `_current` and `_desired` where it is rated twice")
FINDING = Column(
    "finding",
    "text",
    "name of what stands in the way of a value, or makes it suspect; told in `findings`",
)
COMPARABLE = Column(
    "comparable",
    "text",
    "for a language: whether its mean may be compared with other languages': of the scale as it is, "
    "only without the items that differ, not at all, not known, or no scale that could be tested; "
    "published without its mean where not at all or not known; empty for other groups",
    allowed=("full", "partial", "none", "untested", "ungated"),
)
ESTIMATOR = Column(
    "estimator",
    "text",
    "how it is fitted: maximum likelihood with robust errors by organisation (missing answers by full "
    "information), or weighted least squares on polychoric correlations",
    allowed=("mlr", "wlsmv"),
)
LEVELS = ("configural", "thresholds", "metric", "scalar", "partial", "strict")

_FIT = (
    number("chisq", "test statistic of exact fit", minimum=0),
    Column("df", "whole", "its degrees of freedom", minimum=0),
    P_VALUE,
    number("chisq_scaled", "robust test statistic: Yuan-Bentler, or mean- and variance-adjusted"),
    number("p_scaled", "its p value", minimum=0, maximum=1),
    number("cfi", "comparative fit index: robust, or scaled after least squares"),
    number("tli", "Tucker-Lewis index, likewise"),
    number("rmsea", "root mean square error of approximation, likewise", minimum=0),
)
_SRMR = number("srmr", "standardised root mean square residual", minimum=0)

SCALE_TABLES = (
    Contract(
        "reliability",
        "a statistic of a scale, in a group",
        "scales as in the questionnaire; everyone, languages, the plan's other groups",
        (
            SCALE,
            key(
                "statistic",
                "which coefficient: `omega_total`, `cr`, `ave` of the factor model, everyone who answered;"
                " `omega_h` of Schmid and Leiman's solution, or of the second-order model; the others of "
                "complete rows; `sem` in scale points",
                (
                    "alpha",
                    "alpha_std",
                    "average_r",
                    "spearman_brown",
                    "sem",
                    "omega_total",
                    "omega_h",
                    "ordinal_alpha",
                    "ordinal_omega",
                    "ave",
                    "cr",
                ),
            ),
            GROUP,
            declared("n_items", "items in the scale", type="whole"),
            Column("n", "whole", "respondents used", "people", minimum=0),
            ESTIMATE,
            Column(
                "interval",
                "text",
                "how the interval is made: organisations drawn again, or Fisher's z",
                allowed=("organisations", "fisher_z"),
            ),
            *CONF,
            number("feldt_low", "lower end of Feldt's interval, of alpha"),
            number("feldt_high", "upper end of Feldt's interval, of alpha"),
            Column(
                "verdict",
                "text",
                "what the scale may be used for by the plan's limits, from omega_total (of two items, "
                "spearman_brown): as a score, to compare groups only, or item by item",
                allowed=("score", "groups", "items"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "factor_fit",
        "a factor model by one estimator",
        "scales as in the questionnaire, then models as built",
        (
            key(
                "model", "the scale, `<scale>_<kind>` for a scale made of parts, or the plan's name"
            ),
            key("estimator", "how it is fitted", ("mlr", "wlsmv", "minres")),
            declared(
                "kind",
                "one factor; first-order factors that correlate; with a second-order factor above them; "
                "as the plan writes it; correlated factors and a method that all items have in common",
                allowed=("one_factor", "correlated", "second_order", "planned", "method"),
            ),
            declared("n_items", "items in the model", type="whole"),
            Column("chosen", "flag", "whether the plan judges by this estimator"),
            N,
            Column("groups", "whole", "organisations that errors are clustered by"),
            *_FIT,
            number("rmsea_low", "lower end of its 90 % interval", minimum=0),
            number("rmsea_high", "upper end of its 90 % interval", minimum=0),
            _SRMR,
            number("aic", "Akaike's criterion; not after least squares"),
            number("bic", "Bayesian criterion; not after least squares"),
            Column(
                "verdict",
                "text",
                "by the plan's limits",
                allowed=("acceptable", "marginal", "poor", "just_identified"),
            ),
            number("delta_cfi", "of a second-order model: CFI less that of the correlated factors"),
            Column("kept", "flag", "of a second-order model: whether the plan's limit keeps it"),
            FINDING,
        ),
    ),
    Contract(
        "loadings",
        "an item on a factor, in a model",
        "models as in `factor_fit`, factors and items as in the questionnaire",
        (
            key("model", "as in `factor_fit`"),
            key("factor", "the factor: a scale"),
            key("item", "an item; of a second-order factor, a factor"),
            ESTIMATOR,
            N,
            number("estimate", "unstandardised loading, reversed items turned"),
            STD_ERROR,
            number("std_estimate", "loading in standard deviations of item and factor"),
            number("std_error_std", "standard error of `std_estimate`", minimum=0),
            number("std_low", "lower end of its confidence interval"),
            number("std_high", "upper end of its confidence interval"),
            CONF[2],
        ),
    ),
    Contract(
        "modification_indices",
        "a restriction of a model",
        "models as in `factor_fit`, then by size",
        (
            key("model", "as in `factor_fit`"),
            key("parameter", "what is left out: `factor=~item` or `item~~item`"),
            N,
            number("statistic", "fall of chi-square if it were free", minimum=0),
            number("change", "the value it would take"),
            number("std_change", "the same, standardised"),
        ),
    ),
    Contract(
        "scree",
        "a component of a scale, by size",
        "scales as in the questionnaire, components from the largest",
        (
            SCALE,
            Column("number", "whole", "first, second .. component", minimum=1, key=True),
            N,
            number("component", "eigenvalue of the correlations"),
            number("component_chance", "the same of shuffled answers, 95th percentile"),
            Column("suggested", "flag", "whether it exceeds chance, as all before it do"),
        ),
    ),
    Contract(
        "validity",
        "a pair of scales",
        "scales as in the questionnaire",
        (
            key("scale_a", "scale"),
            key("scale_b", "scale"),
            Column("n", "whole", "respondents with both scores", "people", minimum=0),
            number("r", "correlation of the factors: of the scores, over the root of both omegas"),
            number("htmt", "heterotrait-monotrait ratio of correlations", minimum=0),
            number("htmt_low", "lower end of its interval, organisations drawn again", minimum=0),
            number("htmt_high", "upper end of its interval", minimum=0),
            CONF[2],
            number("least_ave", "smaller of both average variances", minimum=0, maximum=1),
            Column("fornell_larcker", "flag", "whether `least_ave` exceeds r squared"),
            Column(
                "verdict",
                "text",
                "distinct: HTMT and r below the plan's limits, and the interval below 1",
                allowed=("distinct", "overlapping"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "invariance",
        "a level of a scale's ladder over languages",
        "scales as in the questionnaire, levels from the freest",
        (
            SCALE,
            key("level", "what is equal; `partial`: scalar, with some items freed", LEVELS),
            ESTIMATOR,
            Column("languages", "text", "languages in the comparison, joined by `;`"),
            N,
            *_FIT,
            _SRMR,
            number(
                "delta_cfi",
                "CFI less that of the level before; of `strict`, that of the full `scalar`",
            ),
            number("delta_rmsea", "RMSEA less that of the level before"),
            number("delta_srmr", "SRMR less that of the level before"),
            Column("passes", "flag", "whether the step holds by the plan's limits"),
            Column("freed_items", "text", "items whose intercepts are free, joined by `;`"),
            Column(
                "verdict",
                "text",
                "what the whole ladder lets be compared, as in `comparability`; the same at each level",
                allowed=("full", "partial", "none", "untested"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "comparability",
        "a scale in a language",
        "scales, languages as in the questionnaire",
        (
            SCALE,
            GROUP,
            N,
            Column("gate", "flag", "whether the language is in the ladder: enough people answered"),
            Column(
                "verdict",
                "text",
                "whether means may be compared: of the scale as it is, only without the items that differ"
                ", not at all, or not known",
                allowed=("full", "partial", "none", "untested"),
            ),
            Column("freed_items", "text", "items that differ, joined by `;`"),
            number(
                "mean_bias",
                "by how much the scale mean is off, against the first language in the ladder",
                "scale points",
            ),
            number("latent_difference", "difference of factor means, in standard deviations"),
            number("latent_std_error", "its standard error", minimum=0),
            number("without_freed", "mean of the score without the items that differ, unweighted"),
            number("with_all", "mean of the score, the same people, unweighted", "scale points"),
            FINDING,
        ),
    ),
    Contract(
        "item_invariance",
        "an item of a scale, over languages",
        "scales and their items as in the questionnaire",
        (
            SCALE,
            key("item", "item"),
            Column("n", "whole", "people who answered the whole scale", "people", minimum=0),
            Column("freed", "flag", "whether its intercepts are freed for partial invariance"),
            number("score_statistic", "score test of its equal intercepts, at its last test"),
            number("score_p", "p value of it, unadjusted", minimum=0, maximum=1),
            number("dif_p", "ordinal-logistic DIF: Holm's p over the scale", minimum=0, maximum=1),
            number("dif_r2", "change of McFadden's R2 by language"),
            Column("dif", "flag", "whether both pass the plan's limits"),
            number("dmacs", "largest effect size dMACS against the first language", minimum=0),
        ),
    ),
    Contract(
        "agreement",
        "a scale at an organisation level",
        "scales as in the questionnaire, levels as in the plan",
        (
            key("scale", "score"),
            key("organisation_level", "question that names the organisation"),
            Column("groups", "whole", "organisations with a score, residual units included"),
            N,
            number("icc1", "ICC(1), with n0 of unequal groups"),
            number("icc2", "ICC(2), reliability of an organisation's mean"),
            number("f", "F of the one-way analysis of variance", minimum=0),
            P_VALUE,
            number("median_n", "people in the middle organisation by size"),
            number("mean_reliability", "reliability of the mean of so many people"),
            Column("groups_agreement", "whole", "organisations large enough for agreement"),
            number(
                "rwg_uniform",
                "middle rwg(j) over organisations, uniform null",
                minimum=0,
                maximum=1,
            ),
            number("rwg_skewed", "the same, slightly skewed null", minimum=0, maximum=1),
            number("rwg_star", "middle r*wg(j)", maximum=1),
            number(
                "ad_median", "middle average deviation from the median", "answer points", minimum=0
            ),
            Column(
                "verdict",
                "text",
                "by the plan's limits: a property of the organisation, or an average of individual views",
                allowed=("organisation", "individuals"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "organisation_means",
        "a score in an organisation",
        "scores, levels, then organisations as in `organisations.csv`",
        (
            key("scale", "score"),
            key("organisation_level", "question that names the organisation"),
            key("organisation", "the organisation's code"),
            declared(
                "residual", "an 'all other' unit: left out of figures and benchmarks", type="flag"
            ),
            N,
            number("estimate", "mean score, weighted", "scale points"),
            STD_ERROR,
            DF,
            *CONF,
            number("eb_mean", "mean drawn towards the whole (empirical Bayes)", "scale points"),
            number("eb_low", "lower end of its interval, at `conf_level`", "scale points"),
            number("eb_high", "upper end of its interval, at `conf_level`", "scale points"),
            number("difference", "weighted mean less that of the rest", "scale points"),
            number(
                "q_value",
                "Welch's t against the rest, Benjamini-Hochberg over organisations",
                minimum=0,
                maximum=1,
            ),
            Column(
                "position",
                "text",
                "against the rest: below or above only where q is small",
                allowed=("below", "around", "above"),
            ),
        ),
    ),
    Contract(
        "method_variance",
        "a pair of scales, by a way to take out a common method",
        "approaches, then scales as in the plan",
        (
            key(
                "approach",
                "a latent factor that all items of the plan's `method` load on alike, correlations are "
                "those of the scales' factors; or a marker, correlations of scores",
                ("latent_factor", "marker"),
            ),
            key("scale_a", "scale"),
            key("scale_b", "scale"),
            N,
            number("r", "correlation with the method in it", minimum=-1, maximum=1),
            P_VALUE,
            number("adjusted", "correlation without it"),
            number(
                "p_adjusted",
                "its p value; of a marker, people as independent",
                minimum=0,
                maximum=1,
            ),
            number(
                "method_share",
                "average share of the items' variance that the method factor takes; of a marker, its "
                "smallest positive correlation with a scale",
                minimum=0,
                maximum=1,
            ),
            Column(
                "verdict",
                "text",
                "of a significant correlation: whether it stays one of the same sign; `none`: it was "
                "not significant; `no_method`: the method factor's variance is not above 0 (one-sided), or "
                "the marker correlates positively with no scale",
                allowed=("stands", "falls", "none", "no_method"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "expectations",
        "a pair of scores that the plan expects to correlate",
        "as in the plan",
        (
            key("scale_a", "score"),
            key("scale_b", "score"),
            declared("expected", "sign that is expected", allowed=("positive", "negative")),
            N,
            Column("groups", "whole", "organisations that errors are clustered by"),
            number("estimate", "Pearson's r, unweighted", minimum=-1, maximum=1),
            STD_ERROR,
            DF,
            *CONF,
            P_VALUE,
            Column(
                "verdict",
                "text",
                "on which side of 0 the interval lies; undecided where it holds 0",
                allowed=("as_expected", "opposite", "undecided"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "split_sample",
        "a predictor and an outcome at an organisation level",
        "models as in the plan, levels as in the plan",
        (
            key("predictor", "score"),
            key("outcome", "score"),
            key("organisation_level", "question that names the organisation"),
            N,
            Column("groups", "whole", "organisations that can be halved"),
            number("same_half", "r of means from the same people", minimum=-1, maximum=1),
            number("other_half", "r of means from different people", minimum=-1, maximum=1),
            number("spread_low", "lower quantile of `other_half` over the halvings"),
            number("spread_high", "upper quantile of it"),
            CONF[2],
            FINDING,
        ),
    ),
    Contract(
        "findings",
        "a thing found in the answers to a scale",
        "tables, then scales as in the questionnaire",
        (
            key("output", "table whose value is missing or suspect"),
            key("target", "scale, model or pair"),
            GROUP,
            key("finding", "its name"),
            N,
            Column("items", "text", "items concerned, joined by `;`"),
            Column("message", "text", "what was found"),
        ),
    ),
)
