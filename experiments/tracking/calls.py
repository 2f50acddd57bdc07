"""Calls of the worker process that talks to MLflow, and what its end means in words.

Knows neither MLflow nor the spool: tasks go in, an answer or a warning a task comes out.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.redaction import Secrets, hide, secrets_of_address

__all__ = ["ANSWER", "ENVIRONMENT", "Tracked", "ask_worker", "redacted"]

# What a line of an answer begins with: libraries may print lines of their own.
ANSWER = "answer: "

ENVIRONMENT: Mapping[str, str] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
    # The page of runs needs none of the seven processes that MLflow keeps for jobs of its own.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    # The current folder holds data: no module is taken from it, by what MLflow starts neither.
    "PYTHONSAFEPATH": "1",
}
# Seconds until MLflow is imported, after which the worker's own alarm counts.
_START = 120
_LONGEST_REASON = 500
_NO_MODULE = re.compile(r"No module named '(\w+)'")
# What to install for a driver of databases; other drivers are called as their package.
_DRIVERS = {
    "MySQLdb": "mysqlclient",
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
}
# The line of an error at the end of a traceback, without the error's class.
_LAST_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tracked:
    """What became of one item: a run's id, or a warning in its place."""

    item: str
    run_id: str | None = None
    warning: str | None = None


def ask_worker(tasks: Sequence[Mapping[str, Any]], *, uri: str) -> list[Tracked]:
    """Let one worker process do tasks in turn, up to the first that fails.

    Args:
        tasks: What ``experiments.tracking.mlflow_store`` reads; at least one.
        uri: Tracking URI, for the reason why a task failed.

    Returns:
        What became of the first tasks: the run's id of each that was done and, unless all were,
        a warning for the one after them. Those behind it were not tried.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "experiments.tracking.mlflow_store"],
            input=json.dumps([dict(task) for task in tasks]),
            capture_output=True,
            text=True,
            env={**os.environ, **ENVIRONMENT},
            timeout=_START + sum(task["limit"] for task in tasks),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = hide(f"the tracking process failed: {error}")
        return [Tracked(tasks[0]["kind"], warning=why)]
    lines = [line for line in done.stdout.splitlines() if line.startswith(ANSWER)]
    answers = [
        Tracked(task["kind"], json.loads(line.removeprefix(ANSWER))["run_id"])
        for task, line in zip(tasks, lines, strict=False)
    ]
    if len(answers) < len(tasks):
        answers.append(Tracked(tasks[len(answers)]["kind"], warning=_reason(done, uri)))
    return answers


def redacted(address: str) -> str:
    """Return an address without its user, its password and the secrets of its query.

    Example:
        >>> redacted("http://ann:se/cr@et@mlflow.example:5000")
        'http://***@mlflow.example:5000'
    """
    return Secrets(secrets_of_address(address)).hide(address)


def _reason(done: subprocess.CompletedProcess[str], uri: str) -> str:
    """Return one sentence for a worker that ended without an answer."""
    if done.returncode == -signal.SIGALRM:
        return f"{redacted(uri)} did not answer in time"
    errors = _LAST_ERROR.findall(done.stderr)
    text = errors[-1] if errors else f"the tracking process ended with {done.returncode}"
    if "database schema" in text or "revision identified" in text:
        text = f"{uri} is of another MLflow version: keep a copy and run"
        text += f" `mlflow db upgrade {uri}`"
    if (driver := _NO_MODULE.search(text)) and not uri.startswith("http"):
        package = _DRIVERS.get(driver[1], driver[1])
        text = f"{uri} needs a driver that is not installed: pip install '{package}'"
    known = Secrets(secrets_of_address(uri))
    return hide(known.hide(text))[:_LONGEST_REASON]
