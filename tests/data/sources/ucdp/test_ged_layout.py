"""UCDP's official files without a header row, known by their shape and by nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from data.errors import SchemaError
from data.sources.ucdp.ged_layout import GED_COLUMNS, header_of
from data.sources.ucdp.release_csv import read_ucdp
from tests.shared import shared_file


def test_the_order_is_that_of_the_published_file() -> None:
    with shared_file("ucdp_candidate_23_0_10.csv").open(encoding="utf-8", newline="") as stream:
        assert tuple(next(csv.reader(stream))) == GED_COLUMNS
    assert len(set(GED_COLUMNS)) == 49


@pytest.mark.parametrize("compression", [None, "gzip", "zip"])
def test_the_real_file_reads_the_same_without_its_header(
    tmp_path: Path, compression: str | None
) -> None:
    whole = shared_file("ucdp_candidate_23_0_10.csv")
    text = pd.read_csv(whole, dtype=str, keep_default_na=False)
    suffix = {None: "", "gzip": ".gz", "zip": ".zip"}[compression]
    path = tmp_path / f"GEDEvent_v23_0_10.csv{suffix}"
    text.to_csv(path, header=False, index=False, compression=compression)
    assert header_of(path) == GED_COLUMNS
    ours, theirs = read_ucdp(path, release=None), read_ucdp(whole, release=None)
    pd.testing.assert_frame_equal(ours.frame, theirs.frame)
    assert ours.rows == 2_391
    assert "the file has no header row: its columns were taken in the official order" in (
        ours.warnings
    )


def test_no_other_shape_is_taken_for_it(tmp_path: Path) -> None:
    row = dict.fromkeys(GED_COLUMNS, "x") | {
        "id": "1",
        "year": "2024",
        "type_of_violence": "1",
        "where_prec": "2",
        "latitude": "1.5",
        "longitude": "-2",
        "date_start": "2024-01-01 00:00:00.000",
        "date_end": "2024-01-01",
        "best": "3",
    }
    path = tmp_path / "v24_0_1.csv"

    def written(cells: dict[str, str]) -> Path:
        path.write_text(",".join(cells.values()) + "\n")
        return path

    assert header_of(written(row)) == GED_COLUMNS
    for name in ("id", "year", "type_of_violence", "latitude", "date_start", "best"):
        assert header_of(written(row | {name: "x"})) is None
    assert header_of(written({name: row[name] for name in GED_COLUMNS[:-1]})) is None
    with pytest.raises(SchemaError, match="line 1"):
        read_ucdp(path, release=None)
