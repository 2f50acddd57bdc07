"""Calling the command line as a user does."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest

from experiments.tracking.calls import ENVIRONMENT, Tracked, _reason
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


def tracked_as_told(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
    """Answer as MLflow's process would, without it: nowhere is no folder, other places take all."""
    if uri == NOWHERE:
        return [Tracked(tasks[0]["kind"], warning=f"{uri}: there is no such folder for the runs")]
    return [Tracked(task["kind"], run_id="0" * 32) for task in tasks]


def tracked_inside(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
    """Do in this process what MLflow's process does: each of those imports MLflow for seconds."""
    from experiments.tracking import mlflow_store

    answers: list[Tracked] = []
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr("signal.alarm", lambda _: 0)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        for task in tasks:
            try:
                answers.append(Tracked(task["kind"], mlflow_store._do(dict(task))))
            except Exception as error:  # noqa: BLE001 (any of them ends that process)
                done = subprocess.CompletedProcess((), 1, "", f"{type(error).__name__}: {error}\n")
                return [*answers, Tracked(task["kind"], warning=_reason(done, uri))]
    return answers


def run(
    *words: object,
    env: Mapping[str, str] | None = None,
    mlflow: Callable[..., list[Tracked]] | None = tracked_as_told,
) -> Answer:
    """Run the command line in this process, its error line and exit code included.

    Args:
        words: What stands behind ``escalation``.
        env: Variables that are set meanwhile.
        mlflow: What answers in place of MLflow's process; None to let that process answer.
    """
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        if mlflow is not None:
            patch.setattr("experiments.tracking.tracker.ask_worker", mlflow)
        code = cli._run([str(word) for word in words])
    return Answer(code, out.getvalue(), err.getvalue())


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
