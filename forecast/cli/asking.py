"""From what ``escalation backtest`` was told to what it does and prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.files import read_json
from data.workspace import Workspace
from experiments.backtest.specification import BacktestSpec
from experiments.runs.ablating import ablate_workspace
from experiments.runs.backtesting import (
    backtest_workspace,
    given_plugin,
    read_names,
    read_numbers,
    repeat_backtest,
    requested_spec,
)
from experiments.runs.challenge_run import challenge_text
from experiments.tracking.tracker import Tracked

__all__ = [
    "Done",
    "ask_ablation",
    "ask_backtest",
    "ask_repetition",
    "ask_vintage",
    "asked_spec",
    "check_alone",
]


@dataclass(frozen=True)
class Done:
    """A finished backtest: its folder, what became of its tracking, what is printed."""

    folder: Path
    tracked: Tracked
    text: str


def ask_backtest(
    workspace: Workspace,
    file: Path | None,
    *,
    seeds: int = 1,
    challenge_out: Path | None = None,
    **told: Any,
) -> Done:
    """Run the backtest that the options ask for.

    Raises:
        EscalationError: See ``backtest_workspace``.
    """
    spec = asked_spec(workspace, file, **told)
    folder, tracked = backtest_workspace(workspace, spec, challenge_out=challenge_out, seeds=seeds)
    windows = challenge_text(read_json(folder / "manifest.json"))
    return _done(folder, tracked, f"{windows}forecasts, scores and plots: {folder}")


def ask_ablation(workspace: Workspace, file: Path | None, ablate: str, **told: Any) -> Done:
    """Run that backtest with and without each family of features.

    Args:
        workspace: Where the panel is.
        file: TOML specification; None for the usual one.
        ablate: Models to ask, joined by commas; empty for the usual ones.
        told: The other options.
    """
    spec = asked_spec(workspace, file, **told)
    asked = (read_names(ablate) or ()) if ablate else ()
    folder, tracked, text = ablate_workspace(workspace, spec, asked)
    return _done(folder, tracked, f"{text}\n\ntable: {folder / 'ablation.csv'}")


def ask_vintage(workspace: Workspace, file: Path | None, **told: Any) -> Done:
    """Run that backtest on what was known at each origin.

    Raises:
        EscalationError: See ``vintage_backtest``.
    """
    from experiments.runs.vintage_run import vintage_backtest, vintage_text

    folder, tracked = vintage_backtest(workspace, asked_spec(workspace, file, **told))
    text = vintage_text(folder, read_json(folder / "manifest.json"))
    return _done(folder, tracked, f"{text}\n\nforecasts, scores and plots: {folder}")


def ask_repetition(workspace: Workspace, name: str, *, plugin: Path | None, force: bool) -> Done:
    """Repeat a backtest that was kept."""
    given_plugin(plugin)
    folder, tracked, verdict = repeat_backtest(workspace, name, force=force)
    return _done(folder, tracked, f"{verdict}: {folder}")


def asked_spec(
    workspace: Workspace,
    file: Path | None,
    *,
    plugin: Path | None = None,
    horizons: str | None = None,
    models: str | None = None,
    without: str | None = None,
    refit: int | None = None,
    **plain: Any,
) -> BacktestSpec:
    """Return the specification that a file and options ask for.

    Raises:
        ConfigError: One of them is not understood.
    """
    return requested_spec(
        workspace,
        file,
        plugin=given_plugin(plugin),
        horizons=read_numbers(horizons),
        models=read_names(models),
        without=read_names(without),
        refit_months=refit,
        **plain,
    )


def check_alone(*, plugin: Path | None = None, **told: Any) -> None:  # noqa: ARG001 (may be given)
    """Refuse options beside ``--from-run``, whose specification is kept with the run.

    Raises:
        ConfigError: One was given.
    """
    given = [name for name, value in told.items() if value is not None]
    if given:
        raise ConfigError(
            f"--from-run repeats a backtest as it was kept: leave out {', '.join(given)}"
        )


def _done(folder: Path, tracked: Tracked, last: str) -> Done:
    board = (folder / "leaderboard.md").read_text(encoding="utf-8")
    return Done(folder, tracked, f"{board}\n{last}")
