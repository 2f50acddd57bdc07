"""The examples run offline from end to end, and open as notebooks."""

from __future__ import annotations

import runpy
from pathlib import Path

import jupytext
import nbformat
import pytest

from tests.calls import tracked_as_told
from tests.shared import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# What each example prints and leaves behind.
MADE = {
    "analysts_month": (
        "# Attack risk in Niger, January 2021",
        ("sahel/niger.md", "sahel/reports/2020-12-admin1.html"),
    ),
    "table_for_a_report": ("Borno", ("map.png", "table.csv", "files/2020-12-admin1.docx")),
    "two_models_and_a_feature": ("same_season", ("my_models.py", "models/backtests")),
}


def test_each_example_is_tried_here():
    assert [path.stem for path in EXAMPLES] == sorted(MADE)


@pytest.mark.slow(seconds=25)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_from_end_to_end_without_a_network(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, files = MADE[path.stem]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", tracked_as_told)
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr()
    assert printed.err == ""
    assert first in printed.out
    for name in files:
        assert (tmp_path / name).exists(), name


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_opens_as_a_notebook(path: Path) -> None:
    notebook = jupytext.read(path)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert kinds.count("code") >= 5
    assert all(cell.source.strip() for cell in notebook.cells)
    text = path.read_text(encoding="utf-8")
    again = jupytext.reads(jupytext.writes(notebook, "py:percent"), "py:percent")
    assert [cell.source for cell in again.cells] == [cell.source for cell in notebook.cells]
    assert "data/samples" not in text, "an example takes its data from escalation.sample"
