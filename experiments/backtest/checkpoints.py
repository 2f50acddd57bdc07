"""Checkpoints of a backtest: its finished folds, from which a stopped one goes on.

A fold is three files, the last of which names the others with their fingerprints; a fold that is
not whole counts as absent. The folder is named by specification, data, code and libraries, so
that nothing is ever continued with something else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.errors import RuntimeEnvironmentError
from data.files import read_json, read_parquet, sha256_of, write_json, write_with
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.walk import Fold
from experiments.models.past_forecasts import (
    PastForecasts,
    read_past_forecasts,
    write_past_forecasts,
)
from features.panel import Panel

__all__ = ["Checkpoints", "FoldResult"]


@dataclass(frozen=True)
class FoldResult:
    """What is left of a fold once it is scored.

    Attributes:
        rows: Scored rows of every model and origin; none for an inner fold.
        rules: Pooled model and fold to what the pool had learnt.
        record: The fold's own part of the members' past forecasts.
    """

    rows: pd.DataFrame
    rules: Mapping[str, str]
    record: PastForecasts


@dataclass(frozen=True)
class Checkpoints:
    """Where a backtest writes its finished folds.

    Attributes:
        folder: Its own folder; None to write nothing.
    """

    folder: Path | None = None

    @classmethod
    def of(cls, backtests: Path, panel: Panel, spec: BacktestSpec) -> Checkpoints:
        """Return the place below ``backtests`` of this very backtest."""
        made_by = [panel.digest(), code_version(), library_versions()]
        text = json.dumps([spec.as_dict(), *made_by], sort_keys=True)
        return cls(backtests / ".partial" / hashlib.sha256(text.encode()).hexdigest()[:16])

    def count(self) -> int:
        """Return how many folds are there."""
        return len(list(self.folder.glob("*.json"))) if self.folder else 0

    def first(self, horizon: int, folds: Sequence[Fold]) -> list[FoldResult]:
        """Return the results of these folds up to the first that is not there, in order."""
        results: list[FoldResult] = []
        for fold in folds:
            result = self._read(_name(horizon, fold))
            if result is None:
                break
            results.append(result)
        return results

    def write(self, horizon: int, fold: Fold, result: FoldResult) -> None:
        """Write a finished fold.

        Raises:
            RuntimeEnvironmentError: The disk is in the way.
        """
        if self.folder is None:
            return
        rows, record = (self.folder / f"{_name(horizon, fold)}.{end}" for end in ("parquet", "npz"))
        write_with(rows, lambda path: result.rows.to_parquet(path, index=False))
        write_past_forecasts(result.record, record)
        files = {path.name: sha256_of(path) for path in (rows, record)}
        seal = self.folder / f"{_name(horizon, fold)}.json"
        write_json(seal, {"rules": dict(result.rules), "files": files})

    def remove(self) -> None:
        """Remove the folds once the backtest is written."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # other backtests may have theirs beside it
                self.folder.parent.rmdir()

    def _read(self, name: str) -> FoldResult | None:
        if self.folder is None or not (self.folder / f"{name}.json").exists():
            return None
        try:
            seal = read_json(self.folder / f"{name}.json")
            for file, sha256 in seal["files"].items():
                if sha256_of(self.folder / file) != sha256:
                    return None
            rows = read_parquet(self.folder / f"{name}.parquet")
        except (RuntimeEnvironmentError, OSError, KeyError, AttributeError, TypeError):
            return None
        return FoldResult(rows, seal["rules"], read_past_forecasts(self.folder / f"{name}.npz"))


def _name(horizon: int, fold: Fold) -> str:
    return f"h{horizon}-{fold.origins[0]}-{fold.origins[-1]}"
