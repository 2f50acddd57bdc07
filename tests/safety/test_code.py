"""Code that lies in the workspace or in the current folder is never run."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.calls import NOWHERE
from tests.safety.served import served, start

SCRIPT = Path(sys.executable).with_name("escalation")
NAMES = (
    *("uvicorn", "mlflow", "joblib", "sqlalchemy", "fastapi", "huey", "cloudpickle"),
    *("pandas", "numpy", "click", "lightgbm", "matplotlib", "pyarrow", "requests"),
    *("multiprocessing", "sqlite3", "tempfile", "sitecustomize", "usercustomize", "data"),
)
BACKTEST = ("--models", "last,local_nb", "--origins", "2020-10:2020-11", "--draws", "20")


@pytest.fixture
def place(scored_workspace: Path, mlflow_database: Path, tmp_path: Path) -> Path:
    """Return a workspace in which lie modules that leave a mark when they are run."""
    home = tmp_path / "w"
    shutil.copytree(scored_workspace, home)
    shutil.copy(mlflow_database, home / "mlflow.db")
    mark = f"import sys\nopen({str(tmp_path / 'mark')!r}, 'a').write(__name__ + ' ')\n"
    for name in NAMES:
        (home / f"{name}.py").write_text(mark + f"raise SystemExit('{name} of the folder')\n")
    return home


def marks(place: Path) -> str:
    mark = place.parent / "mark"
    return mark.read_text() if mark.exists() else ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ([SCRIPT], ("backtest", *BACKTEST)),
        ([sys.executable, "-m", "forecast"], ("backtest", *BACKTEST)),
        ([sys.executable, "-m", "escalation"], ("forecast", "--model", "last")),
    ],
    ids=["script", "forecast", "escalation"],
)
def test_no_module_of_the_current_folder_is_run(
    place: Path, program: list[str], words: tuple[str, ...]
) -> None:
    log = place.parent / "log"
    env = {"MLFLOW_TRACKING_URI": NOWHERE}
    process = start([*program, "-w", ".", *words], cwd=place, log=log, env=env)
    assert process.wait() == 0, log.read_text()
    assert marks(place) == "", log.read_text()


@pytest.mark.parametrize("entries", [":", ".", "/nowhere::"])
def test_an_entry_of_the_path_that_is_not_named_in_full_is_left_out(
    place: Path, entries: str
) -> None:
    """Python itself runs ``sitecustomize`` there before any command starts."""
    for name in ("sitecustomize", "usercustomize"):
        (place / f"{name}.py").unlink()
    log = place.parent / "log"
    env = {"MLFLOW_TRACKING_URI": NOWHERE, "PYTHONPATH": entries}
    process = start([SCRIPT, "-w", ".", "status"], cwd=place, log=log, env=env)
    assert process.wait() == 0, log.read_text()
    assert marks(place) == "", log.read_text()


def test_the_process_that_sends_to_mlflow_takes_none_either(place: Path) -> None:
    log = place.parent / "log"
    process = start([SCRIPT, "-w", ".", "doctor"], cwd=place, log=log)
    assert process.wait() == 0, log.read_text()
    assert marks(place) == ""


@pytest.mark.slow
def test_the_page_is_served_without_them_and_to_this_machine_alone(place: Path) -> None:
    with served(place, place) as address:
        assert marks(place) == ""
        host = address.removeprefix("http://")
        assert _status(host, Host=host) == 200
        assert _status(host, Host="evil.example") == 403
        assert _status(host, method="POST", Host=host, Origin="http://evil.example") == 403
        port = int(host.rpartition(":")[2])
        listening = subprocess.run(
            ["cat", "/proc/net/tcp"], capture_output=True, text=True, check=True
        ).stdout
        lines = [line.split() for line in listening.splitlines()[1:]]
        bound = {x[1].split(":")[0] for x in lines if x[3] == "0A" and int(x[1][9:], 16) == port}
        assert bound == {"0100007F"}
    assert marks(place) == ""


def _status(host: str, *, method: str = "GET", **headers: str) -> int:
    place = "/api/2.0/mlflow/experiments/search" + ("?max_results=1" if method == "GET" else "")
    body = None if method == "GET" else '{"max_results": 1}'
    with contextlib.closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request(method, place, body, {"Content-Type": "application/json", **headers})
        with connection.getresponse() as answer:
            answer.read()
            return answer.status
