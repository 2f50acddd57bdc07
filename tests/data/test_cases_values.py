"""Values: one test a numbered case, through the command line.

``kept_apart`` sees the row quarantined with line, column, rule and value among 200 good ones, and
the whole file refused where bad rows are more than one in a hundred.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from data.months import month_range
from tests.data.desk import HEADER, MAP, Desk, as_json, line, plain
from tests.shared import shared_file

WHERE = '[panel]\nscale = "country"\n'


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "w").mkdir()
    return Desk(tmp_path, capsys)


def panel(desk: Desk, *options: object, scale: str = "country") -> pd.DataFrame:
    """Build the panel of countries, or of another scale, and return its region-months."""
    done = desk.call("panel", "--scale", scale, *options)
    assert done.returncode == 0, done.stderr
    path = desk.folder / "w" / "panels" / scale / "panel.parquet"
    return pd.read_parquet(path).set_index(["region_id", "month"])


@pytest.mark.parametrize("day", ["2019-02-31", "0000-00-00", "", "unknown"])
def test_case_29_a_date_that_is_none(desk: Desk, day: str) -> None:
    desk.kept_apart(line(900, day=day), column="day", says="must be a date")


def day_first() -> str:
    rows = [line(n, day=f"{n % 28 + 1:02d}/03/2020", end="") for n in range(200)]
    return HEADER + "".join(rows)


def test_case_30_day_first_dates_need_their_format(desk: Desk) -> None:
    desk.refused(day_first(), says="must be a date as YYYY-MM-DD, or the map must give its", line=2)
    desk.map_text = MAP.replace("[date]\n", '[date]\nformat = "%d/%m/%Y"\n')
    assert desk.ingest(day_first()).returncode == 0
    assert desk.events()["date_start"].dt.strftime("%Y-%m").unique().tolist() == ["2020-03"]


def test_case_30_what_is_ambiguous_is_never_guessed(desk: Desk) -> None:
    content = HEADER + "".join(line(n, day="03/04/2020", end="") for n in range(200))
    told = desk.call("map-guess", desk.folder / "list.csv") if desk.ingest(content) else None
    assert told is not None
    assert "cannot be told apart in these rows (03/04/2020)" in told.stdout
    assert "\nformat" not in told.stdout


@pytest.mark.parametrize("day", ["20260131", "45000"])
def test_case_31_a_serial_number_for_a_date(desk: Desk, day: str) -> None:
    desk.kept_apart(
        line(900, day=day), column="day", says=r"is it a spreadsheet\'s serial number\?"
    )


@pytest.mark.parametrize("year", ["1066", "9999", "2190"])
def test_case_32_years_that_cannot_be(desk: Desk, year: str) -> None:
    bad = line(900, day=f"{year}-01-01", end="")
    desk.kept_apart(bad, column="day", says="must be between 1900 and today")


def test_case_33_a_last_day_before_the_first(desk: Desk) -> None:
    bad = line(900, day="2020-03-05", end="2020-03-04")
    desk.kept_apart(bad, column="end", says="must not be before the first")


def test_case_34_an_event_over_a_month_border(desk: Desk) -> None:
    spans = line(900, day="2019-01-30", end="2019-02-03", low="11", dead="11", high="11")
    done = desk.ingest(plain() + spans)
    assert done.returncode == 0
    assert "events that span several months, counted in their first month" in done.stderr
    assert "spread by days: 1" in done.stderr
    made = panel(desk)
    alone = {month: _of_plain(month) for month in ("2019-01", "2019-02")}
    events = {month: made.loc[("MLI", month), "events"] for month in alone}
    deaths = {month: made.loc[("MLI", month), "deaths"] for month in alone}
    assert events == {"2019-01": alone["2019-01"] + 1, "2019-02": alone["2019-02"]}
    # Two of five days lie in January: 4.4 of 11 deaths, as whole numbers 4 and 7.
    assert deaths == {"2019-01": 2 * alone["2019-01"] + 4, "2019-02": 2 * alone["2019-02"] + 7}


def _of_plain(month: str) -> int:
    """Return how many attacks of the plain list lie in a month; each has two deaths."""
    return sum(record.split(",")[1].startswith(month) for record in plain().splitlines())


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2019-01-31T23:30:00+03:00", "2019-01-31"),
        ("2019-02-01T00:30:00+03:00", "2019-02-01"),
        ("2019-01-31T23:30:00-05:00", "2019-01-31"),
        ("2019-02-01T00:30:00-05:00", "2019-02-01"),
    ],
)
def test_case_35_the_local_date_is_kept(desk: Desk, stamp: str, day: str) -> None:
    assert desk.ingest(plain() + line(900, day=stamp, end=stamp)).returncode == 0
    event = desk.events().set_index("event_id").loc["e900"]
    assert f"{event['date_start']:%Y-%m-%d}" == f"{event['date_end']:%Y-%m-%d}" == day


@pytest.mark.parametrize("toll", ["-1", "2.5", "True", "inf", "1e400", "NaN", "x"])
def test_case_36_a_toll_that_is_no_count(desk: Desk, toll: str) -> None:
    desk.kept_apart(line(900, dead=toll), column="dead", says="whole number >= 0")


def test_case_36_an_empty_toll_unless_it_may_be_unknown(desk: Desk) -> None:
    desk.kept_apart(line(900, dead=""), column="dead", says="must not be empty")
    desk.map_text += "[deaths]\nmay_be_unknown = true\n"
    content = plain() + line(900, day="2019-01-10", end="", dead="")
    done = desk.ingest(content, "--json", name="unknown.csv")
    assert done.returncode == 0, done.stderr
    assert as_json(done)["deaths_unknown"] == 1
    assert pd.isna(desk.events().set_index("event_id").loc["e900", "deaths_best"])
    made = panel(desk)
    assert pd.isna(made.loc[("MLI", "2019-01"), "deaths"])
    assert made.loc[("MLI", "2019-01"), "events"] == _of_plain("2019-01") + 1


@pytest.mark.parametrize(
    ("low", "high", "column", "says"),
    [("3", "9", "low", "not be above the best"), ("1", "1", "high", "not be below the best")],
)
def test_case_37_tolls_out_of_order(
    desk: Desk, low: str, high: str, column: str, says: str
) -> None:
    desk.kept_apart(line(900, low=low, high=high), column=column, says=says)


def test_case_37_a_provider_may_publish_them(desk: Desk) -> None:
    path = shared_file("hdx_ucdp_ged201_nigeria.csv")
    done = desk.call("ingest", "ucdp", path, "--release", "20.1")
    assert done.returncode == 0
    assert "low > best or best > high, accepted as their provider publishes them: 70" in done.stderr
    events = desk.events()
    wrong = (events["deaths_low"] > events["deaths_best"]) | (
        events["deaths_best"] > events["deaths_high"]
    )
    assert int(wrong.sum()) == 70


def test_case_38_a_toll_above_the_cap(desk: Desk) -> None:
    tolls = [1_000_000_000, *(2_000_000 + n for n in range(11))]
    rows = [line(900 + n, dead=f"{toll}", high="") for n, toll in enumerate(tolls)]
    desk.map_text = MAP.replace('deaths_high = "high"\n', "")
    done = desk.ingest(plain() + "".join(rows), "--limit", "0.2")
    assert done.returncode == 0, done.stderr
    assert set(desk.quarantine()["rule"]) == {"must not be above 1,000,000"}
    (told,) = [text for text in done.stderr.splitlines() if text.startswith("warning: counts")]
    assert "the largest first: line 202 dead 1000000000, line 213 dead 2000010" in told
    assert told.endswith("and 2 more")
    assert desk.events()["deaths_best"].max() == 2


@pytest.mark.parametrize(
    ("changes", "column", "says"),
    [
        ({"lat": "91"}, "lat", "between -90 and 90"),
        ({"lon": "181"}, "lon", "between -180 and 180"),
        ({"lat": "0", "lon": "0"}, "lat", "0, 0 is not a place"),
    ],
)
def test_case_39_a_point_that_is_nowhere(
    desk: Desk, changes: dict[str, str], column: str, says: str
) -> None:
    desk.kept_apart(line(900, **changes), column=column, says=says)


def test_case_39_latitude_and_longitude_exchanged(desk: Desk) -> None:
    done = desk.ingest(plain() + line(900, lat="-4.2", lon="14.5") + line(901))
    assert done.returncode == 0
    assert "latitude and longitude seem to be swapped" in done.stderr
    assert "accepted unchanged: 1 (line 202)" in done.stderr


def test_case_39_real_points_are_not_doubted(desk: Desk) -> None:
    path = shared_file("ucdp_candidate_23_0_10.csv")
    assert "to be swapped" not in desk.call("ingest", "ucdp", path).stderr


def test_case_40_longitudes_from_0_to_360(desk: Desk) -> None:
    content = plain().replace(",-4.2,", ",355.8,")
    desk.refused(content, says="this one counts from 0 to 360", line=2)


def test_case_41_the_same_row_again_counts_once(desk: Desk) -> None:
    done = desk.ingest(plain() + line(5), "--json")
    record = as_json(done)
    assert (record["read"], record["accepted"], record["duplicate"]) == (201, 200, 1)


def test_case_41_the_same_id_with_other_content(desk: Desk) -> None:
    told = desk.refused(plain() + line(5, dead="3"), says="with different content", line=202)
    assert "line 7 has it too" in told


def test_case_41_a_later_release_wins(desk: Desk) -> None:
    for release, toll in (("2", "2"), ("10", "3"), ("9", "1")):
        desk.map_text = f'release = "{release}"\n' + MAP
        assert desk.ingest(plain() + line(900, dead=toll)).returncode == 0
    assert desk.events().set_index("event_id").loc["e900", "deaths_best"] == 3


@pytest.mark.parametrize("number", ["9007199254740993", "007", "1e5", "12.50"])
def test_case_42_ids_keep_every_digit(desk: Desk, number: str) -> None:
    bare = line(900).replace("e900,", f"{number},")
    assert desk.ingest(plain() + bare).returncode == 0
    assert number in set(desk.events()["event_id"])


def test_case_43_namibia_is_no_missing_value(desk: Desk) -> None:
    done = desk.ingest(plain() + line(900, land="NA") + line(901, land="Namibia", place="NaN"))
    assert done.returncode == 0
    events = desk.events().set_index("event_id")
    assert events.loc["e900", "country"] == "NA"
    assert events.loc["e901", ["country", "place"]].tolist() == ["Namibia", "NaN"]


def test_case_44_spellings_of_one_country_are_one_region(desk: Desk) -> None:
    composed = "Côte d'Ivoire"
    spellings = [composed, unicodedata.normalize("NFD", composed), f" {composed} ", "CÔTE D'IVOIRE"]
    desk.map_text = MAP.replace('["Mali"]', '["Mali", "Ivory Coast"]')
    rows = [line(900 + n, land=name, day="2019-01-10", end="") for n, name in enumerate(spellings)]
    assert desk.ingest(plain() + "".join(rows)).returncode == 0
    assert desk.manifest()["fixed"] == ["text cells brought into one spelling: 2"]
    made = panel(desk)
    assert set(made.index.get_level_values("region_id")) == {"MLI", "CIV"}
    assert made.loc[("CIV", "2019-01"), "events"] == 4


def figures(desk: Desk, rows: str, *options: object, name: str = "figures.csv") -> object:
    (desk.folder / name).write_text("region_id,month,events,deaths\n" + rows, encoding="utf-8")
    return desk.call("ingest", "figures", desk.folder / name, *options)


def test_case_44_spellings_of_one_region_of_figures(desk: Desk) -> None:
    composed, apart = "Ménaka", unicodedata.normalize("NFD", "Ménaka")
    months = month_range("2018-01", "2020-12")
    names = [composed, apart, f" {composed} "]
    rows = "".join(f"{names[n % 3]},{month},1,2\n" for n, month in enumerate(months))
    done = figures(desk, rows)
    assert done.returncode == 0, done.stderr
    assert desk.manifest()["fixed"] == ["region ids brought into one spelling: 24"]
    made = panel(desk)
    assert set(made.index.get_level_values("region_id")) == {composed}
    assert len(made) == 36
    other = rows.splitlines(keepends=True)
    other[5] = "MÉNAKA,2018-06,9,2\n"
    assert figures(desk, "".join(other), "--release", "2", name="other.csv").returncode == 0
    assert panel(desk).loc[(composed, "2018-06"), "events"] == 9
    twice = figures(desk, rows + "MÉNAKA,2018-06,9,2\n", name="twice.csv")
    assert twice.returncode == 1
    assert (
        f"twice.csv line 38 column 'region_id': duplicate key: region \"{composed}\" has 2018-06"
        in twice.stderr
    )


def test_case_45_unknown_regions_are_listed_and_the_totals_add_up(desk: Desk) -> None:
    months = month_range("2018-01", "2020-12")
    known = [(f"r{n}", month, n + m) for m, month in enumerate(months) for n in range(6)]
    strange = [("nowhere", "2019-05", 7), ("nowhere", "2019-06", 2)]
    text = "".join(f"{region},{month},{count},0\n" for region, month, count in known + strange)
    (desk.folder / "regions.csv").write_text(
        "region_id,region,country\n" + "".join(f"r{n},R{n},Mali\n" for n in range(6))
    )
    done = figures(desk, text, "--regions", desk.folder / "regions.csv")
    assert done.returncode == 0, done.stderr
    listed = desk.quarantine()
    assert listed["value"].tolist() == ["nowhere", "nowhere"]
    assert listed["line"].tolist() == ["218", "219"]
    assert set(listed["rule"]) == {"the region is not in the region table"}
    made = panel(desk, scale="mine")["events"].groupby(level="month").sum()
    aside = {218: ("2019-05", 7), 219: ("2019-06", 2)}
    for month in months:
        went_in = sum(count for _, own, count in known + strange if own == month)
        kept_apart = sum(count for own, count in aside.values() if own == month)
        assert went_in == made[month] + kept_apart


@pytest.mark.parametrize("name", ["💥", "‮مالي", "a​b", "\x1b[2Jx", "n" * 10_000, "<b>", "=1+1"])
def test_case_46_strange_names_are_kept_and_shown_safely(desk: Desk, name: str) -> None:
    done = desk.ingest(plain() + line(900, place=name) + line(901, place=name, dead="-1"))
    assert done.returncode == 0, done.stderr
    assert desk.events().set_index("event_id").loc["e900", "place"] == name
    desk.map_text = desk.map_text.replace('countries = ["Mali"]', "")
    shown = desk.ingest(plain() + line(900, land=name) + line(901, type=name), name="land.csv")
    told = shown.stdout + shown.stderr + desk.call("status").stdout
    assert shown.returncode == 0
    assert all(c.isprintable() or c == "\n" for c in told)
    assert max(map(len, told.splitlines())) < 11_000


def test_case_47_two_sources_are_never_added_up_unless_told(desk: Desk) -> None:
    assert desk.ingest(plain()).returncode == 0
    desk.map_text = MAP.replace('"mine"', '"theirs"')
    assert desk.ingest(plain(100), name="theirs.csv").returncode == 0
    refused = desk.call("panel", "--scale", "country")
    assert refused.returncode != 0
    assert "several complete sources (mine, theirs)" in refused.stderr
    assert panel(desk, "--source", "mine")["events"].sum() == 200
    assert panel(desk, "--source", "theirs")["events"].sum() == 100
