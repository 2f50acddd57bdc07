"""Tables as people have them, by the command line: tags, workbooks, encodings, other languages."""

import json
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from data.store.store import Store
from data.workspace import Workspace
from tests.forecast.cli.test_commands_data import MAP, call

ACLED = {
    "event_id_cnty": "MLI90001",
    "event_date": "2020-03-04",
    "year": "2020",
    "time_precision": "1",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Group A",
    "actor2": "Police Forces",
    "country": "Mali",
    "admin1": "Gao",
    "admin2": "Gao",
    "location": "Ville X",
    "latitude": "16.27",
    "longitude": "-0.04",
    "geo_precision": "1",
    "fatalities": "3",
    "timestamp": "1596481840",
}
GED = {
    "id": "1",
    "type_of_violence": "1",
    "side_a": "G",
    "side_b": "R",
    "where_prec": "1",
    "where_coordinates": "X",
    "adm_1": "NA",
    "adm_2": "NA",
    "latitude": "14.1",
    "longitude": "-1.6",
    "country": "Burkina Faso",
    "date_prec": "1",
    "date_start": "2026-02-03",
    "date_end": "2026-02-03",
    "deaths_civilians": "0",
    "best": "2",
    "high": "2",
    "low": "2",
}
OWN = {
    "id": "7",
    "day": "2020-01-05",
    "lat": "14.5",
    "lon": "-5.5",
    "country": "Mali",
    "deaths": "3",
}


def text_of(*rows, mark=","):
    return "".join(mark.join(row) + "\n" for row in (rows[0], *(r.values() for r in rows)))


def tagged(row, mark=","):
    tags = [f"#{name}" if place % 3 else "" for place, name in enumerate(row)]
    lines = text_of(row, mark=mark).splitlines()
    return "\n".join([lines[0], mark.join(tags), *lines[1:]]) + "\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "map.toml").write_text(MAP)
    return tmp_path


def write(place, name, content, encoding="utf-8"):
    (place / name).write_text(content, encoding=encoding)
    return str(place / name)


def workbook(place, name, *rows, sheets=()):
    book = openpyxl.Workbook()
    book.active.title = "first"
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.active.append(row)
    for title in sheets:
        book.create_sheet(title).append(["other", "things"])
    book.save(place / name)
    return str(place / name)


def ingested(place, *words):
    done = call(place, "ingest", *words)
    assert done.exit_code == 0, str(done.exception)
    return done


def refused(place, *words):
    done = call(place, *words)
    assert done.exit_code != 0
    return str(done.exception)


def events(place):
    store = Store(Workspace(place / "w").store)
    return store.events(source=store.manifests()[0]["source"], complete_only=False)


def manifest(place):
    return Store(Workspace(place / "w").store).manifests()[-1]


READERS = {
    "own": (OWN, "list.csv", ("csv", "--map", "map.toml")),
    "ucdp": (GED, "GEDEvent_v26_0_2.csv", ("ucdp",)),
    "acled": (ACLED, "acled.csv", ("acled", "--from", "2020-01", "--until", "2020-12")),
}


def words_of(place, reader, file):
    command, *options = READERS[reader][2]
    return [command, file, *(str(place / o) if o.endswith(".toml") else o for o in options)]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("form", ["tags", "semicolons", "workbook"])
def test_every_reader_takes(place, reader, form):
    row, name, _ = READERS[reader]
    if form == "tags":
        file = write(place, name, tagged(row))
    elif form == "semicolons":
        if reader == "own":
            write(place, "map.toml", 'delimiter = ";"\ndecimal = ","\n' + MAP)
        degrees = {k: v.replace(".", ",") for k, v in row.items() if k[:3] in ("lat", "lon")}
        degrees.pop("location", None)
        file = write(place, name, text_of(row | degrees, mark=";"))
    else:
        typed = {k: float(v) if v.replace(".", "").isdecimal() else v for k, v in row.items()}
        days = {
            k: datetime.fromisoformat(v)
            for k, v in row.items()
            if v[:4] in ("2020", "2026") and "-" in v
        }
        file = workbook(place, name.replace(".csv", ".xlsx"), typed | days, sheets=["second"])
    ingested(place, *words_of(place, reader, file))
    (event,) = events(place).to_dict("records")
    assert event["event_id"] == next(iter(row.values()))
    assert event["deaths_best"] == int(row.get("best") or row.get("fatalities") or row["deaths"])
    assert f"{event['date_start']:%Y-%m}" in ("2020-01", "2020-03", "2026-02")
    assert manifest(place)["complete_through"] in ("2020-12", "2026-02")


