"""Hands what was finished to MLflow, and never fails what was finished.

A ``Tracker`` notes a finished folder in the workspace's spool, gives it to a worker process
(``experiments.tracking.mlflow_store``) and takes it off the spool when the worker has confirmed it.
Whatever goes wrong there reaches the user as one warning, and the folder waits for ``doctor
--send``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from data.errors import ConfigError, EscalationError, EvidenceError, RuntimeEnvironmentError
from data.records import read_record, write_record
from data.redaction import keep_secret, secrets_of_address
from data.workspace import Workspace
from experiments.tracking.calls import ENVIRONMENT, Tracked, ask_worker, redacted
from experiments.tracking.places import reachable
from experiments.tracking.spool import Item, Kind, forget, make_item, note, pending, sending, waits

__all__ = ["Tracked", "Tracker", "redacted"]

# Seconds an item may take once MLflow is imported; the worker ends itself after that.
_LIMITS: Mapping[str, int] = {
    "issue": 6,
    "score": 12,
    "backtest": 60,
    "tuning": 60,
    "champion": 30,
    "check": 3,
    "fetch": 30,
}
_LIMIT_WHEN_ASKED = 600
# Where the run of an item is noted; an issue's run stands beside that of its scores.
_NOTES: Mapping[str, str] = {"score": "score_tracking.json"}
_PAGE = ("-P", "-m", "mlflow", "server")
_HOST = "127.0.0.1"
# Seconds that another process may need before it sends: importing MLflow, making a database.
_STARTING = 60
_BUSY = "another process is sending to MLflow"
# What a user may have set for a server of their own: this one serves this machine alone.
_OTHER_SERVERS = ("MLFLOW_SERVER_", "MLFLOW_HOST", "UVICORN_", "GUNICORN_")


class Tracker:
    """Tells MLflow what was finished, and never fails what was finished.

    Args:
        workspace: Its settings, spool and, by default, its database are used.
        uri: Tracking URI; default: ``MLFLOW_TRACKING_URI``, then ``[tracking] uri``, then the
            workspace's own ``mlflow.db`` with files in ``mlartifacts``.
        later: Whether what is logged waits in the spool until ``send_later_ones``.
    """

    def __init__(
        self, workspace: Workspace, uri: str | None = None, *, later: bool = False
    ) -> None:
        self.workspace = Workspace(workspace.root.resolve())
        self._later = later
        self._waiting: list[Item] = []
        self.uri = (
            uri
            or os.environ.get("MLFLOW_TRACKING_URI")
            or _absolute(workspace.settings().tracking.uri, self.workspace.root)
            or f"sqlite:///{self.workspace.database}"
        )
        for secret in secrets_of_address(self.uri):
            keep_secret(secret)

    def log_backtest(self, folder: Path) -> Tracked:
        """Log a backtest's folder: a parent run, and a run a model below it."""
        return self._log("backtest", folder)

    def log_issue(self, folder: Path) -> Tracked:
        """Log an issue's folder; at most ten seconds pass, whatever the server does."""
        return self._log("issue", folder)

    def log_scores(self, folders: Sequence[Path]) -> list[Tracked]:
        """Log the scores that lie beside issues on the issues' own runs.

        Scores that were confirmed before are not sent again. Once one could not be sent the rest
        is not tried: a server that is down is waited for once.

        Returns:
            What became of each that was to be sent.
        """
        noted = [self._noted("score", folder) for folder in folders if not self._knows(folder)]
        items = [item for item in noted if isinstance(item, Item)]
        failed = [tracked for tracked in noted if isinstance(tracked, Tracked)]
        if self._later:
            self._waiting += items
            return [*(Tracked(item.key) for item in items), *failed]
        return [*self._send(items, _LIMITS, patient=False), *failed]

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
                    f"{self.workspace.backtests} holds no finished backtest {run_id}, and no run of"
                    f" that id could be read from {self.address}: {answer.warning}"
                )
            return read_record(Path(folder) / "manifest.json", advice="name a local backtest")

    def register(self, folder: Path) -> Tracked:
        """Make a champion's folder the newest version of its registered model.

        The alias ``champion`` moves to it; the version that held it becomes ``challenger``.
        """
        return self._log("champion", folder)

    def send_missed(self) -> list[Tracked]:
        """Send all that waits in the spool; what was sent before is not sent twice.

        Raises:
            RuntimeEnvironmentError: A file of the spool is damaged.
        """
        limits = dict.fromkeys(_LIMITS, _LIMIT_WHEN_ASKED)
        return self._send([item for item, _ in pending(self.workspace)], limits)

    def send_later_ones(self) -> list[Tracked]:
        """Send what was logged since this tracker was made with ``later``, through one worker."""
        items, self._waiting = self._waiting, []
        return self._send(items, _LIMITS)

    def check(self) -> str | None:
        """Return what keeps MLflow from answering within three seconds, or None."""
        own = f"sqlite:///{self.workspace.database}"
        if self.uri == own and not self.workspace.database.exists():
            return None
        return self._work({"kind": "check", "limit": _LIMITS["check"]}).warning

    def serve_page(self, port: int, *, ready: Callable[[str], None]) -> int:
        """Serve MLflow's page of the runs on this machine until it is ended; return its code.

        The server works in an empty folder of its own and answers no other host than this machine.

        Args:
            port: Port to serve on.
            ready: Called with the page's address once it answers.

        Raises:
            ConfigError: A server keeps the runs and shows the page itself.
            RuntimeEnvironmentError: The database cannot be opened, or the port is in use.
        """
        if self.uri.startswith(("http:", "https:", "databricks")):
            raise ConfigError(f"the runs lie on a server, which shows them: {self.address}")
        checked = self._work({"kind": "check", "limit": _LIMITS["check"]})
        if checked.warning is not None:
            raise RuntimeEnvironmentError(checked.warning)
        _check_port(port)
        hosts = [f"{host}:{port}" for host in (_HOST, "localhost")]
        words = ["--host", _HOST, "--port", str(port), "--workers", "1"]
        words += ["--allowed-hosts", ",".join(hosts)]
        words += ["--cors-allowed-origins", ",".join(f"http://{host}" for host in hosts)]
        words += ["--artifacts-destination", (self.workspace.root / "mlartifacts").as_uri()]
        with reachable(self.uri) as uri, tempfile.TemporaryDirectory() as folder:
            ours = {k: v for k, v in os.environ.items() if not k.startswith(_OTHER_SERVERS)}
            # The address stands in no list of processes: it may hold a password.
            server = subprocess.Popen(  # noqa: S603 (our own interpreter and settings)
                [sys.executable, *_PAGE, *words],
                env={**ours, **ENVIRONMENT, "MLFLOW_BACKEND_STORE_URI": uri},
                cwd=folder,
            )
            try:
                if _answers(server, port):
                    ready(f"http://{_HOST}:{port}")
                return server.wait()
            finally:
                server.terminate()
                server.wait()

    @property
    def address(self) -> str:
        """The tracking URI without its password."""
        return redacted(self.uri)

    def _log(self, kind: Kind, folder: Path) -> Tracked:
        item = self._noted(kind, folder)
        if isinstance(item, Tracked):
            return item
        if self._later:
            self._waiting.append(item)
            return Tracked(item.key)
        (sent,) = self._send([item], _LIMITS)
        return sent

    def _noted(self, kind: Kind, folder: Path) -> Item | Tracked:
        """Write a finished folder into the spool; a warning where that fails."""
        try:
            item = make_item(kind, folder)
            note(self.workspace, item, "not confirmed by the tracking server")
        except EscalationError as error:
            return Tracked(f"{kind}/{folder.name}", warning=f"not tracked: {error}")
        return item

    def _knows(self, folder: Path) -> bool:
        """Say whether this server has confirmed the scores that lie beside an issue."""
        try:
            confirmed = read_record(_note_of(make_item("score", folder)), advice="remove it")
            return bool(
                (confirmed["item"], confirmed["uri"])
                == (make_item("score", folder).key, self.address)
            )
        except (RuntimeEnvironmentError, KeyError, TypeError):
            return False

    def _send(
        self, items: Sequence[Item], limits: Mapping[str, int], *, patient: bool = True
    ) -> list[Tracked]:
        """Send items one process at a time; what another one has sent meanwhile is not sent."""
        if not items:
            return []
        try:
            longest = _STARTING + max(limits[item.kind] for item in items)
            with sending(self.workspace, seconds=longest) as held:
                if not held:
                    return [Tracked(i.key, warning=f"not tracked: {_BUSY}") for i in items]
                left = [item for item in items if waits(self.workspace, item)]
                sent = dict(zip(left, self._send_all(left, limits, patient), strict=True))
        except EscalationError as error:
            return [Tracked(i.key, warning=f"not tracked: {error}") for i in items]
        return [sent.get(item) or self._sent_by_another(item) for item in items]

    def _send_all(
        self, items: Sequence[Item], limits: Mapping[str, int], patient: bool
    ) -> list[Tracked]:
        tasks = [
            {"kind": i.kind, "folder": str(i.folder), "key": i.key, "limit": limits[i.kind]}
            for i in items
        ]
        answers = self._work_all(tasks, patient=patient)
        return [self._noted_answer(i, answer) for i, answer in zip(items, answers, strict=True)]

    def _sent_by_another(self, item: Item) -> Tracked:
        """Return the run of an item that another process has sent."""
        try:
            noted = read_record(_note_of(item), advice="remove it")
            return Tracked(item.key, str(noted["run_id"]))
        except (EscalationError, KeyError, TypeError) as error:
            return Tracked(item.key, warning=f"tracked by another process, but not noted: {error}")

    def _noted_answer(self, item: Item, answer: Tracked) -> Tracked:
        """Note what became of an item that was sent."""
        try:
            if answer.warning is not None:
                note(self.workspace, item, answer.warning)
                return Tracked(item.key, warning=f"not tracked: {answer.warning}")
            confirmed = {"run_id": answer.run_id, "uri": self.address, "item": item.key}
            write_record(_note_of(item), confirmed)
            forget(self.workspace, item)
        except EscalationError as error:
            return Tracked(item.key, answer.run_id, f"tracked, but not noted: {error}")
        return Tracked(item.key, answer.run_id)

    def _work(self, task: Mapping[str, Any]) -> Tracked:
        """Let a worker process do one task."""
        (answer,) = self._work_all([task])
        return answer

    def _work_all(
        self, tasks: Sequence[Mapping[str, Any]], *, patient: bool = True
    ) -> list[Tracked]:
        """Let one worker process do several tasks, a new one after each that failed.

        Args:
            tasks: What is to be done.
            patient: Whether tasks after one that failed are tried at all.
        """
        answers: list[Tracked] = []
        with reachable(self.uri) as uri:
            placed = [{**task, "uri": uri, "artifacts": self._artifacts()} for task in tasks]
            while len(answers) < len(placed):
                answers += ask_worker(placed[len(answers) :], uri=self.uri)
                if answers[-1].warning is not None and not patient:
                    left = placed[len(answers) :]
                    answers += [Tracked(task["kind"], warning=answers[-1].warning) for task in left]
        return answers

    def _artifacts(self) -> str | None:
        """Return where a new experiment keeps its files; a server decides that for itself.

        Of a database that is named directly they lie in the workspace: MLflow would put them into
        the current folder.
        """
        if self.uri.startswith(("http:", "https:")):
            return None
        return (self.workspace.root / "mlartifacts").as_uri()


def _check_port(port: int) -> None:
    """Make sure that no other program serves on a port of this machine."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
        except OSError as error:
            raise RuntimeEnvironmentError(
                f"port {port} of this machine cannot be served on ({error.strerror}): give another"
                " with --port"
            ) from None


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a server answers; False where it ended before."""
    while server.poll() is None:
        try:
            with closing(HTTPConnection(_HOST, port, timeout=5)) as page:
                page.request("GET", "/health")
                if page.getresponse().status == 200:
                    return True
        except (OSError, HTTPException):
            pass
        time.sleep(0.2)
    return False


def _absolute(uri: str | None, root: Path) -> str | None:
    """Return a SQLite address from the settings with its path taken from the workspace."""
    if uri is None or not uri.startswith("sqlite:///") or uri.startswith("sqlite:////"):
        return uri
    return f"sqlite:///{root / uri.removeprefix('sqlite:///')}"


def _note_of(item: Item) -> Path:
    """Return the file in which the run of an item is noted."""
    return item.folder / _NOTES.get(item.kind, "tracking.json")
