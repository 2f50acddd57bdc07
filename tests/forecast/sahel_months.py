"""A workspace that follows the bundled sample month by month, as an analyst's does.

The three countries of the central Sahel, forecast by a champion that reads no features, so that
each step takes a second or two through the real command line.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.workspace import Workspace
from forecast.archive.issue_files import Issue, read_issue
from tests.calls import Answer, run
from tests.shared import ROOT

__all__ = ["Follower", "sample_figures", "sample_regions"]

COUNTRIES = ("Burkina Faso", "Mali", "Niger")
_SAMPLES = ROOT / "data" / "samples"


def sample_regions() -> pd.DataFrame:
    """Return the region table of the three countries."""
    table = pd.read_parquet(_SAMPLES / "sahel_regions.parquet")
    kept = table[table["country"].isin(COUNTRIES)].reset_index(drop=True)
    ids = set(kept["region_id"])
    near = kept["neighbours"].fillna("").str.split(";")
    return kept.assign(neighbours=[";".join(n for n in names if n in ids) for names in near])


def sample_figures(through: str) -> pd.DataFrame:
    """Return their figures from 2012 to a month."""
    figures = pd.read_parquet(_SAMPLES / "sahel_figures.parquet")
    kept = figures["region_id"].isin(set(sample_regions()["region_id"]))
    return figures[kept & figures["month"].between("2012-01", through)].reset_index(drop=True)


class Follower:
    """An analyst's workspace and the commands that are given in it.

    Args:
        folder: Where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder)
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *words: object) -> Answer:
        """Give a command that must end well."""
        answer = run("-w", self.workspace.root, *words)
        assert answer.returncode == 0, answer.stderr
        return answer

    def learn(self, figures: pd.DataFrame, release: str) -> None:
        """Bring a release in and build the panel."""
        paths = [self.workspace.root / name for name in (f"{release}.parquet", "regions.parquet")]
        figures.to_parquet(paths[0], index=False)
        sample_regions().to_parquet(paths[1], index=False)
        self.run("ingest", "figures", paths[0], "--regions", paths[1])
        self.run("panel")

    def backtest(self, *models: str) -> None:
        """Judge models on three months."""
        self.run("backtest", "--origins", "2020-06:2020-08", "--models", ",".join(models))

    def promote(self, model: str) -> None:
        """Make a model the champion, whatever the gate says of three months."""
        self.run("promote", model, "--force", "--why", "a trial")

    def issue(self, origin: str, *words: str) -> Issue:
        """Issue a forecast and read it."""
        self.run("forecast", "--origin", origin, "--target", "events", "--no-outlook", *words)
        return read_issue(self.workspace.issues / f"{origin}-admin1")
