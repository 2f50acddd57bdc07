"""Panels, revisions, features and the state of the store from Python."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest

import escalation
from tests.calls import run


def read_only(path):
    return escalation.Workspace(path)


def test_the_panel_is_that_of_the_command_line(sample_workspace, workspace):
    panel = read_only(sample_workspace).read_panel()
    assert repr(panel) == (
        "BuiltPanel(admin1: 308 regions x 384 months, 1989-01 to 2020-12, source ucdp-sample)"
    )
    done = run("-w", str(workspace.path), "panel", "--scale", "admin1", "--json")
    assert panel.digest() in done.stdout
    frame = panel.frame
    assert len(frame) == 308 * 384
    assert frame["events"].sum() == panel.measure("events").sum() == 10654
    row = frame[(frame["region_id"] == panel.region_ids[7]) & (frame["month"] == "2015-03")]
    place = panel.position("2015-03")
    assert row["deaths"].iloc[0] == panel.measure("deaths")[7, place]
    assert panel.reconciliation.set_index("side")["deaths"]["panel"] == 98004
    assert "ucdp-sample" in panel._repr_html_()
    assert panel.up_to("2019-12").months[-1] == "2019-12"


def test_paths_are_taken_from_here_not_from_the_workspace(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(escalation.sample("sahel_regions.parquet"), "own.parquet")
    with pytest.raises(escalation.EscalationError, match=str(tmp_path / "absent")):
        workspace.panel("admin1", regions="absent.parquet")
    panel = workspace.panel("mine", regions="own.parquet", from_month="2010-01")
    assert (len(panel.regions), panel.months[0], panel.scale) == (308, "2010-01", "mine")


def test_features_come_with_their_formulas_and_are_written(sample_workspace, tmp_path):
    made = read_only(sample_workspace).features(
        since="2019-01", without=["actors", "severity"], out=tmp_path / "features.parquet"
    )
    assert len(made.frame) == 308 * 24
    assert list(made.frame)[:3] == ["region_id", "month", "events_lag_0"]
    assert made.catalogue["name"].tolist() == list(made.frame)[2:]
    assert made.absent["severity"] == "switched off"
    assert "events_sum_12" in set(made.catalogue["name"])
    row = made.catalogue.set_index("name").loc["events_sum_12"]
    assert row["formula"] == "sum of events over the 12 months up to t"
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "features.parquet"), made.frame)
    panel = read_only(sample_workspace).read_panel()
    sums = panel.measure("events")[:, -12:].sum(axis=1)
    last = made.frame[made.frame["month"] == "2020-12"]
    assert np.array_equal(last["events_sum_12"], sums)
    assert "absent: severity: switched off" in made._repr_html_()


def test_features_of_the_command_line_are_the_same(sample_workspace, tmp_path):
    out = tmp_path / "f.csv"
    words = ("features", "--since", "2020-01", "--without", "actors,severity", "--out", str(out))
    done = run("-w", str(sample_workspace), *words)
    made = read_only(sample_workspace).features(since="2020-01", without="actors,severity")
    assert done.stdout.splitlines()[0] == (
        f"{len(made.catalogue)} features of 308 regions, 2020-01 to 2020-12"
    )
    assert "absent: severity: switched off" in done.stdout
    assert list(pd.read_csv(out)) == list(made.frame)
    wrong = run("-w", str(sample_workspace), "features", "--out", "features.txt")
    assert wrong.stderr.endswith("expected a name that ends in .csv or .parquet\n")


def test_revisions_need_two_releases(sample_workspace):
    with pytest.raises(escalation.EvidenceError, match="holds no release before"):
        read_only(sample_workspace).revisions()


def test_what_the_disk_refuses_is_an_error_of_ours(tmp_path, monkeypatch):
    workspace = escalation.Workspace.create(tmp_path)

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "store")

    monkeypatch.setattr("data.store.status.store_status", refused)
    with pytest.raises(escalation.RuntimeEnvironmentError, match=r"^store: Permission denied$"):
        workspace.status()


def test_the_table_of_countries_of_the_settings_holds_inside_a_call(tmp_path, monkeypatch):
    workspace = escalation.Workspace.create(tmp_path, exist_ok=True)
    (tmp_path / "escalation.toml").write_text('[panel]\ncountries = "own.csv"\n')
    seen = []
    monkeypatch.setattr(
        "data.store.status.store_status",
        lambda *_, **__: seen.append(os.environ["ESCALATION_COUNTRIES"]) or 1 / 0,
    )
    with pytest.raises(ZeroDivisionError):
        workspace.status()
    assert seen == [str(tmp_path / "own.csv")]
    assert "ESCALATION_COUNTRIES" not in os.environ
