"""What ``escalation backtest`` asks for, runs, writes and tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.errors import ConfigError, EvidenceError
from data.files import read_json
from data.months import add_months, parse_origins
from data.terminal import counted, echo, warn
from data.workspace import Workspace
from experiments.backtest.backtest import (
    Backtest,
    KeepDraws,
    run_backtest,
    write_backtest,
)
from experiments.backtest.challenge import KeptDraws
from experiments.backtest.kept_folds import KeptFolds
from experiments.backtest.seed_runs import write_seeds
from experiments.backtest.specification import BacktestSpec, read_spec
from experiments.backtest.workers import own_workers
from experiments.models.catalogue import use_plugin
from experiments.models.plugins import PluginNeed
from experiments.runs.challenge_run import challenge_history, panel_of, with_challenge
from experiments.runs.repetition import changes_since, find_run, named_apart
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import Panel, read_panel

__all__ = [
    "backtest_workspace",
    "check_origins",
    "given_plugin",
    "read_names",
    "read_numbers",
    "repeat_backtest",
    "requested_spec",
    "run_kept",
]

_USUAL_ORIGINS = 60


def given_plugin(path: Path | None) -> PluginNeed | None:
    """Load the file of ``--plugin``; None where it was not given.

    Raises:
        ConfigError: The file is not understood.
    """
    return use_plugin(path) if path is not None else None


def requested_spec(workspace: Workspace, file: Path | None, **changes: Any) -> BacktestSpec:
    """Return the specification of a file, or the workspace's usual one, with changes.

    Without a file the scale, draws and seed are those of ``escalation.toml``, and the origins
    are the last 60 whose first target month is observed.

    Args:
        workspace: Whose settings and panel are read.
        file: TOML specification; None for the usual one.
        changes: Fields of ``BacktestSpec``; None leaves a field as it is.

    Raises:
        ConfigError: The file, a setting or a change is not understood.
        EvidenceError: There is no panel to take the usual origins from.
    """
    if file is not None:
        return read_spec(file, plugin=changes.get("plugin")).changed(**changes)
    settings = workspace.settings()
    usual = BacktestSpec(
        scale=settings.panel.scale, draws=settings.forecast.draws, seed=settings.forecast.seed
    ).changed(**changes)
    if changes.get("origins") is not None:
        return usual
    last = read_panel(workspace.panel(usual.scale)).last_complete_month()
    final = add_months(last, -min(usual.horizons))
    return usual.changed(origins=f"{add_months(final, 1 - _USUAL_ORIGINS)}:{final}")


def backtest_workspace(
    workspace: Workspace,
    spec: BacktestSpec,
    *,
    challenge_out: Path | None = None,
    seeds: int = 1,
    tracker: Tracker | None = None,
) -> tuple[Path, Tracked]:
    """Run a backtest on a workspace's panel, write it, then track it.

    Args:
        workspace: Where the panel is read and the backtest written.
        spec: What is asked; its history may be that of the challenge.
        challenge_out: Folder for the windows' draws in the challenge's layout.
        seeds: Under how many seeds it is run in all; their scores lie beside it.
        tracker: Who is told of it; None for the workspace's usual one.

    Returns:
        The backtest's folder, and what became of its tracking.

    Raises:
        EvidenceError: The panel is absent or cannot answer the specification.
        ConfigError: Draws in the challenge's layout are asked of another history.
        MachineError: The disk is in the way.
    """
    history = challenge_history(workspace, spec)
    if challenge_out is not None and history is None:
        raise ConfigError('--challenge-out needs a specification with history = "views_challenge"')
    draws = KeptDraws(history) if history is not None and challenge_out is not None else None
    panel = read_panel(workspace.panel(spec.scale))
    check_origins(panel, spec)
    backtest, kept = run_kept(workspace, panel, spec, label="backtest", keep_draws=draws)
    if history is not None:
        backtest = with_challenge(backtest, history)
    if draws is not None and challenge_out is not None:
        draws.write(challenge_out)
    folder = write_backtest(backtest, workspace.backtests)
    kept.forget()
    if seeds > 1:
        with counted("seeds") as progress, own_workers():
            write_seeds(panel, spec, folder, seeds=seeds, progress=progress)
    return folder, (tracker or Tracker(workspace)).log_backtest(folder)


def check_origins(panel: Panel, spec: BacktestSpec) -> None:
    """Refuse origins after the last complete month.

    Raises:
        EvidenceError: One is; the last complete month is named.
    """
    last = panel.last_complete_month()
    late = [origin for origin in parse_origins(spec.origins).months() if origin > last]
    if late:
        raise EvidenceError(
            f"{late[0]} cannot be an origin: the last complete month of the panel is {last}"
        )


def repeat_backtest(workspace: Workspace, name: str, *, force: bool) -> tuple[Path, Tracked, str]:
    """Run a backtest again as it was kept, and say whether it gave the same bytes.

    Args:
        workspace: Where the panel is read and the repetition written.
        name: Id of a backtest, or of its MLflow run.
        force: Whether to go on with a panel of another content.

    Returns:
        The folder, what became of its tracking, and the verdict.

    Raises:
        EvidenceError: There is no such run, its data are others, or the same code, libraries
            and data gave other bytes.
        ConfigError: It needs a plugin that was not given.
    """
    run = find_run(workspace, name)
    spec = run.spec()
    panel = panel_of(workspace, spec)
    if not force:
        run.check_data(panel)
    changed = changes_since(run)
    for change in changed:
        warn(f"backtest {run.id} was made by {change}")
    backtest, kept = run_kept(workspace, panel, spec, label=f"repeating {run.id}")
    folder = write_backtest(
        named_apart(backtest, run) if changed else backtest, workspace.backtests
    )
    kept.forget()
    tracked = Tracker(workspace).log_backtest(folder)
    same = read_json(folder / "manifest.json")["forecasts_sha256"] == run.sha256
    if same:
        return folder, tracked, f"the same bytes of forecasts.parquet as {run.id}"
    if changed or force or run.sha256 is None:
        return folder, tracked, f"other bytes of forecasts.parquet than {run.id}"
    raise EvidenceError(
        f"{run.id} could not be repeated: the same code, libraries and data gave other forecasts"
        f" ({folder})"
    )


def run_kept(
    workspace: Workspace,
    panel: Panel,
    spec: BacktestSpec,
    *,
    label: str,
    keep_draws: KeepDraws | None = None,
) -> tuple[Backtest, KeptFolds]:
    """Run a backtest that goes on where the same one was stopped; nothing is written yet.

    Args:
        workspace: Where finished folds are kept meanwhile.
        panel: Counts of all months.
        spec: What is asked.
        label: What the progress bar is called.
        keep_draws: Handed every scored forecast; a backtest with it starts anew, because kept
            folds hold no draws.

    Returns:
        The backtest, and its kept folds, to be forgotten once it is written.
    """
    kept = KeptFolds() if keep_draws else KeptFolds.of(workspace.backtests, panel, spec)
    if ready := kept.count():
        echo(f"{label}: going on after {ready} folds that were done before", err=True)
    with counted(label) as progress, own_workers():
        backtest = run_backtest(panel, spec, progress=progress, kept=kept, keep_draws=keep_draws)
    for alarm in backtest.manifest.get("leak_alarms", []):
        warn(alarm)
    return backtest, kept


def read_numbers(text: str | None) -> tuple[int, ...] | None:
    """Read horizons such as ``1,3,6``.

    Raises:
        ConfigError: A part is not a whole number from 1 to 36.

    Example:
        >>> read_numbers("1,3")
        (1, 3)
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 36 for part in parts):
        raise ConfigError(f'expected horizons from 1 to 36 such as 1,3,6, got "{text}"')
    return tuple(dict.fromkeys(int(part) for part in parts))


def read_names(text: str | None) -> tuple[str, ...] | None:
    """Read names such as ``last,blend``.

    Example:
        >>> read_names("last, blend")
        ('last', 'blend')
    """
    if text is None:
        return None
    return tuple(dict.fromkeys(part.strip() for part in text.split(",")))
