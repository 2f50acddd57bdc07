"""The HTTP client: how long it waits, whom it tells what, and what it never says."""

from __future__ import annotations

import base64
from collections import deque
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from data.errors import ConfigError, RuntimeEnvironmentError, SourceError
from data.http import client as http_client
from data.http.answers import Answer, json_object, server_words
from data.http.client import HttpClient
from data.http.settings import HttpLimits, base_url, limits_from_environment
from data.redaction import Secrets
from tests import faults

QUICK = HttpLimits(tries=4, wait=1.0, silence=1.0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits, which take no time."""
    found: list[float] = []
    monkeypatch.setattr(http_client.time, "sleep", found.append)
    return found


def client(server: HTTPServer, answers: list[faults.Fault], **limits: object) -> HttpClient:
    queue = deque(answers)

    def answer(request: Request) -> Response:
        return queue.popleft()(request) or Response(b'{"a": 1.50}')

    server.expect_request("/x").respond_with_handler(answer)
    bounds = HttpLimits(**(vars(QUICK) | limits))
    return HttpClient(server.url_for("").rstrip("/"), limits=bounds, secrets=Secrets())


def test_waits_double_and_a_throttled_source_gets_thirty_times_as_long(
    httpserver: HTTPServer, waits: list[float]
) -> None:
    answers = [faults.status(503), faults.status(500), faults.status(400), faults.passed]
    found = client(httpserver, answers).get("x", json_object, throttled=(400,))
    assert found == {"a": "1.50"}
    assert waits == [1.0, 2.0, 120.0]


def test_the_server_may_say_how_long_to_wait(httpserver: HTTPServer, waits: list[float]) -> None:
    answers = [
        faults.status(429, Retry_After="7"),
        faults.status(503, Retry_After="nonsense"),
        faults.passed,
    ]
    client(httpserver, answers).get("x", json_object)
    assert waits == [7.0, 2.0]


def test_patience_ends(httpserver: HTTPServer, waits: list[float]) -> None:
    with pytest.raises(RuntimeEnvironmentError, match="4 tries failed, the last with status 502"):
        client(httpserver, [faults.status(502)] * 4).get("x", json_object)
    assert waits == [1.0, 2.0, 4.0]


def test_a_broken_answer_is_bad_data_in_the_end(httpserver: HTTPServer, waits: list[float]) -> None:
    broken = [lambda request: Response(b'{"a": ')] * 4
    with pytest.raises(SourceError, match="4 tries failed, the last with a broken answer"):
        client(httpserver, broken).get("x", json_object)


@pytest.mark.parametrize("body", [b"[1]", b"3", b"", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_broken(body: bytes) -> None:
    with pytest.raises((ValueError, SourceError)):
        json_object(Answer("x", 200, body))


def test_a_status_that_is_nobodys_fault_goes_to_the_asker(httpserver: HTTPServer) -> None:
    answer = client(httpserver, [faults.status(404, "gone")]).get("x", lambda found: found)
    assert (answer.status, answer.body) == (404, b"gone")


def test_netrc_is_not_read(
    httpserver: HTTPServer, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "netrc"  # type: ignore[operator]
    path.write_text(f"machine {httpserver.host} login me password secret\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    asking = client(httpserver, [faults.passed])
    asking.send_always("Authorization", "Bearer t")
    asking.get("x", json_object)
    assert httpserver.log[0][0].headers["Authorization"] == "Bearer t"


def test_a_client_that_may_be_sent_elsewhere_holds_no_secret(httpserver: HTTPServer) -> None:
    free = HttpClient("https://a.org", limits=QUICK, secrets=Secrets(), elsewhere=True)
    with pytest.raises(ValueError, match="must hold no secret"):
        free.send_always("Authorization", "x")
    assert free.absolute("https://b.org/f") == "https://b.org/f"
    with pytest.raises(SourceError, match=r"another host, b\.org"):
        free.absolute("http://b.org/f")


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("a/b", "https://h.org/api/a/b"),
        ("https://h.org/api/a?page=1", "https://h.org/api/a?page=1"),
        ("http://h.org/api/a", "https://h.org/api/a"),
        ("HTTPS://H.org:443/a", "https://h.org/a"),
        ("https://h.org:8443/a", None),
        ("https://h.org.evil.net/a", None),
        ("https://h.org@evil.net/a", None),
        ("https://evil.net/https://h.org/", None),
    ],
)
def test_a_token_stays_with_its_host(url: str, whole: str | None) -> None:
    asking = HttpClient("https://h.org/api", limits=QUICK, secrets=Secrets())
    if whole is None:
        with pytest.raises(SourceError, match="points to another host"):
            asking.absolute(url)
    else:
        assert asking.absolute(url) == whole


def test_settings_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert base_url("X_URL", "https://a.org/") == "https://a.org"
    monkeypatch.setenv("X_URL", "http://127.0.0.1:99/")
    assert base_url("X_URL", "https://a.org") == "http://127.0.0.1:99"
    monkeypatch.setenv("X_URL", "https://[bad")
    with pytest.raises(ConfigError, match="X_URL: expected an https address such as"):
        base_url("X_URL", "https://a.org")
    monkeypatch.setenv("ESCALATION_HTTP_WAIT", "0.5")
    assert limits_from_environment(seconds=9, total_bytes=8).wait == 0.5
    monkeypatch.setenv("ESCALATION_HTTP_SILENCE", "-1")
    with pytest.raises(ConfigError, match="ESCALATION_HTTP_SILENCE: expected a number"):
        limits_from_environment(seconds=9, total_bytes=8)


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6), st.text(), st.text()
)
def test_no_form_of_a_secret_is_shown(secret: str, before: str, after: str) -> None:
    coded = base64.b64encode(secret.encode()).decode()
    for form in (secret, quote(secret, safe=""), quote_plus(secret), coded):
        shown = Secrets([secret]).hide(f"{before}|{form}|{after}")
        assert form not in shown.replace("***", "\n")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": ["a", "a"], "error": "b"}', "b; a"),
        (b"plain text", "plain text"),
        (b"<html>x</html>", ""),
        (b"[]", ""),
    ],
)
def test_what_a_server_says_is_found(body: bytes, words: str) -> None:
    assert server_words(Answer("x", 400, body)) == words
