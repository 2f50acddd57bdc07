"""Hands what was finished to MLflow, and never fails what was finished.

A ``Tracker`` notes a finished folder in the workspace's spool, gives it to a worker process
(``experiments.tracking``) and takes it off the spool when the worker has confirmed it. Whatever
goes wrong there reaches the user as one warning, and the folder waits for ``doctor --send``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import ConfigError, EscalationError, EvidenceError, MachineError
from data.files import read_json, write_json
from data.workspace import Workspace
from experiments.spool import Item, Kind, forget, make_item, note, pending

__all__ = ["Tracked", "Tracker", "redacted"]

# Seconds an item may take once MLflow is imported; the worker ends itself after that.
_LIMITS: Mapping[str, int] = {
    "issue": 6,
    "backtest": 60,
    "tuning": 60,
    "champion": 30,
    "check": 3,
    "fetch": 30,
}
_LIMIT_WHEN_ASKED = 600
_WORKER_START = 120

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_PAGE = ("-P", "-m", "mlflow", "server")
_LONGEST_REASON = 500
# The line of an error at the end of a traceback, without the error's class.
_LAST_ERROR = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tracked:
    """What became of one item: a run's id, or a warning in its place."""

    item: str
    run_id: str | None = None
    warning: str | None = None


class Tracker:
    """Tells MLflow what was finished, and never fails what was finished.

    Args:
        workspace: Its settings, spool and, by default, its database are used.
        uri: Tracking URI; default: ``MLFLOW_TRACKING_URI``, then ``[tracking] uri``, then the
            workspace's own ``mlflow.db`` with files in ``mlartifacts``.
    """

    def __init__(self, workspace: Workspace, uri: str | None = None) -> None:
        self.workspace = Workspace(workspace.root.resolve())
        self.uri = (
            uri
            or os.environ.get("MLFLOW_TRACKING_URI")
            or _absolute(workspace.settings().tracking.uri, self.workspace.root)
            or f"sqlite:///{self.workspace.database}"
        )

    def log_backtest(self, folder: Path) -> Tracked:
        """Log a backtest's folder: a parent run, and a run a model below it."""
        return self._log("backtest", folder)

    def log_issue(self, folder: Path) -> Tracked:
        """Log an issue's folder; at most ten seconds pass, whatever the server does."""
        return self._log("issue", folder)

    def log_tuning(self, folder: Path) -> Tracked:
        """Log a tuning's folder: a parent run, and a run a trial below it."""
        return self._log("tuning", folder)

    def fetch_manifest(self, run_id: str) -> dict[str, Any]:
        """Return the ``manifest.json`` that a run, or the run above it, was logged with.

        Raises:
            EvidenceError: There is no such run, or the tracking server does not answer.
        """
        with tempfile.TemporaryDirectory() as folder:
            task = {"kind": "fetch", "run_id": run_id, "folder": folder, "limit": _LIMITS["fetch"]}
            answer = self._work(task)
            if answer.warning is not None:
                raise EvidenceError(
                    f"{run_id} is no backtest of {self.workspace.backtests}, nor could its run be"
                    f" read from {self.address}: {answer.warning}"
                )
            manifest: dict[str, Any] = read_json(Path(folder) / "manifest.json")
            return manifest

    def register(self, folder: Path) -> Tracked:
        """Make a champion's folder the newest version of its registered model.

        The alias ``champion`` moves to it; the version that held it becomes ``challenger``.
        """
        return self._log("champion", folder)

    def send_missed(self) -> list[Tracked]:
        """Send all that waits in the spool; what was sent before is not sent twice.

        Raises:
            MachineError: A file of the spool is damaged.
        """
        return [self._send(item, _LIMIT_WHEN_ASKED) for item, _ in pending(self.workspace)]

    def check(self) -> str | None:
        """Return what keeps MLflow from answering within three seconds, or None."""
        own = f"sqlite:///{self.workspace.database}"
        if self.uri == own and not self.workspace.database.exists():
            return None
        return self._work({"kind": "check", "limit": _LIMITS["check"]}).warning

    def serve_page(self, port: int) -> int:
        """Serve MLflow's page of the runs on this machine until it is ended; return its code.

        Raises:
            ConfigError: A server keeps the runs and shows the page itself.
            MachineError: The workspace's database cannot be opened.
        """
        if self.uri.startswith(("http:", "https:", "databricks")):
            raise ConfigError(f"the runs are kept by a server, which shows them: {self.address}")
        ready = self._work({"kind": "check", "limit": _LIMITS["check"]})
        if ready.warning is not None:
            raise MachineError(ready.warning)
        own = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        own += ["--artifacts-destination", str(self.workspace.root / "mlartifacts")]
        return subprocess.run(  # noqa: S603 (our own interpreter and settings)
            [sys.executable, *_PAGE, "--backend-store-uri", self.uri, *own],
            env={**os.environ, **_ENVIRONMENT},
            check=False,
        ).returncode

    @property
    def address(self) -> str:
        """The tracking URI without its password."""
        return redacted(self.uri)

    def _log(self, kind: Kind, folder: Path) -> Tracked:
        try:
            item = make_item(kind, folder)
            note(self.workspace, item, "not confirmed by the tracking server")
        except EscalationError as error:
            return Tracked(f"{kind}/{folder.name}", warning=f"not tracked: {error}")
        return self._send(item, _LIMITS[kind])

    def _send(self, item: Item, limit: int) -> Tracked:
        answer = self._work(
            {"kind": item.kind, "folder": str(item.folder), "key": item.key, "limit": limit}
        )
        try:
            if answer.warning is not None:
                note(self.workspace, item, answer.warning)
                return Tracked(item.key, warning=f"not tracked: {answer.warning}")
            write_json(
                item.folder / "tracking.json",
                {"run_id": answer.run_id, "uri": self.address, "item": item.key},
            )
            forget(self.workspace, item)
        except EscalationError as error:
            return Tracked(item.key, answer.run_id, f"tracked, but not noted: {error}")
        return Tracked(item.key, answer.run_id)

    def _work(self, task: dict[str, Any]) -> Tracked:
        """Run one task in a worker process and read its answer."""
        task |= {"uri": self.uri, "artifacts": self._artifacts()}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "experiments.tracking"],
                input=json.dumps(task),
                capture_output=True,
                text=True,
                env={**os.environ, **_ENVIRONMENT},
                timeout=_WORKER_START + task["limit"],
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Tracked(task["kind"], warning=f"the tracking process failed: {error}")
        if done.returncode == 0:
            return Tracked(task["kind"], json.loads(done.stdout.splitlines()[-1])["run_id"])
        return Tracked(task["kind"], warning=self._reason(done))

    def _reason(self, done: subprocess.CompletedProcess[str]) -> str:
        """Return one sentence for a worker that ended without an answer."""
        if done.returncode == -signal.SIGALRM:
            return f"{self.address} did not answer in time"
        found = _LAST_ERROR.findall(done.stderr)
        text = found[-1] if found else f"the tracking process ended with {done.returncode}"
        if "database schema" in text or "revision identified" in text:
            text = f"{self.uri} is of another MLflow version: keep a copy and run"
            text += f" `mlflow db upgrade {self.uri}`"
        return redacted(text)[:_LONGEST_REASON]

    def _artifacts(self) -> str | None:
        """Return where a new experiment keeps its files; a server decides that for itself."""
        if not self.uri.startswith("sqlite:"):
            return None
        return (self.workspace.root / "mlartifacts").as_uri()


def redacted(text: str) -> str:
    """Return a text without the user and password of the addresses in it.

    Example:
        >>> redacted("http://ann:secret@mlflow.example:5000 is down")
        'http://***@mlflow.example:5000 is down'
    """
    return re.sub(r"://[^/@\s]+@", "://***@", text)


def _absolute(uri: str | None, root: Path) -> str | None:
    """Return a SQLite address from the settings with its path taken from the workspace."""
    if uri is None or not uri.startswith("sqlite:///") or uri.startswith("sqlite:////"):
        return uri
    return f"sqlite:///{root / uri.removeprefix('sqlite:///')}"
