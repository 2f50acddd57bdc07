"""What ``escalation backtest`` asks for, runs, writes and tracks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from data.errors import ConfigError
from data.months import add_months
from data.workspace import Workspace
from experiments.backtest import Progress, run_backtest, write_backtest
from experiments.challenge import KeptDraws
from experiments.seed_runs import write_seeds
from experiments.specification import BacktestSpec, read_spec
from experiments.tracker import Tracked, Tracker
from features.panel import read_panel
from forecast.challenge_run import challenge_history, with_challenge

__all__ = ["backtest_workspace", "read_names", "read_numbers", "requested_spec", "shown_progress"]

_USUAL_ORIGINS = 60


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
        return read_spec(file).changed(**changes)
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
) -> tuple[Path, Tracked]:
    """Run a backtest on a workspace's panel, write it, then track it.

    Args:
        workspace: Where the panel is read and the backtest written.
        spec: What is asked; its history may be that of the challenge.
        challenge_out: Folder for the windows' draws in the challenge's layout.
        seeds: Under how many seeds it is run in all; their scores lie beside it.

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
    kept = KeptDraws(history) if history is not None and challenge_out is not None else None
    panel = read_panel(workspace.panel(spec.scale))
    with shown_progress("backtest") as progress:
        backtest = run_backtest(panel, spec, progress=progress, keep_draws=kept)
    if history is not None:
        backtest = with_challenge(backtest, history)
    if kept is not None and challenge_out is not None:
        kept.write(challenge_out)
    folder = write_backtest(backtest, workspace.backtests)
    if seeds > 1:
        with shown_progress("seeds") as progress:
            write_seeds(panel, spec, folder, seeds=seeds, progress=progress)
    return folder, Tracker(workspace).log_backtest(folder)


@contextmanager
def shown_progress(label: str) -> Iterator[Progress]:
    """Show a progress bar on stderr; without a terminal nothing is printed."""
    with click.progressbar(
        length=1,
        label=label,
        file=sys.stderr,
        item_show_func=lambda what: what,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def progress(done: int, total: int, what: str) -> None:
            bar.length = total
            bar.update(done - bar.pos, what)

        yield progress


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
