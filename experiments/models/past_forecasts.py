"""Past forecasts of members with their outcomes, from which a pool learns weights and calibration.

A pool only learns from rows whose target month is known at its own origin.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import RuntimeEnvironmentError
from data.files import write_bytes
from experiments.distribution import Distribution
from experiments.models.counts import size_quantiles

__all__ = [
    "SIZE_QUANTILES",
    "PastForecasts",
    "condense",
    "past_forecasts_file",
    "read_past_forecasts",
    "write_past_forecasts",
]

# Number of evenly spaced quantiles of the size that are stored of a past forecast.
SIZE_QUANTILES = 100


@dataclass(frozen=True)
class PastForecasts:
    """Condensed past forecasts of several members.

    Attributes:
        origins: (rows,), position of the origin month in the panel.
        observed: (rows,), counts in the target month.
        p_attack: Member name to (rows,), P(y >= 1).
        sizes: Member name to (attacks, ``SIZE_QUANTILES``) int32, quantiles of the size in the
            rows with an attack, in the order of the rows.
    """

    origins: npt.NDArray[np.intp]
    observed: npt.NDArray[np.float64]
    p_attack: Mapping[str, npt.NDArray[np.float64]]
    sizes: Mapping[str, npt.NDArray[np.int32]]

    def known_at(self, origin: int, *, horizon: int, window: int) -> PastForecasts:
        """Return the rows whose target month is not after ``origin``, of the last months only.

        Args:
            origin: Position of the origin month.
            horizon: Months between a row's origin and its target month.
            window: Number of months of origins.
        """
        latest = origin - horizon
        chosen = (self.origins <= latest) & (self.origins > latest - window)
        attacks = chosen[self.observed > 0]
        return PastForecasts(
            origins=self.origins[chosen],
            observed=self.observed[chosen],
            p_attack={name: values[chosen] for name, values in self.p_attack.items()},
            sizes={name: values[attacks] for name, values in self.sizes.items()},
        )

    def covers(self, origin: int, *, horizon: int, window: int, members: Sequence[str]) -> bool:
        """Return whether every member and every month that ``known_at`` selects is there."""
        latest = origin - horizon
        wanted = set(range(latest - window + 1, latest + 1))
        return wanted <= set(self.origins.tolist()) and set(members) <= self.p_attack.keys()

    def joined(self, later: PastForecasts) -> PastForecasts:
        """Return these rows followed by later ones of the same members."""
        return PastForecasts(
            origins=np.concatenate([self.origins, later.origins]),
            observed=np.concatenate([self.observed, later.observed]),
            p_attack={n: np.concatenate([v, later.p_attack[n]]) for n, v in self.p_attack.items()},
            sizes={n: np.concatenate([v, later.sizes[n]]) for n, v in self.sizes.items()},
        )


def write_past_forecasts(past: PastForecasts, path: Path) -> None:
    """Write past forecasts as plain compressed arrays (npz)."""
    arrays: dict[str, Any] = {
        "origins": past.origins,
        "observed": past.observed,
        **{f"p_attack.{name}": values for name, values in past.p_attack.items()},
        **{f"sizes.{name}": values for name, values in past.sizes.items()},
    }
    with io.BytesIO() as stream:
        np.savez_compressed(stream, **arrays)
        write_bytes(path, stream.getvalue())


def read_past_forecasts(path: Path) -> PastForecasts:
    """Read what ``write_past_forecasts`` wrote; nothing in the file is unpickled.

    Raises:
        RuntimeEnvironmentError: The file is absent or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return PastForecasts(
                origins=arrays["origins"],
                observed=arrays["observed"],
                p_attack=_named(arrays, "p_attack."),
                sizes=_named(arrays, "sizes."),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise RuntimeEnvironmentError(f"{path} could not be read: {error}") from error


def past_forecasts_file(horizon: int) -> str:
    """Return the name of the file in a backtest's folder that holds a horizon's past forecasts."""
    return f"record-h{horizon}.npz"


def condense(
    origin: int, observed: npt.NDArray[np.floating], forecasts: Mapping[str, Distribution]
) -> PastForecasts:
    """Condense the forecasts of one origin; regions without an observed target are left out.

    Args:
        origin: Position of the origin month.
        observed: (regions,), counts in the target month; NaN where unobserved.
        forecasts: Member name to its draws, (regions, draws).
    """
    rows = np.isfinite(observed)
    hit = rows & (observed > 0)
    return PastForecasts(
        origins=np.full(int(rows.sum()), origin, dtype=np.intp),
        observed=observed[rows].astype(np.float64),
        p_attack={name: forecast.p_at_least(1)[rows] for name, forecast in forecasts.items()},
        sizes={
            name: size_quantiles(Distribution(forecast.draws[hit]), SIZE_QUANTILES)
            for name, forecast in forecasts.items()
        },
    )


def _named(arrays: Mapping[str, Any], start: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(start): arrays[name] for name in arrays if name.startswith(start)}
