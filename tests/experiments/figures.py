"""Figures files made from small panels, for tests that go through the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.months import month_range
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import Panel
from tests.calls import Answer, run_inside

__all__ = ["call", "figures_of", "make_workspace", "small_figures", "without_tracking"]


def small_figures(
    events: Mapping[str, object], *, first: str = "2010-01", countries: Mapping[str, str] = {}
) -> pd.DataFrame:
    """Figures of regions in a row; a month whose count is NaN is left out."""
    rows = []
    for place, (region, counts) in enumerate(events.items()):
        values = np.asarray(counts, dtype=float)
        months = month_range(first, "2030-12")[: len(values)]
        rows.append(
            pd.DataFrame(
                {
                    "region_id": region,
                    "month": months,
                    "events": values,
                    "deaths": values * 3,
                    "region": f"Region {region}",
                    "country": countries.get(region, "Left"),
                    "latitude": 12.0 + place // 4,
                    "longitude": place % 4,
                }
            )
        )
    frame = pd.concat(rows, ignore_index=True)
    return frame[frame["events"].notna()].astype({"events": int, "deaths": int})


def figures_of(panel: Panel) -> pd.DataFrame:
    """Figures that carry the counts of a panel."""
    events = dict(zip(panel.region_ids, panel.measure("events"), strict=True))
    countries = dict(zip(panel.region_ids, panel.regions["country"], strict=True))
    return small_figures(events, first=panel.months[0], countries=countries)


def call(capsys: pytest.CaptureFixture[str], folder: Path, *words: object) -> Answer:
    """Run a command in a workspace and expect it to end well."""
    done = run_inside(capsys, "-w", folder, *words)
    assert done.returncode == 0, done.stderr
    return done


def make_workspace(capsys: pytest.CaptureFixture[str], folder: Path, frame: pd.DataFrame) -> Path:
    """Ingest figures and build the panel as a user does."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "figures.csv"
    frame.to_csv(file, index=False)
    call(capsys, folder, "ingest", "figures", file)
    call(capsys, folder, "panel", "--scale", "admin1")
    return folder


def without_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tracking say at once that there is no server, without a process of its own."""
    answer = Tracked("off", warning="there is no server")
    monkeypatch.setattr(Tracker, "_work_all", lambda _, tasks, **_patience: [answer] * len(tasks))
    # The worker processes of other tests may stay; those of these end soon after they are idle.
    monkeypatch.setitem(os.environ, "PYTHONWARNINGS", "ignore")
