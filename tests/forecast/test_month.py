"""A month in one command: read, counted, scored, forecast, written; safe to repeat and resume."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pytest_httpserver import HTTPServer

from data.files import sha256_of
from tests.calls import Answer
from tests.fake_ucdp import TOKEN, FakeUcdp, some_events
from tests.forecast.scored import SAMPLES, call
from tests.once import made_once

SETTINGS = """
[forecast]
draws = 50
[month]
ingest = "figures"
regions = "given/regions.parquet"
model = "last"
formats = ["md"]
"""
MONTHS = ("2020-10", "2020-11", "2020-12")


def make_given(root: Path) -> Path:
    """Return a workspace beside which the figures of three months lie, and nothing is read yet."""
    given = root / "given"
    given.mkdir(parents=True, exist_ok=True)
    (root / "escalation.toml").write_text(SETTINGS)
    regions = pd.read_parquet(SAMPLES / "sahel_regions.parquet")
    regions = regions[regions["country"] == "Mali"].assign(neighbours="")
    regions.to_parquet(given / "regions.parquet", index=False)
    figures = pd.read_parquet(SAMPLES / "sahel_figures.parquet")
    figures = figures[["region_id", "month", "events", "deaths"]]
    figures = figures[figures["region_id"].isin(regions["region_id"])]
    for month in MONTHS:
        known = figures[(figures["month"] >= "2016-01") & (figures["month"] <= month)]
        known.to_parquet(given / f"{month}.parquet", index=False)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "month", make_given)


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


def a_month(root: Path, month: str, *more: str) -> Answer:
    return call(root, "month", root / "given" / f"{month}.parquet", *more)


def contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): sha256_of(path) for path in root.rglob("*") if path.is_file()
    }


def test_three_months_are_three_commands(root: Path) -> None:
    for number, month in enumerate(MONTHS):
        done = a_month(root, month)
        assert done.returncode == 0, done
        title, *lines = done.stdout.splitlines()
        assert title.endswith(f"({month}-admin1)")
        assert len(lines) <= 10
        heads = [line.partition(":")[0] for line in lines]
        assert heads[:6] == ["Last month", "Likely", "Changes", "List", "Data", "Confidence"]
        if number:
            before = MONTHS[number - 1]
            assert f"Issue {before}-admin1 for" in lines[0]
            assert "regions were attacked" in lines[0]
            assert f"since {before}-admin1" in lines[3]
            assert (root / "forecasts" / f"{before}-admin1" / "scores.json").exists()
            assert "was counted again, as" in done.stderr
        reports = root / "reports"
        assert (reports / f"{month}-admin1.html").exists()
        folder = reports / f"{month}-admin1"
        names = {path.name for path in folder.iterdir()}
        assert names == {f"{month}-admin1.md", "brief.md", "digest.json", "digest.md"}


def test_a_repeated_month_is_the_same_issue_and_says_so(root: Path) -> None:
    first = json.loads(a_month(root, "2020-10", "--json").stdout)
    again = a_month(root, "2020-10", "--json")
    record = json.loads(again.stdout)
    assert (first["new"], record["new"]) == (True, False)
    assert first["issue"] == record["issue"]
    assert first["ingests"][0]["repeated"] is False
    assert record["ingests"][0]["repeated"] is True
    assert record["lines"]["Data"] == "nothing new was read."
    assert "this is the same forecast again" in again.stderr
    file = root / "reports" / record["issue"] / "digest.json"
    assert json.loads(file.read_text(encoding="utf-8")) == record
    without = call(root, "month")
    assert "no newer month: the same forecast as before" in without.stdout
    assert len(list((root / "forecasts").glob("*/"))) == 1


def test_a_month_that_failed_late_goes_on_and_loses_nothing(root: Path) -> None:
    a_month(root, "2020-10")
    shutil.move(root / "reports", root / "aside")
    (root / "reports").write_text("a file in the way")
    failed = a_month(root, "2020-11")
    assert failed.returncode == 3, failed
    assert "reports" in failed.stderr
    issue = root / "forecasts" / "2020-11-admin1" / "manifest.json"
    made = json.loads(issue.read_text(encoding="utf-8"))["id"]
    (root / "reports").unlink()
    done = a_month(root, "2020-11")
    assert done.returncode == 0, done
    assert json.loads(issue.read_text(encoding="utf-8"))["id"] == made


def test_a_dry_run_says_what_would_be_done_and_does_nothing(root: Path) -> None:
    first = a_month(root, "2020-10", "--dry-run").stdout
    assert "ingest: 2020-10.parquet would be read\npanel: admin1 would be counted\n" in first
    a_month(root, "2020-10")
    a_figure = ("ingest", "figures", root / "given" / "2020-11.parquet")
    call(root, *a_figure, "--regions", root / "given" / "regions.parquet")
    before = contents(root)
    told = json.loads(a_month(root, "2020-11", "--dry-run", "--json").stdout)["planned"]
    assert told[0] == "ingest: 2020-11.parquet is in the store"
    assert told[1] == "panel: admin1 is behind, as 2020-11.parquet was ingested since"
    assert told[2] == "score: 2020-10-admin1"
    assert call(root, "month", "--dry-run").stdout.splitlines()[2] == (
        "forecast: from data through 2020-11"
    )
    assert contents(root) == before


@pytest.mark.parametrize(
    ("settings", "words", "says"),
    [
        ("", ("list.csv",), "does not say how files are read: set ingest in [month] to one of"),
        ("", ("--fetch",), "does not say what is fetched: set ingest in [month] to one of ucdp"),
        ('[month]\ningest = "csv"\n', ("list.csv",), "[month] names no map for the list list.csv"),
        ('[month]\ningest = "ucpd"\n', ("list.csv",), 'got "ucpd"'),
        ('[month]\nformats = ["mdd"]\n', ("list.csv",), 'there is no format "mdd"'),
        ('[month]\ningest = "ucdp"\n', ("gone.csv",), "gone.csv: no such file: check the path"),
        ("", ("--fetch", "list.csv"), "name files, or give --fetch, but not both"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_is_done(
    tmp_path: Path, settings: str, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "escalation.toml").write_text(settings)
    (tmp_path / "list.csv").write_text("a\n")
    before = contents(tmp_path)
    given = [tmp_path / word if word.endswith("csv") else word for word in words]
    for more in ((), ("--dry-run",)):
        done = call(tmp_path, "month", *given, *more)
        assert done.returncode == (1 if "gone" in says else 2), done
        assert says in done.stderr
        assert "Traceback" not in done.stderr
        assert contents(tmp_path) == before


@pytest.mark.parametrize("token", [TOKEN, ""], ids=["with a token", "without"])
def test_what_is_new_is_fetched_in_the_way_that_there_is(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    ucdp = FakeUcdp(httpserver, {"24.0.3": some_events("2024-03", 5)})
    for name, value in {**ucdp.env, "UCDP_TOKEN": token}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "escalation.toml").write_text('[month]\ningest = "ucdp"\n')
    call(tmp_path, "month", "--fetch")
    asked = {(path.split("/")[1], carried) for path, _, carried in ucdp.asked}
    assert asked == ({("api", TOKEN)} if token else {("downloads", None)})
