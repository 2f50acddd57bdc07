"""Cases 48 to 63, time and panel, through the command line on lists as users have them.

``HELD`` says for each case which tests hold it; a test makes sure that they are there. Case 53
(regions that split, merge or are renamed) belongs to geography.
"""

from __future__ import annotations

import importlib
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.months import add_months, month_range
from data.schema import STATUSES
from features.panel import read_panel
from tests.experiments.figures import without_tracking
from tests.forecast.busy_list import FIRST, LAST, Desk, busy_rows, in_months

HERE = "tests.forecast.test_cases_time"
CATALOGUE = "tests.features.test_catalogue"
HELD = {
    48: [(HERE, "test_48_a_month_in_part_is_no_zero_no_target_and_no_origin")],
    49: [(HERE, "test_49_a_complete_quiet_month_is_zero")],
    50: [
        (HERE, "test_50_a_last_month_without_any_event_is_questioned"),
        (HERE, "test_50_the_origin_goes_as_far_as_the_data_reach"),
    ],
    51: [(HERE, "test_51_every_region_has_every_month")],
    52: [(HERE, "test_52_a_region_never_hit_is_in_the_table_with_a_small_risk")],
    54: [(HERE, "test_54_a_hole_of_the_whole_list_is_no_zero")],
    55: [
        (CATALOGUE, "test_months_after_the_origin_cannot_reach_any_feature"),
        (CATALOGUE, "test_the_poison_test_would_catch_a_leak"),
        (HERE, "test_55_garbage_after_the_origin_changes_no_byte_of_a_forecast"),
        (
            "tests.experiments.backtest.test_backtest",
            "test_garbage_after_an_origin_changes_no_forecast_up_to_it",
        ),
        ("tests.forecast.test_real_run", "test_what_happened_later_changes_no_byte_of_a_forecast"),
        (
            "tests.experiments.runs.test_tuning",
            "test_garbage_after_the_first_scored_origin_changes_no_trial",
        ),
    ],
    56: [(HERE, "test_56_the_order_of_rows_changes_no_byte")],
    57: [
        (HERE, "test_57_a_list_cut_at_the_origin_gives_the_same_bytes"),
        (CATALOGUE, "test_a_panel_cut_at_the_origin_gives_the_same_bytes"),
    ],
    58: [
        ("tests.experiments.backtest.test_leakage_check", "test_the_shifted_target_raises_one"),
        (
            "tests.experiments.backtest.test_leakage_check",
            "test_the_command_line_warns_of_a_plugin_that_reads_ahead",
        ),
    ],
    59: [
        (
            "tests.experiments.test_training_view",
            "test_every_model_is_fitted_on_months_up_to_its_origin",
        )
    ],
    60: [
        (
            "tests.experiments.runs.test_vintages",
            "test_revisions_of_the_real_candidate_are_those_that_were_made",
        ),
        (
            "tests.experiments.runs.test_vintages",
            "test_a_vintage_backtest_reads_what_was_known_then",
        ),
        (
            "tests.experiments.runs.test_vintages",
            "test_an_issue_of_an_earlier_day_holds_both_digests",
        ),
    ],
    61: [
        ("tests.features.test_location", "test_neighbour_sums_by_hand"),
        ("tests.features.test_location", "test_country_sums_with_and_without_the_region_itself"),
        (CATALOGUE, "test_months_after_the_origin_cannot_reach_any_feature"),
        (HERE, "test_61_no_feature_of_the_neighbourhood_reads_the_region_itself"),
    ],
    62: [
        (HERE, "test_62_month_borders"),
        ("tests.data.counting.test_placing", "test_a_year_border_and_a_leap_day"),
        ("tests.data.test_months", "test_a_year_border"),
    ],
    63: [(HERE, "test_63_origin_and_target_months_are_right_in_every_output")],
}


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch) -> Desk:
    without_tracking(monkeypatch)
    return Desk(tmp_path, capsys)


def panel_of(desk: Desk):
    return read_panel(desk.folder / "panels" / "admin1")


def issue(desk: Desk, *more: object) -> tuple[Path, dict]:
    found = json.loads(desk.good("forecast", "--model", "local_nb", "--json", *more).stdout)
    folder = Path(found["folder"])
    return folder, json.loads((folder / "manifest.json").read_text())


