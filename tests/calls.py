"""Calling the command line as a user does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest

from experiments.tracking.calls import Tracked
from forecast.cli import main as cli
from tests.shared import ROOT

# What this machine has, before the workers of pytest-xdist were given one core each.
ALL_CORES = os.sched_getaffinity(0)

# An address where tracking finds nothing, at once and without MLflow: for tests of other things.
NOWHERE = "sqlite:////nowhere/mlflow.db"


class Answer(NamedTuple):
    """What a command gave back."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: object, env: Mapping[str, str] | None = None, tracking: bool = False) -> Answer:
    """Run the command line in this process, its error line and exit code included.

    Args:
        words: What stands behind ``escalation``.
        env: Variables that are set meanwhile.
        tracking: Whether MLflow's process is really started; otherwise it is taken as told.
    """
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        if not tracking:
            patch.setattr("experiments.tracking.tracker.ask_worker", tracked_as_told)
        code = cli._run([str(word) for word in words])
    return Answer(code, out.getvalue(), err.getvalue())


def tracked_as_told(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
    """Answer as MLflow's process would: nowhere is no folder, any other place takes all."""
    if uri == NOWHERE:
        return [Tracked(tasks[0]["kind"], warning=f"{uri}: there is no such folder for the runs")]
    return [Tracked(task["kind"], run_id="0" * 32) for task in tasks]


def run_process(
    *words: str, env: Mapping[str, str] | None = None, cores: set[int] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own, on some cores or on this one's."""
    return subprocess.run(
        [sys.executable, "-m", "forecast", *words],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )


def run_inside(capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    """Run the command line in this process, its error line and exit code included."""
    capsys.readouterr()
    code = cli._run([str(word) for word in words])
    captured = capsys.readouterr()
    return Answer(code, captured.out, captured.err)
