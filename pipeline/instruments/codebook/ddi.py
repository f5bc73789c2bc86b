"""The codebook as DDI-Codebook 2.5, the format of data archives; it is valid against 2.6 too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.instruments.codebook.variables import Category, Variable
from pipeline.instruments.wording import words
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.version import questionnaire_version

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NAMESPACE = "ddi:codebook:2_5"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FILES = {"responses": "responses.parquet", "scores": "scores.parquet"}
FORMATS = {
    "category": "character",
    "flag": "character",
    "text": "character",
    "whole": "numeric",
    "number": "numeric",
}


def ddi_codebook(questionnaire: Questionnaire, variables: Sequence[Variable]) -> bytes:
    """Return the codebook as XML: study, its two files, groups of variables, every variable."""
    from lxml import etree

    default: Any = {None: NAMESPACE}
    root = etree.Element(
        f"{{{NAMESPACE}}}codeBook",
        {"version": "2.5", LANG: questionnaire.languages[0]},
        nsmap=default,
    )
    _study(root, questionnaire)
    for file, name in FILES.items():
        text = _add(_add(root, "fileDscr", ID=f"F_{file}"), "fileTxt")
        _add(text, "fileName", name)
    data = _add(root, "dataDscr")
    _groups(data, questionnaire, variables)
    for variable in variables:
        _variable(data, variable, questionnaire.languages)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    from lxml import etree

    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    element.text = text or None
    return element


def _add_texts(parent: Element, tag: str, texts: Mapping[str, str], **attributes: str) -> None:
    for language, text in texts.items():
        if text:
            _add(parent, tag, text, **attributes).set(LANG, language)


def _study(root: Element, questionnaire: Questionnaire) -> None:
    base, *others = questionnaire.languages
    study = _add(root, "stdyDscr")
    citation = _add(study, "citation")
    titles = _add(citation, "titlStmt")
    _add(titles, "titl", questionnaire.title[base]).set(LANG, base)
    for language in others:
        _add(titles, "parTitl", questionnaire.title[language]).set(LANG, language)
    _add(titles, "IDNo", questionnaire.study)
    version = _add(citation, "verStmt")
    _add(version, "version", questionnaire_version(questionnaire), type="questionnaire")
    if questionnaire.source:
        access = _add(_add(study, "dataAccs"), "useStmt")
        _add(access, "citReq", questionnaire.source.origin)
        _add(access, "conditions", questionnaire.source.licence)


def _groups(data: Element, questionnaire: Questionnaire, variables: Sequence[Variable]) -> None:
    """Add a group of variables for each page that has questions, and one for each scale."""
    for section in questionnaire.sections:
        names = [v.name for v in variables if v.group == section.id]
        if names:
            group = _group(data, f"G_{section.id}", "section", names)
            _add_texts(group, "labl", section.title)
    for name, scale in questionnaire.scales.items():
        names = [v.name for v in variables if name in v.scales]
        group = _group(data, f"G_scale_{name}", "subject", names)
        _add_texts(group, "labl", scale.name)
        _add_texts(group, "txt", scale.definition or {})


def _group(data: Element, identity: str, kind: str, names: Sequence[str]) -> Element:
    members = {"var": " ".join(f"V_{name}" for name in names)} if names else {}
    return _add(data, "varGrp", ID=identity, type=kind, name=identity.removeprefix("G_"), **members)


def _variable(data: Element, variable: Variable, languages: Sequence[str]) -> None:
    weight = {"wgt": "wgt"} if variable.name == "weight" else {}
    discrete = "discrete" if variable.type in {"category", "flag"} else "contin"
    element = _add(
        data,
        "var",
        ID=f"V_{variable.name}",
        name=variable.name,
        files=f"F_{variable.file}",
        intrvl=discrete,
        **weight,
    )
    _add_texts(element, "labl", variable.label)
    for language in languages:
        if variable.question:
            question = _add(element, "qstn")
            question.set(LANG, language)
            _add(question, "qstnLit", variable.question[language])
            if language in variable.help:
                _add(question, "ivuInstr", variable.help[language])
    _ranges(element, variable)
    _add_texts(element, "universe", variable.universe or {})
    for category in variable.categories:
        _category(element, category)
    if variable.derivation:
        derivation = _add(element, "derivation")  # the schema takes one language here
        _add(derivation, "drvdesc", variable.derivation[languages[0]]).set(LANG, languages[0])
    _add(element, "varFormat", type=FORMATS[variable.type])
    _notes(element, variable, languages)


def _ranges(element: Element, variable: Variable) -> None:
    if variable.minimum is not None or variable.maximum is not None:
        bounds = {"min": variable.minimum, "max": variable.maximum}
        given = {name: f"{value:g}" for name, value in bounds.items() if value is not None}
        _add(_add(element, "valrng"), "range", **given)
    missing = [category for category in variable.categories if category.missing]
    if missing:
        ranges = _add(element, "invalrng")
        for category in missing:
            _add(ranges, "item", VALUE=category.code)


def _category(element: Element, category: Category) -> None:
    missing = {"missing": "Y", "missType": category.missing} if category.missing else {}
    added = _add(element, "catgry", **missing)
    _add(added, "catValu", category.code)
    _add_texts(added, "labl", category.text)


def _notes(element: Element, variable: Variable, languages: Sequence[str]) -> None:
    if variable.rule:
        for language in languages:
            counted = [
                f"{words(language)[f'counts_{name}']}: {', '.join(codes)}"
                for name, codes in variable.rule.items()
                if codes
            ]
            text = "; ".join([*counted, words(language)["counts_rule"]])
            _add(element, "notes", text, type="percentages").set(LANG, language)
    for language in languages[1:] if variable.derivation else ():
        text = (variable.derivation or {})[language]
        _add(element, "notes", text, type="derivation").set(LANG, language)
    if variable.source:
        _add(element, "notes", variable.source, type="source")
