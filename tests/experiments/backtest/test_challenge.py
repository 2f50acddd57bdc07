from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import ConfigError
from data.schema import REGION_COLUMNS
from data.sources.views.files import read_draws
from data.sources.views.history import ChallengeHistory
from experiments.backtest.challenge import KeptDraws, challenge_panel, window_of, window_scores
from experiments.distribution import Distribution
from features.panel import read_panel, write_panel


@pytest.fixture
def history():
    regions = pd.DataFrame("", index=range(3), columns=list(REGION_COLUMNS)).astype("str")
    numbers = dict.fromkeys(("latitude", "longitude", "area_km2"), 1.0)
    regions = regions.assign(region_id=["1", "10", "2"], **numbers)
    known = np.array([[0.0, 3.0], [np.nan, 1.0], [2.0, 0.0]])
    return ChallengeHistory(
        regions=regions,
        months=("2017-09", "2017-10"),
        measures={"deaths_state_based": known},
        status=np.where(np.isnan(known), 3, 0).astype(np.int8),
        windows=(2018,),
        pooled=("10",),
        folder=Path(),
    )


def test_a_window_is_a_year_from_october_before():
    held = {(f"2017-{m:02d}", h) for m in range(1, 13) for h in range(1, 37)}
    inside = {pair for pair in held if window_of(*pair) is not None}
    assert inside == {("2017-10", horizon) for horizon in range(3, 15)}
    assert {window_of(*pair) for pair in inside} == {2018}


def test_scores_are_averaged_in_each_window_alone():
    rows = [
        ("2017-10", 3, 1.0, 0.5, 2.0),
        ("2017-10", 14, 0.0, 0.5, 4.0),
        ("2018-10", 3, 1.0, 1.0, 7.0),
        ("2017-10", 2, 1.0, 1.0, 100.0),
        ("2017-11", 3, 1.0, 1.0, 100.0),
    ]
    frame = pd.DataFrame(rows, columns=["origin", "horizon", "observed", "p_attack", "crps"])
    found = window_scores(frame.assign(model="m", ign=0.1, mis=1.0))
    assert found["window"].tolist() == [2018, 2019]
    assert found["rows"].tolist() == [2, 1]
    assert found["crps"].tolist() == [3.0, 7.0]
    assert found["brier"].tolist() == [0.25, 0.0]


def test_the_panel_is_written_and_read_like_any_other(history, tmp_path):
    panel = challenge_panel(history, "views_country")
    write_panel(panel, tmp_path, manifest={})
    again = read_panel(tmp_path)
    assert again.digest() == panel.digest()
    assert again.last_complete_month() == "2017-10"
    assert not again.observed()[1, 0]


def test_kept_draws_come_back_under_their_country_and_month(history, tmp_path):
    kept = KeptDraws(history)
    draws = np.arange(6, dtype=np.int32).reshape(3, 2)
    kept("blend", "2017-10", 14, Distribution(draws + 100))
    kept("blend", "2017-10", 3, Distribution(draws))
    kept("blend", "2017-10", 2, Distribution(draws + 900))
    (path,) = kept.write(tmp_path / "new" / "folder")
    assert path.name == "blend_2018.parquet"
    found = read_draws(path)
    assert found.months.tolist() == [457] * 3 + [468] * 3
    assert found.units.tolist() == [1, 2, 10] * 2
    assert found.draws.tolist() == [[0, 1], [4, 5], [2, 3], [100, 101], [104, 105], [102, 103]]


def test_no_window_means_no_file(history, tmp_path):
    kept = KeptDraws(history)
    kept("blend", "2017-11", 3, Distribution(np.zeros((3, 2), dtype=np.int32)))
    with pytest.raises(ConfigError, match="origins must be Octobers and horizons from 3 to 14"):
        kept.write(tmp_path)
