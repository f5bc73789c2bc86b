"""Contracts of the models: their terms and fit, what was tested, and how far it can be relied on."""

from __future__ import annotations

from pipeline.core.vocabulary import (
    CONF,
    DF,
    ESTIMATE,
    P_VALUE,
    STD_ERROR,
    Column,
    Contract,
    declared,
    key,
    number,
    of,
)

MODEL = key("model", "the model's id: of the plan, or `<hypothesis>` with what sets it apart")
STATUS = declared("status", "declared status", allowed=("confirmatory", "exploratory"))
HYPOTHESIS = declared("hypothesis", "hypothesis the model tests")
ESTIMATORS = ("ols", "fixed", "mixed", "logit", "ologit", "partial_ologit", "negbin")
ESTIMATOR = declared("estimator", "how it is fitted", allowed=ESTIMATORS)
PEOPLE = Column("n", "whole", "rows with all variables present", "people", minimum=0)
GROUPS = Column("groups", "whole", "organisations (clusters)", minimum=0)
FINDING = Column("finding", "text", "why there is no value, or a suspect one; as in `findings`")
VERDICTS = (
    "supported",
    "smaller_than_of_interest",
    "opposite",
    "undecided",
    "no_meaningful_relation",
    "not_supported",
)

MODEL_TABLES = (
    Contract(
        "coefficients",
        "a term of a model",
        "models of hypotheses, then others, as in the plan; terms as they entered",
        (
            MODEL,
            key(
                "term",
                "`intercept`, a predictor, `<question>=<code>` against the first code, `<a>*<b>` a product"
                ", `<a>^2` a square, `<a>@mean` the organisation's mean, `cut<k>` a threshold, "
                "`<a>@cut<k>` a slope there",
            ),
            HYPOTHESIS,
            STATUS,
            declared("outcome", "what is explained"),
            declared("reference", "code that the term's code is compared with"),
            ESTIMATOR,
            Column(
                "inference",
                "text",
                "how its errors are computed: cluster-robust, t with Satterthwaite's df; of completed "
                "data, Rubin's rules with Barnard and Rubin's",
                allowed=("CR2",),
            ),
            PEOPLE,
            GROUPS,
            Column(
                "n_term",
                "whole",
                "people the estimate speaks of: for a code, the fewer of those with it and with the "
                "reference",
                "people",
                minimum=0,
                people="n_term",
            ),
            declared(
                "unit",
                "what a step of 1 is: a standard deviation, the question's own unit, a code",
                allowed=("sd", "raw", "code"),
            ),
            *(
                of("n_term", column)
                for column in (
                    ESTIMATE,
                    STD_ERROR,
                    number("statistic", "t"),
                    DF,
                    P_VALUE,
                    *CONF,
                    number(
                        "q_value",
                        "Benjamini-Hochberg over the terms of exploratory models",
                        minimum=0,
                        maximum=1,
                    ),
                )
            ),
            FINDING,
        ),
    ),
    Contract(
        "model_fit",
        "a model",
        "as in `coefficients`",
        (
            MODEL,
            HYPOTHESIS,
            STATUS,
            declared("outcome", "what is explained"),
            ESTIMATOR,
            PEOPLE,
            GROUPS,
            Column(
                "imputations",
                "whole",
                "completed data sets it is fitted to; what follows are means over them; empty: complete "
                "rows",
                minimum=1,
            ),
            number("r2", "share of variance explained; of random intercepts, by the terms alone"),
            number("r2_within", "the same within organisations, their fixed effects absorbed"),
            number(
                "icc", "share of random intercepts in what the terms leave", minimum=0, maximum=1
            ),
            number("loglik", "log likelihood; of random intercepts, the restricted one"),
            number("aic", "Akaike's criterion"),
            number("bic", "Bayesian criterion"),
            FINDING,
        ),
    ),
    Contract(
        "hypotheses",
        "a hypothesis",
        "as in the plan",
        (
            key("hypothesis", "its id in the plan"),
            declared("statement", "in the plan's first language; the others are in `labels`"),
            declared("family", "hypotheses that are adjusted together"),
            declared("expected", "expected sign", allowed=("+", "-")),
            declared("outcome", "what is explained"),
            declared("focal", "what is tested"),
            declared("estimator", "how it is fitted"),
            PEOPLE,
            GROUPS,
            ESTIMATE,
            number("std_error", "CR2; of a bootstrap of organisations, its spread", minimum=0),
            number("statistic", "t"),
            DF,
            P_VALUE,
            *CONF,
            number("p_adjusted", "Holm within the family", minimum=0, maximum=1),
            number("p_bootstrap", "by the check: wild cluster or score bootstrap", "", 0, 1),
            number("p_bootstrap_strict", "the same, ties not counted", "", 0, 1),
            number("p_bootstrap_adjusted", "Holm within the family", minimum=0, maximum=1),
            number("bootstrap_low", "lower end of the check's interval, by inversion"),
            number("bootstrap_high", "upper end of it, at `conf_level`"),
            number("equivalence_low", "smallest effect of interest, below 0"),
            number("equivalence_high", "smallest effect of interest, above 0"),
            number("inner_low", "lower end of the 90 % interval, held against these bounds"),
            number("inner_high", "upper end of it"),
            number("third_estimate", "by random intercepts"),
            number("third_p", "its p value: Kenward-Roger, or Wald", minimum=0, maximum=1),
            number("effective_groups", "effective number of organisations G*", minimum=0),
            number("without_low", "lowest estimate with one organisation left out"),
            number("without_high", "highest such estimate"),
            Column("verdict", "text", "by the plan's rules", allowed=VERDICTS),
            FINDING,
        ),
    ),
    Contract(
        "diagnostics",
        "a check of a model",
        "models as in `coefficients`, then checks",
        (
            MODEL,
            key("check", "what is looked at; `<check>:<term>` where it is of a term"),
            PEOPLE,
            number("statistic", "its value: a variance inflation factor, a chi-square, a ratio"),
            DF,
            P_VALUE,
            Column(
                "verdict",
                "text",
                "by the plan's limits, where it has one",
                allowed=("fine", "look"),
            ),
            FINDING,
        ),
    ),
    Contract(
        "deviations",
        "a value of the plan that is not the registered one",
        "as in the plan",
        (
            key("part", "where it stands in the plan, names joined by dots"),
            Column("registered", "text", "as it was registered; `-` where there was none"),
            Column("now", "text", "as it is; `-` where there is none"),
            Column(
                "date",
                "text",
                "when it was changed, by the log of deviations; empty: not explained",
            ),
            Column("reason", "text", "why, by the log"),
        ),
        hides=False,
    ),
)
