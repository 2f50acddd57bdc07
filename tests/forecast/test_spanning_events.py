"""Events that span months, as ``panel`` counts them: shares of days hold over the events."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.calls import run

MAP = """source = "mine"
[columns]
event_id = "id"
latitude = "lat"
longitude = "lon"
country = "country"
deaths_best = "deaths"
deaths_low = "low"
[date]
column = "start"
end_column = "end"
[constants]
kind = "state-based"
location_precision = "country"
[coverage]
complete = true
from = "2018-01"
through = "2024-12"
countries = ["Mali"]
"""


@pytest.mark.parametrize(("before", "share"), [(14, 0.5), (18, 18 / 28), (7, 0.25)])
def test_deaths_of_single_victims_follow_the_days(tmp_path, before, share):
    (tmp_path / "w").mkdir()
    months = pd.date_range("2019-01-01", periods=32, freq="2MS")
    start = months - pd.to_timedelta(before, unit="D")
    rows = pd.DataFrame(
        {"id": range(32), "country": "Mali", "deaths": 1, "low": 1, "lat": 1, "lon": 1}
    )
    rows = rows.assign(start=start, end=start + pd.to_timedelta(27, unit="D"))
    rows.to_csv(tmp_path / "e.csv", index=False, date_format="%Y-%m-%d")
    (tmp_path / "e.toml").write_text(MAP)
    call = ("--workspace", str(tmp_path / "w"))
    done = run(*call, "ingest", "csv", str(tmp_path / "e.csv"), "--map", str(tmp_path / "e.toml"))
    assert done.returncode == 0, done.stderr
    done = run(*call, "panel", "--scale", "country")
    assert done.returncode == 0, done.stderr
    made = pd.read_parquet(tmp_path / "w" / "panels" / "country" / "panel.parquet")
    by_month = made.set_index("month")["deaths"]
    first = by_month[start.strftime("%Y-%m")].sum()
    assert by_month.sum() == 32
    assert first == pytest.approx(32 * share, abs=2)
    assert (made["deaths_low"] <= made["deaths"]).all()
