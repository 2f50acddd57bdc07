"""A workspace with issues whose months have come, from the bundled sample, by the command line.

Four countries from 2014 on. Some region-months are missing on purpose: Borno and Mopti are not
observed in December 2020, Gao not in November 2020.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.workspace import Workspace
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.specification import BacktestSpec
from features.panel import read_panel
from tests.calls import NOWHERE, Answer, run, tracked_as_told
from tests.shared import ROOT

__all__ = [
    "FORECAST",
    "HOLES",
    "call",
    "fill_store",
    "ingest_figures",
    "keep_backtest",
    "make_scored_workspace",
    "taken",
]

SAMPLES = ROOT / "data" / "samples"
COUNTRIES = ("Mali", "Burkina Faso", "Niger", "Nigeria")
HOLES = (("Borno", "2020-12"), ("Mopti", "2020-12"), ("Gao", "2020-11"))
MODELS = ("local_nb", "conflictology", "last")
FORECAST = ("--model", "local_nb", "--target", "events")


def call(root: Path, *words: object, uri: str = NOWHERE) -> Answer:
    """Call the command line; tracking has no place unless asked otherwise."""
    env = {"MLFLOW_TRACKING_URI": uri}
    return run("-w", root, *words, env=env, mlflow=tracked_as_told if uri == NOWHERE else None)


def taken(root: Path, *words: object, uri: str = NOWHERE) -> str:
    """Call the command line, which must succeed, and return what it printed."""
    done = call(root, *words, uri=uri)
    assert done.returncode == 0, done
    return done.stdout


def fill_store(
    root: Path, release: str, *, twice: tuple[str, ...] = (), last: str = "2020-12"
) -> None:
    """Bring figures into the store and build the panel; some regions get twice the attacks."""
    ingest_figures(root, release, twice=twice, last=last)
    taken(root, "panel")


def ingest_figures(
    root: Path, release: str, *, twice: tuple[str, ...] = (), last: str = "2020-12"
) -> None:
    """Bring figures up to a month into the store."""
    regions = pd.read_parquet(SAMPLES / "sahel_regions.parquet")
    regions = regions[regions["country"].isin(COUNTRIES)]
    kept = set(regions["region_id"])
    near = [";".join(i for i in ids.split(";") if i in kept) for ids in regions["neighbours"]]
    regions = regions.assign(neighbours=near)
    figures = pd.read_parquet(SAMPLES / "sahel_figures.parquet", columns=list(_COLUMNS))
    figures = figures[figures["region_id"].isin(kept) & (figures["month"] >= "2014-01")]
    named = dict(zip(regions["region"], regions["region_id"], strict=True))
    figures = figures[figures["month"] <= last]
    for name, month in (hole for hole in HOLES if hole[1] <= last):
        gone = (figures["region_id"] == named[name]) & (figures["month"] == month)
        assert gone.sum() == 1
        figures = figures[~gone]
    again = figures["region_id"].isin([named[name] for name in twice])
    figures.loc[again, ["events", "deaths"]] *= 2
    folder = root / "given"
    folder.mkdir(parents=True, exist_ok=True)
    figures.to_parquet(folder / "figures.parquet", index=False)
    regions.to_parquet(folder / "regions.parquet", index=False)
    words = ("--regions", folder / "regions.parquet", "--release", release)
    taken(root, "ingest", "figures", folder / "figures.parquet", *words)


_COLUMNS = ("region_id", "month", "events", "deaths")


def keep_backtest(root: Path, *, models: tuple[str, ...] = MODELS) -> Path:
    """Write a backtest of seven origins without the command; return its folder."""
    panel = read_panel(Workspace(root).panel("admin1"))
    spec = BacktestSpec(origins="2020-05:2020-11", models=models, draws=200)
    found = run_backtest(panel, spec, progress=lambda *_: None, jobs=1)
    return write_backtest(found, Workspace(root).backtests)


def make_scored_workspace(root: Path) -> Path:
    """Return a workspace with a panel, a backtest and the issues 2020-10 to 2020-12."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "escalation.toml").write_text("[forecast]\ndraws = 200\n")
    fill_store(root, "first")
    keep_backtest(root)
    for origin, horizons in (("2020-10", "1,2"), ("2020-11", "1"), ("2020-12", "1")):
        words = ("--origin", origin, "--horizons", horizons, *FORECAST)
        draws = ["--draws"] if origin == "2020-10" else []
        taken(root, "forecast", *words, *draws)
    return root
