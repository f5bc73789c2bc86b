"""The contracts of the tables on response, weights and missing answers."""

from __future__ import annotations

from dataclasses import replace

from pipeline.core.vocabulary import (
    CONF,
    DF,
    GROUP,
    STD_ERROR,
    Column,
    Contract,
    N,
    declared,
    few,
    key,
    number,
    of,
    percent,
)

ORGANISATION = key("organisation", "the organisation's code; `all` for all together")
REASONS = ("unseen", "empty", "dont_know", "refused")
STAGES = ("given", "design", "raked", "trimmed", "final")

RESPONSE_TABLES = (
    Contract(
        "response_rates",
        "an organisation, for everyone invited and by group of the invited",
        "all, then organisations as in `organisations.csv`; groups as the list of invited people tells",
        (
            ORGANISATION,
            key(
                "group",
                "`all`, else `language=<code>` of the invitation, or what else the list of invited"
                " people tells, e.g. `LEVEL=A`",
            ),
            declared(
                "basis",
                "`frame`: of everyone invited; `answers`: nobody knows who did not come, so that"
                " numbers of invited people and response rates stay empty",
                allowed=("frame", "answers"),
            ),
            replace(N, meaning="interviews complete or partial (I + P), careless ones too"),
            few("invited", "people invited (a token each), test tokens left out"),
            few("started", "of whom an interview came"),
            few("completed", "complete (I): enough core ratings for `complete` in the plan"),
            few("partial", "partial (P): enough for `partial` only"),
            few("broke_off", "broke off before that (R)"),
            few("refused", "did not consent (R)"),
            few("other", "other (O): out of time, or an interview that repeats a colleague's"),
            few("silent", "no answer from a listed address (NC)"),
            few("bounced", "no such address (UO); 0 where the list does not tell"),
            few("ineligible", "not or no more of a listed organisation: in no rate"),
            few(
                "uninvited", "interviews without an invitation: in no rate; counted for `all` only"
            ),
            percent("rate", "complete or partial, of the eligible people invited: RR2"),
            of("completed", percent("rr1", "I / ((I + P) + (R + NC + O) + UO)")),
            percent("rr2", "(I + P) / ((I + P) + (R + NC + O) + UO)"),
            of("completed", percent("rr3", "as rr1, with e UO")),
            percent("rr4", "as rr2, with e UO; e: eligible, of those of whom it is known"),
            of("completed", percent("rr5", "as rr1, without UO")),
            percent("rr6", "as rr2, without UO"),
            of("completed", percent("coop1", "cooperation: I / ((I + P) + R + O)")),
            of("broke_off", percent("break_off_rate", "break-offs, of those who started")),
        ),
    ),
    Contract(
        "flow",
        "a step on the way from invitations to answers that are analysed",
        "the blocks in their order, steps as they follow each other",
        (
            key(
                "block",
                "what adds up: invited people, rows read, rows rejected by rule, rows kept",
                ("invited", "read", "rejected", "kept"),
            ),
            key(
                "step",
                "`all` of the block, or a part: `started`, `silent` (whoever did not come); `rejected`,"
                " `kept`; the cleaning rule; `complete`, `partial`",
            ),
            replace(N, meaning="people or rows"),
        ),
        adds_up="block",
    ),
    Contract(
        "breakoff",
        "a page of the questionnaire",
        "pages as in the questionnaire",
        (
            key("section", "page"),
            declared("page", "its number", type="whole"),
            replace(N, meaning="people who consented and started"),
            few("left", "people who did not get past this page"),
            percent("still_there", "people who submitted this page, of those who started"),
        ),
    ),
    Contract(
        "missing",
        "an item or a page, in a group",
        "items, then pages, as in the questionnaire; groups as in the plan",
        (
            key("target", "item (`_current`, `_desired` where it is rated twice) or page"),
            key("level", "what the target is", ("item", "page")),
            GROUP,
            replace(N, meaning="respondents kept whom it was put to"),
            Column(
                "asked",
                "whole",
                "answers asked for; of a page, over its items but those in own words",
                "answers",
                minimum=0,
            ),
            few(
                "n_missing",
                "answers asked for and not given: empty, don't know or refused",
                "answers",
            ),
            *(
                few(f"n_{reason}", f"answers missing: {reason.replace('_', ' ')}", "answers")
                for reason in REASONS
            ),
            of("n_missing", percent("missing", "not given, of the answers asked for, unweighted")),
            *(
                of(f"n_{reason}", percent(reason, f"{what}, unweighted"))
                for reason, what in zip(
                    REASONS,
                    (
                        "not asked, or on a page that was not reached, of all answers possible",
                        "left empty, of the answers asked for",
                        "don't know, of the answers asked for",
                        "refused, of the answers asked for",
                    ),
                    strict=True,
                )
            ),
        ),
    ),
    Contract(
        "early_late",
        "a score, or an answer that tables are split by",
        "scores as in the questionnaire, then groups as in the plan",
        (
            key("target", "score, or group such as `LEVEL=A`"),
            key("level", "what the target is", ("score", "share")),
            replace(N, meaning="people in the smaller of the two thirds"),
            Column(
                "n_early", "whole", "first third by the time of sending off", "people", minimum=0
            ),
            Column("n_late", "whole", "last third", "people", minimum=0),
            few("n_share", "people with the score or answer, in the third where they are fewer"),
            *(
                of("n_share", each)
                for each in (
                    number("early", "mean, or % with the answer, unweighted"),
                    number("late", "the same of the last third"),
                    number("estimate", "late minus early"),
                    STD_ERROR,
                    DF,
                    *CONF,
                    number(
                        "effect_size", "difference by the pooled standard deviation; scores only"
                    ),
                )
            ),
        ),
    ),
    Contract(
        "weights",
        "a kept respondent",
        "as in the raw file",
        (
            key("respondent", "respondent id"),
            number(
                "design_weight",
                "people of the organisation for each one invited; empty where the plan weights nobody",
            ),
            number("weight", "the weight that tables use; 1 where nobody is weighted", minimum=0),
            Column(
                "trimmed", "flag", "whether what raking did was brought back to the plan's bounds"
            ),
        ),
        hides=False,
    ),
    Contract(
        "weight_margins",
        "a cell of a margin, after cells were merged; and each code of what was raked",
        "margins as in the plan, then what they are made of",
        (
            key("kind", "`raked` cells, or `profile`: codes one by one", ("raked", "profile")),
            key("margin", "its questions, joined by ` x `"),
            key("cell", "codes by question; merged ones joined by `+`"),
            declared("merged", "whether several cells were merged into it", type="flag"),
            replace(N, meaning="respondents"),
            percent("target", "share of the population, of those whose cell is known"),
            percent("design", "share of respondents with design weights"),
            percent("weighted", "share of respondents with the weights used"),
            number("error", "weighted minus target", "percentage points"),
        ),
    ),
    Contract(
        "weight_diagnostics",
        "weights at a stage, for all and, at the end, by organisation",
        "stages in their order; organisations as in `organisations.csv`",
        (
            key(
                "stage", "`given` with the answers, or made: design, raked, trimmed, final", STAGES
            ),
            GROUP,
            replace(N, meaning="respondents"),
            number("population", "sum of the weights", "people", minimum=0),
            declared("cycles", "cycles until raking converged", type="whole"),
            number(
                "margin_error",
                "largest difference of a cell's share from its target",
                "points",
                minimum=0,
            ),
            few("outside", "respondents whose raking factor w/d is outside the plan's bounds"),
            number("design_effect", "Kish: 1 + CV(w)^2", minimum=0),
            number("effective_n", "Kish: sum(w)^2 / sum(w^2)", minimum=0),
        ),
    ),
    Contract(
        "weight_distribution",
        "an interval of weights",
        "design weights, then the weights used; from low to high",
        (
            key("weights", "which", ("given", "design", "final")),
            key(
                "bin",
                "its ends, such as `0.25-0.50`; weights are by their mean: 1 is an average one",
            ),
            declared("low", "its lower end", type="number"),
            declared("high", "its upper end, not part of it", type="number"),
            replace(N, meaning="respondents"),
            percent("percent", "of all respondents"),
            number("effective_n", "Kish's, of all these weights", minimum=0),
        ),
    ),
    Contract(
        "representativeness",
        "an organisation",
        "all, then organisations as in `organisations.csv`",
        (
            ORGANISATION,
            replace(N, meaning="respondents (I + P)"),
            few("invited", "eligible people invited"),
            declared(
                "terms",
                "coefficients of the logistic model of response, the intercept too",
                type="whole",
            ),
            percent("rate", "mean of the modelled response propensities"),
            number("r_indicator", "1 - 2 S of the propensities, S adjusted for chance", maximum=1),
            number("r_unadjusted", "the same, not adjusted", maximum=1),
            STD_ERROR,
            number(
                "largest_bias",
                "of an unweighted mean, at most, in standard deviations of what is asked: S / rate",
                minimum=0,
            ),
        ),
    ),
    Contract(
        "population_means",
        "a score",
        "scores as in the questionnaire",
        (
            key("target", "score"),
            N,
            number("unweighted", "mean of the respondents", "scale points"),
            number("estimate", "mean of the population: weighted", "scale points"),
            Column(
                "std_error",
                "number",
                "design-based: organisations are strata, finite, what the margins explain taken out",
                "scale points",
                minimum=0,
            ),
            DF,
            *CONF,
            number(
                "design_effect", "variance, by that of as many people drawn at random", minimum=0
            ),
        ),
    ),
)
