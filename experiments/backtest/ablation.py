"""What each family of features is worth: the same backtest without it, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ConfigError, EvidenceError
from experiments.backtest.specification import BacktestSpec
from experiments.models.catalogue import FEATURED
from experiments.scores.bootstrap import Bootstrap, Interval, resampled_means, resampled_precision

__all__ = ["ABLATION_COLUMNS", "ablation_models", "ablation_table"]

ABLATION_COLUMNS = ("model", "horizon", "family", "features", "score", "worth", "low", "high")

_USUAL = ("lgbm_hurdle", "lgbm_forest")
_LOSSES = ("crps", "ign", "brier")
_KEYS = ["model", "horizon", "origin", "region_id"]

Floats = npt.NDArray[np.float64]
_Sample = tuple[float, Floats]


def ablation_models(spec: BacktestSpec, asked: Sequence[str]) -> tuple[str, ...]:
    """Return the models to ask: those named, else the usual ones of a specification.

    The usual ones are ``lgbm_hurdle`` and ``lgbm_forest``, or whatever else reads features.

    Args:
        spec: Whose models are looked through.
        asked: Models that were named; empty for the usual ones.

    Raises:
        ConfigError: A model reads no features, or the specification has none that does.
    """
    own = spec.own()
    featured = {*FEATURED, *(kind.name for kind in (own.models if own else ()))}
    for name in asked:
        if name not in featured:
            raise ConfigError(
                f'--ablate: expected models that read features, got "{name}"'
                f" (known: {', '.join(sorted(featured))})"
            )
    reading = [name for name in spec.models if name in featured]
    usual = [name for name in reading if name in _USUAL]
    found = tuple(asked) or tuple(usual or reading)
    if not found:
        raise ConfigError("--ablate: none of the models reads features: name one that does")
    return found


def ablation_table(
    whole: pd.DataFrame,
    without: Mapping[str, pd.DataFrame],
    *,
    families: Mapping[str, int],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare forecasts made with all families with those made without one.

    Args:
        whole: Rows of the backtest with every family.
        without: Family to the rows of the same backtest without it.
        families: Family to its number of features.
        bootstrap: How the 90 % intervals are drawn, over target months.

    Returns:
        A row a model, horizon, family and score, columns ``ABLATION_COLUMNS``. ``worth`` is how
        much the score is better with the family: above 0 it helps, whichever way the score runs.

    Raises:
        EvidenceError: The rows are not the same.
    """
    rows: list[dict[str, Any]] = []
    for family, other in without.items():
        for (model, horizon), mine in whole.groupby(["model", "horizon"], sort=False):
            theirs = other[(other["model"] == model) & (other["horizon"] == horizon)]
            for score, worth in _worths(_ordered(mine), _ordered(theirs), bootstrap).items():
                of = {"model": model, "horizon": horizon, "family": family}
                size = {"features": families[family], "score": score}
                rows.append({**of, **size, "worth": worth.estimate})
                rows[-1] |= {"low": worth.low, "high": worth.high}
    return pd.DataFrame(rows, columns=list(ABLATION_COLUMNS))


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(_KEYS, kind="stable").reset_index(drop=True)


def _worths(mine: pd.DataFrame, theirs: pd.DataFrame, bootstrap: Bootstrap) -> dict[str, Interval]:
    if not mine[[*_KEYS, "observed"]].equals(theirs[[*_KEYS, "observed"]]):
        raise EvidenceError("the backtests with and without a family were scored on other rows")
    months, month = np.unique(mine["target_month"].to_numpy(str), return_inverse=True)
    counts = bootstrap.counts(len(months))
    losses = [{score: _loss(rows, score) for score in _LOSSES} for rows in (mine, theirs)]
    found = {
        score: Interval.of(*resampled_means(losses[1][score] - losses[0][score], month, counts))
        for score in _LOSSES
    }
    (ap, aps), (ap_without, aps_without) = (_ap(rows, month, counts) for rows in (mine, theirs))
    return {**found, "ap": Interval.of(ap - ap_without, aps - aps_without)}


def _loss(rows: pd.DataFrame, score: str) -> Floats:
    if score != "brier":
        return rows[score].to_numpy(np.float64)
    happened = rows["observed"].to_numpy(np.float64) >= 1
    return np.asarray((rows["p_attack"].to_numpy(np.float64) - happened) ** 2)


def _ap(rows: pd.DataFrame, month: npt.NDArray[np.intp], counts: Floats) -> _Sample:
    return resampled_precision(rows["observed"].to_numpy() >= 1, rows["p_attack"], month, counts)
