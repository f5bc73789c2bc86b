"""Figures, from tables of a few rows: what is drawn, in which language, and that texts do not touch."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from pipeline.core.contracts import FLAGS, PLANTED
from pipeline.core.errors import UserError
from pipeline.core.tables import make_table
from pipeline.core.yaml_text import read_yaml
from pipeline.report.figures import FIGURES
from pipeline.report.save_figures import FORMATS, save_figures
from pipeline.report.style import journal_style
from pipeline.report.wording import CATALOGUES, Wording

LANGUAGES = ("nl", "fr", "en")
LONG = "A statement about work that goes on for so long that it must be broken in several lines, $5 or not"


def labels():
    names = [
        ("study", "none", "s", "Study"),
        ("section", "none", "page", "A page of questions"),
        *(("item", "page", f"Q{k}", LONG[: 30 * k]) for k in (1, 2, 3)),
        *(
            ("item", "page", f"D{k}{end}", LONG[: 40 * k])
            for k in (1, 2)
            for end in ("", "_current")
        ),
        *(
            ("code", f"Q{k}", code, text)
            for k in (1, 2, 3)
            for code, text in zip(
                "12345X",
                ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree", "DK"],
                strict=True,
            )
        ),
        ("scale", "scale", "climate", "Climate for innovation"),
        ("scale", "scale", "goal", "Joint goal"),
        ("scale", "scale", "iwb", LONG),
        ("principle", "none", "climate", "Make room for what is new"),
        ("principle", "none", "goal", LONG[:70]),
        ("play", "climate", "Q1", "Start somewhere"),
        ("play", "climate", "Q2", LONG),
        ("play", "goal", "Q3", "Q3"),
        ("level", "none", "ORG", "Organisation"),
        *(
            (
                "organisation",
                "ORG",
                f"o{k}",
                f"Organisation {k} {'of the whole wide world ' * (k % 3)}",
            )
            for k in range(70)
        ),
        ("item", "page", "ROLE", "Your role"),
        ("code", "ROLE", "mgr", "Manager"),
        ("code", "ROLE", "staff", "Member of staff"),
    ]
    rows = [
        {"kind": kind, "parent": parent, "name": name, "language": language, "label": text}
        for kind, parent, name, text in names
        for language in LANGUAGES
    ]
    return make_table(rows, "labels")


def wording(language="en", **facts):
    return Wording(labels(), language, **facts)


def answers(n=(5, 40, 60, 90, 80, 12), items=("Q1", "Q2", "Q3")):
    valences = ["negative", "negative", "neutral", "positive", "positive", None]
    rows = [
        {
            "item": item,
            "code": code,
            "group": "all",
            "valence": valence,
            "missing": code == "X",
            "n": count if count >= 10 else None,
            "percent": 100 * count / sum(n) if count >= 10 else np.nan,
        }
        for item in items
        for code, valence, count in zip("12345X", valences, n, strict=True)
    ]
    return make_table(rows, "answers")


def means(count=12, hidden=1):
    rows = [
        {
            "scale": "climate",
            "organisation_level": "ORG",
            "organisation": f"o{k}",
            "residual": k == 2,
            **(
                {}
                if k < hidden
                else {
                    "n": 10 + k,
                    "estimate": 3 + k / 100,
                    "std_error": 0.1,
                    "df": 9 + k,
                    "conf_low": 2.8 + k / 100,
                    "conf_high": 3.2 + k / 100,
                    "conf_level": 0.95,
                    "eb_mean": 3.05 + k / 200,
                    "eb_low": 2.9,
                    "eb_high": 3.2,
                }
            ),
        }
        for k in range(count)
    ]
    return make_table(rows, "organisation_means")


def correlations(values=(0.4, -0.2, None)):
    pairs = combinations(("climate", "goal", "iwb"), 2)
    rows = [
        {
            "scale_a": a,
            "scale_b": b,
            "group": "all",
            "n": None if r is None else 500,
            "groups": 40,
            "estimate": r,
        }
        for (a, b), r in zip(pairs, values, strict=True)
    ]
    return make_table(rows, "correlations")


def gaps():
    rows = [
        {
            "target": target,
            "level": "scale" if target == "climate" else "item",
            "group": "all",
            "n": 300,
            "groups": 40,
            "current": 2.5,
            "desired": 2.5 + gap,
            "estimate": gap,
            "std_error": 0.1,
            "df": 39,
            "conf_low": gap - 0.2,
            "conf_high": gap + 0.2,
            "conf_level": 0.95,
            "effect_size": 0.8,
        }
        for target, gap in (("D1", 1.7), ("D2", 0.9))
    ]
    return make_table(rows, "gaps")


def coefficients():
    terms = [("intercept", None, 2.0), ("goal", None, 0.4), ("ROLE=staff", "mgr", -0.1)]
    rows = [
        {
            "model": "m1",
            "term": term,
            "status": "exploratory",
            "outcome": "climate",
            "reference": reference,
            "estimator": "ols",
            "inference": "CR2",
            "n": 512,
            "groups": 41,
            "n_term": 512,
            "unit": "code" if reference else "sd",
            "estimate": estimate,
            "std_error": 0.05,
            "df": 40,
            "conf_low": estimate - 0.1,
            "conf_high": estimate + 0.1,
            "conf_level": 0.95,
        }
        for term, reference, estimate in terms
    ]
    return make_table(rows, "coefficients")


def confusion(percents=(0.14, 92.6, None, 100)):
    rows = [
        {
            "sign": sign,
            "planted": planted,
            "n": 0 if percent is None else 2668,
            "marked": 0 if percent is None else round(percent * 26.68),
            "percent": percent,
        }
        for sign in ("rule", *FLAGS)
        for planted, percent in zip(PLANTED, percents, strict=True)
    ]
    return make_table(rows, "careless_confusion")


def flow(**changed):
    parts = {
        ("invited", "all"): 7714,
        ("invited", "started"): 2963,
        ("invited", "silent"): 4751,
        ("read", "all"): 2988,
        ("read", "rejected"): 179,
        ("read", "kept"): 2809,
        ("rejected", "consent"): 54,
        ("rejected", "duplicates"): 34,
        ("rejected", "completeness"): 91,
        ("kept", "all"): 2809,
        ("kept", "complete"): 2754,
        ("kept", "partial"): 55,
    }
    rows = [
        {"block": block, "step": step, "n": changed.get(f"{block}_{step}", n)}
        for (block, step), n in parts.items()
    ]
    return make_table(rows, "flow")


def breakoff(left=(0, 20, 5)):
    rows = [
        {
            "section": ("other", "page", "last")[k],
            "page": k + 1,
            "n": 200,
            "left": each if each >= 10 else None,
            "still_there": 100 - sum(left[: k + 1]) / 2,
        }
        for k, each in enumerate(left)
    ]
    return make_table(rows, "breakoff")


def missing(shares=(7.0, 12.0, None)):
    rows = [
        {
            "target": target,
            "level": "page",
            "group": group,
            "n": 300,
            "asked": 3000,
            "missing": share,
            "empty": None if share is None else share / 2,
            "dont_know": None if share is None else share / 2,
        }
        for target in ("page", "other")
        for group, share in zip(("all", "language=nl", "ROLE=staff"), shares, strict=True)
    ]
    return make_table(rows, "missing")


def weights(final=(3, 90, 120, 40, 11)):
    rows = [
        {
            "weights": name,
            "bin": f"{k / 4:.2f}",
            "low": k / 4,
            "high": (k + 1) / 4 if k < len(counts) - 1 else None,
            "n": count if count >= 10 else None,
            "percent": 100 * count / sum(counts) if count >= 10 else None,
            "effective_n": 222.2 if count >= 10 else None,
        }
        for name, counts in (("design", (0, 0, 264, 0, 0)), ("final", final))
        for k, count in enumerate(counts)
    ]
    return make_table(rows, "weight_distribution")


SCALES = ("climate", "goal", "iwb")
LIMITS = {
    "reliability.use": 0.7,
    "reliability.groups_only": 0.6,
    "factors.least_loading": 0.5,
    "factors.htmt": 0.85,
    "factors.latent_r": 0.9,
    "invariance.delta_cfi": 0.01,
    "invariance.least_group": 200,
}


def reliability(alphas=(0.82, 0.66, None)):
    rows = [
        {
            "scale": scale,
            "statistic": statistic,
            "group": group,
            "n_items": 4 if statistic == "omega_total" else 2,
            "n": n if alpha is not None else None,
            "estimate": alpha,
            "conf_low": alpha and alpha - 0.04,
            "conf_high": alpha and alpha + 0.03,
            "conf_level": alpha and 0.95,
            "verdict": None if statistic == "alpha" or alpha is None else verdict,
        }
        for scale, alpha, other, verdict in zip(
            SCALES,
            alphas,
            ("omega_total", "spearman_brown", "omega_total"),
            ("score", "groups", "items"),
            strict=True,
        )
        for statistic, n in (("alpha", 1234), (other, 1300), ("average_r", 1234))
        for group in ("all", "language=fr")
    ]
    return make_table(rows, "reliability")


def loadings(weakest=0.44):
    places = [
        ("climate", "climate", "Q1", 0.7),
        ("climate", "climate", "Q2", weakest),
        ("goal", "goal", "Q3", 0.8),
        ("goal", "goal", "D1_current", 0.9),
        ("iwb", "iwb", "D2_current", None),
    ]
    rows = [
        {
            "model": model,
            "factor": factor,
            "item": item,
            "estimator": "mlr",
            "n": 1234 if loading is not None else None,
            "std_estimate": loading,
            "std_low": loading and loading - 0.05,
            "std_high": loading and loading + 0.05,
            "conf_level": 0.95,
        }
        for model, factor, item, loading in places
    ]
    return make_table(rows, "loadings")


def joined(kinds=("one_factor", "correlated", "second_order")):
    """Return loadings of a scale made of two others, in models of these kinds."""
    rows = [
        {"model": f"iwb_{kind}", "factor": factor, "item": item, "n": 500, "std_estimate": 0.6}
        for kind in kinds
        for factor, item in (("climate", "Q1"), ("goal", "Q2"), ("iwb", "climate"))
        if factor != "iwb" or kind == "second_order"
    ]
    return make_table(rows, "loadings")


def scree(scales=SCALES):
    rows = [
        {
            "scale": scale,
            "number": number,
            "n": 1234,
            "component": component,
            "component_chance": 1.2 - number / 10,
            "suggested": number == 1,
        }
        for scale in scales
        for number, component in enumerate((2.1, 0.6, 0.3), 1)
    ]
    return make_table(rows, "scree")


def validity(values=(0.4, 1.03, None)):
    pairs = combinations(SCALES, 2)
    rows = [
        {
            "scale_a": a,
            "scale_b": b,
            "n": None if htmt is None else 900,
            "r": htmt and htmt - 0.1,
            "htmt": htmt,
            "conf_level": 0.95,
            "verdict": None if htmt is None else "overlapping" if htmt > 0.85 else "distinct",
        }
        for (a, b), htmt in zip(pairs, values, strict=True)
    ]
    return make_table(rows, "validity")


def invariance():
    ladders = {
        "climate": ("partial", (None, True, False, True, True), "Q2"),
        "goal": ("none", (None, False, True, None, True), None),
        "iwb": ("untested", (None,), None),
    }
    levels = ("configural", "metric", "scalar", "partial", "strict")
    rows = [
        {
            "scale": scale,
            "level": level,
            "estimator": "mlr",
            "languages": "nl;fr",
            "n": 2345,
            "cfi": None if verdict == "untested" else 0.987,
            "delta_cfi": None if level == "configural" else -0.003 if passes else -0.055,
            "passes": passes,
            "freed_items": freed if level == "partial" else None,
            "verdict": verdict,
            "finding": "not_identified" if verdict == "untested" else None,
        }
        for scale, (verdict, steps, freed) in ladders.items()
        for level, passes in zip(levels, steps, strict=False)
        if level != "partial" or freed
    ]
    return make_table(rows, "invariance")


def bars(n=(120, 90, 60, 31, 14, 12)):
    rows = [
        {
            "model": "m1",
            "count": f"{k}+" if k == len(n) - 1 else str(k),
            "outcome": "Q1",
            "least": k,
            "n": each,
            "expected": 110.0 / (k + 1),
        }
        for k, each in enumerate(n)
    ]
    return make_table(rows, "rootogram")


def groups(n=(40, 41, 40, 6)):
    rows = [
        {
            "model": "m1",
            "at": ">2",
            "bin": str(k + 1),
            "outcome": "iwb",
            "n": each,
            "predicted": 0.2 * (k + 1),
            "observed": 0.2 * (k + 1) + 0.03 * (-1) ** k,
            "conf_low": 0.2 * (k + 1) - 0.1,
            "conf_high": 0.2 * (k + 1) + 0.1,
            "conf_level": 0.95,
        }
        for k, each in enumerate(n)
    ]
    return make_table(rows, "calibration")


def pairs(targets, **columns):
    """Return a row a target for everyone, with the means of both ratings."""
    return [
        {
            "target": target,
            "level": level,
            "group": "all",
            "family": "page",
            "n": 300 + k,
            "current": 2.0 + k / 10,
            "desired": 4.0 - k / 20,
            "estimate": 2.0 - 3 * k / 20,
            "conf_level": 0.95,
            **columns,
        }
        for k, (target, level) in enumerate(targets)
    ]


TWICE = [("climate", "scale"), ("goal", "scale"), ("Q1", "item"), ("Q2", "item"), ("Q3", "item")]


def principles():
    return make_table(pairs(TWICE), "gaps")


def ranks(count=3, top=(1.0, 0.995, 0.004), verdict="depends"):
    rows = [
        {
            "target": f"Q{k + 1}",
            "level": "item",
            "family": "first",
            "group": "all",
            "method": "gap",
            "crosshair": "none",
            "n": 300 + k,
            "score": 2 - k / 4,
            "conf_level": 0.95,
            "rank": k + 1,
            "rank_low": max(k, 1),
            "rank_high": min(k + 2, count),
            "top5_probability": top[k],
        }
        for k in range(count)
    ]
    together = {"level": "item", "family": "first", "group": "all", "method_a": "all"}
    said = {"method_b": "all", "n": 300, "kendall_w": 0.934, "verdict": verdict}
    tables = {
        "priorities": make_table(rows, "priorities"),
        "method_agreement": make_table([together | said] if verdict else [], "method_agreement"),
    }
    return FIGURES["ranks"].source(tables)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("same_order", "same order"),
        ("within_intervals", "within these lines"),
        ("depends", "depends on the method"),
    ],
)
def test_ranks_say_whether_the_order_depends_on_the_method(verdict, words):
    assert f"{words}" in said(draw("ranks", ranks(verdict=verdict)))
    assert "Kendall's W = 0.93" in said(draw("ranks", ranks(verdict=verdict)))
    assert "Kendall" not in said(draw("ranks", ranks(verdict=None)))


def quadrants(named=("concentrate", "border", "overkill")):
    chances = {
        "concentrate": (0.04, 0.9, 0.03, 0.03),
        "overkill": (0.1, 0.0, 0.0, 0.9),
        "border": (0.3, 0.4, 0.2, 0.1),
    }
    rows = [
        {
            "target": f"Q{k}",
            "level": "item",
            "group": "all",
            "method": "ipa",
            "crosshair": crosshair,
            "n": 300 + k,
            "quadrant": quadrant,
            **dict(
                zip(
                    ("p_keep_up", "p_concentrate", "p_low_priority", "p_overkill"),
                    chances[quadrant],
                    strict=True,
                )
            ),
        }
        for crosshair in ("grand_means", "medians")
        for k, quadrant in enumerate(named, 1)
    ]
    tables = {"priorities": make_table(rows, "priorities"), "gaps": principles()}
    return FIGURES["priorities"].source(tables)


def surfaces(few=9):
    terms = dict(
        zip(("b0", "b1", "b2", "b3", "b4", "b5"), (9, 0.3, 0.1, -0.1, 0.2, -0.1), strict=True)
    )
    coefficients = [
        {"target": target, "outcome": "iwb", "parameter": name, "level": "scale", "centre": 3.0}
        | {"n": 400, "estimate": value}
        for target in ("climate", "goal")
        for name, value in terms.items()
    ]
    counts = [
        {"target": target, "current": c, "desired": d, "n": 40 if d >= c else few}
        for target in ("climate", "goal")
        for c in range(1, 6)
        for d in range(1, 6)
    ]
    people = make_table(counts, "gap_pairs")
    tables = {
        "response_surface": make_table(coefficients, "response_surface"),
        "gap_pairs": people.assign(n=people["n"].where(people["n"] >= 10)),
    }
    return FIGURES["surface"].source(tables)


def organisation_gaps(count=12, hidden=1):
    rows = [
        {
            "target": target,
            "organisation_level": "ORG",
            "organisation": f"o{k}",
            "level": "scale",
            "residual": k == 2,
            **({} if k < hidden else {"n": 10 + k, "eb_mean": 1 + k / 10}),
        }
        for target in ("climate", "goal")
        for k in range(count)
    ]
    return make_table(rows, "organisation_gaps")


def portfolio():
    rows = [
        {
            "question": "FACETS",
            "item": f"Q{k}",
            "rating": rating,
            "group": "all",
            "n": 321,
            "estimate": share,
            "conf_low": share - 3,
            "conf_high": share + 3,
            "conf_level": 0.95,
        }
        for rating, shares in (("current", (50, 30, 20)), ("desired", (30, 30, 40)))
        for k, share in enumerate(shares, 1)
    ]
    return make_table(rows, "portfolio")


def predictions(n=400):
    rows = [
        {
            "model": "H6",
            "effect": "prediction",
            "term": "climate*goal",
            "at": f"climate={x};goal={z:g}",
            "outcome": "Q1",
            "status": "confirmatory",
            "n": n,
            "estimate": 0.5 + 0.1 * x + 0.05 * z + 0.04 * x * z,
            "conf_low": 0.4 + 0.1 * x + 0.05 * z + 0.04 * x * z,
            "conf_high": 0.6 + 0.1 * x + 0.05 * z + 0.04 * x * z,
            "conf_level": 0.95,
        }
        for x in (-1, 1)
        for z in (-2, -1.5, 0, 2)
    ]
    slope = rows[0] | {"effect": "slope", "term": "climate", "at": "all"}
    return make_table([slope, *rows], "effects")


def power():
    rows = [
        {
            "hypothesis": "H1",
            "organisations": organisations,
            "respondents": respondents,
            "draws": 200,
            "estimated": 200,
            "n": respondents - 20.4,
            "power": share,
            "monte_carlo_error": 0.03,
            "half_width": 0.2,
        }
        for organisations, shares in ((20, (0.2, 0.5, 0.93)), (47, (0.4, 0.8, 0.98)))
        for respondents, share in zip((500, 1000, 2500), shares, strict=True)
    ]
    return make_table(rows, "power")


CASES = {
    "interaction": predictions(),
    "power": power(),
    "rootogram": bars(),
    "calibration": groups(),
    "principles": principles(),
    "ranks": ranks(),
    "priorities": quadrants(),
    "heatmap": organisation_gaps(),
    "surface": surfaces(),
    "portfolio": portfolio(),
    "reliability": reliability(),
    "loadings": loadings(),
    "scree": scree(),
    "validity": validity(),
    "invariance": invariance(),
    "flow": flow(),
    "break-off": breakoff(),
    "missing": missing(),
    "weights": weights(),
    "answers": answers(),
    "organisation-means": means(),
    "correlations": correlations(),
    "coefficients": coefficients(),
    "gaps": gaps(),
    "careless": confusion(),
}


def draw(kind, table, **options):
    words = wording(**{"limits": LIMITS, **options})
    ((_, rows),) = FIGURES[kind].split(table, words)
    with journal_style():
        return FIGURES[kind].draw(rows, words)


def texts(figure):
    """Return every text that is seen; ticks beyond the ends of an axis are not."""
    unseen = {
        label
        for axes in figure.axes
        for side, (ticks, ends) in enumerate(
            [(axes.get_xticklabels(), axes.get_xlim()), (axes.get_yticklabels(), axes.get_ylim())]
        )
        for label in ticks
        if not min(ends) <= label.get_position()[side] <= max(ends)
    }
    every = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    return [t for t in every if t not in unseen]


def faults(drawing):
    """Return texts that leave the page or touch another."""
    canvas = FigureCanvasAgg(drawing.figure)
    with journal_style():
        canvas.draw()
    seen = texts(drawing.figure)
    boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in seen]
    page = drawing.figure.bbox
    outside = [
        text
        for text, box in boxes
        if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1
    ]
    touching = [
        (a, b)
        for (a, first), (b, second) in combinations(boxes, 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    ]
    return outside + touching


def said(drawing):
    return " ".join(" ".join(t.get_text().split()) for t in texts(drawing.figure))


def test_every_kind_has_a_case():
    assert set(CASES) == set(FIGURES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FIGURES)
def test_texts_do_not_touch_and_stay_inside(kind, language):
    drawing = draw(kind, CASES[kind], language=language, simulated=True, weighted=True)
    assert faults(drawing) == []


@pytest.mark.parametrize("kind", FIGURES)
def test_it_says_n_and_simulated_and_has_alt_text(kind):
    drawing = draw(kind, CASES[kind], language="nl", simulated=True)
    assert "Gesimuleerde antwoorden" in said(drawing)
    assert " n " in f" {said(drawing)} "
    assert len(drawing.alt) > 30
    assert "Gesimuleerd" not in said(draw(kind, CASES[kind], language="nl"))


@pytest.mark.parametrize("kind", sorted(set(FIGURES) - {"power"}))  # which hides nothing
def test_a_table_of_hidden_rows_draws_a_note(kind):
    hidden = {
        "interaction": predictions().assign(estimate=np.nan),
        "rootogram": bars().assign(n=pd.NA, expected=np.nan),
        "calibration": groups().assign(observed=np.nan),
        "flow": flow().assign(n=pd.NA),
        "break-off": breakoff().assign(still_there=np.nan),
        "missing": missing((None, None, None)),
        "weights": weights((1, 2, 3, 4, 5)),
        "answers": answers(n=(1, 2, 3, 4, 5, 6)),
        "organisation-means": means(count=2, hidden=2),
        "correlations": correlations((None, None, None)),
        "coefficients": coefficients().assign(estimate=np.nan),
        "gaps": gaps().assign(estimate=np.nan),
        "careless": confusion().assign(percent=np.nan),
        "reliability": reliability((None, None, None)),
        "loadings": loadings().assign(std_estimate=np.nan),
        "scree": scree().assign(component=np.nan),
        "validity": validity((None, None, None)),
        "invariance": invariance().assign(verdict=None),
        "principles": principles().assign(estimate=np.nan),
        "ranks": ranks().assign(rank=np.nan),
        "priorities": quadrants().assign(p_keep_up=np.nan),
        "heatmap": organisation_gaps(count=2, hidden=2),
        "surface": surfaces().assign(people=np.nan),
        "portfolio": portfolio().assign(estimate=np.nan),
    }
    assert "fewer than 10 people" in said(draw(kind, hidden[kind]))


def test_bars_are_the_percentages_around_the_neutral_middle():
    drawing = draw("answers", answers(n=(10, 40, 60, 90, 80, 20), items=("Q1",)))
    axes = drawing.figure.axes[0]
    bars = sorted((p.get_x(), p.get_width()) for p in axes.patches)
    assert [width for _, width in bars] == pytest.approx([10 / 3, 40 / 3, 20, 30, 80 / 3])
    assert bars[2][0] == pytest.approx(-10)
    assert bars[0][0] == pytest.approx(-10 - 50 / 3)


def test_a_hidden_answer_is_left_out_and_n_says_so():
    drawing = draw("answers", answers(items=("Q1",)))
    assert "\N{GREATER-THAN OR EQUAL TO} 282" in said(drawing)
    assert "Answers given by fewer than 10 people are not shown" in said(drawing)


def test_residual_and_hidden_organisations_are_left_out_in_the_order_of_the_list():
    drawing = draw("organisation-means", means(count=5, hidden=1))
    names = [
        t.get_text().split(" of")[0].strip()
        for t in texts(drawing.figure)
        if t.get_text().startswith("Organisation ")
    ]
    assert [name.replace("\n", " ") for name in names] == [
        "Organisation 1",
        "Organisation 3",
        "Organisation 4",
    ]
    assert "Organisations with fewer than 10 people, not shown: 1." in said(drawing)
    points = drawing.figure.axes[0].lines[0].get_xdata()
    assert list(points) == pytest.approx([3.01, 3.03, 3.04])


def test_many_organisations_are_unnamed():
    drawing = draw("organisation-means", means(count=70))
    assert "Organisation 5" not in said(drawing)
    assert "in order of its mean" in said(drawing)


def test_a_category_is_shown_with_what_it_is_compared_with():
    drawing = draw("coefficients", coefficients())
    assert "Member of staff (against: Manager)" in said(drawing)
    assert "n = 512 in 41 organisations" in said(drawing)
    assert "intercept" not in said(drawing)


def test_dumbbells_join_current_and_desired_and_name_the_gap():
    drawing = draw("gaps", gaps())
    current, desired = (line.get_xdata() for line in drawing.figure.axes[0].lines)
    assert list(current) == [2.5, 2.5]
    assert list(desired) == pytest.approx([4.2, 3.4])
    assert "1.70 [1.50; 1.90]" in said(drawing)


def test_a_confusion_tells_shares_and_counts_of_each_kind():
    told = said(draw("careless", confusion()))
    assert told.count("0.1 % 4 of 2,668") == 1 + len(FLAGS)
    assert told.count("93 % 2,471 of 2,668") == 1 + len(FLAGS)
    assert "At random n = 0" in told
    assert told.count("\N{EN DASH}") == 1 + len(FLAGS)


def test_where_nobody_was_planted_nothing_is_drawn():
    assert list(FIGURES["careless"].split(confusion().iloc[:0], wording())) == []


def test_products_squares_and_means_of_organisations_are_named():
    table = coefficients().assign(term=["goal*climate", "goal^2", "goal@mean"], reference=None)
    told = said(draw("coefficients", table))
    goal, climate = (wording().label("scale", name) for name in ("goal", "climate"))
    for each in (f"{goal} × {climate}", f"{goal}²", "mean of the organisation"):
        assert each in " ".join(told.split())


def test_a_flow_names_everyone_who_was_left_out():
    drawing = said(draw("flow", flow()))
    for each in (
        "Invited: n",
        "7,714",
        "Did not start",
        "4,751",
        "2,988",
        "no consent",
        "54",
        "2,809",
    ):
        assert each in drawing.replace("\N{NO-BREAK SPACE}", " "), each


def test_rules_that_are_hidden_are_told_together():
    """Of 179 left out, 54 are shown; the other two rules make up the rest, and no more is told."""
    hidden = flow(rejected_duplicates=None, rejected_completeness=None)
    drawing = said(draw("flow", hidden)).replace("\N{NO-BREAK SPACE}", " ")
    assert "the same person again; broke off too early: n = 125" in drawing
    assert "no consent: n = 54" in drawing


def test_a_flow_without_a_list_of_invited_people_starts_with_interviews():
    table = flow()
    drawing = said(draw("flow", table[table["block"] != "invited"]))
    assert "Invited" not in drawing
    assert "2,988" in drawing


def test_every_rule_that_rejects_has_words_for_the_flow():
    from pipeline.responses.rules import RULES

    never_reject = {"bounds", "implausible", "contradictions", "not_asked"}
    for language in LANGUAGES:
        for rule in set(RULES) - never_reject:
            assert wording(language).say(f"rule_{rule}")


def test_a_flow_with_hidden_ends_stops_at_those_who_are_analysed():
    drawing = draw("flow", flow(kept_complete=None, kept_partial=None))
    assert "Complete" not in said(drawing)
    assert "2,809" in said(drawing)
    assert faults(drawing) == []


def test_a_few_who_were_left_out_are_fewer_than_the_minimum():
    few = flow(read_all=2812, read_rejected=None, rejected_consent=None)
    few = few[~few["step"].isin(["duplicates", "completeness"])]
    drawing = said(draw("flow", few)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Left out: n < 10" in drawing


def test_the_break_off_curve_goes_page_by_page_and_hides_the_few():
    drawing = draw("break-off", breakoff())
    assert list(drawing.figure.axes[0].lines[0].get_xdata()) == [100, 90, 87.5]
    assert "1. other" in said(drawing)
    assert said(drawing).count("\N{EM DASH}") == 3  # two pages, and the note that says why


def test_missing_answers_are_bars_by_kind_and_cells_by_group():
    drawing = draw("missing", missing())
    bars, cells = drawing.figure.axes
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([3.5] * 4)
    numbers = [text.get_text() for text in cells.texts]
    assert numbers == ["7", "12", "7", "12"]
    assert len(cells.patches) == 2  # hatched
    assert "Refused" not in said(drawing)


def test_bars_of_a_rootogram_hang_from_what_is_expected():
    axes = draw("rootogram", bars((121, None, 64))).figure.axes[0]
    ends = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]
    tops = np.sqrt([110, 55, 110 / 3])
    assert [top for top, _ in ends] == pytest.approx(tops)
    assert ends[0][1] == pytest.approx(tops[0] - 11)
    assert np.isnan(ends[1][1])
    told = said(draw("rootogram", bars((121, None, 64))))
    assert "n \N{GREATER-THAN OR EQUAL TO} 185. Bars hang" in told
    assert "fewer than 10 people stay empty" in told
    assert "\N{GREATER-THAN OR EQUAL TO} 2 " in told


def test_an_interaction_is_a_line_where_the_first_is_low_and_one_where_it_is_high():
    drawing = draw("interaction", predictions())
    low, high = drawing.figure.axes[0].lines
    assert list(low.get_xdata()) == list(high.get_xdata()) == [-2, -1.5, 0, 2]
    assert list(low.get_ydata()) == pytest.approx([0.38, 0.385, 0.4, 0.42])
    assert list(high.get_ydata()) == pytest.approx([0.42, 0.465, 0.6, 0.78])
    told = said(drawing)
    assert "Climate for innovation: one standard deviation below the mean" in told
    assert "Joint goal (standard deviations)" in told
    assert "n = 400. Averages over everyone" in told
    assert "Bands: 95% intervals (CR2)" in told
    few = draw("interaction", predictions().assign(conf_low=np.nan, conf_high=np.nan))
    assert "too few degrees of freedom" in said(few)


def test_calibration_is_points_around_the_diagonal():
    drawing = draw("calibration", groups((40, 41, 40, None)).dropna())
    diagonal, points = drawing.figure.axes[0].lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert list(points.get_ydata()) == pytest.approx([0.23, 0.37, 0.63])
    assert "> 2" in said(drawing)


def test_weights_are_bars_and_design_weights_steps():
    drawing = draw("weights", weights())
    axes = drawing.figure.axes[0]
    heights = [bar.get_height() for bar in axes.patches if hasattr(bar, "get_height")]
    assert heights[:5] == pytest.approx(
        [0, 100 * 90 / 264, 100 * 120 / 264, 100 * 40 / 264, 100 * 11 / 264]
    )
    assert "n \N{GREATER-THAN OR EQUAL TO} 261; as precise as 222 people" in said(drawing)


def test_raw_and_shrunken_means_stand_side_by_side():
    axes = draw("organisation-means", means(count=5, hidden=1)).figure.axes[0]
    raw, shrunken = axes.lines[:2]
    assert list(raw.get_xdata()) == pytest.approx([3.01, 3.03, 3.04])
    assert list(shrunken.get_xdata()) == pytest.approx([3.055, 3.065, 3.07])
    assert (np.array(shrunken.get_ydata()) > np.array(raw.get_ydata())).all()


def test_reliability_is_of_everyone_with_intervals_and_the_plans_limits():
    drawing = draw("reliability", reliability())
    axes = drawing.figure.axes[0]
    points = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert points["Cronbach's alpha"] == [0.82, 0.66]
    assert points["Omega (one factor)"] == [0.82]
    assert points["Spearman-Brown (two items)"] == [0.66]
    assert [0.6, 0.6] in points.values() or [0.7, 0.7] in points.values()
    ends = [segment[:, 0].tolist() for bar in axes.collections for segment in bar.get_segments()]
    assert [pytest.approx([0.78, 0.85]), pytest.approx([0.62, 0.69])] == ends[:2]
    told = said(drawing)
    assert "0.82 0.82 1,234 score" in told
    assert "groups only" in told
    assert "a score from 0.70" in told


def test_without_limits_no_limit_is_drawn_or_told():
    told = said(draw("reliability", reliability(), limits={}))
    assert "By the plan" not in told
    assert "Hollow" not in said(draw("loadings", loadings(), limits={}))
    assert "may not fall" not in said(draw("invariance", invariance(), limits={}))
    assert "Framed: not distinct." in said(draw("validity", validity(), limits={}))


def test_a_weak_loading_is_hollow_and_a_rating_is_named_once():
    drawing = draw("loadings", loadings())
    strong, weak = drawing.figure.axes[0].lines[:2]
    assert list(strong.get_xdata()) == [0.7, 0.8, 0.9]
    assert (list(weak.get_xdata()), weak.get_markerfacecolor()) == ([0.44], "white")
    assert "0.44 [0.39; 0.49]" in said(drawing)
    assert "Rows of fewer than 10 people are not shown." in said(drawing)


def test_loadings_stand_below_the_name_of_their_own_factor():
    drawing = draw("loadings", loadings())
    axes = drawing.figure.axes[0]
    height = {t.get_text().split("\n")[0]: t.get_position()[1] for t in axes.texts}
    y = sorted(float(each) for line in axes.lines[:2] for each in line.get_ydata())
    assert height["Climate for innovation"] < y[0] < y[1] < height["Joint goal"] < y[2] < y[3]


@pytest.mark.parametrize(
    ("kinds", "drawn"),
    [
        (("one_factor", "correlated", "second_order"), "second-order"),
        (("one_factor", "correlated"), "correlated"),
        (("one_factor",), "one-factor"),
    ],
)
def test_of_a_scale_made_of_scales_the_fullest_model_is_drawn(kinds, drawn):
    split = dict(FIGURES["loadings"].split(joined(kinds), wording()))
    assert list(split) == [f"loadings-iwb-{drawn}"]
    with journal_style():
        drawing = FIGURES["loadings"].draw(split[f"loadings-iwb-{drawn}"], wording())
    assert "A statement about work" in drawing.title
    assert faults(drawing) == []


def test_components_above_chance_are_filled():
    panels = draw("scree", scree()).figure.axes
    assert len(panels) == 3
    _, _, above, below = panels[0].lines
    assert (list(above.get_xdata()), list(below.get_xdata())) == ([1], [2, 3])
    assert len({panel.get_ylim() for panel in panels}) == 1


def test_scales_fill_several_pages_and_none_is_lost():
    many = scree([f"s{k}" for k in range(35)])
    pages = dict(FIGURES["scree"].split(many, wording()))
    assert list(pages) == ["scree-part1", "scree-part2", "scree-part3"]
    assert [rows["scale"].nunique() for rows in pages.values()] == [12, 12, 11]


def test_pages_are_of_like_height_and_keep_the_order():
    from pipeline.report.figures.forest import in_pages

    pages = list(in_pages({str(k): 1.0 for k in range(10)}, 4.0))
    assert [names for _, names in pages] == [["0", "1", "2"], ["3", "4", "5", "6"], ["7", "8", "9"]]
    assert list(in_pages({"a": 9.0}, 4.0)) == [("", ["a"])]
    assert list(in_pages({"a": 1.0, "b": 1.0}, 4.0)) == [("", ["a", "b"])]


def test_factor_correlations_are_below_and_htmt_above_the_diagonal():
    drawing = draw("validity", validity())
    axes = drawing.figure.axes[0]
    numbers = {t.get_position(): t.get_text() for t in axes.texts}
    assert numbers == {(0, 1): "0.30", (1, 0): "0.40", (0, 2): "0.93", (2, 0): "1.03"}
    framed = [patch.get_xy() for patch in axes.patches if not patch.get_hatch()]
    assert sorted(framed) == [(-0.5, 1.5), (1.5, -0.5)]
    assert len(axes.patches) - len(framed) == 2


def test_a_ladder_tells_what_fails_what_differs_and_what_may_be_compared():
    drawing = draw("invariance", invariance())
    told = said(drawing)
    assert "comparable without what differs" in told
    assert "not comparable" in told
    assert "not tested: two items" in told
    assert "differs: Q2: A statement about work" in told
    assert "CFI may not fall by more than 0.010" in told
    assert "no mean of it is published" in told
    assert told.count("\N{MINUS SIGN}0.055") == 2
    bold = [t.get_text() for t in texts(drawing.figure) if t.get_fontweight() == "bold"]
    assert bold.count("\N{MINUS SIGN}0.055") == 2


COMPARE_NO_MEANS = {"missing", "invariance"}
"""Kinds that may show languages side by side: what is missing, and the ladder that says what may be."""


@pytest.mark.parametrize("kind", sorted(set(FIGURES) - COMPARE_NO_MEANS))
def test_no_figure_shows_means_of_languages_side_by_side(kind):
    table = CASES[kind]
    if "group" not in table:
        assert (
            not table.astype(str)
            .apply(lambda column: column.str.contains("language="))
            .any(axis=None)
        )
        return
    french = table[table["group"] == "all"].assign(group="language=fr")
    both = pd.concat([table, french], ignore_index=True)
    drawn = [set(rows["group"]) for _, rows in FIGURES[kind].split(both, wording())]
    assert drawn in ([{"all"}], []) or all(groups == {"all"} for groups in drawn)


def test_numbers_are_written_as_the_language_does():
    assert "0,40" in said(draw("correlations", correlations(), language="fr"))
    assert "\N{MINUS SIGN}0.20" in said(draw("correlations", correlations(), language="en"))


def test_every_catalogue_has_the_same_phrases_with_the_same_blanks():
    import string

    blanks = {
        path.stem: {
            key: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for key, text in read_yaml(path).data.items()
        }
        for path in CATALOGUES.glob("*.yaml")
    }
    assert set(blanks) == set(LANGUAGES)
    assert blanks["nl"] == blanks["fr"] == blanks["en"]


def test_files_are_written_in_every_format_and_the_same_again(tmp_path):
    tables = {FIGURES[kind].table: table for kind, table in CASES.items()}
    first = save_figures(tables, tmp_path / "a", [wording("fr")], "coefficients")
    again = save_figures(tables, tmp_path / "b", [wording("fr")], "coefficients")
    assert [p.name for p in first] == [f"coefficients-m1.fr.{end}" for end in FORMATS]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]


def test_an_unknown_figure_names_the_nearest():
    with pytest.raises(UserError, match="no figure 'coeficients'; did you mean 'coefficients'"):
        save_figures({}, None, [], "coeficients")


def test_an_unknown_language_says_what_to_add():
    german = pd.concat([labels(), labels().assign(language="de")]).drop_duplicates()
    with pytest.raises(UserError, match="no words in 'de'"):
        Wording(german, "de").say("n")


WHOLE = {"flow", "break-off", "missing", "weights", "interaction"}


@pytest.mark.parametrize(
    ("kind", "language"),
    [
        ("answers", "fr"),
        ("gaps", "nl"),
        ("correlations", "fr"),
        ("coefficients", "nl"),
        ("reliability", "fr"),
        ("loadings", "nl"),
        ("scree", "nl"),
        ("validity", "fr"),
        ("invariance", "fr"),
        ("flow", "fr"),
        ("break-off", "fr"),
        ("missing", "nl"),
        ("weights", "nl"),
        ("rootogram", "fr"),
        ("interaction", "fr"),
        ("calibration", "nl"),
    ],
)
def test_real_ticks_stay_inside_and_apart(twin, kind, language):
    psi_co = twin.results.published
    words = Wording(psi_co["labels"], language, simulated=True, limits=LIMITS)
    drawn = 0
    for name, rows in FIGURES[kind].split(psi_co[FIGURES[kind].table], words):
        with journal_style():
            drawing = FIGURES[kind].draw(rows, words)
        assert faults(drawing) == [], name
        drawn += 1
    assert drawn > (kind not in WHOLE)


# ------------------------------------------------------------------------------------- gaps


def lines_at(axes, height):
    """Return the x of the markers that stand at a height."""
    return [
        x
        for line in axes.lines
        for x, y in zip(np.ravel(line.get_xdata()), np.ravel(line.get_ydata()), strict=True)
        if abs(y - height) < 1e-9 and line.get_marker() == "o"
    ]


def test_the_axis_of_ratings_ends_at_whole_points():
    """Small gaps on an axis that is cut to them would look large."""
    for kind in ("gaps", "principles"):
        axes = draw(kind, CASES[kind]).figure.axes[0]
        low, high = axes.get_xlim()
        assert low < 2 < 4 < high
        assert [round(tick, 6) % 1 for tick in axes.get_xticks()] == [0] * len(axes.get_xticks())


def test_principles_show_their_score_and_their_own_statements():
    axes = draw("principles", principles()).figure.axes[0]
    rugs = [line for line in axes.lines if line.get_marker() == "|"]
    assert [list(line.get_xdata()) for line in rugs] == [[2.2, 2.3], [3.9, 3.85], [2.4], [3.8]]
    dots = [float(np.ravel(line.get_xdata())[0]) for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([2.0, 4.0, 2.1, 3.95])


def test_ranks_stand_in_order_with_their_intervals_and_probabilities():
    drawing = draw("ranks", ranks().iloc[::-1])
    (bars,) = drawing.figure.axes[0].collections
    assert [list(map(float, path.vertices[:, 0])) for path in bars.get_paths()] == [
        [1, 2],
        [1, 3],
        [2, 3],
    ]
    words = said(drawing)
    for probability in ("100%", ">\N{NO-BREAK SPACE}99%", "<\N{NO-BREAK SPACE}1%"):
        assert " ".join(probability.split()) in words
    assert "'Start somewhere', which may be from 1 to 2" in drawing.alt


def test_two_gaps_are_no_ranking():
    assert list(FIGURES["ranks"].split(ranks(count=2), wording())) == []


def test_what_is_on_the_border_is_grey_and_hollow():
    axes = draw("priorities", quadrants()).figure.axes[0]
    points = {line.get_gid(): line for line in axes.lines if line.get_gid()}
    assert sorted(points) == ["point1", "point2", "point3"]
    assert points["point2"].get_markerfacecolor() == "white"
    assert points["point2"].get_marker() == "D"
    assert points["point1"].get_marker() != points["point3"].get_marker()
    assert [float(points[f"point{k}"].get_xdata()[0]) for k in (1, 2, 3)] == [2.2, 2.3, 2.4]


def test_the_likeliest_quadrant_has_its_probability():
    drawing = draw("priorities", quadrants())
    words = said(drawing)
    assert all(share in words for share in ("90%", "40%"))
    assert "on the border: 1" in drawing.alt


def test_only_the_plans_main_lines_are_drawn():
    rows = FIGURES["priorities"].split(quadrants(), wording())
    assert [len(each) for _, each in rows] == [3]


def test_labels_of_close_points_do_not_cover_each_other():
    from pipeline.report.figures.label_places import label_places

    draws = np.random.default_rng(5)
    for _ in range(20):
        x, y = draws.uniform(0.5, 3, (2, 30))
        places = label_places(x, y, 0.15, 0.115)
        apart = np.abs(places[:, None] - places[None])
        touch = (apart < [0.149, 0.114]).all(axis=2) & ~np.eye(30, dtype=bool)
        assert touch.sum() == 0
        assert np.linalg.norm(places - np.column_stack([x, y]), axis=1).max() < 0.8


def test_a_heat_map_keeps_the_order_of_the_list_and_hatches_what_is_hidden():
    drawing = draw("heatmap", organisation_gaps())
    axes = drawing.figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [name.split()[1] for name in names] == [str(k) for k in range(12) if k != 2]
    assert len([patch for patch in axes.patches if patch.get_hatch()]) == 2
    assert "Hatched: fewer than 10 people" in said(drawing)
    assert "Hatched" not in said(draw("heatmap", organisation_gaps(hidden=0)))


def test_a_surface_is_drawn_only_where_there_are_people():
    from pipeline.report.figures.surface import _panel

    table = surfaces()
    mine = table[table["parameter"].notna()]
    wide = mine.pivot(index="target", columns="parameter", values="estimate")
    grid, z, inside = _panel("goal", wide.loc["goal"], table, mine)
    assert (grid.min(), grid.max()) == (1, 5)
    across, up = np.meshgrid(np.floor(grid + 0.5), np.floor(grid + 0.5))
    np.testing.assert_array_equal(inside, up >= across)
    c, d = grid[7] - 3, grid[60] - 3
    assert z[60, 7] == pytest.approx(0.3 * c + 0.1 * d - 0.1 * c**2 + 0.2 * c * d - 0.1 * d**2)
    shown = draw("surface", surfaces(few=15))
    assert len(shown.figure.axes) == 3


def test_shares_are_bars_from_zero():
    axes = draw("portfolio", portfolio()).figure.axes[0]
    assert axes.get_xlim()[0] == 0
    assert sorted(bar.get_width() for bar in axes.patches) == [20, 30, 30, 30, 40, 50]
    assert {bar.get_x() for bar in axes.patches} == {0}
    assert "from 20 to 40" in draw("portfolio", portfolio()).alt
