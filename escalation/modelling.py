"""The part of a workspace that compares models: backtests, comparison, tuning, promotion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import RuntimeEnvironmentError
from escalation.calls import Names, Opened, called, names

if TYPE_CHECKING:
    import pandas as pd

    from escalation.model_values import Backtest, Comparison

__all__ = ["Modelling"]


class Modelling(Opened):
    """Backtest models, compare them, tune them, and promote the one to use."""

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

        ids = [one if isinstance(one, str) else one.id for one in backtests]
        found, read = compare_backtests(self._folder, ids, models=names(models) or ())
        rows = combine_backtests(read)
        rows = rows[rows["model"].isin(set(found.scores["model"]))]
        return Comparison(tuple(one.id for one in read), read[0].manifest, rows, found)

    def _read(self, folder: Path, remark: str | None = None) -> Backtest:
        import pandas as pd

        from escalation.model_values import Backtest
        from experiments.backtest.backtest import read_backtest

        read = read_backtest(folder)
        ablation = folder / "ablation.csv"
        return Backtest(
            id=read.id,
            folder=folder,
            manifest=read.manifest,
            forecasts=read.forecasts,
            scores=pd.read_csv(folder / "scores.csv"),
            seeds=read.seeds,
            ablation=pd.read_csv(ablation) if ablation.exists() else None,
            source=self._source_of(read.manifest),
            remark=remark,
        )

    def _source_of(self, manifest: Mapping[str, Any]) -> str | None:
        """Return what the panel of a backtest was counted from; None where it is another now."""
        from data.files import read_json

        path = self._folder.panel(str(manifest["scale"])) / "manifest.json"
        try:
            panel = read_json(path)
        except RuntimeEnvironmentError:
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
