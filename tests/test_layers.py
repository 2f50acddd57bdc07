"""Imports point one way, lazy ones too, and the front door reads nothing heavy."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared import ROOT

ROOMS = ("data", "features", "experiments", "forecast")
HEAVY = (
    "docx",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "requests",
    "scipy",
    "shapely",
    "sklearn",
    "statsmodels",
    "xlsxwriter",
)
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(code: str) -> Iterator[str]:
    """Yield every imported name wherever the import stands, as module or module.attribute."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise AssertionError("relative import")
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            yield "importlib.import_module"
            if node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def points_right(module: str, imported: str) -> bool:
    """Say whether an import points from one room to a room later in the order."""
    rooms = [name.partition(".")[0] for name in (module, imported)]
    return all(room in ROOMS for room in rooms) and (ROOMS.index(rooms[0]) < ROOMS.index(rooms[1]))


def imports_at(path: Path) -> set[str]:
    return set(imports_of(path.read_text(encoding="utf-8")))


def test_the_guard_sees_lazy_and_disguised_imports():
    code = "def f():\n    from experiments import scores\n    importlib.import_module('forecast.x')"
    assert set(imports_of(code)) == {
        "experiments",
        "experiments.scores",
        "importlib.import_module",
        "forecast.x",
    }
    assert points_right("data.store", "features.panel")
    assert not points_right("forecast.cli", "data.store")
    assert not points_right("data.store", "data.files")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_left_only(path):
    module, imported = name_of(path), imports_at(path)
    assert [name for name in imported if points_right(module, name)] == []
    assert [name for name in imported if name.partition(".")[0] == "tests"] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_who_may_import_what(path):
    module, imported = name_of(path), imports_at(path)
    tops = {name.partition(".")[0] for name in imported}
    if module != "experiments.tracking":
        assert "mlflow" not in tops
    if module != "data.http_client":
        assert not tops & {"requests", "urllib3"}
    if module != "data.boundary_layers":
        assert "pyogrio" not in tops
    if module != "data.projections":
        assert "pyproj" not in tops
    if module != "experiments.study":
        assert "optuna" not in tops
    if module != "forecast.__main__":
        assert "forecast.cli" not in imported
    if module != "forecast.cli":
        assert "importlib.import_module" not in imported


def test_no_module_is_its_own_ancestor():
    modules = {name_of(path) for path in FILES}
    graph = {name_of(path): imports_at(path) & modules - {name_of(path)} for path in FILES}
    for room in ROOMS:
        graph[room].clear()
    graphlib.TopologicalSorter(graph).prepare()


def test_help_imports_neither_heavy_libraries_nor_commands():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "forecast", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert "forecast.cli" in loaded
    assert [name for name in sorted(loaded) if name.startswith(HEAVY)] == []
    assert [name for name in sorted(loaded) if name.startswith("forecast.commands")] == []


@pytest.mark.parametrize("path", sorted((ROOT / "forecast").glob("commands_*.py")), ids=name_of)
def test_command_modules_import_heavy_libraries_inside_functions(path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {name_of(path)}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert [name for name in sorted(loaded) if name.startswith(HEAVY)] == []
