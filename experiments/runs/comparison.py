"""Finished backtests of a workspace put side by side, after a check that they are comparable."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from data.errors import EvidenceError
from data.workspace import Workspace
from experiments.backtest.catalogue import Backtest, find_backtest, newest_backtest
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import Comparison, compare_models
from experiments.scores.paired_rows import pair_rows
from experiments.scores.skill import BASELINES

__all__ = ["combine_backtests", "compare_backtests"]

_ALIKE = ("data_digest", "scale", "target", "draws")


def compare_backtests(
    workspace: Workspace, names: Sequence[str] = (), *, models: Sequence[str] = ()
) -> tuple[Comparison, list[Backtest]]:
    """Compare the models of one or several backtests.

    Args:
        workspace: Where the backtests are, and whose settings cut the risk levels.
        names: Ids of backtests or of their MLflow runs; empty for the newest backtest.
        models: Models to show beside the baselines; empty for all.

    Returns:
        The comparison, and the backtests that were compared.

    Raises:
        EvidenceError: There is no such backtest or model, or the backtests are not comparable.
    """
    entries = [find_backtest(workspace, name) for name in names] or [newest_backtest(workspace)]
    backtests = [entry.read() for entry in entries]
    forecasts = _with_models(combine_backtests(backtests), models)
    cuts = workspace.settings().forecast.levels
    return compare_models(forecasts, bootstrap=Bootstrap(), cuts=cuts), backtests


def combine_backtests(backtests: Sequence[Backtest]) -> pd.DataFrame:
    """Return the forecasts of all backtests in one frame, after checking that they are comparable.

    A model whose name an earlier backtest has taken is called ``name@id``.

    Raises:
        EvidenceError: Two backtests or models differ in data, draws or rows.
    """
    first = backtests[0]
    frames: list[pd.DataFrame] = []
    taken: set[str] = set()
    for backtest in backtests:
        for key in _ALIKE:
            here, there = backtest.manifest[key], first.manifest[key]
            if here != there:
                raise EvidenceError(
                    f"{backtest.id} cannot be compared with {first.id}: {key} is"
                    f" {json.dumps(here)}, not {json.dumps(there)}"
                )
        rows = backtest.forecasts
        names = {m: f"{m}@{backtest.id}" if m in taken else m for m in rows["model"].unique()}
        taken |= set(names.values())
        frames.append(rows.assign(model=rows["model"].map(names)))
    together = pd.concat(frames, ignore_index=True)
    pair_rows(together)
    return together


def _with_models(forecasts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the named models and the baselines; all rows where no name is given."""
    there = list(dict.fromkeys(forecasts["model"]))
    for name in names:
        if name not in there:
            raise EvidenceError(
                f"there is no model {name} in the backtest: expected {', '.join(there)}"
            )
    return forecasts[forecasts["model"].isin([*names, *BASELINES])] if names else forecasts
