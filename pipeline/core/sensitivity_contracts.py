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
SENSITIVITY_TABLES = (MEDIATION,)
