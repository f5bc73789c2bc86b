"""XLIFF 1.2 and 2.0, the OASIS formats that translation tools exchange.

States: a draft is `translated`, a review makes it `signed-off` (1.2) or `reviewed` (2.0), adjudication
`final`; a string without translation is `new` or `initial`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.core.errors import UserError
from pipeline.questionnaire.translation.unit import Sheet, Unit

NAMESPACES = {
    "1.2": "urn:oasis:names:tc:xliff:document:1.2",
    "2.0": "urn:oasis:names:tc:xliff:document:2.0",
}
STATES_12 = {"": "new", "draft": "translated", "reviewed": "signed-off", "adjudicated": "final"}
STATES_20 = {"": "initial", "draft": "translated", "reviewed": "reviewed", "adjudicated": "final"}
STATUS_OF = {
    "new": "", "needs-translation": "", "initial": "", "translated": "draft",
    "needs-adaptation": "draft", "needs-l10n": "draft", "needs-review-adaptation": "draft",
    "needs-review-l10n": "draft", "needs-review-translation": "draft", "signed-off": "reviewed",
    "reviewed": "reviewed", "final": "adjudicated",
}  # fmt: skip
MAXIMUM_BYTES = 50_000_000
PRESERVE = {"{http://www.w3.org/XML/1998/namespace}space": "preserve"}
STALE = "The source was changed after this translation was made."


def xliff_12(sheet: Sheet) -> bytes:
    """Return a sheet as XLIFF 1.2."""
    from lxml import etree

    root = etree.Element("xliff", {"version": "1.2"}, nsmap=_only(NAMESPACES["1.2"]))
    file = etree.SubElement(
        root,
        "file",
        {
            "original": f"{sheet.study}@{sheet.version}",
            "source-language": sheet.source_language,
            "target-language": sheet.language,
            "datatype": "plaintext",
        },
    )
    body = etree.SubElement(file, "body")
    for unit in sheet.units:
        width = {"maxwidth": str(unit.most_bytes), "size-unit": "byte"} if unit.most_bytes else {}
        element = etree.SubElement(
            body, "trans-unit", {"id": unit.name, "resname": unit.name, **width, **PRESERVE}
        )
        etree.SubElement(element, "source").text = unit.source
        state = "needs-review-translation" if unit.stale else STATES_12[unit.status]
        etree.SubElement(element, "target", {"state": state}).text = unit.target
        etree.SubElement(element, "note", {"from": "context"}).text = _context(unit)
        if unit.note:
            etree.SubElement(element, "note", {"from": "translator"}).text = unit.note
    return _bytes(root)


def xliff_20(sheet: Sheet) -> bytes:
    """Return a sheet as XLIFF 2.0."""
    from lxml import etree

    languages = {"srcLang": sheet.source_language, "trgLang": sheet.language}
    root = etree.Element("xliff", {"version": "2.0", **languages}, nsmap=_only(NAMESPACES["2.0"]))
    file = etree.SubElement(
        root, "file", {"id": "f1", "original": f"{sheet.study}@{sheet.version}"}
    )
    for unit in sheet.units:
        element = etree.SubElement(file, "unit", {"id": unit.name, "name": unit.name})
        notes = etree.SubElement(element, "notes")
        etree.SubElement(notes, "note", {"category": "context"}).text = _context(unit)
        if unit.note:
            etree.SubElement(notes, "note", {"category": "translator"}).text = unit.note
        state = "translated" if unit.stale else STATES_20[unit.status]
        segment = etree.SubElement(element, "segment", {"state": state})
        etree.SubElement(segment, "source", PRESERVE).text = unit.source
        if unit.target:
            etree.SubElement(segment, "target", PRESERVE).text = unit.target
    return _bytes(root)


def _only(namespace: str) -> Any:
    """Return the map that makes a namespace the default one, which the stubs of lxml do not know."""
    return {None: namespace}


def _context(unit: Unit) -> str:
    longest = f"; at most {unit.most_bytes} bytes" if unit.most_bytes else ""
    return f"{unit.context}{longest}{f'. {STALE}' if unit.stale else ''}"


def _bytes(root: Any) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_xliff(path: Path) -> Sheet:
    """Read XLIFF 1.2 or 2.0 as a translation tool gives it back.

    Raises
    ------
    UserError
        It is no XML, declares a document type (entities), is no XLIFF of these versions, or a text
        holds tags of a translation tool.
    """
    root = _root(path)
    for version, namespace in NAMESPACES.items():
        if root.tag == f"{{{namespace}}}xliff":
            return _sheet(path, root, version, {"x": namespace})
    raise UserError(f"{path}: no XLIFF 1.2 or 2.0 file")


def _root(path: Path) -> Any:
    from lxml import etree

    content = path.read_bytes()
    if len(content) > MAXIMUM_BYTES:
        raise UserError(f"{path}: larger than {MAXIMUM_BYTES // 1_000_000} MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UserError(f"{path}: not XML: {error.msg}") from None
    if b"<!DOCTYPE" in content.upper():
        raise UserError(f"{path}: declares a document type; XLIFF has none, take it out")
    return root


def _sheet(path: Path, root: Any, version: str, names: dict[str, str]) -> Sheet:
    files = root.findall("x:file", names)
    if len(files) != 1:
        raise UserError(f"{path}: has {len(files)} <file> elements; psi-co writes and reads one")
    old = version == "1.2"
    study, _, made_of = files[0].get("original", "").partition("@")
    holder = files[0] if old else root
    source, target = ("source-language", "target-language") if old else ("srcLang", "trgLang")
    units = files[0].iterfind(".//x:trans-unit" if old else ".//x:unit", names)
    read = _unit_12 if old else _unit_20
    return Sheet(
        study,
        holder.get(source, ""),
        holder.get(target, ""),
        made_of,
        tuple(read(path, unit, names) for unit in units),
    )


def _unit_12(path: Path, unit: Any, names: dict[str, str]) -> Unit:
    target = unit.find("x:target", names)
    state = "" if target is None else target.get("state", "translated")
    notes = [n for n in unit.iterfind("x:note", names) if n.get("from") != "context"]
    return Unit(
        unit.get("id", ""),
        _text(path, unit, unit.find("x:source", names)),
        _text(path, unit, target),
        STATUS_OF.get(state, "draft"),
        _joined(_text(path, unit, note) for note in notes),
    )


def _unit_20(path: Path, unit: Any, names: dict[str, str]) -> Unit:
    segments = unit.findall("x:segment", names)
    states = [STATUS_OF.get(segment.get("state", "initial"), "draft") for segment in segments]
    notes = [n for n in unit.iterfind("x:notes/x:note", names) if n.get("category") != "context"]
    parts = [
        element
        for element in unit
        if element.tag in (f"{{{names['x']}}}segment", f"{{{names['x']}}}ignorable")
    ]
    sources = [_text(path, unit, part.find("x:source", names)) for part in parts]
    targets = [_text(path, unit, part.find("x:target", names)) for part in parts]
    order = tuple(STATES_20)
    return Unit(
        unit.get("id", ""),
        "".join(sources),
        "".join(targets),
        min(states, key=order.index, default=""),
        _joined(_text(path, unit, note) for note in notes),
    )


def _joined(notes: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(notes))


def _text(path: Path, unit: Any, element: Any) -> str:
    if element is None:
        return ""
    if len(element):
        raise UserError(
            f"{path}:{element.sourceline}: {unit.get('id')}: holds tags of a translation tool; "
            "export the translation as plain text"
        )
    return element.text or ""
