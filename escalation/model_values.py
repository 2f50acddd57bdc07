"""What experiments give back: backtests, comparisons, tunings and promotions, with their plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from data.errors import EvidenceError
from escalation.notebook import page, shown
from experiments.scores.compare import Comparison as Compared
from experiments.scores.diagnostics import Frame, phase_plot, pit_plot, reliability_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Backtest", "Comparison", "Promotion", "Tuning"]

_SHOWN = ["model", "horizon", "crps", "crps_skill", "crps_skill_lo", "crps_skill_hi", "ign"]
_SHOWN += ["brier", "ap", "ece", "coverage90", "recall_top20"]


class _Plots:
    """Diagnostic plots of scored forecasts."""

    forecasts: pd.DataFrame

    def _source(self) -> str:
        raise NotImplementedError

    def _of(self) -> str:
        raise NotImplementedError

    def plot_reliability(self) -> Figure:
        """Draw probabilities of an attack from .05 on against how often they came true.

        Returns:
            A panel a model; points on the diagonal are right, lines are 90 % intervals.

        Example:
            ```python
            backtest.plot_reliability().savefig("reliability.png")
            ```
        """
        title = f"Reliability of the probability of an attack, {self._of()}"
        return shown(reliability_plot(self.forecasts, Frame(title, self._source())))

    def plot_pit(self) -> Figure:
        """Draw where outcomes fell in their distributions: flat at 1 is right.

        Returns:
            A panel a model with the histogram of the randomised PIT of rows with P(attack) >= .2.

        Example:
            ```python
            backtest.plot_pit()
            ```
        """
        return shown(pit_plot(self.forecasts, Frame(f"PIT, {self._of()}", self._source())))

    def plot_phases(self) -> Figure:
        """Draw each model's skill on CRPS against no-change by phase: right of 0 is better.

        Returns:
            A panel a model; lines are 90 % intervals.

        Example:
            ```python
            backtest.plot_phases()
            ```
        """
        title = f"Skill by phase, {self._of()}"
        return shown(phase_plot(self.forecasts, Frame(title, self._source())))


@dataclass(frozen=True, eq=False)
class Backtest(_Plots):
    """A finished backtest.

    Attributes:
        id: Its id.
        folder: Where it lies.
        manifest: What was asked and what it was made from.
        forecasts: A row a model, origin, horizon and region: what was forecast, what happened, and
            the scores of the row.
        scores: A row a model and horizon, the means of the scores.
        seeds: Scores under several seeds; None where none were tried.
        stress: Gains on conflictology in made histories; None where it was put to none.
        ablation: What each family of features is worth; None where that was not asked.
        source: Name of the source that was counted; None where the panel is another one by now.
        remark: What came of it besides, such as whether a repetition gave the same bytes.
    """

    id: str
    folder: Path
    manifest: Mapping[str, Any]
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    seeds: pd.DataFrame | None = None
    stress: pd.DataFrame | None = None
    ablation: pd.DataFrame | None = None
    source: str | None = None
    remark: str | None = None

    def __repr__(self) -> str:
        return f"Backtest({self.id}: {self._of()}, {self.scores['model'].nunique()} models)"

    def _repr_html_(self) -> str:
        tables = {"Scores": _best_first(self.scores)}
        if self.ablation is not None:
            tables["What each family of features is worth"] = self.ablation
        facts = {"what": self._of(), "folder": self.folder, "remark": self.remark}
        return page(
            f"Backtest {self.id}", facts, tables, notes=self.manifest.get("leak_alarms", ())
        )

    def _of(self) -> str:
        return _of(self.manifest)

    def _source(self) -> str:
        return _made_from(self.manifest) + (f"; source {self.source}" if self.source else "")


@dataclass(frozen=True, eq=False)
class Comparison(_Plots):
    """Models of one or several backtests side by side, on the same rows.

    Intervals are those of a block bootstrap over target months, 90 %. A skill is the share of the
    baseline's score that is saved: 0.1 is 10 %.

    Attributes:
        backtests: Ids of the backtests.
        manifest: What was asked of the first of them.
        forecasts: The rows that were compared, all models on the same ones.
        tables: Every table: ``scores, skills, rivals, calibration, reliability, top, levels,
            parts``.
    """

    backtests: tuple[str, ...]
    manifest: Mapping[str, Any]
    forecasts: pd.DataFrame
    tables: Compared

    @property
    def summary(self) -> pd.DataFrame:
        """A row a model and horizon, lowest CRPS first, with what is needed to choose."""
        return _best_first(self.tables.scores)

    @property
    def skills(self) -> pd.DataFrame:
        """A row a model, baseline, score and horizon: difference and skill with intervals."""
        return self.tables.skills

    def parts(self, by: Literal["phase", "country", "level", "horizon"]) -> pd.DataFrame:
        """Return the scores of parts of the rows.

        Args:
            by: What parts them.

        Returns:
            A row a model and part.

        Raises:
            EvidenceError: The backtest was made before its rows recorded what parts them.

        Example:
            ```python
            workspace.compare().parts("phase")
            ```
        """
        if by in self.tables.unrecorded:
            raise EvidenceError(
                f"{by} is not recorded in this backtest: make it again with `escalation backtest`"
            )
        if by == "level":
            return self.tables.levels
        return self.tables.parts[self.tables.parts["by"] == by].reset_index(drop=True)

    def __repr__(self) -> str:
        models = ", ".join(dict.fromkeys(self.summary["model"]))
        return f"Comparison({self._of()}: {models})"

    def _repr_html_(self) -> str:
        bootstrap = self.tables.bootstrap
        note = (
            "Lower is better but for crps_skill, ap and recall_top20; coverage90 should be near"
            " 0.9. crps_skill: share of the CRPS of conflictology (same as the last 12 months) that"
            f" is saved, with its 90 % interval ({bootstrap.resamples:,} resamples of target months"
            f" in blocks of {bootstrap.block})."
        )
        return page(f"Comparison, {self._of()}", None, {"Models": self.summary}, notes=[note])

    def _of(self) -> str:
        return _of(self.manifest)

    def _source(self) -> str:
        more = f" and {', '.join(self.backtests[1:])}" if len(self.backtests) > 1 else ""
        return _made_from(self.manifest) + more


@dataclass(frozen=True, eq=False)
class Promotion:
    """A model that became the champion.

    Attributes:
        model: Its name.
        version: Name that only this trained model has.
        folder: Where it lies.
        gate: ``passed``, or ``forced`` with the reason.
        reasons: What the gate said, a sentence a condition and horizon.
        backtest: Id of the backtest that it was judged by.
    """

    model: str
    version: str
    folder: Path
    gate: str
    reasons: tuple[str, ...]
    backtest: str

    def __repr__(self) -> str:
        return f"Promotion({self.version}, gate {self.gate})"

    def _repr_html_(self) -> str:
        facts = {"gate": self.gate, "backtest": self.backtest, "folder": self.folder}
        return page(f"Champion {self.version}", facts, notes=self.reasons)


@dataclass(frozen=True, eq=False)
class Tuning:
    """What trials of settings gave.

    Attributes:
        folder: Where trials and the best specification lie.
        best: File of the best specification, which ``backtest`` takes.
        trials: A row a trial: ``model, trial, skill, gain`` over the settings as they stand (trial
            0), whether it was ``whole`` or cut short, and the ``settings`` tried.
        origins: The inner origins, all before the first scored one.
    """

    folder: Path
    best: Path
    trials: pd.DataFrame
    origins: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Tuning({len(self.trials)} trials, best specification {self.best})"

    def _repr_html_(self) -> str:
        span = f"{self.origins[0]} to {self.origins[-1]}"
        facts = {"best specification": self.best, "inner origins": span}
        ordered = self.trials.sort_values(["model", "skill"], ascending=[True, False])
        return page("Tuning", facts, {"Trials": ordered})


def _best_first(scores: pd.DataFrame) -> pd.DataFrame:
    """Return what is needed to choose a model; no skill where conflictology is not among them."""
    ordered = scores.sort_values(["horizon", "crps"], ignore_index=True)
    return ordered[[name for name in _SHOWN if name in ordered]]


def _of(manifest: Mapping[str, Any]) -> str:
    """Return what was forecast in a few words."""
    ahead = " and ".join(str(horizon) for horizon in manifest["horizons"])
    months = "month" if list(manifest["horizons"]) == [1] else "months"
    return f"{manifest['scale']}, {manifest['target']}, {ahead} {months} ahead"


def _made_from(manifest: Mapping[str, Any]) -> str:
    origins: Sequence[str] = manifest["origins"]
    return (
        f"Backtest {manifest['id']}: {len(origins)} origins {origins[0]} to {origins[-1]},"
        f" {manifest['draws']:,} draws; escalation {manifest['code_version']}"
    )
