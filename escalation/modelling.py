"""The part of a workspace that compares models: backtests, comparison, tuning, promotion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from data.errors import EscalationError
from data.terminal import warn
from escalation.calls import Names, Opened, PathLike, called, names, numbers, path_or_none

if TYPE_CHECKING:
    import pandas as pd

    from escalation.model_values import Backtest, Comparison, Promotion, Tuning
    from experiments.runs.tuning import Tuned
    from experiments.tracking.tracker import Tracked

__all__ = ["Modelling"]


class Modelling(Opened):
    """Backtest models, compare them, tune them, and promote the one to use."""

    @called
    def backtest(
        self,
        spec: PathLike | None = None,
        *,
        scale: str | None = None,
        target: str | None = None,
        origins: str | None = None,
        horizons: int | Iterable[int] | None = None,
        models: Names | None = None,
        without: Names | None = None,
        draws: int | None = None,
        seed: int | None = None,
        seeds: int = 1,
        stress: bool = False,
        refit_months: int | None = None,
        challenge_out: PathLike | None = None,
        ablate: Names | Literal[True] | None = None,
        from_run: str | None = None,
        force: bool = False,
        vintage: bool = False,
        plugin: PathLike | None = None,
        cluster: str | None = None,
    ) -> Backtest:
        """Evaluate models over rolling origins, and track it.

        At each origin a model sees the panel up to it and nothing later. A backtest that was
        stopped goes on where it stopped when it is asked again.

        Args:
            spec: TOML file of a specification; None for the workspace's usual one. What is given
                besides goes before it.
            scale: Spatial scale; None for that of ``escalation.toml``.
            target: Measure to forecast: ``events``, ``deaths`` or one kind of them.
            origins: ``FIRST:LAST[:STEP]``; None for the last 60 months.
            horizons: Months ahead; None for 1.
            models: Names of models; None for all.
            without: Families of features to switch off, such as ``["actors", "sites"]``.
            draws: Draws a region; None for 1000.
            seed: Root of all random numbers.
            seeds: Repeat under so many seeds, at most 100, to see how far the scores move.
            stress: Score the models on made histories too: wars beyond the record, ends,
                restarts, a break in reporting.
            refit_months: Months of origins that one fit serves; None for 12.
            challenge_out: Folder for the draws of the VIEWS challenge's windows.
            ablate: Models that say what each family of features is worth to them, by leaving it
                out; True for ``lgbm_hurdle`` and ``lgbm_forest``. Only these models are run.
            from_run: A backtest to repeat: its id, or that of its MLflow run.
            force: With ``from_run``: on other data than its own, too.
            vintage: Learn from what was known at the end of the month after each origin.
            plugin: A Python file with models or features of one's own.
            cluster: Address of a Dask scheduler to compute on, or ``local`` for a cluster of this
                machine's cores; None for this machine's processes.

        Returns:
            Forecasts, scores and plots; ``ablation``, ``seeds`` and ``stress`` where they were
            asked for.

        Raises:
            EvidenceError: There is no panel, or it cannot answer; or a repetition differs.
            ConfigError: The specification, a model or an option is not understood.

        Example:
            ```python
            backtest = workspace.backtest(models=["blend", "conflictology", "last"])
            backtest.plot_reliability()
            ```
        """
        from experiments.backtest.cluster import on_cluster
        from experiments.runs.backtesting import backtest_workspace
        from experiments.runs.options import BacktestOptions

        options = BacktestOptions(
            spec=path_or_none(spec),
            scale=scale,
            target=target,
            origins=origins,
            horizons=numbers(horizons),
            models=names(models),
            without=names(without),
            draws=draws,
            seed=seed,
            seeds=seeds,
            stress=stress,
            refit_months=refit_months,
            challenge_out=path_or_none(challenge_out),
            ablate=() if ablate is True else names(ablate),
            from_run=from_run,
            force=force,
            vintage=vintage,
            plugin=path_or_none(plugin),
        )
        with on_cluster(cluster):
            result = backtest_workspace(self._folder, options)
        _warn_of(result.tracked)
        has_remark = from_run is not None or vintage
        return self._read(result.folder, result.text if has_remark else None)

    @called
    def backtests(self) -> pd.DataFrame:
        """List the finished backtests.

        Returns:
            A row a backtest, the one that finished last first: ``backtest, scale, target,
            horizons, origins, first_origin, last_origin, models, draws, finished_at``.

        Example:
            ```python
            workspace.backtests()["backtest"]
            ```
        """
        import pandas as pd

        from experiments.backtest.catalogue import list_backtests

        rows = [_listed(entry.manifest) for entry in list_backtests(self._folder)]
        return pd.DataFrame(rows, columns=list(_LISTED))

    @called
    def read_backtest(self, backtest: str | None = None) -> Backtest:
        """Read a finished backtest.

        Args:
            backtest: Its id, or that of its MLflow run; None for the one that finished last.

        Returns:
            Its forecasts, scores and plots.

        Raises:
            EvidenceError: There is no such backtest.

        Example:
            ```python
            workspace.read_backtest().plot_reliability()
            ```
        """
        from experiments.backtest.catalogue import find_backtest, newest_backtest

        if backtest is None:
            return self._read(newest_backtest(self._folder).folder)
        return self._read(find_backtest(self._folder, backtest).folder)

    @called
    def compare(self, *backtests: str | Backtest, models: Names | None = None) -> Comparison:
        """Set the models of one or several backtests side by side, on the same rows.

        Args:
            backtests: Backtests or their ids; none for the one that finished last.
            models: Names to keep beside the baselines; None for all.

        Returns:
            Scores, skills against no-change and what they are made of.

        Raises:
            EvidenceError: There is no such backtest or model, or data, rows or draws are unlike.

        Example:
            ```python
            workspace.compare(models=["blend", "lgbm_forest"]).summary
            ```
        """
        from escalation.model_values import Comparison
        from experiments.runs.comparison import combine_backtests, compare_backtests

        ids = [_id(one) for one in backtests]
        tables, read = compare_backtests(self._folder, ids, models=names(models) or ())
        rows = combine_backtests(read)
        rows = rows[rows["model"].isin(set(tables.scores["model"]))]
        return Comparison(tuple(one.id for one in read), read[0].manifest, rows, tables)

    @called
    def tune(
        self,
        spec: PathLike,
        *,
        trials: int = 30,
        inner: int = 60,
        models: Names | None = None,
        timeout: float | None = None,
        out: PathLike | None = None,
        plugin: PathLike | None = None,
        cluster: str | None = None,
    ) -> Tuning:
        """Try settings of a specification's models on origins before its first scored one.

        Nothing after the first scored origin is read. Trial 0 is the settings as they stand.
        Tuning that was stopped goes on where it stopped. Needs optuna:
        ``pip install "escalation[tune]"``.

        Args:
            spec: TOML file of the specification.
            trials: Trials a model, those of an earlier start included.
            inner: Months of inner origins before the first scored one.
            models: Models to tune; None for all of the specification that can be.
            timeout: Seconds after which no trial begins; None for no limit.
            out: Also write the best specification to this file.
            plugin: A Python file with models or features of one's own.
            cluster: Address of a Dask scheduler to compute on, or ``local`` for a cluster of this
                machine's cores; None for this machine's processes.

        Returns:
            The trials and the best specification.

        Raises:
            ConfigError: The specification is not understood, a model cannot be tuned, or optuna is
                not installed.
            EvidenceError: Too few months lie before the first scored origin.

        Example:
            ```python
            tuning = workspace.tune("my.toml", trials=40, models="lgbm_forest")
            workspace.backtest(tuning.best)
            ```
        """
        from experiments.backtest.cluster import on_cluster
        from experiments.runs.options import TuningOptions
        from experiments.runs.tuning import tune_workspace

        options = TuningOptions(
            trials=trials,
            inner=inner,
            models=names(models),
            timeout=timeout,
            out=path_or_none(out),
            plugin=path_or_none(plugin),
        )
        with on_cluster(cluster):
            tuned = tune_workspace(self._folder, Path(spec), options)
        _warn_of(tuned.tracked)
        return _tuning(tuned)

    @called
    def promote(
        self,
        model: str,
        *,
        scale: str | None = None,
        target: str = "events",
        backtest: str | Backtest | None = None,
        force: bool = False,
        why: str | None = None,
        plugin: PathLike | None = None,
        cluster: str | None = None,
    ) -> Promotion:
        """Train a model on all observed months and make it the champion, if it passes the gate.

        It passes when it beats conflictology and last on CRPS, and conflictology on Brier, each
        with the 90 % interval of the difference clear of zero. Otherwise nothing changes.

        Args:
            model: Its name.
            scale: Spatial scale; None for that of ``escalation.toml``.
            target: Measure that it forecasts.
            backtest: The backtest to judge by, or its id; None for the newest of scale and target.
            force: Promote although the gate says no; needs ``why``.
            why: Reason for ``force``; it is stored and printed with every issue.
            plugin: A Python file with models or features of one's own.
            cluster: Address of a Dask scheduler to compute on, or ``local`` for a cluster of this
                machine's cores; None for this machine's processes.

        Returns:
            The champion, and what the gate said.

        Raises:
            EvidenceError: The model did not pass (the error's notes say why), or there is no such
                backtest.
            ConfigError: Only one of ``force`` and ``why`` is given.

        Example:
            ```python
            workspace.promote("blend", target="deaths")
            ```
        """
        from escalation.model_values import Promotion
        from experiments.backtest.cluster import on_cluster
        from experiments.runs.options import PromotionOptions
        from experiments.runs.promotion import promote_workspace, refused
        from forecast.archive.catalogue import issued_versions

        options = PromotionOptions(
            scale=scale,
            target=target,
            backtest=None if backtest is None else _id(backtest),
            force=force,
            why=why,
            plugin=path_or_none(plugin),
        )
        with on_cluster(cluster):
            made = promote_workspace(self._folder, model, options, issued_versions=issued_versions)
        if made.champion is None or made.tracked is None:
            error = refused(made)
            for reason in made.gate.reasons:
                error.add_note(reason)
            raise error
        _warn_of(made.tracked)
        champion = made.champion
        return Promotion(
            model=model,
            version=champion.version,
            folder=champion.folder,
            gate=champion.gate,
            reasons=made.gate.reasons,
            backtest=made.backtest,
        )

    def _read(self, folder: Path, remark: str | None = None) -> Backtest:
        import pandas as pd

        from escalation.model_values import Backtest
        from experiments.backtest import catalogue

        read = catalogue.read_backtest(folder)
        entry = catalogue.BacktestEntry(folder, read.manifest)
        ablated = entry.has(catalogue.ABLATION)
        return Backtest(
            id=read.id,
            folder=folder,
            manifest=read.manifest,
            forecasts=read.forecasts,
            scores=pd.read_csv(entry.file(catalogue.SCORES)),
            seeds=read.seeds,
            stress=read.stress,
            ablation=pd.read_csv(entry.file(catalogue.ABLATION)) if ablated else None,
            source=self._source_of(read.manifest),
            remark=remark,
        )

    def _source_of(self, manifest: Mapping[str, Any]) -> str | None:
        """Return what the panel of a backtest was counted from; None where it is another now."""
        from features.panel import read_panel_manifest

        try:
            panel = read_panel_manifest(self._folder.panel(str(manifest["scale"])))
        except EscalationError:
            return None
        return str(panel["source"]) if panel["digest"] == manifest["data_digest"] else None


_LISTED = (
    *("backtest", "scale", "target", "horizons", "origins", "first_origin", "last_origin"),
    *("models", "draws", "finished_at"),
)


def _listed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    origins = manifest["origins"]
    return {
        "backtest": manifest["id"],
        "scale": manifest["scale"],
        "target": manifest["target"],
        "horizons": ", ".join(map(str, manifest["horizons"])),
        "origins": len(origins),
        "first_origin": origins[0],
        "last_origin": origins[-1],
        "models": ", ".join(manifest["models"]),
        "draws": manifest["draws"],
        "finished_at": manifest["finished_at"],
    }


def _id(backtest: str | Backtest) -> str:
    """Return the id of a backtest that was given by itself or by its id."""
    return backtest if isinstance(backtest, str) else backtest.id


def _warn_of(tracked: Tracked) -> None:
    if tracked.warning is not None:
        warn(f"{tracked.warning}; `escalation doctor --send` tries again")


def _tuning(tuned: Tuned) -> Tuning:
    import pandas as pd

    from escalation.model_values import Tuning

    rows = [
        {
            "model": name,
            "trial": trial.number,
            "skill": trial.value,
            "gain": trial.value - trials[0].value,
            "whole": trial.whole,
            "settings": trial.knobs,
        }
        for name, trials in tuned.trials.items()
        for trial in trials
    ]
    return Tuning(tuned.folder, tuned.best, pd.DataFrame(rows), tuned.origins)
