"""A forgotten `panel`: no month is forecast, scored or shown again without a word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from data.workspace import Workspace
from features import freshness
from features.panel import read_panel, read_panel_manifest
from features.recipe import panel_settings
from forecast.archive.regions import read_shapes
from tests.calls import run_inside
from tests.forecast.cli.test_panel_places import box, draw, feature
from tests.forecast.scored import FORECAST, call, fill_store, ingest_figures, taken
from tests.once import made_once
from tests.records import change_record, read_plain

ISSUE = "2020-11-admin1"
COUNTED = "the panel admin1 was counted again, as"


def make_forgetful(root: Path) -> Path:
    """Return a workspace with an issue of November 2020, to which December came without a panel."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "escalation.toml").write_text("[forecast]\ndraws = 50\n")
    fill_store(root, "1", last="2020-11")
    taken(root, "forecast", *FORECAST, "--no-outlook")
    ingest_figures(root, "2")
    return root


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "forgetful", make_forgetful)


@pytest.fixture
def root(forgetful: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(forgetful, tmp_path / "w"))


def manifest_of(root: Path, scale: str = "admin1") -> Path:
    return root / "panels" / scale / "manifest.json"


def test_a_forecast_is_of_the_month_that_was_ingested(root: Path) -> None:
    done = call(root, "forecast", *FORECAST, "--no-outlook")
    assert done.returncode == 0, done
    assert "January 2021, from data through 2020-12" in done.stdout
    assert f"note: {COUNTED} figures.parquet was ingested since;" in done.stderr
    assert "complete through 2020-12 (before: 2020-11)" in done.stderr
    again = call(root, "forecast", *FORECAST, "--no-outlook").stderr
    assert COUNTED not in again
    assert "note: 2020-12-admin1 was issued before, on 20" in again
    assert "the same data, models and settings: this is the same forecast again" in again
    other = call(root, "forecast", "--model", "last", "--target", "events", "--no-outlook").stderr
    assert "from other data, models or settings; that one is kept as 2020-12-admin1-" in other


@pytest.mark.parametrize(
    "words",
    [
        ("score",),
        ("backtest", "--models", "last", "--origins", "2020-10", "--draws", "20"),
        ("features",),
    ],
    ids=lambda words: words[0],
)
def test_what_computes_counts_the_panel_again(root: Path, words: tuple[str, ...]) -> None:
    done = call(root, *words)
    assert done.returncode == 0, done
    assert COUNTED in done.stderr
    assert read_panel(root / "panels" / "admin1").last_complete_month() == "2020-12"
    if words == ("score",):
        assert f"{ISSUE}: December 2020, 1 month ahead" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("show", "Mopti"),
        ("alerts", "--budget", "3"),
        ("brief", ISSUE),
        ("report", ISSUE),
        ("export", ISSUE, "--format", "csv"),
    ],
    ids=lambda words: words[0],
)
def test_what_shows_the_newest_issue_says_that_a_newer_month_is_known(
    root: Path, words: tuple[str, ...]
) -> None:
    done = call(root, *words)
    assert done.returncode == 0, done
    said = f"warning: {ISSUE} was made from data through 2020-11, while the store is complete"
    assert f"{said} through 2020-12: run `escalation forecast`" in done.stderr
    taken(root, "forecast", *FORECAST, "--no-outlook")
    assert "was made from data" not in call(root, *words).stderr


def test_doctor_names_what_is_behind_and_what_mends_it(root: Path) -> None:
    found = call(root, "doctor").stdout
    assert "OLD  panels" in found
    assert "OLD  issues" in found
    assert "the panel admin1 is complete through 2020-11, the store through 2020-12" in found
    assert "figures.parquet was ingested since: run `escalation panel`" in found
    assert f"{ISSUE} was made from data through 2020-11" in found
    assert f"{ISSUE} not scored yet: run `escalation score`" in found
    for words in (("panel",), ("forecast", *FORECAST, "--no-outlook"), ("score",)):
        taken(root, *words)
    mended = call(root, "doctor").stdout
    assert "ok   panels" in mended
    assert "ok   issues" in mended


