"""The folder of real test data, which lies beside the project and is never part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared"))


def shared_file(name: str) -> Path:
    """Return a file of the shared data, or skip the test that asks for it."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip("needs ../shared/data")
    return path
