"""``escalation backtest``: from options to a specification, and from that to a backtest.

A plain backtest is run, written and tracked here; ablation, repetition and vintages have modules
of their own.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.errors import ConfigError
from data.months import add_months, parse_origins
from data.terminal import counted, echo
from data.workspace import Workspace
from experiments.backtest.backtest import Progress, add_to_backtest, run_backtest, write_backtest
from experiments.backtest.catalogue import (
    SCORES,
    STRESS,
    BacktestEntry,
    read_backtest_manifest,
)
from experiments.backtest.specification import BacktestSpec, read_spec
from experiments.backtest.stress import check_stress, most_active, stress_rows, stress_start
from experiments.backtest.workers import own_workers
from experiments.models.catalogue import use_plugin
from experiments.runs.ablation import run_ablation
from experiments.runs.challenge import (
    WindowDraws,
    challenge_history,
    challenge_text,
    with_challenge,
)
from experiments.runs.no_change import NO_CHANGE
from experiments.runs.options import BacktestOptions
from experiments.runs.repetition import repeat_backtest
from experiments.runs.running import BacktestResult, check_origins, run_resumable
from experiments.runs.vintages import vintage_backtest
from experiments.scores.gate import FEWEST_MONTHS
from experiments.scores.leaderboard import SEEDS_FILE, scores_table, seed_rows
from experiments.tracking.tracker import Tracker
from features.freshness import fresh_panel
from features.panel import Panel

__all__ = ["backtest_spec", "backtest_workspace", "requested_spec", "write_seeds", "write_stress"]

_USUAL_ORIGINS = 60
# As in benchmarks/stress.py: enough to tell the models apart, at a fraction of the time.
_STRESSED_REGIONS, _STRESS_DRAWS = 120, 200


def backtest_workspace(workspace: Workspace, options: BacktestOptions) -> BacktestResult:
    """Run, write and track a backtest.

    Args:
        workspace: Where the panel is read and the backtest written.
        options: Which backtest, and in which way.

    Raises:
        ConfigError: The specification, a setting or an option is not understood.
        EvidenceError: The panel is absent or cannot answer.
        RuntimeEnvironmentError: The disk is in the way.
    """
    if options.from_run is not None:
        if options.plugin is not None:
            use_plugin(options.plugin)
        return repeat_backtest(workspace, options.from_run, force=options.force)
    spec = requested_spec(workspace, options)
    if options.ablate is not None:
        return run_ablation(workspace, spec, options.ablate)
    if options.vintage:
        return vintage_backtest(workspace, spec)
    return backtest_spec(
        workspace,
        spec,
        challenge_out=options.challenge_out,
        seeds=options.seeds,
        stress=options.stress,
    )


def requested_spec(workspace: Workspace, options: BacktestOptions) -> BacktestSpec:
    """Return the specification of a file, or the workspace's usual one, with the options' changes.

    Without a file the scale, draws and seed are those of ``escalation.toml``, and the origins
    are the last 60 whose first target month is observed.

    Args:
        workspace: Whose settings and panel are read.
        options: The file, and fields of the specification to change.

    Raises:
        ConfigError: The file, a setting or an option is not understood.
        EvidenceError: There is no panel to take the usual origins from.
    """
    plugin = use_plugin(options.plugin) if options.plugin is not None else None
    changes = options.changes()
    if options.spec is not None:
        return read_spec(options.spec, plugin=plugin).changed(**changes)
    settings = workspace.settings()
    usual = BacktestSpec(
        scale=settings.panel.scale, draws=settings.forecast.draws, seed=settings.forecast.seed
    ).changed(**changes, plugin=plugin)
    if options.origins is not None:
        return usual
    last = fresh_panel(workspace, usual.scale).last_complete_month()
    final = add_months(last, -min(usual.horizons))
    return usual.changed(origins=f"{add_months(final, 1 - _USUAL_ORIGINS)}:{final}")


def backtest_spec(
    workspace: Workspace,
    spec: BacktestSpec,
    *,
    challenge_out: Path | None = None,
    seeds: int = BacktestOptions.seeds,
    stress: bool = False,
    tracker: Tracker | None = None,
) -> BacktestResult:
    """Run a backtest on a workspace's panel, write it, then track it.

    Args:
        workspace: Where the panel is read and the backtest written.
        spec: Its specification; its history may be that of the challenge.
        challenge_out: Folder for the windows' draws in the challenge's layout.
        seeds: Under how many seeds it is run in all; their scores lie beside it.
        stress: Whether its models are scored on made histories too; the gains lie beside it.
        tracker: Who tracks it; None for the workspace's usual one.

    Raises:
        EvidenceError: The panel is absent or cannot answer the specification.
        ConfigError: ``challenge_out`` is given with another history.
        RuntimeEnvironmentError: The disk is in the way.
    """
    history = challenge_history(workspace, spec)
    if challenge_out is not None and history is None:
        raise ConfigError('--challenge-out needs a specification with history = "views_challenge"')
    draws = WindowDraws(history) if history is not None and challenge_out is not None else None
    panel = fresh_panel(workspace, spec.scale)
    check_origins(panel, spec)
    months = len(parse_origins(spec.origins).months())
    if months < FEWEST_MONTHS and set(NO_CHANGE) < set(spec.models):
        echo(
            f"note: {months} origins are too few to promote a model by: the gate asks for"
            f" {FEWEST_MONTHS} scored months",
            err=True,
        )
    if stress:
        check_stress(panel, spec, start=stress_start(panel))
    backtest, checkpoints = run_resumable(
        workspace, panel, spec, label="backtest", keep_draws=draws
    )
    if history is not None:
        backtest = with_challenge(backtest, history)
    if draws is not None and challenge_out is not None:
        draws.write(challenge_out)
    folder = write_backtest(backtest, workspace.backtests)
    checkpoints.remove()
    if seeds > 1:
        with counted("seeds") as progress, own_workers():
            write_seeds(panel, spec, folder, seeds=seeds, progress=progress)
    if stress:
        with counted("folds") as progress, own_workers():
            write_stress(panel, spec, folder, progress=progress)
    tracked = (tracker or Tracker(workspace)).log_backtest(folder)
    windows = challenge_text(read_backtest_manifest(folder))
    return BacktestResult(folder, tracked, f"{windows}forecasts, scores and plots: {folder}")


def write_stress(
    panel: Panel, spec: BacktestSpec, folder: Path, *, progress: Progress, jobs: int | None = None
) -> Path:
    """Score the models of a finished backtest on made histories, and write what each gains.

    The histories are made of the panel's last three years, in its most active regions.

    Args:
        panel: The panel that the backtest saw.
        spec: Its specification.
        folder: The backtest's folder.
        progress: Called with (folds done, folds in all, what is done).
        jobs: Processes; None for one a core.

    Returns:
        The file ``stress.csv`` in that folder.
    """
    start = stress_start(panel)
    part = most_active(panel, spec.target, before=start, regions=_STRESSED_REGIONS)
    made = spec.changed(draws=min(spec.draws, _STRESS_DRAWS))
    table = stress_rows(part, made, start=start, progress=progress, jobs=jobs)
    return add_to_backtest(folder, STRESS, table.to_csv(index=False, lineterminator="\n"))


def write_seeds(
    panel: Panel,
    spec: BacktestSpec,
    folder: Path,
    *,
    seeds: int,
    progress: Progress,
    jobs: int | None = None,
) -> Path:
    """Repeat a finished backtest under the seeds that follow its own, and write the scores.

    Args:
        panel: The panel that the backtest saw.
        spec: Its specification.
        folder: The backtest's folder; its own scores are those of the first seed.
        seeds: How many seeds in all.
        progress: Called with (folds done, folds in all, what is done).
        jobs: Processes; None for one a core.

    Returns:
        The file ``seeds.csv`` in that folder.
    """
    own = BacktestEntry(folder, read_backtest_manifest(folder)).file(SCORES)
    scores = pd.read_csv(own, dtype={"model": "str"}, keep_default_na=False)
    tables = [seed_rows(scores, spec.seed)]
    for place in range(1, seeds):
        seed = spec.seed + place

        def report(done: int, folds: int, what: str, place: int = place) -> None:
            progress((place - 1) * folds + done, (seeds - 1) * folds, f"seed {place + 1}: {what}")

        backtest = run_backtest(panel, spec.changed(seed=seed), progress=report, jobs=jobs)
        tables.append(seed_rows(scores_table(backtest.forecasts), seed))
    text = pd.concat(tables).to_csv(index=False, lineterminator="\n")
    return add_to_backtest(folder, SEEDS_FILE, text)
