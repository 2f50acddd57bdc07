"""Why P(attack) differs from the issue before: the month, the data, or the model.

Three steps lead from the previous figure to today's, one thing changed at a time: today's data of
the same months, then the months since, then today's model. Each part is the difference of one step,
so that the parts sum to the change. Where the previous model cannot be run again, today's model
takes its place first and the months come last; data and model are then one part, unless no data
were revised.

A previous champion is found by its version, a plain model by its recipe. A model with features that
was fitted for one issue alone is not saved, and the reason is given instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EscalationError
from data.schema import EVENTS
from data.workspace import Workspace
from experiments.backtest.champions import Champion, read_champion
from experiments.backtest.code_version import code_version
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.training import train_model
from experiments.models.catalogue import FEATURED
from experiments.runs.serving import Served, recipe_of, serve_champion
from experiments.training_view import Forecasting
from features.panel import Panel
from features.table import FeatureTable
from forecast.archive.issue_files import Issue, read_issue
from forecast.model.predictions import Prediction
from forecast.sections.context import IssueContext

__all__ = ["Change", "Parts", "decompose_changes"]

Floats = npt.NDArray[np.float64]
# From an origin to P(attack) of every region.
Ask = Callable[[str], Floats]

# Decimals of a probability in the risk table.
_DECIMALS = 6


@dataclass(frozen=True)
class Parts:
    """What makes up a change of P(attack), (regions,) each, in the panel's order of regions.

    Attributes:
        new_month: Effect of the months since; None where no model can be run at the origin before.
        revised_data: Effect of today's data of the same months; None where it cannot be separated
            from that of the model.
        other_model: Effect of today's model; None likewise.
        revised_or_model: Both together where they cannot be separated, else None.
    """

    new_month: Floats | None = None
    revised_data: Floats | None = None
    other_model: Floats | None = None
    revised_or_model: Floats | None = None


@dataclass(frozen=True)
class Change:
    """One horizon compared with the issue before.

    Attributes:
        horizon: Months ahead.
        before: The issue before.
        rows: Its rows of that horizon, by region id.
        parts: What makes up the change.
        same_data: Whether no month of the issue before was revised.
        same_model: Whether the model, its draws and its seed are the same.
        same_code: Whether the program is the same.
        why_model_first: Why the model is changed before the month, or why nothing is decomposed;
            else empty.
    """

    horizon: int
    before: Issue
    rows: pd.DataFrame
    parts: Parts
    same_data: bool
    same_model: bool
    same_code: bool
    why_model_first: str


def decompose_changes(context: IssueContext) -> list[Change]:
    """Return the change of every horizon that an earlier issue has, in order of horizons."""
    issues: dict[str, Issue] = {}
    changes = []
    for text, name in context.manifest["previous"].items():
        before = issues.setdefault(name, read_issue(context.workspace.issues / name))
        changes.append(_Horizon(context, int(text), before).change())
    return sorted(changes, key=lambda change: change.horizon)


@dataclass(frozen=True)
class _Horizon:
    """One horizon of an issue and the issue before that has it too."""

    context: IssueContext
    horizon: int
    before: Issue

    def change(self) -> Change:
        """Decompose the change into its steps; none is computed that is known to be 0."""
        manifest = self.before.manifest
        same_code = manifest["code_version"] == code_version()
        same = _same_model(self._prediction(), self._described(), same_code=same_code)
        same = same and (self._task_before() == self._task_now())
        same_data = self._same_data()
        previous, today = self._previous(), self._today()
        steps = self._steps(previous, today, same_data=same_data, same=same)
        if isinstance(steps, str):
            parts = self._model_first(previous, today, same_data=same_data)
        else:
            revised, moved = steps
            parts = Parts(_less(moved, revised), _less(revised, previous), _less(today, moved))
        why = steps if isinstance(steps, str) else ""
        return Change(
            self.horizon, self.before, self._rows(), parts, same_data, same, same_code, why
        )

    def _model_first(self, previous: Floats, today: Floats, *, same_data: bool) -> Parts:
        """Decompose the change with today's model alone, if that can be run."""
        served = self._prediction().served
        try:
            if served is None:
                return Parts()
            then = _rounded(served.p_attack(self._task_now(), self.before.manifest["origin"]))
        except EscalationError:
            return Parts()
        month, left = _less(today, then), _less(then, previous)
        if same_data:
            return Parts(month, np.zeros_like(left), left)
        return Parts(month, revised_or_model=left)

    def _steps(
        self, previous: Floats, today: Floats, *, same_data: bool, same: bool
    ) -> tuple[Floats, Floats] | str:
        """Return the previous model's figures at its own origin and at today's, or why not."""
        if same_data and same:
            return previous, today
        ask = _previous_model(
            self.context.workspace,
            self.context.seen,
            self._prediction(),
            self._described(),
            self._task_before(),
        )
        if isinstance(ask, str):
            return ask
        try:
            known = previous if same_data else _rounded(ask(self.before.manifest["origin"]))
            return known, today if same else _rounded(ask(self.context.request.origin))
        except EscalationError as error:
            return f"the previous model cannot be run on today's data ({error})"

    def _same_data(self) -> bool:
        """Say whether the data up to the origin before are the same as then."""
        manifest, seen = self.before.manifest, self.context.seen
        if manifest["origin"] not in seen.months or manifest.get("completed_months"):
            return False
        return bool(seen.up_to(manifest["origin"]).digest() == manifest["data_digest"])

    def _rows(self) -> pd.DataFrame:
        table = self.before.table
        return table[table["horizon"] == self.horizon].set_index("region_id")

    def _previous(self) -> Floats:
        ids = list(self.context.past.region_ids)
        return self._rows()["p_attack"].reindex(ids).to_numpy(np.float64)

    def _today(self) -> Floats:
        table = self.context.table
        rows = table[table["horizon"] == self.horizon].set_index("region_id")["p_attack"]
        return rows.reindex(list(self.context.past.region_ids)).to_numpy(np.float64)

    def _prediction(self) -> Prediction:
        return next(
            prediction
            for prediction in self.context.predictions
            if prediction.forecast.target == EVENTS and prediction.forecast.horizon == self.horizon
        )

    def _described(self) -> Mapping[str, Any]:
        described: Mapping[str, Any] = next(
            model
            for model in self.before.manifest["models"]
            if model["target"] == EVENTS and model["horizon"] == self.horizon
        )
        return described

    def _task_now(self) -> Forecasting:
        request = self.context.request
        return Forecasting(EVENTS, self.horizon, request.seed, request.draws)

    def _task_before(self) -> Forecasting:
        manifest = self.before.manifest
        return Forecasting(EVENTS, self.horizon, int(manifest["seed"]), int(manifest["draws"]))


