"""Calling the command line as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

import pytest

from forecast.cli import main as cli
from tests.shared import ROOT

# What this machine has, before the workers of pytest-xdist were given one core each.
ALL_CORES = os.sched_getaffinity(0)

# An address where tracking finds nothing, at once and without MLflow: for tests of other things.
NOWHERE = "sqlite:////nowhere/mlflow.db"


def run(
    *words: str, env: dict[str, str] | None = None, cores: set[int] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own, on some cores or on this one's."""
    return subprocess.run(
        [sys.executable, "-m", "forecast", *words],
        cwd=ROOT,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )


class Answer(NamedTuple):
    """What a command gave back."""

    returncode: int
    stdout: str
    stderr: str


def run_inside(capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    """Run the command line in this process, its error line and exit code included."""
    capsys.readouterr()
    code = cli._run([str(word) for word in words])
    captured = capsys.readouterr()
    return Answer(code, captured.out, captured.err)