def test_every_case_is_held_by_tests_that_are_there():
    assert sorted(HELD) == [number for number in range(48, 64) if number != 53]
    for number, tests in HELD.items():
        for module, name in tests:
            assert hasattr(importlib.import_module(module), name), (number, module, name)


def test_48_a_month_in_part_is_no_zero_no_target_and_no_origin(desk):
    rows = busy_rows(last="2022-01")
    known = [row for row in rows if row.split(",")[1] <= "2022-01-12"]
    done = desk.ingest(known, "--data-through", "2022-01-12")
    assert "complete through 2021-12, 2022-01 in part" in done.stdout
    record = desk.panel()
    assert (record["last_month"], record["last_complete_month"]) == ("2022-01", "2021-12")
    assert record["statuses"] == {"observed": 3 * 36, "partial": 3}
    built = panel_of(desk)
    assert all(np.isnan(values[:, -1]).all() for values in built.measures.values())
    assert (
        sum(n for n, _ in [(1, r) for r in known if r.split(",")[1] > "2022"])
        == (record["reconciliation"]["unobserved"]["events"])
    )
    refused = desk.call("forecast", "--origin", "2022-01", "--model", "local_nb")
    assert refused.returncode == 1
    assert "the month is partial; the last complete month is 2021-12" in refused.stderr
    for words in (["backtest", "--origins", "2021-06:2022-01"], ["panel", "--until", "2022-01"]):
        refused = desk.call(*words)
        assert refused.returncode == 1
        assert "the last complete month" in refused.stderr
        assert "2021-12" in refused.stderr
    folder, manifest = issue(desk)
    assert manifest["origin"] == manifest["last_complete_month"] == "2021-12"
    assert set(pd.read_csv(folder / "risk.csv")["target_month"]) == {"2022-01"}
    assert manifest["warnings"] == ["2022-01 is only partly known and was not read."]
    before = (folder / "risk.csv").read_bytes()
    desk.ingest(rows, "--data-through", "2022-01-12", release="2")
    desk.panel()
    folder, _ = issue(desk)
    assert (folder / "risk.csv").read_bytes() == before


def test_49_a_complete_quiet_month_is_zero(desk):
    rows = [row for row in busy_rows() if not row.split(",")[0].startswith("2020-05-Mali")]
    done = desk.ingest(rows)
    assert "no event anywhere" not in done.stderr
    desk.panel()
    built = panel_of(desk)
    west, month = built.region_ids.index("west"), built.position("2020-05")
    assert built.measure("events")[west, month] == 0
    assert built.observed().all()


def test_50_a_last_month_without_any_event_is_questioned(desk):
    rows = [row for row in busy_rows() if not row.split(",")[1].startswith("2021-12")]
    done = desk.ingest(rows)
    told = "no event anywhere in 2021-12, with busy months around: counted as missing"
    assert told in done.stderr
    status = desk.status()
    assert status["last_complete_month"] == "2021-11"
    assert told in status["warnings"][0]
    assert told in desk.good("status").stdout
    shown = desk.good("panel")
    assert told in shown.stderr
    assert "last complete month 2021-11" in shown.stdout
    assert issue(desk)[1]["origin"] == "2021-11"
    desk.ingest(rows, "--quiet")
    assert desk.status()["warnings"] == []
    assert desk.panel()["last_complete_month"] == "2021-12"
    assert np.array_equal(panel_of(desk).measure("events")[:, -1], np.zeros(3))


@pytest.mark.parametrize(("through", "last"), [("2021-08", "2021-08"), ("2021-09-29", "2021-08")])
def test_50_the_origin_goes_as_far_as_the_data_reach(desk, through, last):
    desk.ingest(busy_rows(), "--data-through", through)
    assert desk.status()["last_complete_month"] == last
    assert desk.panel()["last_complete_month"] == last
    refused = desk.call("forecast", "--origin", "2021-10", "--model", "local_nb")
    assert refused.returncode == 1
    assert f"the last complete month is {last}" in refused.stderr


@pytest.mark.parametrize("through", ["2021-08", "2021-09-29"])
def test_50_figures_reach_no_further_than_is_said(desk, through):
    rows = [
        f"{region},{month},{place}"
        for region in "ab"
        for place, month in enumerate(month_range("2019-01", "2021-10"))
    ]
    file = desk.root / "figures.csv"
    file.write_text("region_id,month,events\n" + "\n".join(rows) + "\n")
    desk.good("ingest", "figures", file, "--data-through", through)
    settings = desk.folder / "escalation.toml"
    settings.write_text('[panel]\nscale = "mine"\n')
    record = desk.panel()
    assert record["last_complete_month"] == "2021-08"
    partial = 2 if through > "2021-09" else 0
    late = 4 - partial
    assert record["statuses"] == {"observed": 64, "not_released": late} | (
        {"partial": partial} if partial else {}
    )


