"""ACLED's three layouts, read from invented rows: columns, dates, kinds, tactics and claims."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from data.errors import SchemaError, SourceError
from data.reading import Coverage
from data.regions.countries import countries, country_key
from data.sources.acled.claims import AcledClaim, released_through
from data.sources.acled.codes import acled_name
from data.sources.acled.export_csv import AcledFile, read_acled
from tests.fake_acled import acled_row


def names(text: str) -> list[str]:
    return text.split(",")


TODAY = date(2026, 11, 21)
NOW = names(
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp"
)
WITH_POPULATION = [*NOW, "population_1km", "population_2km", "population_5km", "population_best"]
FROM_2018 = names(
    "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,"
    "sub_event_type,actor1,assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,timestamp,iso3"
)
BEFORE_2018 = names(
    "GWNO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,"
    "ALLY_ACTOR_1,INTER1,ACTOR2,ALLY_ACTOR_2,INTER2,INTERACTION,COUNTRY,ADMIN1,ADMIN2,ADMIN3,"
    "LOCATION,LATITUDE,LONGITUDE,GEO_PRECISION,SOURCE,NOTES,FATALITIES"
)
YEAR = AcledClaim("2024-01", "2024-12")


def write(path: Path, rows: list[dict], header: list[str] = NOW) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([[row.get(name.lower(), "") for name in header] for row in rows])
    return path


def read(path: Path, claim: AcledClaim = YEAR, **more: object) -> AcledFile:
    return read_acled(path, claim, accessed=TODAY, **more)


@pytest.mark.parametrize("header", [NOW, WITH_POPULATION, FROM_2018, BEFORE_2018, NOW[::-1]])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d %B %Y", "%d/%m/%Y"])
def test_every_layout_gives_the_same_event(tmp_path: Path, header: list[str], form: str) -> None:
    days = (date(2024, 5, 16), date(2024, 4, 3))
    rows = [
        acled_row(n, d.strftime("%Y-%m-%d")) | {"event_date": d.strftime(form)}
        for n, d in enumerate(days)
    ]
    old = header is BEFORE_2018
    if old:
        rows = [row | {"event_type": "Battle-No change of territory"} for row in rows]
    found = read(write(tmp_path / "a.csv", rows, header), release="2024-06-01" if old else None)
    frame = found.reading.frame
    assert [f"{day:%Y-%m-%d}" for day in frame["date_start"]] == ["2024-05-16", "2024-04-03"]
    assert found.reading.source == ("acled-before-2018" if old else "acled")
    first = frame.iloc[0]
    assert (first["event_id"], first["country"], first["admin1"]) == ("MAL0", "Mali", "Mopti")
    assert (first["kind"], first["tactics"]) == ("battles", "armed clash")
    assert (first["side_a"], first["side_b"], first["place"]) == (
        "Group A",
        "Army B",
        "Town, north",
    )
    assert (first["latitude"], first["longitude"], first["deaths_best"]) == (14.5, -4.25, 2)
    assert (first["date_precision"], first["location_precision"]) == ("day", "exact")
    assert frame[["deaths_low", "deaths_high", "civilians"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("event_type", "sub_type", "kind", "tactic"),
    [
        ("Explosions/Remote violence", "Air/drone strike", "explosions", "drone or air strike"),
        ("Explosions/Remote violence", "Suicide bomb", "explosions", "suicide attack"),
        (
            "Explosions/Remote violence",
            "Remote explosive/landmine/IED",
            "explosions",
            "roadside bomb",
        ),
        (
            "Explosions/Remote violence",
            "Shelling/artillery/missile attack",
            "explosions",
            "shelling",
        ),
        ("Explosions/Remote violence", "Grenade", "explosions", ""),
        ("Battles", "Non-state actor overtakes territory", "battles", "territory taken"),
        ("Battles", "Government regains territory", "battles", "territory taken"),
        (
            "Violence against civilians",
            "Abduction/forced disappearance",
            "civilians",
            "abduction",
        ),
        ("Violence against civilians", "Attack", "civilians", ""),
        ("battles", "armed clash", "battles", "armed clash"),
        ("Battle-Government regains territory", "", "battles", "territory taken"),
        ("Remote violence", "", "explosions", ""),
    ],
)
def test_types_and_sub_types_give_kind_and_tactic(
    tmp_path: Path, event_type: str, sub_type: str, kind: str, tactic: str
) -> None:
    row = acled_row(1, "2024-05-01", event_type=event_type, sub_event_type=sub_type)
    frame = read(write(tmp_path / "a.csv", [row])).reading.frame
    assert (frame.loc[0, "kind"], frame.loc[0, "tactics"]) == (kind, tactic)


def test_what_is_no_attack_is_left_out_and_counted(tmp_path: Path) -> None:
    kinds = ["Protests", "Riots", "Strategic developments", "Riots/Protests"]
    rows = [acled_row(n, "2024-05-01", event_type=kind) for n, kind in enumerate(kinds)]
    found = read(write(tmp_path / "a.csv", [*rows, acled_row(9, "2024-05-02")]))
    assert found.reading.rows == len(found.reading.frame) == 1
    assert found.left_out == ("MAL0", "MAL1", "MAL2", "MAL3")
    assert any(note.endswith("left out: 4") for note in found.reading.warnings)
    assert found.reading.fetch is not None
    assert found.reading.fetch["rows"] == 5


def test_a_file_of_protests_alone_says_that_there_was_no_attack(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [acled_row(1, "2024-01-09", event_type="Protests")])
    reading = read(path).reading
    assert len(reading.frame) == 0
    assert reading.coverage == Coverage(True, "2024-01", "2024-12", ("Mali",))


def test_an_unknown_type_is_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [acled_row(1, "2024-05-01", event_type="Sea battles")])
    with pytest.raises(SourceError, match="column 'event_type': must be one of"):
        read(path)


def test_dates_of_a_second_form_are_faults_and_never_guessed(tmp_path: Path) -> None:
    rows = [acled_row(n, "2024-05-01") for n in range(200)]
    rows[7]["event_date"] = "03/04/2024"
    found = read(write(tmp_path / "a.csv", rows)).reading
    assert (found.quarantined, len(found.frame)) == (1, 199)
    assert found.quarantine.loc[0, "column"] == "event_date"
    assert found.quarantine.loc[0, "line"] == 9


def test_the_release_is_the_day_of_the_last_change(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [acled_row(1, "2024-05-01"), acled_row(2, "2024-05-09")])
    found = read(path)
    assert found.reading.release == "2024-05-10"
    assert read(path, release="2024-06-01").reading.release == "2024-06-01"
    old = [acled_row(1, "2016-05-01", event_type="Remote violence")]
    with pytest.raises(SourceError, match=r"no time stamps.*--release 2018-03-01"):
        read(write(tmp_path / "old.csv", old, BEFORE_2018))
    bad = [acled_row(1, "2024-05-01", timestamp="soon")]
    with pytest.raises(
        SourceError,
        match=r"line 2 column 'timestamp': expected the time of the last change in seconds",
    ):
        read(write(tmp_path / "bad.csv", bad))


def test_the_last_change_of_an_event_counts(tmp_path: Path) -> None:
    rows = [
        acled_row(1, "2024-05-01", fatalities=9, timestamp=200),
        acled_row(1, "2024-05-01", fatalities=3, timestamp=100),
    ]
    found = read(write(tmp_path / "a.csv", rows)).reading
    assert found.frame["deaths_best"].tolist() == [9]
    assert (found.rows, found.duplicates, found.quarantined) == (2, 1, 0)
    rows[1]["timestamp"] = 200
    with pytest.raises(SourceError, match="MAL1"):
        read(write(tmp_path / "b.csv", rows))


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("event_date,country\n2024-01-01,Mali\n")
    with pytest.raises(SchemaError, match="is missing"):
        read(path)


def test_only_claimed_and_released_months_are_covered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [acled_row(1, "2024-05-01")])
    assert read(path).reading.coverage == Coverage(True, "2024-01", "2024-12", ("Mali",))
    unclaimed = read(path, AcledClaim()).reading
    assert not unclaimed.coverage.complete
    assert any("makes no zeros" in note for note in unclaimed.warnings)
    later = read(path, AcledClaim("2024-01", "2027-01")).reading
    assert later.coverage.last == "2026-10"
    assert any("2026-11 to 2027-01 are not released yet" in n for n in later.warnings)
    hidden = read(path, AcledClaim("2024-01", None, (), date(2024, 2, 29))).reading
    assert hidden.coverage.last == "2024-02"


def test_a_country_is_covered_from_its_first_year_of_rows_only(tmp_path: Path) -> None:
    rows = [acled_row(1, "1997-05-01"), acled_row(2, "2017-01-03", "Syria")]
    reading = read(write(tmp_path / "a.csv", rows), AcledClaim("1997-01")).reading
    assert reading.coverage.countries == ("Mali",)
    assert any("Syria (2017-01)" in note for note in reading.warnings)


@pytest.mark.parametrize(
    ("accessed", "embargo", "month"),
    [
        # Friday 27 November is the last day out on Wednesday 2 December.
        (date(2026, 12, 2), None, "2026-10"),
        (date(2026, 12, 8), None, "2026-10"),
        (date(2026, 12, 9), None, "2026-11"),
        # Friday 31 July ends the month: out by Wednesday 5 August.
        (date(2026, 8, 4), None, "2026-06"),
        (date(2026, 8, 5), None, "2026-07"),
        (date(2026, 8, 29), date(2025, 8, 29), "2025-07"),
        (date(2026, 8, 31), date(2025, 8, 31), "2025-08"),
    ],
)
def test_the_last_whole_month_that_is_out(accessed: date, embargo: date | None, month: str) -> None:
    assert released_through(accessed, embargo) == month


def test_the_names_that_are_asked_for_are_known_names() -> None:
    for country in countries():
        assert country_key(acled_name(country.iso3)) == country.iso3
