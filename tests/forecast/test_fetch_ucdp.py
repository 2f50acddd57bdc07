"""UCDP over HTTP: a whole release enters the store, or nothing under its name."""

from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from data.files import locked
from data.sources.ucdp.release_csv import read_ucdp
from data.store.store import Store
from tests import faults
from tests.calls import Answer, run, run_inside
from tests.fake_ucdp import NOT_OUT, TOKEN, FakeUcdp, csv_of, some_events
from tests.shared import ROOT, shared_file

RELEASE = "24.0.3"
EVENTS = some_events("2024-03", 25)

Fetch = Callable[..., Answer]


@pytest.fixture
def ucdp(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> FakeUcdp:
    """Return a server with one small release in pages of ten."""
    fake = FakeUcdp(httpserver, {RELEASE: EVENTS, "25.1": some_events("2024-05", 3)})
    fake.page_size = 10
    for name, value in fake.env.items():
        monkeypatch.setenv(name, value)
    return fake


@pytest.fixture
def fetch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fetch:
    def call(*words: str) -> Answer:
        command = ("ingest", "ucdp", "--fetch", "--release", RELEASE)
        return run_inside(capsys, "-w", tmp_path, *command, *words)

    return call


def stored(folder: Path) -> int:
    return len(Store(folder / "store").events())


def kept_pages(folder: Path) -> int:
    return len(list((folder / "fetched").rglob("page-*")))


def no_secret_in(folder: Path, *texts: str) -> None:
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for form in (TOKEN, "canary%2FUcdp%2BToken%3D7", "Y2FuYXJ5L1VjZHArVG9rZW49Nw"):
        assert not [form for text in texts if form in text]
        assert not [form for content in written if form.encode() in content]


def test_pages_are_followed_from_page_0_to_a_proven_whole(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    done = fetch("--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["ingests"][0]
    assert (told["read"], told["new"]) == (25, 25)
    assert told["deaths"] == sum(event["best"] for event in EVENTS)
    assert told["complete_through"] == "2024-03"
    assert ucdp.pages_asked(RELEASE) == [0, 1, 2]
    (manifest,) = Store(tmp_path / "store").manifests()
    fetched = manifest["fetch"]
    assert fetched["url"] == f"{ucdp.env['UCDP_API_URL']}/gedevents/{RELEASE}"
    assert fetched["params"] == {"pagesize": "1000", "page": "0"}
    assert [page["rows"] for page in fetched["pages"]] == [10, 10, 5]
    assert len({page["sha256"] for page in fetched["pages"]}) == 3
    assert fetched["envelope"]["TotalCount"] == "25"
    assert "Result" not in fetched["envelope"]
    assert (fetched["rows"], fetched["first_date"], fetched["last_date"]) == (
        25,
        "2024-03-05",
        "2024-03-06",
    )
    assert fetched["accessed"] == manifest["retrieved_at"][:10]
    assert kept_pages(tmp_path) == 0
    no_secret_in(tmp_path, done.stdout, done.stderr)


def test_the_newest_series_is_found_and_loaded_oldest_first(
    ucdp: FakeUcdp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year = date.today().year
    short, before = f"{year % 100:02d}", f"{year - 1}-05"
    ucdp.page_size = 1000
    ucdp.releases[f"{int(short) - 1:02d}.1"] = some_events(f"{year - 2}-05", 8)
    ucdp.releases[f"{short}.1"] = some_events(before, 4, first=100)
    names = [f"{short}.1"]
    if date.today().month > 3:
        ucdp.releases[f"{short}.01.{short}.01"] = some_events(f"{year}-01", 6, first=200)
        ucdp.releases[f"{short}.0.1"] = some_events(f"{year}-01", 6, first=200)
        ucdp.releases[f"{short}.0.2"] = some_events(f"{year}-02", 5, first=300)
        names += [f"{short}.01.{short}.01", f"{short}.0.2"]
    first = run_inside(capsys, "-w", tmp_path, "ingest", "ucdp", "--fetch")
    assert first.returncode == 0, first.stderr
    assert [m["release"] for m in Store(tmp_path / "store").manifests()] == names
    asked = len(ucdp.asked)
    again = run_inside(capsys, "-w", tmp_path, "ingest", "ucdp", "--fetch", "--json")
    assert json.loads(again.stdout) == {"ingests": []}
    assert again.stderr.count("the store holds it already") == len(names)
    assert {size for _, size, _ in ucdp.asked[asked:]} <= {"pagesize=1&page=0"}


def test_the_real_candidate_file_through_the_api_is_the_file_itself(
    ucdp: FakeUcdp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_file("ucdp_candidate_23_0_10.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        ucdp.releases["23.0.10"] = list(csv.DictReader(stream))
    ucdp.page_size = 1000
    words = ("ingest", "ucdp", "--fetch", "--release", "23.0.10")
    done = run("-w", str(tmp_path), *words, env=ucdp.env)
    assert done.returncode == 0, done.stderr
    assert ucdp.pages_asked("23.0.10") == [0, 1, 2]
    own = read_ucdp(path, release=None).frame.sort_values("event_id", ignore_index=True)
    got = Store(tmp_path / "store").events()
    assert got.equals(own[got.columns].astype(got.dtypes))
    file = run_inside(capsys, "-w", tmp_path, "ingest", "ucdp", path)
    assert "2,391 unchanged" in file.stdout


PASSING = {
    "429 with Retry-After": [faults.status(429, Retry_After="0")],
    "503 twice": [faults.status(503), faults.status(503)],
    "400 throttle in the middle": [faults.passed, faults.status(400, "slow down")],
    "silence": [faults.silent(0.5)],
    "connection reset": [faults.reset],
}


@pytest.mark.parametrize("name", PASSING)
def test_faults_that_pass_leave_no_trace(
    name: str,
    ucdp: FakeUcdp,
    fetch: Fetch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ESCALATION_HTTP_SILENCE", "0.2")
    ucdp.faults.extend(PASSING[name])
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert stored(tmp_path) == 25


@pytest.mark.parametrize("length", ["right", "too long", "too short"])
@pytest.mark.parametrize("page", [0, 1, 2])
def test_a_truncated_answer_is_asked_for_again(
    length: str, page: int, ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.extend([faults.passed] * page + [faults.cut_off(ucdp.page, length=length)])
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert stored(tmp_path) == 25
    assert ucdp.pages_asked(RELEASE).count(page) == 2


def with_(ucdp: FakeUcdp, **other: object):
    def change(body: bytes) -> bytes:
        return json.dumps(json.loads(body) | other).encode()

    return faults.changed(ucdp.page, change)


def without_first_event(ucdp: FakeUcdp):
    def change(body: bytes) -> bytes:
        page = json.loads(body)
        return json.dumps(page | {"Result": page["Result"][1:]}).encode()

    return faults.changed(ucdp.page, change)


def test_a_page_that_comes_twice_is_refused(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    ucdp.faults.extend([faults.passed, with_(ucdp, Result=EVENTS[:10])])
    done = fetch()
    assert done.returncode == 1
    assert "expected 25 rows (TotalCount), got 25 with 15 unique ids" in done.stderr
    assert (stored(tmp_path), kept_pages(tmp_path)) == (0, 0)


def test_a_missing_page_or_row_is_refused(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    url = f"{ucdp.env['UCDP_API_URL']}/gedevents/{RELEASE}?pagesize=10&page=2"
    ucdp.faults.append(with_(ucdp, NextPageUrl=url))
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected page 1 after page 0, got page 2" in done.stderr
    ucdp.faults.extend([faults.passed, without_first_event(ucdp)])
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected 25 rows (TotalCount), got 24" in done.stderr
    ucdp.faults.append(with_(ucdp, NextPageUrl=""))
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected 25 rows (TotalCount), got 10" in done.stderr


def test_a_total_that_changes_between_pages_is_refused(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.extend([faults.passed, with_(ucdp, TotalCount=26)])
    done = fetch()
    assert (done.returncode, stored(tmp_path), kept_pages(tmp_path)) == (1, 0, 0)
    assert "TotalCount changed from 25 to 26 between pages" in done.stderr


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            {"TotalCount": 0, "Result": [], "NextPageUrl": ""},
            "expected events, got none: is this release published",
        ),
        ({"Result": None}, "expected a list of events under Result"),
        ({"Result": [1]}, "expected a list of events under Result"),
        ({"TotalCount": "many"}, "a whole number for TotalCount, got 'many'"),
        ({"TotalCount": -1}, "a whole number for TotalCount, got '-1'"),
    ],
)
def test_answers_of_another_form_are_refused(
    other: dict, words: str, ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.append(with_(ucdp, **other))
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert words in done.stderr


def test_a_web_page_is_no_data(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    ucdp.faults.extend([faults.passed, faults.web_page])
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "got a web page" in done.stderr


def test_rows_of_another_release_are_refused(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    ucdp.releases[RELEASE] = some_events("2019-03", 12)
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected events of 2024-03 to 2024-03, got 100 % of other months" in done.stderr


def test_a_fetch_that_broke_goes_on_after_its_last_page(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.extend([faults.passed] * 2 + [faults.status(503)] * 6)
    broken = fetch()
    assert (broken.returncode, stored(tmp_path), kept_pages(tmp_path)) == (3, 0, 2)
    assert "6 tries failed, the last with status 503" in broken.stderr
    assert "whole pages are stored" in broken.stderr
    ucdp.asked.clear()
    whole = fetch()
    assert whole.returncode == 0, whole.stderr
    assert ucdp.pages_asked(RELEASE) == [2]
    assert (stored(tmp_path), kept_pages(tmp_path)) == (25, 0)
    no_secret_in(tmp_path, broken.stderr, whole.stderr)


def test_a_release_that_changed_meanwhile_is_fetched_anew(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.extend([faults.passed] * 2 + [faults.status(500)] * 6)
    assert fetch().returncode == 3
    ucdp.releases[RELEASE] = [*EVENTS, *some_events("2024-03", 1, first=99)]
    refused = fetch()
    assert (refused.returncode, stored(tmp_path)) == (1, 0)
    assert fetch().returncode == 0
    assert stored(tmp_path) == 26


@pytest.mark.parametrize("page", [0, 1, 2])
def test_a_fetch_that_was_killed_leaves_nothing_or_all(
    page: int, ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    reached = threading.Event()

    def hang(request):
        reached.set()
        time.sleep(0.5)

    ucdp.faults.extend([*[faults.passed] * page, hang])
    words = ("-w", str(tmp_path), "ingest", "ucdp", "--fetch", "--release", RELEASE)
    with subprocess.Popen([sys.executable, "-m", "forecast", *words], cwd=ROOT) as process:
        assert reached.wait(20)
        process.kill()
    assert (stored(tmp_path), kept_pages(tmp_path)) == (0, page)
    ucdp.asked.clear()
    assert fetch().returncode == 0
    assert ucdp.pages_asked(RELEASE)[-1] == 2
    assert len(ucdp.pages_asked(RELEASE)) == 3 - page
    assert stored(tmp_path) == 25
    assert [path.name for path in (tmp_path / "fetched").iterdir()] == [".lock"]


def test_two_fetches_at_once_do_not_share_pages(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    with locked(tmp_path / "fetched" / ".lock"):
        done = fetch()
    assert done.returncode == 3
    assert "is locked by process" in done.stderr
    assert ucdp.asked == []


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_is_named_and_never_shown(
    code: int, ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    echo = f"API token required. Add header: x-ucdp-access-token (got {TOKEN})"
    ucdp.faults.append(faults.status(code, echo))
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (2, 0)
    assert f"UCDP refuses the token ({code}: API token required" in done.stderr
    no_secret_in(tmp_path, done.stdout, done.stderr)


def test_an_echoed_token_is_struck_out_of_manifest_and_log(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ucdp.faults.extend([with_(ucdp, NextPageUrl="", TotalCount=10, Said=f"x?token={TOKEN}")])
    ucdp.releases[RELEASE] = EVENTS[:10]
    done = fetch()
    assert done.returncode == 0, done.stderr
    (manifest,) = Store(tmp_path / "store").manifests()
    assert manifest["fetch"]["envelope"]["Said"] == "x?token=***"
    no_secret_in(tmp_path, done.stdout, done.stderr, caplog.text)


def test_without_a_token_one_is_told_where_it_goes(
    ucdp: FakeUcdp, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UCDP_TOKEN")
    done = fetch()
    assert done.returncode == 2
    assert "UCDP_TOKEN is not set" in done.stderr
    assert ucdp.asked == []
    monkeypatch.setenv("UCDP_TOKEN", "a\nX-Other: b")
    assert "has a character that cannot be sent" in fetch().stderr
    assert ucdp.asked == []


def test_the_token_does_not_follow_to_another_host(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    with HTTPServer(port=0) as other:
        other.expect_request("/steal").respond_with_data("{}")
        ucdp.faults.append(faults.moved(other.url_for("/steal")))
        done = fetch()
        assert (done.returncode, stored(tmp_path)) == (1, 0)
        assert "points to another host" in done.stderr
        ucdp.faults.append(with_(ucdp, NextPageUrl=other.url_for("/steal?page=1")))
        done = fetch()
        assert (done.returncode, stored(tmp_path)) == (1, 0)
        assert "points to another host" in done.stderr
        assert other.log == []


def test_a_redirect_on_the_same_host_is_followed(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    ucdp.faults.append(faults.moved(f"/api/GEDEvents/{RELEASE}?pagesize=10&page=0"))
    assert fetch().returncode == 0
    assert ucdp.asked[1][0] == f"/api/GEDEvents/{RELEASE}"
    assert ucdp.asked[1][2] == TOKEN
    assert stored(tmp_path) == 25


def test_limits_on_bytes_and_time_hold(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    ucdp.faults.append(faults.bomb(80))
    done = fetch()
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected at most 67,108,864 bytes" in done.stderr
    done = fetch("--max-mb", "0.004")
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "expected at most 4,194 bytes" in done.stderr
    ucdp.faults.append(faults.status(429, Retry_After="3600"))
    done = fetch("--max-seconds", "5")
    assert (done.returncode, stored(tmp_path)) == (3, 0)
    assert "status 429, and the time limit allows no further try" in done.stderr


def test_throttling_is_told_from_an_unknown_release(
    ucdp: FakeUcdp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = f"{date.today().year % 100:02d}"
    ucdp.releases[f"{short}.1"] = some_events(f"{date.today().year - 1}-05", 4)
    # The first question for the newest release and two for the known one are throttled.
    ucdp.faults.extend([faults.status(400, NOT_OUT)] * 3)
    done = run_inside(capsys, "-w", tmp_path, "ingest", "ucdp", "--fetch")
    assert done.returncode == 0, done.stderr
    assert [m["release"] for m in Store(tmp_path / "store").manifests()] == [f"{short}.1"]


def test_files_need_no_token(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UCDP_TOKEN")
    ucdp.files["candidateged/GEDEvent_v24_0_3.csv"] = csv_of(EVENTS, tmp_path / "events.csv")
    done = fetch("--files")
    assert done.returncode == 0, done.stderr
    assert stored(tmp_path) == 25
    assert {token for _, _, token in ucdp.asked} == {None}
    (manifest,) = Store(tmp_path / "store").manifests()
    assert manifest["fetch"]["url"].endswith("/downloads/candidateged/GEDEvent_v24_0_3.csv")
    assert manifest["file"] == "GEDEvent_v24_0_3.csv"


def test_half_a_file_is_no_file(ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path) -> None:
    whole = csv_of(EVENTS, tmp_path / "events.csv")

    def normal(request):
        return faults.Response(whole)

    for length in ("right", "too long", "too short"):
        ucdp.faults.extend([faults.cut_off(normal, length=length)] * 6)
        done = fetch("--files")
        assert (done.returncode != 0, stored(tmp_path)) == (True, 0), length
        ucdp.faults.clear()
    ucdp.faults.append(faults.web_page)
    done = fetch("--files")
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "got HTML or XML page" in done.stderr
    done = fetch("--files", "--release", "24.0.9")
    assert (done.returncode, stored(tmp_path)) == (1, 0)


def test_a_cut_that_leaves_one_row_torn_is_refused_all_the_same(
    ucdp: FakeUcdp, fetch: Fetch, tmp_path: Path
) -> None:
    whole = csv_of(some_events("2024-03", 400), tmp_path / "events.csv")
    cut = whole.rindex(b"2024-03", 0, len(whole) // 2)
    ucdp.files["candidateged/GEDEvent_v24_0_3.csv"] = whole[:cut]
    done = fetch("--files")
    assert (done.returncode, stored(tmp_path)) == (1, 0)
    assert "does not end with a line break, so it may be truncated" in done.stderr


def test_files_and_fetch_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["--fetch", "x.csv"], [], ["x.csv", "--files"], ["x.csv", "--again"]):
        done = run_inside(capsys, "-w", tmp_path, "ingest", "ucdp", *words)
        assert done.returncode == 2
