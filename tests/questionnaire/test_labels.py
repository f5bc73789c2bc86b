"""Every thing has a name, in every language."""

from __future__ import annotations

from pipeline.questionnaire.labels import labels_table
from pipeline.study import Study


def names(study: Study, kind: str) -> list[tuple[str, str, str]]:
    table = labels_table(study.questionnaire, study.plan, study.organisations)
    rows = table[table["kind"] == kind]
    return list(rows[["parent", "name", "label"]].itertuples(index=False, name=None))


def test_items_rated_twice_have_a_name_for_each_rating(study: Study) -> None:
    assert [label for label in names(study, "item") if label[1].startswith("D1")] == [
        ("views", "D1", "Third"),
        ("views", "D1_current", "Third (Now)"),
        ("views", "D1_desired", "Third (Wanted)"),
    ]


def test_scales_rated_twice_have_three_names(study: Study) -> None:
    assert names(study, "scale") == [
        ("scale", "together", "Together"),
        ("scale", "partners", "Partners"),
        ("scale", "partners_current", "Partners (Now)"),
        ("scale", "partners_desired", "Partners (Wanted)"),
        ("index", "total", "Total"),
    ]


def test_groups_and_organisations_are_named(study: Study) -> None:
    assert names(study, "group") == [
        ("language", "language=en", "English"),
        ("NEW", "NEW=y", "Yes"),
        ("NEW", "NEW=n", "No"),
        ("NEW", "NEW=r", "Rather not say"),
        ("NEW", "NEW=s", "Skipped"),
    ]
    assert names(study, "organisation") == [
        ("ORG", "A1", "Alfa"),
        ("ORG", "B1", "Beta"),
        ("ORG", "ZZ", "All other"),
    ]


def test_codes_have_the_words_of_their_question(study: Study) -> None:
    assert ("TOOLS", "app", "App") in names(study, "code")
    assert ("M1", "9", "Don't know") in names(study, "code")


def test_every_language_has_every_name(tutorial: Study) -> None:
    table = labels_table(tutorial.questionnaire, tutorial.plan, tutorial.organisations)
    sizes = table.groupby("language").size()
    assert sizes.nunique() == 1
    assert list(sizes.index) == ["en", "fr", "nl"]
    assert table["label"].str.strip().ne("").all()


def test_languages_are_called_by_their_name_in_each_language(tutorial: Study) -> None:
    assert [label for _, name, label in names(tutorial, "group") if name == "language=fr"] == [
        "Frans",
        "français",
        "French",
    ]
