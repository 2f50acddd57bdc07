"""Folders that tests share, made once a run for all workers of pytest-xdist."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of this run that the first who asks makes; tests copy it or leave it alone.

    Args:
        factory: Knows the run's folder of temporary files, a new one each run.
        name: Name of the folder.
        make: Fills the folder it is given.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, ready = root / f"once-{name}", root / f"once-{name}.ready"
    with FileLock(root / f"once-{name}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)  # left by one who failed
            folder.mkdir()
            make(folder)
            ready.touch()
    return folder
