"""What members forecast at past origins, beside what happened: the ground for weights and repair.

A record only ever holds rows whose target month is known at the origin it is used at.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.files import write_bytes
from experiments.distribution import Distribution
from experiments.models.hurdle import size_quantiles

__all__ = [
    "KEPT_SIZES",
    "PastForecasts",
    "condensed",
    "read_record",
    "record_name",
    "write_record",
]

# Evenly spaced quantiles of the size that are kept of a past forecast.
KEPT_SIZES = 100


@dataclass(frozen=True)
class PastForecasts:
    """Condensed past forecasts of several members.

    Attributes:
        origins: (rows,), position of the origin month in the panel.
        observed: (rows,), counts in the target month.
        p_attack: Member name to (rows,), P(y >= 1) of the whole forecast.
        sizes: Member name to (attacks, ``KEPT_SIZES``) int32, quantiles of the size in the rows
            with an attack, in their order; what was said of a size that never came is not kept.
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
            window: How many months of origins are kept.
        """
        latest = origin - horizon
        keep = (self.origins <= latest) & (self.origins > latest - window)
        kept_attacks = keep[self.observed > 0]
        return PastForecasts(
            origins=self.origins[keep],
            observed=self.observed[keep],
            p_attack={name: values[keep] for name, values in self.p_attack.items()},
            sizes={name: values[kept_attacks] for name, values in self.sizes.items()},
        )

    def fills(self, origin: int, *, horizon: int, window: int, members: Sequence[str]) -> bool:
        """Return whether every month of ``known_at`` and every member is in the record."""
        latest = origin - horizon
        wanted = set(range(latest - window + 1, latest + 1))
        return wanted <= set(self.origins.tolist()) and set(members) <= self.p_attack.keys()

    def joined(self, later: PastForecasts) -> PastForecasts:
        """Return this record with the rows of a later one behind it."""
        return PastForecasts(
            origins=np.concatenate([self.origins, later.origins]),
            observed=np.concatenate([self.observed, later.observed]),
            p_attack={n: np.concatenate([v, later.p_attack[n]]) for n, v in self.p_attack.items()},
            sizes={n: np.concatenate([v, later.sizes[n]]) for n, v in self.sizes.items()},
        )


def write_record(record: PastForecasts, path: Path) -> None:
    """Write a record as plain compressed arrays."""
    arrays: dict[str, Any] = {
        "origins": record.origins,
        "observed": record.observed,
        **{f"p_attack.{name}": values for name, values in record.p_attack.items()},
        **{f"sizes.{name}": values for name, values in record.sizes.items()},
    }
    with io.BytesIO() as stream:
        np.savez_compressed(stream, **arrays)
        write_bytes(path, stream.getvalue())


def read_record(path: Path) -> PastForecasts:
    """Read what ``write_record`` wrote; nothing in it is ever unpickled."""
    with np.load(path, allow_pickle=False) as arrays:
        return PastForecasts(
            origins=arrays["origins"],
            observed=arrays["observed"],
            p_attack=_named(arrays, "p_attack."),
            sizes=_named(arrays, "sizes."),
        )


def record_name(horizon: int) -> str:
    """Return the file name of the record of a horizon."""
    return f"record-h{horizon}.npz"


def condensed(
    origin: int, observed: npt.NDArray[np.floating], forecasts: Mapping[str, Distribution]
) -> PastForecasts:
    """Return the record of one origin; regions without an observed target are left out.

    Args:
        origin: Position of the origin month.
        observed: (regions,), counts in the target month; NaN where unobserved.
        forecasts: Member name to its forecast of all regions.
    """
    seen = np.isfinite(observed)
    hit = seen & (observed > 0)
    return PastForecasts(
        origins=np.full(int(seen.sum()), origin, dtype=np.intp),
        observed=observed[seen].astype(np.float64),
        p_attack={name: forecast.p_at_least(1)[seen] for name, forecast in forecasts.items()},
        sizes={
            name: size_quantiles(Distribution(forecast.draws[hit]), KEPT_SIZES)
            for name, forecast in forecasts.items()
        },
    )


def _named(arrays: Mapping[str, Any], start: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(start): arrays[name] for name in arrays if name.startswith(start)}
