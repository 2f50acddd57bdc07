"""Issues are told apart by their manifests: through the command line, on the bundled sample.

The workspace holds three scales whose names end alike, one with a dash and one with a month in its
name; folders are then renamed, copied and damaged by hand.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError
from data.workspace import Workspace
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.specification import BacktestSpec
from features.panel import read_panel, write_panel
from forecast.archive.catalogue import find_issue
from forecast.archive.issue_files import issue_folder, read_issue
from forecast.sections.countries import country_panel
from tests.forecast.scored import call, taken
from tests.records import change_record, vouch
from tests.shared import ROOT

SCALES = ("admin1", "sahel-admin1", "2020-11-admin1")
COUNTRIES = ("Cameroon", "Chad")
OPTIONS = ("--target", "events", "--no-outlook")
PLAIN = ("--model", "conflictology", *OPTIONS)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each scale has an issue of September 2020, all but the first one of November, too."""
    root = tmp_path_factory.mktemp("filled") / "w"
    root.mkdir()
    samples = ROOT / "data" / "samples"
    regions = pd.read_parquet(samples / "sahel_regions.parquet")
    regions = regions[regions["country"].isin(COUNTRIES)].assign(neighbours="")
    figures = pd.read_parquet(samples / "sahel_figures.parquet")
    figures = figures[figures["region_id"].isin(regions["region_id"])]
    figures[figures["month"] >= "2016-01"].to_parquet(root / "figures.parquet", index=False)
    regions.to_parquet(root / "regions.parquet", index=False)
    words = (root / "figures.parquet", "--regions", root / "regions.parquet")
    taken(root, "ingest", "figures", *words)
    for scale in SCALES:
        _use(root, scale)
        taken(root, "panel")
        for origin in ("2020-09",) if scale == "admin1" else ("2020-09", "2020-11"):
            taken(root, "forecast", "--origin", origin, *PLAIN)
    _use(root, "admin1")
    return root


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "w"))


def _use(root: Path, scale: str) -> None:
    (root / "escalation.toml").write_text(
        f'[panel]\nscale = "{scale}"\n\n[forecast]\ndraws = 50\n', encoding="utf-8"
    )


def _manifest(root: Path, name: str) -> dict[str, Any]:
    text = (root / "forecasts" / name / "manifest.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def _change(root: Path, name: str, **facts: object) -> None:
    change_record(root / "forecasts" / name / "manifest.json", **facts)


def _rename(root: Path, before: str, after: str) -> None:
    (root / "forecasts" / before).rename(root / "forecasts" / after)


def _copy(root: Path, before: str, after: str) -> None:
    shutil.copytree(root / "forecasts" / before, root / "forecasts" / after)


def _bytes(root: Path, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "forecasts" / name).iterdir()}


def _note(root: Path, name: str, section: str) -> str:
    issue = read_issue(root / "forecasts" / name)
    return next(one.note for one in issue.sections if one.name == section)


@pytest.mark.parametrize(
    ("scale", "before"),
    [
        ("admin1", "2020-09-admin1"),
        ("sahel-admin1", "2020-11-sahel-admin1"),
        ("2020-11-admin1", "2020-11-2020-11-admin1"),
    ],
)
def test_the_issue_before_is_of_the_same_scale(place: Path, scale: str, before: str) -> None:
    taken(place, "forecast", "--scale", scale, "--origin", "2020-12", *PLAIN)
    name = f"2020-12-{scale}"
    assert _manifest(place, name)["previous"] == {"1": before}
    now, then = (read_issue(place / "forecasts" / one).table for one in (name, before))
    both = now.merge(then, on="region_id")
    assert both["p_attack_previous_x"].tolist() == both["p_attack_y"].tolist()
    assert f"Compared with the issue {before}," in _note(place, name, "changes")
    assert f"Issue {before} for" in _note(place, name, "scorecard_levels")


