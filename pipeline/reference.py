"""Files that are generated from declarations and kept in the repository: schemas, table reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pipeline.core.contracts import TABLES, Column, Contract
from pipeline.core.declared import Declared
from pipeline.core.files import write_text
from pipeline.core.plan import Plan
from pipeline.questionnaire.model import Questionnaire
from pipeline.questionnaire.traceability import traceability_page
from pipeline.study import load_study, project_root

SCHEMAS: dict[str, type[Declared]] = {"questionnaire": Questionnaire, "analysis": Plan}


TRACED = ("psi-co",)


def write_reference(root: Path | None = None) -> list[Path]:
    """Write every generated file of the project at `root`; a test says when one is stale."""
    project = project_root(root)
    texts = {project / name: text for name, text in generated_files(project).items()}
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def generated_files(root: Path) -> dict[str, str]:
    """Return the text of each generated file by its path below the project's root."""
    return {
        **{f"questionnaires/{name}.schema.json": schema_text(name) for name in SCHEMAS},
        "docs/reference/tables.md": tables_text(),
        **{f"docs/questionnaire/{name}.md": traceability(name, root) for name in TRACED},
    }


def traceability(study: str, root: Path) -> str:
    """Return the page that traces each item of a study to its source."""
    return traceability_page(load_study(study, root).questionnaire)


def schema_text(name: str) -> str:
    """Return the JSON Schema of `questionnaire.yaml` or `analysis.yaml`, made from its model."""
    schema = SCHEMAS[name].model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def tables_text() -> str:
    """Return the manual's page on tables, made from their contracts."""
    head = [
        "# Tables",
        "",
        "Made from the contracts in `pipeline/core/contracts.py` by `psico reference`; do not edit.",
        "",
        "CSV in UTF-8, `,` between cells, `.` as decimal mark, full precision, an empty cell for missing.",
        "Text that a spreadsheet would run as a formula stands behind an apostrophe. Columns marked *key*",
        "say what the row is about. The other values of a row that stands for fewer people than the plan's",
        "minimum are blanked at the exit door, save those that the questionnaire or plan declares.",
    ]
    pages = [line for contract in TABLES.values() for line in _contract_lines(contract)]
    return "\n".join([*head, *pages]) + "\n"


def _contract_lines(contract: Contract) -> Iterator[str]:
    yield from ("", f"## {contract.name}.csv", "")
    yield f"One row is {contract.row}. Order: {contract.order}."
    if not contract.hides:
        yield "Nothing is hidden in it."
    yield from ("", "| column | type | meaning | unit | allowed |", "|---|---|---|---|---|")
    for column in contract.columns:
        name = f"`{column.name}`" + (" *key*" if column.key else "")
        meaning = column.meaning.replace("|", "\\|")
        yield f"| {name} | {column.type} | {meaning} | {column.unit} | {_allowed(column)} |"


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{each}`" for each in column.allowed)
    low = "" if column.minimum is None else f"{column.minimum:g}"
    high = "" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} to {high}".strip() if high else (f"from {low}" if low else "")
