"""What KoboToolbox and ODK Central deliver for an XLSForm, and what a form makes of answers.

Driven by the exported `.xlsx` alone: names, types, groups and choices are read from the file. The files are
written as `XLSFORM.md` tells of them: Kobo's CSV as its own library wrote it, ODK's as documented. Logic is
that of the XForm that pyxform makes of the file, evaluated by libxml2.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from pyxform.xls2xform import convert
from random_studies import Sheet

XFORMS = "{http://www.w3.org/2002/xforms}"
LANGUAGE, TOKEN = "LANGUAGE", "TOKEN"
MULTIPLE_FORMS = ("summary", "details", "both")
KOBO_END = (
    "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by",
    "__version__", "_tags", "_index",
)  # fmt: skip
ODK_END = (
    "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status",
    "ReviewState", "DeviceID", "Edits", "FormVersion",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A field of a form: where it stands, of what type it is, and the options it takes."""

    groups: tuple[str, ...]
    name: str
    type: str
    options: tuple[str, ...] = ()
    calculation: str = ""


@lru_cache(maxsize=8)
def sheet_rows(content: bytes, name: str) -> list[dict[str, str]]:
    """Return the rows of one sheet of a form by heading; empty cells are empty texts."""
    cells = [
        ["" if cell is None else cell for cell in row]
        for row in load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True)
    ]
    assert all(isinstance(cell, str) for row in cells for cell in row), "a cell is no text"
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def form_fields(content: bytes) -> list[Field]:
    """Return every field of a form in order, with those that pyxform adds to a table."""
    return list(_fields(sheet_rows(content, "survey"), sheet_rows(content, "choices")))


def _fields(survey: list[dict[str, str]], choices: list[dict[str, str]]) -> Iterator[Field]:
    groups: list[str] = []
    new_table = False
    for number, row in enumerate(survey, 2):
        kind, _, list_name = row["type"].partition(" ")
        if kind == "begin_group":
            groups.append(row["name"])
            new_table = "table-list" in row["appearance"]
            if new_table:
                yield Field(tuple(groups), f"generated_table_list_label_{number}", "note")
        elif kind == "end_group":
            assert groups.pop() == row["name"]
        else:
            if new_table and kind.startswith("select"):
                name = f"reserved_name_for_field_list_labels_{number}"
                yield Field(tuple(groups), name, "note")
                new_table = False
            options = tuple(c["name"] for c in choices if c["list_name"] == list_name)
            assert bool(options) == kind.startswith("select"), row
            yield Field(tuple(groups), row["name"], kind, options, row["calculation"])
    assert not groups


def value_of(field: Field, sheet: Sheet, token: str = "") -> str:
    """Return what a submission holds for a field: the empty text for what was not shown or answered."""
    if field.name in {LANGUAGE, TOKEN}:
        return sheet.language if field.name == LANGUAGE else token
    if field.type in {"start", "end"}:
        return f"2026-11-23T09:{'00' if field.type == 'start' else '20'}:00.000+01:00"
    if field.type == "calculate":
        return field.calculation.strip("'")
    if field.type == "select_multiple":
        ticked = [o for o in field.options if sheet.answers.get(f"{field.name}_{o}") == "1"]
        return " ".join(ticked)
    given = "" if field.type == "note" else sheet.answers.get(field.name) or ""
    return f"{float(given)}" if field.type == "decimal" and given else given


def kobo_table(
    content: bytes, people: Sequence[Sheet], *, groups: bool, multiple: str, token: str = ""
) -> list[list[str]]:
    """Return Kobo's export with XML values and headers, as rows of text."""
    fields = [f for f in form_fields(content) if not f.name.startswith(("generated", "reserved"))]
    header = [name for f in fields for name in _headings(f, "/" if groups else "", multiple)]
    rows = [[*header, *KOBO_END]]
    for number, sheet in enumerate(people, 1):
        cells = [cell for f in fields for cell in _cells(f, sheet, multiple, token)]
        moment = "2026-11-23T08:20:01"
        end = [
            str(100 + number),
            sheet.respondent,
            moment,
            "",
            "",
            "submitted_via_web",
            "",
            "v1",
            "",
        ]
        rows.append([*cells, *end, str(number)])
    return rows


def odk_table(
    content: bytes, people: Sequence[Sheet], *, groups: bool, multiple: str, token: str = ""
) -> list[list[str]]:
    """Return ODK Central's export, with group names or without, multiple choices split or not."""
    fields = form_fields(content)
    header = [name for f in fields for name in _headings(f, "-" if groups else "", multiple)]
    meta = "meta-instanceID" if groups else "instanceID"
    rows = [["SubmissionDate", *header, meta, *ODK_END]]
    for sheet in people:
        cells = [cell for f in fields for cell in _cells(f, sheet, multiple, token)]
        moment = "2026-11-23T08:20:01.123Z"
        end = ["", "", "0", "0", "", "", "", "0", "47cb93ef71ab"]
        rows.append([moment, *cells, sheet.respondent, sheet.respondent, *end])
    return rows


