"""Passwords and tokens stand nowhere: not on the terminal and in no file, whatever their form."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from data.redaction import Secrets, secrets_of_address
from data.workspace import Workspace
from experiments.tracking.spool import make_item, note
from forecast.cli import main as cli
from tests.calls import run, tracked_inside
from tests.experiments.tracking.test_mlflow_store import _issue

PASSWORDS = ("ca/na@ry", "canary%2Fx", 'ca"na\\ry', "ca nary+&<é>", "canary?x#y", "c@n:ary")


def forms(text: str) -> set[str]:
    return {
        text,
        quote(text, safe=""),
        quote_plus(text),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        html.escape(text),
        base64.b64encode(text.encode()).decode(),
        base64.b64encode(f"ann:{text}".encode()).decode(),
    }


@pytest.fixture(params=["body", "page", "json", "reason"])
def echo(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve errors that hold what was sent: headers and address; yield host and port."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = f"{self.requestline} {dict(self.headers)}"
            body = {"json": json.dumps({"error_code": "X", "message": sent})}
            text = body.get(request.param, html.escape(sent) if request.param == "page" else sent)
            said = self.headers.get("Authorization", "") if request.param == "reason" else "Sorry"
            self.send_response(400, said)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def assert_hidden(home: Path, said: str, password: str) -> None:
    files = {p: p.read_bytes().decode("utf-8", "replace") for p in home.rglob("*") if p.is_file()}
    for form in forms(password):
        assert form not in said
        assert [str(path) for path, text in files.items() if form in text] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("given", ["address", "environment", "token"])
def test_a_server_that_sends_back_what_it_got_shows_no_password(
    tmp_path: Path, echo: str, password: str, given: str
) -> None:
    workspace = Workspace(tmp_path)
    note(workspace, make_item("issue", _issue(tmp_path, "one")), "for the test")
    coded = quote(password, safe="")
    env = {
        "address": {"MLFLOW_TRACKING_URI": f"http://ann:{coded}@{echo}"},
        "environment": {
            "MLFLOW_TRACKING_URI": f"http://{echo}",
            "MLFLOW_TRACKING_USERNAME": "ann",
            "MLFLOW_TRACKING_PASSWORD": password,
        },
        "token": {
            "MLFLOW_TRACKING_URI": f"http://{echo}",
            "MLFLOW_TRACKING_TOKEN": password.encode("ascii", "ignore").decode(),
        },
    }[given]
    done = run("-w", tmp_path, "doctor", "--send", env=env, mlflow=tracked_inside)
    assert done.returncode == 3
    assert_hidden(tmp_path, done.stdout + done.stderr, password)


@pytest.mark.parametrize("password", PASSWORDS)
def test_an_address_whose_password_is_not_encoded_is_neither_printed_nor_kept(
    tmp_path: Path, password: str
) -> None:
    note(Workspace(tmp_path), make_item("issue", _issue(tmp_path, "one")), "for the test")
    env = {"MLFLOW_TRACKING_URI": f"http://ann:{password}@127.0.0.1:9/x"}
    done = run("-w", tmp_path, "doctor", "--send", env=env, mlflow=tracked_inside)
    assert_hidden(tmp_path, done.stdout + done.stderr, password)
    kept = run("-w", tmp_path, "doctor", "--send", env=env)
    # What is sent is a folder of a single file here, which is no issue, as doctor says.
    assert (kept.returncode, kept.stdout.count("BAD ")) == (1, 1), kept
    noted = json.loads((tmp_path / "forecasts" / "one" / "tracking.json").read_text())
    assert noted["uri"] == "http://***@127.0.0.1:9/x"
    assert_hidden(tmp_path, kept.stdout + kept.stderr, password)


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_traceback_shows_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], password: str
) -> None:
    monkeypatch.setenv("ACLED_PASSWORD", password)
    error = ValueError(f"log-in with {quote(password, safe='')} and {password} failed")
    cli._show_bug(ValueError, error, None)
    said = capsys.readouterr().err
    assert "ValueError: log-in with ***" in said
    assert password not in said


@pytest.mark.parametrize("password", PASSWORDS)
def test_every_form_of_a_log_in_is_known(password: str) -> None:
    known = Secrets(secrets_of_address(f"http://ann:{password}@host/x"))
    for form in forms(password):
        assert form not in known.hide(f"x {form} y")


def test_a_password_in_a_query_is_one_too() -> None:
    address = "postgresql://host/runs?user=ann&password=ca%2Fnary"
    assert "nary" not in Secrets(secrets_of_address(address)).hide(f"{address} ca/nary")
