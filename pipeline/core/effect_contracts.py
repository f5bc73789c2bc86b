"""Contracts of what models say in the outcome's own unit, and of how well that fits the answers."""

from __future__ import annotations

from pipeline.core.model_contracts import FINDING, HYPOTHESIS, MODEL, PEOPLE, STATUS
from pipeline.core.vocabulary import (
    CONF,
    DF,
    ESTIMATE,
    P_VALUE,
    STD_ERROR,
    Contract,
    N,
    declared,
    few,
    key,
    number,
)

EFFECTS = (
    "slope",
    "prediction",
    "second_difference",
    "cross_slope",
    "turning_point",
    "low_slope",
    "high_slope",
    "line_before",
    "line_after",
    "difference",
    "standardised_difference",
)

EFFECT_TABLES = (
    Contract(
        "effects",
        "an effect of a model",
        "models as in `coefficients`; slopes, then products, then squares, as the terms entered",
        (
            MODEL,
            key(
                "effect",
                "`slope`, the average marginal effect: how much the outcome (its probability, its count) "
                "goes up with one more of the term; `prediction`, the average of what is predicted; "
                "`second_difference`, how much the change by the first term, from -1 to +1 standard "
                "deviation, differs between -1 and +1 of the second; `cross_slope`, the average second "
                "derivative; of a square `turning_point`, the coefficients' slopes at both ends, and the "
                "slopes of two lines before and after a break; `difference` between two models' slopes, "
                "and the same of slopes on the latent outcome with variance 1",
                EFFECTS,
            ),
            key("term", "of which term; `<a>*<b>` of two"),
            key(
                "at",
                "`all`; `><k>` for the probability of more than category or count k; values of the terms "
                "where these are set, such as `climate=-1`; the break of two lines",
            ),
            HYPOTHESIS,
            STATUS,
            declared("outcome", "what is explained"),
            PEOPLE,
            ESTIMATE,
            STD_ERROR,
            DF,
            P_VALUE,
            number(
                "conf_low", "lower end: delta method with CR2, t; for a turning point Fieller's"
            ),
            number("conf_high", "upper end of it"),
            CONF[2],
            number("bootstrap_low", "lower end: percentiles of organisations drawn again"),
            number("bootstrap_high", "upper end of it, at `conf_level`"),
            FINDING,
        ),
    ),
    Contract(
        "rootogram",
        "a count of a model's outcome",
        "models as in `coefficients`, then counts from 0; the last one and all above it",
        (
            MODEL,
            key("count", "the count as answered, such as `3`; `12+` for this and all above"),
            declared("outcome", "what is explained"),
            declared("least", "the count as a number", type="whole"),
            few("n", "people with this count"),
            number("expected", "people whom the model expects to have it", "people", minimum=0),
        ),
        adds_up="model",
    ),
    Contract(
        "calibration",
        "a group of people with like predictions",
        "models as in `coefficients`, groups from the lowest prediction",
        (
            MODEL,
            key("at", "`all`; `><k>` for the probability of more than category or count k"),
            key("bin", "number of the group, from 1"),
            declared("outcome", "what is explained"),
            N,
            number("predicted", "mean of what the model predicts: a probability or a count"),
            number("observed", "mean of what was answered"),
            number("conf_low", "where that mean would be with the predictions right, at least"),
            number("conf_high", "and at most"),
            CONF[2],
        ),
    ),
)
