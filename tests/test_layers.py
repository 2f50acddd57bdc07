"""What the contracts of ``pyproject.toml`` cannot say: lazy imports and what the front door reads.

Who may import whom is held by ``lint-imports`` (``make check``).
"""

from __future__ import annotations

import ast
import subprocess
import sys
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
COMMANDS = sorted(path.stem for path in (ROOT / "forecast" / "cli").glob("commands_*.py"))


def disguised_imports(code: str) -> list[str]:
    """Return imports that the contracts cannot see: relative ones and those by a name."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if (isinstance(node, ast.ImportFrom) and node.level)
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith(("import_module", "__import__"))
        )
    ]


def loaded_by(*words: str) -> set[str]:
    """Return the modules that a fresh interpreter imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_imports_are_written_as_imports():
    assert disguised_imports("from . import x") == ["from . import x"]
    assert disguised_imports("importlib.import_module('forecast.x')") != []
    paths = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    found = {
        path.relative_to(ROOT): seen
        for path in paths
        if (seen := disguised_imports(path.read_text(encoding="utf-8")))
    }
    assert list(found) == [Path("forecast/cli/main.py")]


def test_the_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_help_imports_neither_heavy_libraries_nor_commands():
    loaded = loaded_by("-m", "forecast", "--help")
    assert "forecast.cli.main" in loaded
    assert [name for name in sorted(loaded) if name.startswith(HEAVY)] == []
    assert [name for name in sorted(loaded) if name.startswith("forecast.cli.commands")] == []


@pytest.mark.parametrize("module", COMMANDS)
def test_command_modules_import_heavy_libraries_inside_functions(module):
    loaded = loaded_by("-c", f"import forecast.cli.{module}")
    assert [name for name in sorted(loaded) if name.startswith(HEAVY)] == []
