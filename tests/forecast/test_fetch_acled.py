"""ACLED over HTTP: whole answers to what was asked, tiers that hide months, and what was deleted.

All rows are invented.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from data.regions.coverage import coverage_status
from data.schema import STATUSES
from data.sources.acled import api as acled_api
from data.store.store import Store
from tests import faults
from tests.calls import Answer, run_inside, run_process
from tests.fake_acled import PASSWORD, USER, FakeAcled, acled_row, stamp

ASKED = ("--countries", "Mali,Niger", "--from", "2024-01", "--until", "2024-12")
SECRETS = (
    PASSWORD,
    USER,
    "canary-access",
    "canary-refresh",
    "canary%20pass%2Fword%2B9",
    "canary+pass%2Fword%2B9",
    "Y2FuYXJ5IHBhc3Mvd29yZCs5",
)

Fetch = Callable[..., Answer]


def twenty_five() -> list[dict]:
    return [
        acled_row(number, f"2024-{1 + number % 12:02d}-{1 + number:02d}", country)
        for number in range(13)
        for country in ("Mali", "Niger")
    ][:25]


@pytest.fixture
def acled(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> FakeAcled:
    """Return a server with 25 attacks, asked for in pages of ten."""
    monkeypatch.setattr(acled_api, "PAGE_ROWS", 10)
    fake = FakeAcled(httpserver, twenty_five())
    for name, value in fake.env.items():
        monkeypatch.setenv(name, value)
    return fake


@pytest.fixture
def fetch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Fetch:
    def call(*words: str) -> Answer:
        return run_inside(capsys, "-w", tmp_path, "ingest", "acled", "--fetch", *(words or ASKED))

    return call


@pytest.fixture(autouse=True)
def no_secret_is_written(tmp_path: Path) -> object:
    """After every test, no file holds a password, an address or a token."""
    yield
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in SECRETS if secret.encode() in content]


def no_secret_in(done: Answer) -> None:
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]


def events(folder: Path) -> dict[str, int]:
    frame = Store(folder / "store").events()
    return dict(zip(frame["event_id"], frame["deaths_best"], strict=True))


def refused(done: Answer, folder: Path, words: str, *, code: int = 1) -> None:
    assert (done.returncode, events(folder)) == (code, {}), done.stderr
    assert words in done.stderr
    no_secret_in(done)


def last_manifest(folder: Path) -> dict:
    return dict(Store(folder / "store").manifests()[-1])


def pages_asked(acled: FakeAcled) -> list[str]:
    return [args["page"] for path, args, _ in acled.asked if path == "/api/acled/read"]


@pytest.mark.parametrize("with_total", [True, False])
def test_a_whole_answer_is_kept_with_where_it_came_from(
    with_total: bool, acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.with_total = with_total
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert len(events(tmp_path)) == 25
    assert pages_asked(acled) == ["1", "2", "3"]
    manifest = last_manifest(tmp_path)
    assert manifest["coverage"] == {
        "complete": True,
        "first": "2024-01",
        "last": "2024-12",
        "countries": ["Mali", "Niger"],
    }
    fetched = manifest["fetch"]
    assert fetched["accessed"] == manifest["retrieved_at"][:10]
    assert fetched["params"]["event_date"] == "2024-01-01|2024-12-31"
    assert "data" not in fetched["envelope"]
    assert [page["rows"] for page in fetched["pages"]] == [10, 10, 5]
    assert ("total_count" in fetched["proof"]) == with_total
    assert fetched["changed_until"] == max(int(row["timestamp"]) for row in acled.rows)
    no_secret_in(done)


def test_the_licence_is_told_once(acled: FakeAcled, fetch: Fetch, tmp_path: Path) -> None:
    assert "ACLED's terms of use bind you" in fetch().stderr
    again = fetch()
    assert "terms of use" not in again.stderr
    assert "nothing changed" in again.stdout
    assert last_manifest(tmp_path)["fetch"]["licence"].startswith("ACLED's terms")


def test_a_real_command_keeps_its_secrets(acled: FakeAcled, tmp_path: Path) -> None:
    acled.faults.extend([faults.passed, faults.status(401, "expired"), faults.passed])
    done = run_process("-w", str(tmp_path), "ingest", "acled", "--fetch", *ASKED, env=acled.env)
    assert done.returncode == 0, done.stderr
    assert len(events(tmp_path)) == 25
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
    tokens = {path: token for path, _, token in acled.asked}
    assert tokens["/api/acled/read"] == "Bearer canary-access-2"
    assert tokens["/oauth/token"] in (None, "Bearer canary-access-1")


def test_an_expired_token_is_renewed_and_then_the_password_used(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed, faults.passed, faults.status(401, "expired")])
    assert fetch().returncode == 0
    assert [form["grant_type"] for form in acled.forms] == ["password", "refresh_token"]
    assert pages_asked(acled) == ["1", "2", "2", "3"]
    acled.forms.clear()
    refusal = faults.status(400, '{"error": "invalid_grant"}')
    acled.faults.extend([faults.passed, faults.status(401), refusal])
    assert fetch().returncode == 0
    assert [form["grant_type"] for form in acled.forms] == ["password", "password"]


def test_a_refused_log_in_is_named_and_never_shown(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = json.dumps({"message": f"Unrecognized username/password {USER}:{PASSWORD}"})
    acled.faults.append(faults.status(400, echo))
    refused(fetch(), tmp_path, "ACLED refuses the log-in (400: Unrecognized", code=2)
    acled.faults.append(faults.web_page)
    refused(fetch(), tmp_path, "got a web page")
    with HTTPServer(port=0) as other:
        other.expect_request("/oauth/token").respond_with_data("{}")
        acled.faults.append(faults.moved(other.url_for("/oauth/token")))
        refused(fetch(), tmp_path, "redirects a log-in")
        assert other.log == []
    monkeypatch.delenv("ACLED_PASSWORD")
    refused(fetch(), tmp_path, "ACLED_PASSWORD is not set", code=2)


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        (403, '{"message": "Access denied"}', "(403: Access denied)"),
        (403, '{"message": ["Access denied"]}', "(403: Access denied)"),
        (403, '{"message": "Consent acceptance required"}', "Consent acceptance required"),
        (200, '{"status": 403, "success": false, "error": {"message": "old"}}', "(403: old)"),
        (200, '{"success": false, "error": [{"message": "old"}]}', "(no status: old)"),
    ],
)
def test_an_account_that_may_not_read_is_told_why(
    code: int, body: str, words: str, acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed, faults.status(code, body)])
    refused(fetch(), tmp_path, words, code=2)


def test_a_web_page_with_status_200_is_no_answer(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed, faults.passed, faults.web_page])
    refused(fetch(), tmp_path, "got a web page")


def test_no_rows_without_a_reason_are_an_error(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    rows, acled.rows = acled.rows, []
    refused(fetch(), tmp_path, "ACLED returned no rows and no reason")
    acled.rows = rows
    assert fetch().returncode == 0
    assert len(events(tmp_path)) == 25


def test_an_echoed_secret_is_struck_out(acled: FakeAcled, fetch: Fetch, tmp_path: Path) -> None:
    def echo(request):
        body = json.loads(acled.page(request).get_data())
        said = f"Bearer canary-access-1 {USER}"
        told = body | {"messages": [said], "filename": {"of": said, said: 1}}
        return faults.Response(json.dumps(told), mimetype="application/json")

    acled.faults.extend([faults.passed, echo, echo, echo])
    assert fetch().returncode == 0
    assert last_manifest(tmp_path)["fetch"]["envelope"]["messages"] == ["*** ***"]


def test_rows_that_were_not_asked_for_are_refused(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    for wrong, words in (
        (
            acled_row(99, "2024-05-01", "Chad"),
            "expected Mali, Niger from ACLED, got event CHA99 with country Chad",
        ),
        (acled_row(99, "2025-05-01"), "expected 2024-01-01 to 2024-12-31 from ACLED, got event"),
    ):
        rows = [*twenty_five()[:3], wrong]
        acled.faults.extend([faults.passed, lambda request, r=rows: acled.envelope(r, total=4)])
        refused(fetch(), tmp_path, words)


def test_countries_whose_names_hold_the_asked_one_are_passed_over(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.rows += [acled_row(number, "2024-05-05", "Nigeria") for number in range(100, 107)]
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert len(events(tmp_path)) == 25
    assert last_manifest(tmp_path)["coverage"]["countries"] == ["Mali", "Niger"]


def without_row(acled: FakeAcled):
    def answer(request):
        found = acled.matching(request.args.to_dict())
        return acled.envelope(found[11:20], total=len(found))

    return answer


def test_missing_repeated_and_moving_pages_are_refused(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed, faults.passed, without_row(acled)])
    refused(fetch(), tmp_path, "expected 25 rows from ACLED, got 24 rows")
    first = twenty_five()[:10]
    acled.faults.extend([*[faults.passed] * 2, lambda request: acled.envelope(first, total=25)])
    refused(fetch(), tmp_path, "15 unique ids: pages are missing or repeated")
    acled.faults.extend([*[faults.passed] * 2, lambda request: acled.envelope(first, total=31)])
    refused(fetch(), tmp_path, "ACLED's total changed between pages")
    acled.with_total = False
    acled.faults.extend([*[faults.passed] * 2, lambda request: acled.envelope(first)])
    refused(fetch(), tmp_path, "15 unique ids")
    acled.faults.extend([faults.passed, lambda request: acled.envelope(twenty_five())])
    refused(fetch(), tmp_path, "expected at most 10 rows a page from ACLED, got 25")
    assert fetch().returncode == 0


def test_a_fetch_that_broke_goes_on_after_its_last_page(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed] * 3 + [faults.status(502)] * 6)
    refused(fetch(), tmp_path, "6 tries failed, the last with status 502", code=3)
    acled.asked.clear()
    assert fetch().returncode == 0
    assert pages_asked(acled) == ["3"]
    assert len(events(tmp_path)) == 25


def test_a_tier_that_hides_all_months_makes_no_zero(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.embargo = "2023-08-29"
    done = fetch()
    assert done.returncode == 0
    assert "shows ACLED's events only up to 2023-08-29: months from 2023-08 on" in done.stderr
    assert "not released to it (not_released), so they are unknown, not zero" in done.stderr
    assert events(tmp_path) == {}
    manifest = last_manifest(tmp_path)
    assert (manifest["complete_through"], manifest["coverage"]["complete"]) == (None, False)
    assert manifest["fetch"]["embargo"] == "2023-08-29"
    assert manifest["fetch"]["envelope"]["data_query_restrictions"]["date_recency"]


def test_a_tier_that_hides_the_newest_months_ends_the_coverage(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    import pandas as pd

    acled.embargo = "2024-07-19"
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert "2024-07 to 2024-12 are not released yet: unknown, not zero" in done.stderr
    store = Store(tmp_path / "store")
    assert last_manifest(tmp_path)["coverage"]["last"] == "2024-06"
    regions = pd.DataFrame({"region_id": ["1", "2"], "country": ["Mali", "Chad"]})
    months = ["2023-12", "2024-06", "2024-07", "2024-12"]
    status = coverage_status(regions, months, store.coverages(), scale="admin1")
    assert [[STATUSES[code] for code in row] for row in status] == [
        ["not_covered", "observed", "not_released", "not_released"],
        ["not_covered"] * 4,
    ]


def test_a_restriction_that_is_not_understood_is_refused(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.embargo = "soon"
    refused(fetch(), tmp_path, "in an unknown way")


def test_a_country_without_any_row_is_not_covered(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    done = fetch("--countries", "Mali,Togo", "--from", "2024-01", "--until", "2024-12")
    assert done.returncode == 0, done.stderr
    assert "no row of Togo: not counted as covered" in done.stderr
    assert last_manifest(tmp_path)["coverage"]["countries"] == ["Mali"]


def test_changes_revise_reclassify_and_delete(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    words = ("--countries", "Mali,Niger", "--changes")
    without = fetch(*words)
    assert without.returncode == 1
    assert "there is no complete fetch of exactly these countries to continue" in without.stderr
    assert fetch("--countries", "Mali,Niger", "--from", "2024-01").returncode == 0
    before = events(tmp_path)
    moment = stamp("2025-06-01")
    ids = [row["event_id_cnty"] for row in acled.rows]
    acled.rows[0] |= {"fatalities": "90", "timestamp": str(moment)}
    acled.rows[1] |= {"event_type": "Protests", "timestamp": moment}
    acled.rows = [*acled.rows[:5], *acled.rows[6:], acled_row(77, "2025-05-30")]
    acled.deleted = [
        {"event_id_cnty": ids[5], "deleted_timestamp": str(moment)},
        {"event_id_cnty": "CHA1", "deleted_timestamp": moment},
    ]
    acled.asked.clear()
    done = fetch(*words, "--json")
    assert done.returncode == 0, done.stderr
    after = events(tmp_path)
    assert after == {k: v for k, v in before.items() if k not in (*ids[:2], ids[5])} | {
        ids[0]: 90,
        "MAL77": 2,
    }
    assert last_manifest(tmp_path)["taken_back"] == 2
    asked = [args for path, args, _ in acled.asked if path == "/api/acled/read"]
    assert int(asked[0]["timestamp"]) == max(int(row["timestamp"]) for row in twenty_five())
    assert asked[0]["timestamp_where"] == ">="
    told = json.loads(done.stdout)["ingests"][0]
    assert (told["revised"], told["new"]) == (1, 1)
    # What was known before stays known for that day, and nothing was overwritten.
    manifests = Store(tmp_path / "store").manifests()
    then = Store(tmp_path / "store").events(as_of=date.fromisoformat("2000-01-01"))
    assert (len(manifests), len(then)) == (2, 0)
    assert manifests[1]["coverage"]["first"] == "2024-01"
    # An event that comes back counts again.
    acled.rows.append(acled_row(2, "2024-03-03", "Niger", timestamp=stamp("2025-07-01")))
    assert acled.rows[-1]["event_id_cnty"] == ids[5]
    assert fetch(*words).returncode == 0
    assert ids[5] in events(tmp_path)


def test_months_that_a_tier_opened_meanwhile_come_with_the_changes(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.embargo = "2024-06-30"
    for row in acled.rows:
        # Hidden rows were last changed before the ones that are shown.
        if row["event_date"] > acled.embargo:
            row["timestamp"] = stamp("2024-01-01")
    assert fetch("--countries", "Mali,Niger", "--from", "2024-01").returncode == 0
    early = len(events(tmp_path))
    assert early < 25
    acled.embargo = "2024-12-31"
    done = fetch("--countries", "Mali,Niger", "--changes")
    assert done.returncode == 0, done.stderr
    assert len(events(tmp_path)) == 25
    assert last_manifest(tmp_path)["coverage"]["last"] == "2024-12"


def test_a_wrong_list_of_deleted_events_is_refused(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    assert fetch().returncode == 0
    for wrong in ({"deleted_timestamp": 9_999_999_999}, {"event_id_cnty": "MAL1"}):

        def answer(request, row=wrong):
            return acled.envelope([row]) if "deleted" in request.path else None

        acled.faults.extend([answer] * 5)
        done = fetch()
        acled.faults.clear()
        assert done.returncode == 1
        assert "expected ids of events deleted since" in done.stderr
    assert len(events(tmp_path)) == 25


def test_time_is_limited_though_bytes_keep_coming(
    acled: FakeAcled, fetch: Fetch, tmp_path: Path
) -> None:
    acled.faults.extend([faults.passed, faults.drip])
    done = fetch(*ASKED, "--max-seconds", "0.3")
    refused(done, tmp_path, "the limit of 0.3 seconds is used up", code=3)


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("http://acleddata.com", False),
        ("ftp://localhost", False),
        ("https://user:pw@acleddata.com", False),
        ("localhost", False),
    ],
)
def test_secrets_go_over_https_only(
    url: str,
    fine: bool,
    acled: FakeAcled,
    fetch: Fetch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACLED_API_URL", url)
    refused(fetch(), tmp_path, "ACLED_API_URL: expected an https address such as https", code=2)
    assert acled.asked == []
