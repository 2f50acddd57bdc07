"""The main job from end to end on the bundled sample, offline, in one command.

Every step is the one that its own command takes: ingest, panel, backtest, gate, champion,
forecast, report. Nothing here is done for show only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from data.errors import ConfigError
from data.files import SAMPLES
from data.ingest.ingesting import keep_files
from data.reading import ReadResult
from data.sources.figures.figures import read_figures
from data.store.store import Store
from data.workspace import PanelSettings, Workspace
from experiments.backtest.backtest import read_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import own_workers
from experiments.models.catalogue import BLEND
from experiments.models.pool import PoolSettings
from experiments.runs.backtesting import backtest_spec
from experiments.runs.promotion import Promotion, promote_model
from experiments.tracking.tracker import Tracked, Tracker
from features.panel_files import make_panel
from forecast.archive.catalogue import issued_versions
from forecast.archive.issue_files import Issue
from forecast.issue.issuing import ForecastOptions, issue_forecast, issue_text
from forecast.report.page.page import write_report

__all__ = ["Demo", "demo_text", "keep_sample", "run_demo"]

SOURCE = "ucdp-sample"
RELEASE = "ged-21.1-precise"
TARGETS = ("events", "deaths")
ORIGINS = "2019-12:2020-11"


@dataclass(frozen=True)
class Demo:
    """What the demo made.

    Attributes:
        workspace: Where everything lies.
        backtests: Target to the folder of its backtest.
        promotions: Target to what the gate said.
        issue: The issued forecast.
        page: The HTML page.
        warnings: What tracking could not do.
        seconds: Wall time.
    """

    workspace: Workspace
    backtests: dict[str, Path]
    promotions: dict[str, Promotion]
    issue: Issue
    page: Path
    warnings: tuple[str, ...]
    seconds: float


def run_demo(workspace: Workspace) -> Demo:
    """Run the main job on the bundled sample in a workspace.

    Raises:
        ConfigError: The workspace holds data of other sources already.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    started = time.monotonic()
    _refuse_other_data(workspace)
    with _step("1/5 ingest the bundled sample and build the panel"):
        keep_sample(workspace)
    backtests: dict[str, Path] = {}
    promotions: dict[str, Promotion] = {}
    tracked: list[Tracked] = []
    tracker = Tracker(workspace, later=True)  # one process tells MLflow of all, at the end
    with own_workers():  # the same processes serve every step
        for place, target in enumerate(TARGETS):
            with _step(f"{2 + place}/5 backtest every model on {target}, ask the gate, train"):
                result = backtest_spec(workspace, _spec(target), tracker=tracker)
                promotion = promote_model(
                    workspace,
                    BLEND,
                    read_backtest(result.folder),
                    issued_versions=issued_versions(workspace, "admin1"),
                    tracker=tracker,
                )
            backtests[target], promotions[target] = result.folder, promotion
            tracked += [result.tracked, *([promotion.tracked] if promotion.tracked else [])]
    with _step("4/5 forecast the month after the sample ends"):
        issue, seen = issue_forecast(workspace, ForecastOptions(scale="admin1"), tracker=tracker)
    with _step("5/5 write the page, tell MLflow of all that was made"):
        page = write_report(workspace, issue.folder)
        tracked += [seen, *tracker.send_later_ones()]
    warnings = dict.fromkeys(one.warning for one in tracked if one.warning)
    seconds = time.monotonic() - started
    return Demo(workspace, backtests, promotions, issue, page, tuple(warnings), seconds)


def keep_sample(workspace: Workspace) -> None:
    """Take the bundled sample into a workspace and build its panel."""
    keep_files(workspace, [SAMPLES / "sahel_figures.parquet"], _read_sample)
    make_panel(workspace, PanelSettings(scale="admin1", source=SOURCE))


def demo_text(demo: Demo) -> str:
    """Return the top ten, the leaderboards and where everything lies."""
    lines = [issue_text(demo.issue), ""]
    for target, folder in demo.backtests.items():
        lines += [(folder / "leaderboard.md").read_text(encoding="utf-8")]
        lines += [f"gate: {reason}" for reason in demo.promotions[target].gate.reasons]
        lines += [f"leaderboard: {folder / 'leaderboard.md'}", ""]
    lines += [
        f"risk table:  {demo.issue.folder / 'risk.csv'}",
        f"page:        {demo.page}",
        f"workspace:   {demo.workspace.root.resolve()}",
        f"runs:        escalation --workspace {demo.workspace.root} ui",
        f"took {demo.seconds:.0f} s",
    ]
    return "\n".join(lines)


def _spec(target: str) -> BacktestSpec:
    """Return the demo's backtest: twelve origins, one refit, a year of inner origins."""
    spec = BacktestSpec(scale="admin1", target=target, origins=ORIGINS)
    return replace(spec, pool=PoolSettings(inner=12))


def _read_sample(path: Path) -> ReadResult:
    return read_figures(
        path, regions=SAMPLES / "sahel_regions.parquet", source=SOURCE, release=RELEASE
    )


def _refuse_other_data(workspace: Workspace) -> None:
    found = {manifest["source"] for manifest in Store(workspace.store).manifests()} - {SOURCE}
    if found:
        raise ConfigError(
            f"{workspace.root} holds data of {', '.join(sorted(found))}: run the demo in a folder"
            " of its own with --out DIR"
        )


@contextmanager
def _step(what: str) -> Iterator[None]:
    started = time.monotonic()
    click.echo(f"{what} ...", err=True)
    yield
    click.echo(f"{what}: {time.monotonic() - started:.1f} s", err=True)