@pytest.mark.parametrize(
    ("scale", "newest"),
    [
        ("admin1", "2020-09-admin1"),
        ("sahel-admin1", "2020-11-sahel-admin1"),
        ("2020-11-admin1", "2020-11-2020-11-admin1"),
        ("admin2", "2020-11-sahel-admin1"),  # of another scale where there is none, the last made
    ],
)
def test_alerts_and_show_take_the_newest_of_the_scale(place: Path, scale: str, newest: str) -> None:
    _change(place, "2020-11-sahel-admin1", finished_at="2090-01-01T00:00:00+00:00")
    _use(place, scale)
    assert f"(issue {newest}, " in taken(place, "alerts", "--budget", 3)
    assert json.loads(taken(place, "show", "Nord", "--json"))["issue"] == newest


def test_a_renamed_folder_is_the_same_issue(place: Path) -> None:
    _rename(place, "2020-09-admin1", "a month of 2020-11-sahel-admin1")
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    found = _manifest(place, "2020-12-admin1")
    assert found["previous"] == {"1": "a month of 2020-11-sahel-admin1"}
    shown = json.loads(
        taken(place, "show", "Nord", "--issue", "a month of 2020-11-sahel-admin1", "--json")
    )
    assert shown["rows"][0]["origin"] == "2020-09"
    assert "1 issue, Oct 2020" in _note(place, "2020-12-admin1", "scorecard_levels")


def test_a_folder_that_was_given_a_later_month_is_not_the_newest(place: Path) -> None:
    _use(place, "sahel-admin1")
    _rename(place, "2020-09-sahel-admin1", "2020-12-sahel-admin1")
    assert "(issue 2020-11-sahel-admin1, " in taken(place, "alerts", "--budget", 3)
    assert json.loads(taken(place, "show", "Nord", "--json"))["issue"] == "2020-11-sahel-admin1"


