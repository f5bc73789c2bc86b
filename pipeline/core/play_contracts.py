"""Contracts of plays: their texts, what sharpens their order, and which an organisation gets first."""

from __future__ import annotations

from pipeline.core.vocabulary import CONF, Column, Contract, N, declared, key, number

PARTS = (
    "principle",
    "title",
    *(f"action{k}" for k in (1, 2, 3)),
    *(f"question{k}" for k in (1, 2, 3)),
    *("case", "case_country", "case_url", "toolkit", "toolkit_url"),
)
SIGNAL_KINDS = ("obstacle", "instrument", "need", "network")
BASES = ("organisation", "parent", "type", "all", "none")
REASONS = ("gap", "moved_up", "moved_down", "brought_in", "too_few", "no_gap")
NOWHERE = "none"
_SIGNAL = key("signal", "score or item that leads to plays")

PLAY_TABLES = (
    Contract(
        "plays",
        "a text of a play, in a language",
        "plays as in `plays.yaml`; parts as listed; languages as in the questionnaire",
        (
            key("play", "the play: the item whose gap it is for"),
            key("part", "what the text is", PARTS),
            key("language", "language of the text; names and addresses are the same in each"),
            Column("text", "text", "the text"),
        ),
        hides=False,
    ),
    Contract(
        "play_links",
        "a play that a signal leads to, in a language",
        "signals, then plays, as in `plays.yaml`",
        (
            _SIGNAL,
            key("play", "play it leads to"),
            key("language", "language of the reason"),
            Column("kind", "text", "what the signal is", allowed=SIGNAL_KINDS),
            number("weight", "how strongly it leads there", minimum=0, maximum=1),
            number("strength", "move for a deviation of 1 and a weight of 1", "scale points"),
            number("most", "most that all signals together move a play", "scale points"),
            Column("reason", "text", "why it leads there; psi-co's own, not from the sources"),
        ),
        hides=False,
    ),
    Contract(
        "signals",
        "a signal in an organisation",
        "signals as in `plays.yaml`, then organisations as in `organisations.csv`, never by value",
        (
            _SIGNAL,
            key("organisation", "the organisation's code, at the outermost level"),
            declared("kind", "what the signal is", allowed=SIGNAL_KINDS),
            N,
            number(
                "estimate",
                "what is lacking, weighted: an obstacle's mean score; the share that says an instrument "
                "is not in use; desired less current of a need or network condition",
            ),
            number("average", "mean over organisations, unweighted (random intercepts)"),
            number("eb_mean", "the organisation's mean drawn towards `average` (empirical Bayes)"),
            number(
                "deviation",
                "`eb_mean` less `average`, in standard deviations of people; above 0 where the "
                "organisation lacks more than others",
            ),
            Column("finding", "text", "why there is no value; as in `findings`"),
        ),
    ),
    Contract(
        "recommendations",
        "a play that an organisation gets among its first",
        "everyone, then organisations as in `organisations.csv`; their plays in order",
        (
            key("organisation", "the organisation's code; `all` for everyone together"),
            key("target", "item with the gap, and its play; `none` where there is none to give"),
            declared(
                "basis",
                "whose answers: the organisation's; of it and those that share its parent; of its "
                "type; everyone's",
                allowed=BASES,
            ),
            declared("basis_name", "code of the organisation or parent, name of the type"),
            declared(
                "reason",
                "`gap`: where its gap alone puts it; `moved_up`, `moved_down`, `brought_in` among the "
                "first by the signals; `too_few` people, `no_gap`: there is no play to give",
                allowed=REASONS,
            ),
            Column("rank", "whole", "place in the order, from 1", minimum=1),
            Column("n", "whole", "people with both ratings", "people", minimum=0),
            number("current", "mean of how it is, weighted", "scale points"),
            number("desired", "mean of how it should be, weighted", "scale points"),
            number(
                "estimate",
                "gap that the order goes by: drawn towards the whole in an organisation, as measured "
                "elsewhere",
                "scale points",
            ),
            *CONF,
            number(
                "top5_probability",
                "that the gap is among its five largest; as in `priorities`",
                minimum=0,
                maximum=1,
            ),
            number("adjustment", "by how much the signals move it", "scale points"),
            Column(
                "signals",
                "text",
                "what moved it, the most first: `signal=scale points` joined by `;`, before the limit",
            ),
            Column("rank_by_gap", "whole", "place that the gap alone would give it", minimum=1),
        ),
    ),
)
