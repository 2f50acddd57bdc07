"""Months and counts that cannot be are quarantined, and one slip never moves what is covered."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest

from tests.data.lists import Lists, ucdp_row

MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)]
ROWS = [f"{region},{month},1,2,Mali" for region in ("01", "02") for month in MONTHS]
HAPI = (
    "location_code,admin1_code,admin1_name,admin2_code,admin2_name,admin_level,event_type,events,"
    "fatalities,reference_period_start,reference_period_end"
)


@pytest.fixture
def lists(tmp_path):
    return Lists(tmp_path)


def hapi_row(month: str, events: str, deaths: str, district: int = 2) -> str:
    place = f"ML07,Gao,ML070{district},District {district}"
    return f"MLI,{place},2,political_violence,{events},{deaths},{month}-01,{month}-28"


def quarantined(done, *, line, column, rule):
    assert done.returncode == 0, done.stderr
    shown = [text for text in done.stderr.splitlines() if text.startswith("quarantined: ")]
    assert len(shown) == 1, done.stderr
    assert f"line {line}: {column}: {rule}" in shown[0]


@pytest.mark.parametrize(
    ("month", "rule"),
    [
        ("2099-01", "must not be after this month"),
        ("1900-01", "lies far from the months of the other rows, 2022-01 to 2024-12"),
        ("2012-01", "lies far from the months of the other rows, 2022-01 to 2024-12"),
    ],
)
@pytest.mark.parametrize("layout", ["own", "hapi"])
def test_a_month_of_figures_that_is_to_come_or_far_off_is_no_month(lists, layout, month, rule):
    if layout == "own":
        done = lists.figures([*ROWS, f"01,{month},5,2,Mali"], "--limit", "0.5")
        line, column, first = 74, "month", ()
    else:
        rows = [hapi_row(m, "1", "2", d) for d in (2, 3) for m in MONTHS]
        words = ("--limit", "0.5", "--data-through", "2024-12", "--source", "figures")
        done = lists.file("figures", "h.csv", [HAPI, *rows, hapi_row(month, "5", "2")], *words)
        line, column, first = 74, "reference_period_start", ("--scale", "admin2")
    quarantined(done, line=line, column=column, rule=rule)
    built = json.loads(lists.good("panel", *(first or ("--scale", "admin1")), "--json").stdout)
    assert (built["first_month"], built["last_month"]) == ("2022-01", "2024-12")
    assert built["last_complete_month"] == "2024-12"
    status = json.loads(lists.good("status", "--json").stdout)
    assert status["last_complete_month"] == "2024-12"


def test_after_a_hole_a_month_of_one_region_is_not_the_newest(lists):
    rows = [f"{n:02d},{month},1,2,Mali" for n in range(1, 21) for month in MONTHS]
    done = lists.figures([*rows, "01,2025-05,1,2,Mali"])
    quarantined(done, line=722, column="month", rule="lies far from the months of the other rows")


def test_two_series_with_years_between_are_both_taken(lists):
    early = [f"01,{year}-{month:02d},1,2,Mali" for year in (2001, 2002) for month in range(1, 13)]
    done = lists.figures([*early, *ROWS])
    assert "quarantined: " not in done.stderr


def test_figures_far_from_those_that_are_held_are_asked_about(lists):
    lists.figures(ROWS)
    refused = lists.figures(["01,1900-01,5,2,Mali"], "--release", "2")
    assert refused.returncode == 1
    assert (
        "far from the months that the store holds of figures, 2022-01 to 2024-12" in refused.stderr
    )
    assert lists.figures(["01,1900-01,5,2,Mali"], "--add", "--release", "2").returncode == 0


def test_the_month_of_the_ingest_is_partial(lists):
    now = f"{date.today():%Y-%m}"
    months = [str(m) for m in pd.period_range(end=now, periods=30, freq="M")]
    lists.figures([f"{region},{m},1,2,Mali" for region in ("01", "02") for m in months])
    built = json.loads(lists.good("panel", "--scale", "admin1", "--json").stdout)
    assert built["last_complete_month"] == months[-2]
    assert built["statuses"]["partial"] == 2


@pytest.mark.parametrize(
    ("columns", "row", "column", "rule"),
    [
        ("events,deaths", "0,50", "deaths", "must be 0 where there is no attack"),
        ("events,deaths", "-1,5", "events", "must be a whole number"),
        ("events,deaths", "1.5,5", "events", "must be a whole number"),
        ("deaths,deaths_low", "5,6", "deaths_low", "must not be above the best estimate"),
        ("deaths,deaths_high", "5,4", "deaths", "must not be above the highest estimate"),
        ("deaths,civilians", "5,6", "civilians", "must not be above the deaths"),
        ("deaths,largest_event", "5,6", "largest_event", "must not be above the deaths"),
        ("events,events_battles,events_civilians", "2,2,1", "events", "below the sum of its kinds"),
        ("deaths,deaths_battles,deaths_civilians", "2,2,1", "deaths", "below the sum of its kinds"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_counts_that_cannot_be_together_are_quarantined(lists, columns, row, column, rule, form):
    names = columns.split(",")
    good = ["3", "3", "0"] if "events_" in columns or "deaths_b" in columns else ["5", "5"]
    head = ["region_id", "month", *names]
    if names[0] == "events" and len(names) == 2:
        good = ["1", "5"]
    if "largest_event" in names or "civilians" in names[1:]:
        good = ["5", "5", "0"][: len(names)]
    if "deaths_low" in names or "deaths_high" in names:
        good = ["5", "5"]
    rows = [["01", month, *good] for month in MONTHS] + [["02", "2024-12", *row.split(",")]]
    if form == "parquet":
        frame = pd.DataFrame(rows, columns=head)
        path = lists.folder / "f.parquet"
        frame.astype(dict.fromkeys(names, "float64")).to_parquet(path)
        done = lists.call("ingest", "figures", path, "--limit", "0.1")
        assert done.returncode == 0, done.stderr
        assert f"{column}: " in done.stderr
        assert rule in done.stderr
        return
    lines = [",".join(cells) for cells in (head, *rows)]
    done = lists.file("figures", "f.csv", lines, "--limit", "0.1")
    assert done.returncode == 0, done.stderr
    assert f"line 38: {column}: " in done.stderr
    assert rule in done.stderr


@pytest.mark.parametrize(("events", "deaths", "column"), [("0", "50", "fatalities")])
def test_counts_of_hapi_that_cannot_be_are_quarantined(lists, events, deaths, column):
    rows = [hapi_row(month, "1", "2") for month in MONTHS[:-1]]
    words = ("--limit", "0.5", "--data-through", "2024-12")
    done = lists.file(
        "figures", "h.csv", [HAPI, *rows, hapi_row("2024-12", events, deaths)], *words
    )
    quarantined(done, line=37, column=column, rule="must be 0 where there is no attack")


def test_a_panel_of_this_project_is_read_back_whole(lists):
    spanning = {"[date]": '[date]\nend_column = "until"'}
    header = "event_id,date,latitude,longitude,country,deaths,until"
    rows = ["K1,2023-01-30,10.5,0.5,Mali,9,2023-02-03", "K2,2024-11-09,10.5,1.5,Mali,4,"]
    assert lists.csv(rows, header=header, changed=spanning).returncode == 0
    lists.panel()
    other = Lists(lists.folder / "other")
    panel = lists.work / "panels" / "admin1" / "panel.parquet"
    regions = lists.work / "panels" / "admin1" / "regions.parquet"
    done = other.good("ingest", "figures", panel, "--regions", regions)
    assert "quarantined: " not in done.stderr


K = "K{n},{day},10.5,0.5,Mali,3"


@pytest.mark.parametrize("day", ["2099-01-05", "1900-01-05", "2012-12-05", "2035-01-05"])
def test_an_event_to_come_or_far_outside_its_list_is_quarantined(lists, day):
    rows = [K.format(n=1, day="2023-01-05"), K.format(n=2, day="2024-12-10")]
    done = lists.csv([*rows, K.format(n=3, day=day)], "--limit", "0.5")
    quarantined(done, line=4, column="date", rule="")
    status = json.loads(lists.good("status", "--json").stdout)["sources"][0]
    assert (status["first_month"], status["last_month"]) == ("2023-01", "2024-12")


@pytest.mark.parametrize("day", ["2099-10-05", "2003-10-05"])
def test_an_event_of_ucdp_to_come_or_far_outside_its_release_is_quarantined(lists, day):
    good = [ucdp_row(n, "2023-10-05", 1) for n in range(1, 4)]
    done = lists.ucdp("23.0.10", [*good, ucdp_row(4, day, 1)], "--limit", "0.5")
    assert done.returncode == 0, done.stderr
    assert "ged.csv line 5: date_start: " in done.stderr
    assert "1 quarantined" in done.stdout


def test_an_event_that_lasts_for_years_is_quarantined(lists):
    good = [ucdp_row(n, "2020-10-05", 1) for n in range(1, 4)]
    row = ucdp_row(4, "2003-10-05", 90, end="2020-10-07")
    done = lists.ucdp("24.1", [*good, row], "--limit", "0.5")
    quarantined(done, line=5, column="date_end", rule="must not be more than two years after")


def test_a_mistyped_first_month_of_a_claim_is_refused(lists):
    refused = lists.csv([K.format(n=1, day="2023-01-05")], first="1923-01")
    assert refused.returncode != 0
    assert "1923-01 is 100 years before the first event" in refused.stderr


ACLED = (
    "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,country,admin1,"
    "admin2,location,latitude,longitude,geo_precision,fatalities,timestamp"
)


def acled_row(number: int, day: str) -> str:
    return f"MLI{number},{day},1,Battles,Armed clash,A,B,Mali,Gao,Gao,T,10.5,0.5,1,2,1720000000"


@pytest.mark.parametrize("day", ["1900-01-05", "2099-01-05"])
def test_one_typo_does_not_make_acled_cover_a_country(lists, day):
    rows = [acled_row(n, f"2024-0{n}-05") for n in range(1, 7)]
    words = ("--from", "2020-01", "--until", "2024-06", "--limit", "0.5")
    done = lists.file("acled", "m.csv", [ACLED, *rows, acled_row(9, day)], *words)
    quarantined(done, line=8, column="event_date", rule="")
    assert (
        "first row more than a year after 2020-01, so not counted as covered: Mali" in done.stderr
    )


def test_acled_has_no_months_before_it_began(lists):
    done = lists.file("acled", "m.csv", [ACLED, acled_row(1, "2024-01-05")], "--from", "1907-01")
    assert "ACLED begins in 1997-01" in done.stderr


def test_more_civilians_than_deaths_are_quarantined(lists):
    header = "event_id,date,latitude,longitude,country,deaths,civilians"
    changed = {"[date]": 'civilians = "civilians"\n[date]'}
    rows = [K.format(n=n, day="2023-01-05") + (",4" if n == 3 else ",1") for n in (1, 2, 3)]
    done = lists.csv(rows, "--limit", "0.5", header=header, changed=changed)
    quarantined(done, line=4, column="civilians", rule="must not be above the deaths")