@pytest.mark.parametrize("reader", READERS)
def test_a_time_of_day_changes_nothing(place, reader):
    row, name, _ = READERS[reader]
    timed = {
        k: f"{v} 13:45:00.000"
        if k.startswith(("date_", "event_date", "day")) and k != "date_prec"
        else v
        for k, v in row.items()
    }
    ingested(place, *words_of(place, reader, write(place, name, text_of(timed))))
    assert len(events(place)) == 1
    assert manifest(place)["complete_through"] in ("2020-12", "2026-02")


def test_only_tags_below_a_header_are_no_rows(place):
    file = write(place, "list.csv", "\n".join(tagged(OWN).splitlines()[:2]) + "\n")
    said = refused(place, "ingest", "csv", file, "--map", str(place / "map.toml"))
    assert "expected rows below the header and the row of tags" in said


def test_missing_text_of_r_is_missing(place):
    file = write(place, "GEDEvent_v26_0_2.csv", text_of(GED | {"side_b": "NA", "best": "2"}))
    ingested(place, "ucdp", file)
    (event,) = events(place).to_dict("records")
    assert [event[name] for name in ("admin1", "admin2", "side_b")] == ["", "", ""]


def test_windows_1252_is_advised_and_its_control_characters_are_refused(place):
    row = OWN | {"side": "Front de libération – Aile nord"}
    write(place, "map.toml", MAP.replace("[constants]", 'side_a = "side"\n[constants]'))
    file = write(place, "list.csv", text_of(row), encoding="cp1252")
    own = ("ingest", "csv", file, "--map", str(place / "map.toml"))
    assert "--encoding cp1252" in refused(place, *own)
    said = refused(place, *own, "--encoding", "latin-1")
    assert "line 2" in said
    assert "got the control character U+0096" in said
    assert "--encoding cp1252" in said
    ingested(place, *own[1:], "--encoding", "cp1252")
    assert events(place)["side_a"].tolist() == ["Front de libération – Aile nord"]


def test_advice_on_separators_is_not_of_another_command(place):
    file = write(place, "GEDEvent_v24_1.csv", "id;date_prec;latitude\n1;1;2\n")
    said = refused(place, "ingest", "ucdp", file)
    assert 'the column "longitude" is missing' in said
    assert "map" not in said


FRENCH = {
    "N°": "1",
    "Date de l'incident": "03/01/2025",
    "Pays": "Burkina Faso",
    "Latitude": "12,0616",
    "Longitude": "0,3584",
    "Type d'incident": "Attaque",
    "Auteurs présumés": "GSIM",
    "Cible": "FDS",
    "Nombre de morts": "12",
    "Dont civils": "0",
}


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_a_french_list_is_proposed_and_read(place, space):
    second = FRENCH | {
        "N°": "2",
        "Date de l'incident": "28/02/2025",
        "Nombre de morts": f"1{space}200",
    }
    third = FRENCH | {"N°": "3", "Date de l'incident": "31/03/2025", "Nombre de morts": "inconnu"}
    file = write(place, "liste.csv", text_of(FRENCH, second, third, mark=";"))
    proposed = call(place, "map-guess", file).stdout
    for line in (
        'event_id = "N°"',
        'kind = "Type d\'incident"',
        'side_a = "Auteurs présumés"',
        'side_b = "Cible"',
        'deaths_best = "Nombre de morts"',
        'civilians = "Dont civils"',
        'column = "Date de l\'incident"',
        'format = "%d/%m/%Y"',
        '"inconnu" = ""  # unknown, not 0',
    ):
        assert line in proposed.splitlines()
    mine = proposed.replace('# "Attaque" = "..."', '"Attaque" = "state-based"')
    mine = mine.replace('# location_precision = "..."', 'location_precision = "near"')
    write(place, "map.toml", mine)
    ingested(place, "csv", file, "--map", str(place / "map.toml"))
    tolls = events(place)["deaths_best"]
    assert tolls.tolist()[:2] == [12, 1200]
    assert tolls.isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("identifiant", "event_id"),
        ("Identificador", "event_id"),
        ("Fecha del evento", "column"),
        ("Número de muertos", "deaths_best"),
        ("Pays de l'incident", "country"),
        ("Suspected perpetrator", "side_a"),
    ],
)
def test_names_of_columns_in_other_words_are_known(place, name, role):
    file = write(place, "l.csv", f"{name},other\n2024-01-02,x\n")
    assert f'{role} = "{name}"' in call(place, "map-guess", file).stdout