def test_what_would_take_long_or_is_not_known_is_refused_with_both_months(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(freshness, "_QUICK_ROWS", 10)
        done = run_inside(capsys, "-w", root, "forecast", *FORECAST)
    change_record(manifest_of(root), recipe=None)
    earlier = call(root, "forecast", *FORECAST)
    for answer, through in ((done, "2020-11"), (earlier, "an unknown month")):
        assert answer.returncode == 1, answer
        assert f"the panel admin1 is complete through {through}, the store through" in answer.stderr
        assert "2020-12, and figures.parquet was ingested since: run" in answer.stderr
    assert not (root / "forecasts" / "2020-12-admin1").exists()


def test_other_settings_count_again_and_options_stay(root: Path) -> None:
    taken(root, "panel", "--until", "2020-10")
    (root / "escalation.toml").write_text('[panel]\nfrom = "2015-01"\n[forecast]\ndraws = 50\n')
    done = call(root, "forecast", *FORECAST, "--no-outlook")
    assert f'{COUNTED} [panel] from_month is "2015-01" now, was "None"' in (done.stderr)
    assert "November 2020, from data through 2020-10" in done.stdout
    assert read_panel(root / "panels" / "admin1").months[0] == "2015-01"


def test_a_list_of_another_source_changes_nothing(root: Path) -> None:
    taken(root, "panel")
    before = manifest_of(root).read_bytes()
    other = root / "given" / "figures.parquet"
    words = ("--regions", root / "given" / "regions.parquet", "--release", "1")
    taken(root, "ingest", "figures", other, *words, "--source", "another")
    done = call(root, "forecast", *FORECAST, "--no-outlook")
    assert done.returncode == 0, done
    assert COUNTED not in done.stderr
    assert manifest_of(root).read_bytes() == before


LIST = "id,day,lat,lon,country,deaths\n"
MAP = """
source = "mine"
release = "{release}"
[columns]
event_id = "id"
latitude = "lat"
longitude = "lon"
country = "country"
deaths_best = "deaths"
[constants]
kind = "state-based"
location_precision = "near"
[date]
column = "day"
[coverage]
complete = true
from = "2018-01"
through = "{through}"
countries = ["Mali"]
"""


def ingest_list(root: Path, *, through: str, release: str) -> None:
    """Bring a list of two attacks a month into the store."""
    months = [f"{y}-{m:02d}" for y in (2018, 2019, 2020) for m in range(1, 13)]
    rows = [
        f"{month}{place},{month}-05,10.5,{place}.5,Mali,{place + 1}\n"
        for month in months
        if month <= through
        for place in (0, 1)
    ]
    root.mkdir(exist_ok=True)
    (root.parent / "list.csv").write_text(LIST + "".join(rows))
    (root.parent / "map.toml").write_text(MAP.format(through=through, release=release))
    taken(root, "ingest", "csv", root.parent / "list.csv", "--map", root.parent / "map.toml")


def test_given_boundaries_are_kept_for_the_map_the_watch_and_the_next_count(
    tmp_path: Path,
) -> None:
    root, given = tmp_path / "w", tmp_path / "squares.geojson"
    ingest_list(root, through="2020-11", release="1")
    draw(tmp_path, feature("a", box(0, 10, 1, 11)), feature("b", box(1, 10, 2, 11)))
    taken(root, "panel", "--boundaries", given)
    given.unlink()
    workspace = Workspace(root)
    assert set(read_shapes(workspace, "admin1") or ()) == {"a", "b"}
    assert Path(str(panel_settings(workspace, "admin1").boundaries)).parent.name == "given"
    ingest_list(root, through="2020-12", release="2")
    done = call(root, "forecast", *FORECAST, "--no-outlook")
    assert done.returncode == 0, done
    assert f"{COUNTED} list.csv was ingested since" in done.stderr
    assert "watch sections: " not in done.stderr
    assert "January 2021, from data through 2020-12" in done.stdout
    kept = root / "panels" / "admin1" / "given" / "boundaries.geojson"
    kept.write_text(kept.read_text().replace("Na", "Nx"))
    spoilt = call(root, "report", "2020-12-admin1")
    assert "boundaries.geojson was changed or damaged" in spoilt.stderr + spoilt.stdout


def test_a_boundary_file_that_is_edited_counts_again(tmp_path: Path) -> None:
    root, given = tmp_path / "w", tmp_path / "squares.geojson"
    ingest_list(root, through="2020-12", release="1")
    draw(tmp_path, feature("a", box(0, 10, 1, 11)), feature("b", box(1, 10, 2, 11)))
    taken(root, "panel", "--boundaries", given)
    draw(tmp_path, feature("a", box(0, 10, 2, 11)))
    done = call(root, "forecast", *FORECAST, "--no-outlook")
    assert done.returncode == 0, done
    assert f"{COUNTED} squares.geojson (boundaries) was changed since" in done.stderr
    assert read_panel(root / "panels" / "admin1").region_ids == ("a",)


def test_what_a_panel_was_made_from_stands_in_its_manifest(root: Path) -> None:
    taken(root, "panel", "--until", "2020-10")
    recipe = read_panel_manifest(manifest_of(root).parent)["recipe"]
    assert (recipe["last_month"], recipe["complete"]) == ("2020-10", "2020-10")
    assert {one["release"] for one in recipe["stored"]} == {"1", "2"}
    assert recipe["settings"]["scale"] == "admin1"
    assert "seconds" not in json.dumps(read_plain(manifest_of(root)))
