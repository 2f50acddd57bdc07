"""From a backtest to a champion: judged by the gate, trained on all months, written, registered."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from data.errors import EscalationError, EvidenceError
from data.terminal import counted, echo
from data.workspace import Workspace
from experiments.backtest.catalogue import Backtest, BacktestEntry, find_backtest, newest_backtest
from experiments.backtest.champions import (
    Champion,
    ChampionManifest,
    copy_champion,
    read_champion,
    write_champion,
)
from experiments.backtest.code_version import code_version
from experiments.backtest.specification import build_table, spec_of
from experiments.backtest.training import train_model
from experiments.backtest.workers import cores, own_workers
from experiments.models.catalogue import use_plugin
from experiments.models.past_forecasts import (
    PastForecasts,
    past_forecasts_file,
    read_past_forecasts,
)
from experiments.runs.options import PromotionOptions
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.gate import GateResult, judge
from experiments.tracking.tracker import Tracked, Tracker
from features.freshness import refresh_panel
from features.panel import Panel, read_panel

__all__ = [
    "Promotion",
    "promote_workspace",
    "refused",
    "train_champion",
]


@dataclass(frozen=True)
class Promotion:
    """What became of a model that was put forward.

    Attributes:
        model: Its name.
        backtest: Id of the backtest that it was judged by.
        gate: What the gate said.
        champion: The new champion, of the horizons that passed; None where none did, and nothing
            was changed.
        tracked: What became of its registration; None without a champion.
    """

    model: str
    backtest: str
    gate: GateResult
    champion: Champion | None = None
    tracked: Tracked | None = None


def promote_workspace(
    workspace: Workspace,
    model: str,
    options: PromotionOptions,
    *,
    issued_versions: Callable[[Workspace, str], Collection[str]],
) -> Promotion:
    """Judge a model by a backtest and, if it passes or is forced, make it the champion.

    Args:
        workspace: Where backtests and panel are read and the champion written.
        model: Name of the model.
        options: By what it is judged.
        issued_versions: Called with the workspace and the scale; returns the versions of the
            models that issues of the scale were made with.

    Returns:
        The gate's result, and the champion trained on all observed months.

    Raises:
        EvidenceError: There is no such backtest, or it lacks the model or a baseline.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    if options.plugin is not None:
        use_plugin(options.plugin)
    scale = options.scale if options.scale is not None else workspace.settings().panel.scale
    refresh_panel(workspace, scale)
    backtest = _backtest_of(workspace, options.backtest, scale, options.target)
    echo(f"judging {model} by backtest {backtest.id}, then training it", err=True)
    gate = judge(backtest.forecasts, model, bootstrap=Bootstrap(), stress=backtest.stress)
    if not gate.horizons and not options.force:
        return Promotion(model, backtest.id, gate)
    with workspace.lock(), own_workers():
        issued = issued_versions(workspace, scale)
        champion = train_champion(workspace, model, backtest, issued, gate=gate, why=options.why)
    registered = Tracker(workspace).register(champion.folder)
    return Promotion(model, backtest.id, gate, champion, registered)


def refused(promotion: Promotion) -> EvidenceError:
    """Return the error that says that a model did not pass the gate."""
    return EvidenceError(
        f"{promotion.model} did not pass the gate of backtest {promotion.backtest}: nothing changed"
    )


def train_champion(
    workspace: Workspace,
    model: str,
    backtest: Backtest,
    issued_versions: Collection[str],
    *,
    gate: GateResult,
    why: str | None = None,
) -> Champion:
    """Train a model on all observed months and make it the champion of what passed the gate.

    The caller holds the workspace's lock.

    Args:
        workspace: Where the panel is read and the champion written.
        model: Name of the model.
        backtest: The backtest that it was judged by and takes its settings from.
        issued_versions: Versions of the models that issues of the scale were made with; a champion
            among them stays in ``champions/replaced``.
        gate: What the gate said of it; horizons that did not pass are left out.
        why: Reason to promote it for every horizon although the gate says no.

    Raises:
        EvidenceError: The panel is absent.
        RuntimeEnvironmentError: The disk is in the way.
    """
    spec = spec_of(backtest.manifest).changed(models=(model,))
    if why is None:
        spec = spec.changed(horizons=gate.horizons)
    panel = read_panel(workspace.panel(spec.scale))
    origin = panel.last_complete_month()
    table = build_table(panel, spec, known_through=origin)
    with counted("training") as progress:
        trained = train_model(
            panel,
            table,
            spec,
            model,
            origin=origin,
            jobs=cores(),
            records=_records(workspace, backtest, panel),
            progress=progress,
        )
    manifest = ChampionManifest(
        model=model,
        scale=spec.scale,
        target=spec.target,
        horizons=spec.horizons,
        features=table.names,
        trained_through=origin,
        data_digest=panel.up_to(origin).digest(),
        spec=spec.as_dict(),
        draws=spec.draws,
        seed=spec.seed,
        backtest=backtest.id,
        gate_passed=gate.passed or why is None,
        gate_reasons=gate.reasons,
        why=why,
        code_version=code_version(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    _copy_replaced(workspace, spec.scale, spec.target, issued_versions)
    return write_champion(workspace.champion(spec.scale, spec.target), trained, manifest)


def _backtest_of(workspace: Workspace, name: str | None, scale: str, target: str) -> Backtest:
    """Read the backtest to judge by: the named one, or the newest of that scale and target."""
    if name is None:
        return newest_backtest(workspace, scale=scale, target=target).read()
    entry = find_backtest(workspace, name)
    of = (entry.manifest["scale"], entry.manifest["target"])
    if of != (scale, target):
        raise EvidenceError(
            f"backtest {entry.id} is of {' '.join(of)}, not of {scale} {target}:"
            " name one that is, or run `escalation backtest`"
        )
    return entry.read()


def _copy_replaced(
    workspace: Workspace, scale: str, target: str, issued_versions: Collection[str]
) -> None:
    """Copy the champion that is about to be replaced, if an issue was made with it.

    The next issue asks it once more, to say what in its figures comes from the new model. A
    damaged champion is not copied: it could not forecast.
    """
    try:
        champion = read_champion(workspace.champion(scale, target))
    except EscalationError:
        return
    if champion.version in issued_versions:
        copy_champion(champion, workspace.replaced_champion(scale, target, champion.digest))


def _records(workspace: Workspace, backtest: Backtest, panel: Panel) -> dict[int, PastForecasts]:
    """Return the backtest's past forecasts, if it saw this very panel with this very code."""
    seen = (backtest.manifest["data_digest"], backtest.manifest["code_version"])
    if seen != (panel.digest(), code_version()):
        return {}
    entry = BacktestEntry(workspace.backtests / backtest.id, backtest.manifest)
    names = {
        int(horizon): past_forecasts_file(int(horizon)) for horizon in entry.manifest["horizons"]
    }
    return {
        horizon: read_past_forecasts(entry.file(name))
        for horizon, name in names.items()
        if (entry.folder / name).exists()
    }
