"""A proposed map reads its file as the map by hand does; what a file cannot tell is a choice."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import SourceError
from data.schema import EVENT_COLUMNS
from data.sources.own.map_guess import date_forms, guess_map
from data.sources.own.mapping import EventMap, build_map, read_map
from data.sources.own.own_csv import read_own_csv
from data.sources.ucdp.release_csv import read_ucdp
from tests.calls import Answer, run_inside
from tests.data.sources.own.test_mapping import SAMPLES
from tests.shared import shared_file

CONTENT = [name for name in EVENT_COLUMNS if name not in ("source", "release")]
ACLED = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp\n"
)
ROW = (
    "{id},{date},2025,1,Political violence,{kind},Armed clash,Group {id},,2,Army,,1,12,,466,1,"
    "Mali,Mopti,Mopti,,Somewhere,14.5,-4.2,{near},Paper,National,a note,3,,1700000000\n"
)


def guessed(path: Path, **options: str) -> tuple[str, EventMap]:
    text = guess_map(path, **options)
    return text, build_map(tomllib.loads(text), where="guess")


def written(tmp_path: Path, content: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    (tmp_path / "w").mkdir(exist_ok=True)
    return run_inside(capsys, "-w", tmp_path / "w", *words)


def test_the_list_of_notable_attacks_is_read_as_by_its_own_map(tmp_path: Path, capsys) -> None:
    path = SAMPLES / "aes_attacks_2024_2025.csv"
    text, event_map = guessed(path)
    mine = read_own_csv(path, read_map(SAMPLES / "aes.map.toml")).frame
    assert read_own_csv(path, event_map).frame[CONTENT].equals(mine[CONTENT])
    assert event_map.coverage.complete is False
    assert '"town" = "near"' in text
    assert "may_be_unknown = true  # in 13 of 20 rows" in text
    printed = call(tmp_path, capsys, "map-guess", path)
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, text, "")
    (tmp_path / "guess.toml").write_text(printed.stdout)
    kept = call(tmp_path, capsys, "ingest", "csv", path, "--map", tmp_path / "guess.toml")
    assert kept.returncode == 0, kept.stderr
    assert "20 accepted" in kept.stdout


def test_the_candidate_file_is_read_as_by_its_own_reader() -> None:
    path = shared_file("ucdp_candidate_23_0_10.csv")
    text, event_map = guessed(path)
    assert "`escalation ingest ucdp` reads it" in text
    assert (event_map.source, event_map.release, event_map.provider) == ("ucdp", "23.0.10", "ucdp")
    ours = read_ucdp(path, release=None)
    theirs = read_own_csv(path, event_map)
    assert (theirs.rows, theirs.quarantined) == (2_391, ours.quarantined)
    assert theirs.frame.equals(ours.frame)


def test_the_copy_with_tags_and_decimal_codes_is_read_but_for_its_ids() -> None:
    path = shared_file("hdx_ucdp_ged201_nigeria.csv")
    event_map = guessed(path)[1]
    ours, theirs = read_ucdp(path, release="20.1"), read_own_csv(path, event_map, limit=0.01)
    content = [name for name in CONTENT if name != "event_id"]
    assert len(theirs.frame) == len(ours.frame) == 4_603 - ours.quarantined
    assert theirs.frame[content].equals(ours.frame[content])


def test_three_columns_of_a_date_are_found_and_open_choices_are_comments() -> None:
    path = shared_file("ucdp_ged211_precise_world_1989_2018.csv.gz")
    text = guess_map(path)
    with pytest.raises(Exception, match='"location_precision" is missing'):
        build_map(tomllib.loads(text), where="guess")
    chosen = re.sub(r'# (location_precision = )"\.\.\."', r'\1"near"', text)
    event_map = build_map(tomllib.loads(chosen), where="guess")
    assert (event_map.date.year, event_map.date.month, event_map.date.day) == (
        "year",
        "month",
        "day",
    )
    mine = read_map(SAMPLES / "ucdp_precise.map.toml")
    assert event_map.columns == mine.columns
    assert event_map.translate == mine.translate
    assert (event_map.source, event_map.release) == (mine.source, mine.release)


def test_rows_in_acleds_layout(tmp_path: Path) -> None:
    rows = [
        ROW.format(id=f"MLI{n}", date=f"{n + 10} May 2025", kind=kind, near=n % 3 + 1)
        for n, kind in enumerate(
            ["Battles", "Explosions/Remote violence", "Violence against civilians"] * 2
        )
    ]
    text, event_map = guessed(written(tmp_path, ACLED + "".join(rows)))
    assert "`escalation ingest acled` reads it" in text
    frame = read_own_csv(tmp_path / "list.csv", event_map).frame
    assert frame["kind"].tolist() == ["battles", "explosions", "civilians"] * 2
    assert frame["location_precision"].tolist() == ["exact", "near", "admin1"] * 2
    assert frame["date_start"].dt.strftime("%Y-%m-%d").tolist()[0] == "2025-05-10"
    assert frame["tactics"].unique().tolist() == ["Armed clash"]
    protests = [*rows, ROW.format(id="MLI9", date="19 May 2025", kind="Protests", near=1)]
    text = guess_map(written(tmp_path, ACLED + "".join(protests)))
    assert '# "Protests" = "..."  # one of state-based' in text


FRENCH = "Réf;Date;Pays;Lieu;Lat;Long;Catégorie;Auteur;Décès\n"


def french(*dates: str) -> str:
    return FRENCH + "".join(
        f"a{n};{date};Mali;Ménaka;15,9{n};2,4;battles;GSIM;{n}\n" for n, date in enumerate(dates)
    )


def test_a_french_list_with_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    text = guess_map(written(tmp_path, french("13/04/2025", "03/04/2025")))
    chosen = re.sub(r'# (location_precision = )"\.\.\."', r'\1"near"', text)
    event_map = build_map(tomllib.loads(chosen), where="guess")
    assert (event_map.delimiter, event_map.decimal) == (";", ",")
    frame = read_own_csv(tmp_path / "list.csv", event_map).frame
    assert frame["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2025-04-13", "2025-04-03"]
    assert frame["latitude"].tolist() == [15.90, 15.91]
    assert frame["place"].tolist() == ["Ménaka"] * 2
    assert frame["side_a"].tolist() == ["GSIM"] * 2
    assert frame["deaths_best"].tolist() == [0, 1]


def test_day_and_month_are_never_guessed(tmp_path: Path, capsys) -> None:
    path = written(tmp_path, french("03/04/2025", "05/06/2025"))
    text = guess_map(path)
    assert "cannot be told apart in these rows (03/04/2025): choose one format" in text
    assert '# format = "%d/%m/%Y"\n# format = "%m/%d/%Y"\n' in text
    (tmp_path / "g.toml").write_text(text.replace('# location_precision = "..."', "#"))
    with_place = text.replace('# location_precision = "..."', 'location_precision = "near"')
    (tmp_path / "g.toml").write_text(with_place)
    before = call(tmp_path, capsys, "ingest", "csv", path, "--map", tmp_path / "g.toml")
    assert before.returncode == 1
    assert "must be a date as YYYY-MM-DD" in before.stderr
    (tmp_path / "g.toml").write_text(with_place.replace('# format = "%d', 'format = "%d'))
    after = call(tmp_path, capsys, "ingest", "csv", path, "--map", tmp_path / "g.toml")
    assert after.returncode == 0, after.stderr
    assert "2025-04-03 to 2025-06-05" in after.stdout


@pytest.mark.parametrize(
    ("cells", "forms"),
    [
        (["2025-01-31", "", "2025-02-01T10:00"], ("iso",)),
        (["31/01/2025", "01/02/2025"], ("%d/%m/%Y",)),
        (["01/31/2025", "01/02/2025"], ("%m/%d/%Y",)),
        (["05/05/2025"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["01/02/2025"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["20250131"], ("%Y%m%d",)),
        (["16 May 2025"], ("%d %B %Y",)),
        (["16 May 2025", "3 April 2025"], ("%d %B %Y",)),
        (["16 Mar 2025", "3 Apr 2025"], ("%d %b %Y",)),
        (["45000"], ()),
        (["spring", "2025-01-31"], ()),
        (["", " "], ()),
    ],
)
def test_the_form_of_dates(cells: list[str], forms: tuple[str, ...]) -> None:
    assert date_forms(cells) == forms


def test_a_list_with_nothing_known_says_what_is_missing(tmp_path: Path) -> None:
    text = guess_map(written(tmp_path, "alpha,beta\n1,2\n"))
    for words in ("event_id", "latitude", "longitude", "country", "kind", "location_precision"):
        assert re.search(rf'^# {words} = "\.\.\."  # ', text, re.MULTILINE), words
    assert '# column = "..."  # no column has a known name of a date' in text
    assert "# Columns that are not used: alpha, beta" in text
    assert tomllib.loads(text)["coverage"] == {"complete": False}


@pytest.mark.parametrize("content", ["word\n1\n", "\n\n", "a b c\n"])
def test_what_has_no_columns_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(SourceError, match="expected a header with column names"):
        guess_map(written(tmp_path, content))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    names=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=2, max_size=6),
    words=st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=5),
)
def test_whatever_stands_in_a_file_the_proposal_is_toml(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], words: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("guess")
    columns = dict.fromkeys([*names, "kind", "country", "deaths", "date"], words)
    pd.DataFrame(columns).to_csv(folder / "list.csv", index=False, lineterminator="\n")
    try:
        text = guess_map(folder / "list.csv")
    except SourceError:
        return
    assert tomllib.loads(text)["coverage"] == {"complete": False}
