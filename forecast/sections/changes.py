"""Why P(attack) is another than in the issue before: the month, the data, or the model.

Three steps lead from what the issue before said to today's figure, one thing changed at a time:
today's knowledge of the same months, then the months since, then today's model. Each part is the
difference that its step makes, so that the parts sum to the change. Where the model before cannot
be asked again, today's model is put in its place first and the months come last; what the data and
the model moved is then one part, unless nothing was revised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import EscalationError
from data.schema import EVENTS
from experiments.backtest.code_version import code_version
from experiments.training_view import Forecasting
from forecast.archive.context import IssueContext
from forecast.archive.issue_files import Issue, read_issue
from forecast.model.predictions import Prediction
from forecast.sections.previous_model import find_previous_model, same_model

__all__ = ["Change", "Parts", "find_changes"]

Floats = npt.NDArray[np.float64]

# Decimals of a probability in the risk table.
_DECIMALS = 6


@dataclass(frozen=True)
class Parts:
    """What makes up a change of P(attack), (regions,) each, in the panel's order of regions.

    Attributes:
        new_month: What the months since make; None where no model can be asked about the origin
            before.
        revised_data: What today's knowledge of the same months makes; None where that cannot be
            told from what the model makes.
        other_model: What today's model makes; None likewise.
        revised_or_model: Both together where they cannot be told apart, else None.
    """

    new_month: Floats | None = None
    revised_data: Floats | None = None
    other_model: Floats | None = None
    revised_or_model: Floats | None = None


@dataclass(frozen=True)
class Change:
    """One horizon set against the issue before.

    Attributes:
        horizon: Months ahead.
        before: The issue before.
        rows: Its rows of that horizon, by region id.
        parts: What makes up the change.
        same_data: Whether no month of the issue before was revised.
        same_model: Whether the model, its draws and its seed are the same.
        same_code: Whether the program is the same.
        why_model_first: Why the model was changed before the month, or why nothing is parted;
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


def find_changes(occasion: IssueContext) -> list[Change]:
    """Return the change of every horizon that an earlier issue has, in order of horizons."""
    issues: dict[str, Issue] = {}
    found = []
    for text, name in occasion.manifest["previous"].items():
        before = issues.setdefault(name, read_issue(occasion.workspace.issues / name))
        found.append(_Horizon(occasion, int(text), before).change())
    return sorted(found, key=lambda change: change.horizon)


@dataclass(frozen=True)
class _Horizon:
    """One horizon of an issue and the issue before that has it too."""

    occasion: IssueContext
    horizon: int
    before: Issue

    def change(self) -> Change:
        """Part the change into its steps; none is asked for that is known to be 0."""
        manifest = self.before.manifest
        same_code = manifest["code_version"] == code_version()
        same = same_model(self._prediction(), self._described(), same_code=same_code)
        same = same and (self._task_before() == self._task_now())
        same_data = self._same_data()
        said, today = self._said(), self._today()
        steps = self._steps(said, today, same_data=same_data, same=same)
        if isinstance(steps, str):
            parts = self._model_first(said, today, same_data=same_data)
        else:
            known, moved = steps
            parts = Parts(_less(moved, known), _less(known, said), _less(today, moved))
        why = steps if isinstance(steps, str) else ""
        return Change(
            self.horizon, self.before, self._rows(), parts, same_data, same, same_code, why
        )

    def _model_first(self, said: Floats, today: Floats, *, same_data: bool) -> Parts:
        """Part the change with today's model alone; not at all where it cannot be asked either."""
        served = self._prediction().served
        try:
            if served is None:
                return Parts()
            asked = _rounded(served.p_attack(self._task_now(), self.before.manifest["origin"]))
        except EscalationError:
            return Parts()
        month, left = _less(today, asked), _less(asked, said)
        if same_data:
            return Parts(month, np.zeros_like(left), left)
        return Parts(month, revised_or_model=left)

    def _steps(
        self, said: Floats, today: Floats, *, same_data: bool, same: bool
    ) -> tuple[Floats, Floats] | str:
        """Return what the model before says now of its own origin and of today's, or why not."""
        if same_data and same:
            return said, today
        ask = find_previous_model(
            self.occasion.workspace,
            self.occasion.seen,
            self._prediction(),
            self._described(),
            self._task_before(),
        )
        if isinstance(ask, str):
            return ask
        try:
            known = said if same_data else _rounded(ask(self.before.manifest["origin"]))
            return known, today if same else _rounded(ask(self.occasion.request.origin))
        except EscalationError as error:
            return f"the model before cannot be asked on today's data ({error})"

    def _same_data(self) -> bool:
        """Say whether models saw the same of all months up to the origin before."""
        manifest, seen = self.before.manifest, self.occasion.seen
        if manifest["origin"] not in seen.months or manifest.get("completed_months"):
            return False
        return bool(seen.up_to(manifest["origin"]).digest() == manifest["data_digest"])

    def _rows(self) -> pd.DataFrame:
        table = self.before.table
        return table[table["horizon"] == self.horizon].set_index("region_id")

    def _said(self) -> Floats:
        ids = list(self.occasion.past.region_ids)
        return self._rows()["p_attack"].reindex(ids).to_numpy(np.float64)

    def _today(self) -> Floats:
        table = self.occasion.table
        rows = table[table["horizon"] == self.horizon].set_index("region_id")["p_attack"]
        return rows.reindex(list(self.occasion.past.region_ids)).to_numpy(np.float64)

    def _prediction(self) -> Prediction:
        return next(
            prediction
            for prediction in self.occasion.predictions
            if prediction.forecast.target == EVENTS and prediction.forecast.horizon == self.horizon
        )

    def _described(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(
            model
            for model in self.before.manifest["models"]
            if model["target"] == EVENTS and model["horizon"] == self.horizon
        )
        return found

    def _task_now(self) -> Forecasting:
        request = self.occasion.request
        return Forecasting(EVENTS, self.horizon, request.seed, request.draws)

    def _task_before(self) -> Forecasting:
        manifest = self.before.manifest
        return Forecasting(EVENTS, self.horizon, int(manifest["seed"]), int(manifest["draws"]))


def _rounded(p: Floats) -> Floats:
    return np.round(p, _DECIMALS)


def _less(after: Floats, before: Floats) -> Floats:
    """Return a difference with the table's decimals, so that parts add up in them; never -0."""
    return np.round(after - before, _DECIMALS) + 0.0
