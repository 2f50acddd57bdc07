"""Another package of one of our names is named with its file, and is not imported."""

import os
import subprocess
import sys

import pytest

from data.shadowing import PACKAGES, find_shadows
from tests.shared import ROOT

STRANGER = 'print("the stranger was run")\n'


def imported(*folders, code="import escalation; print(escalation.__name__)"):
    path = os.pathsep.join(str(folder) for folder in folders)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folders[0],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_the_import_names_the_package_that_stands_in_for_ours(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(STRANGER)
    answer = imported(tmp_path, ROOT)
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[-1] == (
        f'ImportError: the package "{name}" of escalation is {ROOT / name / "__init__.py"}, but'
        f" Python finds {folder / '__init__.py'}: take that folder off PYTHONPATH, start Python in"
        " another folder, or install escalation in an environment of its own"
    )
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("command", "name"),
    [*(("escalation", name) for name in PACKAGES), *(("forecast", name) for name in PACKAGES[:3])],
)
def test_the_command_line_names_it_in_one_line(tmp_path, name, command):
    """A folder before ours: no command starts, ``doctor`` neither."""
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(STRANGER)
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    answer = subprocess.run(
        [sys.executable, "-m", command, "doctor"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (3, "")
    assert answer.stderr.startswith(f'error: the package "{name}" of escalation is {ROOT / name}')
    assert f"but Python finds {folder / '__init__.py'}: take that folder off" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_single_file_of_that_name_is_named_too(tmp_path):
    (tmp_path / "features.py").write_text(STRANGER)
    answer = imported(tmp_path, ROOT)
    assert f"Python finds {tmp_path / 'features.py'}:" in answer.stderr
    assert answer.stdout == ""


def test_a_stranger_that_was_imported_before_is_named(tmp_path):
    (tmp_path / "data.py").write_text("")
    answer = imported(tmp_path, ROOT, code="import data, escalation")
    assert f"Python finds {tmp_path / 'data.py'}:" in answer.stderr


def test_a_folder_of_files_is_no_package_and_does_no_harm(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "attacks.csv").write_text("a\n")
    answer = imported(tmp_path, ROOT)
    assert (answer.returncode, answer.stdout) == (0, "escalation\n")


def test_where_our_packages_lie_there_is_no_shadow(tmp_path):
    assert find_shadows(ROOT) == []
    names = [shadow.name for shadow in find_shadows(tmp_path)]
    assert names == list(PACKAGES)
