"""Which model makes each target's draws: the champion, the champion refitted, or a named model.

A champion that has seen months after the origin, or is more than a year old, is fitted again on
months up to the origin and says so. Where nothing was promoted, ``conflictology`` stands in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.errors import EvidenceError
from data.months import month_number
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.champions import Champion, ChampionManifest, read_champion
from experiments.backtest.code_version import code_version
from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.training import train_model
from experiments.bands import DEFAULT_CUTS
from experiments.distribution import Distribution
from experiments.models.model import FeatureContributions
from experiments.models.plugins import PluginNeed
from experiments.phases import YEAR
from experiments.runs.serving import Served, recipe_of, serve_champion, spec_of
from experiments.training_view import Forecasting
from features.panel import Panel
from forecast.model.gate import NO_GATE
from forecast.model.risk import TargetForecast

__all__ = ["IssueRequest", "Prediction", "predict_all"]

STAND_IN = "conflictology"

Report = Callable[[str], None]


@dataclass(frozen=True)
class IssueRequest:
    """What an issue is asked for.

    Attributes:
        origin: Last month that may be read.
        horizons: Months ahead.
        targets: ``events`` and, if wanted, ``deaths``.
        model: A model by name; None for each target's champion.
        draws: Draws a region.
        seed: Root of all random numbers.
        levels: Lower edges of the levels, from the highest down.
        keep_draws: Whether the draws are written beside the table.
        plugin: The user's own file that was given; None without one.
        outlook: Whether the next three months and the countries are forecast besides.
    """

    origin: str
    horizons: tuple[int, ...] = (1,)
    targets: tuple[str, ...] = ("events", "deaths")
    model: str | None = None
    draws: int = 1000
    seed: int = 20260101
    levels: tuple[float, ...] = DEFAULT_CUTS
    keep_draws: bool = False
    plugin: PluginNeed | None = None
    outlook: bool = True


@dataclass(frozen=True)
class Prediction:
    """One forecast with what is to be known about its model.

    Attributes:
        forecast: The draws, and what the table says about them.
        model: Plain name of the model.
        trained_through: Last month the model has seen.
        note: Why this model, where that needs saying; else empty.
        contributions: What moved the forecast; None where the model cannot say.
        members: (members, regions), P(attack) of a blend's members; None for a single model.
        served: The model itself, for questions about earlier origins; attacks only.
        recipe: What names how the model is fitted; empty for a champion as it was promoted.
    """

    forecast: TargetForecast
    model: str
    trained_through: str
    note: str
    contributions: FeatureContributions | None
    members: npt.NDArray[np.float64] | None
    served: Served | None = None
    recipe: str = ""


def predict_all(
    workspace: Workspace, past: Panel, request: IssueRequest, *, report_progress: Report
) -> list[Prediction]:
    """Return a prediction for every target and horizon, targets in the order asked.

    Args:
        workspace: Where champions are.
        past: The panel; its last month is the origin.
        request: What the issue is asked for.
        report_progress: Hears what takes its time.

    Raises:
        EvidenceError: The panel lacks a target.
        ConfigError: The named model does not exist.
        SourceError: A champion's files are not the ones that were written.
    """
    return [
        prediction
        for target in request.targets
        for prediction in _Target(workspace, past, request, target, report_progress).predictions()
    ]


@dataclass(frozen=True)
class _Ready:
    """A model that may be asked, and what is printed about it."""

    served: Served
    label: str
    version: str
    gate: str
    note: str
    recipe: str = ""


@dataclass(frozen=True)
class _Target:
    """One target of an issue."""

    workspace: Workspace
    past: Panel
    request: IssueRequest
    target: str
    report_progress: Report

    def predictions(self) -> list[Prediction]:
        """Return one prediction a horizon."""
        self.past.measure(self.target)
        champion = self._champion()
        served = () if champion is None else champion.manifest.horizons
        horizons = self.request.horizons
        ready: dict[int, _Ready] = {}
        if champion is not None and (known := tuple(h for h in horizons if h in served)):
            ready |= dict.fromkeys(known, self._of_champion(champion, known))
        if missing := tuple(h for h in horizons if h not in ready):
            ready |= dict.fromkeys(missing, self._of_name(champion, missing))
        return [self._prediction(ready[horizon], horizon) for horizon in horizons]

    def _champion(self) -> Champion | None:
        """Return the target's champion, unless there is none or another model is asked for."""
        try:
            champion = read_champion(self.workspace.champion(self.past.scale, self.target))
        except EvidenceError:
            return None
        wanted = self.request.model
        return champion if wanted in (None, champion.manifest.model) else None

    def _of_champion(self, champion: Champion, horizons: tuple[int, ...]) -> _Ready:
        """Return the champion as it was promoted, or refitted where it does not suit the origin."""
        manifest, origin = champion.manifest, self.past.months[-1]
        age = month_number(origin) - month_number(manifest.trained_through)
        if 0 <= age <= YEAR:
            served = serve_champion(champion, self.past)
            return _Ready(served, "", champion.version, champion.gate, self._revised(manifest))
        why = f"trained through {manifest.trained_through}" + (
            ", after the origin" if age < 0 else f", more than {YEAR} months ago"
        )
        return self._trained(
            spec_of(champion).changed(horizons=horizons),
            manifest.model,
            label=f"refitted through {origin}",
            gate=champion.gate,
            note=f"The champion was {why}, so it was fitted again on months up to {origin}.",
        )

    def _revised(self, manifest: ChampionManifest) -> str:
        """Say when months that the champion was trained on are no longer what they were."""
        if self.past.up_to(manifest.trained_through).digest() == manifest.data_digest:
            return ""
        return (
            f"Months up to {manifest.trained_through} were revised after the champion was trained"
            " on them."
        )

    def _of_name(self, champion: Champion | None, horizons: tuple[int, ...]) -> _Ready:
        """Return a model that was not promoted for these horizons."""
        name = self.request.model or STAND_IN
        spec = BacktestSpec(
            scale=self.past.scale,
            target=self.target,
            models=(name,),
            plugin=self.request.plugin,
        )
        note = "It was chosen by name." if self.request.model else "Nothing was promoted."
        if champion is not None and self.request.model is None:
            note = f"{champion.manifest.model} was not promoted for this horizon."
        elif champion is not None:
            spec = spec_of(champion)
        return self._trained(
            spec.changed(horizons=horizons), name, label="", gate=NO_GATE, note=note
        )

    def _trained(
        self, spec: BacktestSpec, name: str, *, label: str, gate: str, note: str
    ) -> _Ready:
        origin = self.past.months[-1]
        self.report_progress(f"fitting {name} for {self.target} on months up to {origin} ...")
        table = build_table(self.past, spec, known_through=origin)
        spec = replace(spec, draws=self.request.draws, seed=self.request.seed)
        model = train_model(
            self.past, table, spec, name, origin=origin, jobs=len(os.sched_getaffinity(0))
        )
        version = f"{name} {origin} {code_version()}"
        served = Served(model, table, self.past)
        return _Ready(served, label, version, gate, note, recipe_of(name, spec))

    def _prediction(self, ready: _Ready, horizon: int) -> Prediction:
        request, served = self.request, ready.served
        model = served.horizon(horizon)
        task = Forecasting(self.target, horizon, request.seed, request.draws)
        known = served.view(task, self.past.months[-1])
        distribution, parts = model.predict(known)
        used = served.model.used(horizon)
        return Prediction(
            forecast=TargetForecast(
                target=self.target,
                horizon=horizon,
                distribution=distribution,
                model=f"{used} ({ready.label})" if ready.label else used,
                version=ready.version,
                gate=ready.gate,
            ),
            model=served.model.name,
            trained_through=served.model.trained_through,
            note=ready.note,
            contributions=model.contributions(known),
            members=_members(parts, model.rule.weights) if model.rule else None,
            served=served if self.target == EVENTS else None,
            recipe=ready.recipe,
        )


def _members(
    parts: dict[str, Distribution], weights: tuple[float, ...]
) -> npt.NDArray[np.float64] | None:
    """Return P(attack) of the members that carry weight; None where there is but one."""
    weighed = [part for part, weight in zip(parts.values(), weights, strict=True) if weight > 0]
    return np.stack([part.p_at_least(1) for part in weighed]) if len(weighed) > 1 else None
