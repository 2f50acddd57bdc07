"""HDX's counts: each row once, types and levels never mixed, a cut page never taken for a whole."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import SourceError
from data.reading import ReadResult
from data.sources.figures.figure_files import FigureRequest, read_figure_files
from tests.calls import Answer, run_inside
from tests.data.hdx import CT, DM, PV, Count, write_hapi, write_workbook

FINE = [
    Count("MLI", "0101", 1, 3, 10),
    Count("MLI", "0102", 1, 2, 0),
    Count("MLI", "0101", 2, 0, 0),
    Count("MLI", "0102", 2, 4, None),
    Count("MLI", "0101", 3, 1, 1),
    Count("MLI", "0102", 3, 1, 1),
]
COARSE = [Count("TGO", "", month, 0, 0) for month in (1, 2, 3)]
KOSOVO = [Count("XKX", "", month, month, 0) for month in (1, 2, 3)]
OTHERS = [row._replace(kind=CT, events=1, deaths=1) for row in FINE[:4]] + [
    row._replace(kind=DM, events=7, deaths=None) for row in FINE
]


def read(*paths: Path, **asked: object) -> ReadResult:
    (reading,) = read_figure_files(paths, FigureRequest(**asked))
    return reading


def counts(reading: ReadResult, name: str = "events") -> dict[tuple[str, str], int | None]:
    frame = reading.frame
    keys = zip(frame["region_id"], frame["month"], strict=True)
    return {key: None if pd.isna(n) else int(n) for key, n in zip(keys, frame[name], strict=True)}


def call(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    (tmp_path / "w").mkdir(exist_ok=True)
    return run_inside(capsys, "-w", tmp_path / "w", *words)


def test_districts_come_as_they_are_and_types_never_add_up(tmp_path: Path) -> None:
    reading = read(write_hapi(tmp_path / "h.csv", FINE + OTHERS))
    assert reading.source == "hdx-political-violence-admin2"
    assert (reading.rows, reading.quarantined, reading.duplicates) == (6, 0, 0)
    assert counts(reading)["ML0101", "2025-01"] == 3
    assert counts(reading, "deaths")["ML0102", "2025-02"] is None
    assert counts(reading, "deaths")["ML0101", "2025-02"] == 0
    assert reading.regions["region"].tolist() == ["District 0101", "District 0102"]
    assert set(reading.regions["country"]) == {"Mali"}
    assert any("10 rows of other event types are left out" in told for told in reading.warnings)
    assert "a row of HXL tags was skipped" in reading.fixed
    assert "a UTF-8 byte order mark was skipped" in reading.fixed


def test_another_type_is_taken_when_it_is_asked_for(tmp_path: Path) -> None:
    path = write_hapi(tmp_path / "h.csv", FINE + OTHERS)
    demonstrations = read(path, event_type=DM)
    assert demonstrations.source == "hdx-demonstration-admin2"
    assert set(demonstrations.frame) == {"region_id", "month", "events", "status"}
    assert demonstrations.frame["events"].sum() == 42
    assert read(path, event_type=CT).frame["deaths"].sum() == 4


def test_levels_are_not_mixed_unless_finer_rows_are_added_up(tmp_path: Path) -> None:
    path = write_hapi(tmp_path / "h.csv", FINE + COARSE)
    with pytest.raises(SourceError, match=r"country \(1\), admin2 \(1\).*--admin-level") as caught:
        read(path)
    assert caught.value.column == "admin_level"
    reading = read(path, level="country")
    assert counts(reading) == {
        ("MLI", "2025-01"): 5,
        ("MLI", "2025-02"): 4,
        ("MLI", "2025-03"): 2,
        **{("TGO", f"2025-0{month}"): 0 for month in (1, 2, 3)},
    }
    assert counts(reading, "deaths")["MLI", "2025-02"] is None
    assert any("6 finer rows of 1 countries are added up" in told for told in reading.warnings)
    assert counts(read(path, level="admin1")) == {
        ("ML01", "2025-01"): 5,
        ("ML01", "2025-02"): 4,
        ("ML01", "2025-03"): 2,
    }
    fine = read(path, level="admin2")
    assert set(fine.frame["region_id"]) == {"ML0101", "ML0102"}
    assert any("1 countries have none of the level admin2" in told for told in fine.warnings)


def test_a_country_given_at_two_levels_counts_once(tmp_path: Path) -> None:
    whole = [Count("MLI", "", 1, 9, 9), Count("MLI", "", 2, 9, 9)]
    reading = read(write_hapi(tmp_path / "h.csv", FINE + whole), level="country")
    assert counts(reading) == {("MLI", "2025-01"): 9, ("MLI", "2025-02"): 9}


def test_a_month_that_lacks_a_district_is_partial(tmp_path: Path) -> None:
    path = write_hapi(tmp_path / "h.csv", [row for row in FINE if row != FINE[1]])
    frame = read(path, level="country").frame.set_index("month")
    assert frame["status"].to_dict() == {
        "2025-01": "partial",
        "2025-02": "observed",
        "2025-03": "partial",
    }


def test_the_newest_month_is_partial_unless_it_is_said_to_be_whole(tmp_path: Path) -> None:
    path = write_hapi(tmp_path / "h.csv", FINE)
    reading = read(path)
    assert set(reading.frame.loc[reading.frame["status"] == "partial", "month"]) == {"2025-03"}
    assert any("2025-03, counts as partial" in told for told in reading.warnings)
    assert set(read(path, through="2025-03").frame["status"]) == {"observed"}
    early = read(path, through="2025-01").frame
    assert set(early.loc[early["status"] == "partial", "month"]) == {"2025-02", "2025-03"}


def many(count: int, start: int = 0) -> list[Count]:
    return [
        Count("MLI", f"{number // 6:05d}", number % 6 + 1, number % 3, 0)
        for number in range(start, start + count)
    ]


def test_a_page_of_full_length_must_be_followed_by_a_shorter_one(tmp_path: Path) -> None:
    rows = many(10_006)
    first = write_hapi(tmp_path / "p0.csv", rows[:10_000], tags=False)
    rest = write_hapi(tmp_path / "p1.csv", rows[9_999:], tags=False)
    empty = write_hapi(tmp_path / "p2.csv", [], tags=False)
    whole = write_hapi(tmp_path / "all.csv", rows)
    with pytest.raises(SourceError, match=r"exactly 10,000 rows.*fetch the next page"):
        read(first)
    with pytest.raises(SourceError, match=r"p0.csv line 10001: .*exactly 10,000 rows"):
        read(rest, first)
    joined = read(first, rest)
    assert joined.duplicates == 1
    assert (joined.rows, joined.quarantined) == (10_007, 0)
    assert joined.file.name == "p0.csv and 1 more"
    assert joined.frame.equals(read(whole).frame)
    assert len(read(first, empty).frame) == 10_000
    with pytest.raises(SourceError, match="no events"):
        read(empty)


def test_a_file_that_is_no_page_may_be_longer(tmp_path: Path) -> None:
    assert len(read(write_hapi(tmp_path / "y.csv", many(10_050))).frame) == 10_050


def test_unlike_counts_of_one_region_month_are_set_aside(tmp_path: Path) -> None:
    rows = [*many(600), many(1)[0]._replace(events=8), many(1)[0]]
    reading = read(write_hapi(tmp_path / "h.csv", rows))
    assert (reading.rows, reading.quarantined, reading.duplicates) == (602, 2, 1)
    assert ("ML00000", "2025-01") not in counts(reading)
    assert reading.quarantine["line"].tolist() == [3, 603]
    assert set(reading.quarantine["column"]) == {"events"}


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"events": "-1"}, "events", "whole number"),
        ({"events": ""}, "events", "must not be empty"),
        ({"fatalities": "2.5"}, "fatalities", "whole number"),
        ({"reference_period_end": "2025-12-31"}, "reference_period_start", "a month as YYYY-MM"),
        ({"event_type": "riots"}, "event_type", "must be one of political_violence"),
        ({"admin_level": "3"}, "admin_level", "must be one of 0, 1, 2"),
        (
            {"location_code": ""},
            "location_code",
            "expected a country, got none",
        ),
        (
            {"admin2_code": "", "admin2_name": "", "provider_admin2_name": ""},
            "location_code",
            "expected a code or a name of the level admin2, got none",
        ),
    ],
)
def test_a_bad_row_is_kept_apart(
    tmp_path: Path, changes: dict[str, str], column: str, rule: str
) -> None:
    rows = [*many(150), many(1, start=200)[0].hapi() | changes]
    reading = read(write_hapi(tmp_path / "h.csv", rows))
    assert (reading.rows, len(reading.frame), reading.quarantined) == (151, 150, 1)
    (fault,) = reading.quarantine.to_dict("records")
    assert (fault["line"], fault["column"]) == (153, column)
    assert rule in fault["rule"]


def test_a_district_without_a_code_is_called_by_its_names(tmp_path: Path) -> None:
    row = FINE[0].hapi() | {"admin1_code": "", "admin2_code": "", "admin2_name": ""}
    reading = read(write_hapi(tmp_path / "h.csv", [row]), through="2025-01")
    assert reading.frame["region_id"].tolist() == ["MLI:North:District 0101"]


def test_a_workbook_gives_the_figures_of_the_csv(tmp_path: Path) -> None:
    rows = FINE + COARSE + KOSOVO
    name = "political-violence-events-and-fatalities-as-of-2025-03-10.xlsx"
    book = write_workbook(tmp_path / name, rows)
    for level in ("country", "admin1", "admin2"):
        theirs, ours = (
            read(write_hapi(tmp_path / "h.csv", rows), level=level),
            read(book, level=level),
        )
        assert ours.frame.equals(theirs.frame)
        assert ours.regions.equals(theirs.regions)
        assert ours.source == theirs.source
    assert "XKX" in set(read(book, level="country").regions["region_id"])
    assert read(book, level="country").release == "2025-03-10"
    assert counts(read(book, level="country"))["TGO", "2025-01"] == 0


def test_sheets_are_found_by_their_header(tmp_path: Path) -> None:
    one = write_workbook(tmp_path / "political_violence.xlsx", FINE + COARSE)
    other = write_workbook(
        tmp_path / "political_violence_2.xlsx",
        FINE + COARSE,
        order=("HRP_2", "Non_HRP", "TOU", "HRP_1"),
    )
    assert read(one, level="country").frame.equals(read(other, level="country").frame)
    bare = write_workbook(tmp_path / "political_violence_3.xlsx", FINE, order=("TOU",))
    with pytest.raises(
        SourceError, match=r"expected a sheet with rows under .* only the sheets TOU"
    ):
        read(bare)


def test_a_workbook_of_demonstrations_has_no_deaths(tmp_path: Path) -> None:
    rows = [row._replace(kind=DM, deaths=None) for row in FINE]
    reading = read(write_workbook(tmp_path / "demonstration-events.xlsx", rows))
    assert set(reading.frame) == {"region_id", "month", "events", "status"}


def test_what_a_workbook_counts_must_be_known(tmp_path: Path) -> None:
    plain = write_workbook(tmp_path / "counts.xlsx", FINE)
    named = write_workbook(tmp_path / "civilian-targeting-events.xlsx", FINE)
    with pytest.raises(SourceError, match="--event-type political_violence, civ"):
        read(plain)
    assert read(plain, event_type=PV).source == "hdx-political-violence-admin2"
    with pytest.raises(SourceError, match="got civilian_targeting by its name"):
        read(named, event_type=PV)
    with pytest.raises(SourceError, match="expected a file that counts civilian_targeting"):
        read(named, write_workbook(tmp_path / "demonstration-events.xlsx", FINE))


def test_a_bad_cell_of_a_workbook_is_named_by_sheet_and_row(tmp_path: Path) -> None:
    rows = [*many(300), Count("MLI", "99999", 1, -4, 0)]
    reading = read(write_workbook(tmp_path / "political_violence.xlsx", rows))
    assert reading.quarantined == 1
    (fault,) = reading.quarantine.to_dict("records")
    assert (fault["column"], fault["line"], fault["value"]) == ("HRP_1!Events", 152, "-4")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "political_violence.xlsx", FINE).read_bytes()
    path = tmp_path / "political_violence_cut.xlsx"
    for cut in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(SourceError):
            read(path)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_workbook_with_a_changed_byte_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("byte")
    whole = bytearray(write_workbook(folder / "political_violence.xlsx", FINE).read_bytes())
    whole[place % len(whole)] = byte
    (folder / "political_violence.xlsx").write_bytes(whole)
    with contextlib.suppress(SourceError):
        assert read(folder / "political_violence.xlsx").rows == 6


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "political_violence.xlsx", FINE).read_bytes()
    bomb = io.BytesIO(whole)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(60 << 20))
    (tmp_path / "political_violence.xlsx").write_bytes(bomb.getvalue())
    with pytest.raises(SourceError, match="refused as too large"):
        read(tmp_path / "political_violence.xlsx")


def test_the_command_line_makes_a_panel_of_them(tmp_path: Path, capsys) -> None:
    past = [
        row._replace(month=month, year=year)
        for year in (2023, 2024)
        for month in range(1, 13)
        for row in (FINE[0], FINE[1], COARSE[0])
    ]
    path = write_hapi(tmp_path / "hapi.csv", past + FINE + COARSE + OTHERS)
    refused = call(tmp_path, capsys, "ingest", "figures", path)
    assert refused.returncode == 1
    assert "choose one with --admin-level" in refused.stderr
    done = call(tmp_path, capsys, "ingest", "figures", path, "--admin-level", "country", "--json")
    assert done.returncode == 0, done.stderr
    (record,) = json.loads(done.stdout)["ingests"]
    assert record["source"] == "hdx-political-violence-country"
    assert record["complete_through"] == "2025-02"
    assert "counts as partial" in done.stderr
    panel = call(tmp_path, capsys, "panel", "--scale", "country")
    assert panel.returncode == 0, panel.stderr
    made = pd.read_parquet(tmp_path / "w" / "panels" / "country" / "panel.parquet")
    cells = made.set_index(["region_id", "month"])
    assert cells.loc[("MLI", "2025-01"), "events"] == 5
    assert cells.loc[("TGO", "2025-02"), "events"] == 0
    assert pd.isna(cells.loc[("MLI", "2025-03"), "events"])
    assert cells.loc[("MLI", "2025-03"), "status"] == "partial"


def test_a_panel_of_another_level_than_the_figures_is_refused(tmp_path: Path, capsys) -> None:
    past = [row._replace(month=m, year=2022 + y) for y in range(3) for m in range(1, 13)
            for row in FINE[:2]]  # fmt: skip
    path = write_hapi(tmp_path / "hapi.csv", past)
    assert call(tmp_path, capsys, "ingest", "figures", path).returncode == 0
    for scale in ("country", "admin1", "priogrid"):
        refused = call(tmp_path, capsys, "panel", "--scale", scale)
        assert refused.returncode == 2
        assert f"count regions of the level admin2, not {scale}" in refused.stderr
        assert not (tmp_path / "w" / "panels" / scale).exists()
    for scale in ("admin2", "districts"):
        assert call(tmp_path, capsys, "panel", "--scale", scale).returncode == 0
    added_up = ("ingest", "figures", path, "--admin-level", "admin1")
    assert call(tmp_path, capsys, *added_up).returncode == 0
    chosen = ("--source", "hdx-political-violence-admin1")
    assert call(tmp_path, capsys, "panel", "--scale", "admin1", *chosen).returncode == 0
    made = pd.read_parquet(tmp_path / "w" / "panels" / "admin1" / "panel.parquet")
    assert (made["region_id"].unique().tolist(), made["events"].iloc[0]) == (["ML01"], 5)


@pytest.mark.parametrize(
    ("scale", "says"),
    [("country", 'got several of "Mali"'), ("priogrid", "needs PRIO-GRID cells")],
)
def test_figures_of_ones_own_are_not_taken_for_what_they_cannot_be(
    tmp_path: Path, capsys, scale: str, says: str
) -> None:
    months = [f"{year}-{month:02d}" for year in (2019, 2020) for month in range(1, 13)]
    lines = [f"{region},{month},Mali,1" for region in ("a", "b") for month in months]
    (tmp_path / "own.csv").write_text("\n".join(["region_id,month,country,events", *lines]))
    words = ("ingest", "figures", tmp_path / "own.csv", "--limit", "0.1")
    assert call(tmp_path, capsys, *words).returncode == 0
    refused = call(tmp_path, capsys, "panel", "--scale", scale)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert call(tmp_path, capsys, "panel", "--scale", "admin1").returncode == 0


def test_a_region_table_of_ones_own_must_name_them_all(tmp_path: Path, capsys) -> None:
    path = write_hapi(tmp_path / "hapi.csv", FINE)
    regions = tmp_path / "regions.csv"
    regions.write_text("region_id,region,country\nML0101,One,Mali\n")
    done = call(tmp_path, capsys, "ingest", "figures", path, "--regions", regions)
    assert done.returncode == 1
    assert "the region table lacks 1 regions, such as ML0102" in done.stderr


def test_options_of_hdx_do_not_go_with_our_own_layout(tmp_path: Path, capsys) -> None:
    own = tmp_path / "own.csv"
    own.write_text("region_id,month,events\na,2020-01,1\n")
    done = call(tmp_path, capsys, "ingest", "figures", own, "--event-type", PV)
    assert done.returncode == 2
    assert "--event-type is only for files of HDX" in done.stderr
    mixed = call(tmp_path, capsys, "ingest", "figures", own, write_hapi(tmp_path / "h.csv", FINE))
    assert mixed.returncode == 1
    assert "expected files of one layout, got own, hapi" in mixed.stderr
    wrong = call(tmp_path, capsys, "ingest", "figures", own, "--data-through", "June")
    assert wrong.returncode == 2
