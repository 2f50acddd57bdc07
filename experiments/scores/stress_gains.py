"""What a model gains on no-change in made histories, and what the worst of them costs it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["GAIN_COLUMNS", "gains", "mean_gain", "worst_stress"]

GAIN_COLUMNS = (
    "crps",
    "gain",
    "regions_lo",
    "regions_hi",
    "months_lo",
    "months_hi",
    "without_row",
    "without_region",
)
# Wars that go on; together they weigh as much as the one that ends.
_GO_ON = ("rises", "halves")
_RESAMPLES = 1000
_SEED = 20260101

Floats = npt.NDArray[np.float64]


def gains(forecasts: pd.DataFrame, model: str, against: str) -> dict[str, float]:
    """Return how much of a baseline's CRPS a model saves, with what single rows do to it.

    Args:
        forecasts: Rows of ``forecasts.parquet`` of one horizon, with both models.
        model: Name of the model.
        against: Name of the baseline.

    Returns:
        ``GAIN_COLUMNS``: mean CRPS, share of the baseline's CRPS that is saved, its 90 % intervals
        over regions and over months drawn with replacement, and the share without the row, and
        without the region, that moves it most.
    """
    keys = forecasts[["region_id", "origin", "model"]].astype("str")
    wide = forecasts.assign(**keys).pivot_table(
        index=["region_id", "origin"], columns="model", values="crps"
    )
    ours, theirs = wide[model].to_numpy(), wide[against].to_numpy()
    regions = wide.index.get_level_values("region_id").to_numpy()
    origins = wide.index.get_level_values("origin").to_numpy()
    other_rows = np.arange(len(ours)) != int(np.argmax(np.abs(ours - theirs)))
    gap = pd.Series(ours - theirs).groupby(regions).sum()
    other_regions = regions != gap.abs().idxmax()
    return {
        "crps": float(ours.mean()),
        "gain": _gain(ours, theirs),
        **_interval(ours, theirs, regions, "regions"),
        **_interval(ours, theirs, origins, "months"),
        "without_row": _gain(ours[other_rows], theirs[other_rows]),
        "without_region": _gain(ours[other_regions], theirs[other_regions]),
    }


def worst_stress(table: pd.DataFrame, model: str, horizon: int) -> tuple[str, float] | None:
    """Return the stress in which a model gains least, and that gain; None where it was in none.

    Args:
        table: Rows of ``stress.csv``: ``horizon, stress, model`` and ``GAIN_COLUMNS``.
        model: Name of the model.
        horizon: Months ahead.
    """
    own = table[(table["model"] == model) & (table["horizon"] == horizon)]
    if own.empty:
        return None
    gain, name = min(zip(own["gain"], own["stress"], strict=True))
    return str(name), float(gain)


def mean_gain(table: pd.DataFrame, model: str, horizon: int) -> float:
    """Return a model's mean gain, in which wars that go on and one that ends weigh the same.

    Args:
        table: Rows of ``stress.csv``.
        model: Name of the model.
        horizon: Months ahead.

    Example:
        >>> rows = {"stress": ["rises", "halves", "ends"], "gain": [0.1, 0.3, 0.0]}
        >>> mean_gain(pd.DataFrame(rows).assign(model="m", horizon=1), "m", 1)
        0.1
    """
    own = table[(table["model"] == model) & (table["horizon"] == horizon)]
    kind = own["stress"].where(~own["stress"].isin(_GO_ON), "goes on")
    return float(own.groupby(kind)["gain"].mean().mean())


def _gain(ours: Floats, theirs: Floats) -> float:
    whole = theirs.sum()
    return float(1.0 - ours.sum() / whole) if whole else np.nan


def _interval(
    ours: Floats, theirs: Floats, groups: npt.NDArray[np.object_], name: str
) -> dict[str, float]:
    """Return the 90 % interval of the gain when groups are drawn with replacement."""
    rng = np.random.default_rng(_SEED)
    sums = pd.DataFrame({"ours": ours, "theirs": theirs}).groupby(groups).sum().to_numpy()
    chosen = rng.integers(0, len(sums), size=(_RESAMPLES, len(sums)))
    ours_sum, theirs_sum = sums[chosen].sum(axis=1).T
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = np.nanquantile(1.0 - ours_sum / theirs_sum, [0.05, 0.95])
    return {f"{name}_lo": float(low), f"{name}_hi": float(high)}