def _headings(field: Field, separator: str, multiple: str) -> list[str]:
    path = separator.join((*field.groups, field.name)) if separator else field.name
    if field.type != "select_multiple":
        return [path]
    options = [f"{path}/{option}" for option in field.options]
    return {"summary": [path], "details": options, "both": [path, *options]}[multiple]


def _cells(field: Field, sheet: Sheet, multiple: str, token: str) -> list[str]:
    value = value_of(field, sheet, token)
    if field.type != "select_multiple":
        return [value]
    ticked = value.split()
    flags = [("1" if option in ticked else "0") if ticked else "" for option in field.options]
    return {"summary": [value], "details": flags, "both": [value, *flags]}[multiple]


def kobo_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as Kobo writes CSV: semicolons, every cell quoted, line feeds."""
    return _csv(rows, delimiter=";", quoting=csv.QUOTE_ALL)


def odk_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as ODK Central writes CSV: commas, quotes where they are needed."""
    return _csv(rows, delimiter=",", quoting=csv.QUOTE_MINIMAL)


def _csv(rows: Sequence[Sequence[str]], **how: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", **how).writerows(rows)
    return text.getvalue().encode("utf-8")


def kobo_xlsx(rows: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> bytes:
    """Return rows as Kobo writes Excel: texts, and numbers in the fields called `numbers`."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("form")
        typed = [re.split("[/-]", heading)[-1] in numbers for heading in rows[0]]
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if at and typed[column] and cell:
                    sheet.write_number(at, column, float(cell))
                elif cell:
                    sheet.write_string(at, column, cell)
    return target.getvalue()


# --------------------------------------------------------------------------------------------- logic


class Played:
    """A form as a client holds it: the XForm's instance, filled with answers, and its logic."""

    def __init__(self, content: bytes) -> None:
        form = etree.fromstring(convert(content, file_type=".xlsx").xform.encode("utf-8"))
        self.binds = {bind.get("nodeset"): bind for bind in form.iter(f"{XFORMS}bind")}
        self.root = _without_namespaces(next(form.iter(f"{XFORMS}instance"))[0])
        self.paths = {path.rpartition("/")[2]: path for path in self.binds}

    def fill(self, values: dict[str, str]) -> None:
        """Put values into the fields of these names; all others are emptied."""
        for name, path in self.paths.items():
            for node in self.root.xpath(path):
                if not len(node):
                    node.text = values.get(name, "")

    def is_shown(self, name: str) -> bool:
        """Say whether a field is relevant, and so is every group that it stands in."""
        parts = self.paths[name].split("/")
        paths = ["/".join(parts[:end]) for end in range(3, len(parts) + 1)]
        return all(self._holds(path, "relevant") for path in paths if path in self.binds)

    def accepts(self, name: str) -> bool:
        """Say whether what a field holds is allowed; an empty field is not looked at."""
        path = self.paths[name]
        (node,) = self.root.xpath(path)
        return not node.text or self._holds(path, "constraint")

    def _holds(self, path: str, what: str) -> bool:
        expression = self.binds[path].get(what)
        if expression is None:
            return True
        (node,) = self.root.xpath(path)
        expression = expression.replace(
            "round(", "odk-round("
        )  # libxml2's own takes no second argument
        return bool(node.xpath(f"boolean({expression})", extensions=_FUNCTIONS))


def _without_namespaces(node: Any) -> Any:
    """Return a copy of an element whose names an XPath without prefixes finds."""
    copy = etree.Element(etree.QName(node).localname)
    copy.extend([_without_namespaces(child) for child in node])
    return copy


def _text(value: Any) -> str:
    if isinstance(value, list):
        return (value[0].text or "") if value else ""
    return str(value)


def _selected(_: Any, nodes: Any, code: str) -> bool:
    return code in _text(nodes).split()


def _count_selected(_: Any, nodes: Any) -> float:
    return float(len(_text(nodes).split()))


def _coalesce(_: Any, first: Any, second: Any) -> Any:
    return float(_text(first)) if _text(first) else second


def _round(_: Any, number: float, digits: float) -> float:
    return round(number, int(digits))


_FUNCTIONS = {
    (None, "selected"): _selected,
    (None, "count-selected"): _count_selected,
    (None, "coalesce"): _coalesce,
    (None, "odk-round"): _round,
}
