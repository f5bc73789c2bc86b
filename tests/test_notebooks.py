"""Every notebook runs from top to bottom on a copy of the project, and is kept without outputs."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def study_of(notebook):
    """Return the study that a notebook names in its first lines of code."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return re.search(r'^STUDY = "(.+)"$', code, re.MULTILINE).group(1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, analysed, twin, monkeypatch):
    """A notebook reads what the analysis of its study wrote; the analysis is not run once more."""
    from nbclient import NotebookClient

    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(path, as_version=4)
    roots = {each.study.name: each.study.paths.root for each in (analysed, twin)}
    place = {"metadata": {"path": str(roots[study_of(notebook)])}}
    client = NotebookClient(notebook, timeout=900, resources=place)
    client.execute()
    assert any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path):
    cells = nbformat.read(path, as_version=4).cells
    assert [c for c in cells if c.get("outputs") or c.get("execution_count")] == []
