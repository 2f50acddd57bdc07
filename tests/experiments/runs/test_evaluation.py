"""``escalation evaluate`` on the challenge's own files and on small ones with faults."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from tests.calls import run_inside
from tests.data.challenge import actuals_frame, cell, draws_frame, written
from tests.shared import shared_file

PUBLISHED = {2018: (14.483, 0.6403), 2019: (9.146, 0.6101), 2020: (21.339, 0.5665)}
HONEST_IGN = {2018: 0.741, 2019: 0.684, 2020: 0.634}
TOLERANCE = {"crps": 1e-6, "mis": 1e-6, "ign": 1e-4}


def stored(name: str):
    return shared_file(f"views_challenge/{name}")


@pytest.fixture
def files(tmp_path):
    forecast = written(draws_frame(), tmp_path / "forecast.parquet")
    return forecast, written(actuals_frame(), tmp_path / "actuals.csv")


@pytest.mark.parametrize(("year", "ending"), [(2018, "csv"), (2019, "parquet"), (2020, "csv")])
def test_every_row_has_the_published_scores(tmp_path, capsys, year, ending):
    out = tmp_path / f"rows.{ending}"
    words = [stored(f"bm_conflictology_{year}.parquet"), stored(f"actuals_{year}.parquet")]
    done = run_inside(capsys, "evaluate", *words, "--rows", out, "--json")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    rows = rows.set_index(["month_id", "country_id"]).sort_index()
    for score, most in TOLERANCE.items():
        theirs = pd.read_csv(stored(f"bm_conflictology_{year}_{score}.csv"))
        theirs = theirs.set_index(["month_id", "country_id"])["value"].sort_index()
        assert rows.index.equals(theirs.index)
        assert np.abs(rows[score] - theirs).max() <= most
    record = json.loads(done.stdout)
    published, honest = record["mean"]["published"], record["mean"]["honest"]
    assert (published["crps"], published["ign"]) == pytest.approx(PUBLISHED[year], abs=5e-4)
    assert honest["ign"] == pytest.approx(HONEST_IGN[year], abs=5e-4)
    assert (record["rows"], record["draws"]) == (2292, 12)


def test_the_same_forecast_as_csv_scores_the_same(tmp_path, capsys):
    forecast, actuals = stored("bm_conflictology_2018.parquet"), stored("actuals_2018.parquet")
    as_csv = tmp_path / "draws.csv"
    pd.read_parquet(forecast).to_csv(as_csv)
    first, second = (
        json.loads(run_inside(capsys, "evaluate", file, actuals, "--json").stdout)
        for file in (forecast, as_csv)
    )
    assert first.pop("forecast") != second.pop("forecast")
    assert first == second


def test_another_window_is_refused_and_says_so(capsys):
    forecast, actuals = stored("bm_conflictology_2018.parquet"), stored("actuals_2019.parquet")
    done = run_inside(capsys, "evaluate", forecast, actuals)
    assert done.returncode == 1
    assert "no row is shared: give files of the same window" in done.stderr


def test_the_page_shows_both_kinds_and_what_was_left_out(tmp_path, capsys):
    forecast = written(draws_frame((458, 459), (1, 7, 8)), tmp_path / "forecast.parquet")
    actuals = written(actuals_frame(), tmp_path / "actuals.csv")
    refused = run_inside(capsys, "evaluate", forecast, actuals)
    assert refused.returncode == 1
    assert "score only the 2 shared ones with --common" in refused.stderr
    done = run_inside(capsys, "evaluate", forecast, actuals, "--common")
    assert done.returncode == 0, done.stderr
    assert "2 of the actuals and 4 of the forecast are left out" in done.stdout
    assert "2 rows: 2 of country_id, 2018-02 to 2018-02; 2 with y > 0; 3 draws" in done.stdout
    for shown in ("published", "honest", "crps median", "ign mean, y > 0", "average precision"):
        assert shown in done.stdout


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("outcome", -1, "line 3 column 'outcome': expected a count >= 0, got -1"),
        ("outcome", "many", "line 3 column 'outcome': expected a number, got \"many\""),
        ("draw", 7, "expected draw 1 of month_id 457 country_id 1, got 2"),
        ("draw", 0, "country_id 1 draw 0: line 2 has it too"),
    ],
)
def test_a_fault_is_one_line_that_names_file_row_and_column(
    tmp_path, capsys, files, column, value, message
):
    bad = written(cell(draws_frame(), 1, column, value), tmp_path / "bad.csv")
    done = run_inside(capsys, "evaluate", bad, files[1])
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {bad}")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_files_in_the_wrong_order_and_odd_endings_are_told(tmp_path, capsys, files):
    swapped = run_inside(capsys, "evaluate", *reversed(files))
    assert (swapped.returncode, '"draw" is missing' in swapped.stderr) == (1, True)
    odd = run_inside(capsys, "evaluate", *files, "--rows", tmp_path / "rows.xlsx")
    assert (odd.returncode, "ends in .csv or .parquet" in odd.stderr) == (2, True)
    absent = run_inside(capsys, "evaluate", tmp_path / "none.csv", files[1])
    assert (absent.returncode, "no such file" in absent.stderr) == (1, True)


def test_json_holds_no_nan(tmp_path, capsys, files):
    quiet = written(actuals_frame().assign(outcome=0), tmp_path / "quiet.csv")
    done = run_inside(capsys, "evaluate", files[0], quiet, "--json")
    record = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(name))
    assert record["mean_positive"]["published"]["crps"] is None
    assert record["attack"]["ap"] is None
    assert run_inside(capsys, "evaluate", files[0], quiet).returncode == 0
