"""The examples run offline from end to end, and open as notebooks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from tests.shared import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# What each example prints and leaves behind; without another's load each takes under a minute.
MADE = {
    "analysts_month": (
        "# Attack risk in Niger, January 2021",
        ("sahel/niger.md", "sahel/reports/2020-12-admin1.html"),
    ),
    "table_for_a_report": ("Borno", ("map.png", "table.csv", "files/2020-12-admin1.docx")),
    "two_models_and_a_feature": ("same_season", ("my_models.py", "models/backtests")),
}
SECONDS = 300


def test_each_example_is_tried_here():
    assert [path.stem for path in EXAMPLES] == sorted(MADE)


@pytest.mark.slow(seconds=30)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_from_end_to_end_without_a_network(
    path: Path, tmp_path: Path, mlflow_database: Path
) -> None:
    first, files = MADE[path.stem]
    database = shutil.copy(mlflow_database, tmp_path / "mlflow.db")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MLFLOW_TRACKING_URI": f"sqlite:///{database}",
            "http_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert first in done.stdout
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
