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
            "inference": "CR1",
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


CASES = {
    "answers": answers(),
    "organisation-means": means(),
    "correlations": correlations(),
    "coefficients": coefficients(),
    "gaps": gaps(),
    "careless": confusion(),
}


def draw(kind, table, **options):
    words = wording(**options)
    ((_, rows),) = FIGURES[kind].split(table, words)
    with journal_style():
        return FIGURES[kind].draw(rows, words)


def texts(figure):
    """Return every text that is seen; ticks beyond the ends of an axis are not."""
    unseen = {
        label
        for axes in figure.axes
        for label in axes.get_xticklabels()
        if not min(axes.get_xlim()) <= label.get_position()[0] <= max(axes.get_xlim())
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


@pytest.mark.parametrize("kind", FIGURES)
def test_a_table_of_hidden_rows_draws_a_note(kind):
    hidden = {
        "answers": answers(n=(1, 2, 3, 4, 5, 6)),
        "organisation-means": means(count=2, hidden=2),
        "correlations": correlations((None, None, None)),
        "coefficients": coefficients().assign(estimate=np.nan),
        "gaps": gaps().assign(estimate=np.nan),
        "careless": confusion().assign(percent=np.nan),
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


def test_a_declared_test_without_the_plans_errors_is_called_provisional():
    table = coefficients()
    assert "Provisional" not in said(draw("coefficients", table))
    declared = said(draw("coefficients", table.assign(status="confirmatory")))
    assert "Confirmatory. Provisional: not yet the inference that the plan declares" in declared


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


@pytest.fixture(scope="module")
def psi_co():
    from pathlib import Path

    from pipeline.run import analyse
    from pipeline.study import load_study

    return analyse(load_study("psi-co", Path(__file__).parents[2])).published


@pytest.mark.parametrize(
    ("kind", "language"),
    [("answers", "fr"), ("gaps", "nl"), ("correlations", "fr"), ("coefficients", "nl")],
)
def test_real_labels_stay_inside_and_apart(psi_co, kind, language):
    words = Wording(psi_co["labels"], language, simulated=True)
    drawn = 0
    for name, rows in FIGURES[kind].split(psi_co[FIGURES[kind].table], words):
        with journal_style():
            drawing = FIGURES[kind].draw(rows, words)
        assert faults(drawing) == [], name
        drawn += 1
    assert drawn > 1
