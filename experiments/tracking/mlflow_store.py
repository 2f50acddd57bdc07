"""MLflow: the only module that imports it, in a process of its own.

Reads tasks on standard input, does them in turn and answers each with one line, up to the first
that fails. An alarm ends the process when the server does not answer, so that nothing here can
hold up a forecast. Results were written before; ``Tracker`` decides what is sent and keeps what
could not be.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import EscalationError, RuntimeEnvironmentError
from data.files import write_with
from experiments.tracking.calls import ANSWER
from experiments.tracking.payload import RunPayload, read_payload
from experiments.tracking.places import database_of
from experiments.tracking.spool import Item

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__: list[str] = []

# Seconds until something must have answered: a server, or a database that is opened here.
_FIRST_ANSWER = 5
_OPENING = 8
# Tag of a run that got an addition, with the key of the newest.
_ADDED = "escalation.score"


def _main() -> int:
    """Do the tasks on standard input; answer each with a line of JSON, or a reason on stderr."""
    try:
        for task in json.load(sys.stdin):
            run_id = _do(task)
            signal.alarm(0)
            sys.stdout.write(f"\n{ANSWER}{json.dumps({'run_id': run_id})}\n")
            sys.stdout.flush()
    except (EscalationError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"\n{type(error).__name__}: {error}\n")
        return 3
    return 0


def _do(task: dict[str, Any]) -> str | None:
    item = None
    if task["kind"] not in ("check", "fetch"):
        item = Item(task["kind"], Path(task["folder"]), task["key"])
    record = read_payload(item) if item else None
    database = database_of(task["uri"])
    if database is not None and database.exists():
        _check_database(database)
    client = _client(task["uri"], database)
    signal.alarm(_OPENING if database is not None else min(_FIRST_ANSWER, task["limit"]))
    _check_answer(client, task["uri"])
    signal.alarm(task["limit"])
    if task["kind"] == "fetch":
        return _fetch_manifest(client, task["run_id"], task["folder"])
    if item is None or record is None:
        return None
    return _send_once(client, record, item.key, task["artifacts"])


def _check_answer(client: MlflowClient, uri: str) -> None:
    """Make sure that MLflow answers: any server may answer with some JSON."""
    if client.search_experiments(max_results=1) or not uri.startswith(("http:", "https:")):
        return
    nobody = client.get_experiment_by_name("escalation/none")
    if nobody is not None and nobody.name != "escalation/none":
        raise RuntimeEnvironmentError("the address answers, but not as an MLflow server does")


def _check_database(path: Path) -> None:
    """Refuse a database that is damaged or held by another process, before MLflow waits for it."""
    if path.stat().st_size == 0:
        raise RuntimeEnvironmentError(
            f"{path} is empty, and the runs that it held are gone: put a copy back, or remove it, a"
            " new one will be made"
        )
    try:
        connection = sqlite3.connect(path, timeout=2.0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise RuntimeEnvironmentError(f"{path} is in use by another process ({error})") from None
    except sqlite3.DatabaseError as error:
        raise RuntimeEnvironmentError(
            f"{path} is damaged ({error}): move it away, a new one will be made"
        ) from None


def _client(uri: str, database: Path | None) -> MlflowClient:
    if database is not None and not database.parent.is_dir():
        raise RuntimeEnvironmentError(f"{database.parent}: there is no such folder for the runs")
    from mlflow import MlflowClient

    if database is not None and not database.exists():
        with (database.parent / f".{database.name}.lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not database.exists():
                write_with(database, _create_database)
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _create_database(path: Path) -> None:
    """Let MLflow make its tables in a file of another name, without a flush a statement.

    Some seventy migrations are flushed one by one otherwise; the file is flushed once, as a
    whole, before it is moved into place.
    """
    from mlflow import MlflowClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def without_flush(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", without_flush)
    try:
        MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments(max_results=1)
    finally:
        event.remove(Engine, "connect", without_flush)


def _send_once(client: MlflowClient, record: RunPayload, key: str, artifacts: str | None) -> str:
    """Log a record unless a finished run already carries its key; return the run's id."""
    if record.addition is not None:
        return _add_once(client, record, key, artifacts)
    experiment = _experiment(client, record.experiment, artifacts)
    _end_stale_runs(client, experiment)
    known = client.search_runs([experiment], f"tags.`escalation.item` = '{key}'", max_results=1)
    if known:
        return str(known[0].info.run_id)
    run_id = _log_run(client, experiment, record, parent=None)
    for child in record.children:
        child_id = _log_run(client, experiment, child, parent=run_id)
        _end(client, child_id, child)
    if record.model is not None:
        _add_version(client, record.model, run_id, key)
    client.set_tag(run_id, "escalation.item", key)
    _end(client, run_id, record)
    return run_id


