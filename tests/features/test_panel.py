import dataclasses

import numpy as np
import pandas as pd
import pytest

from data.counting.counting import count_figures
from data.errors import EvidenceError, RuntimeEnvironmentError, SchemaError
from data.months import month_range
from data.schema import REGION_COLUMNS
from features.panel import build_panel, read_panel, write_panel
from tests.records import vouch


def _counts(last="2021-12", **changes):
    months = month_range("2020-01", last)
    frame = pd.DataFrame(
        {
            "region_id": pd.Series(["a"] * len(months) + ["b"] * len(months), dtype="str"),
            "month": pd.Series(months * 2, dtype="str"),
            "events": np.arange(2 * len(months)),
        }
    ).assign(**changes)
    regions = pd.DataFrame(
        {name: ["a", "b"] for name in REGION_COLUMNS[:3]}
        | {name: [0.0, 1.0] for name in REGION_COLUMNS[3:6]}
        | {"neighbours": ["b", "a"]}
    )
    return count_figures(frame, regions, scale="admin1")


def test_a_panel_holds_the_counts_as_float32():
    panel = build_panel(_counts())
    assert panel.measure("events").dtype == np.float32
    assert panel.measure("events")[1].tolist() == list(range(24, 48))
    assert panel.region_ids == ("a", "b")
    assert (panel.months[0], panel.last_complete_month()) == ("2020-01", "2021-12")
    assert panel.observed().all()


def test_fewer_than_24_observed_months_are_refused():
    with pytest.raises(EvidenceError, match="23 observed months; at least 24 are needed"):
        build_panel(_counts("2021-11"))


def test_months_that_are_not_observed_do_not_count():
    status = np.where(np.arange(48) % 24 == 5, "partial", "observed")
    with pytest.raises(EvidenceError, match="23 observed months"):
        build_panel(_counts(status=status))
    seen_in_one = np.where(np.arange(48) == 5, "partial", "observed")
    assert np.isnan(build_panel(_counts(status=seen_in_one)).measure("events")).sum() == 1


def test_a_panel_that_is_written_reads_back(tmp_path):
    status = np.where(np.arange(48) == 5, "partial", "observed")
    panel = build_panel(_counts(status=status))
    write_panel(panel, tmp_path, manifest={"source": "figures"})
    again = read_panel(tmp_path)
    assert again.digest() == panel.digest()
    assert again.region_ids == panel.region_ids
    np.testing.assert_array_equal(again.status, panel.status)


def test_distances_are_kept_and_part_of_the_digest(tmp_path):
    plain = build_panel(_counts())
    far = dataclasses.replace(plain, regions=plain.regions.assign(capital_km=[1.0, np.nan]))
    farther = dataclasses.replace(plain, regions=plain.regions.assign(capital_km=[2.0, np.nan]))
    assert len({panel.digest() for panel in (plain, far, farther)}) == 3
    write_panel(far, tmp_path, manifest={})
    again = read_panel(tmp_path)
    assert again.regions["capital_km"].iloc[0] == 1.0
    assert "border_km" not in again.regions


@pytest.mark.parametrize("rows", [1, 48, 50, 96, 10_000])
def test_a_panel_written_in_parts_is_the_panel_written_at_once(tmp_path, monkeypatch, rows):
    panel = build_panel(_counts())
    monkeypatch.setattr("features.panel._ROWS_AT_ONCE", rows)
    write_panel(panel, tmp_path, manifest={})
    assert read_panel(tmp_path).digest() == panel.digest()
    frame = pd.read_parquet(tmp_path / "panel.parquet")
    assert [str(frame[name].dtype) for name in ("region_id", "month", "status")] == ["str"] * 3
    assert frame["month"].tolist() == [*panel.months] * len(panel.regions)
    assert frame["region_id"].is_monotonic_increasing


def test_a_panel_that_was_changed_is_refused(tmp_path):
    write_panel(build_panel(_counts()), tmp_path, manifest={})
    frame = pd.read_parquet(tmp_path / "panel.parquet")
    frame.loc[3, "events"] += 1
    frame.to_parquet(tmp_path / "panel.parquet", index=False)
    with pytest.raises(RuntimeEnvironmentError, match=r"panel\.parquet was changed or damaged"):
        read_panel(tmp_path)
    vouch(tmp_path / "panel.parquet")
    with pytest.raises(SchemaError, match="does not match the digest in its manifest"):
        read_panel(tmp_path)
    frame.iloc[:-1].to_parquet(tmp_path / "panel.parquet", index=False)
    vouch(tmp_path / "panel.parquet")
    with pytest.raises(SchemaError, match="expected a row for every region and month"):
        read_panel(tmp_path)


def test_no_panel_is_no_evidence(tmp_path):
    with pytest.raises(EvidenceError, match="holds no panel: run `escalation panel` first"):
        read_panel(tmp_path)


def test_a_panel_cut_at_an_origin_ends_there():
    panel = build_panel(_counts())
    cut = panel.up_to("2020-03")
    assert cut.months == ("2020-01", "2020-02", "2020-03")
    assert cut.measure("events").tolist() == [[0, 1, 2], [24, 25, 26]]
    assert cut.digest() != panel.digest()
    with pytest.raises(EvidenceError, match="month 2022-01 is outside the panel"):
        panel.up_to("2022-01")
    with pytest.raises(EvidenceError, match='no measure "deaths"; it has events'):
        panel.measure("deaths")


def test_a_panel_without_an_observed_month_has_no_last_one():
    panel = build_panel(_counts())
    blank = dataclasses.replace(panel, status=np.full_like(panel.status, 1))
    with pytest.raises(EvidenceError, match="no observed month"):
        blank.last_complete_month()