def test_a_renamed_folder_is_not_overwritten_by_the_issue_of_its_new_name(place: Path) -> None:
    _rename(place, "2020-09-admin1", "2020-12-admin1")
    before = _bytes(place, "2020-12-admin1")
    done = call(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert done.returncode == 1
    assert "holds the issue of admin1 from data through 2020-09, format 1, which" in done.stderr
    assert _bytes(place, "2020-12-admin1") == before


def test_an_issue_of_another_version_of_the_program_is_not_overwritten(place: Path) -> None:
    _change(place, "2020-09-admin1", format=2)
    before = _bytes(place, "2020-09-admin1")
    done = call(place, "forecast", "--origin", "2020-09", *PLAIN)
    assert done.returncode == 1
    assert "format 2, which would be overwritten: give that folder another name" in done.stderr
    assert _bytes(place, "2020-09-admin1") == before


def test_a_copied_folder_counts_once(place: Path) -> None:
    for name in ("0 copy", "2020-09-admin1 copy", "zz-2020-09-admin1"):
        _copy(place, "2020-09-admin1", name)
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert _manifest(place, "2020-12-admin1")["previous"] == {"1": "2020-09-admin1"}
    assert "1 issue, Oct 2020" in _note(place, "2020-12-admin1", "scorecard_levels")
    done = call(place, "score", "--json")
    assert done.returncode == 0, done.stderr
    names = [one["issue"] for one in json.loads(done.stdout)["issues"] if one["scale"] == "admin1"]
    assert names == ["2020-09-admin1", "2020-12-admin1"]
    named = json.loads(taken(place, "score", "0 copy", "--json"))
    assert [one["issue"] for one in named["issues"]] == ["0 copy"]


def test_a_month_issued_again_keeps_the_earlier_version_and_its_notes(place: Path) -> None:
    taken(place, "note", "2020-09-admin1", "The road is closed.")
    before = _bytes(place, "2020-09-admin1")
    version = _manifest(place, "2020-09-admin1")["id"]
    for _ in range(2):  # the same again is the same version
        taken(place, "forecast", "--origin", "2020-09", "--model", "climatology", *OPTIONS)
    folders = {path.name for path in (place / "forecasts").glob("*2020-09-admin1*")}
    assert folders == {"2020-09-admin1", version}
    assert _bytes(place, version) == before
    assert "The road is closed." in taken(place, "note", "2020-09-admin1")
    assert "(issue 2020-09-admin1, climatology, " in taken(place, "alerts", "--budget", 3)
    shown = json.loads(taken(place, "show", "Nord", "--issue", version, "--json"))
    assert shown["rows"][0]["model_events"] == "conflictology"
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert _manifest(place, "2020-12-admin1")["previous"] == {"1": "2020-09-admin1"}
    assert "1 issue, Oct 2020" in _note(place, "2020-12-admin1", "scorecard_levels")


def test_a_month_whose_second_writing_is_broken_off_is_not_lost(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, write: object) -> None:
        raise RuntimeEnvironmentError(f"{path} could not be written: No space left on device")

    monkeypatch.setattr("forecast.archive.issue_files.write_with", full)
    again = ("forecast", "--origin", "2020-09", "--model", "climatology", *OPTIONS)
    assert call(place, *again).returncode == 3
    monkeypatch.undo()
    done = call(place, "show", "Nord", "--json")
    assert "left out" not in done.stderr
    shown = json.loads(done.stdout)
    assert shown["issue"] == "2020-09-admin1"
    assert shown["rows"][0]["model_events"] == "conflictology"
    assert not list(place.rglob(".*.tmp"))
    taken(place, *again)
    assert json.loads(taken(place, "show", "Nord", "--json"))["issue"] == "2020-09-admin1"


def test_an_issue_from_before_a_column_is_read_and_the_next_one_made(place: Path) -> None:
    folder = place / "forecasts" / "2020-09-admin1"
    table = pd.read_parquet(folder / "risk.parquet").drop(columns=["reason_3"])
    table.to_parquet(folder / "risk.parquet", index=False)
    vouch(folder / "risk.parquet")
    assert read_issue(folder).table["reason_3"].isna().all()
    taken(place, "show", "Nord")
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert _manifest(place, "2020-12-admin1")["previous"] == {"1": "2020-09-admin1"}


def test_of_two_versions_the_one_issued_last_counts(place: Path) -> None:
    _copy(place, "2020-09-admin1", "2020-09-admin1.first")
    _change(place, "2020-09-admin1.first", finished_at="2020-10-05T00:00:00+00:00")
    _copy(place, "2020-09-admin1", "second")
    _change(place, "second", finished_at="2090-01-01T00:00:00+00:00")
    assert "(issue second, " in taken(place, "alerts", "--budget", 3)
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert _manifest(place, "2020-12-admin1")["previous"] == {"1": "second"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"format": 2}, "expected an issue of format 1, got 2: it was written by another version"),
        ({"models": None}, 'this is not the manifest of an issue: "models" is absent'),
        ({"models": [{"target": "events"}]}, "expected models that name gate, horizon, model"),
        ({"models": []}, "expected models that name gate, horizon, model"),
        ({"files": {}}, "expected the files risk.parquet and risk.csv, got none"),
        ({"finished_at": 3}, 'this is not the manifest of an issue: "finished_at" is absent'),
        ({"origin": "November"}, 'expected a month as YYYY-MM, got "November"'),
        (None, "the manifest is absent, as where writing was broken off"),
    ],
)
def test_an_issue_that_cannot_be_read_is_left_out_and_refused_by_name(
    place: Path, facts: dict[str, object] | None, reason: str
) -> None:
    name = "2020-11-sahel-admin1"
    if facts is None:
        (place / "forecasts" / name / "manifest.json").unlink()
    else:
        _change(place, name, **facts)
    _use(place, "sahel-admin1")
    for words, code in ((("alerts",), 0), (("show", "Nord"), 0), (("score",), 1)):
        done = call(place, *words)
        assert done.returncode == code, done
        assert f"warning: the issue {name} is left out: " in done.stderr
        assert reason in done.stderr
    made = call(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert made.returncode == 0
    assert made.stderr.count(f"the issue {name} is left out: ") == 1
    assert _manifest(place, "2020-12-sahel-admin1")["previous"] == {"1": "2020-09-sahel-admin1"}
    for words in (
        ("show", "Nord", "--issue", name),
        ("alerts", "--issue", name),
        *((command, name) for command in ("score", "brief", "report", "export")),
        ("note", name, "A note."),
    ):
        done = call(place, *words)
        assert done.returncode == 1, words
        assert reason in done.stderr, words
        assert done.stderr.count("\n") == 1, words


def test_an_issue_of_another_scale_that_cannot_be_read_stops_nothing(place: Path) -> None:
    (place / "forecasts" / "2020-11-sahel-admin1" / "manifest.json").write_text("{")
    (place / "forecasts" / "notes of a reader").mkdir()
    (place / "forecasts" / "readme.txt").write_text("by hand")
    taken(place, "forecast", "--origin", "2020-12", *PLAIN)
    assert _manifest(place, "2020-12-admin1")["previous"] == {"1": "2020-09-admin1"}


def test_an_issue_is_found_by_its_name_only(filled: Path) -> None:
    workspace = Workspace(filled)
    assert find_issue(workspace, "2020-09-admin1") == filled / "forecasts" / "2020-09-admin1"
    done = call(filled, "brief", "2020-09-admin")
    assert done.returncode == 1
    assert "did you mean 2020-09-admin1 or 2020-09-sahel-admin1" in done.stderr
    for name in ("../forecasts/2020-09-admin1", "", ".", "2020-09"):
        with pytest.raises(EvidenceError, match="there is no issue"):
            find_issue(workspace, name)
    with pytest.raises(EvidenceError, match=r"\(there are 2020-09-2020-11-admin1, 2020-09-admin1"):
        find_issue(workspace, "x")
    with pytest.raises(ConfigError, match="without slashes"):
        issue_folder(workspace, "2004-12", "../admin1")


def test_the_issue_of_the_country_scale_is_found_whatever_its_folder_is_called(place: Path) -> None:
    workspace = Workspace(place)
    whole = country_panel(read_panel(workspace.panel("admin1")))
    for scale, model in (("country", "climatology"), ("my-country", "conflictology")):
        write_panel(replace(whole, scale=scale), workspace.panel(scale), manifest={})
        words = ("--scale", scale, "--model", model, *OPTIONS)
        taken(place, "forecast", "--origin", "2020-10", *words)
    _rename(place, "2020-10-country", "of the month")
    taken(place, "forecast", "--origin", "2020-10", *PLAIN[:-1])
    note = _note(place, "2020-10-admin1", "countries")
    assert note.startswith("From the issue of the month of the country scale")


def test_a_champion_of_an_issue_in_a_renamed_folder_is_kept_when_it_is_replaced(
    place: Path,
) -> None:
    panel = read_panel(Workspace(place).panel("admin1"))
    spec = BacktestSpec(
        origins="2020-06:2020-08", models=("local_nb", "conflictology", "last"), draws=50
    )
    backtest = run_backtest(panel, spec, progress=lambda *_: None, jobs=1)
    write_backtest(backtest, Workspace(place).backtests)
    force = ("--force", "--why", "a trial")
    taken(place, "promote", "local_nb", *force)
    taken(place, "promote", "conflictology", *force)
    assert not (place / "champions" / "replaced").exists()
    taken(place, "promote", "local_nb", *force)
    taken(place, "forecast", "--origin", "2020-12", *OPTIONS)
    _rename(place, "2020-12-admin1", "december")
    taken(place, "promote", "conflictology", *force)
    assert len(list((place / "champions" / "replaced").iterdir())) == 1


@pytest.mark.parametrize(
    ("asked", "region", "country"),
    [
        ("Nord", "Nord", "Cameroon"),
        ("ouest", "Ouest", "Cameroon"),
        ("extreme-nord", "Extrême-Nord", "Cameroon"),
        ("mayo-kebbi est", "Mayo-Kebbi Est", "Chad"),
    ],
)
def test_a_region_whose_name_ends_another_is_that_region(
    filled: Path, asked: str, region: str, country: str
) -> None:
    (row,) = json.loads(taken(filled, "show", asked, "--json"))["rows"]
    assert (row["region"], row["country"]) == (region, country)


def test_a_note_on_a_region_is_not_shown_with_one_whose_name_ends_alike(place: Path) -> None:
    taken(place, "note", "2020-09-admin1", "The road is closed.", "--region", "Nord")
    assert "The road is closed." in taken(place, "show", "Nord")
    assert "The road is closed." not in taken(place, "show", "Extrême-Nord")
    done = call(place, "note", "2020-09-admin1", "No.", "--region", "Kebbi")
    assert done.returncode == 2
    assert "(Mayo-Kebbi Est, Chad)" in done.stderr