def _add_once(client: MlflowClient, record: RunPayload, key: str, artifacts: str | None) -> str:
    """Add to a record's own run unless it already carries the addition's key.

    The metrics carry the time at which they were made: what a broken connection sent already is
    the same when it is sent again, and MLflow keeps it once.
    """
    from mlflow.entities import Metric

    addition = record.addition
    if addition is None:
        raise RuntimeEnvironmentError(f"{key} adds nothing to a run")
    run_id = _send_once(client, replace(record, addition=None), addition.item, artifacts)
    if client.get_run(run_id).data.tags.get(_ADDED) == key:
        return run_id
    at = int(addition.at.timestamp() * 1000)
    metrics = [Metric(m.name, m.value, at, m.step) for m in addition.metrics]
    for some, _ in _batches(metrics, []):
        client.log_batch(run_id, metrics=some)
    for path in addition.artifacts:
        _log_file(client, run_id, path)
    client.set_tag(run_id, _ADDED, key)
    return run_id


def _fetch_manifest(client: MlflowClient, run_id: str, folder: str) -> str:
    """Copy the manifest of a run, or of the run above it, into a folder; return that run's id."""
    tags = client.get_run(run_id).data.tags
    top = str(tags.get("mlflow.parentRunId", run_id))
    client.download_artifacts(top, "manifest.json", folder)
    return top


def _experiment(client: MlflowClient, name: str, artifacts: str | None) -> str:
    known = client.get_experiment_by_name(name)
    if known is not None:
        return str(known.experiment_id)
    place = f"{artifacts}/{name.replace('/', '-')}" if artifacts else None
    return str(client.create_experiment(name, artifact_location=place))


def _end_stale_runs(client: MlflowClient, experiment: str) -> None:
    """Mark runs of this machine as killed whose process is gone."""
    running = client.search_runs(
        [experiment],
        f"attributes.status = 'RUNNING' AND tags.`escalation.host` = '{socket.gethostname()}'",
    )
    for run in running:
        if not _alive(int(run.data.tags["escalation.pid"])):
            client.set_terminated(run.info.run_id, status="KILLED")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _log_run(
    client: MlflowClient, experiment: str, record: RunPayload, *, parent: str | None
) -> str:
    from mlflow.entities import Metric, Param

    tags = {"escalation.host": socket.gethostname(), "escalation.pid": str(os.getpid())}
    if parent is not None:
        tags["mlflow.parentRunId"] = parent
    started = int(record.started.timestamp() * 1000) if record.started else None
    run = client.create_run(experiment, start_time=started, tags=tags, run_name=record.name)
    run_id = str(run.info.run_id)
    now = int(time.time() * 1000)
    metrics = [Metric(m.name, m.value, now, m.step) for m in record.metrics]
    params = [Param(name, value) for name, value in record.params.items()]
    for some_metrics, some_params in _batches(metrics, params):
        client.log_batch(run_id, metrics=some_metrics, params=some_params)
    if record.data_digest is not None:
        _log_data(client, run_id, record)
    for path in record.artifacts:
        _log_file(client, run_id, path)
    return run_id


def _batches(metrics: list[Any], params: list[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    """Cut into calls that MLflow takes: 1,000 metrics, 100 parameters, 1,000 of both."""
    for place in range(0, max(len(metrics), len(params) * 9, 1), 900):
        yield metrics[place : place + 900], params[place // 9 : place // 9 + 100]


def _log_data(client: MlflowClient, run_id: str, record: RunPayload) -> None:
    """Name the panel as the run's input; MLflow keeps 36 signs of a digest, the source all."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = str(record.data_digest)
    data = Dataset(
        name=record.data_name or "panel",
        digest=digest[:36],
        source_type="escalation",
        source=json.dumps({"sha256": digest}),
    )
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "panel")])])


def _log_file(client: MlflowClient, run_id: str, path: Path) -> None:
    if path.is_dir():
        client.log_artifacts(run_id, str(path), artifact_path=path.name)
    else:
        client.log_artifact(run_id, str(path))


def _add_version(client: MlflowClient, name: str, run_id: str, key: str) -> None:
    """Make the run's files a version of the registered model and move the aliases."""
    if not client.search_registered_models(f"name = '{name}'", max_results=1):
        client.create_registered_model(name)
    model = client.get_registered_model(name)
    before = dict(model.aliases).get("champion")
    source = client.get_run(run_id).info.artifact_uri
    version = client.create_model_version(
        name, source=str(source), run_id=run_id, tags={"escalation.item": key}
    ).version
    if before is not None:
        client.set_registered_model_alias(name, "challenger", before)
    client.set_registered_model_alias(name, "champion", version)


def _end(client: MlflowClient, run_id: str, record: RunPayload) -> None:
    ended = int(record.ended.timestamp() * 1000) if record.ended else None
    client.set_terminated(run_id, end_time=ended)


if __name__ == "__main__":
    sys.exit(_main())