def hapi(place, name, *rows):
    head = "location_code,provider_admin1_name,admin1_code,admin1_name,admin2_code,admin2_name"
    head += ",admin_level,event_type,events,fatalities,reference_period_start,reference_period_end"
    return write(place, name, "\n".join([head, *rows]) + "\n")


def test_rows_without_a_code_count_where_none_is_needed(place):
    file = hapi(
        place,
        "hapi.csv",
        "UKR,Odeska,UA51,Odeska,UA5106,Odeskyi,2,political_violence,4,3,2025-01-01,2025-01-31",
        "UKR,Black Sea,,,,,2,political_violence,5,7,2025-01-01,2025-01-31",
        "UKR,NA,NA,NA,NA,NA,2,political_violence,1,2,2025-01-01,2025-01-31",
        "UKR,Odeska,UA51,Odeska,UA5106,Odeskyi,2,political_violence,1,1,2025-02-01,2025-02-28",
    )
    through = ("--data-through", "2025-02")
    done = ingested(place, "figures", file, "--admin-level", "country", *through, "--json")
    record = json.loads(done.stdout)["ingests"][0]
    assert (record["events"], record["deaths"], record["quarantined"]) == (11, 13, 0)
    store = Store(Workspace(place / "w").store)
    figures, _ = store.figures(source="hdx-political-violence-country")
    assert figures["status"].tolist() == ["observed", "observed"]
    said = refused(place, "ingest", "figures", file, "--admin-level", "admin2", *through)
    assert "expected a code or a name of the level admin2, got none" in said


def counts_book(place, *rows):
    names = ("Country", "Month", "Year", "Events", "Fatalities")
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    return workbook(place, "political-violence-events.xlsx", *rows)


def test_territories_stand_alone_beside_their_country(place):
    file = counts_book(
        place,
        ("United States", "January", 2025, 2, 14),
        ("Puerto Rico", "January", 2025, 5, 2),
        ("France", "January", 2025, 1, 1),
        ("Guadeloupe", "January", 2025, 0, 0),
    )
    ingested(place, "figures", file, "--admin-level", "country")
    store = Store(Workspace(place / "w").store)
    figures, _ = store.figures(source="hdx-political-violence-country")
    got = figures.set_index("region_id")[["events", "deaths"]].to_numpy().tolist()
    assert figures["region_id"].tolist() == ["FRA", "Guadeloupe", "Puerto Rico", "USA"]
    assert got == [[1, 1], [0, 0], [5, 2], [2, 14]]


def test_a_file_of_which_most_rows_contradict_each_other_is_refused(place):
    rows = [("Mali", "January", 2025, n, n) for n in range(1, 5)]
    file = counts_book(place, *rows, ("Niger", "January", 2025, 1, 1))
    said = refused(place, "ingest", "figures", file, "--admin-level", "country")
    assert "4 of 5 rows (80 %) cannot be counted" in said
    assert not Store(Workspace(place / "w").store).manifests()


def test_months_may_be_written_as_their_first_day(place):
    frame = pd.DataFrame(
        {"region_id": ["a", "a"], "month": ["2023-01-01", "2023-02-01 00:00:00"], "events": [1, 2]}
    )
    file = write(place, "figures.csv", frame.to_csv(index=False))
    ingested(place, "figures", file)
    figures, _ = Store(Workspace(place / "w").store).figures(source="figures")
    assert figures["month"].tolist() == ["2023-01", "2023-02"]
