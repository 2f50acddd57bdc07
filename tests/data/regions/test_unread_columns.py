"""Columns of tables beside the data: taken under their other name, or named."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.calls import run

FIGURES = "region_id,month,events,deaths\n" + "".join(
    f"0102,{year}-{month:02d},1,2\n" for year in (2023, 2024) for month in range(1, 13)
)


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "figures.csv").write_text(FIGURES)

    def call(*words, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        paths = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
        done = run("--workspace", str(tmp_path / "w"), *paths)
        assert done.returncode == 0, done.stderr
        return done.stderr

    call.table = lambda: pd.read_parquet(tmp_path / "w" / "panels" / "admin1" / "regions.parquet")
    return call


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_name_is_taken_and_what_is_not_read_is_named(desk, mark):
    regions = "region_id,name,country,latitude,longitude,pop\n0102,Beta,Mali,10.5,1.5,9\n"
    regions = regions.replace(",", mark)
    if mark == ";":
        regions = regions.replace("10.5", "10,5").replace("1.5", "1,5")
    told = desk("ingest", "figures", "figures.csv", "--regions", "regions.csv", regions=regions)
    assert "regions.csv: columns that are not read: pop (known: region_id" in told
    assert "not read: name" not in told
    desk("panel")
    row = desk.table().iloc[0]
    assert (row["region"], row["latitude"], row["longitude"]) == ("Beta", 10.5, 1.5)


def test_a_name_beside_the_region_is_not_read_and_named(desk):
    regions = "region_id,region,name\n0102,Beta,Gamma\n"
    told = desk("ingest", "figures", "figures.csv", "--regions", "regions.csv", regions=regions)
    assert "regions.csv: columns that are not read: name" in told
    desk("panel")
    assert desk.table()["region"].tolist() == ["Beta"]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("changes", "kind,old_id,new_id,valid_from,share,note\nend,0102,,2025-01,,x\n"),
        ("places", "name,kind,latitude,longitude,note\nBase,base,10,1,x\n"),
        ("regions", "region_id,note\n0102,x\n"),
    ],
)
def test_panel_names_what_it_does_not_read(desk, option, text):
    desk("ingest", "figures", "figures.csv")
    told = desk("panel", f"--{option}", f"{option}.csv", **{option: text})
    assert f"{option}.csv: columns that are not read: note" in told
    assert "not read" not in desk(
        "panel",
        f"--{option}",
        f"{option}.csv",
        **{option: text.replace(",note", "").replace(",x", "")},
    )
