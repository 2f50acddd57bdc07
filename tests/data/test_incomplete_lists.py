"""A list that is not complete makes no zero, enters no count, and its claims are no confirmed toll.

Seen through the command line, on the committed list of notable attacks beside a complete list.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from tests.data.desk import Desk, plain
from tests.data.sources.own.test_mapping import SAMPLES

AES = SAMPLES / "aes_attacks_2024_2025.csv"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "w").mkdir()
    return Desk(tmp_path, capsys)


def panel_bytes(desk: Desk) -> str:
    """Build the panel of countries and return the fingerprint of its tables."""
    done = desk.call("panel", "--scale", "country")
    assert done.returncode == 0, done.stderr
    folder = desk.folder / "w" / "panels" / "country"
    tables = [(folder / f"{name}.parquet").read_bytes() for name in ("panel", "regions")]
    return hashlib.sha256(b"".join(tables)).hexdigest()


def bring_in(desk: Desk, path: Path = AES, map_file: Path = SAMPLES / "aes.map.toml") -> None:
    done = desk.call("ingest", "csv", path, "--map", map_file)
    assert done.returncode == 0, done.stderr
    assert "no complete month: makes no zeros" in done.stdout


def test_a_complete_list_counts_the_same_with_and_without_it(desk: Desk) -> None:
    assert desk.ingest(plain()).returncode == 0
    before = panel_bytes(desk)
    bring_in(desk)
    assert set(desk.events()["source"]) == {"mine", "aes"}
    assert panel_bytes(desk) == before
    refused = desk.call("panel", "--scale", "country", "--source", "aes")
    assert refused.returncode == 2
    assert 'there is no complete source "aes": choose one of mine' in refused.stderr


def test_the_same_source_may_not_slip_in_by_its_name(desk: Desk) -> None:
    """Rows of an incomplete list stay out even under the name and ids of a complete one."""
    assert desk.ingest(plain()).returncode == 0
    before = panel_bytes(desk)
    text = (SAMPLES / "aes.map.toml").read_text().replace('source = "aes"', 'source = "mine"')
    (desk.folder / "aes.toml").write_text(text)
    (desk.folder / "renamed.csv").write_text(AES.read_text().replace("AES-0", "e"))
    bring_in(desk, desk.folder / "renamed.csv", desk.folder / "aes.toml")
    assert panel_bytes(desk) == before


def test_alone_it_makes_no_panel(desk: Desk) -> None:
    bring_in(desk)
    done = desk.call("panel", "--scale", "country")
    assert done.returncode == 1
    assert "expected a complete list or figures in the store, got neither" in done.stderr
    assert not (desk.folder / "w" / "panels").exists()


def test_claimed_deaths_and_unknown_tolls_stay_what_they_are(desk: Desk) -> None:
    bring_in(desk)
    events = desk.events().set_index("event_id").sort_index()
    listed = pd.read_csv(AES, dtype=str, keep_default_na=False).set_index("event_id").sort_index()
    claimed = listed["deaths_claimed"] != ""
    unknown = listed["deaths_best"] == ""
    assert (claimed & unknown).any()
    assert events["deaths_best"].isna().tolist() == unknown.tolist()
    for name in ("deaths_best", "deaths_claimed", "captured"):
        known = listed[name] != ""
        assert (
            events.loc[known, name].astype(int).tolist() == listed[known][name].astype(int).tolist()
        )
        assert events.loc[~known, name].isna().all()
    for name in ("site_overrun", "tactics", "note"):
        assert events[name].tolist() == listed[name].tolist()
    status = json.loads(desk.call("status", "--json").stdout)
    assert "291" in json.dumps(status)
    assert int(listed.loc[~unknown, "deaths_best"].astype(int).sum()) == 291