def _same_model(prediction: Prediction, described: Mapping[str, Any], *, same_code: bool) -> bool:
    """Say whether a forecast was made with the model of the issue before.

    A champion as it was promoted is identified by its version; a model that is fitted for each
    issue is the same where its recipe and the code are.

    Args:
        prediction: Today's forecast.
        described: The model in the manifest of the issue before.
        same_code: Whether the program is the same.
    """
    if prediction.recipe:
        return same_code and prediction.recipe == described.get("recipe")
    return bool(prediction.forecast.version == described["version"])


def _previous_model(
    workspace: Workspace,
    past: Panel,
    prediction: Prediction,
    described: Mapping[str, Any],
    task: Forecasting,
) -> Ask | str:
    """Return the previous model, to be run on today's data, or why it cannot be.

    Args:
        workspace: Where champions are.
        past: Today's data.
        prediction: Today's forecast of the same horizon.
        described: The model in the manifest of the issue before.
        task: Horizon, seed and draws of the issue before.
    """
    name = str(described["model"])
    if prediction.served is not None and _same_model(prediction, described, same_code=False):
        return lambda origin, served=prediction.served: served.p_attack(task, origin)  # type: ignore[misc]
    if described.get("recipe") == recipe_of(name, _plain(past, name)) and name not in FEATURED:
        return lambda origin: _fitted(past, name, origin, task).p_attack(task, origin)
    if described.get("recipe") or str(described["version"]).startswith(f"{name} "):
        return f"{name} was fitted for that issue alone and was not saved"
    try:
        champion = _find_champion(workspace, past.scale, str(described["version"]))
        served = None if champion is None else serve_champion(champion, past)
    except EscalationError as error:
        return f"{described['version']} cannot be run again ({error})"
    if served is None:
        return f"{described['version']} was not saved"
    return lambda origin: served.p_attack(task, origin)


def _rounded(p: Floats) -> Floats:
    return np.round(p, _DECIMALS)


def _less(after: Floats, before: Floats) -> Floats:
    """Return a difference with the table's decimals, so that parts add up in them; never -0."""
    return np.round(after - before, _DECIMALS) + 0.0


def _find_champion(workspace: Workspace, scale: str, version: str) -> Champion | None:
    """Return the champion of a version, the one in use or one that was replaced."""
    replaced = workspace.replaced_champion(scale, EVENTS, version.rpartition("-")[2])
    for folder in (workspace.champion(scale, EVENTS), replaced):
        if (folder / "manifest.json").is_file():
            champion = read_champion(folder)
            if champion.version == version:
                return champion
    return None


def _plain(past: Panel, name: str) -> BacktestSpec:
    """Return the settings of a built-in model that is asked for by name or stands in."""
    usual = BacktestSpec(scale=past.scale)
    return usual.changed(models=(name,)) if name in usual.models else usual


def _fitted(past: Panel, name: str, origin: str, task: Forecasting) -> Served:
    """Fit a model that reads no features on months up to an origin."""
    spec = _plain(past, name).changed(horizons=(task.horizon,), draws=task.draws, seed=task.seed)
    nothing = np.empty((0, *past.status.shape), dtype=np.float32)
    table = FeatureTable((), (), nothing, {}, past.months)
    return Served(train_model(past, table, spec, name, origin=origin, jobs=1), table, past)