def test_51_every_region_has_every_month(desk):
    desk.ingest(busy_rows())
    record = desk.panel()
    frame = pd.read_parquet(desk.folder / "panels" / "admin1" / "panel.parquet")
    assert len(frame) == record["regions"] * record["months"] == 3 * 36
    assert not frame.duplicated(["region_id", "month"]).any()
    south = frame[frame["region_id"] == "south"]
    assert (south["events"] == 0).all()
    assert list(south["month"]) == month_range(FIRST, LAST)


def test_52_a_region_never_hit_is_in_the_table_with_a_small_risk(desk):
    desk.ingest(busy_rows())
    desk.panel()
    for model in ("local_nb", "conflictology", "nb"):
        found = json.loads(desk.good("forecast", "--model", model, "--json").stdout)
        table = pd.read_csv(Path(found["folder"]) / "risk.csv").set_index("region_id")
        assert set(table.index) == {"west", "east", "south"}
        assert 0 <= table.loc["south", "p_attack"] < 0.2
        assert table["p_attack"].between(0, 1).all()


def test_54_a_hole_of_the_whole_list_is_no_zero(desk):
    gone = {"2020-04", "2020-05", "2020-06"}
    rows = [row for row in busy_rows() if row.split(",")[1][:7] not in gone]
    told = "no event anywhere in 2020-04 to 2020-06, with busy months around: counted as missing"
    assert told in desk.ingest(rows).stderr
    assert told in desk.good("panel").stderr
    built = panel_of(desk)
    for month in gone:
        place = built.position(month)
        assert set(built.status[:, place]) == {STATUSES.index("failed")}
        assert np.isnan(built.measure("events")[:, place]).all()
    refused = desk.call("forecast", "--origin", "2020-05", "--model", "local_nb")
    assert refused.returncode == 1
    assert "the month is failed; the last complete month is 2021-12" in refused.stderr
    months = {entry["month"]: entry["status"] for entry in desk.status("--months", 24)["months"]}
    assert {month for month, status in months.items() if status == "failed"} == gone
    desk.ingest(in_months(busy_rows(), gone), "--add", release="2")
    desk.panel()
    assert panel_of(desk).observed().all()


def test_55_garbage_after_the_origin_changes_no_byte_of_a_forecast(desk, tmp_path):
    rows = busy_rows()
    desk.ingest(rows)
    desk.panel()
    origins = ("2021-06", "2021-03", "2021-01")  # the later ones first, so that none is previous
    words = ("--target", "events", "--draws", "--model", "logit")
    tables = {o: _bytes(issue(desk, "--origin", o, *words)[0]) for o in origins}
    rng = random.Random(5)
    for origin in origins:
        spoiled = Desk(tmp_path / origin, desk.capsys)
        late = [row for row in rows if row.split(",")[1][:7] > origin]
        early = [row for row in rows if row.split(",")[1][:7] <= origin]
        garbage = []
        for row in late:
            key, _, north, east, country, _ = row.split(",")
            day = f"{rng.choice(month_range(add_months(origin, 1), LAST))}-15"
            garbage.append(f"{key},{day},{north},{east},{country},{rng.choice([0, 999999])}")
        spoiled.ingest([*early, *garbage])
        spoiled.panel()
        assert panel_of(spoiled).digest() != panel_of(desk).digest()
        assert _bytes(issue(spoiled, "--origin", origin, *words)[0]) == tables[origin]


def test_56_the_order_of_rows_changes_no_byte(desk, tmp_path):
    rows = busy_rows()
    other = Desk(tmp_path / "other", desk.capsys)
    mixed = rows.copy()
    random.Random(1).shuffle(mixed)
    found = []
    for one, given in ((desk, rows), (other, mixed)):
        one.ingest(given)
        one.panel()
        made = one.folder / "panels" / "admin1"
        files = [(made / name).read_bytes() for name in ("panel.parquet", "regions.parquet")]
        found.append([*files, *_bytes(issue(one, "--draws")[0])])
    assert mixed != rows
    assert found[0] == found[1]


