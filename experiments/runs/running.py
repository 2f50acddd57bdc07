"""What every kind of backtest shares: the run with its checkpoints, and the result.

A backtest that was stopped goes on from its checkpoints when the same one is started again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.errors import EvidenceError
from data.months import month_number, parse_origins
from data.terminal import counted, echo, one_line
from data.workspace import Workspace
from experiments.backtest.backtest import KeepDraws, run_backtest
from experiments.backtest.catalogue import Backtest
from experiments.backtest.checkpoints import Checkpoints
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import own_workers
from experiments.tracking.tracker import Tracked
from features.panel import Panel

__all__ = ["BacktestResult", "check_origins", "run_resumable"]


@dataclass(frozen=True)
class BacktestResult:
    """A backtest that was run, written and tracked.

    Attributes:
        folder: Where it lies.
        tracked: What became of its tracking.
        text: What the terminal prints below its leaderboard.
    """

    folder: Path
    tracked: Tracked
    text: str

    def printed(self) -> str:
        """Return the leaderboard and the text below it."""
        board = (self.folder / "leaderboard.md").read_text(encoding="utf-8")
        return f"{board}\n{self.text}"


def check_origins(panel: Panel, spec: BacktestSpec) -> None:
    """Refuse origins before the panel's first month and after its last complete one.

    Raises:
        EvidenceError: One is; the months that there are, and those that are needed, are named.
    """
    early = month_number(panel.months[0]) - month_number(parse_origins(spec.origins).first)
    if early > 0:
        longest = max(spec.horizons)
        raise EvidenceError(
            f"the history is too short for horizon {longest}: the panel holds {len(panel.months)}"
            f" months ({panel.months[0]} to {panel.months[-1]}), and origins from"
            f" {parse_origins(spec.origins).first} need {len(panel.months) + early + longest + 1}:"
            " name later ones with --origins, or ingest earlier months"
        )
    last = panel.last_complete_month()
    late = [origin for origin in parse_origins(spec.origins).months() if origin > last]
    if late:
        raise EvidenceError(
            f"{late[0]} cannot be an origin: the last complete month of the panel is {last}"
        )


def run_resumable(
    workspace: Workspace,
    panel: Panel,
    spec: BacktestSpec,
    *,
    label: str,
    keep_draws: KeepDraws | None = None,
) -> tuple[Backtest, Checkpoints]:
    """Run a backtest that goes on where the same one was stopped; nothing is written yet.

    Args:
        workspace: Where checkpoints are written meanwhile.
        panel: Counts of all months.
        spec: Its specification.
        label: What the progress bar is called.
        keep_draws: Receives every scored forecast; a backtest with it starts anew, because
            checkpoints hold no draws.

    Returns:
        The backtest, and its checkpoints, to be removed once it is written.

    Raises:
        RuntimeEnvironmentError: The workspace is read-only.
    """
    workspace.check_writable()
    checkpoints = Checkpoints() if keep_draws else Checkpoints.of(workspace.backtests, panel, spec)
    if ready := checkpoints.count():
        echo(f"{label}: going on after {ready} folds that were done before", err=True)
    with counted(label) as progress, own_workers():
        backtest = run_backtest(
            panel, spec, progress=progress, checkpoints=checkpoints, keep_draws=keep_draws
        )
    for alarm in backtest.manifest.get("leak_alarms", []):
        echo(f"warning: {one_line(alarm)}", err=True)
    return backtest, checkpoints
