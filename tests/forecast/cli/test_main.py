import errno
import signal
import subprocess
import sys

import click
import pytest

from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError, SourceError
from forecast.cli import main as cli
from forecast.cli.main import COMMANDS, LazyCommand
from tests.calls import run, run_process
from tests.shared import ROOT


@pytest.fixture
def failing(monkeypatch):
    """Return a function that runs ``escalation fail`` with a command that raises."""

    def call(error):
        @click.command()
        def fail():
            raise error

        monkeypatch.setattr("forecast.cli.options.fail", fail, raising=False)
        monkeypatch.setitem(COMMANDS, "fail", LazyCommand("Data", "options", "Fail."))
        return cli._run(["fail"])

    return call


def test_help_lists_every_command():
    done = run_process("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for name, place in COMMANDS.items():
        assert any(line.split() == [name, *place.help.split()] for line in done.stdout.splitlines())


def test_version_is_the_projects():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("escalation")
    assert "0.1.0" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["statsu"], 'there is no command "statsu": did you mean "status"?'),
        (["--wrkspace", "x"], "No such option"),
        (["ingest", "ucdp"], "name files, or give --fetch, but not both"),
        (["ingest", "csv", "x.csv"], "Missing option '--map'"),
        (["ingest", "ucdp", "x.csv", "--limit", "2"], "0<=x<=1"),
        (["--workspace", "/no/such/folder", "status"], "there is no such workspace folder"),
    ],
)
def test_wrong_calls_exit_2(words, message):
    done = run(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (SourceError("empty", file="a.csv", line=1), 1, "error: a.csv line 1: empty"),
        (EvidenceError("not observed"), 1, "error: not observed"),
        (ConfigError("unknown key"), 2, "error: unknown key"),
        (RuntimeEnvironmentError("locked"), 3, "error: locked"),
        (SourceError('got "\x1b[2J\nx"'), 1, 'error: got "\\x1b[2J\\nx"'),
        (
            OSError(errno.ENOSPC, "No space left on device", "/full/x"),
            3,
            "error: /full/x: No space left on device",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 3, "error: /x: Permission"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_a_code(failing, capsys, error, code, line):
    assert failing(error) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("bug"), FileNotFoundError(errno.ENOENT, "no", "x")])
def test_a_bug_shows_itself(failing, error):
    with pytest.raises(type(error)):
        failing(error)


def test_ctrl_c_exits_130(failing, capsys):
    assert failing(KeyboardInterrupt()) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_no_error(tmp_path):
    done = subprocess.run(
        f"{sys.executable} -m forecast --help | true",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_the_environment_names_the_workspace(tmp_path):
    done = run("init", env={"ESCALATION_WORKSPACE": str(tmp_path / "here")})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "escalation.toml").exists()


def test_a_second_command_is_turned_away_while_the_workspace_is_locked(tmp_path):
    """SIGTERM ends the holder with 143 and frees the lock."""
    code = (
        "import pathlib, signal, time\n"
        "from data.workspace import Workspace\n"
        "from forecast.cli import main as cli\n"
        "signal.signal(signal.SIGTERM, cli._stop)\n"
        f"with Workspace(pathlib.Path({str(tmp_path)!r})).lock():\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    table = tmp_path / "f.csv"
    table.write_text("region_id,month,events\na,2020-01,1\n")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        done = run("--workspace", str(tmp_path), "ingest", "figures", str(table))
        holder.send_signal(signal.SIGTERM)
    assert holder.returncode == 143
    assert done.returncode == 3
    assert f"is locked by process {holder.pid}" in done.stderr
    assert not (tmp_path / "store").exists()


def test_words_that_are_no_text_are_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "forecast", "note", "x", b"\xff bad"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"expected text in UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr
