"""The main job from end to end on the bundled sample, offline, in one command.

Every step is the one that its own command takes: ingest, panel, backtest, gate, champion,
forecast, report. Nothing here is done for show only.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.files import SAMPLES
from data.ingest.ingesting import keep_files
from data.reading import ReadResult
from data.sources.figures.figures import read_figures
from data.store.store import Store
from data.terminal import echo
from data.workspace import PanelSettings, Workspace
from experiments.backtest.catalogue import read_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import own_workers, sharing_cores
from experiments.models.catalogue import BLEND
from experiments.models.pool import PoolSettings
from experiments.runs.backtesting import backtest_spec
from experiments.runs.promotion import Promotion, train_champion
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.gate import judge
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


def run_demo(workspace: Workspace, submit: Callable[..., Future[Any]]) -> Demo:
    """Run the main job on the bundled sample in a workspace.

    Args:
        workspace: Where everything is kept.
        submit: Hands a function and its arguments to a second process.

    Raises:
        ConfigError: The workspace holds data of other sources already.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    started = time.monotonic()
    _refuse_other_data(workspace)
    tracker = Tracker(workspace, later=True)  # one process tells MLflow of several
    made = _backtest_all(workspace, submit)
    tracked: list[Tracked] = []
    for folder, promotion in made.values():
        tracked.append(tracker.log_backtest(folder))
        if promotion.champion is not None:
            tracked.append(tracker.register(promotion.champion.folder))
    with ThreadPoolExecutor(1) as beside:
        sent = beside.submit(tracker.send_later_ones)
        with _step("4/5 forecast the month after the sample ends"):
            issue, seen = issue_forecast(
                workspace, ForecastOptions(scale="admin1"), tracker=tracker
            )
        with _step("5/5 tell MLflow of all that was made, write the page"):
            tracked += [seen, *sent.result(), *tracker.send_later_ones()]
            page = write_report(workspace, issue.folder)
    return Demo(
        workspace=workspace,
        backtests={target: folder for target, (folder, _) in made.items()},
        promotions={target: promotion for target, (_, promotion) in made.items()},
        issue=issue,
        page=page,
        warnings=tuple(dict.fromkeys(one.warning for one in tracked if one.warning)),
        seconds=time.monotonic() - started,
    )


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


def _backtest_all(
    workspace: Workspace, submit: Callable[..., Future[Any]]
) -> dict[str, tuple[Path, Promotion]]:
    """Build the panel, then backtest and train both targets side by side, a process each."""
    first, second = TARGETS
    with _step("1/5 ingest the bundled sample and build the panel"):
        keep_sample(workspace)
    with workspace.lock(), own_workers():
        beside = submit(_quietly, _backtest, workspace, second)
        ends = [
            _begin(f"{place}/5 backtest every model on {target}, ask the gate, train")
            for place, target in enumerate(TARGETS, 2)
        ]
        made = _backtest(workspace, first)
        ends[0]()
        printed, other = beside.result()
        echo(printed, err=True, nl=False)
        ends[1]()
    return {first: made, second: other}


def _backtest(workspace: Workspace, target: str) -> tuple[Path, Promotion]:
    """Backtest one target and make what passes the gate its champion, under a lock that is held."""
    waiting = Tracker(workspace, later=True)
    with sharing_cores(len(TARGETS)):
        folder = backtest_spec(workspace, _spec(target), tracker=waiting).folder
        backtest = read_backtest(folder)
        gate = judge(backtest.forecasts, BLEND, bootstrap=Bootstrap())
        champion = None
        if gate.passed:
            issued = issued_versions(workspace, "admin1")
            champion = train_champion(workspace, BLEND, backtest, issued, gate=gate)
    return folder, Promotion(BLEND, backtest.id, gate, champion)


def _quietly(function: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    """Return what a function printed to stderr, and what it returned."""
    printed = io.StringIO()
    with redirect_stderr(printed):
        made = function(*args)
    return printed.getvalue(), made


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
    end = _begin(what)
    yield
    end()


def _begin(what: str) -> Callable[[], None]:
    """Say that a step begins; call what is given when it has ended."""
    started = time.monotonic()
    echo(f"{what} ...", err=True)
    return lambda: echo(f"{what}: {time.monotonic() - started:.1f} s", err=True)
