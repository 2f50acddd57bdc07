"""Commands and servers in processes of their own, with what they print."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.calls import ALL_CORES


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(
    words: Sequence[object],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, on all cores."""
    with log.open("w") as stream:
        return subprocess.Popen(
            [str(word) for word in words],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, ALL_CORES),
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """End what was started, and what that started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=60)


def wait_for(log: Path, text: str, process: subprocess.Popen[bytes]) -> str:
    """Return what a program has printed once a text is part of it, or the program has ended."""
    while text not in log.read_text() and process.poll() is None:
        time.sleep(0.1)
    return log.read_text()


@contextlib.contextmanager
def served(home: Path, cwd: Path, *, uri: str | None = None, port: int = 0) -> Iterator[str]:
    """Serve MLflow's page of a workspace by ``escalation ui``; yield its address."""
    port = port or free_port()
    env = {} if uri is None else {"MLFLOW_TRACKING_URI": uri}
    words = [sys.executable, "-m", "forecast", "-w", home, "ui", "--port", port]
    log = home.parent / f"ui-{port}.log"
    process = start(words, cwd=cwd, log=log, env=env)
    try:
        said = wait_for(log, "only from this computer", process)
        assert process.poll() is None, said
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process)