def test_57_a_list_cut_at_the_origin_gives_the_same_bytes(desk, tmp_path):
    rows, origin = busy_rows(), "2021-06"
    desk.ingest(rows)
    desk.panel()
    cut = Desk(tmp_path / "cut", desk.capsys)
    cut.ingest([row for row in rows if row.split(",")[1][:7] <= origin], "--data-through", origin)
    cut.panel()
    whole = issue(desk, "--origin", origin, "--draws")[0]
    assert _bytes(issue(cut, "--draws")[0]) == _bytes(whole)


def test_61_no_feature_of_the_neighbourhood_reads_the_region_itself():
    """Change one region's counts: features named after neighbours stay in that region alone."""
    from dataclasses import replace

    from features.table import build_features
    from tests.features.panels import rich_panel

    panel = rich_panel(np.random.default_rng(1))
    measures = {name: values.copy() for name, values in panel.measures.items()}
    measures["events"][0] = np.where(np.isnan(measures["events"][0]), np.nan, 77)
    before, after = (build_features(one) for one in (panel, replace(panel, measures=measures)))
    around = [n for n in before.names if n.startswith("neighbours") and "events" in n]
    assert len(around) >= 3
    for name in around:
        place = before.names.index(name)
        np.testing.assert_array_equal(before.values[place][0], after.values[place][0], name)
        assert not np.array_equal(before.values[place], after.values[place], equal_nan=True)


BORDERS = {
    "31 December and 1 January": ("2019-12-31", "2020-01-01"),
    "29 February": ("2020-02-29", "2020-03-01"),
    "the clock goes forward": ("2020-03-29", "2020-04-01"),
    "the clock goes back": ("2020-10-25", "2020-11-01"),
}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
def test_62_month_borders(desk, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    rows = busy_rows()
    days = [day for pair in BORDERS.values() for day in pair]
    desk.ingest([*rows, *(f"b{i},{day},9.0,-5.0,Ghana,1" for i, day in enumerate(days))])
    desk.panel()
    built = panel_of(desk)
    south = built.measure("events")[built.region_ids.index("south")]
    months = [day[:7] for day in days]
    assert {m: int(south[built.position(m)]) for m in months} == {
        m: months.count(m) for m in months
    }
    assert int(south.sum()) == len(days)


def test_63_origin_and_target_months_are_right_in_every_output(desk):
    desk.ingest(busy_rows())
    desk.panel()
    horizons = range(1, 7)
    folder, manifest = issue(desk, "--origin", "2021-11", "--horizons", "1,2,3,4,5,6", "--draws")
    wanted = {(h, "2021-11", add_months("2021-11", h)) for h in horizons}
    assert (1, "2021-11", "2021-12") in wanted
    assert (2, "2021-11", "2022-01") in wanted
    for frame in (
        pd.read_csv(folder / "risk.csv"),
        pd.read_parquet(folder / "risk.parquet"),
        pd.read_parquet(folder / "draws.parquet"),
    ):
        keys = frame[["horizon", "origin", "target_month"]].drop_duplicates()
        assert set(keys.itertuples(index=False, name=None)) == wanted
    assert manifest["origin"] == "2021-11"
    desk.good("report", folder.name)
    page = (desk.folder / "reports" / f"{folder.name}.html").read_text()
    for name in ("December 2021", "January 2022", "May 2022"):
        assert name in page
    words = ("--models", "last", "--draws", "50", "--origins", "2021-02:2021-03")
    done = desk.good("backtest", "--horizons", "1,2,3,4,5,6", *words, "--json")
    made = desk.folder / "backtests" / json.loads(done.stdout)["id"]
    rows = pd.read_parquet(made / "forecasts.parquet")
    assert set(rows["horizon"]) == set(horizons)
    for row in rows.itertuples():
        assert row.target_month == add_months(row.origin, row.horizon)
    built = panel_of(desk)
    for row in rows[rows["region_id"] == "west"].itertuples():
        place = built.position(row.target_month)
        assert row.observed == built.measure("events")[built.region_ids.index("west"), place]


def _bytes(folder: Path) -> list[bytes]:
    return [
        (folder / name).read_bytes()
        for name in ("risk.csv", "risk.parquet", "draws.parquet")
        if (folder / name).exists()
    ]
