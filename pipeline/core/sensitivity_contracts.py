"""Contracts of mediation, of what results hang on, and of power."""

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
)

MODEL = key("model", "the hypothesis")
GROUPS = Column("groups", "whole", "organisations")
FINDING = Column("finding", "text", "why there is no value; as in `findings`")
PEOPLE = Column("n", "whole", "people in the model, unweighted", "people", minimum=0)

MEDIATION = Contract(
    "mediation",
    "a path of a mediation",
    "hypotheses as in the plan; paths from the predictor onwards",
    (
        MODEL,
        key(
            "path",
            "a: of predictor on mediator; b: of mediator on outcome; direct; indirect: a b; total: direct"
            " and indirect; proportion: indirect by total; rho: the correlation of the errors of mediator"
            " and outcome at which the indirect effect is zero",
            ("a", "b", "direct", "indirect", "total", "proportion", "rho"),
        ),
        key(
            "inference",
            "MI-Boot: percentiles of resampled organisations in all completed data sets; boot-MI: each"
            " resample imputed anew, t interval",
            ("MI-Boot", "boot-MI"),
        ),
        declared("outcome", "what is explained"),
        declared("predictor", "by what"),
        declared("mediator", "through what"),
        PEOPLE,
        GROUPS,
        Column(
            "imputations", "whole", "completed data sets (boot-MI: in each resample)", minimum=1
        ),
        Column("draws", "whole", "resamples of the organisations, all data sets together"),
        ESTIMATE,
        STD_ERROR,
        DF,
        P_VALUE,
        *CONF,
        FINDING,
    ),
)
SENSITIVITY = Contract(
    "sensitivity",
    "a hypothesis under one choice",
    "hypotheses as in the plan; specifications, then cleaning rules",
    (
        MODEL,
        key("kind", "what is varied: the model, or the cleaning", ("specification", "cleaning")),
        key("specification", "every choice, `name=value` joined by `;`"),
        declared("varied", "the choices that differ from the plan's main analysis, joined by `;`"),
        declared("term", "what is tested"),
        PEOPLE,
        GROUPS,
        ESTIMATE,
        STD_ERROR,
        DF,
        P_VALUE,
        *CONF,
        FINDING,
    ),
)
ROBUSTNESS = Contract(
    "robustness",
    "a hypothesis and a kind of choice",
    "hypotheses as in the plan; specifications, cleaning rules, unmeasured causes",
    (
        MODEL,
        key(
            "kind",
            "specification, cleaning: all choices together; unmeasured: what a cause that was not measured"
            " would need to explain the estimate away",
            ("specification", "cleaning", "unmeasured"),
        ),
        Column("choices", "whole", "choices made"),
        Column("estimated", "whole", "of these, with an estimate"),
        Column("tested", "whole", "of these, with a p value"),
        Column("n", "whole", "people, where there were fewest", "people", minimum=0),
        number("median", "median estimate"),
        number("lowest", "lowest estimate"),
        number("highest", "highest estimate"),
        number("same_sign", "share of the estimates with the expected sign", "", 0, 1),
        number("significant", "share of the p values below alpha", "", 0, 1),
        number("joint_median_p", "p value of the median, with no effect in any choice", "", 0, 1),
        number("joint_share_p", "p value of the share that is significant", "", 0, 1),
        Column("robust", "flag", "whether the plan's shares keep sign and significance"),
        number("e_value", "risk ratio with predictor and outcome that explains it away", minimum=1),
        number("e_value_limit", "the same for the end of the interval nearest to none", minimum=1),
        number("partial_r2", "share of the rest of the outcome that is explained", "", 0, 1),
        number("robustness_value", "share of both that brings the estimate to zero", "", 0, 1),
        number(
            "robustness_value_significant", "share of both that takes its significance", "", 0, 1
        ),
    ),
)
POWER = Contract(
    "power",
    "a hypothesis and a size of the study, over draws of simulated answers",
    "hypotheses as asked for; organisations, then respondents, upwards",
    (
        key("hypothesis", "its id in the plan"),
        Column("organisations", "whole", "organisations in each draw", key=True),
        Column("respondents", "whole", "respondents aimed for in each draw", "people", key=True),
        Column("draws", "whole", "simulated studies"),
        Column("estimated", "whole", "of these, with an estimate"),
        number("n", "people in the model, mean over draws", "people"),
        number("power", "share of draws with p below alpha and the expected sign", "", 0, 1),
        number("monte_carlo_error", "standard error of the power", minimum=0),
        number("estimate", "mean estimate"),
        number("spread", "standard deviation of the estimates", minimum=0),
        number("df", "mean degrees of freedom", minimum=0),
        number("half_width", "mean half width of the confidence interval", minimum=0),
        number("half_width_error", "its Monte-Carlo error", minimum=0),
    ),
    hides=False,
)
SENSITIVITY_TABLES = (MEDIATION, SENSITIVITY, ROBUSTNESS, POWER)
